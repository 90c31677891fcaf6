"""Rounds 6 and 7 in other ways: cutting planes with leaves, and cells around random rows."""

import bisect

import numpy as np


def kdtree_build(X, leaf_size):
    if leaf_size < 1 or not np.isfinite(X).all():
        raise ValueError("bad input")
    return _part(X, np.arange(len(X)), 0, leaf_size), len(X)


def _part(X, ids, depth, leaf_size):
    if len(ids) > leaf_size:
        for more in range(X.shape[1]):
            axis = (depth + more) % X.shape[1]
            cut = np.median(X[ids, axis])
            left = X[ids, axis] < cut
            if left.any():
                return (
                    axis,
                    cut,
                    _part(X, ids[left], depth + 1, leaf_size),
                    _part(X, ids[~left], depth + 1, leaf_size),
                )
            left = X[ids, axis] <= cut
            if not left.all():
                cut = X[ids[~left], axis].min()
                return (
                    axis,
                    cut,
                    _part(X, ids[left], depth + 1, leaf_size),
                    _part(X, ids[~left], depth + 1, leaf_size),
                )
    return ids


def kdtree_query(state, q, k, dist):
    root, n = state
    if k < 1 or k > n:
        raise ValueError("k")
    best = []

    def visit(part):
        if isinstance(part, np.ndarray):
            for distance, row in zip(dist(q, part), part, strict=True):
                bisect.insort(best, (float(distance), int(row)))
            del best[k:]
            return
        axis, cut, left, right = part
        near, far = (left, right) if q[axis] < cut else (right, left)
        visit(near)
        if len(best) < k or abs(q[axis] - cut) <= best[-1][0]:
            visit(far)

    visit(root)
    distances, rows = zip(*best, strict=True)
    return np.array(distances), np.array(rows, dtype=np.int32)


def index_build(X, rng, dist):
    pivots = rng.permutation(len(X))[:32]
    nearest = np.argmin([dist(X[pivot], np.arange(len(X))) for pivot in pivots], axis=0)
    return pivots, [np.flatnonzero(nearest == j) for j in range(len(pivots))]


def index_search(state, q, k, dist):
    pivots, cells = state
    n = sum(map(len, cells))
    if k < 1 or k > n:
        raise ValueError("k")
    found = []
    for j in np.argsort(dist(q, pivots)):
        if len(found) >= k and len(found) + len(cells[j]) + len(pivots) > 0.4 * n:
            break
        found.extend(cells[j])
    return np.array(found)[np.argsort(dist(q, np.array(found)))[:k]]
