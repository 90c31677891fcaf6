"""Random inputs for the checks of all tracks: small whole numbers, clouds of points, rows of real data.

The argument `rng` is a numpy.random.Generator.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlkata.tracks.datasets import load, load_target

JITTER = 1e-3
"""Noise on real data, in standard deviations of each column: it removes the many ties of raw data."""


def whole(rng: Any, low: int, high: int, shape: tuple[int, ...]) -> Any:
    """Draw whole numbers from low to high - 1, as floats: easy to read, exact in any order of computation."""
    return rng.integers(low, high, shape).astype(float)


def apart(rng: Any, low: int, high: int, n: int) -> Any:
    """Draw distinct whole numbers in one column, in random order: (n, 1). All rows differ."""
    return rng.choice(np.arange(low, high), n, replace=False).astype(float)[:, None]


def clouds(rng: Any, k: int, size: int, d: int, distance: float = 8.0) -> Any:
    """Draw k round clouds of `size` rows each, in random order: (k * size, d).

    Their standard deviation is 1 in each of d features. Their centres lie on a grid in the first two
    features, three in a line, `distance` apart: at 8 the clouds do not touch, at 3 they overlap.
    """
    grid = np.array([[j % 3, j // 3] + [0] * d for j in range(k)], float)[:, :d]
    rows = np.repeat(grid * distance, size, axis=0) + rng.normal(size=(k * size, d))
    return rng.permutation(rows)


def real(rng: Any, name: str, rows: int, columns: int | None = None) -> Any:
    """Draw rows of a data set that scikit-learn ships, and jitter them: (rows, columns).

    `name` is a data set of `load`, such as "iris", "wine" or "digits". `columns` keeps only the first few.
    Measurements are rounded, so that many values are equal, and a tie has several right answers. Noise of a
    thousandth of each column's standard deviation removes the ties. A constant column stays constant.
    """
    X = load(name)
    return _jittered(rng, X[rng.choice(len(X), rows, replace=False), :columns])


def real_with_target(rng: Any, name: str, rows: int, columns: int | None = None) -> tuple[Any, Any]:
    """Draw rows as `real` does, and their targets: (rows, columns) and (rows,).

    Targets are not jittered: classes 0, 1 and so on, or numbers for "diabetes". Photographs have none.
    A small draw may miss a class.
    """
    X, y = load(name), load_target(name)
    chosen = rng.choice(len(X), rows, replace=False)
    return _jittered(rng, X[chosen, :columns]), y[chosen]


def _jittered(rng: Any, X: Any) -> Any:
    """Return X with noise, JITTER times the standard deviation of each column."""
    return X + rng.normal(size=X.shape) * JITTER * X.std(axis=0)


def rows_of(rng: Any, X: Any, k: int) -> Any:
    """Choose k different rows of X as starting centres: (k, d)."""
    return X[rng.choice(len(X), k, replace=False)]
