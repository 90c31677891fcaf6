"""Finds tracks, and loads their files by path.

A folder in exercises/ with a `stub.py` and a `rounds.toml` is a track, which need not be registered. In a
clone exercises/ is beside harness/, in an installed wheel it is inside the package.
"""

from __future__ import annotations

import hashlib
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.tracks import contract, loading, paths, rounds_toml
from mlkata.tracks.contract import Contract, Record
from mlkata.tracks.model import Check, Cost, KataError, Round
from mlkata.tracks.rows import Crossover, Row


@dataclass(frozen=True)
class Track:
    """One topic, such as k-means, with the rounds of its interview. Python files are loaded on first use."""

    name: str
    title: str
    order: float
    exercises: Path
    solutions: Path
    rounds: tuple[Round, ...]

    @property
    def stub(self) -> Path:
        """The path of stub.py, whose docstrings are the contracts."""
        return self.exercises / "stub.py"

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """The named tuples of the stub by name; contracts may use them as types."""
        return {
            name: contract.read_record(value)
            for name, value in vars(self._module("stub")).items()
            if isinstance(value, type) and hasattr(value, "_fields")
        }

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contract of each stub function by name, in the stub's order."""
        module = self._module("stub")
        notes = contract.read_notes(self.stub.read_text(encoding="utf-8"))
        return {
            name: contract.read(function, self.records, notes.get(name, ""))
            for name, function in vars(module).items()
            if inspect.isfunction(function) and function.__module__ == module.__name__
        }

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """All checks, in the order of cases.py, with the points that their rounds give."""
        return self.with_points(self._module("cases").CHECKS)

    def with_points(self, checks: Sequence[Check]) -> tuple[Check, ...]:
        """Return the checks with the points that their rounds give."""
        return _with_points(checks, self.rounds)

    @cached_property
    def digest(self) -> str:
        """A digest of the Python files in `exercises`: the stub, the checks, the oracle, and any others."""
        digest = hashlib.sha256()
        for path in sorted(self.exercises.glob("*.py")):
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """What `kata cost` measures, from costs.py; empty without this file."""
        return tuple(self._module("costs").COSTS) if (self.exercises / "costs.py").is_file() else ()

    @property
    def benchmarks(self) -> Path:
        """The folder of rows.py and of the libraries to compare with; a track may have none."""
        return self.exercises.parent.parent / "benchmarks" / self.name

    @property
    def rows(self) -> tuple[Row, ...]:
        """What `kata bench` compares, from rows.py; empty without this file."""
        return tuple(getattr(self._rows, "ROWS", ()))

    @property
    def crossovers(self) -> tuple[Crossover, ...]:
        """What `kata bench` compares at several sizes, from rows.py."""
        return tuple(getattr(self._rows, "CROSSOVERS", ()))

    @cached_property
    def _rows(self) -> ModuleType | None:
        path = self.benchmarks / "rows.py"
        with _former_package_name(self.benchmarks):
            return loading.load(path) if path.is_file() else None

    @cached_property
    def smaller(self) -> Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]]:
        """The function of smaller.py, which yields smaller arguments of a call to show as a counterexample.

        Without this file it yields none.
        """
        if (self.exercises / "smaller.py").is_file():
            return self._module("smaller").smaller  # type: ignore[no-any-return]
        return lambda arguments: ()

    @cached_property
    def picture(self) -> Callable[[Any], bool]:
        """The function of picture.py, which draws a call on a canvas; it returns False if it cannot."""
        if (self.exercises / "picture.py").is_file():
            return self._module("picture").draw  # type: ignore[no-any-return]
        return lambda canvas: False

    @cached_property
    def oracle(self) -> ModuleType:
        """The module oracle.py: the stub's functions, computed by scikit-learn; imported on first use."""
        return self._module("oracle")

    def round(self, round_id: str) -> Round:
        """Return a round by its id, such as `kmeans.1`. Raise KataError if there is none."""
        for round_ in self.rounds:
            if round_.id == round_id:
                return round_
        raise KataError(
            f"no round {round_id!r}: {self.name} has {self.rounds[0].id} to {self.rounds[-1].id}; "
            "see `kata list`"
        )

    def functions_of(self, round_: Round) -> tuple[str, ...]:
        """Return the functions that a round adds; if it adds none, those that it tests."""
        return round_.functions or tuple(dict.fromkeys(check.function for check in self.checks_of(round_)))

    def extended_in(self, round_: Round) -> tuple[str, ...]:
        """Return the functions of earlier rounds that a round's checks test, too."""
        tested = dict.fromkeys(check.function for check in self.checks_of(round_))
        return tuple(name for name in tested if name not in self.functions_of(round_))

    def checks_of(self, round_: Round) -> tuple[Check, ...]:
        """Return the checks of one round."""
        return tuple(check for check in self.checks if check.round_id == round_.id)

    def solution_files(self) -> list[Path]:
        """Return the paths of the right solutions: every Python file in solutions/T/, and every package."""
        packages = (file.parent for file in self.solutions.glob("*/__init__.py"))
        return sorted([*self.solutions.glob("*.py"), *packages])

    def solution(self, name: str) -> Path:
        """Return the path of a solution, which need not exist: a package, else a file."""
        package = self.solutions / name
        return package if (package / "__init__.py").is_file() else self.solutions / f"{name}.py"

    def check(self, check_id: str) -> Check:
        """Return a check by its id. Raise KataError if there is none."""
        for check in self.checks:
            if check.id == check_id:
                return check
        raise KataError(
            f"no check {check_id!r}: expected an id such as {self.checks[0].id}; see `kata list {self.name}`"
        )

    def _module(self, name: str) -> ModuleType:
        with _former_package_name(self.exercises):
            return loading.module(self.exercises / f"{name}.py")


