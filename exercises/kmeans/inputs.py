"""Inputs that several checks of the track share: far starts, tolerances at the edge."""

from typing import Any

import numpy as np
from mlkata.authoring import rows_of, whole

from .audits import trace


def with_far_centers(rng: Any, X: Any, k: int, far: int) -> Any:
    """Return k starting centres, of which `far` (at random places in the list) attract no row: (k, d)."""
    centers = rows_of(rng, X, k)
    away = rng.choice(k, far, replace=False)
    centers[away] = X.max(axis=0) + 50 * X.std() + 10 * np.arange(1, far + 1)[:, None]
    return centers


def calibrated(rng: Any, factor: float) -> tuple[Any, Any, float]:
    """Return few rows X (n, d), centers (k, d) and a tol.

    The tol puts the threshold at `factor` times one of the shifts. The columns have different means and
    variances, so that a threshold from any other variance, or a shift measured in any other way, stops
    at another iteration.
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
