"""Judge the whole corpus at many seeds and print a table: `python tests/corpus/many.py --seeds 20`.

The corpus has submissions that attack the grader, and correct ones (see entries.py). A seed sets the random
inputs on which they are judged.
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import entries, judging
from mlkata.judging.judge import MAX_SEED
from mlkata.worker import tiers
from mlkata.worker.tiers import Tier


def main() -> int:
    """Judge every entry in every isolation tier at every seed; print a line for each entry and tier."""
    options = _options()
    chosen = [tier for tier in Tier if not tiers.missing(tier)] if options.tier is None else [options.tier]
    # At the seed MAX_SEED - 1, which is left out, the entry raw_hard_coded knows the answers.
    seeds = [0, *(secrets.randbelow(MAX_SEED - 1) for _ in range(options.seeds - 1))]
    print(f"seeds {', '.join(map(str, seeds))}\n", flush=True)
    row = _markdown if options.markdown else _plain
    runs = n_complaints = 0
    print("\n".join(row("entry", "tier", "verdict", "seconds", head=True)), flush=True)
    jobs = [(name, tier) for tier in chosen for name in _entries() if options.only in name]
    # Processes, not threads: each needs its own working folder and environment.
    with ProcessPoolExecutor(options.jobs, mp_context=multiprocessing.get_context("spawn")) as judges:
        for name, tier, judged in [(*job, judges.submit(_judge_at_seeds, *job, seeds)) for job in jobs]:
            summary, seconds, complaints = judged.result()
            print("\n".join(row(name, tier, summary, f"{seconds:.1f}")), flush=True)
            for complaint in complaints:
                print(f"  {complaint}", flush=True)
            runs, n_complaints = runs + len(seeds), n_complaints + len(complaints)
    print(f"\n{runs} runs over {len(chosen)} tiers and {len(seeds)} seeds: {n_complaints} complaints")
    return int(n_complaints > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--tier", type=Tier)
    parser.add_argument("--only", default="", help="entries whose name contains this")
    parser.add_argument("--jobs", type=int, default=1, help="entries judged side by side")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _entries() -> dict[str, entries.Entry]:
    """Return all entries by the names of their rows in the table."""
    return {f"attack {entry.name}": entry for entry in entries.attacks()} | {
        f"control {entry.name}": entry for entry in entries.controls()
    }


def _judge_at_seeds(name: str, tier: Tier, seeds: list[int]) -> tuple[str, float, list[str]]:
    """Judge an entry at each seed. Return the different verdicts, the longest time, and the complaints."""
    entry = _entries()[name]
    reason = entry.setting("not_run", tier)
    if reason:
        return f"not run: {reason}", 0.0, []
    summaries, seconds, complaints = {}, 0.0, []  # a dict keeps the order and has each summary once
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            outcome = judging.judge(entry, tier, seed, Path(folder))
        summaries[outcome.summary] = None
        seconds = max(seconds, outcome.seconds)
        complaints += [f"seed {seed}: {complaint}" for complaint in outcome.complaints]
    reason = entry.setting("succeeds", tier)
    known = f" (attack is known to succeed: {reason})" if reason else ""
    return " / ".join(summaries) + known, seconds, complaints


def _plain(entry: str, tier: str, summary: str, seconds: str, *, head: bool = False) -> Iterator[str]:
    del head
    yield f"{entry:<32} {tier:<16} {seconds:>7}  {summary}"


def _markdown(entry: str, tier: str, summary: str, seconds: str, *, head: bool = False) -> Iterator[str]:
    yield f"| {entry} | {tier} | {summary} | {seconds} |"
    if head:
        yield "|---|---|---|---:|"


if __name__ == "__main__":
    sys.exit(main())
