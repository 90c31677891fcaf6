"""k nearest neighbours as the books say it, in plain numpy.

Cover and Hart, "Nearest neighbor pattern classification", IEEE Trans. Inf. Theory 13 (1967).
Dudani, "The distance-weighted k-nearest-neighbor rule", IEEE Trans. SMC 6 (1976).
Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected time",
ACM Trans. Math. Softw. 3 (1977).
Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE PAMI 33 (2011).

m queries, n rows, d features, k neighbours, K classes.
"""

import heapq
from typing import NamedTuple

import numpy as np


class TopK(NamedTuple):
    """The k smallest distances so far, ascending, and their rows; then inf and -1."""

    distances: np.ndarray
    indices: np.ndarray


def pairwise_sq_distances(Q, X):
    """Square and add up the differences: (m, n). O(mnd) time and memory."""
    return ((Q[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)


def knn(Q, X, k, metric="euclidean"):
    """Partition each line of the table, then sort k of it: two (m, k). O(mn(d + 1) + mk log k)."""
    check_rows(Q, X)
    check_k(k, len(X))
    distances = all_distances(Q, X, metric)  # (m, n)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]  # (m, k), in no order
    order = np.take_along_axis(distances, nearest, axis=1).argsort(axis=1)
    indices = np.take_along_axis(nearest, order, axis=1)
    return np.take_along_axis(distances, indices, axis=1), indices


def all_distances(Q, X, metric):
    """Measure from each query to each row: (m, n)."""
    if metric == "euclidean":
        return np.sqrt(pairwise_sq_distances(Q, X))
    if metric == "manhattan":
        return np.abs(Q[:, None, :] - X[None, :, :]).sum(axis=2)
    if metric == "cosine":
        return 1 - unit(Q) @ unit(X).T
    raise ValueError(f"unknown metric {metric!r}")


def unit(A):
    """Divide each row by its length; zeros stay zeros: as A."""
    lengths = np.sqrt((A**2).sum(axis=1, keepdims=True))
    return A / np.where(lengths > 0, lengths, 1)


def knn_classify(Q, X, y, k, weights="uniform"):
    """Count the neighbours' votes for each class: labels (m,), proba (m, K). As knn, and O(mk + mK)."""
    check_length(X, y)
    distances, indices = knn(Q, X, k)
    classes, codes = np.unique(y, return_inverse=True)
    votes = vote_weights(distances, weights)  # (m, k)
    proba = np.zeros((len(Q), len(classes)))
    lines = np.arange(len(Q))[:, None]
    np.add.at(proba, (lines, codes[indices]), votes)
    proba /= votes.sum(axis=1, keepdims=True)
    labels = classes[proba.argmax(axis=1)]  # the first of equal shares
    return labels, proba


def knn_regress(Q, X, y, k, weights="uniform"):
    """Average the neighbours' values by their weights: (m,). As knn, and O(mk)."""
    check_length(X, y)
    distances, indices = knn(Q, X, k)
    votes = vote_weights(distances, weights)  # (m, k)
    return (votes * y[indices]).sum(axis=1) / votes.sum(axis=1)


def vote_weights(distances, weights):
    """Weigh neighbours by 1 / distance; where some are at 0, they alone count, equally: (m, k)."""
    if weights == "uniform":
        return np.ones(distances.shape)
    if weights != "distance":
        raise ValueError(f"unknown weights {weights!r}")
    hits = distances == 0
    inverse = 1 / np.where(hits, 1, distances)
    return np.where(hits.any(axis=1, keepdims=True), hits, inverse)


def loo_neighbors(X, k):
    """Put each row infinitely far from itself, then search: (n, k). O(n²d) time and memory."""
    check_rows(X, X)
    check_k(k, len(X) - 1)
    distances = pairwise_sq_distances(X, X)  # (n, n)
    np.fill_diagonal(distances, np.inf)
    return distances.argsort(axis=1)[:, :k]


def knn_capped(Q, X, k, max_bytes):
    """Read chunks of rows that fit, keep the best k: two (m, k). O(mn(d + 1)) time, O(max_bytes)."""
    check_shapes(Q, X)
    check_k(k, len(X))
    d = X.shape[1]
    size = max(1, max_bytes // (48 * d + 112))  # a row takes 24 d + 56 bytes below: half of the memory
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=int)
    for i, query in enumerate(Q):
        best = TopK(np.full(k, np.inf), np.full(k, -1))
        for start in range(0, len(X), size):
            rows = X[start : start + size].astype(float)  # (size, d), uint8 would wrap around
            to_rows = np.sqrt(((rows - query) ** 2).sum(axis=1))  # (size,)
            if not np.isfinite(to_rows).all():
                raise ValueError("NaN or infinity in the input")
            best = topk_update(best, to_rows, np.arange(start, start + len(rows)))
        distances[i], indices[i] = best
    return distances, indices


def topk_update(state, distances, indices):
    """Partition old and new together, sort the k that stay: a TopK. O(k log k + c) for c new ones."""
    k = len(state.distances)
    both = np.append(state.distances, distances)  # (k + c,)
    names = np.append(state.indices, indices)
    stay = np.argpartition(both, k - 1)[:k]
    ascending = stay[both[stay].argsort()]
    return TopK(both[ascending], names[ascending])


def loo_accuracy(X, y, k_max):
    """Add up the votes neighbour by neighbour: (k_max,). O(n²d) for the search, then O(n k_max K)."""
    check_length(X, y)
    classes, own = np.unique(y, return_inverse=True)
    neighbors = loo_neighbors(X, k_max)  # (n, k_max)
    one_hot = own[neighbors][:, :, None] == np.arange(len(classes))  # (n, k_max, K)
    counts = one_hot.cumsum(axis=1)  # votes of the first 1, 2, ... neighbours
    winners = counts.argmax(axis=2)  # (n, k_max), the first of equal counts
    return (winners == own[:, None]).mean(axis=0)


def kdtree_build(X, leaf_size):
    """Split rows at the median of their widest axis: boxes, and how many rows. O(n log² n + nd log n)."""
    check_rows(X, X)
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    boxes = []
    add_box(boxes, X, np.arange(len(X)), leaf_size)
    return boxes, len(X)


def add_box(boxes, X, rows, leaf_size):
    """Append (low corner (d,), high corner (d,), rows, children) and all boxes below: its number."""
    low, high = X[rows].min(axis=0), X[rows].max(axis=0)
    number = len(boxes)
    boxes.append((low, high, rows, ()))
    if len(rows) > leaf_size:
        axis = (high - low).argmax()
        ranked = rows[X[rows, axis].argsort()]
        middle = len(ranked) // 2
        halves = ranked[:middle], ranked[middle:]
        boxes[number] = low, high, rows, tuple(add_box(boxes, X, half, leaf_size) for half in halves)
    return number


def kdtree_query(state, q, k, dist):
    """Open boxes in the order of their distance: two (k,). O(log n) at low d, O(n) at high d."""
    boxes, n = state
    check_k(k, n)
    best = []  # (-distance, row): the worst one on top
    todo = [(0.0, 0)]  # (least distance of the box, its number)
    while todo:
        bound, number = heapq.heappop(todo)
        if len(best) == k and bound >= -best[0][0]:
            break
        _, _, rows, children = boxes[number]
        for child in children:
            heapq.heappush(todo, (box_distance(boxes[child], q), child))
        if not children:
            for distance, row in zip(dist(q, rows), rows):
                keep_best(best, k, distance, row)
    ranked = sorted((-negative, row) for negative, row in best)
    return np.array([distance for distance, _ in ranked]), np.array([row for _, row in ranked])


def box_distance(box, q):
    """Measure to the nearest point of a box, 0 inside of it."""
    low, high, _, _ = box
    outside = np.maximum(low - q, 0) + np.maximum(q - high, 0)  # (d,)
    return np.sqrt((outside**2).sum())


def keep_best(best, k, distance, row):
    """Push a row onto a heap of the k best."""
    if len(best) < k:
        heapq.heappush(best, (-distance, row))
    elif distance < -best[0][0]:
        heapq.heapreplace(best, (-distance, row))


def index_build(X, rng, dist):
    """Group the rows into sqrt(n) cells by k-means: centres, rows of each, n. O(n^1.5 d) for each pass."""
    del dist  # X itself is at hand
    n_cells = max(1, int(np.sqrt(len(X))))
    centers = X[rng.choice(len(X), n_cells, replace=False)]  # (n_cells, d)
    for _ in range(4):
        cell = pairwise_sq_distances(X, centers).argmin(axis=1)  # (n,)
        for j in np.unique(cell):  # an empty cell keeps its centre
            centers[j] = X[cell == j].mean(axis=0)
    cell = pairwise_sq_distances(X, centers).argmin(axis=1)
    return centers, [np.flatnonzero(cell == j) for j in range(n_cells)], len(X)


def index_search(state, q, k, dist):
    """Rank the rows of the nearest cells, about a quarter of all: (k,). O(d sqrt(n) + dn / 4)."""
    centers, cells, n = state
    check_k(k, n)
    candidates = np.empty(0, dtype=int)
    for j in pairwise_sq_distances(q[None], centers)[0].argsort():
        if len(candidates) >= k and len(candidates) + len(cells[j]) > n / 4:
            break
        candidates = np.append(candidates, cells[j])
    distances = dist(q, candidates)
    return candidates[distances.argsort()[:k]]


def check_rows(Q, X):
    """Raise ValueError where queries and rows cannot be compared."""
    check_shapes(Q, X)
    if not (np.isfinite(Q).all() and np.isfinite(X).all()):
        raise ValueError("NaN or infinity in the input")


def check_shapes(Q, X):
    """Raise ValueError unless queries and rows have equally many features."""
    if Q.ndim != 2 or X.ndim != 2 or Q.shape[1] != X.shape[1]:
        raise ValueError(f"shapes do not match: Q {Q.shape}, X {X.shape}")


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} neighbours, got {k}")


def check_length(X, y):
    """Raise ValueError unless there is a value of y for each row."""
    if len(X) != len(y):
        raise ValueError(f"{len(X)} rows, but {len(y)} values of y")
