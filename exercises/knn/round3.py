"""Checks of round 3: weights, metrics, and loo_neighbors.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, real, whole

from .audits import fair_vote, hits, other_metrics_differ, weights_matter
from .inputs import FRUIT, labelled, lattice, repeated, split
from .judges import labels_and_proba, neighbors, other_rows, regression

VOTES = "a neighbour has 1 / distance votes"
HITS = "where neighbours equal the query only those vote, with one vote each"
WEIGHTS = "any other weights raise ValueError"
WEIGHTED = "the mean weighted by 1 / distance"
EQUALLY = "where neighbours equal the query only those count, equally"
MANHATTAN = "the sum of absolute differences"
COSINE = "one minus the cosine of the angle"
ZEROS = "a row of zeros is at distance 1 from every row, zeros included"
METRIC = "any other metric raises ValueError"
OTHERS = "the k nearest other rows by Euclidean distance"
ITSELF = "a row is never its own neighbour"
EQUAL = "another row with equal values is one, at distance 0"
ORDER = "rows at equal distance may come in any order"
RANGE = "unless 1 <= k <= n_samples - 1"
FINITE = "ValueError for NaN or infinity"


def _classify(Q, X, y, k, weights="distance"):
    return call("knn_classify", Q=Q, X=X, y=np.asarray(y), k=k, weights=weights)


def _regress(Q, X, y, k, weights="distance"):
    return call("knn_regress", Q=Q, X=X, y=y, k=k, weights=weights)


def _near_row_outvotes_two(rng):
    # One near row outweighs two far ones.
    near, far = int(rng.integers(1, 4)), int(rng.integers(10, 20))
    few, many = rng.permutation(9)[:2]
    X = int(rng.integers(9)) + np.array([[0], [far], [far + 1], [far + 40]], float)
    order = rng.permutation(4)
    return _classify(X[:1] - near, X[order], np.array([few, many, many, few])[order], k=3)


def _weighted_votes(rng):
    return _classify(whole(rng, 0, 30, (6, 2)), whole(rng, 0, 30, (15, 2)), rng.integers(0, 3, 15), k=5)


def _query_equals_row(rng):
    X = apart(rng, 0, 30, n=6)
    return _classify(X[:1].copy(), X, rng.permutation([2, 2, 2, 5, 5, 5]), k=4)


def _query_equals_two_rows(rng):
    # Rows of two classes equal the query, so each class has half of the votes; other rows do not count.
    X = apart(rng, 0, 30, n=5)[[0, 0, 1, 2, 3, 4]]
    y = np.array([*rng.permutation([3, 6]), 8, 8, 8, 8])
    order = rng.permutation(6)
    return _classify(X[:1].copy(), X[order], y[order], k=5)


def _equal_row_and_near_row(rng):
    # The numbers and their squares are exact in float64. With weights 1 / (distance + 1e-8) the near row
    # would have a share of 1e-5 instead of none.
    at_query = float(rng.integers(0, 9))
    X = np.array([[at_query], [at_query + 2**-10], [at_query + 5]])
    order = rng.permutation(3)
    return call("knn_classify", Q=np.array([[at_query]]), X=X[order], y=order, k=2, weights="distance")


def _queries_equal_rows_of_strings(rng):
    X = whole(rng, 0, 30, (12, 2))
    return _classify(np.vstack([X[:2], whole(rng, 0, 30, (2, 2))]), X, rng.choice(FRUIT, 12), k=3)


def _training_rows(rng):
    _, X, y = labelled(rng, "iris", queries=0, rows=80)
    return _classify(X[:25].copy(), X, y, k=7)


def _weighted_votes_on(name, k):
    return lambda rng: _classify(*labelled(rng, name, queries=15, rows=80), k)


def _other_weights(make, weights):
    """Return a function that draws what `make` draws, but with these weights."""

    def make_other(rng):
        step = make(rng)
        return call(step.function, **(step.arguments | {"weights": weights}))

    return make_other


def _weighted_mean(rng):
    return _regress(apart(rng, 0, 30, n=2), apart(rng, 30, 60, n=5), whole(rng, 0, 20, (5,)), k=3)


def _mean_of_hits(rng):
    # The first query equals two rows, the second one row.
    X = apart(rng, 0, 30, n=5)[[0, 0, 1, 2, 3, 4]]
    return _regress(X[:3:2].copy(), X, apart(rng, 0, 20, n=6)[:, 0], k=3)


def _diabetes(rng):
    return _regress(*labelled(rng, "diabetes", queries=15, rows=90), k=6)


def _search(Q, X, k, metric):
    return call("knn", Q=Q, X=X, k=k, metric=metric)


def _plane(metric):
    return lambda rng: _search(whole(rng, 1, 12, (3, 2)), whole(rng, 1, 12, (7, 2)), k=2, metric=metric)


def _metric_lattice(rng):
    return _search(lattice(rng, n=8, side=5), lattice(rng, n=50, side=5), k=6, metric="manhattan")


def _other_lengths(rng):
    # Rows and queries are multiples of a few directions: their lengths do not change the angle.
    directions = np.array([[1, 0], [3, 4], [0, 1], [-3, 4], [-1, 0]], float)
    X = rng.permutation(directions) * whole(rng, 1, 9, (5, 1))
    return _search(X[:2] * whole(rng, 2, 9, (2, 1)), X, k=3, metric="cosine")


def _zero_row(rng):
    # All other rows point away from the queries, at a distance above 1, so the row of zeros is the nearest.
    X = whole(rng, 1, 9, (5, 2))
    X[int(rng.integers(5))] = 0
    return _search(-whole(rng, 1, 9, (2, 2)), X, k=2, metric="cosine")


def _zero_query(rng):
    X = whole(rng, 1, 9, (4, 2))
    X[int(rng.integers(4))] = 0
    return _search(np.zeros((1, 2)), X, k=3, metric="cosine")


def _metric_data(name, metric, k):
    return lambda rng: _search(*split(rng, name, queries=12, rows=60), k, metric)


def _unknown_metric(rng):
    return _search(
        whole(rng, 0, 9, (2, 2)), whole(rng, 0, 9, (4, 2)), k=2, metric=str(rng.choice(["l7", "angle"]))
    )


def _loo(X, k):
    return call("loo_neighbors", X=X, k=k)


def _line(rng):
    return _loo(apart(rng, 0, 30, n=5), k=2)


def _pairs_of_equal_rows(rng):
    return _loo(rng.permutation(apart(rng, 0, 30, n=3).repeat(2, axis=0)), k=2)


def _many_equal(rng):
    X = np.vstack([np.full((8, 2), float(rng.integers(9))), whole(rng, 20, 40, (3, 2))])
    return _loo(rng.permutation(X), k=3)


def _all_others(rng):
    return _loo(apart(rng, 0, 30, n=5), k=4)


def _loo_repeated(rng):
    return _loo(repeated(rng, n=5, times=6, d=2), k=7)


def _loo_data(name):
    return lambda rng: _loo(real(rng, name, rows=60), k=6)


def _loo_bad(k):
    return lambda rng: _loo(apart(rng, 0, 30, n=4), k)


def _loo_nan(rng):
    X = apart(rng, 0, 30, n=4)
    X[2] = np.nan
    return _loo(X, k=2)


def _check(name, rule, make, judge=labels_and_proba, audit=fair_vote):
    return Check(f"knn.3/{name}", rule, make, judge, audit)


CHECKS = (
    _check("knn/manhattan", MANHATTAN, _plane("manhattan"), neighbors, audit=other_metrics_differ),
    _check("knn/manhattan-lattice", MANHATTAN, _metric_lattice, neighbors, audit=None),
    _check("knn/manhattan-wine", MANHATTAN, _metric_data("wine", "manhattan", k=5), neighbors, audit=None),
    _check("knn/cosine", COSINE, _plane("cosine"), neighbors, audit=other_metrics_differ),
    _check("knn/cosine-lengths", COSINE, _other_lengths, neighbors, audit=None),
    _check("knn/cosine-zero-row", ZEROS, _zero_row, neighbors, audit=None),
    _check("knn/cosine-zero-query", ZEROS, _zero_query, neighbors, audit=None),
    _check("knn/cosine-digits", COSINE, _metric_data("digits", "cosine", k=8), neighbors, audit=None),
    _check("knn/other-metric", METRIC, _unknown_metric, neighbors, audit=None),
    _check("knn_classify/outvoted", VOTES, _near_row_outvotes_two),
    _check("knn_classify/weighted", VOTES, _weighted_votes, audit=weights_matter),
    _check("knn_classify/hit", HITS, _query_equals_row, audit=hits),
    _check("knn_classify/two-hits", HITS, _query_equals_two_rows, audit=hits),
    _check("knn_classify/hit-and-near", HITS, _equal_row_and_near_row, audit=hits),
    _check("knn_classify/hit-strings", HITS, _queries_equal_rows_of_strings, audit=hits),
    _check("knn_classify/training-rows", HITS, _training_rows, audit=hits),
    _check("knn_classify/weighted-wine", VOTES, _weighted_votes_on("wine", k=6)),
    _check("knn_classify/weighted-digits", VOTES, _weighted_votes_on("digits", k=9)),
    _check(
        "knn_classify/other-weights", WEIGHTS, _other_weights(_near_row_outvotes_two, "inverse"), audit=None
    ),
    _check("knn_regress/weighted", WEIGHTED, _weighted_mean, regression),
    _check("knn_regress/hits", EQUALLY, _mean_of_hits, regression, audit=hits),
    _check("knn_regress/weighted-diabetes", WEIGHTED, _diabetes, regression),
    _check(
        "knn_regress/other-weights", WEIGHTS, _other_weights(_weighted_mean, "near"), regression, audit=None
    ),
    _check("loo_neighbors/line", OTHERS, _line, other_rows, audit=None),
    _check("loo_neighbors/all-others", ITSELF, _all_others, other_rows, audit=None),
    _check("loo_neighbors/pairs", EQUAL, _pairs_of_equal_rows, other_rows, audit=None),
    _check("loo_neighbors/many-equal", ITSELF, _many_equal, other_rows, audit=None),
    _check("loo_neighbors/repeated-rows", ORDER, _loo_repeated, other_rows, audit=None),
    _check("loo_neighbors/iris", OTHERS, _loo_data("iris"), other_rows, audit=None),
    _check("loo_neighbors/breast-cancer", OTHERS, _loo_data("breast_cancer"), other_rows, audit=None),
    _check("loo_neighbors/too-many", RANGE, _loo_bad(k=4), other_rows, audit=None),
    _check("loo_neighbors/none", RANGE, _loo_bad(k=0), other_rows, audit=None),
    _check("loo_neighbors/nan", FINITE, _loo_nan, other_rows, audit=None),
)
