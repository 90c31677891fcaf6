"""What `kata bench` compares for mixtures: 20 iterations of EM from the same start.

A *ladder* is a row on which all four solutions of the track are compared, from plain to fast.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from mlkata.authoring import OURS, Crossover, Floor, Row


def _flops(n, d, k, covariance_type):
    """Return the operations of an iteration's matrix products; exp and log are not counted.

    A product of (a, b) and (b, c) takes 2abc operations, half of that if one factor is triangular or the
    result is symmetric. Full: for each component, rows times a triangular factor, and a symmetric product for
    its covariance. Tied: the triangular product once, products with all means, and sums by component.
    Diagonal: X² and X, each times precisions, then times responsibilities. Spherical: X alone.
    """
    return {
        "full": 2.0 * n * k * d * d,
        "tied": 1.0 * n * d * d + 4.0 * n * k * d,
        "diag": 8.0 * n * k * d,
        "spherical": 4.0 * n * k * d,
    }[covariance_type]


def _data(n, d, k, covariance_type):
    """Return the arguments of `fit`: n rows drawn from k random components, and a start from the data."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(k, d)) * (2.0 if d <= 2 else 1.0)  # else components would overlap too much
    mixing = rng.normal(size=(k, d, d)) * 0.4 / np.sqrt(d) + np.eye(d) * 0.7
    X = rng.normal(size=(n, d))
    component = rng.integers(0, k, n)
    for j in range(k):
        of_component = component == j
        X[of_component] = X[of_component] @ mixing[j] + means[j]
    start_means = X[rng.choice(n, k, replace=False)]
    covariance = np.atleast_2d(np.cov(X.T))
    covariances = {
        "full": np.repeat(covariance[None], k, axis=0),
        "tied": covariance,
        "diag": np.repeat(np.diag(covariance)[None], k, axis=0),
        "spherical": np.full(k, np.diag(covariance).mean()),
    }[covariance_type]
    return {
        "X": X,
        "weights": np.full(k, 1 / k),
        "means": start_means,
        "covariances": covariances,
        "tol": 0.0,
        "reg_covar": 0.0,  # not every library has one, and none of these components collapses
        "max_iter": 20,
        "covariance_type": covariance_type,
    }


def _summary(answer):
    weights, means, covariances, lower_bound, n_iter, _ = answer
    return {
        "weights": np.asarray(weights),
        "means": np.asarray(means),
        "covariances": np.asarray(covariances),
        "lower_bound": np.asarray(lower_bound),
        "n_iter": np.asarray(n_iter),
    }


def _differs(got, expected):
    """Compare to five digits, since some libraries compute in float32; return what differs, or ""."""
    for name in ("weights", "means", "covariances", "lower_bound"):
        difference = np.abs(got[name] - expected[name]).max() / np.abs(expected[name]).max()
        known = not np.isnan(got[name]).all()  # NaN: the library does not keep the bound
        if known and not difference <= 1e-5:
            return f"{name} differ by {difference:.1g} of their size"
    return ""


def _row(n, d, k, covariance_type, peers=()):
    return Row(
        id=f"gmm/fit/{n}-{d}-{k}-{covariance_type}",
        family=f"EM, {covariance_type}",
        title=f"{n:,} × {d}, {k} components, {covariance_type}",
        function="fit",
        make=partial(_data, n, d, k, covariance_type),
        summary=_summary,
        differs=_differs,
        peers=peers,
        floor=Floor("E- and M-step by GEMM", _flops(n, d, k, covariance_type)),
    )


ROWS = (
    *(
        _row(n, d, k, covariance_type, peers=("pomegranate",))
        for n, d, k in ((100_000, 2, 8), (100_000, 16, 16), (50_000, 64, 32))
        for covariance_type in ("full", "diag")
    ),
    *(
        _row(n=100_000, d=16, k=16, covariance_type=covariance_type)
        for covariance_type in ("tied", "spherical")
    ),
    _row(n=100, d=2, k=3, covariance_type="full"),
    replace(
        _row(n=500, d=4, k=3, covariance_type="full"), id="gmm/fit/ladder", family="EM, ladder", ours=OURS
    ),
)


def _by_covariance(d):
    """Return the rows to compare at d features: full and diagonal."""
    return tuple(
        replace(_row(10_000, d, k=4, covariance_type=kind), id=f"gmm/crossover/{d}-{kind}")
        for kind in ("full", "diag")
    )


CROSSOVERS = (
    Crossover(
        title="Full against diagonal covariances, as d grows",
        x="d",
        xs=(2, 4, 8, 16, 32, 64),
        rows=_by_covariance,
        # Each curve: which of the rows that _by_covariance returns, and which implementation.
        lines={
            "full, scikit-learn": (0, "scikit-learn"),
            "diagonal, scikit-learn": (1, "scikit-learn"),
            "full, ours": (0, "fast"),
            "diagonal, ours": (1, "fast"),
        },
        note="20 iterations on 10,000 rows, 4 components",
    ),
)
