"""Sort a candidate's failures as an interviewer would: wrong code, or a decision made without asking.

A topic is something that the task leaves open and that the candidate can ask about. Checks whose result
depends on the answer are attached to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mlkata.interview.sheet import SHAPES, Sheet, Topic
from mlkata.tracks.model import FINE, Kind, Report, Status, Verdict


@dataclass(frozen=True)
class Look:
    """The result of judging the file once."""

    report: Report
    """The report without the failures in `assumed`, and without errors whose rules would reveal answers."""
    assumed: tuple[tuple[Topic, tuple[Verdict, ...]], ...]
    """The topics on which checks failed and which the candidate did not ask about, with these failures."""
    missed: tuple[Topic, ...]
    """The assumed topics that count as missed questions, as nothing else can have caused their failures."""
    passing: dict[str, tuple[int, int]]
    """For each round, the number of passing checks and of all checks."""
    passed: tuple[str, ...]
    """The rounds whose checks all pass."""


def sort(report: Report, sheet: Sheet, asked: Collection[str]) -> Look:
    """Sort a report; `asked` holds the keys of the topics that the candidate asked about.

    No topic counts as missed yet if a bug may have caused its failures: if `Look.report` still has a failure
    or an error (without a topic, on a topic asked about, a crash, a timeout), or if a value has a wrong shape
    or type. Only the topic of shapes and types then counts, if it was assumed.
    """
    assumed: dict[Topic, list[Verdict]] = {}
    for verdict in report.wrong:
        topic = _topic(verdict, sheet)
        if topic is not None and topic.key not in asked:
            assumed.setdefault(topic, []).append(verdict)
    left_out = {id(verdict) for verdicts in assumed.values() for verdict in verdicts} | _revealing(
        report, sheet, asked
    )
    rounds = tuple(
        replace(entry, verdicts=tuple(verdict for verdict in entry.verdicts if id(verdict) not in left_out))
        for entry in report.rounds
    )
    remaining = replace(report, rounds=rounds)
    shape_topics = [topic for topic in assumed if topic.name == SHAPES]
    missed = shape_topics if shape_topics or remaining.wrong else list(assumed)
    return Look(
        report=remaining,
        assumed=tuple((topic, tuple(verdicts)) for topic, verdicts in assumed.items()),
        missed=tuple(missed),
        passing={
            entry.round.id: (sum(v.status in FINE for v in entry.verdicts), len(entry.verdicts))
            for entry in report.rounds
        },
        passed=tuple(entry.round.id for entry in report.rounds if entry.status in FINE),
    )


def _revealing(report: Report, sheet: Sheet, asked: Collection[str]) -> set[int]:
    """Return the `id()` of each error on a topic not asked about, if other errors remain to be shown.

    A file that cannot be imported fails every check, and listing them all would reveal the answers.
    """
    errors = [verdict for verdict in report.wrong if verdict.status is Status.ERROR]
    topics = [sheet.part(verdict.check.round_id).topic_of(verdict.check) for verdict in errors]
    revealing = {
        id(verdict)
        for verdict, topic in zip(errors, topics, strict=True)
        if topic is not None and topic.key not in asked
    }
    return revealing if len(revealing) < len(errors) else set()


def _topic(verdict: Verdict, sheet: Sheet) -> Topic | None:
    """Return the topic that explains a failure. Crashes and timeouts have none."""
    if verdict.status is not Status.FAIL:
        return None
    part = sheet.part(verdict.check.round_id)
    topic = part.topic_of(verdict.check)
    # The check's own topic goes first: NaN for an empty cluster breaks the contract, but is not about shapes.
    return part.topic(SHAPES) if topic is None and verdict.code is Kind.CONTRACT else topic
