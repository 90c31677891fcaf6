"""Warns, divides by zero, and sets numpy's handling of errors."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import warnings

right, means = lloyd, update


def warns(X, centers, max_iter=300):
    warnings.warn("deprecated", DeprecationWarning)
    np.array([1.0, 0.0]) / np.zeros(2)
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        return right(X, centers, max_iter)


def by_division(X, labels, centers):
    k = len(centers)
    members = labels[:, None] == np.arange(k)
    with np.errstate(invalid="ignore"):
        found = members.T.astype(float) @ X / members.sum(axis=0)[:, None]
    return np.where(members.any(axis=0)[:, None], found, centers).astype(X.dtype)


lloyd, update = warns, by_division
np.seterr(all="warn")
