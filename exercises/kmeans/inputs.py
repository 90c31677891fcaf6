"""Inputs that several checks of the track share: starting centres far from all rows, a tol near a shift."""

from typing import Any

import numpy as np
from mlkata.authoring import rows_of, whole

from .audits import trace


def with_far_centers(rng: Any, X: Any, k: int, far: int) -> Any:
    """Return k starting centres: (k, d). `far` of them, at random indices, attract no row.

    These lie 50 standard deviations beyond the largest coordinates, and 10 apart from each other.
    """
    centers = rows_of(rng, X, k)
    far_indices = rng.choice(k, far, replace=False)
    centers[far_indices] = X.max(axis=0) + 50 * X.std() + 10 * np.arange(1, far + 1)[:, None]
    return centers


def calibrated(rng: Any, factor: float) -> tuple[Any, Any, float]:
    """Return few rows X (n, d), centers (k, d) and a tol with which `kmeans` stops at a known iteration.

    The squared shift of one iteration is compared with a threshold of `factor` times itself: with a factor
    just above 1 the run stops there, with one just below 1 it goes on. The columns have different means and
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
        # At least two iterations follow, so that a run that does not stop here stops clearly later.
        for iteration in range(1, len(run.shifts) - 2):
            # At least a tenth below all earlier shifts, so that none of those meets the threshold.
            if run.shifts[iteration] * 1.1 < min(run.shifts[:iteration]):
                return X, centers, factor * run.shifts[iteration] / variance
