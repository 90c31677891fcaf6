"""Totals of what a workspace has recorded: rounds, days, minutes, hints, failures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mlkata.practice.judgements import Judgement
from mlkata.practice.workspace import Workspace
from mlkata.tracks.model import Check, Round, Status


@dataclass(frozen=True)
class RoundRecord:
    """The record of one open round."""

    round: Round
    passed: date | None
    minutes: float
    """Minutes of work, without pauses."""
    judgements: int
    hints: int
    gave_up: bool


@dataclass(frozen=True)
class DayRecord:
    """The record of one day."""

    day: date
    minutes: float
    judgements: int
    passed: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """A check and how often its failure was the one shown."""

    check: Check
    times: int
    now: Status | None
    """Its last status."""


@dataclass(frozen=True)
class Progress:
    """All totals."""

    rounds: tuple[RoundRecord, ...]
    days: tuple[DayRecord, ...]
    failures: tuple[Failure, ...]
    n_rounds: int
    """The number of rounds in the tracks that were begun."""

    @property
    def passed(self) -> int:
        """The number of rounds that have passed."""
        return sum(entry.passed is not None for entry in self.rounds)

    @property
    def minutes(self) -> float:
        """The minutes of work."""
        return sum(day.minutes for day in self.days)

    @property
    def hints(self) -> int:
        """The number of hints seen."""
        return sum(entry.hints for entry in self.rounds)


def read(workspace: Workspace) -> Progress:
    """Return a workspace's totals. Tracks that were not begun are left out."""
    judgements = workspace.judgements()
    minutes: defaultdict[str, float] = defaultdict(float)
    for judgement in judgements:
        minutes[judgement.round] += judgement.seconds / 60
    judged = Counter(judgement.round for judgement in judgements)
    rounds: list[RoundRecord] = []
    passed: dict[str, date] = {}
    begun = 0
    for name, track in workspace.tracks.items():
        opened = workspace.opened(name)
        begun += len(track.rounds) if opened else 0
        hints, passed_on = workspace.hints(name), workspace.passed_on(name)
        passed |= {id_: datetime.fromisoformat(at).date() for id_, at in passed_on.items()}
        rounds += [
            RoundRecord(
                round_, passed.get(round_.id), minutes[round_.id], judged[round_.id],
                hints.get(round_.id, 0), workspace.gave_up(round_),
            )
            for round_ in opened
        ]  # fmt: skip
    return Progress(tuple(rounds), _days(judgements, passed), _failures(workspace, judgements), begun)


def _days(judgements: Sequence[Judgement], passed: Mapping[str, date]) -> tuple[DayRecord, ...]:
    minutes: defaultdict[date, float] = defaultdict(float)
    judged: Counter[date] = Counter()
    for judgement in judgements:
        minutes[judgement.moment.date()] += judgement.seconds / 60
        judged[judgement.moment.date()] += 1
    days = sorted({*judged, *passed.values()})
    return tuple(
        DayRecord(day, minutes[day], judged[day], tuple(id_ for id_, on in passed.items() if on == day))
        for day in days
    )


def _failures(workspace: Workspace, judgements: Sequence[Judgement]) -> tuple[Failure, ...]:
    """Return the failures that were shown, most frequent first; checks that no longer exist are left out."""
    named = {
        judgement.track for judgement in judgements if judgement.failure
    }  # importing checks takes time: only these
    worked = {name: track for name, track in workspace.tracks.items() if name in named}
    by_id = {check.id: check for track in worked.values() for check in track.checks}
    counted = Counter(judgement.failure for judgement in judgements if judgement.failure in by_id)
    last = {id_: status for name in worked for id_, status in workspace.last(name).items()}
    return tuple(Failure(by_id[id_], times, last.get(id_)) for id_, times in counted.most_common())
