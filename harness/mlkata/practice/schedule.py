"""The rounds to do again today: a slow, hinted or failed round comes back sooner.

A round that has passed is due again after some days: after 8 days if it was done within its minutes and
without a hint, and twice as long each further time in a row; after 3 days if it was slow or needed a hint; on
the next day if it was given up or our solution was shown. The next good attempt starts at 8 days again. No
wait is longer than half of the days left before the interview, so each round comes back at least once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mlkata.practice.state import Attempt, State, TrackState
from mlkata.practice.worktime import minutes
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Round

GOOD, SLOW, FAILED = 8, 3, 1
"""Days."""


@dataclass(frozen=True)
class Due:
    """A round to do again, the day it became due, and why."""

    round: Round
    day: date
    why: str


def due(tracks: Mapping[str, Track], state: State, today: date) -> list[Due]:
    """Return the rounds due on a day, the longest overdue first; none if the interview has no date."""
    if not state.date:
        return []
    interview = date.fromisoformat(state.date)
    due_rounds = []
    for name, track in tracks.items():
        entry = state.track(name)
        for round_ in track.rounds:
            if round_.id in entry.passed and round_.open is None:
                entry_due = _due(round_, _attempts(entry, round_.id), interview)
                if entry_due.day <= today:
                    due_rounds.append(entry_due)
    return sorted(due_rounds, key=lambda due_round: due_round.day)


def _attempts(entry: TrackState, round_id: str) -> list[Attempt]:
    """Return the attempts that have ended; if none was measured, one made from the day the round passed."""
    ended = [attempt for attempt in entry.attempts.get(round_id, []) if attempt.ended]
    at = entry.passed[round_id]
    return ended or [Attempt(at, ended=at, passed=True)]


def _due(round_: Round, attempts: list[Attempt], interview: date) -> Due:
    days = 0
    for attempt in attempts:
        days = FAILED if _failed(attempt) else SLOW if _slow(attempt, round_) else max(GOOD, 2 * days)
    last = attempts[-1]
    ended = datetime.fromisoformat(last.ended).date()
    limit = max(1, (interview - ended).days // 2)
    return Due(round_, ended + timedelta(min(days, limit)), _why(last, round_))


def _failed(attempt: Attempt) -> bool:
    return not attempt.passed or attempt.gave_up


def _slow(attempt: Attempt, round_: Round) -> bool:
    return attempt.seconds > 60 * round_.minutes or attempt.hints > 0


def _why(attempt: Attempt, round_: Round) -> str:
    if not attempt.passed:
        return "given up last time"
    if attempt.gave_up:
        return "with our solution last time"
    if attempt.seconds > 60 * round_.minutes:
        return f"slow last time: {minutes(attempt.seconds)}, expected {round_.minutes}"
    if attempt.hints:
        return f"{attempt.hints} hint{'s' if attempt.hints > 1 else ''} last time"
    return "good last time"
