"""Time and memory that some functions of Gaussian mixtures should need as their input grows.

n rows, k components, d features, T iterations; covariances are full. Rows are uniform, and tol is 0, so
that no run ends early. _SIZES has a triple (lowest, fixed, highest) for each letter: it grows from lowest
to highest, and is fixed while another one grows.
"""

import numpy as np
from mlkata.authoring import Cost


def _density(rng, n, k, d):
    X = rng.uniform(size=(n, d))
    return {"X": X, "means": X[:k].copy(), "covariances": np.tile(np.eye(d) / 4, (k, 1, 1))}


def _shares(rng, n, k, d):
    arguments = _density(rng, n, k, d)
    return {"X": arguments.pop("X"), "weights": np.full(k, 1 / k), **arguments}


def _maximise(rng, n, k, d):
    return {
        "X": rng.uniform(size=(n, d)),
        "responsibilities": rng.dirichlet(np.ones(k), size=n),
        "reg_covar": 1e-6,
    }


def _fit(rng, n, k, d, T):
    return {**_shares(rng, n, k, d), "tol": 0.0, "reg_covar": 1e-3, "max_iter": T}


# d grows beyond n: at small d, matrix products are so slow that the measured exponent would be 1.5 instead
# of 2.
_SIZES = {"n": (500, 500, 32_000), "k": (2, 2, 64), "d": (16, 32, 1_536)}
COSTS = (
    Cost("log_density", time="n*k*d^2", memory="n*k + n*d", sizes=_SIZES, make=_density),
    Cost("responsibilities", time="n*k*d^2", memory="n*k + n*d", sizes=_SIZES, make=_shares),
    Cost("m_step", time="n*k*d^2", memory="n*d + k*d^2", sizes=_SIZES, make=_maximise),
    Cost(
        "fit",
        time="T*n*k*d^2",
        memory="n*k + n*d + k*d^2",
        sizes={"n": (1_000, 2_000, 32_000), "k": (2, 4, 64), "d": (16, 16, 256), "T": (2, 4, 64)},
        make=_fit,
    ),
)
