"""Inputs that several checks share: small whole numbers, clouds, real data, tolerances."""

from typing import Any

import numpy as np
from harness.authoring import load

from .audits import trace

JITTER = 1e-3
"""Noise on real data, in standard deviations of each column: it ends the ties that raw data are full of."""


def whole(rng: Any, low: int, high: int, shape: tuple[int, ...]) -> Any:
    """Whole numbers from low to high - 1, as floats: easy to read, exact in any arithmetic."""
    return rng.integers(low, high, shape).astype(float)


def apart(rng: Any, low: int, high: int, n: int) -> Any:
    """Distinct whole numbers in one column, in random order: (n, 1)."""
    return rng.choice(np.arange(low, high), n, replace=False).astype(float)[:, None]


def clouds(rng: Any, k: int, size: int, d: int, distance: float = 8.0) -> Any:
    """k round clouds of standard deviation 1 around points of a grid, rows shuffled: (k * size, d)."""
    grid = np.array([[j % 3, j // 3] + [0] * d for j in range(k)], float)[:, :d]
    rows = np.repeat(grid * distance, size, axis=0) + rng.normal(size=(k * size, d))
    return rng.permutation(rows)


def real(rng: Any, name: str, rows: int, columns: int | None = None) -> Any:
    """Some rows of a data set, chosen at random and jittered: (rows, columns)."""
    X = load(name)
    X = X[rng.choice(len(X), rows, replace=False), :columns]
    return X + rng.normal(size=X.shape) * JITTER * X.std(axis=0)


def rows_of(rng: Any, X: Any, k: int) -> Any:
    """k different rows as starting centres: (k, d)."""
    return X[rng.choice(len(X), k, replace=False)]


def with_far_centers(rng: Any, X: Any, k: int, far: int) -> Any:
    """A start whose `far` centres, at random places in the list, attract no row: (k, d)."""
    centers = rows_of(rng, X, k)
    away = rng.choice(k, far, replace=False)
    centers[away] = X.max(axis=0) + 50 * X.std() + 10 * np.arange(1, far + 1)[:, None]
    return centers


def calibrated(rng: Any, factor: float) -> tuple[Any, Any, float]:
    """Few rows, a start, and a tol that puts the threshold at `factor` times one of the shifts.

    Returns X (n, d), centers (k, d) and tol. The columns have different means and variances, so that
    a threshold from any other variance, or a shift measured in any other way, stops elsewhere.
    """
    while True:
        n, d, k = int(rng.integers(9, 14)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
        X = whole(rng, 0, 20, (n, d)) * np.arange(1, d + 1) + 30 * np.arange(d)
        centers = rows_of(rng, X, k)
        if len(np.unique(centers, axis=0)) < k:
            continue
        run = trace(X, centers)
        if run.emptied or not run.repeated:
            continue
        variance = float(X.var(axis=0).mean())
        for number in range(1, len(run.shifts) - 2):
            if run.shifts[number] * 1.1 < min(run.shifts[:number]):
                return X, centers, factor * run.shifts[number] / variance
