"""Sorts verdicts as an interviewer would: wrong, or decided without asking."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mlkata.interview.sheet import SHAPES, Sheet, Topic
from mlkata.tracks.model import FINE, Kind, Report, Status, Verdict


@dataclass(frozen=True)
class Look:
    """What one look at the file showed."""

    report: Report
    """Without the verdicts on what was assumed, and without errors whose rules tell what was not asked."""
    assumed: tuple[tuple[Topic, tuple[Verdict, ...]], ...]
    """Failures on what the prompt leaves open and nobody has asked for, by topic."""
    missed: tuple[Topic, ...]
    """Those topics of which it is certain that they were decided without asking."""
    passing: dict[str, tuple[int, int]]
    """How many checks of each round passed, of how many."""
    passed: tuple[str, ...]
    """The rounds of which every check is fine."""


def sort(report: Report, sheet: Sheet, asked: Collection[str]) -> Look:
    """Sort a report's verdicts by what has been asked.

    Where a check fails that hangs on no topic, the mistake behind it may be behind the others, too: then no
    question counts as missed yet, but for one about shapes and types where these are wrong.
    """
    assumed: dict[Topic, list[Verdict]] = {}
    for verdict in report.wrong:
        topic = _topic(verdict, sheet)
        if topic is not None and topic.key not in asked:
            assumed.setdefault(topic, []).append(verdict)
    left_out = {id(verdict) for some in assumed.values() for verdict in some} | _telling(report, sheet, asked)
    rounds = tuple(
        replace(one, verdicts=tuple(verdict for verdict in one.verdicts if id(verdict) not in left_out))
        for one in report.rounds
    )
    rest = replace(report, rounds=rounds)
    forms = [topic for topic in assumed if topic.name == SHAPES]
    certain = forms if forms or rest.wrong else list(assumed)
    return Look(
        report=rest,
        assumed=tuple((topic, tuple(some)) for topic, some in assumed.items()),
        missed=tuple(certain),
        passing={
            one.round.id: (sum(v.status in FINE for v in one.verdicts), len(one.verdicts))
            for one in report.rounds
        },
        passed=tuple(one.round.id for one in report.rounds if one.status in FINE),
    )


def _telling(report: Report, sheet: Sheet, asked: Collection[str]) -> set[int]:
    """Find the errors that hang on what was not asked, where there are others to show.

    A file that cannot be imported fails everything, and a list of that would be a list of the answers.
    """
    errors = [one for one in report.wrong if one.status is Status.ERROR]
    topics = [sheet.part(one.check.round_id).topic_of(one.check) for one in errors]
    found = {
        id(one)
        for one, topic in zip(errors, topics, strict=True)
        if topic is not None and topic.key not in asked
    }
    return found if len(found) < len(errors) else set()


def _topic(verdict: Verdict, sheet: Sheet) -> Topic | None:
    """Return what a failure hangs on. A crash or a call without end is no matter of what was asked."""
    if verdict.status is not Status.FAIL:
        return None
    part = sheet.part(verdict.check.round_id)
    own = part.topic_of(verdict.check)  # also where the contract is broken: by NaN for a cluster without rows
    return part.topic(SHAPES) if own is None and verdict.code is Kind.CONTRACT else own
