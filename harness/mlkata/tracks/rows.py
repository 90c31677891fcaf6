"""The types of a track's `benchmarks/T/rows.py`: a row is one call on one data set."""

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
    """The least work of the plain method; per iteration if the answer counts them (`n_iter`)."""

    what: str
    flops: float = 0.0
    """Floating-point operations, as matrix products."""
    dtype: str = "float64"
    bytes: float = 0.0
    """The least traffic of the memory bus: arguments read once, answers written once."""


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    `make()` returns the arguments of the contract, the same in every process. `summary(answer)` returns
    the parts of an answer that are compared, and `differs(got, expected)` returns what is wrong with
    them, or "". If the input comes from a scikit-learn model, `model()` returns it for peers that convert it.
    """

    id: str
    family: str
    title: str
    function: str
    make: Callable[[], Mapping[str, Any]]
    summary: Callable[[Any], Arrays]
    differs: Callable[[Arrays, Arrays], str]
    peers: tuple[str, ...] = ()
    """Other libraries: names of the files beside rows.py."""
    ours: tuple[str, ...] = ("fast",)
    model: Callable[[], Any] | None = None
    prepare: Callable[[ModuleType, Mapping[str, Any]], Callable[[], Any]] | None = None
    """Prepares the kit's own files once, as when a model is loaded; returns the call that is timed."""
    floor: Floor | None = None

    @property
    def track(self) -> str:
        """`kmeans` of `kmeans/fit/...`."""
        return self.id.split("/")[0]


@dataclass(frozen=True)
class Crossover:
    """Several ways to do one thing, compared along a size, to find where another way becomes faster.

    `rows(x)` returns the rows to compare at x. `lines` has for each way the index of its row among these,
    and the peer whose time is drawn.
    """

    title: str
    x: str
    xs: tuple[int, ...]
    rows: Callable[[int], tuple[Row, ...]]
    lines: Mapping[str, tuple[int, str]]
    note: str
    """What is the same at all sizes."""


@dataclass(frozen=True)
class Part:
    """A share of a row's work, for a peer that would take hours on all of it; its times are scaled up.

    The title of a row with such a peer says so.
    """

    call: Callable[[], Any]
    share: float

    def __call__(self) -> Any:
        """Run this part."""
        return self.call()


def threads() -> int:
    """Return the number of threads that an implementation may use: the same as for numba."""
    return int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))
