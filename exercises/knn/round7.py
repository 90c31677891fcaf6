"""Checks of round 7: index_build and index_search, an approximate index.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which accepts every right answer. So no check needs an audit, which
would reject inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Dist, Result, Rng, call, same_again, whole

from .inputs import split
from .judges import different_rows, high_recall

DIFFERENT = "k different rows near to q"
RECALL = "at least 95 of 100 rows found are as near as the true k nearest"
BUDGET = "they ask dist for at most 560 distances each"
FROM_RNG = "all randomness comes from rng"
RANGE = "ValueError for k < 1 or k > n_samples"

QUERIES, ROWS, EACH = 30, 1400, 560
"""Queries, rows, and distances allowed for each query, on average: two fifths of the rows. With three tenths,
cells (IVF), signatures (LSH) and a graph find 98.7 % of the neighbours. With nearly two fifths, cells around
random rows find 96.3 %; the contract requires 95 %."""


def _build(rng, X):
    return call("index_build", X=X, rng=Rng(int(rng.integers(2**62))), dist=Dist(X))


def _searches(Q, k, dist, state=0):
    return [call("index_search", state=Result(state), q=q, k=k, dist=dist) for q in Q]


def _index(rng, X, Q, k, budget=None):
    return [_build(rng, X), *_searches(Q, k, Dist(X, budget))]


def _few_rows(rng):
    return _index(rng, whole(rng, 0, 30, (12, 2)), whole(rng, 0, 30, (3, 2)), k=3)


def _all_rows(rng):
    return _index(rng, whole(rng, 0, 30, (10, 2)), whole(rng, 0, 30, (3, 2)), k=10)


def _one_row(rng):
    return _index(rng, whole(rng, 0, 30, (1, 2)), whole(rng, 0, 30, (3, 2)), k=1)


def _equal_rows(rng):
    return _index(rng, np.full((60, 3), float(rng.integers(9))), whole(rng, 0, 9, (3, 3)), k=7)


def _small_cell(rng):
    # All queries lie near three rows that are far from the others. k is 10, so these rows alone are too few.
    X = rng.permutation(np.vstack([rng.normal(size=(3, 2)) + 500, rng.normal(size=(200, 2))]))
    return _index(rng, X, rng.normal(size=(3, 2)) + 500, k=10)


def _clouds(rng):
    centers = rng.normal(size=(25, 12)) * 6
    X = centers[rng.integers(25, size=ROWS + QUERIES)] + rng.normal(size=(ROWS + QUERIES, 12))
    return _index(rng, X[QUERIES:], X[:QUERIES], k=10, budget=QUERIES * EACH)


def _digits(rng):
    Q, X = split(rng, "digits", queries=QUERIES, rows=ROWS)
    return _index(rng, X, Q, k=10, budget=QUERIES * EACH)


def _same_state(rng):
    # On noise without structure no index finds all neighbours. So with other random numbers it finds other
    # rows.
    X, q = rng.normal(size=(400, 24)), rng.normal(size=(1, 24))
    first = _build(rng, X)
    return [
        first,
        first,
        *_searches(q, k=40, dist=Dist(X), state=0),
        *_searches(q, k=40, dist=Dist(X), state=1),
    ]


def _bad_k(k):
    return lambda rng: _index(rng, whole(rng, 0, 30, (8, 2)), whole(rng, 0, 30, (1, 2)), k)


def _check(name, rule, make, judge=different_rows, queries=3):
    # Step 0 builds the index; the steps of searches are judged. The judges need no expected answers.
    return Check(f"knn.7/{name}", rule, make, judge, audit=None, fetch=range(1, queries + 1), expects=False)


CHECKS = (
    Check("knn.7/index_build/same-state", FROM_RNG, _same_state, same_again, fetch=(2, 3), expects=False),
    _check("index_search/few-rows", DIFFERENT, _few_rows),
    _check("index_search/one-row", DIFFERENT, _one_row),
    _check("index_search/all-rows", DIFFERENT, _all_rows),
    _check("index_search/equal-rows", DIFFERENT, _equal_rows),
    _check("index_search/small-cell", DIFFERENT, _small_cell),
    _check("index_search/clouds", RECALL, _clouds, high_recall, queries=QUERIES),
    _check("index_search/digits", BUDGET, _digits, high_recall, queries=QUERIES),
    Check("knn.7/index_search/no-neighbors", RANGE, _bad_k(k=0), different_rows),
    Check("knn.7/index_search/more-neighbors-than-rows", RANGE, _bad_k(k=9), different_rows),
)
