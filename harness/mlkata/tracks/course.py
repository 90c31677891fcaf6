"""A course: which rounds are graded, what they are worth, and what students may look at.

title = "Machine learning 1, sheet 3"
rounds = ["kmeans.1", "kmeans.2"]
seed = 20270115          # one for everybody; without it a fresh one is taken
hints = true             # in the students' workspaces
solutions = false

[points]                 # of a round; without it, a point for each check
"kmeans.1" = 10

[weights]                # of checks within their round; 1 where nothing is said
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


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a course.toml says."""

    title: str = ""
    rounds: tuple[str, ...] = ()
    seed: int | None = None
    hints: bool = True
    solutions: bool = True
    points: Mapping[str, float] = {}
    """By round."""
    weights: Mapping[str, float] = {}
    """By check."""

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

    def first(self, known: Mapping[str, Track]) -> Round:
        """Give its first round. Raises KataError where there is no such track or round."""
        if self.track not in known:
            raise KataError(f"no track {self.track!r}: there is {', '.join(known)}; see `kata list`")
        return self.applied(known[self.track]).round(self.rounds[0])

    def judged(self, private: Path | None = None) -> tuple[Track, list[Round]]:
        """Give the track with the course's points, and the rounds. Raises KataError as `applied`."""
        track = self.applied(catalogue.get(self.track, private))
        return track, [track.round(name) for name in self.rounds]

    def applied(self, track: Track) -> Track:
        """Give the track with the course's points. Raises KataError where it lacks a round or a check."""
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
    """Read a course.toml. Raises KataError that says in one line what is wrong with it."""
    return validated.from_toml(path, Course)


def in_folder(folder: Path) -> Course | None:
    """Read the course of a workspace, where there is one."""
    return read(folder / NAME) if (folder / NAME).is_file() else None
