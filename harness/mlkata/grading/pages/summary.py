"""The totals of a cohort, i.e. of all submissions graded together, from one pass over their records."""

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
    """Why the submission could not be read; empty if it could."""
    sha256: str

    @property
    def share(self) -> float:
        """Points as a share of the maximum, 0 to 1; 0 if the maximum is 0."""
        return self.score / self.max_score if self.max_score else 0.0


@dataclass(frozen=True)
class RoundTally:
    """How many submissions got each verdict on a round, without those that could not be read."""

    id: str
    title: str
    max_score: float
    statuses: Mapping[Status, int]


@dataclass(frozen=True)
class CheckTally:
    """How many submissions got each verdict on a check, without those that could not be read.

    In a round that a submission has not begun, all checks count as `unsolved`.
    """

    id: str
    rule: str
    statuses: Mapping[Status, int]

    @property
    def failing(self) -> int:
        """The number of submissions with a wrong answer, or with none because of an error."""
        return self.statuses.get(Status.FAIL, 0) + self.statuses.get(Status.ERROR, 0)

    @property
    def judged(self) -> int:
        """The number of submissions, whatever their verdict."""
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Summary:
    """A cohort: what was graded, and the results."""

    facts: Mapping[str, tuple[str, ...]]
    """All values of each setting (track, seed, isolation, contract, versions) in the records; usually one."""
    void: tuple[str, ...]
    """The ids of the checks that do not count."""
    rows: tuple[SubmissionRow, ...]
    """One for each submission, sorted by id."""
    rounds: tuple[RoundTally, ...]
    checks: tuple[CheckTally, ...]
    """In the order of the track."""

    @cached_property
    def problems(self) -> tuple[SubmissionRow, ...]:
        """Submissions that could not be read."""
        return tuple(row for row in self.rows if row.problem)

    @cached_property
    def judged(self) -> tuple[SubmissionRow, ...]:
        """Submissions that could be read. All counts, means and medians are of these."""
        return tuple(row for row in self.rows if not row.problem)

    @cached_property
    def statuses(self) -> Mapping[Status, int]:
        """The number of judged submissions for each verdict."""
        return Counter(row.status for row in self.judged)

    @property
    def max_score(self) -> float | None:
        """The maximum number of points; None if it is not the same for all submissions."""
        values = {row.max_score for row in self.rows}
        return values.pop() if len(values) == 1 else None

    @property
    def worst_checks(self) -> list[CheckTally]:
        """The checks with failures, most failures first."""
        return sorted((tally for tally in self.checks if tally.failing), key=lambda tally: -tally.failing)


def summarise(records: Iterable[Mapping[str, Any]], void: Collection[str] = ()) -> Summary:
    """Return the totals of records (`mlkata.graded/1`) of submissions; checks in `void` do not count.

    Records may cover different rounds, as samples for different tasks do. Of each record only its row is kept
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
    """The title of the round, or the rule of the check."""
    max_score: float
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def by_status(self) -> Mapping[Status, int]:
        return {Status(name): number for name, number in self.statuses.items()}


def _tally(tallies: dict[str, _Tally], name: str, text: str, max_score: float = 0.0) -> _Tally:
    """Return the tally of a round or check; create it on first use."""
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
    """Yield the names and values of a report's settings."""
    for name in ("track", "seed", "isolation", "contract"):
        yield name, str(report[name])
    yield from report["versions"].items()


def _verdicts(round_: Mapping[str, Any]) -> Iterator[str]:
    """Yield the verdicts on a round's checks, all unsolved if none of the round's own functions was begun.

    Its checks may also call functions of earlier rounds, and fail on these.
    """
    begun = round_["status"] != Status.UNSOLVED
    for check in round_["checks"]:
        yield check["status"] if begun else Status.UNSOLVED


def _place(round_id: str) -> tuple[str, int]:
    """Return a sort key that puts kmeans.2 before kmeans.10."""
    track, _, number = round_id.rpartition(".")
    return track, int(number)
