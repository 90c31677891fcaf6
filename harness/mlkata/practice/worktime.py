"""Estimate the working time of an attempt at a round: from its beginning to its pass, without the pauses.

Three kinds of events are known: when an attempt began, when a file was judged, and the last save before
each judgement. The time between two events may have been work or a break, so it counts up to ten minutes.
Longer thinking without a save is undercounted, which is why messages say "about".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from mlkata.practice.state import Attempt, TrackState

PAUSE = 600.0
"""Seconds that a gap between two events counts at most; of a longer gap, the rest was a break."""


def begin(entry: TrackState, round_id: str, at: str, *, set_aside_file: str = "") -> None:
    """Begin an attempt at a round at the time `at`, unless one is running.

    `set_aside_file` is the path of the copy of the candidate's file, if the round is being repeated.
    """
    if running(entry, round_id) is None:
        entry.attempts.setdefault(round_id, []).append(Attempt(at, set_aside_file=set_aside_file))
    entry.touched = at


def running(entry: TrackState, round_id: str) -> Attempt | None:
    """Return the attempt at a round that has not ended, or None."""
    attempts = entry.attempts.get(round_id, [])
    return attempts[-1] if attempts and not attempts[-1].ended else None


def round_done_again(entry: TrackState) -> tuple[str, str]:
    """Return the id of the round that is being repeated, and the path of the file set aside for it.

    Both are "" if no round is being repeated.
    """
    for round_id in entry.attempts:
        attempt = running(entry, round_id)
        if attempt is not None and attempt.set_aside_file:
            return round_id, attempt.set_aside_file
    return "", ""


def spend(entry: TrackState, round_ids: Sequence[str], since: str, saved: str, at: str) -> tuple[str, float]:
    """Add the working time that ends with a judgement to the first of these rounds with a running attempt.

    `since` is the time of the event before, on any track; `saved` that of the file's last save; `at` that of
    the judgement. Return the id of that round, or "" if no attempt is running, and the seconds.
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
    """Return the time when a round of these tracks was last opened or judged, or "" if none was."""
    return max((entry.touched for entry in entries if entry.touched), key=datetime.fromisoformat, default="")


def worked(times: Sequence[str]) -> float:
    """Return the sum of the gaps between consecutive times (in ISO form), each capped at `PAUSE`, in seconds.

    Empty times, and times before the first or after the last one, are left out. So a clock that was set back,
    or a file with an odd time of saving, adds nothing.
    """
    moments = [datetime.fromisoformat(time) for time in times if time]
    in_order = [moment for moment in moments if moments[0] <= moment <= moments[-1]]
    return sum(min((after - before).total_seconds(), PAUSE) for before, after in pairwise(in_order))


def end(entry: TrackState, round_id: str, at: str, *, passed: bool) -> None:
    """End the running attempt at a round, if any, and count the hints seen during it."""
    attempt = running(entry, round_id)
    if attempt is None:
        return
    earlier_hints = sum(attempt.hints for attempt in entry.attempts[round_id][:-1])
    attempt.hints = max(0, entry.hints.get(round_id, 0) - earlier_hints)
    attempt.ended, attempt.passed = at, passed


def minutes(seconds: float) -> str:
    """Return a time in whole minutes, at least one: `12 minutes`."""
    n_minutes = max(1, round(seconds / 60))
    return f"{n_minutes} minute{'s' if n_minutes > 1 else ''}"
