"""Time and memory that some functions of k-means should need as their input grows.

n rows, d features, k clusters, T iterations. Rows are uniform, so that no run ends early. sizes has a
triple (lowest, fixed, highest) for each letter: it grows from lowest to highest, and is fixed while another
one grows.
"""

import numpy as np
from mlkata.authoring import Cost


def _rows(rng, n, d):
    return rng.uniform(size=(n, d))


def _assign(rng, n, k, d):
    return {"X": _rows(rng, n, d), "centers": _rows(rng, k, d)}


def _update(rng, n, k, d):
    labels = rng.permutation(np.arange(n) % k)
    return {"X": _rows(rng, n, d), "labels": labels, "centers": _rows(rng, k, d)}


def _run(rng, n, k, d, T):
    X = _rows(rng, n, d)
    return {"X": X, "centers": X[:k].copy(), "max_iter": T}


def _silhouette(rng, n, d):
    return {"X": _rows(rng, n, d), "labels": rng.permutation(np.arange(n) % 8)}


COSTS = (
    Cost(
        "assign",
        time="n*k*d",
        memory="n*k",
        sizes={"n": (500, 2_000, 64_000), "k": (16, 32, 1024), "d": (32, 32, 1024)},
        make=_assign,
    ),
    Cost(
        "update",
        time="n*d",
        memory="k*d",
        sizes={"n": (2_000, 16_000, 256_000), "k": (4, 16, 256), "d": (4, 32, 256)},
        make=_update,
    ),
    Cost(
        "lloyd",
        time="T*n*k*d",
        memory="n*k",
        sizes={"n": (500, 1_000, 32_000), "k": (16, 32, 512), "d": (32, 32, 512), "T": (2, 4, 64)},
        make=_run,
    ),
    Cost(
        "kmeans",
        time="T*n*k*d",
        memory="n*k",
        sizes={"n": (500, 1_000, 32_000), "k": (16, 32, 512), "d": (32, 32, 512), "T": (2, 4, 64)},
        make=_run,
    ),
    Cost(
        "silhouette",
        time="n^2*d",
        memory="n^2",
        sizes={"n": (125, 1_000, 4_000), "d": (32, 64, 2048)},
        make=_silhouette,
    ),
)
