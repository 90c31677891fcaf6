"""`kata demo`: judge a k-means with a typical bug on real data, then the same k-means without the bug.

The demo needs no workspace and no compilation: both versions are plain numpy. The version with the bug is one
of the track's mutants, i.e. the right solution with one deliberate change.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from rich.text import Text

from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session
from mlkata.report import terminal
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.model import FINE, Report, RoundReport, Verdict
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission

TRACK = "kmeans"
MUTANT = "no-final-assignment"
CHECKS = (
    "kmeans.1/assign/iris",
    "kmeans.1/update/wine",
    "kmeans.1/lloyd/iris",
    "kmeans.2/kmeans/china",
    "kmeans.2/kmeans/digits",
)
"""The checks on real data: iris, wine, digits, and the pixels of the photograph china.jpg."""


def run(seed: int, width: int) -> Iterator[Text]:
    """Judge both versions; yield the lines to print, at most `width` columns wide."""
    track = catalogue.get(TRACK)
    mutant = mutants.get(track, MUTANT)
    right = (track.solutions / "reference.py").read_text(encoding="utf-8")
    workers = Workers(ahead=2)  # one judges the first version, the other runs a failed check again
    oracle = Oracle(track)
    try:
        yield Text("1. A k-means as candidates write it, judged against scikit-learn on real data", "bold")
        yield Text()
        failures, report = _judge(mutant.source(right), workers, oracle, seed)
        yield from _lines(report)
        for verdict in failures[:1]:
            yield Text()
            yield from terminal.failure(verdict, track, width=width)
        yield Text()
        yield Text("2. The bug, and the corrected version", "bold")
        yield Text()
        yield from _difference(mutant.find, mutant.replace)
        yield Text(f"  {mutant.lesson}")
        yield Text()
        _, report = _judge(right, workers, oracle, seed)
        yield from _lines(report)
        yield Text()
        yield Text("next: kata init my-practice   (writes a stub to fill in; then `cd my-practice`, `kata`)")
    finally:
        workers.close()


def _judge(source: str, workers: Workers, oracle: Oracle, seed: int) -> tuple[list[Verdict], Report]:
    """Judge a source on the demo's checks; return the verdicts that are not a pass, and the report of all."""
    track = oracle.track
    submission = Submission(f"{TRACK}.py", source.encode())
    replay = f"kata check {TRACK} --case"
    with Session(track, submission, workers=workers, oracle=oracle, seed=seed, replay=replay) as session:
        verdicts = tuple(session.verdicts([track.check(check_id) for check_id in CHECKS]))
    rounds = tuple(
        RoundReport(round_, in_round)
        for round_ in track.rounds
        if (in_round := tuple(verdict for verdict in verdicts if verdict.check.round_id == round_.id))
    )
    seconds = sum(verdict.seconds for verdict in verdicts)
    report = Report(TRACK, submission.name, seed=seed, isolation="subprocess", rounds=rounds, seconds=seconds)
    return [verdict for verdict in verdicts if verdict.status not in FINE], report


def _lines(report: Report) -> Iterator[Text]:
    """Yield a line for each check: its status, its id and its rule."""
    for entry in report.rounds:
        for verdict in entry.verdicts:
            line = Text(f"  {verdict.status.upper():<6}", terminal.STYLES[verdict.status])
            line.append(f"{verdict.check.id:<26}{verdict.check.rule}", "")
            yield line


def _difference(right: str, wrong: str) -> Iterator[Text]:
    """Yield the lines that differ: those of the wrong version with -, those of the right version with +."""
    for line in difflib.ndiff(wrong.splitlines(), right.splitlines()):
        if line[0] in "-+":
            yield Text(f"  {line}", "red" if line[0] == "-" else "green")
