"""Minutes of work on a round: from its opening to its first pass, without the pauses.

What is known are times of opening, of checks, and of the last save before each check. Between two of
these somebody worked, or had a break: so a stretch counts as it is, but with ten minutes at most. Who
thinks for longer without saving has worked more than is counted; that is said as "about".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from mlkata.practice.state import Attempt, TrackState

PAUSE = 600.0
"""Seconds: a longer silence is a break, and counts as so many."""


def begin(entry: TrackState, round_id: str, at: str, *, aside: str = "") -> None:
    """Begin an attempt, unless one runs."""
    if running(entry, round_id) is None:
        entry.attempts.setdefault(round_id, []).append(Attempt(at, aside=aside))
    entry.touched = at


def running(entry: TrackState, round_id: str) -> Attempt | None:
    """Give the attempt that has not ended, if any."""
    found = entry.attempts.get(round_id, [])
    return found[-1] if found and not found[-1].ended else None


def set_aside(entry: TrackState) -> tuple[str, Attempt] | None:
    """Give the round of the track for which its file is set aside now, with the attempt."""
    for round_id in entry.attempts:
        attempt = running(entry, round_id)
        if attempt is not None and attempt.aside:
            return round_id, attempt
    return None


def spend(entry: TrackState, round_ids: Sequence[str], since: str, saved: str, at: str) -> tuple[str, float]:
    """Add the time since the last opening or check, on any track, to the first of these rounds that runs.

    Gives that round, empty where none runs, and the seconds.
    """
    seconds = round(worked([since, saved, at]), 1)
    entry.touched = at
    for one in round_ids:
        attempt = running(entry, one)
        if attempt is not None:
            attempt.seconds = round(attempt.seconds + seconds, 1)
            return one, seconds
    return "", seconds


def last(entries: Iterable[TrackState]) -> str:
    """Give the time of the last opening or check on any of these tracks; empty where there was none."""
    return max((one.touched for one in entries if one.touched), key=datetime.fromisoformat, default="")


def worked(times: Sequence[str]) -> float:
    """Sum up the seconds between times in ISO form, in their order, each stretch at most a pause long.

    Empty ones are left out; so is a save that lies outside, and a clock that was set back adds nothing.
    """
    known = [datetime.fromisoformat(one) for one in times if one]
    inside = [one for one in known if known[0] <= one <= known[-1]]
    return sum(min((b - a).total_seconds(), PAUSE) for a, b in pairwise(inside))


def end(entry: TrackState, round_id: str, at: str, *, passed: bool) -> None:
    """End the attempt that runs, if any, and count its hints."""
    attempt = running(entry, round_id)
    if attempt is None:
        return
    earlier = sum(one.hints for one in entry.attempts[round_id][:-1])
    attempt.hints = max(0, entry.hints.get(round_id, 0) - earlier)
    attempt.ended, attempt.passed = at, passed


def minutes(seconds: float) -> str:
    """Write seconds as whole minutes: `12 minutes`."""
    whole = max(1, round(seconds / 60))
    return f"{whole} minute{'s' if whole > 1 else ''}"
