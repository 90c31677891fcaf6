"""Spaced repetition: choose the rounds to repeat today. A slow, hinted or failed round comes back sooner.

How long a passed round waits depends on its last attempt:

- 8 days if it passed within its expected minutes and without a hint;
  after each further such attempt in a row, twice as long as before (16, 32, …);
- 3 days if it was slower or needed a hint;
- 1 day if it was ended by `kata undo`, or if our solution was shown.

After a wait of 1 or 3 days, the next good attempt starts at 8 days again. No wait is longer than half of the
days left before the interview, so each round comes back at least once.
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
"""Days to wait after a good attempt, after a slow or hinted one, and after a failed one."""


@dataclass(frozen=True)
class Due:
    """A round to repeat, the day on which it is due, and why, in a few words."""

    round: Round
    day: date
    why: str


def due(tracks: Mapping[str, Track], state: State, today: date) -> list[Due]:
    """Return the passed rounds that are due on or before `today`, the longest overdue first.

    There are none if the day of the interview is not set. Open rounds, which have no pass, are left out.
    """
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
    """Return the attempts at a passed round that have ended.

    If none was recorded, return one that ended well when the round passed.
    """
    ended = [attempt for attempt in entry.attempts.get(round_id, []) if attempt.ended]
    passed_at = entry.passed[round_id]
    return ended or [Attempt(began=passed_at, ended=passed_at, passed=True)]


def _due(round_: Round, attempts: list[Attempt], interview: date) -> Due:
    """Return when a round is due again after its attempts, and why."""
    days = 0
    for attempt in attempts:
        days = FAILED if _failed(attempt) else SLOW if _slow(attempt, round_) else max(GOOD, 2 * days)
    last = attempts[-1]
    ended = datetime.fromisoformat(last.ended).date()
    limit = max(1, (interview - ended).days // 2)
    return Due(round_, ended + timedelta(days=min(days, limit)), _why(last, round_))


def _failed(attempt: Attempt) -> bool:
    return not attempt.passed or attempt.gave_up


def _slow(attempt: Attempt, round_: Round) -> bool:
    """Return whether an attempt took longer than expected or needed a hint."""
    return attempt.seconds > 60 * round_.minutes or attempt.hints > 0


def _why(attempt: Attempt, round_: Round) -> str:
    """Return how the last attempt went, in a few words."""
    if not attempt.passed:
        return "given up last time"
    if attempt.gave_up:
        return "with our solution last time"
    if attempt.seconds > 60 * round_.minutes:
        return f"slow last time: {minutes(attempt.seconds)}, expected {round_.minutes}"
    if attempt.hints:
        return f"{attempt.hints} hint{'s' if attempt.hints > 1 else ''} last time"
    return "good last time"
