"""What a track's `benchmarks/T/rows.py` is written in: a row is one call on one data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

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
    """Other libraries: names of files beside rows.py."""
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


def threads() -> int:
    """Return how many threads an implementation may use: as many as numba does."""
    return int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))
