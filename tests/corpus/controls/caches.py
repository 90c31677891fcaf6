"""Caches what it has computed with functools, and has constants at the top."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

from functools import cache, lru_cache, partial, wraps

EPS = np.finfo(float).eps
nearest = assign


@lru_cache(maxsize=None)
def shapes(n, k):
    return np.empty((n, k))


@cache
def zero(dtype):
    return np.zeros(1, dtype)


def timed(function):
    @wraps(function)
    def inner(*arguments, **options):
        return function(*arguments, **options)

    return inner


@timed
def kept(X, centers):
    assert shapes(len(X), len(centers)).shape and zero(X.dtype.str).size
    return nearest(X, centers)


assign = partial(kept)
