"""Inputs that the checks of several tracks draw: small whole numbers, clouds, rows of real data."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlkata.tracks.datasets import load

JITTER = 1e-3
"""Noise on real data, in standard deviations of each column: it ends the ties that raw data are full of."""


def whole(rng: Any, low: int, high: int, shape: tuple[int, ...]) -> Any:
    """Whole numbers from low to high - 1, as floats: easy to read, exact in any arithmetic."""
    return rng.integers(low, high, shape).astype(float)


def apart(rng: Any, low: int, high: int, n: int) -> Any:
    """Distinct whole numbers in one column, in random order: (n, 1)."""
    return rng.choice(np.arange(low, high), n, replace=False).astype(float)[:, None]


def clouds(rng: Any, k: int, size: int, d: int, distance: float = 8.0) -> Any:
    """K round clouds of standard deviation 1 around points of a grid, rows shuffled: (k * size, d)."""
    grid = np.array([[j % 3, j // 3] + [0] * d for j in range(k)], float)[:, :d]
    rows = np.repeat(grid * distance, size, axis=0) + rng.normal(size=(k * size, d))
    return rng.permutation(rows)


def real(rng: Any, name: str, rows: int, columns: int | None = None) -> Any:
    """Some rows of a data set, chosen at random and jittered: (rows, columns)."""
    X = load(name)
    X = X[rng.choice(len(X), rows, replace=False), :columns]
    return X + rng.normal(size=X.shape) * JITTER * X.std(axis=0)


def rows_of(rng: Any, X: Any, k: int) -> Any:
    """K different rows as starting centres: (k, d)."""
    return X[rng.choice(len(X), k, replace=False)]
