"""Checks of round 6: kdtree_build, kdtree_query.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which accepts every right answer. So no check needs an audit, which
would reject inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Dist, Result, apart, call, real, whole

from .inputs import lattice, repeated
from .judges import tree_neighbors

HALVES = "split its rows in halves"
EQUAL = "equal rows, however many, must not stop it"
FINITE = "ValueError for NaN or infinity and for leaf_size < 1"
NEAREST = "the k rows nearest to q, nearest first, and their Euclidean distances; exact"
TIES = "rows at equal distance may come in any order, and any of them where not all fit in"
BUDGET = "the queries together ask for at most 150 distances each"
RANGE = "ValueError for k < 1 or k > n_samples"

QUERIES, ROWS, EACH = 20, 1500, 150
"""Queries, rows, and distances allowed for each query, on average. Best-first search by boxes needs at most
66 distances, cutting planes with one row in each node 75, cutting planes with leaves of 16 rows 95. EACH
times QUERIES is also the 3,000 calls of dist that a case allows, so one row in each call is enough."""
FEW = 5
"""Queries of checks without a budget: few, so that each may call dist once for each row."""


def _tree(X, Q, k, leaf_size, budget=None):
    """Return the steps: build a tree of X, then query it with each row of Q."""
    dist = Dist(X, budget)
    return [
        call("kdtree_build", X=X, leaf_size=leaf_size),
        *(call("kdtree_query", state=Result(0), q=q, k=k, dist=dist) for q in Q),
    ]


def _one_leaf(rng):
    return _tree(apart(rng, 0, 40, n=6), whole(rng, 0, 40, (FEW, 1)), k=2, leaf_size=10)


def _two_leaves(rng):
    return _tree(apart(rng, 0, 40, n=4), whole(rng, 0, 40, (FEW, 1)) + 0.25, k=1, leaf_size=2)


def _line(rng):
    # Each leaf has one row, so the three nearest rows lie on both sides of cuts.
    X = apart(rng, 0, 60, n=24)
    return _tree(X, rng.choice(X, FEW) + 0.5, k=3, leaf_size=1)


def _plane(rng):
    return _tree(whole(rng, 0, 30, (40, 2)), whole(rng, 0, 30, (FEW, 2)), k=4, leaf_size=2)


def _all_rows(rng):
    return _tree(whole(rng, 0, 30, (9, 2)), whole(rng, 0, 30, (FEW, 2)), k=9, leaf_size=2)


def _lattice(rng):
    return _tree(lattice(rng, n=200, side=5), lattice(rng, n=FEW, side=5), k=6, leaf_size=4)


def _on_rows(rng):
    X = rng.normal(size=(200, 3))
    return _tree(X, X[rng.choice(200, FEW, replace=False)], k=3, leaf_size=8)


def _equal_rows(rng):
    return _tree(np.full((300, 2), float(rng.integers(9))), whole(rng, 0, 9, (FEW, 2)), k=4, leaf_size=3)


def _mostly_equal(rng):
    X = np.vstack([np.full((200, 2), float(rng.integers(9))), whole(rng, 0, 9, (60, 2))])
    return _tree(rng.permutation(X), whole(rng, 0, 9, (FEW, 2)), k=5, leaf_size=2)


def _repeated(rng):
    return _tree(repeated(rng, n=30, times=6, d=3), whole(rng, 0, 50, (FEW, 3)), k=8, leaf_size=4)


def _one_column_varies(rng):
    X = np.full((200, 3), float(rng.integers(9)))
    X[:, 1] = rng.permutation(200)
    return _tree(X, whole(rng, 0, 200, (FEW, 3)), k=4, leaf_size=5)


def _sorted_rows(rng):
    X = np.sort(rng.normal(size=(500, 2)), axis=0)
    return _tree(X, rng.normal(size=(FEW, 2)), k=5, leaf_size=1)


def _scales(rng):
    scales = np.array([1, 20, 0.1])
    return _tree(rng.normal(size=(500, 3)) * scales, rng.normal(size=(FEW, 3)) * scales, k=5, leaf_size=8)


def _far_queries(rng):
    return _tree(rng.normal(size=(500, 2)), rng.normal(size=(FEW, 2)) * 30, k=5, leaf_size=8)


def _offset(rng):
    return _tree(rng.normal(size=(300, 2)) + 1e8, rng.normal(size=(FEW, 2)) + 1e8, k=4, leaf_size=8)


def _ten_features(rng):
    return _tree(rng.normal(size=(300, 10)), rng.normal(size=(FEW, 10)), k=6, leaf_size=10)


def _counted(d):
    def make(rng):
        X, Q = rng.normal(size=(ROWS, d)), rng.normal(size=(QUERIES, d))
        return _tree(X, Q, k=5, leaf_size=16, budget=EACH * QUERIES)

    return make


def _counted_colours(rng):
    X = real(rng, "china", rows=ROWS + QUERIES)
    return _tree(X[QUERIES:], X[:QUERIES], int(rng.integers(1, 6)), leaf_size=12, budget=EACH * QUERIES)


def _bad_tree(value, leaf_size):
    """Return a function that draws rows for a tree of this leaf_size; one of their numbers is `value`."""

    def make(rng):
        X = whole(rng, 0, 9, (5, 2))
        X[rng.integers(5), rng.integers(2)] = value
        return call("kdtree_build", X=X, leaf_size=leaf_size)

    return make


def _bad_k(k):
    return lambda rng: _tree(whole(rng, 0, 9, (6, 2)), whole(rng, 0, 9, (1, 2)), k, leaf_size=2)


def _check(name, rule, make, queries=FEW):
    # Step 0 builds the tree; the steps of queries are judged. The judge needs no expected answers.
    return Check(
        f"knn.6/{name}", rule, make, tree_neighbors, audit=None, fetch=range(1, queries + 1), expects=False
    )


def _rejected(name, rule, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"knn.6/{name}", rule, make, tree_neighbors)


CHECKS = (
    _check("kdtree_build/two-leaves", HALVES, _two_leaves),
    _check("kdtree_build/equal-rows", EQUAL, _equal_rows),
    _check("kdtree_build/mostly-equal", EQUAL, _mostly_equal),
    _check("kdtree_build/one-column-varies", HALVES, _one_column_varies),
    _check("kdtree_build/sorted-rows", HALVES, _sorted_rows),
    _rejected("kdtree_build/nan", FINITE, _bad_tree(value=np.nan, leaf_size=2)),
    _rejected("kdtree_build/no-leaves", FINITE, _bad_tree(value=3.0, leaf_size=0)),
    _check("kdtree_query/one-leaf", NEAREST, _one_leaf),
    _check("kdtree_query/line", NEAREST, _line),
    _check("kdtree_query/two-features", NEAREST, _plane),
    _check("kdtree_query/all-rows", NEAREST, _all_rows),
    _check("kdtree_query/on-rows", NEAREST, _on_rows),
    _check("kdtree_query/lattice", TIES, _lattice),
    _check("kdtree_query/repeated-rows", TIES, _repeated),
    _check("kdtree_query/other-scales", NEAREST, _scales),
    _check("kdtree_query/far-queries", NEAREST, _far_queries),
    _check("kdtree_query/offset", NEAREST, _offset),
    _check("kdtree_query/ten-features", NEAREST, _ten_features),
    _check("kdtree_query/counted-line", BUDGET, _counted(d=1), queries=QUERIES),
    _check("kdtree_query/counted-plane", BUDGET, _counted(d=2), queries=QUERIES),
    _check("kdtree_query/counted-space", BUDGET, _counted(d=3), queries=QUERIES),
    _check("kdtree_query/counted-colours", BUDGET, _counted_colours, queries=QUERIES),
    _rejected("kdtree_query/no-neighbors", RANGE, _bad_k(k=0)),
    _rejected("kdtree_query/more-neighbors-than-rows", RANGE, _bad_k(k=7)),
)
