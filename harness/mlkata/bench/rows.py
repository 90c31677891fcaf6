"""The nouns of a comparison: a row is one call on one data set; a peer is a file that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.tracks import catalogue, loading
from mlkata.tracks.model import KataError

BASELINE = "scikit-learn"
OURS = ("naive", "reference", "loops", "fast")
Arrays = dict[str, Any]


@dataclass(frozen=True)
class Floor:
    """The plain method's least work; for each iteration, where an answer counts them (`n_iter`)."""

    what: str
    flops: float = 0.0
    """Floating-point operations, as matrix products."""
    dtype: str = "float64"
    bytes: float = 0.0
    """What crosses the memory bus at least: arguments read once, answers written once."""

    def seconds(self, machine: Mapping[str, Any]) -> float:
        """Give the time that a machine of this speed needs, with arithmetic and memory side by side."""
        by_arithmetic = self.flops / machine["gemm_gflops"][self.dtype] / 1e9
        return float(max(by_arithmetic, self.bytes / machine["bandwidth_gb_s"] / 1e9))


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    `make()` gives the arguments of the contract, the same in every process. `summary(answer)` keeps of
    an answer what is compared, and `differs(got, expected)` says what is wrong with it, or "". Where the
    input comes from a model of scikit-learn's, `model()` gives that to peers that convert it.
    """

    id: str
    family: str
    title: str
    function: str
    make: Callable[[], Mapping[str, Any]]
    summary: Callable[[Any], Arrays]
    differs: Callable[[Arrays, Arrays], str]
    peers: tuple[str, ...] = ()
    """Other libraries: names of files in benchmarks/peers/."""
    ours: tuple[str, ...] = ("fast",)
    model: Callable[[], Any] | None = None
    prepare: Callable[[ModuleType, Mapping[str, Any]], Callable[[], Any]] | None = None
    """What our own files do once, when a model is loaded; gives what is timed."""
    floor: Floor | None = None

    @property
    def track(self) -> str:
        """`kmeans` of `kmeans/fit/...`."""
        return self.id.split("/")[0]


@dataclass(frozen=True)
class Crossover:
    """Two ways or more to do one thing, as something grows: where does the other one become faster?

    `rows(x)` gives the rows to compare at x, and `lines` says for each way which of these rows it is, by
    number, and whose figure.
    """

    title: str
    x: str
    xs: tuple[int, ...]
    rows: Callable[[int], tuple[Row, ...]]
    lines: Mapping[str, tuple[int, str]]
    note: str
    """What stays fixed."""


@dataclass(frozen=True)
class Part:
    """A share of what a row asks for, called where the whole would take hours; its times are scaled up.

    A row with such a peer says so in its title.
    """

    call: Callable[[], Any]
    share: float

    def __call__(self) -> Any:
        """Do this part."""
        return self.call()


@dataclass(frozen=True)
class Peer:
    """One implementation, in a file or a package."""

    name: str
    path: Path
    module: ModuleType = field(repr=False)

    @property
    def version(self) -> str:
        """Of the library behind it; empty for our own."""
        return str(getattr(self.module, "VERSION", ""))

    def prepare(self, row: Row, arguments: Mapping[str, Any]) -> Callable[[], Any]:
        """Give what is timed: the contract's function, or what the peer makes of it.

        What a library does once for all calls, such as converting a model, happens here.
        """
        if hasattr(self.module, "prepare"):
            return self.module.prepare(row, arguments)  # type: ignore[no-any-return]
        if row.prepare is not None:
            return row.prepare(self.module, arguments)
        return partial(getattr(self.module, row.function), **arguments)


def folder() -> Path:
    """Say where rows and peers lie."""
    return loading.data_folder() / "benchmarks"


def rows(track: str) -> tuple[Row, ...]:
    """List the rows of a track. Raises KataError where there are none."""
    return tuple(_module(track).ROWS)


def crossovers(track: str) -> tuple[Crossover, ...]:
    """List the crossovers of a track."""
    return tuple(getattr(_module(track), "CROSSOVERS", ()))


def row(row_id: str) -> Row:
    """Find a row by its id, those of crossovers included."""
    track = row_id.split("/", maxsplit=1)[0]
    of_crossovers = (row for one in crossovers(track) for x in one.xs for row in one.rows(x))
    for one in chain(rows(track), of_crossovers):
        if one.id == row_id:
            return one
    raise KataError(f"no row {row_id!r}: see benchmarks/rows")


def _module(track: str) -> ModuleType:
    path = folder() / "rows" / f"{track}.py"
    if not path.is_file():
        raise KataError(f"nothing to compare in {track}: expected rows in {path}")
    return _load(path)


def peer_path(track: str, name: str) -> Path:
    """Say which file answers for a peer of this name."""
    if name in OURS:
        return catalogue.get(track).solution(name)
    return folder() / "peers" / f"{name.replace('-', '_')}.py"


def load_peer(track: str, name: str) -> Peer:
    """Import a peer."""
    path = peer_path(track, name)
    return Peer(name, path, _load(path))


_load = cache(loading.load)
