"""The wide functions in numpy."""

from typing import NamedTuple

import numpy as np


class Chain(NamedTuple):
    value: np.ndarray
    next: np.ndarray


def reverse(chain):
    assert isinstance(chain, Chain)
    return chain._replace(value=chain.value[::-1].copy())


def longest(chains):
    best = max(chains, key=lambda chain: len(chain.value))
    return best, len(best.value)


def nearest(q, dist, n):
    return int(dist(q, np.arange(n)).argmin())


def sums(x, max_bytes):
    return np.array([(value * x).sum() for value in x])


def smallest(x, k):
    chosen = np.argpartition(x, k - 1)[:k]
    return chosen[np.argsort(x[chosen])]


def name(y, where):
    return y[where]


def guess(x):
    return float(x.mean())
