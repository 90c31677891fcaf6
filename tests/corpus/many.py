"""Runs the corpus over many seeds and prints the table: `python tests/corpus/many.py --seeds 20`."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import entries, judging

from harness.check import MAX_SEED
from harness.worker import tiers
from harness.worker.tiers import Tier


def main() -> int:
    """Judge every entry in every tier at every seed; a line of the table for each entry and tier."""
    options = _options()
    chosen = [tier for tier in Tier if not tiers.missing(tier)] if options.tier is None else [options.tier]
    seeds = [0, *(secrets.randbelow(MAX_SEED - 1) for _ in range(options.seeds - 1))]
    print(f"seeds {', '.join(map(str, seeds))}\n", flush=True)
    row = _markdown if options.markdown else _plain
    runs = wrong = 0
    print("\n".join(row("entry", "tier", "verdict", "seconds", head=True)), flush=True)
    for kind, all_ in (("attack", entries.attacks()), ("control", entries.controls())):
        for entry in all_:
            if options.only not in entry.name:
                continue
            for tier in chosen:
                said, seconds, complaints = _over(entry, tier, seeds)
                print("\n".join(row(f"{kind} {entry.name}", tier, said, f"{seconds:.1f}")), flush=True)
                for complaint in complaints:
                    print(f"  {complaint}", flush=True)
                runs, wrong = runs + len(seeds), wrong + len(complaints)
    print(f"\n{runs} runs over {len(chosen)} tiers and {len(seeds)} seeds: {wrong} false")
    return int(wrong > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--tier", type=Tier)
    parser.add_argument("--only", default="", help="entries whose name contains this")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _over(entry: entries.Entry, tier: Tier, seeds: list[int]) -> tuple[str, float, list[str]]:
    """Judge an entry at each seed: what was said, the longest time, and what is wrong."""
    why = entry.setting("not_run", tier)
    if why:
        return f"not run: {why}", 0.0, []
    said, seconds, complaints = {}, 0.0, []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            outcome = judging.judge(entry, tier, seed, Path(folder))
        said[outcome.said] = None
        seconds = max(seconds, outcome.seconds)
        complaints += [f"seed {seed}: {one}" for one in outcome.complaints]
    success = entry.setting("succeeds", tier)
    return " / ".join(said) + (f" (succeeds: {success})" if success else ""), seconds, complaints


def _plain(entry: str, tier: str, said: str, seconds: str, *, head: bool = False) -> Iterator[str]:
    del head
    yield f"{entry:<32} {tier:<16} {seconds:>7}  {said}"


def _markdown(entry: str, tier: str, said: str, seconds: str, *, head: bool = False) -> Iterator[str]:
    yield f"| {entry} | {tier} | {said} | {seconds} |"
    if head:
        yield "|---|---|---|---:|"


if __name__ == "__main__":
    sys.exit(main())
