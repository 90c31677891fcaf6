"""Totals of a cohort, from one pass over its records."""

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
    """The result of one submission."""

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
        """Points as a share of the maximum, 0 to 1; 0 if the maximum is 0."""
        return self.score / self.max_score if self.max_score else 0.0


@dataclass(frozen=True)
class RoundTally:
    """The number of submissions for each verdict on a round, without those that could not be read."""

    id: str
    title: str
    max_score: float
    statuses: Mapping[Status, int]


@dataclass(frozen=True)
class CheckTally:
    """The number of submissions for each verdict on a check, without those that could not be read.

    In a round that a submission has not begun, all checks count as `unsolved`.
    """

    id: str
    rule: str
    statuses: Mapping[Status, int]

    @property
    def failing(self) -> int:
        """The number of submissions with a wrong answer or none."""
        return self.statuses.get(Status.FAIL, 0) + self.statuses.get(Status.ERROR, 0)

    @property
    def judged(self) -> int:
        """The number of submissions, whatever their verdict."""
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Summary:
    """A cohort: what was graded, and the results."""

    facts: Mapping[str, tuple[str, ...]]
    """Track, seed, isolation, contract, versions, with all values that occur, usually one."""
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
        """The number of judged submissions for each verdict."""
        return Counter(row.status for row in self.judged)

    @property
    def max_score(self) -> float | None:
        """The maximum of points; None if it differs between submissions."""
        different = {row.max_score for row in self.rows}
        return different.pop() if len(different) == 1 else None

    @property
    def worst_checks(self) -> list[CheckTally]:
        """The checks with failures, most failures first."""
        return sorted((tally for tally in self.checks if tally.failing), key=lambda tally: -tally.failing)


def summarise(records: Iterable[Mapping[str, Any]], void: Collection[str] = ()) -> Summary:
    """Return the totals of records (mlkata.graded/1), one for each submission; void checks do not count.

    Records may cover different rounds, as samples for different tasks do. Only a row of each record is kept
    in memory.
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
        for round_ in report["rounds"]:
            on_round = _tally(rounds, round_["id"], round_["title"], round_["max_score"])
            on_checks = [_tally(checks, check["id"], check["rule"]) for check in round_["checks"]]
            if not record["problem"]:
                on_round.statuses[round_["status"]] += 1
                for tally, status in zip(on_checks, _verdicts(round_), strict=True):
                    tally.statuses[status] += 1
    return Summary(
        facts={name: tuple(values) for name, values in facts.items()},
        void=tuple(sorted(void)),
        rows=tuple(sorted(rows, key=lambda row: row.id)),
        rounds=tuple(
            RoundTally(name, tally.text, tally.max_score, tally.by_status)
            for name, tally in sorted(rounds.items(), key=lambda item: _place(item[0]))
        ),
        checks=tuple(
            CheckTally(name, tally.text, tally.by_status)
            for name, tally in sorted(checks.items(), key=lambda item: _place(item[0].split("/")[0]))
        ),
    )


@dataclass
class _Tally:
    """The running count of a round or a check."""

    text: str
    max_score: float
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def by_status(self) -> Mapping[Status, int]:
        return {Status(name): number for name, number in self.statuses.items()}


def _tally(tallies: dict[str, _Tally], name: str, text: str, max_score: float = 0.0) -> _Tally:
    tally = tallies.get(name)
    if tally is None:
        tally = tallies[name] = _Tally(text, max_score)
    return tally


def _row(record: Mapping[str, Any], report: Mapping[str, Any]) -> SubmissionRow:
    return SubmissionRow(
        id=record["id"],
        status=Status(report["status"]),
        score=report["score"],
        max_score=report["max_score"],
        rounds={round_["id"]: round_["score"] for round_ in report["rounds"]},
        seconds=report["seconds"],
        problem=record["problem"],
        sha256=record["sha256"],
    )


def _facts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("track", "seed", "isolation", "contract"):
        yield name, str(report[name])
    yield from report["versions"].items()


def _verdicts(round_: Mapping[str, Any]) -> Iterator[str]:
    """Yield a round's verdicts; all are unsolved if the round was not begun, even on earlier functions."""
    begun = round_["status"] != Status.UNSOLVED
    for check in round_["checks"]:
        yield check["status"] if begun else Status.UNSOLVED


def _place(round_id: str) -> tuple[str, int]:
    """Return a sort key that puts kmeans.2 before kmeans.10."""
    track, _, number = round_id.rpartition(".")
    return track, int(number)
