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

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round

NAME = "course.toml"
_SEEDS = 2**32
_KEYS: Mapping[str, tuple[type, str]] = {
    "title": (str, "a text"),
    "rounds": (list, 'a list such as ["kmeans.1", "kmeans.2"]'),
    "seed": (int, f"a whole number from 0 to {_SEEDS - 1}"),
    "hints": (bool, "true or false"),
    "solutions": (bool, "true or false"),
    "points": (dict, 'a table such as "kmeans.1" = 10'),
    "weights": (dict, 'a table such as "kmeans.1/update/ties" = 3'),
}


@dataclass(frozen=True)
class Course:
    """What a course.toml says."""

    rounds: tuple[str, ...]
    title: str = ""
    seed: int | None = None
    hints: bool = True
    solutions: bool = True
    points: Mapping[str, float] = field(default_factory=dict)
    """By round."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """By check."""

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
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise KataError(f"cannot read {path}: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise KataError(f"{path} is no TOML: {error}") from None
    try:
        return _course(table)
    except KataError as error:
        raise KataError(f"{path}: {error}") from None


def in_folder(folder: Path) -> Course | None:
    """Read the course of a workspace, where there is one."""
    return read(folder / NAME) if (folder / NAME).is_file() else None


def _course(table: Mapping[str, Any]) -> Course:
    for key, value in table.items():
        if key not in _KEYS:
            raise KataError(f"no setting {key!r}: there is {', '.join(_KEYS)}")
        kind, wanted = _KEYS[key]
        if type(value) is not kind:
            raise KataError(f"{key} = {value!r}: expected {wanted}")
    rounds = table.get("rounds", [])
    names = {str(name).partition(".")[0] for name in rounds}
    if not rounds or len(names) > 1 or not all(isinstance(name, str) and "." in name for name in rounds):
        raise KataError(
            f"rounds = {rounds!r}: expected rounds of one track, such as {_KEYS['rounds'][1][7:]}"
        )
    if len(set(rounds)) < len(rounds):
        raise KataError(f"rounds = {rounds!r}: expected each round once")
    if not 0 <= table.get("seed", 0) < _SEEDS:
        raise KataError(f"seed = {table['seed']}: expected {_KEYS['seed'][1]}")
    for key in ("points", "weights"):
        for name, value in table.get(key, {}).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise KataError(f"{key}: {name} = {value!r}: expected a number, at least 0")
    return Course(**{**table, "rounds": tuple(rounds)})
