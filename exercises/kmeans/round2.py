"""Checks of round 2: relocate_empty, and kmeans as scikit-learn runs it.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, apart, call, clouds, real, rows_of, whole

from .audits import centers_matter, decided, ordered, trace
from .inputs import calibrated, with_far_centers
from .judges import fits_where_some_stay_empty, kmeans_outputs, labels_and_centers

NONE_EMPTY = "when no cluster is empty, no row moves"
FARTHEST = "takes the row farthest from the centre it is assigned to"
LOWEST_FIRST = "each empty cluster, lowest index first"
NOTHING_MOVES = "when every row lies on its centre nothing moves"
REPEAT = "its labels repeat those of the iteration before"
SHIFT = (
    "the sum of squared shifts of the centres is at most tol times the mean variance of the columns (ddof=0)"
)
LIMIT = "n_iter is max_iter"
BELONG = "the returned labels belong to the returned centres"
INERTIA = "inertia is the sum of squared distances to them"
RELOCATE = "`relocate_empty` for the new centres"
FREE = "where a cluster stays empty, n_iter and its centre are free"
LIKE = "just as scikit-learn's KMeans"
BAD = "bad input raises ValueError"


def _none_empty(rng):
    labels = rng.permutation([0, 1, 1, 1, 1])
    return call("relocate_empty", X=apart(rng, 0, 30, n=5), labels=labels, centers=apart(rng, 0, 30, n=2))


def _relocation(rng, X, k, empty):
    """Return a call with k centres near rows of X, `empty` of which have no rows."""
    full = rng.choice(k, k - empty, replace=False)
    labels = rng.permutation(full[np.arange(len(X)) % len(full)])
    return call("relocate_empty", X=X, labels=labels, centers=rows_of(rng, X, k) + 0.25)


def _one_empty(rng):
    return _relocation(rng, apart(rng, 0, 50, n=6), k=3, empty=1)


def _one_cluster_has_all_rows(rng):
    # The other cluster, whose centre is 100, is empty.
    X = apart(rng, 0, 50, n=5)
    centers = rng.permutation(np.array([[float(np.median(X))], [100.0]]))
    return call("relocate_empty", X=X, labels=np.full(5, int(centers[0, 0] == 100)), centers=centers)


def _two_empty(rng):
    return _relocation(rng, apart(rng, 0, 99, n=7), k=4, empty=2)


def _all_on_centers(rng):
    place = whole(rng, 0, 9, (2, 2)) + np.array([[0], [20]])
    labels = rng.permutation([0, 0, 1, 1])
    centers = np.vstack([place, whole(rng, 0, 9, (1, 2)) + 50])
    return call("relocate_empty", X=place[labels], labels=labels, centers=centers)


def _relocate_wine(rng):
    return _relocation(rng, real(rng, "wine", rows=100), k=9, empty=3)


def _run(X, centers, **options):
    return call("kmeans", X=X, centers=centers, **options)


def _few_rows(rng):
    X = apart(rng, 0, 40, n=5)
    return _run(X, rows_of(rng, X, 2))


def _at_the_optimum(rng):
    # All means are over two or four small whole numbers, so they are exact in any arithmetic.
    pair = whole(rng, 0, 8, (2, 2))
    X = np.vstack([pair, pair + 32])
    return _run(X, np.array([X[:2].mean(axis=0), X[2:].mean(axis=0)]), tol=0.0)


def _no_tolerance(rng):
    X = rng.uniform(0, 30, (30, 1))
    return _run(X, np.sort(X, axis=0)[:3].copy(), tol=0.0)


def _shift_just_within(rng):
    X, centers, tol = calibrated(rng, factor=1.02)
    return _run(X, centers, tol=tol)


def _shift_just_above(rng):
    X, centers, tol = calibrated(rng, factor=0.98)
    return _run(X, centers, tol=tol)


def _one_iteration(rng):
    X = apart(rng, 0, 40, n=7)
    return _run(X, rows_of(rng, X, 2), max_iter=1)


def _three_iterations(rng):
    X = rng.uniform(0, 30, (30, 2))
    return _run(X, rows_of(rng, X, 3), max_iter=3, tol=0.0)


def _loose(rng):
    X = rng.uniform(0, 30, (30, 2))
    return _run(X, rows_of(rng, X, 3), tol=0.2)


def _one_cluster(rng):
    return _run(whole(rng, 0, 9, (5, 2)), whole(rng, 0, 9, (1, 2)))


def _every_row_a_cluster(rng):
    X = apart(rng, 0, 90, n=5)
    return _run(X, rng.permutation(X))


def _far_starts(far):
    def make(rng):
        X = clouds(rng, k=3, size=8, d=2)
        return _run(X, with_far_centers(rng, X, k=4, far=far), max_iter=int(rng.choice([1, 2, 300])))

    return make


def _center_without_rows(rng):
    X = apart(rng, 0, 60, n=6)
    return _run(X, rng.permutation(np.array([[X.min() + 1], [500.0]])))


def _equal_rows(rng):
    return _run(np.full((4, 2), float(rng.integers(1, 9))), whole(rng, 10, 60, (2, 2)))


def _fewer_distinct(rng):
    place = apart(rng, 0, 9, n=2)
    centers = np.vstack([place, [[float(rng.integers(50, 60))]]])
    return _run(rng.permutation(place[[0, 0, 0, 1, 1]]), centers)


def _float32(rng):
    X = clouds(rng, k=3, size=15, d=2).astype(np.float32)
    return _run(X, rows_of(rng, X, 3))


def _data(name, rows, columns, k, **options):
    def make(rng):
        X = real(rng, name, rows=rows, columns=columns)
        return _run(X, rows_of(rng, X, k), **options)

    return make


def _bad_value(value, argument):
    def make(rng):
        X, centers = whole(rng, 0, 9, (4, 2)), whole(rng, 0, 9, (2, 2))
        place = X if argument == "X" else centers
        place[rng.integers(len(place)), rng.integers(2)] = value
        return _run(X, centers)

    return make


def _bad_shape(shape):
    """Return a function that draws 4 rows of 2 features, and centres of this shape."""
    return lambda rng: _run(whole(rng, 0, 9, (4, 2)), whole(rng, 0, 9, shape))


def _distinct_centers(steps: Steps) -> bool:
    """Return whether the centres are not all equal.

    Those of drawn inputs never are; this is for the smaller inputs that `kata` tries when an answer fails.
    """
    return len(np.unique(steps[0].arguments["centers"], axis=0)) > 1


def _last_assignment_matters(steps: Steps) -> bool:
    """Return whether the run ends by tol or max_iter, and one more assignment then changes its labels.

    It must not end because labels repeat: then one more assignment changes nothing.
    """
    arguments = steps[0].arguments
    threshold = arguments.get("tol", 1e-4) * float(arguments["X"].var(axis=0).mean())
    run = trace(arguments["X"], arguments["centers"], arguments.get("max_iter", 300), threshold)
    return decided(steps) and not run.repeated and not np.array_equal(run.labels[-1], run.labels[-2])


def _relocates(steps: Steps) -> bool:
    """Return whether the first iteration leaves a cluster empty, and every decision is clear."""
    run = trace(steps[0].arguments["X"], steps[0].arguments["centers"], 1)
    return run.emptied > 0 and decided(steps)


def _check(name, rule, make, judge=kmeans_outputs, audit=decided):
    return Check(f"kmeans.2/{name}", rule, make, judge, audit)


def _rejected(name, rule, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"kmeans.2/kmeans/{name}", rule, make, kmeans_outputs)


CHECKS = (
    _check("relocate_empty/none-empty", NONE_EMPTY, _none_empty, labels_and_centers, ordered),
    _check(
        "relocate_empty/one-cluster-left", FARTHEST, _one_cluster_has_all_rows, labels_and_centers, ordered
    ),
    _check("relocate_empty/one-empty", FARTHEST, _one_empty, labels_and_centers, centers_matter),
    _check("relocate_empty/two-empty", LOWEST_FIRST, _two_empty, labels_and_centers, ordered),
    _check("relocate_empty/all-on-centers", NOTHING_MOVES, _all_on_centers, labels_and_centers, audit=None),
    _check("relocate_empty/wine", FARTHEST, _relocate_wine, labels_and_centers, centers_matter),
    _check("kmeans/few-rows", REPEAT, _few_rows),
    _check("kmeans/at-the-optimum", SHIFT, _at_the_optimum, audit=_distinct_centers),
    _check("kmeans/one-iteration", BELONG, _one_iteration, audit=_last_assignment_matters),
    _check("kmeans/one-cluster", INERTIA, _one_cluster),
    _check("kmeans/every-row-a-cluster", INERTIA, _every_row_a_cluster),
    _check("kmeans/no-tolerance", REPEAT, _no_tolerance),
    _check("kmeans/shift-just-within", SHIFT, _shift_just_within),
    _check("kmeans/shift-just-above", SHIFT, _shift_just_above),
    _check("kmeans/three-iterations", LIMIT, _three_iterations, audit=_last_assignment_matters),
    _check("kmeans/loose-tolerance", BELONG, _loose, audit=_last_assignment_matters),
    _check("kmeans/empties", RELOCATE, _center_without_rows, audit=_relocates),
    _check("kmeans/two-far-starts", RELOCATE, _far_starts(far=2), audit=_relocates),
    _check("kmeans/three-far-starts", RELOCATE, _far_starts(far=3), audit=_relocates),
    _check("kmeans/equal-rows", FREE, _equal_rows, fits_where_some_stay_empty, audit=None),
    _check("kmeans/fewer-distinct-rows", FREE, _fewer_distinct, fits_where_some_stay_empty, audit=None),
    _check("kmeans/float32", LIKE, _float32),
    _check("kmeans/iris", LIKE, _data("iris", rows=120, columns=None, k=3)),
    _check("kmeans/wine", LIKE, _data("wine", rows=100, columns=6, k=4, tol=1e-2)),
    _check("kmeans/breast-cancer", LIKE, _data("breast_cancer", rows=100, columns=8, k=3, tol=0.0)),
    _check("kmeans/digits", LIKE, _data("digits", rows=60, columns=24, k=5)),
    _check("kmeans/china", LIKE, _data("china", rows=150, columns=None, k=5, max_iter=6)),
    _rejected("nan", BAD, _bad_value(np.nan, "X")),
    _rejected("infinity", "NaN or infinity", _bad_value(np.inf, "X")),
    _rejected("nan-center", "NaN or infinity", _bad_value(np.nan, "centers")),
    _rejected("no-centers", "no centres", _bad_shape((0, 2))),
    _rejected("more-centers-than-rows", "more centres than rows", _bad_shape((5, 2))),
    _rejected("other-features", "shapes that do not match", _bad_shape((2, 1))),
)
