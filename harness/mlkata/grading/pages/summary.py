"""Adds up a cohort in one pass: a small row for each submission, and counts for rounds and checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlkata.grading.pages import voided
from mlkata.tracks.model import Status


@dataclass(frozen=True)
class SubmissionRow:
    """What one submission got."""

    id: str
    status: Status
    score: float
    max_score: float
    rounds: Mapping[str, float]
    """Points by the round's id."""
    seconds: float
    problem: str
    """Why it could not be read; empty if it could."""
    sha256: str

    @property
    def share(self) -> float:
        """Points as a share of what there was to get, 0 to 1; 0 where there was nothing."""
        return self.score / self.max_score if self.max_score else 0.0


@dataclass(frozen=True)
class RoundTally:
    """How many submissions got which verdict on a round; those that could not be read are left out."""

    id: str
    title: str
    max_score: float
    statuses: Mapping[Status, int]


@dataclass(frozen=True)
class CheckTally:
    """How many submissions got which verdict on a check; those that could not be read are left out.

    In a round that a submission has not begun, all checks are `unsolved`.
    """

    id: str
    rule: str
    statuses: Mapping[Status, int]

    @property
    def failing(self) -> int:
        """How many answered wrongly, or not at all."""
        return self.statuses.get(Status.FAIL, 0) + self.statuses.get(Status.ERROR, 0)

    @property
    def judged(self) -> int:
        """How many there are, whatever they got."""
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Summary:
    """A cohort: what was graded, and what came out."""

    facts: Mapping[str, tuple[str, ...]]
    """Track, seed, isolation, contract, versions: each value that occurs, mostly one."""
    void: tuple[str, ...]
    rows: tuple[SubmissionRow, ...]
    """By id."""
    rounds: tuple[RoundTally, ...]
    checks: tuple[CheckTally, ...]
    """In the order of the track."""

    @cached_property
    def problems(self) -> tuple[SubmissionRow, ...]:
        """Submissions that could not be read."""
        return tuple(row for row in self.rows if row.problem)

    @cached_property
    def judged(self) -> tuple[SubmissionRow, ...]:
        """Submissions that could be read: means, medians and counts are of these."""
        return tuple(row for row in self.rows if not row.problem)

    @cached_property
    def statuses(self) -> Mapping[Status, int]:
        """How many of those that could be read got which verdict."""
        return Counter(row.status for row in self.judged)

    @property
    def max_score(self) -> float | None:
        """What there was to get; None if it was not the same for all."""
        different = {row.max_score for row in self.rows}
        return different.pop() if len(different) == 1 else None

    @property
    def worst_checks(self) -> list[CheckTally]:
        """Checks that somebody failed, those that fail most first."""
        return sorted((one for one in self.checks if one.failing), key=lambda one: -one.failing)


def summarise(records: Iterable[Mapping[str, Any]], void: Collection[str] = ()) -> Summary:
    """Add up records (mlkata.graded/1), one for each submission; void checks count for nobody.

    Records may cover different rounds, as samples for different tasks do. Nothing of a record is kept
    but its row.
    """
    rows: list[SubmissionRow] = []
    facts: dict[str, dict[str, None]] = {}
    rounds: dict[str, _Tally] = {}
    checks: dict[str, _Tally] = {}
    for record in records:
        report = voided.without(record["report"], void)
        rows.append(_row(record, report))
        for name, value in _facts(report):
            facts.setdefault(name, {})[value] = None
        for one in report["rounds"]:
            on_round = _tally(rounds, one["id"], one["title"], one["max_score"])
            on_checks = [_tally(checks, check["id"], check["rule"]) for check in one["checks"]]
            if not record["problem"]:
                on_round.statuses[one["status"]] += 1
                for tally, status in zip(on_checks, _verdicts(one), strict=True):
                    tally.statuses[status] += 1
    return Summary(
        facts={name: tuple(values) for name, values in facts.items()},
        void=tuple(sorted(void)),
        rows=tuple(sorted(rows, key=lambda row: row.id)),
        rounds=tuple(
            RoundTally(name, one.text, one.max_score, one.by_status)
            for name, one in sorted(rounds.items(), key=lambda item: _place(item[0]))
        ),
        checks=tuple(
            CheckTally(name, one.text, one.by_status)
            for name, one in sorted(checks.items(), key=lambda item: _place(item[0].split("/")[0]))
        ),
    )


@dataclass
class _Tally:
    """A round or a check while records go by."""

    text: str
    max_score: float
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def by_status(self) -> Mapping[Status, int]:
        return {Status(name): number for name, number in self.statuses.items()}


def _tally(known: dict[str, _Tally], name: str, text: str, max_score: float = 0.0) -> _Tally:
    found = known.get(name)
    if found is None:
        found = known[name] = _Tally(text, max_score)
    return found


def _row(record: Mapping[str, Any], report: Mapping[str, Any]) -> SubmissionRow:
    return SubmissionRow(
        id=record["id"],
        status=Status(report["status"]),
        score=report["score"],
        max_score=report["max_score"],
        rounds={one["id"]: one["score"] for one in report["rounds"]},
        seconds=report["seconds"],
        problem=record["problem"],
        sha256=record["sha256"],
    )


def _facts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("track", "seed", "isolation", "contract"):
        yield name, str(report[name])
    yield from report["versions"].items()


def _verdicts(one: Mapping[str, Any]) -> Iterator[str]:
    """Return a round's verdicts; where nobody has begun, what it asks of earlier functions is not wrong yet."""
    begun = one["status"] != Status.UNSOLVED
    for check in one["checks"]:
        yield check["status"] if begun else Status.UNSOLVED


def _place(round_id: str) -> tuple[str, int]:
    """Sort kmeans.2 before kmeans.10."""
    track, _, number = round_id.rpartition(".")
    return track, int(number)
