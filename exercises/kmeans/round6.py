"""Checks of round 6: hamerly, the answer of kmeans from few distances.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Dist, apart, call, clouds, real, rows_of, whole

from .audits import repeats_or_is_cut, trace
from .judges import hamerly_outputs

SAME = "give what `kmeans` gives at tol=0"
LIMIT = "where max_iter ends it"
FEW = "n_samples * n_clusters for the first iteration and, on average, half as many for each later one"
BAD = "bad input raises ValueError"

LATER = 0.5
"""The share of all n_samples * n_clusters distances that each later iteration may ask for, on average. Over
20 seeds of these inputs, Hamerly's bounds need at most 0.23 and Elkan's 0.07. Lloyd needs 1. A solution that
only skips rows nearer to their centre than half the gap to the next centre needs 0.46."""


def _run(X, centers, max_iter=300, budget=None):
    """Return a call whose `dist` gives at most `budget` distances in all; None is no limit."""
    return call("hamerly", X=X, centers=centers, max_iter=max_iter, dist=Dist(X, budget))


def _counted(X, centers):
    """Return a call whose `dist` allows as many distances as the contract says."""
    iterations = len(trace(X, centers).shifts)
    return _run(X, centers, budget=int(X.shape[0] * len(centers) * (1 + LATER * (iterations - 1))))


def _lowest(X, k):
    """Return the k lowest rows of one feature: bad starts, so that a run has several iterations."""
    return np.sort(X, axis=0)[:k].copy()


def _few_rows(rng):
    X = apart(rng, 0, 40, n=6)
    return _run(X, _lowest(X, k=2))


def _one_cluster(rng):
    return _run(apart(rng, 0, 20, n=5), whole(rng, 0, 20, (1, 1)))


def _two_clusters(rng):
    X = rng.uniform(0, 30, (30, 1))
    return _run(X, _lowest(X, k=2))


def _one_iteration(rng):
    X = whole(rng, 0, 30, (8, 2))
    return _run(X, X[:2].copy(), max_iter=1)


def _some_iterations(rng):
    X = rng.uniform(0, 30, (40, 1))
    return _run(X, _lowest(X, k=3), max_iter=int(rng.integers(3, 6)))


def _long_run(rng):
    X = rng.uniform(0, 30, (60, 1))
    return _run(X, _lowest(X, k=4))


def _plane(rng):
    X = rng.normal(size=(150, 2))
    return _run(X, X[np.argsort(X[:, 0])[:6]])  # the six rows that lie farthest to the left


def _iris(rng):
    X = real(rng, "iris", rows=120)
    return _run(X, rows_of(rng, X, k=5))


def _clouds(rng):
    X = clouds(rng, k=20, size=40, d=2, distance=5.0)
    return _counted(X, rows_of(rng, X, k=20))


def _breast_cancer(rng):
    X = real(rng, "breast_cancer", rows=300, columns=12)
    return _counted(X, rows_of(rng, X, k=8))


def _china(rng):
    X = real(rng, "china", rows=500)
    return _counted(X, rows_of(rng, X, k=8))


def _nan(rng):
    X = whole(rng, 0, 9, (4, 2))
    X[rng.integers(4), rng.integers(2)] = np.nan
    return _run(X, whole(rng, 0, 9, (2, 2)))


def _more_centers(rng):
    return _run(whole(rng, 0, 9, (3, 2)), whole(rng, 0, 9, (4, 2)))


def _ends_early(steps) -> bool:
    """Return whether max_iter ends the run while labels and centres still change."""
    arguments = steps[0].arguments
    run = trace(arguments["X"], arguments["centers"], arguments["max_iter"] + 1)
    return repeats_or_is_cut(steps) and not run.repeated and run.shifts[-1] > 0


def _long(steps) -> bool:
    """Return whether the run has at least 8 iterations.

    In so many a wrong bound shows as a wrong label, and right bounds save enough distances.
    """
    arguments = steps[0].arguments
    return len(trace(arguments["X"], arguments["centers"]).shifts) > 7 and repeats_or_is_cut(steps)


def _check(name, rule, make, audit=repeats_or_is_cut):
    # The judge is not called where the contract demands a ValueError.
    return Check(f"kmeans.6/hamerly/{name}", rule, make, hamerly_outputs, audit)


CHECKS = (
    _check("few-rows", SAME, _few_rows),
    _check("one-cluster", SAME, _one_cluster),
    _check("one-iteration", LIMIT, _one_iteration, _ends_early),
    _check("some-iterations", LIMIT, _some_iterations, _ends_early),
    _check("two-clusters", SAME, _two_clusters),
    _check("long-run", SAME, _long_run, _long),
    _check("plane", SAME, _plane, _long),
    _check("iris", SAME, _iris),
    _check("nan", BAD, _nan, audit=None),
    _check("more-centers-than-rows", BAD, _more_centers, audit=None),
    _check("clouds", FEW, _clouds, _long),
    _check("breast-cancer", FEW, _breast_cancer, _long),
    _check("china", FEW, _china, _long),
)
