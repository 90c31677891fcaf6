"""Sort failures as an interviewer would: wrong code, or a decision made without asking."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mlkata.interview.sheet import SHAPES, Sheet, Topic
from mlkata.tracks.model import FINE, Kind, Report, Status, Verdict


@dataclass(frozen=True)
class Look:
    """The result of one look at the file."""

    report: Report
    """The report without assumed failures and without errors whose rules would reveal unasked answers."""
    assumed: tuple[tuple[Topic, tuple[Verdict, ...]], ...]
    """Failures on what the prompt leaves open and the candidate did not ask about, by topic."""
    missed: tuple[Topic, ...]
    """The topics that were certainly decided without asking."""
    passing: dict[str, tuple[int, int]]
    """For each round, the number of passing checks and of all checks."""
    passed: tuple[str, ...]
    """The rounds whose checks all pass."""


def sort(report: Report, sheet: Sheet, asked: Collection[str]) -> Look:
    """Return a report sorted by the topics that were asked about.

    If a check without a topic fails, its bug may cause the other failures as well. Then no topic counts as
    missed yet, except shapes and types if these are wrong.
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
    certain = shape_topics if shape_topics or remaining.wrong else list(assumed)
    return Look(
        report=remaining,
        assumed=tuple((topic, tuple(verdicts)) for topic, verdicts in assumed.items()),
        missed=tuple(certain),
        passing={
            entry.round.id: (sum(v.status in FINE for v in entry.verdicts), len(entry.verdicts))
            for entry in report.rounds
        },
        passed=tuple(entry.round.id for entry in report.rounds if entry.status in FINE),
    )


def _revealing(report: Report, sheet: Sheet, asked: Collection[str]) -> set[int]:
    """Return the ids of the errors attached to unasked topics, if other errors remain to be shown.

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
    topic = part.topic_of(verdict.check)  # even if the contract is broken, as by NaN for an empty cluster
    return part.topic(SHAPES) if topic is None and verdict.code is Kind.CONTRACT else topic
