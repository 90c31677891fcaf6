"""Inputs that several checks of the track share: covariances, starts, responsibilities."""

from typing import Any

import numpy as np
from mlkata.authoring import real, rows_of


def covariance(rng: Any, d: int, stretch: float = 1.0) -> Any:
    """Return a symmetric positive definite matrix with a condition number below 100: (d, d)."""
    A = rng.normal(size=(d, d))
    S = A @ A.T / d + 0.5 * np.eye(d)
    return stretch * (S + S.T) / 2


def covariances(rng: Any, k: int, d: int) -> Any:
    """Return k matrices as from `covariance`, of different scales: (k, d, d)."""
    return np.stack([covariance(rng, d, stretch) for stretch in rng.uniform(0.5, 2, k)])


def shares(rng: Any, n: int, k: int) -> Any:
    """Return responsibilities, none of them near 0: (n, k), rows sum to 1."""
    raw = rng.uniform(0.1, 1, (n, k))
    return raw / raw.sum(axis=1, keepdims=True)


def weights_of(rng: Any, k: int) -> Any:
    """Return weights, none of them small: (k,)."""
    raw = rng.uniform(0.5, 1.5, k)
    return raw / raw.sum()


def start(rng: Any, X: Any, k: int, covariance_type: str = "full") -> dict[str, Any]:
    """Return X and a start for `fit`: random weights, rows as means, the covariance of all rows."""
    d = X.shape[1]
    overall = np.cov(X.T, ddof=0).reshape(d, d) + 1e-3 * np.eye(d)
    shaped = {
        "full": np.repeat(overall[None], k, axis=0),
        "tied": overall,
        "diag": np.repeat(np.diag(overall)[None], k, axis=0),
        "spherical": np.full(k, np.diag(overall).mean()),
    }
    return {
        "X": X,
        "weights": weights_of(rng, k),
        "means": rows_of(rng, X, k),
        "covariances": shaped[covariance_type],
    }


def standard(rng: Any, name: str, rows: int, columns: int) -> Any:
    """Return rows of a data set, scaled to columns of mean 0 and variance 1: (rows, columns)."""
    X = real(rng, name, rows, columns)
    return (X - X.mean(axis=0)) / X.std(axis=0)
