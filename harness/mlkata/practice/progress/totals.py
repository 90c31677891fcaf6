"""Adds up what a workspace remembers: rounds, days, minutes, hints, failures."""

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
    """What has happened on one open round."""

    round: Round
    passed: date | None
    minutes: float
    """Of work, without pauses."""
    judgements: int
    hints: int
    gave_up: bool


@dataclass(frozen=True)
class DayRecord:
    """What has happened on one day."""

    day: date
    minutes: float
    judgements: int
    passed: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """A check, and how often its failure was the one that was shown."""

    check: Check
    times: int
    now: Status | None
    """What it got last."""


@dataclass(frozen=True)
class Progress:
    """The whole of it."""

    rounds: tuple[RoundRecord, ...]
    days: tuple[DayRecord, ...]
    failures: tuple[Failure, ...]
    of: int
    """How many rounds the tracks that were begun have."""

    @property
    def passed(self) -> int:
        """How many rounds have passed."""
        return sum(one.passed is not None for one in self.rounds)

    @property
    def minutes(self) -> float:
        """How long somebody worked."""
        return sum(one.minutes for one in self.days)

    @property
    def hints(self) -> int:
        """How many hints were seen."""
        return sum(one.hints for one in self.rounds)


def read(workspace: Workspace) -> Progress:
    """Add up what a workspace remembers. Tracks that nobody has begun are left out."""
    judgements = workspace.judgements()
    minutes: defaultdict[str, float] = defaultdict(float)
    for one in judgements:
        minutes[one.round] += one.seconds / 60
    judged = Counter(one.round for one in judgements)
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
                one, passed.get(one.id), minutes[one.id], judged[one.id],
                hints.get(one.id, 0), workspace.gave_up(one),
            )
            for one in opened
        ]  # fmt: skip
    return Progress(tuple(rounds), _days(judgements, passed), _failures(workspace, judgements), begun)


def _days(judgements: Sequence[Judgement], passed: Mapping[str, date]) -> tuple[DayRecord, ...]:
    minutes: defaultdict[date, float] = defaultdict(float)
    judged: Counter[date] = Counter()
    for one in judgements:
        minutes[one.moment.date()] += one.seconds / 60
        judged[one.moment.date()] += 1
    days = sorted({*judged, *passed.values()})
    return tuple(
        DayRecord(day, minutes[day], judged[day], tuple(id_ for id_, on in passed.items() if on == day))
        for day in days
    )


def _failures(workspace: Workspace, judgements: Sequence[Judgement]) -> tuple[Failure, ...]:
    """Count failures that were shown, the most frequent first; what is no check any more is left out."""
    named = {one.track for one in judgements if one.failure}  # checks have to be imported: no more than these
    worked = {name: track for name, track in workspace.tracks.items() if name in named}
    known = {check.id: check for track in worked.values() for check in track.checks}
    counted = Counter(one.failure for one in judgements if one.failure in known)
    last = {id_: status for name in worked for id_, status in workspace.last(name).items()}
    return tuple(Failure(known[id_], times, last.get(id_)) for id_, times in counted.most_common())
