"""What `kata bench` compares for k-means: whole fits from the same centres, with scikit-learn's tolerance.

A *ladder* is a row on which all four solutions of the track are compared, from plain to fast.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from mlkata.authoring import OURS, Crossover, Floor, Row, load

FEW_FEATURES = 16
"""With more features, Elkan's bounds are slow and a row would take minutes."""


def _clouds(n, d, k, dtype):
    """Return n rows in overlapping clouds, and k of the rows as first centres."""
    rng = np.random.default_rng(0)
    n_clouds = max(8, k // 2)
    middles = rng.normal(size=(n_clouds, d)) * 1.5
    X = np.ascontiguousarray((middles[rng.integers(0, n_clouds, n)] + rng.normal(size=(n, d))).astype(dtype))
    return {"X": X, "centers": X[rng.choice(n, k, replace=False)]}


def _china(k, dtype):
    """Return the pixels of a photograph, and k of them as first centres."""
    rng = np.random.default_rng(0)
    X = load("china") / 255.0
    # Raw pixels have thousands of ties, which libraries break differently; a little noise removes them.
    X = (X + rng.normal(size=X.shape) * 1e-3 * X.std(axis=0)).astype(dtype)
    return {"X": X, "centers": X[rng.choice(len(X), k, replace=False)]}


def _summary(answer):
    labels, centers, inertia, n_iter = answer
    return {
        "labels": labels,
        "centers": centers,
        "inertia": np.asarray(inertia),
        "n_iter": np.asarray(n_iter),
    }


def _differs(got, expected, *, exact):
    """Return what differs, or "". Labels count only if `exact`: in float32 those of all libraries differ."""
    inertia, right = float(got["inertia"]), float(expected["inertia"])
    difference = abs(inertia - right) / right
    if difference > (1e-8 if exact else 1e-3):
        return f"inertia {inertia:.6g}, expected {right:.6g}"
    moved = int((got["labels"] != expected["labels"]).sum()) if exact else 0
    return f"{moved} labels differ" if moved else ""


def _digits(k):
    rng = np.random.default_rng(0)
    X = load("digits").astype(float)
    X = X + rng.normal(size=X.shape) * 1e-3 * X.std()
    return {"X": X, "centers": X[rng.choice(len(X), k, replace=False)]}


def _row(name, title, make, k, dtype, peers, shape=None):
    """Return a row. With the `shape` of the data, the report compares it with a matrix product (GEMM).

    This product takes 2 n k d operations: the distances of all n rows to k centres in d dimensions.
    """
    exact = dtype == "float64"
    return Row(
        id=f"kmeans/fit/{name}-{dtype}",
        family="k-means, whole fit",
        title=f"{title}, k = {k}, {dtype}",
        function="kmeans",
        make=make,
        summary=_summary,
        differs=partial(_differs, exact=exact),
        peers=peers if exact else (*peers, "faiss"),
        floor=Floor("all distances by GEMM", 2.0 * k * np.prod(shape), dtype) if shape else None,
    )


def _clouds_row(n, d, k, dtype):
    make = partial(_clouds, n, d, k, dtype)
    elkan = ("sklearn_elkan",) if d <= FEW_FEATURES else ()
    peers = (*elkan, "sklearnex")
    return _row(f"{n // 1000}k-{d}-{k}", f"{n:,} × {d}", make, k, dtype, peers, shape=(n, d))


ROWS = (
    *(
        _clouds_row(n, d, k, dtype)
        for n, d, k in ((100_000, 2, 64), (100_000, 16, 256), (100_000, 64, 256), (50_000, 128, 1024))
        for dtype in ("float32", "float64")
    ),
    *(
        _row(
            name="china",
            title="china.jpg, 273,280 × 3",
            make=partial(_china, 64, dtype),
            k=64,
            dtype=dtype,
            peers=("sklearn_elkan", "sklearnex"),
            shape=(273_280, 3),
        )
        for dtype in ("float32", "float64")
    ),
    replace(
        _row("digits", "digits, 1,797 × 64", partial(_digits, 10), k=10, dtype="float64", peers=()),
        family="k-means, ladder",
        ours=OURS,
    ),
    _row(
        "small",
        "100 × 4",
        partial(_clouds, n=100, d=4, k=3, dtype="float64"),
        k=3,
        dtype="float64",
        peers=("sklearnex",),
    ),
)


def _by_clusters(k):
    """Return a tuple of one row, with k clusters. Besides scikit-learn, its Elkan variant is measured."""
    row = _row(
        f"lloyd-or-bounds-{k}",
        "20,000 × 16",
        partial(_clouds, n=20_000, d=16, k=k, dtype="float64"),
        k=k,
        dtype="float64",
        peers=(),
    )
    return (replace(row, id=f"kmeans/crossover/{k}", peers=("sklearn_elkan",)),)


CROSSOVERS = (
    Crossover(
        title="Lloyd against bounds, as k grows",
        x="k",
        xs=(8, 16, 32, 64, 128, 256),
        rows=_by_clusters,
        # Each curve: which row of the tuple that _by_clusters returns, and which implementation.
        lines={"Lloyd": (0, "scikit-learn"), "Elkan's bounds": (0, "sklearn_elkan"), "ours": (0, "fast")},
        note="whole fits on 20,000 × 16 from the same start, float64",
    ),
)
