"""Totals of what a workspace has recorded: rounds, days, minutes, hints, failures.

They are computed from the journal of judgements (one line each time that a file was judged) and from the
state.
"""

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
    """What was recorded for one open round."""

    round: Round
    passed: date | None
    """The day on which the round first passed."""
    minutes: float
    """Minutes of work, without pauses."""
    judgements: int
    """How many times the file was judged while the round was worked on."""
    hints: int
    """How many of the round's hints have been seen."""
    gave_up: bool
    """Whether the round was ever given up: our solution was requested instead of a pass."""


@dataclass(frozen=True)
class DayRecord:
    """What was recorded for one day."""

    day: date
    minutes: float
    judgements: int
    passed: tuple[str, ...]
    """The ids of the rounds that first passed on that day."""


@dataclass(frozen=True)
class Failure:
    """A check, and how often it was the first failure of a judgement, which is the one shown in full."""

    check: Check
    times: int
    now: Status | None
    """The check's last status, if any."""


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
    n_judgements = Counter(judgement.round for judgement in judgements)
    rounds: list[RoundRecord] = []
    passed: dict[str, date] = {}
    n_rounds = 0
    for name, track in workspace.tracks.items():
        opened = workspace.opened(name)
        n_rounds += len(track.rounds) if opened else 0
        hints, passed_on = workspace.hints(name), workspace.passed_on(name)
        passed |= {id_: datetime.fromisoformat(at).date() for id_, at in passed_on.items()}
        rounds += [
            RoundRecord(
                round=round_,
                passed=passed.get(round_.id),
                minutes=minutes[round_.id],
                judgements=n_judgements[round_.id],
                hints=hints.get(round_.id, 0),
                gave_up=workspace.gave_up(round_),
            )
            for round_ in opened
        ]
    days, failures = _days(judgements, passed), _failures(workspace, judgements)
    return Progress(tuple(rounds), days, failures, n_rounds)


def _days(judgements: Sequence[Judgement], passed: Mapping[str, date]) -> tuple[DayRecord, ...]:
    """Return the records of all days on which a file was judged or a round passed, oldest first."""
    minutes: defaultdict[date, float] = defaultdict(float)
    n_judgements: Counter[date] = Counter()
    for judgement in judgements:
        minutes[judgement.moment.date()] += judgement.seconds / 60
        n_judgements[judgement.moment.date()] += 1
    days = sorted({*n_judgements, *passed.values()})
    return tuple(
        DayRecord(
            day=day,
            minutes=minutes[day],
            judgements=n_judgements[day],
            passed=tuple(id_ for id_, passed_on in passed.items() if passed_on == day),
        )
        for day in days
    )


def _failures(workspace: Workspace, judgements: Sequence[Judgement]) -> tuple[Failure, ...]:
    """Return the failures that were shown, most frequent first; checks that no longer exist are left out."""
    # `track.checks` imports the track's checks, which takes time: do it only for tracks with failures.
    names = {judgement.track for judgement in judgements if judgement.failure}
    tracks = {name: track for name, track in workspace.tracks.items() if name in names}
    checks = {check.id: check for track in tracks.values() for check in track.checks}
    counted = Counter(judgement.failure for judgement in judgements if judgement.failure in checks)
    last = {id_: status for name in tracks for id_, status in workspace.last(name).items()}
    return tuple(Failure(checks[id_], times, last.get(id_)) for id_, times in counted.most_common())