@contextmanager
def _former_package_name(folder: Path) -> Iterator[None]:
    """Raise KataError with one line if a track imports the package under its former name, `harness`."""
    try:
        yield
    except ModuleNotFoundError as error:
        former = error.name or ""
        if former.partition(".")[0] != "harness":
            raise
        raise KataError(
            f"a file in {folder} imports {former}: the package is called mlkata now; "
            "write `from mlkata.authoring import …`"
        ) from None


def find(private: Path | None = None) -> Mapping[str, Track]:
    """Return all tracks by name, in the order that their rounds.toml files give.

    `private` is a folder with exercises/ and solutions/ of more tracks. A private track replaces a track of
    the kit with the same name. Raise KataError if the folder has no track.
    """
    return _find(private)


@cache
def _find(private: Path | None) -> Mapping[str, Track]:
    all_tracks = {}
    for root in (paths.data_folder(), *([private] if private else [])):
        folders = [path.parent for path in sorted(root.glob("exercises/*/rounds.toml"))]
        tracks = [read(folder) for folder in folders if (folder / "stub.py").is_file()]
        if not tracks:
            raise KataError(
                f"no track in {root}: expected {root / 'exercises' / 'NAME' / 'rounds.toml'} and a stub.py"
            )
        all_tracks.update({track.name: track for track in sorted(tracks, key=lambda track: track.order)})
    return all_tracks


def get(name: str, private: Path | None = None) -> Track:
    """Return a track by name. Raise KataError if there is none."""
    tracks = find(private)
    if name not in tracks:
        raise KataError(f"no track {name!r}: expected one of {', '.join(tracks)}; see `kata list`")
    return tracks[name]


def split(target: str, private: Path | None = None) -> tuple[Track, Round | None]:
    """Return the track and the round that `kmeans` or `kmeans.2` names; without a round, None."""
    name, dot, _ = target.partition(".")
    track = get(name, private)
    return track, track.round(target) if dot else None


def of_check(check_id: str) -> Track:
    """Return the track of a check, by its id. Raise KataError if there is none."""
    name = check_id.partition(".")[0]
    if name not in find():
        raise KataError(
            f"no check {check_id!r}: expected an id as printed after FAIL, such as kmeans.1/assign/ties"
        )
    return get(name)


def read(exercises: Path) -> Track:
    """Read one track's folder; its solutions are in the sibling folder solutions/.

    Raise KataError if its rounds.toml cannot be read.
    """
    name = exercises.name
    title, order, rounds = rounds_toml.read(exercises / "rounds.toml", name)
    solutions = exercises.parent.parent / "solutions" / name
    return Track(name=name, title=title, order=order, exercises=exercises, solutions=solutions, rounds=rounds)


def _with_points(checks: Sequence[Check], rounds: Sequence[Round]) -> tuple[Check, ...]:
    """Return the checks with their shares of the round's points, by weight; none for a check with a score."""
    by_id = {round_.id: round_ for round_ in rounds}
    # A round lists weights without its own id: `assign/ties`, not `kmeans.1/assign/ties`.
    weights = [
        by_id[check.round_id].weights.get(check.id.partition("/")[2], 1.0)
        if check.round_id in by_id and check.score is None
        else 0.0
        for check in checks
    ]
    totals: defaultdict[str, float] = defaultdict(float)
    for check, weight in zip(checks, weights, strict=True):
        totals[check.round_id] += weight
    result = []
    for check, weight in zip(checks, weights, strict=True):
        points = by_id[check.round_id].points if check.round_id in by_id else None
        total = totals[check.round_id] or 1.0  # if all weights are 0, so are the shares
        share = weight if points is None else points * weight / total
        result.append(replace(check, points=share))
    return tuple(result)
