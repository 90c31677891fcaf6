"""Checks of round 1: pairwise_sq_distances, knn.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, clouds, whole

from .audits import other_metrics_differ
from .inputs import lattice, repeated, split
from .judges import neighbors, squares

SQUARED = "the squared Euclidean distance from each query to each row"
NEGATIVE = "none is ever negative"
NEAREST = "the k rows of X nearest to each query"
SORTED = "nearest first"
EUCLIDEAN = "and their Euclidean distances"
ORDER = "rows at equal distance may come in any order"
LAST = "any of them where not all fit in"


def _table(Q, X):
    return call("pairwise_sq_distances", Q=Q, X=X)


def _one_feature(rng):
    return _table(apart(rng, 0, 20, n=2), apart(rng, 0, 20, n=3))


def _two_features(rng):
    return _table(whole(rng, -9, 10, (3, 2)), whole(rng, -9, 10, (2, 2)))


def _on_the_rows(rng):
    # Far from the origin an expanded square of a row and itself may come out below 0.
    X = clouds(rng, k=4, size=10, d=3) * 1.7 + 100
    return _table(rng.permutation(X), X)


def _pairs_wine(rng):
    return _table(*split(rng, "wine", queries=20, rows=60))


def _search(Q, X, k):
    return call("knn", Q=Q, X=X, k=k)


def _one_nearest(rng):
    return _search(apart(rng, 0, 20, n=2), apart(rng, 0, 20, n=4), k=1)


def _in_order(rng):
    return _search(whole(rng, -1, 1, (1, 1)), apart(rng, 1, 40, n=5), k=4)


def _plane(rng):
    return _search(whole(rng, 1, 12, (3, 2)), whole(rng, 1, 12, (7, 2)), k=2)


def _all_rows(rng):
    return _search(whole(rng, 0, 9, (3, 2)), apart(rng, 0, 40, n=10).reshape(5, 2), k=5)


def _on_a_row(rng):
    X = apart(rng, 0, 40, n=6)
    return _search(X[rng.choice(6, 2, replace=False)], X, k=2)


def _tied(rng):
    # Two rows lie at distance 1, on both sides of the query, and two at distance `far` tie for the third
    # place.
    middle, far = int(rng.integers(5, 9)), int(rng.integers(2, 5))
    X = middle + np.array([[1], [-1], [far], [-far], [9]], float)
    return _search(np.array([[float(middle)]]), rng.permutation(X), k=3)


def _lattice(rng):
    return _search(lattice(rng, n=12, side=5), lattice(rng, n=60, side=5), k=6)


def _repeated(rng):
    X = repeated(rng, n=6, times=6, d=3)
    return _search(whole(rng, 0, 50, (4, 3)), X, k=9)


def _equal_rows(rng):
    X = np.full((5, 2), float(rng.integers(9)))
    return _search(whole(rng, 0, 9, (2, 2)), X, k=3)


def _scales(rng):
    scales = np.array([1, 20, 0.1])
    return _search(rng.normal(size=(10, 3)) * scales, rng.normal(size=(80, 3)) * scales, k=7)


def _float32(rng):
    Q, X = (whole(rng, 0, 30, (n, 3)).astype(np.float32) for n in (5, 30))
    return _search(Q, X, k=4)


def _data(name, k, columns=None):
    return lambda rng: _search(*split(rng, name, queries=15, rows=80, columns=columns), k)


def _argpartition_shuffled(k):
    """Return a function that draws an input for checks that shuffle np.argpartition's result."""
    return lambda rng: _search(rng.normal(size=(6, 3)), rng.normal(size=(70, 3)), k)


def _check(name, rule, make, judge=neighbors, audit=None, *, hostile=False):
    """Return a check; a hostile one shuffles the k smallest in np.argpartition's result, as numpy may."""
    return Check(f"knn.1/{name}", rule, make, judge, audit, hostile=hostile)


CHECKS = (
    _check("pairwise_sq_distances/one-feature", SQUARED, _one_feature, squares),
    _check("pairwise_sq_distances/two-features", SQUARED, _two_features, squares),
    _check("pairwise_sq_distances/on-the-rows", NEGATIVE, _on_the_rows, squares),
    _check("pairwise_sq_distances/wine", SQUARED, _pairs_wine, squares),
    _check("knn/one-nearest", NEAREST, _one_nearest),
    _check("knn/in-order", SORTED, _in_order),
    _check("knn/two-features", EUCLIDEAN, _plane, audit=other_metrics_differ),
    _check("knn/all-rows", SORTED, _all_rows),
    _check("knn/on-a-row", NEAREST, _on_a_row),
    _check("knn/tied", LAST, _tied),
    _check("knn/lattice", ORDER, _lattice),
    _check("knn/repeated-rows", LAST, _repeated),
    _check("knn/equal-rows", LAST, _equal_rows),
    _check("knn/other-scales", EUCLIDEAN, _scales),
    _check("knn/float32", NEAREST, _float32),
    _check("knn/iris", SORTED, _data("iris", k=5)),
    _check("knn/digits", NEAREST, _data("digits", k=10)),
    _check("knn/legal-argpartition", SORTED, _argpartition_shuffled(k=6), hostile=True),
    _check("knn/legal-argpartition-many", NEAREST, _argpartition_shuffled(k=40), hostile=True),
)
