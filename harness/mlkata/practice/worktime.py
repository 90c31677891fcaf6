"""Minutes of work on a round: from its opening to its first pass, without the pauses.

Only some times are recorded: when a round was opened, when it was checked, and the last save before each
check. The time between two of these was work or a break, so it counts in full up to ten minutes. Longer
thinking without a save is undercounted; that is why messages say "about".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from mlkata.practice.state import Attempt, TrackState

PAUSE = 600.0
"""Seconds. A longer gap is a break and counts as this many seconds."""


def begin(entry: TrackState, round_id: str, at: str, *, set_aside_file: str = "") -> None:
    """Begin an attempt unless one is running. `set_aside_file` is the path of the file set aside for it."""
    if running(entry, round_id) is None:
        entry.attempts.setdefault(round_id, []).append(Attempt(at, set_aside_file=set_aside_file))
    entry.touched = at


def running(entry: TrackState, round_id: str) -> Attempt | None:
    """Return the attempt that has not ended, if any."""
    attempts = entry.attempts.get(round_id, [])
    return attempts[-1] if attempts and not attempts[-1].ended else None


def round_done_again(entry: TrackState) -> tuple[str, str]:
    """Return the id of the round that is being done again, and the path of the file set aside for it.

    Both are "" if no round is being done again.
    """
    for round_id in entry.attempts:
        attempt = running(entry, round_id)
        if attempt is not None and attempt.set_aside_file:
            return round_id, attempt.set_aside_file
    return "", ""


def spend(entry: TrackState, round_ids: Sequence[str], since: str, saved: str, at: str) -> tuple[str, float]:
    """Add the time since the last opening or check on any track to the first of these rounds being worked on.

    Returns that round's id, or "" if no round is being worked on, and the seconds.
    """
    seconds = round(worked([since, saved, at]), 1)
    entry.touched = at
    for round_id in round_ids:
        attempt = running(entry, round_id)
        if attempt is not None:
            attempt.seconds = round(attempt.seconds + seconds, 1)
            return round_id, seconds
    return "", seconds


def last(entries: Iterable[TrackState]) -> str:
    """Return the time of the last opening or check on any of these tracks, or "" if there was none."""
    return max((entry.touched for entry in entries if entry.touched), key=datetime.fromisoformat, default="")


def worked(times: Sequence[str]) -> float:
    """Return the seconds between consecutive times in ISO form, each gap capped at `PAUSE`.

    Empty times and times outside the first and last are left out, so a clock that was set back adds nothing.
    """
    moments = [datetime.fromisoformat(time) for time in times if time]
    inside = [moment for moment in moments if moments[0] <= moment <= moments[-1]]
    return sum(min((b - a).total_seconds(), PAUSE) for a, b in pairwise(inside))


def end(entry: TrackState, round_id: str, at: str, *, passed: bool) -> None:
    """End the running attempt, if any, and count its hints."""
    attempt = running(entry, round_id)
    if attempt is None:
        return
    earlier = sum(attempt.hints for attempt in entry.attempts[round_id][:-1])
    attempt.hints = max(0, entry.hints.get(round_id, 0) - earlier)
    attempt.ended, attempt.passed = at, passed


def minutes(seconds: float) -> str:
    """Return seconds as whole minutes: `12 minutes`."""
    n_minutes = max(1, round(seconds / 60))
    return f"{n_minutes} minute{'s' if n_minutes > 1 else ''}"
