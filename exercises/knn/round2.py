"""Checks of round 2: knn_classify, knn_regress, and bad input to knn.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, load, load_target, whole

from .audits import fair_vote
from .inputs import FRUIT, labelled, lattice, repeated
from .judges import labels_and_proba, neighbors, regression, votes

VOTE = "a vote of its k nearest rows"
TIES = "vote ties go to the smallest class"
SHARES = "proba holds the share of the votes that each class gets"
ORDER = "the distinct values of y in sorted order"
TYPES = "y holds integers or strings"
LAST = "where rows tie for the k-th place, any of them may vote"
MEAN = "the mean of y over its k nearest rows"
BAD_KNN = "ValueError for NaN or infinity, k < 1, k > n_samples, or shapes that do not match"
BAD = "ValueError as for knn"
LENGTH = "where y has another length than X"


def _classify(Q, X, y, k):
    return call("knn_classify", Q=Q, X=X, y=np.asarray(y), k=k)


def _regress(Q, X, y, k):
    return call("knn_regress", Q=Q, X=X, y=np.asarray(y, float), k=k)


def _three_neighbors(rng):
    y = rng.permutation([0, 0, 1, 1, 1])
    return _classify(apart(rng, 0, 20, n=2), apart(rng, 0, 20, n=5), y, k=3)


def _vote_tie(names):
    def make(rng):
        # The nearest row has the larger class, and the votes are two to two.
        small, large = np.sort(rng.choice(names, 2, replace=False))
        origin, step = int(rng.integers(9)), int(rng.integers(1, 4))
        X = origin + step * np.array([[1], [2], [3], [4], [7]], float)
        y = np.array([large, small, small, large, large])
        order = rng.permutation(5)
        return _classify(np.array([[float(origin)]]), X[order], y[order], k=4)

    return make


def _absent_class(rng):
    # No neighbour has the middle class; the labels are not 0, 1, 2.
    y = np.sort(rng.choice(np.arange(-9, 100), 3, replace=False))[[0, 0, 2, 2, 1, 1]]
    X = np.array([[0], [1], [2], [3], [50], [60]], float) + int(rng.integers(9))
    order = rng.permutation(6)
    # The queries lie beside rows 0 and 3.
    return _classify(X[:4:3] + 0.25, X[order], y[order], k=3)


def _all_rows_vote(rng):
    y = rng.choice([3, 5, 8], 7)
    return _classify(whole(rng, 0, 30, (2, 1)), apart(rng, 0, 40, n=7), y, k=7)


def _one_neighbor(rng):
    return _classify(apart(rng, 0, 30, n=3), apart(rng, 0, 30, n=6), rng.permutation([4, 4, 1, 1, 7, 7]), k=1)


def _strings(rng):
    y = rng.choice(FRUIT, 12)
    return _classify(whole(rng, 0, 30, (4, 2)), whole(rng, 0, 30, (12, 2)), y, k=5)


def _one_class(rng):
    return _classify(apart(rng, 0, 20, n=2), apart(rng, 0, 20, n=4), np.full(4, int(rng.integers(9))), k=2)


def _lattice(rng):
    return _classify(lattice(rng, n=15, side=5), lattice(rng, n=60, side=5), rng.integers(0, 3, 60), k=5)


def _repeated(rng):
    X = repeated(rng, n=6, times=5, d=2)
    return _classify(whole(rng, 0, 50, (6, 2)), X, rng.choice(FRUIT[:3], len(X)), k=7)


def _raw_iris(rng):
    # Without noise, rows repeat and distances tie; multiplied by 10, iris holds whole numbers, so they tie
    # exactly.
    order = rng.permutation(150)
    X, y = np.rint(load("iris")[order] * 10), load_target("iris")[order]
    return _classify(X[:20], X[20:], y[20:], k=5)


def _data(name, k):
    return lambda rng: _classify(*labelled(rng, name, queries=15, rows=90), k)


def _two_rows_mean(rng):
    return _regress(apart(rng, 0, 20, n=2), apart(rng, 0, 20, n=5), whole(rng, 0, 20, (5,)), k=2)


def _mean_of_all(rng):
    return _regress(whole(rng, 0, 20, (2, 1)), apart(rng, 0, 20, n=5), whole(rng, -9, 20, (5,)), k=5)


def _diabetes(rng):
    return _regress(*labelled(rng, "diabetes", queries=15, rows=90), k=6)


def _valid_arguments(rng):
    return {"Q": whole(rng, 0, 9, (2, 2)), "X": whole(rng, 0, 9, (4, 2)), "k": 2}


def _bad_value(name, value):
    def make(rng):
        arguments = _valid_arguments(rng)
        arguments[name][rng.integers(2), rng.integers(2)] = value  # Q has only 2 rows, X has 4
        return call("knn", **arguments)

    return make


def _bad(function, **wrong):
    """Return a function that makes valid arguments, but draws those in `wrong` by its functions."""

    def make(rng):
        y = {} if function == "knn" else {"y": rng.permutation(4)}
        if function == "knn_regress":
            y = {"y": whole(rng, 0, 9, (4,))}
        arguments = _valid_arguments(rng) | y | {name: value(rng) for name, value in wrong.items()}
        return call(function, **{name: arguments[name] for name in ("Q", "X", "y", "k") if name in arguments})

    return make


def _constant(value):
    return lambda rng: value


def _three_columns(rng):
    return whole(rng, 0, 9, (2, 3))


def _five_labels(rng):
    return whole(rng, 0, 3, (5,)).astype(int)


def _three_numbers(rng):
    return whole(rng, 0, 9, (3,))


def _queries_with_nan(rng):
    Q = whole(rng, 0, 9, (2, 2))
    Q[1, 0] = np.nan
    return Q


def _check(name, rule, make, judge=labels_and_proba, audit=fair_vote):
    """Return a check; `votes` needs no expected answer, since it finds all right ones itself."""
    return Check(f"knn.2/{name}", rule, make, judge, audit, expects=judge is not votes)


def _rejected(name, rule, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"knn.2/{name}", rule, make, neighbors)


CHECKS = (
    _rejected("knn/nan", BAD_KNN, _bad_value("Q", value=np.nan)),
    _rejected("knn/infinity", BAD_KNN, _bad_value("X", value=np.inf)),
    _rejected("knn/no-neighbors", BAD_KNN, _bad("knn", k=_constant(0))),
    _rejected("knn/more-neighbors-than-rows", BAD_KNN, _bad("knn", k=_constant(5))),
    _rejected("knn/other-features", BAD_KNN, _bad("knn", Q=_three_columns)),
    _check("knn_classify/one-neighbor", VOTE, _one_neighbor),
    _check("knn_classify/three-neighbors", VOTE, _three_neighbors),
    _check("knn_classify/vote-ties", TIES, _vote_tie(np.arange(-9, 50))),
    _check("knn_classify/absent-class", SHARES, _absent_class),
    _check("knn_classify/everybody", SHARES, _all_rows_vote),
    _check("knn_classify/one-class", ORDER, _one_class),
    _check("knn_classify/strings", TYPES, _strings),
    _check("knn_classify/strings-tie", TIES, _vote_tie(FRUIT)),
    _check("knn_classify/lattice", LAST, _lattice, votes, audit=None),
    _check("knn_classify/repeated-rows", LAST, _repeated, votes, audit=None),
    _check("knn_classify/raw-iris", LAST, _raw_iris, votes, audit=None),
    _check("knn_classify/wine", VOTE, _data("wine", k=7)),
    _check("knn_classify/digits", SHARES, _data("digits", k=4)),
    _rejected("knn_classify/more-neighbors-than-rows", BAD, _bad("knn_classify", k=_constant(5))),
    _rejected("knn_classify/nan", BAD, _bad("knn_classify", Q=_queries_with_nan)),
    _rejected("knn_classify/other-length", LENGTH, _bad("knn_classify", y=_five_labels)),
    _check("knn_regress/two-neighbors", MEAN, _two_rows_mean, regression),
    _check("knn_regress/all-rows", MEAN, _mean_of_all, regression),
    _check("knn_regress/diabetes", MEAN, _diabetes, regression),
    _rejected("knn_regress/no-neighbors", BAD, _bad("knn_regress", k=_constant(0))),
    _rejected("knn_regress/other-length", LENGTH, _bad("knn_regress", y=_three_numbers)),
)
