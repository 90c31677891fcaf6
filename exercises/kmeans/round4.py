"""Checks of round 4: silhouette.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, real, whole

from .judges import silhouette_values

VALUE = "the value of a row is (b - a) / max(a, b)"
OTHERS = "a is its mean distance to the other rows of its cluster"
LOWEST = "b the lowest mean distance to the rows of another cluster"
ALONE = "a row alone in its cluster counts 0"
ZEROS = "so does one with a = b = 0"
ANY = "labels may be any integers"
RANGE = "ValueError unless there are 2 to n_samples - 1 clusters"


def _silhouette(X, labels):
    return call("silhouette", X=X, labels=np.asarray(labels))


def _two_pairs(rng):
    return _silhouette(apart(rng, 0, 20, n=4), rng.permutation([0, 0, 1, 1]))


def _three_clusters(rng):
    return _silhouette(apart(rng, 0, 40, n=7), rng.permutation([0, 0, 1, 1, 1, 2, 2]))


def _alone(rng):
    return _silhouette(apart(rng, 0, 20, n=5), rng.permutation([0, 1, 1, 1, 2]))


def _any_integers(rng):
    label_values = rng.choice(np.arange(-9, 1000), 3, replace=False)
    return _silhouette(whole(rng, 0, 20, (7, 2)), label_values[rng.permutation([0, 0, 1, 1, 1, 2, 2])])


def _zeros(rng):
    points = apart(rng, 0, 20, n=2)  # clusters 0 and 1 lie on the same point
    order = rng.permutation(6)
    return _silhouette(points[[0, 0, 0, 0, 1, 1]][order], np.array([0, 0, 1, 1, 2, 2])[order])


def _random_labels(rng):
    return _silhouette(rng.normal(size=(20, 2)) * 3, rng.permutation(np.arange(20) % 3))


def _iris(rng):
    X = real(rng, "iris", rows=90)
    # The petal length separates the species roughly.
    return _silhouette(X, np.digitize(X[:, 2], [2.5, 4.9]))


def _wine(rng):
    X = real(rng, "wine", rows=80)
    return _silhouette(X, rng.permutation(np.arange(80) % 7))


def _one_cluster(rng):
    return _silhouette(apart(rng, 0, 20, n=4), [3, 3, 3, 3])


def _all_alone(rng):
    return _silhouette(apart(rng, 0, 20, n=4), rng.permutation(4))


def _check(name, rule, make):
    return Check(f"kmeans.4/silhouette/{name}", rule, make, silhouette_values)


CHECKS = (
    _check("two-pairs", VALUE, _two_pairs),
    _check("three-clusters", LOWEST, _three_clusters),
    _check("alone", ALONE, _alone),
    _check("any-integers", ANY, _any_integers),
    _check("zeros", ZEROS, _zeros),
    _check("random-labels", OTHERS, _random_labels),
    _check("iris", VALUE, _iris),
    _check("wine", LOWEST, _wine),
    _check("one-cluster", RANGE, _one_cluster),
    _check("all-alone", RANGE, _all_alone),
)
