"""Yields the result of each iteration from a generator, and takes the last."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

from collections import deque
from itertools import islice


def steps(X, centers):
    labels = assign(X, centers)
    while True:
        centers = update(X, labels, centers)
        before, labels = labels, assign(X, centers)
        yield labels, centers
        if (before == labels).all():
            return


def last(X, centers, max_iter=300):
    return deque(islice(steps(X, centers), max_iter), maxlen=1).pop()


lloyd = last
