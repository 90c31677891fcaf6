"""Where the candidate stands and which command to run next, derived from `.kata/state.json` alone.

A round is one step of a track; it passes once all its checks pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlkata.practice.state import State, TrackState
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Round, Status


@dataclass(frozen=True)
class Standing:
    """Where the candidate stands in a track, and the command to run next."""

    track: str
    round: str | None
    """The id of the round to work on, or None if every round of the kit has passed."""
    state: str
    """A phrase such as `7 of 12 checks pass`."""
    command: str
    passing: int = 0
    """How many of the round's checks passed when last judged."""
    checks: int = 0
    """How many checks the round has."""
    untouched: bool = False
    """Whether the round is open and has not passed, and no check has judged more than a stub."""


def next_step(tracks: Mapping[str, Track], state: State) -> Standing:
    """Return the next step: in an open round with something left to do, or else opening a new round.

    The track that was worked on last comes first.
    """
    names = sorted(tracks, key=lambda name: name != state.current)
    for name in names:
        entry = state.track(name)
        for round_ in tracks[name].rounds:
            standing = _of(round_, tracks[name], entry) if round_.id in entry.opened else None
            if standing is not None:
                return standing
    for name in names:
        for round_ in tracks[name].rounds:
            if round_.id not in state.track(name).opened:
                return Standing(name, round_.id, state="not open yet", command=f"kata open {round_.id}")
    return Standing(names[0], round=None, state="every round has passed", command="kata list")


def _of(round_: Round, track: Track, entry: TrackState) -> Standing | None:
    """Return the standing in an open round, or None if nothing is left to do in it."""
    checks = track.checks_of(round_)
    last_statuses = [entry.last[check.id] for check in checks if check.id in entry.last]
    passing = sum(status in FINE for status in last_statuses)
    if round_.id in entry.passed:
        if passing == len(last_statuses):
            return None
        phrase = f"passed before; {passing} of {len(checks)} checks pass now"
    elif not last_statuses:
        phrase = "not checked yet"
    elif set(last_statuses) == {Status.UNSOLVED}:
        phrase = "not started"
    else:
        phrase = f"{passing} of {len(checks)} checks pass"
    untouched = round_.id not in entry.passed and set(last_statuses) <= {Status.UNSOLVED}
    return Standing(
        track=track.name,
        round=round_.id,
        state=phrase,
        command=f"kata check {track.name}",
        passing=passing,
        checks=len(checks),
        untouched=untouched,
    )
