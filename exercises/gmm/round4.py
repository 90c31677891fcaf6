"""Checks of round 4: k-means as a start, and k-means as a limit.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Steps, apart, call, clouds, rows_of, whole

from .audits import soft_logs, soft_settled
from .inputs import standard
from .judges import parameters, soft

SHARES = "weights are the clusters' shares of the rows"
DIVIDED = "divided by the number of rows in the cluster"
RIDGE = "then 1e-6 is added to each diagonal"
ALONE = "a cluster of one row has 1e-6 on the diagonal"
NOT_FINITE = "ValueError for NaN or infinity"
COUNT = "another number of labels than rows"
NEGATIVE = "a negative label"
LEFT_OUT = "a label that is left out"
PROPORTION = "in proportion to exp(-distance**2 / (2 * sigma2))"
WEIGHTED = "the mean of the rows weighted by its responsibilities"
BELONG = "the returned responsibilities belong to the returned centres"
TIMES = "do this max_iter times"
KEEPS = "a centre whose responsibilities are all 0 keeps its place"
LLOYD = "as sigma2 goes to 0 this becomes Lloyd's k-means"
SMALL = "it works for sigma2 as small as 1e-12"
EQUALLY = "centres equally near share it equally"
BAD = "bad input raises ValueError: NaN or infinity, shapes that do not match, a sigma2 that is not positive"


def _init(X, labels):
    return call("init_from_kmeans", X=X, labels=np.asarray(labels))


def _two_clusters(rng):
    return _init(whole(rng, 0, 9, (5, 2)), rng.permutation([0, 0, 0, 1, 1]))


def _one_cluster(rng):
    return _init(whole(rng, 0, 9, (4, 2)), np.zeros(4, int))


def _one_row_alone(rng):
    return _init(whole(rng, 0, 9, (5, 2)), rng.permutation([0, 1, 1, 2, 2]))


def _close_rows(rng):
    # Rows lie so close together that the added 1e-6 is most of their covariance.
    return _init(whole(rng, 0, 9, (6, 3)) / 4096, rng.permutation([0, 0, 0, 1, 1, 1]))


def _init_wine(rng):
    X = standard(rng, "wine", rows=90, columns=5)
    # Four clusters: the signs of the first two columns.
    return _init(X, (X[:, 0] > 0).astype(int) + 2 * (X[:, 1] > 0))


def _init_nan(rng):
    X = whole(rng, 0, 9, (4, 2))
    X[int(rng.integers(4)), 0] = np.nan
    return _init(X, [0, 0, 1, 1])


def _labels(*labels):
    return lambda rng: _init(whole(rng, 0, 9, (4, 2)), labels)


def _soft(X, centers, sigma2, max_iter):
    return call("soft_kmeans", X=X, centers=centers, sigma2=float(sigma2), max_iter=max_iter)


def _no_iteration(rng):
    return _soft(apart(rng, 0, 6, n=4), apart(rng, 0, 6, n=2), sigma2=rng.choice([1, 2]), max_iter=0)


def _one_iteration(rng):
    return _soft(whole(rng, 0, 5, (5, 2)), whole(rng, 0, 5, (2, 2)), sigma2=rng.choice([1, 2, 4]), max_iter=1)


def _three_iterations(rng):
    X = clouds(rng, k=3, size=8, d=2, distance=4.0)
    return _soft(X, rows_of(rng, X, 3), sigma2=1.0, max_iter=3)


def _some_iterations(rng):
    X = standard(rng, "iris", rows=60, columns=4)
    return _soft(X, rows_of(rng, X, 3), sigma2=0.5, max_iter=int(rng.integers(4, 8)))


def _small_sigma2(sigma2, max_iter):
    def make(rng):
        X = clouds(rng, k=3, size=8, d=2, distance=5.0)
        return _soft(X, rows_of(rng, X, 3), sigma2, max_iter)

    return make


def _lloyd_iris(rng):
    X = standard(rng, "iris", rows=80, columns=4)
    return _soft(X, rows_of(rng, X, 3), sigma2=1e-9, max_iter=6)


def _row_halfway(rng):
    # All numbers are whole, so the row halfway between the centres stays exactly halfway.
    step, offset = int(rng.integers(1, 5)), int(rng.integers(9))
    X = offset + step * np.array([[-3.0], [0.0], [3.0]])
    sigma2 = float(rng.choice([1e-3, 1e-12]))
    return _soft(rng.permutation(X), rng.permutation(X[[0, 2]]), sigma2, int(rng.integers(1, 4)))


def _center_far_away(rng):
    X = clouds(rng, k=2, size=8, d=2)
    centers = np.vstack([rows_of(rng, X, 2), [[400.0, -300.0]]])
    return _soft(X, rng.permutation(centers), sigma2=1.0, max_iter=2)


def _bad_arguments(**changes):
    def make(rng):
        valid = {"X": whole(rng, 0, 5, (4, 2)), "centers": whole(rng, 0, 5, (2, 2)), "sigma2": 1.0}
        return call("soft_kmeans", **{**valid, **changes}, max_iter=2)

    return make


def _nan(rng):
    X = whole(rng, 0, 5, (4, 2))
    X[1, 1] = np.nan
    return _soft(X, whole(rng, 0, 5, (2, 2)), sigma2=1.0, max_iter=2)


def _assigned_to_one(steps: Steps) -> bool:
    """Return whether each row belongs to one centre alone, by a margin far above rounding."""
    arguments = steps[0].arguments
    minus_squared = soft_logs(arguments["X"], arguments["centers"], sigma2=0.5)  # -distance² / (2 * 0.5)
    logs = np.sort(minus_squared, axis=1)
    lead = float((logs[:, -1] - logs[:, -2]).min())
    # A lead of 200 sigma2 in squared distances leaves exp(-100) to all other centres.
    return lead > max(1e-9, 200 * arguments["sigma2"]) and soft_settled(steps)


def _rows_are_shared(steps: Steps) -> bool:
    """Return whether some row's second-largest responsibility is at least exp(-2) of its largest."""
    arguments = steps[0].arguments
    logs = np.sort(soft_logs(arguments["X"], arguments["centers"], arguments["sigma2"]), axis=1)
    return bool((logs[:, -1] - logs[:, -2]).min() < 2) and soft_settled(steps)


