"""Inputs that several rounds of the track share: small grids, repeated rows, rows of data sets."""

from typing import Any

import numpy as np
from mlkata.authoring import real, real_with_target, whole

FRUIT = np.array(["apple", "fig", "pear", "quince"])
"""Class labels that are strings."""


def lattice(rng: Any, n: int, side: int, d: int = 2) -> Any:
    """Return whole numbers from a small grid, so that rows repeat and distances tie: (n, d)."""
    return whole(rng, 0, side, (n, d))


def repeated(rng: Any, n: int, times: int, d: int) -> Any:
    """Return n rows, each of them `times` times, in random order: (n * times, d)."""
    distinct = whole(rng, 0, 50, (n, d))
    return rng.permutation(distinct.repeat(times, axis=0))


def split(rng: Any, name: str, queries: int, rows: int, columns: int | None = None) -> tuple[Any, Any]:
    """Return queries and rows of a data set, with a little noise: (queries, d) and (rows, d)."""
    X = real(rng, name, queries + rows, columns)
    return X[:queries], X[queries:]


def labelled(rng: Any, name: str, queries: int, rows: int) -> tuple[Any, Any, Any]:
    """Return queries, rows and the rows' targets, with a little noise: (queries, d), (rows, d), (rows,)."""
    X, y = real_with_target(rng, name, queries + rows)
    return X[:queries], X[queries:], y[queries:]
