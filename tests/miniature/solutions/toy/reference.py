"""The toy functions in numpy. The name of `root` has no meaning: it counts."""

import numpy as np


def double(x):
    return 2 * x


def pair(x, k=2):
    return np.argmax(x, axis=1), np.zeros((k, x.shape[1]))


def total(x):
    if not len(x):
        raise ValueError("nothing to sum")
    return x.sum()


def draw(n, rng):
    return rng.random(n)


def root(x):
    return np.count_nonzero(x > 0)
