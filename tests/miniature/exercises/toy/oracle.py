"""The oracle: the expected answers.

scikit-learn is imported so that tests can detect when this file is loaded.
"""

import numpy as np
import sklearn  # noqa: F401


def double(x):
    return 2 * x


def pair(x, k=2):
    return x.argmax(axis=1), np.zeros((k, x.shape[1]))


def total(x):
    if not x.size:
        raise ValueError
    return float(x.sum())


def draw(n, rng):
    return rng.random(n)


def root(x):  # a name without meaning: it counts, so that one function returns an int
    return int((x > 0).sum())
