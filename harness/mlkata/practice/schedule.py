"""Which rounds to do again today: what was slow, hinted or failed comes back sooner.

A round that has passed is due again after some days. Done within its minutes and without a hint, it comes
back after 8 days, and each time that this happens again after twice as long; slow or with a hint after 3;
given up, or with our solution, on the next day. The next good time begins at 8 days again. No wait is longer
than half of the days that were left then, so each round comes back at least once before the interview.
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
    """A round to do again, since when, and why then."""

    round: Round
    day: date
    why: str


def due(tracks: Mapping[str, Track], state: State, today: date) -> list[Due]:
    """List the rounds that are due on a day, those first that have waited longest; none without a date."""
    if not state.date:
        return []
    interview = date.fromisoformat(state.date)
    found = []
    for name, track in tracks.items():
        entry = state.track(name)
        for round_ in track.rounds:
            if round_.id in entry.passed and round_.open is None:
                one = _due(round_, _attempts(entry, round_.id), interview)
                if one.day <= today:
                    found.append(one)
    return sorted(found, key=lambda one: one.day)


def _attempts(entry: TrackState, round_id: str) -> list[Attempt]:
    """Give the attempts that have ended; of a round that passed unmeasured, the day is what is known."""
    ended = [one for one in entry.attempts.get(round_id, []) if one.ended]
    at = entry.passed[round_id]
    return ended or [Attempt(at, ended=at, passed=True)]


def _due(round_: Round, attempts: list[Attempt], interview: date) -> Due:
    days = 0
    for one in attempts:
        days = FAILED if _failed(one) else SLOW if _slow(one, round_) else max(GOOD, 2 * days)
    last = attempts[-1]
    ended = datetime.fromisoformat(last.ended).date()
    left = max(1, (interview - ended).days // 2)
    return Due(round_, ended + timedelta(min(days, left)), _why(last, round_))


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
        return f"slow last time: {minutes(attempt.seconds)}, {round_.minutes} are meant"
    if attempt.hints:
        return f"{attempt.hints} hint{'s' if attempt.hints > 1 else ''} last time"
    return "good last time"
