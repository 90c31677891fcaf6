"""Checks of round 1: assign, update, lloyd.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Steps, apart, call, clouds, real, rows_of, whole

from .audits import clear, sane_stops_agree, squared, trace
from .judges import centers_only, labels_only, lloyd_labels

NEAREST = "nearest centre by Euclidean distance"
TIES = "ties go to the lowest index"
MEAN = "the mean of its rows"
KEEPS = "an empty cluster keeps its previous centre"
REPEAT = "until the labels repeat"
LIMIT = "max_iter updates have been made"


def _one_feature(rng):
    return call("assign", X=apart(rng, 0, 20, n=5), centers=apart(rng, 0, 20, n=2))


def _row_halfway(rng):
    low, half = int(rng.integers(0, 5)), int(rng.integers(1, 5))
    X = np.array([[low], [low + half], [low + 2 * half]], float)
    return call("assign", X=X, centers=rng.permutation(X[[0, 2]]))


def _square(rng):
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], float)
    middles = np.array([[0, 0], [0, 1], [1, 0], [-1, 0], [0, -1]], float)  # of the square and of its sides
    size, offset = int(rng.integers(1, 5)), whole(rng, -4, 5, (2,))
    X = rng.permutation(np.vstack([middles, corners])) * size + offset
    return call("assign", X=X, centers=rng.permutation(corners) * size + offset)


def _two_features(rng):
    while True:
        step = call("assign", X=whole(rng, -9, 10, (4, 2)), centers=whole(rng, -9, 10, (3, 2)))
        if _other_metrics_differ(**step.arguments):
            return step


def _other_metrics_differ(X, centers) -> bool:
    """Return whether the sum, and the maximum, of absolute differences would give other labels."""
    nearest = squared(X, centers).argmin(axis=1)
    differences = np.abs(X[:, None] - centers)
    by_sum, by_largest = differences.sum(axis=2).argmin(axis=1), differences.max(axis=2).argmin(axis=1)
    return (by_sum != nearest).any() and (by_largest != nearest).any()


def _more_centers(rng):
    return call("assign", X=whole(rng, 0, 9, (2, 2)), centers=whole(rng, 0, 9, (5, 2)))


def _off_the_origin(rng):
    X = clouds(rng, k=4, size=10, d=3) + 100
    return call("assign", X=X, centers=rows_of(rng, X, 6))


def _assign_iris(rng):
    X = real(rng, "iris", rows=120)
    return call("assign", X=X, centers=rows_of(rng, X, 7))


def _two_means(rng):
    labels = rng.permutation([0, 0, 1, 1, 1])
    return call("update", X=apart(rng, 0, 30, n=5), labels=labels, centers=apart(rng, 0, 30, n=2))


def _middle_cluster_empty(rng):
    # No coordinate of a centre is 0, so that an empty cluster whose centre becomes 0 shows.
    labels = rng.permutation([0, 0, 2, 2])
    return call("update", X=whole(rng, 0, 9, (4, 2)), labels=labels, centers=whole(rng, 1, 9, (3, 2)))


def _last_clusters_empty(rng):
    centers = whole(rng, 1, 9, (4, 1))
    return call("update", X=whole(rng, 0, 9, (3, 1)), labels=rng.permutation([0, 1, 1]), centers=centers)


def _update_wine(rng):
    X = real(rng, "wine", rows=120)
    labels = rng.integers(0, 9, len(X))  # below 9, so the last of 10 clusters is empty
    return call("update", X=X, labels=labels, centers=rows_of(rng, X, 10))


def _few_rows(rng):
    X = apart(rng, 0, 40, n=6)
    # A start at one end, the lowest rows, takes several updates.
    return call("lloyd", X=X, centers=np.sort(X, axis=0)[:2])


def _stands_still(rng):
    # The start is the optimum: two groups of three rows, and their means.
    X = apart(rng, 0, 10, n=3)
    X = np.vstack([X, X + 40])
    return call("lloyd", X=X, centers=np.array([X[:3].mean(axis=0), X[3:].mean(axis=0)]))


def _one_update(rng):
    X = whole(rng, 0, 30, (8, 2))
    return call("lloyd", X=X, centers=X[:2].copy(), max_iter=1)


def _some_updates(rng):
    X = rng.uniform(0, 30, (30, 1))
    return call("lloyd", X=X, centers=np.sort(X, axis=0)[:3].copy(), max_iter=int(rng.integers(2, 5)))


def _many_updates(rng):
    X = rng.uniform(0, 30, (40, 1))
    return call("lloyd", X=X, centers=np.sort(X, axis=0)[:3].copy())


def _every_row_twice(rng):
    X = whole(rng, 0, 30, (8, 2))
    return call("lloyd", X=rng.permutation(np.vstack([X, X])), centers=X[:3].copy())


def _lloyd_float32(rng):
    X = clouds(rng, k=3, size=15, d=2).astype(np.float32)
    return call("lloyd", X=X, centers=rows_of(rng, X, 3))


def _lloyd_fortran_order(rng):
    X = clouds(rng, k=3, size=15, d=2)
    return call("lloyd", X=np.asfortranarray(X), centers=np.asfortranarray(rows_of(rng, X, 3)))


def _lloyd_iris(rng):
    X = real(rng, "iris", rows=120)
    return call("lloyd", X=X, centers=rows_of(rng, X, 3))


def _ends_early(steps: Steps) -> bool:
    """Return whether max_iter ends the run while labels and centres still change."""
    arguments = steps[0].arguments
    run = trace(arguments["X"], arguments["centers"], arguments["max_iter"] + 1)
    return sane_stops_agree(steps) and not run.repeated and run.shifts[-1] > 0


def _needs_more_updates_than(updates: int):
    """Return an audit that rejects runs that end after `updates` updates or sooner."""

    def audit(steps: Steps) -> bool:
        run = trace(steps[0].arguments["X"], steps[0].arguments["centers"])
        return len(run.shifts) > updates and sane_stops_agree(steps)

    return audit


def _check(name, rule, make, judge, audit=None):
    return Check(f"kmeans.1/{name}", rule, make, judge, audit)


CHECKS = (
    _check("assign/one-feature", NEAREST, _one_feature, labels_only, clear),
    _check("assign/ties", TIES, _row_halfway, labels_only),
    _check("assign/two-features", NEAREST, _two_features, labels_only, clear),
    _check("assign/ties-in-a-square", TIES, _square, labels_only),
    _check("assign/more-centers-than-rows", NEAREST, _more_centers, labels_only, clear),
    _check("assign/off-the-origin", NEAREST, _off_the_origin, labels_only, clear),
    _check("assign/iris", NEAREST, _assign_iris, labels_only, clear),
    _check("update/means", MEAN, _two_means, centers_only),
    _check("update/empty-cluster", KEEPS, _middle_cluster_empty, centers_only),
    _check("update/last-clusters-empty", KEEPS, _last_clusters_empty, centers_only),
    _check("update/wine", MEAN, _update_wine, centers_only),
    _check("lloyd/few-rows", REPEAT, _few_rows, lloyd_labels, _needs_more_updates_than(2)),
    _check("lloyd/stands-still", REPEAT, _stands_still, lloyd_labels, sane_stops_agree),
    _check("lloyd/one-update", LIMIT, _one_update, lloyd_labels, _ends_early),
    _check("lloyd/some-updates", LIMIT, _some_updates, lloyd_labels, _ends_early),
    _check("lloyd/many-updates", REPEAT, _many_updates, lloyd_labels, _needs_more_updates_than(5)),
    _check("lloyd/duplicates", REPEAT, _every_row_twice, lloyd_labels, sane_stops_agree),
    _check("lloyd/fortran-order", REPEAT, _lloyd_fortran_order, lloyd_labels, sane_stops_agree),
    _check("lloyd/float32", REPEAT, _lloyd_float32, lloyd_labels, sane_stops_agree),
    _check("lloyd/iris", REPEAT, _lloyd_iris, lloyd_labels, sane_stops_agree),
)
