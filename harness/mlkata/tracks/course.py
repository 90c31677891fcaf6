"""A course: the rounds that are graded, their points, and what students may look at.

It is described in a course.toml, such as this one:

title = "Machine learning 1, sheet 3"
rounds = ["kmeans.1", "kmeans.2"]
seed = 20270115          # the same for everybody; without it a fresh one is drawn
hints = true             # whether students can look at hints in their workspaces
solutions = false        # whether students can look at solutions

[points]                 # per round; without an entry those of rounds.toml, else one for each check
"kmeans.1" = 10

[weights]                # of checks within their round; without an entry those of rounds.toml, else 1
"kmeans.1/update/empty-cluster" = 3
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from mlkata.tracks import catalogue, validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round

NAME = "course.toml"
_SEEDS = 2**32
"""Seeds are below this number."""


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of a course.toml."""

    title: str = ""
    rounds: tuple[str, ...] = ()
    seed: int | None = None
    hints: bool = True
    solutions: bool = True
    points: Mapping[str, float] = {}
    """Points of a round by its id; a round that is not listed keeps those of the track."""
    weights: Mapping[str, float] = {}
    """Weights by the id of a check; a check that is not listed keeps that of the track."""

    def __post_init__(self) -> None:
        rounds = list(self.rounds)
        tracks = {name.partition(".")[0] for name in rounds}
        if len(tracks) != 1 or not all("." in name for name in rounds):
            raise ValueError(
                f'rounds = {rounds!r}: expected rounds of one track, such as ["kmeans.1", "kmeans.2"]'
            )
        if len(set(rounds)) < len(rounds):
            raise ValueError(f"rounds = {rounds!r}: expected each round once")
        if not 0 <= (self.seed or 0) < _SEEDS:
            raise ValueError(f"seed = {self.seed}: expected a whole number from 0 to {_SEEDS - 1}")
        for key, numbers in (("points", self.points), ("weights", self.weights)):
            for name, number in numbers.items():
                if not 0 <= number < float("inf"):
                    raise ValueError(f"{key}: {name} = {number:g}: expected a number, at least 0")

    @property
    def track(self) -> str:
        """The name of its track."""
        return self.rounds[0].partition(".")[0]

    def first(self, tracks: Mapping[str, Track]) -> Round:
        """Return the first round of the course. Raise KataError if the track or the round does not exist."""
        if self.track not in tracks:
            raise KataError(f"no track {self.track!r}: expected one of {', '.join(tracks)}; see `kata list`")
        return self.applied(tracks[self.track]).round(self.rounds[0])

    def judged(self, private: Path | None = None) -> tuple[Track, list[Round]]:
        """Return the track with the course's points, and the rounds. Raise KataError as `applied` does.

        `private` is a folder of private tracks.
        """
        track = self.applied(catalogue.get(self.track, private))
        return track, [track.round(name) for name in self.rounds]

    def applied(self, track: Track) -> Track:
        """Return the track with the course's points. Raise KataError if it lacks a round or a check."""
        for name in (*self.rounds, *self.points):
            track.round(name)
        for name in self.weights:
            track.check(name)
        return replace(
            track,
            rounds=tuple(
                replace(
                    round_,
                    points=self.points.get(round_.id, round_.points),
                    weights={**round_.weights, **self._weights_in(round_.id)},
                )
                for round_ in track.rounds
            ),
        )

    def _weights_in(self, round_id: str) -> dict[str, float]:
        return {
            name.partition("/")[2]: weight
            for name, weight in self.weights.items()
            if name.startswith(f"{round_id}/")
        }


def read(path: Path) -> Course:
    """Read a course.toml. Raise KataError with one line that says what is wrong with it."""
    return validated.from_toml(path, Course)


def in_folder(folder: Path) -> Course | None:
    """Read the course of a workspace; None if it has none."""
    return read(folder / NAME) if (folder / NAME).is_file() else None
