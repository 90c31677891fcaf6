"""Time and memory that each function of k-NN should need for m queries, n rows and d features.

`sizes` has a triple (lowest, fixed, highest) for each of m, n and d: the size grows from lowest to highest,
and is fixed while another one grows.
"""

from mlkata.authoring import Cost

K = 5
"""Neighbours: few, so that distances take most of the time."""


def _queries_and_rows(rng, m, n, d):
    return {"Q": rng.uniform(size=(m, d)), "X": rng.uniform(size=(n, d))}


def _search(rng, m, n, d):
    return {**_queries_and_rows(rng, m, n, d), "k": K}


def _classify(rng, m, n, d):
    return {**_queries_and_rows(rng, m, n, d), "y": rng.integers(0, 4, n), "k": K}


def _leave_one_out(rng, n, d):
    return {"X": rng.uniform(size=(n, d)), "k": K}


_SIZES = {"m": (16, 32, 4_096), "n": (250, 1_000, 32_000), "d": (32, 32, 1_024)}
COSTS = (
    Cost("pairwise_sq_distances", time="m*n*d", memory="m*n + n*d", sizes=_SIZES, make=_queries_and_rows),
    Cost("knn", time="m*n*d", memory="m*n + n*d", sizes=_SIZES, make=_search),
    Cost("knn_classify", time="m*n*d", memory="m*n + n*d", sizes=_SIZES, make=_classify),
    Cost(
        "loo_neighbors",
        time="n^2*d",
        memory="n^2",
        sizes={"n": (125, 500, 4_000), "d": (32, 64, 1_024)},
        make=_leave_one_out,
    ),
)
