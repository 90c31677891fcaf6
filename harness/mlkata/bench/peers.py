"""Find a row by its id, and its peers: files in `benchmarks/T/`, or our own solutions."""

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
    """One implementation, a file or a package."""

    name: str
    path: Path
    module: ModuleType = field(repr=False)

    @property
    def version(self) -> str:
        """The version of the peer's library; empty for our own solutions."""
        return str(getattr(self.module, "VERSION", ""))

    def prepare(self, row: Row, arguments: Mapping[str, Any]) -> Callable[[], Any]:
        """Return the callable to time: the contract's function, or the one that the peer prepares.

        Work that a library does once for all calls, such as converting a model, is done here.
        """
        if hasattr(self.module, "prepare"):
            return self.module.prepare(row, arguments)  # type: ignore[no-any-return]
        if row.prepare is not None:
            return row.prepare(self.module, arguments)
        return partial(getattr(self.module, row.function), **arguments)


def row(row_id: str) -> Row:
    """Return the row of an id, also those of crossovers. Raise KataError if there is none."""
    track = catalogue.get(row_id.split("/", maxsplit=1)[0])
    for row_ in (*track.rows, *rows_of_crossovers(track)):
        if row_.id == row_id:
            return row_
    raise KataError(f"no row {row_id!r}: see {track.benchmarks / 'rows.py'}")


def rows_of_crossovers(track: Track) -> Iterator[Row]:
    """Return the rows of a track's crossovers."""
    return (row_ for crossover in track.crossovers for x in crossover.xs for row_ in crossover.rows(x))


def path_of(track: str, name: str) -> Path:
    """Return the file or folder of a peer of this name."""
    its_track = catalogue.get(track)
    if name in OURS:
        return its_track.solution(name)
    return its_track.benchmarks / f"{name.replace('-', '_')}.py"


def names_of(row: Row) -> list[str]:
    """Return the names of a row's peers; the baseline, with which others are compared, comes first."""
    names = (*row.ours, *row.peers)
    return [BASELINE, *(name for name in names if path_of(row.track, name).exists())]


@cache
def load(track: str, name: str) -> Peer:
    """Return a peer, which is imported once."""
    path = path_of(track, name)
    return Peer(name, path, loading.load(path))
