"""Checks of round 5: kmeans_capped, the answer of kmeans in little memory and far from the origin.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, apart, call, clouds, real, rows_of, whole

from .audits import decided, decided_far_off
from .inputs import calibrated, with_far_centers
from .judges import kmeans_outputs, unshifted

SAME = "the answer of `kmeans`"
ERRORS = "and its errors"
MEMORY = "taking at most max_bytes of memory"
NO_TABLE = "no room for n_samples * n_clusters numbers"
NO_COPY = "no room for n_samples * n_clusters numbers, nor for a copy of X"
OFFSET = "with 1e8 added to all of X and centers the labels, the inertia and n_iter stay the same"

PLENTY = 200_000
"""Bytes for checks of the answer alone: more than any solution needs for their small inputs."""
FAR_OFF = 1e8
"""The offset that the contract names."""


def _run(X, centers, max_bytes=PLENTY, **options):
    return call("kmeans_capped", X=X, centers=centers, max_bytes=max_bytes, **options)


def _tenth_of_table(X, k):
    """Return a tenth of the bytes of a table of n_samples rows and n_clusters columns."""
    return len(X) * k * 8 // 10


def _few_rows(rng):
    X = apart(rng, 0, 40, n=6)
    return _run(X, rows_of(rng, X, 2))


def _one_iteration(rng):
    X = apart(rng, 0, 40, n=7)
    return _run(X, rows_of(rng, X, 2), max_iter=1)


def _one_cluster(rng):
    return _run(whole(rng, 0, 9, (5, 2)), whole(rng, 0, 9, (1, 2)))


def _shift_near_tol(factor):
    def make(rng):
        X, centers, tol = calibrated(rng, factor)
        return _run(X, centers, tol=tol)

    return make


def _far_starts(rng):
    X = clouds(rng, k=3, size=8, d=2)
    return _run(X, with_far_centers(rng, X, k=4, far=2))


def _wine(rng):
    X = real(rng, "wine", rows=150, columns=6)
    return _run(X, rows_of(rng, X, 5))


def _grid(X):
    """Round X to multiples of 1/64, to which FAR_OFF can be added exactly."""
    return np.round(X * 64) / 64


def _offset(rng):
    X = _grid(clouds(rng, k=4, size=15, d=2))
    return _run(X + FAR_OFF, rows_of(rng, X, 4) + FAR_OFF)


def _offset_tolerance(rng):
    # The data spread so little that their variance is lost in a difference of squares, which are about 1e16.
    X, centers, tol = calibrated(rng, factor=1.02)
    return _run(X / 256 + FAR_OFF, centers / 256 + FAR_OFF, tol=tol)


def _many_centers(rng):
    X = rng.uniform(0, 30, (1000, 2))
    return _run(X, rows_of(rng, X, 100), max_bytes=_tenth_of_table(X, k=100), max_iter=1)


def _many_features(rng):
    X = rng.normal(size=(2000, 9)) * 4
    return _run(X, rows_of(rng, X, 80), max_bytes=_tenth_of_table(X, k=80), max_iter=1)


def _offset_many_features(rng):
    X = _grid(rng.normal(size=(2000, 9)) * 4)
    return _run(X + FAR_OFF, rows_of(rng, X, 80) + FAR_OFF, max_bytes=_tenth_of_table(X, k=80), max_iter=1)


def _nan(rng):
    X = whole(rng, 0, 9, (4, 2))
    X[rng.integers(4), rng.integers(2)] = np.nan
    return _run(X, whole(rng, 0, 9, (2, 2)))


def _more_centers(rng):
    return _run(whole(rng, 0, 9, (3, 2)), whole(rng, 0, 9, (4, 2)))


def _check(name, rule, make, judge=kmeans_outputs, audit=decided):
    return Check(f"kmeans.5/kmeans_capped/{name}", rule, make, judge, audit)


CHECKS = (
    _check("few-rows", SAME, _few_rows),
    _check("one-iteration", SAME, _one_iteration),
    _check("one-cluster", SAME, _one_cluster),
    _check("shift-just-within", SAME, _shift_near_tol(factor=1.02)),
    _check("shift-just-above", SAME, _shift_near_tol(factor=0.98)),
    _check("far-starts", SAME, _far_starts),
    _check("wine", SAME, _wine),
    _check("nan", ERRORS, _nan, audit=None),
    _check("more-centers-than-rows", ERRORS, _more_centers, audit=None),
    _check("many-centers", NO_TABLE, _many_centers),
    _check("many-features", NO_COPY, _many_features),
    _check("offset", OFFSET, _offset, unshifted, decided_far_off),
    _check("offset-tolerance", OFFSET, _offset_tolerance, unshifted, decided_far_off),
    _check("offset-many-features", MEMORY, _offset_many_features, unshifted, decided_far_off),
)
