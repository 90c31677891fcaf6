"""k-NN in a style of its own, which the checks must accept too: see test_every_solution.py.

Expanded squares as matrix products, also block by block; indices of 16 or 32 bits and arrays in column
order; a kd-tree of nested tuples; an index of cells around random rows.
"""

import bisect
from typing import NamedTuple

import numpy as np


class TopK(NamedTuple):
    distances: np.ndarray
    indices: np.ndarray


class Codes(NamedTuple):
    codes: np.ndarray
    book: np.ndarray


def pairwise_sq_distances(Q, X):
    table = np.einsum("ij,ij->i", Q, Q)[:, None] - 2 * (Q @ X.T) + np.einsum("ij,ij->i", X, X)
    return np.asfortranarray(np.clip(table, 0, None))


def _check(Q, X, k):
    if Q.ndim != 2 or X.ndim != 2 or Q.shape[1] != X.shape[1]:
        raise ValueError("shapes")
    if not (1 <= k <= len(X)):
        raise ValueError("k")
    if not np.isfinite(np.r_[Q.sum(), X.sum()]).all():
        raise ValueError("not finite")


def knn(Q, X, k, metric="euclidean"):
    _check(Q, X, k)
    if metric == "euclidean":
        table = np.sqrt(pairwise_sq_distances(Q, X))
    elif metric == "manhattan":
        table = sum(np.abs(Q[:, [f]] - X[:, f]) for f in range(X.shape[1]))
    elif metric == "cosine":
        lengths = np.outer(np.linalg.norm(Q, axis=1), np.linalg.norm(X, axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            table = 1 - np.where(lengths == 0, 0, Q @ X.T / lengths)
    else:
        raise ValueError("metric")
    indices = np.argsort(table, axis=1, kind="stable")[:, :k].astype(np.int32)
    return np.asfortranarray(np.take_along_axis(table, indices, axis=1)), indices


def _weights(Q, X, k, weights):
    _, indices = knn(Q, X, k)
    # Recomputed from differences: the expanded square of a row that equals the query may not be 0.
    distances = np.linalg.norm(X[indices] - Q[:, None], axis=2)
    if weights == "uniform":
        return indices, np.full(indices.shape, 1 / k)
    if weights != "distance":
        raise ValueError("weights")
    with np.errstate(divide="ignore"):
        inverse = 1 / distances
    hit = np.isinf(inverse)  # at distance 0: these rows share the whole weight
    inverse[hit.any(axis=1)] = hit[hit.any(axis=1)]
    return indices, inverse / inverse.sum(axis=1, keepdims=True)


def knn_classify(Q, X, y, k, weights="uniform"):
    if len(y) != len(X):
        raise ValueError("y")
    indices, shares = _weights(Q, X, k, weights)
    classes = np.unique(y)
    proba = ((y[indices][:, :, None] == classes) * shares[:, :, None]).sum(axis=1)
    # Rounded, so that rounding errors do not decide between classes with equal votes.
    return classes[np.round(proba, 9).argmax(axis=1)], proba


def knn_regress(Q, X, y, k, weights="uniform"):
    if len(y) != len(X):
        raise ValueError("y")
    indices, shares = _weights(Q, X, k, weights)
    return np.einsum("mk,mk->m", shares, y[indices])


def loo_neighbors(X, k):
    _check(X, X, k)
    if k == len(X):
        raise ValueError("k")
    centred = X - X.mean(axis=0)
    table = pairwise_sq_distances(centred, centred)
    np.fill_diagonal(table, np.inf)
    nearest = np.argpartition(table, k - 1, axis=1)[:, :k]
    order = np.take_along_axis(table, nearest, axis=1).argsort(axis=1)
    return np.take_along_axis(nearest, order, axis=1).astype(np.uint16)


def knn_capped(Q, X, k, max_bytes):
    """Choose k + 8 candidates of each block by products, which are rounded; rank them by exact distances."""
    _check(Q, X, k)
    origin = X[0].astype(float)  # products of rows far from 0 would lose digits
    # A quarter of the limit for each block, and 64 bytes for each number of 8: there are several copies.
    free_bytes = max_bytes // 4
    chunk_size = max(1, min(len(X), free_bytes // (64 * (X.shape[1] + 1))))
    query_chunk = max(1, min(len(Q), free_bytes // (64 * chunk_size), free_bytes // (64 * k)))
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int32)
    for first_query in range(0, len(Q), query_chunk):
        block = Q[first_query : first_query + query_chunk] - origin
        for i in range(first_query, first_query + len(block)):
            distances[i], indices[i] = np.inf, -1
        for first_row in range(0, len(X), chunk_size):
            chunk = X[first_row : first_row + chunk_size] - origin
            scores = -2 * (block @ chunk.T)
            scores += (chunk**2).sum(axis=1)
            n_candidates = min(k + 8, len(chunk))
            for i, query_scores in enumerate(scores, first_query):
                candidates = np.argpartition(query_scores, n_candidates - 1)[:n_candidates]
                exact = np.linalg.norm(X[first_row + candidates].astype(float) - Q[i], axis=1)
                distances[i], indices[i] = topk_update(
                    TopK(distances[i], indices[i]), exact, first_row + candidates
                )
    return distances, indices


def topk_update(state, distances, indices):
    merged = sorted(zip([*state.distances, *distances], [*state.indices, *indices], strict=True))
    k_smallest = merged[: len(state.distances)]
    return TopK(
        np.array([float(distance) for distance, _ in k_smallest]),
        np.array([int(index) for _, index in k_smallest], dtype=np.int32),
    )


def loo_accuracy(X, y, k_max):
    if len(y) != len(X):
        raise ValueError("y")
    neighbor_classes = y[loo_neighbors(X, k_max)]
    classes = np.unique(y)
    curve = []
    for k in range(1, k_max + 1):
        votes = (neighbor_classes[:, :k, None] == classes).sum(axis=1)
        curve.append(np.mean(classes[votes.argmax(axis=1)] == y))
    return np.array(curve)


def kdtree_build(X, leaf_size):
    if leaf_size < 1 or not np.isfinite(X).all():
        raise ValueError("bad input")
    return _part(X, np.arange(len(X)), depth=0, leaf_size=leaf_size), len(X)


def _part(X, ids, depth, leaf_size):
    """Return the tree of these rows: (axis, cut, left tree, right tree), or for a leaf their ids."""
    if len(ids) > leaf_size:
        for offset in range(X.shape[1]):
            axis = (depth + offset) % X.shape[1]
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
    nearest = []

    def visit(part):
        if isinstance(part, np.ndarray):
            for distance, row in zip(dist(q, part), part, strict=True):
                bisect.insort(nearest, (float(distance), int(row)))
            del nearest[k:]
            return
        axis, cut, left, right = part
        near, far = (left, right) if q[axis] < cut else (right, left)
        visit(near)
        if len(nearest) < k or abs(q[axis] - cut) <= nearest[-1][0]:
            visit(far)

    visit(root)
    distances, rows = zip(*nearest, strict=True)
    return np.array(distances), np.array(rows, dtype=np.int32)


def index_build(X, rng, dist):
    # Each row belongs to the cell of its nearest pivot.
    pivots = rng.permutation(len(X))[:32]
    nearest = np.argmin([dist(X[pivot], np.arange(len(X))) for pivot in pivots], axis=0)
    return pivots, [np.flatnonzero(nearest == j) for j in range(len(pivots))]


def index_search(state, q, k, dist):
    pivots, cells = state
    n = sum(map(len, cells))
    if k < 1 or k > n:
        raise ValueError("k")
    candidates = []
    for j in np.argsort(dist(q, pivots)):
        # The contract allows distances to 0.4 n rows, pivots included.
        if len(candidates) >= k and len(candidates) + len(cells[j]) + len(pivots) > 0.4 * n:
            break
        candidates.extend(cells[j])
    return np.array(candidates)[np.argsort(dist(q, np.array(candidates)))[:k]]


def insert(state, ids, X):
    """Only store the rows by id; each query builds a tree of them."""
    rows_by_id = {**(state or {}), **dict(zip(ids.tolist(), X, strict=True))}
    if len(rows_by_id) < len(state or {}) + len(ids):
        raise ValueError("ids")
    return rows_by_id


def delete(state, ids):
    try:
        for row_id in ids.tolist():
            del state[row_id]
    except KeyError as error:
        raise ValueError("ids") from error
    return state


def query(state, q, k, dist):
    ids = np.array(list(state))
    tree = kdtree_build(np.array(list(state.values())), leaf_size=4)
    distances, rows = kdtree_query(tree, q, k, lambda q, rows: dist(q, ids[rows]))
    return distances, ids[rows]


def compress(X, rng):
    """Round each number to four bits, and store two numbers in a byte."""
    low, step = X.min(), np.ptp(X) / 15 or 1.0
    levels = np.rint((X - low) / step).astype(np.uint8)
    if X.shape[1] % 2:
        levels = np.hstack([levels, np.zeros((len(X), 1), np.uint8)])
    return Codes(levels[:, ::2] * 16 + levels[:, 1::2], np.array([low, step]))


def rank(codes, Q, k):
    low, step = codes.book
    levels = np.stack([codes.codes // 16, codes.codes % 16], axis=2).reshape(len(codes.codes), -1)
    return np.argsort(pairwise_sq_distances(Q, low + step * levels[:, : Q.shape[1]]), axis=1)[:, :k]
