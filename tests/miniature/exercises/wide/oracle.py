"""The oracle: the expected answers."""

import numpy as np


def reverse(chain):
    return type(chain)(chain.value[::-1].copy(), chain.next)


def longest(chains):
    best = max(chains, key=lambda chain: len(chain.value))
    return best, len(best.value)


def nearest(q, dist, n):
    return int(dist(q, np.arange(n)).argmin())


def sums(x, max_bytes):
    return x * x.sum()


def smallest(x, k):
    return np.argsort(x)[:k]


def name(y, where):
    return y[where]


def guess(x):
    return float(x.mean())
