"""Checks of round 5: loo_accuracy, the leave-one-out accuracy for each k.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, whole

from .audits import one_curve, ties_decide
from .inputs import FRUIT, labelled
from .judges import curve

EACH = "for each k from 1 to k_max"
SHARE = "the share of rows that the other rows would label right"
OTHERS = "a vote of its k nearest other rows"
TIES = "vote ties go to the smallest class"
FINITE = "ValueError for NaN or infinity"
LENGTH = "where y has another length than X"
RANGE = "unless 1 <= k_max <= n_samples - 1"


def _curve(X, y, k_max):
    return call("loo_accuracy", X=X, y=np.asarray(y), k_max=k_max)


def _one_neighbor(rng):
    return _curve(apart(rng, 0, 60, n=5), rng.permutation([0, 0, 1, 1, 1]), k_max=1)


def _three_neighbors(rng):
    return _curve(apart(rng, 0, 90, n=7), rng.permutation([2, 2, 2, 5, 5, 5, 5]), k_max=3)


def _even_k(rng):
    return _curve(apart(rng, 0, 90, n=7), rng.permutation([-1, -1, -1, 4, 4, 4, 4]), k_max=4)


def _all_others(rng):
    return _curve(apart(rng, 0, 90, n=6), rng.permutation([0, 0, 0, 1, 1, 2]), k_max=5)


def _pairs_of_equal_rows(rng):
    # Each row's nearest other row is the one that equals it, with another label.
    y = np.concatenate([rng.permutation(3)[:2] for _ in range(4)])
    order = rng.permutation(8)
    return _curve(apart(rng, 0, 60, n=4).repeat(2, axis=0)[order], y[order], k_max=1)


def _strings(rng):
    return _curve(whole(rng, 0, 90, (12, 2)), rng.choice(FRUIT, 12), k_max=4)


def _data(name, rows, k_max):
    def make(rng):
        _, X, y = labelled(rng, name, queries=0, rows=rows)
        return _curve(X, y, k_max)

    return make


def _too_many(rng):
    return _curve(apart(rng, 0, 60, n=5), rng.permutation([0, 0, 1, 1, 1]), k_max=5)


def _k_max_of_0(rng):
    return _curve(apart(rng, 0, 60, n=5), rng.permutation([0, 0, 1, 1, 1]), k_max=0)


def _other_length(rng):
    return _curve(apart(rng, 0, 60, n=5), rng.permutation([0, 0, 1, 1, 1, 0]), k_max=2)


def _nan(rng):
    X = whole(rng, 0, 9, (5, 2))
    X[rng.integers(5), rng.integers(2)] = np.nan
    return _curve(X, rng.permutation([0, 0, 1, 1, 1]), k_max=2)


def _check(name, rule, make, audit=one_curve):
    return Check(f"knn.5/loo_accuracy/{name}", rule, make, curve, audit)


CHECKS = (
    _check("one-neighbor", OTHERS, _one_neighbor),
    _check("twins", OTHERS, _pairs_of_equal_rows),
    _check("three-neighbors", rule=EACH, make=_three_neighbors),
    _check("even", TIES, _even_k, ties_decide),
    _check("all-others", rule=EACH, make=_all_others),
    _check("strings", SHARE, _strings),
    _check("iris", SHARE, _data("iris", rows=60, k_max=15)),
    _check("wine", SHARE, _data("wine", rows=60, k_max=12), ties_decide),
    _check("digits", rule=EACH, make=_data("digits", rows=80, k_max=8)),
    _check("too-many", RANGE, _too_many, audit=None),
    _check("none", RANGE, _k_max_of_0, audit=None),
    _check("other-length", LENGTH, _other_length, audit=None),
    _check("nan", FINITE, _nan, audit=None),
)
