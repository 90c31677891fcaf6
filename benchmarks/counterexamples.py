"""Measure how small the failing inputs of the kit's mutants get, and how soon: a table in Markdown.

    python benchmarks/counterexamples.py --rounds 1 2 3 > benchmarks/report/counterexamples.md

A mutant is a right solution with one deliberate bug. When it fails a check, `kata check` searches for a
smaller input on which it fails, too. Each row of the table is the first failed check of a mutant, as `kata
check` would show it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

from mlkata.judging import shrink
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Status, Verdict
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission

SOON = 2.0
"""Seconds: the totals say how many searches took no longer."""
Size = tuple[int, int]
"""The rows of the longest array of an input, and the nodes of its tree, if any."""


def main() -> None:
    """Print a table for each track, and its totals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tracks", nargs="*", default=list(catalogue.find()))
    parser.add_argument("--rounds", type=int, nargs="+", default=list(range(1, 12)))  # no track has more
    options = parser.parse_args()
    print("# Counterexamples of the kit's own mutants\n")
    print("Size of the input of the first failing check (rows of the longest array, and nodes of the tree,")
    print(f"if any) before and after a search of at most {shrink.SECONDS:g} s. A small input has at most")
    print(f"{shrink.SMALL} rows and {shrink.SMALL_TREE} nodes. Inputs are not reduced if the")
    print("check counts distances, limits memory or makes several different calls.")
    for name in options.tracks:
        _table(catalogue.get(name), set(options.rounds))


def _table(track: Track, rounds: set[int]) -> None:
    print(f"\n## {track.title}\n\n| mutant | check | before | after | seconds |\n|---|---|---:|---:|---:|")
    results = []
    for mutant, check, before, after, seconds in _measured(track, rounds):
        results.append((after, seconds))
        row = f"| {mutant} | {check} | {_shown(before)} | {_shown(after)} | {seconds:.2f} |"
        print(row, flush=True)
    small = sum(rows <= shrink.SMALL and nodes <= shrink.SMALL_TREE for (rows, nodes), _ in results)
    soon = sum(seconds <= SOON for _, seconds in results)
    print(f"\n{small} of {len(results)} are small, {soon} came within {SOON:g} s.")


def _measured(track: Track, rounds: set[int]) -> Iterator[tuple[str, str, Size, Size, float]]:
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    workers, oracle = Workers(ahead=2), Oracle(track)  # two workers are started before they are needed
    _ = track.oracle  # imports scikit-learn now, so that its import is not timed as part of a search
    for mutant in mutants.read(track):
        if mutant.round not in rounds:
            continue
        submission = Submission(f"{mutant.id}.py", mutant.source(reference).encode())
        with Session(track, submission, workers=workers, oracle=oracle, rerun_failures=False) as session:
            verdict = _first_failure(session, track, mutant.round)
            if verdict is None or verdict.case is None:
                continue
            started = time.perf_counter()
            small = shrink.smaller(verdict, track, session.answer)
            seconds = time.perf_counter() - started
            assert small.case is not None
            yield mutant.id, verdict.check.id, shrink.size(verdict.case), shrink.size(small.case), seconds
        workers.refill()
    workers.close()


def _first_failure(session: Session, track: Track, last: int) -> Verdict | None:
    """Return the first failed check in the rounds up to number `last`, or None."""
    for round_ in track.rounds[:last]:
        verdicts = session.verdicts(track.checks_of(round_))
        failure = next((verdict for verdict in verdicts if verdict.status is Status.FAIL), None)
        verdicts.close()  # the other checks are not run  # type: ignore[attr-defined]
        if failure is not None:
            return failure
    return None


def _shown(size: Size) -> str:
    rows, nodes = size
    return f"{rows} + {nodes} nodes" if nodes else str(rows)


if __name__ == "__main__":
    main()
