"""What `kata bench` compares for k-NN: mostly build and exact search, for the 10 nearest of 100,000 points.

A `Row` is a call on one input, with the implementations that are compared on it; it is no row of the data.
A *ladder* is a `Row` on which all four solutions of the track are compared, from plain to fast.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from mlkata.authoring import OURS, Crossover, Floor, Row, load


def _data(m, n, d, dtype):
    """Return the arguments of `knn`: m queries and n points, around the same 200 middles."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(200, d))
    X = (middles[rng.integers(0, 200, n)] + rng.normal(size=(n, d))).astype(dtype)
    Q = (middles[rng.integers(0, 200, m)] + rng.normal(size=(m, d))).astype(dtype)
    return {"Q": Q, "X": X, "k": min(10, n)}


def _digits(m):
    rng = np.random.default_rng(0)
    X = load("digits").astype(float)
    return {"Q": X[:m] + rng.normal(size=(m, X.shape[1])), "X": X, "k": 10}


def _summary(answer):
    distances, indices = answer
    return {"distances": np.asarray(distances), "indices": np.asarray(indices)}


def _differs(got, expected):
    """Compare neighbours by their distances, since rounding may swap two that nearly tie."""
    difference = np.abs(got["distances"] - expected["distances"]).max()
    scale = expected["distances"].max()
    return f"distances differ by {difference:.1g} of {scale:.1g}" if difference > 2e-4 * scale else ""


def _row(m, n, d, dtype, peers):
    return Row(
        id=f"knn/search/{n}-{m}-{d}-{dtype}",
        family="k-NN, exact, k = 10",
        title=f"{m:,} queries, {n:,} × {d}, {dtype}",
        function="knn",
        make=partial(_data, m, n, d, dtype),
        summary=_summary,
        differs=_differs,
        peers=peers,
        # The least work of the plain method: the product Q @ X.T (GEMM). The report compares our time with
        # the least time of this work; a method that computes fewer distances may take less.
        floor=Floor("all distances by GEMM", 2.0 * m * n * d, dtype),
    )


ROWS = (
    _row(m=10_000, n=100_000, d=3, dtype="float32", peers=("sklearnex", "faiss", "scipy_ckdtree")),
    _row(m=10_000, n=100_000, d=16, dtype="float32", peers=("sklearnex", "faiss")),
    _row(m=2_000, n=100_000, d=64, dtype="float32", peers=("sklearnex", "faiss")),
    _row(m=2_000, n=100_000, d=256, dtype="float32", peers=("sklearnex", "faiss")),
    _row(m=100, n=1_000, d=8, dtype="float64", peers=("sklearnex",)),
    Row(
        id="knn/search/digits",
        family="k-NN, ladder",
        title="100 queries, digits, 1,797 × 64",
        function="knn",
        make=partial(_digits, m=100),
        summary=_summary,
        differs=_differs,
        ours=OURS,
    ),
    _row(m=1, n=100, d=4, dtype="float64", peers=("sklearnex",)),
)


def _by_features(d):
    """Return a tuple of one `Row`, with d features."""
    row = _row(m=1_000, n=20_000, d=d, dtype="float64", peers=("sklearn_kd_tree",))
    return (replace(row, id=f"knn/crossover/{d}", floor=None),)


def _recall(got, expected, *, percent):
    """Accept an approximate search with this recall, the share of the true neighbours that it finds.

    A point as near as the k-th true neighbour counts as found.
    """
    farthest = expected["distances"][:, -1:] * (1 + 1e-4)  # rounding in float32
    recall = 100 * (got["distances"] <= farthest).mean()
    return "" if recall >= percent else f"recall {recall:.1f} %, expected {percent} %"


def _by_recall(percent):
    """Return a tuple of one `Row`, in which an approximate search has to reach this recall.

    The peer `faiss_hnsw` learns the recall by trial: it widens its search until `differs` accepts the answer.
    """
    row = _row(m=1_000, n=100_000, d=32, dtype="float32", peers=("faiss", "faiss_hnsw"))
    check = partial(_recall, percent=percent)
    return (replace(row, id=f"knn/recall/{percent}", differs=check, floor=None),)


CROSSOVERS = (
    Crossover(
        title="Brute force against a kd-tree, as d grows",
        x="d",
        xs=(2, 4, 8, 16, 32, 64),
        rows=_by_features,
        # Each curve: which `Row` of the tuple that _by_features returns, and which implementation.
        lines={"brute force": (0, "scikit-learn"), "kd-tree": (0, "sklearn_kd_tree"), "ours": (0, "fast")},
        note="1,000 queries, 20,000 rows, k = 10, float64, build and search",
    ),
    Crossover(
        title="Recall against cost: an approximate graph, and exact search",
        x="recall asked for, in per cent",
        xs=(80, 90, 95, 98, 99),
        rows=_by_recall,
        lines={
            "HNSW, search alone": (0, "faiss_hnsw"),
            "exact, faiss": (0, "faiss"),
            "exact, ours": (0, "fast"),
        },
        note="1,000 queries, 100,000 × 32, k = 10, float32; "
        "exact: build and search, the graph was built before",
    ),
)
