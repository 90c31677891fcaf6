"""The types that a track's `benchmarks/T/rows.py` uses to say what `kata bench` measures.

A row is one call of a function on one data set. It compares the kit's solutions with scikit-learn and with
other libraries, which are called peers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

BASELINE = "scikit-learn"
"""The library that all times are compared with."""
OURS = ("naive", "reference", "loops", "fast")
"""The kit's solutions of each track, from plain to fast."""
Arrays = dict[str, Any]


@dataclass(frozen=True)
class Floor:
    """The least work that the plain method needs, from which a lower limit of the time follows.

    It is the work of one iteration if the answer has the number of iterations (`n_iter`).
    """

    what: str
    """The work in words."""
    flops: float = 0.0
    """Floating-point operations; their least time is that of as many operations in matrix products."""
    dtype: str = "float64"
    """The dtype of these matrix products."""
    bytes: float = 0.0
    """The least bytes that move between memory and processor: arguments read once, answers written once."""


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    `make()` returns the arguments of the call, the same in every process. `summary(answer)` returns the
    arrays of an answer that are compared, and `differs(got, expected)` returns what is wrong with them, or
    "". If the input comes from a scikit-learn model, `model()` returns that model for peers that convert it.
    """

    id: str
    family: str
    """Heads the results of related rows, such as `k-means, whole fit`."""
    title: str
    function: str
    make: Callable[[], Mapping[str, Any]]
    summary: Callable[[Any], Arrays]
    differs: Callable[[Arrays, Arrays], str]
    peers: tuple[str, ...] = ()
    """Other libraries: names of the files beside rows.py."""
    ours: tuple[str, ...] = ("fast",)
    """The kit's solutions to measure."""
    model: Callable[[], Any] | None = None
    """None if no peer converts a model."""
    prepare: Callable[[ModuleType, Mapping[str, Any]], Callable[[], Any]] | None = None
    """Prepares a solution of the kit before the timed call, as a program loads a model only once.

    It takes the solution's module and the arguments, and returns the call that is timed.
    """
    floor: Floor | None = None

    @property
    def track(self) -> str:
        """`kmeans` of `kmeans/fit/...`."""
        return self.id.split("/")[0]


@dataclass(frozen=True)
class Crossover:
    """Several methods for one task, compared at several sizes, to find where another method becomes faster.

    `x` is the name of the size and `xs` are its values. `rows(x)` returns the rows to compare at one value.
    For each method, `lines` has the index of its row among these, and the implementation whose time is drawn.
    """

    title: str
    x: str
    xs: tuple[int, ...]
    rows: Callable[[int], tuple[Row, ...]]
    lines: Mapping[str, tuple[int, str]]
    note: str
    """A text on what is the same at all sizes."""


@dataclass(frozen=True)
class Part:
    """A share of a row's work, for a peer that would take hours on all the work; its times are scaled up.

    The title of such a row says that only a part is measured.
    """

    call: Callable[[], Any]
    share: float

    def __call__(self) -> Any:
        """Run this part."""
        return self.call()


def threads() -> int:
    """Return the number of threads that an implementation may use: as many as numba."""
    return int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))
