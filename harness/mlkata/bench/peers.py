"""Find the rows of a benchmark by their ids, and their peers.

A row is one call on one data set. Its peers are the implementations to compare: files in `benchmarks/TRACK/`,
each for another library, and the kit's own solutions in `solutions/TRACK/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.tracks import catalogue, loading
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError
from mlkata.tracks.rows import BASELINE, OURS, Row


@dataclass(frozen=True)
class Peer:
    """One implementation, a module from a file or a package."""

    name: str
    path: Path
    module: ModuleType = field(repr=False)

    @property
    def version(self) -> str:
        """The version of the peer's library; empty for our own solutions."""
        return str(getattr(self.module, "VERSION", ""))

    def prepare(self, row: Row, arguments: Mapping[str, Any]) -> Callable[[], Any]:
        """Return the call to time: the row's function with the arguments, or what `prepare` returns.

        The peer's module or the row may have a function `prepare`. It does what is done once for all calls,
        such as converting a model, and returns the call.
        """
        if hasattr(self.module, "prepare"):
            return self.module.prepare(row, arguments)  # type: ignore[no-any-return]
        if row.prepare is not None:
            return row.prepare(self.module, arguments)
        return partial(getattr(self.module, row.function), **arguments)


def row(row_id: str) -> Row:
    """Return the row with this id, which may belong to a crossover. Raise KataError if there is none."""
    track = catalogue.get(row_id.split("/", maxsplit=1)[0])
    for row_ in (*track.rows, *rows_of_crossovers(track)):
        if row_.id == row_id:
            return row_
    raise KataError(f"no row {row_id!r}: see {track.benchmarks / 'rows.py'}")


def rows_of_crossovers(track: Track) -> Iterator[Row]:
    """Return the rows of a track's crossovers, which are plots of times over a size."""
    return (row_ for crossover in track.crossovers for x in crossover.xs for row_ in crossover.rows(x))


def path_of(track: str, name: str) -> Path:
    """Return the file or folder of a peer of this name."""
    track_ = catalogue.get(track)
    if name in OURS:  # a solution of the kit, such as "fast"
        return track_.solution(name)
    return track_.benchmarks / f"{name.replace('-', '_')}.py"


def names_of(row: Row) -> list[str]:
    """Return the names of a row's peers that have a file; the baseline, scikit-learn, comes first."""
    names = (*row.ours, *row.peers)  # `Row.peers` has the other libraries only
    return [BASELINE, *(name for name in names if path_of(row.track, name).exists())]


@cache
def load(track: str, name: str) -> Peer:
    """Return a peer, which is imported once."""
    path = path_of(track, name)
    return Peer(name, path, loading.load(path))