def _init_check(name, rule, make):
    return Check(f"gmm.4/init_from_kmeans/{name}", rule, make, parameters)


def _soft_check(name, rule, make, audit=soft_settled):
    return Check(f"gmm.4/soft_kmeans/{name}", rule, make, soft, audit)


CHECKS = (
    _init_check("one-cluster", DIVIDED, _one_cluster),
    _init_check("two-clusters", SHARES, _two_clusters),
    _init_check("one-row-alone", ALONE, _one_row_alone),
    _init_check("tiny", RIDGE, _close_rows),
    _init_check("wine", DIVIDED, _init_wine),
    _init_check("nan", NOT_FINITE, _init_nan),
    _init_check("fewer-labels", COUNT, _labels(0, 1, 1)),
    _init_check("negative-label", NEGATIVE, _labels(-1, 0, 1, 1)),
    _init_check("label-left-out", LEFT_OUT, _labels(0, 0, 2, 2)),
    _soft_check("no-iteration", PROPORTION, _no_iteration),
    _soft_check("one-iteration", WEIGHTED, _one_iteration, _rows_are_shared),
    _soft_check("three-iterations", BELONG, _three_iterations, _rows_are_shared),
    _soft_check("iris", TIMES, _some_iterations, _rows_are_shared),
    _soft_check("small-sigma2", LLOYD, _small_sigma2(sigma2=1e-6, max_iter=4), _assigned_to_one),
    _soft_check("smaller-sigma2", SMALL, _small_sigma2(sigma2=1e-12, max_iter=4), _assigned_to_one),
    _soft_check("lloyd-on-iris", LLOYD, _lloyd_iris, _assigned_to_one),
    _soft_check("halfway", EQUALLY, _row_halfway, audit=None),
    _soft_check("unwanted-centre", KEEPS, _center_far_away),
    _soft_check("nan", BAD, _nan, audit=None),
    _soft_check("other-features", BAD, _bad_arguments(centers=np.zeros((2, 3))), audit=None),
    _soft_check("sigma2-0", BAD, _bad_arguments(sigma2=0.0), audit=None),
    _soft_check("sigma2-negative", BAD, _bad_arguments(sigma2=-1.0), audit=None),
)
