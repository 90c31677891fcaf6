"""k nearest neighbours in plain Python: the definition, as loops. Faster versions must return the same.

numpy is only used for the arrays that come and go and for random numbers.
In shapes: m queries, n rows, d features, k neighbours, K classes.
"""

import bisect
import heapq
import math
import operator
from typing import NamedTuple

import numpy as np


class TopK(NamedTuple):
    """The k smallest distances so far, ascending, and their rows; unfilled places hold inf and -1."""

    distances: np.ndarray
    indices: np.ndarray


class Codes(NamedTuple):
    """Rows in few bytes: a line of codes per row, and the book, the numbers needed to decode them."""

    codes: np.ndarray
    book: np.ndarray


def pairwise_sq_distances(Q, X):
    """Square and add up the differences: (m, n). O(mnd) time."""
    rows = X.tolist()
    return np.array([[squared_distance(query, row) for row in rows] for query in Q.tolist()])


def knn(Q, X, k, metric="euclidean"):
    """Sort all rows by distance, for each query: distances, indices (m, k). O(mn(d + log n)), O(n) memory."""
    check_rows(Q, X)
    check_k(k, len(X))
    measure = metric_named(metric)
    rows = X.tolist()
    distances, indices = [], []
    for query in Q.tolist():
        ranked = sorted((measure(query, row), i) for i, row in enumerate(rows))[:k]
        distances.append([distance for distance, _ in ranked])
        indices.append([i for _, i in ranked])
    return np.array(distances), np.array(indices)


def squared_distance(a, b):
    """Add up squared differences."""
    total = 0.0
    for x, y in zip(a, b):
        total += (x - y) ** 2
    return total


def euclidean(a, b):
    """Return the root of the squared distance."""
    return math.sqrt(squared_distance(a, b))


def manhattan(a, b):
    """Add up absolute differences."""
    return sum(abs(x - y) for x, y in zip(a, b))


def cosine(a, b):
    """Return one minus the cosine; a row of zeros is at distance 1 from everything."""
    lengths = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))
    if lengths == 0:
        return 1.0
    return 1 - sum(x * y for x, y in zip(a, b)) / lengths


def metric_named(name):
    """Return the distance function of this name."""
    metrics = {"euclidean": euclidean, "manhattan": manhattan, "cosine": cosine}
    if name not in metrics:
        raise ValueError(f"no metric {name}")
    return metrics[name]


def knn_classify(Q, X, y, k, weights="uniform"):
    """Count the neighbours' votes for each class: labels (m,), proba (m, K).

    Costs as much as knn, plus O(m(k + K)).
    """
    check_length(X, y)
    distances, indices = knn(Q, X, k)
    targets = y.tolist()
    classes = sorted(set(targets))
    labels, proba = [], []
    for neighbor_distances, neighbors in zip(distances.tolist(), indices.tolist()):
        votes = dict.fromkeys(classes, 0.0)
        for vote, i in zip(vote_weights(neighbor_distances, weights), neighbors):
            votes[targets[i]] += vote
        total = sum(votes.values())
        shares = [votes[name] / total for name in classes]
        best = 0
        for j, share in enumerate(shares):
            if share > shares[best]:  # a tie leaves the smaller class in place
                best = j
        labels.append(classes[best])
        proba.append(shares)
    return np.array(labels), np.array(proba)


def knn_regress(Q, X, y, k, weights="uniform"):
    """Average the neighbours' values by their weights: (m,). Costs as much as knn, plus O(mk)."""
    check_length(X, y)
    distances, indices = knn(Q, X, k)
    targets = y.tolist()
    values = []
    for neighbor_distances, neighbors in zip(distances.tolist(), indices.tolist()):
        votes = vote_weights(neighbor_distances, weights)
        total = sum(vote * targets[i] for vote, i in zip(votes, neighbors))
        values.append(total / sum(votes))
    return np.array(values)


def vote_weights(distances, weights):
    """Weight neighbours by 1 / distance; if some are at distance 0, only they count, equally."""
    if weights == "uniform":
        return [1.0] * len(distances)
    if weights != "distance":
        raise ValueError(f"no weights {weights}")
    if 0 in distances:
        return [1.0 if distance == 0 else 0.0 for distance in distances]
    return [1 / distance for distance in distances]


def loo_neighbors(X, k):
    """Sort all other rows by distance, for each row: (n, k). O(n²(d + log n)) time, O(n) memory."""
    check_rows(X, X)
    check_k(k, len(X) - 1)
    rows = X.tolist()
    indices = []
    for i, row in enumerate(rows):
        others = ((squared_distance(row, other), j) for j, other in enumerate(rows) if j != i)
        indices.append([j for _, j in heapq.nsmallest(k, others)])
    return np.array(indices)


def knn_capped(Q, X, k, max_bytes):  # noqa: ARG001 - O(k) is within any cap
    """Read the rows one by one, keep a heap of the best k: distances, indices (m, k). O(mn(d + log k))."""
    check_k(k, len(X))
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=int)
    for i in range(len(Q)):
        query = Q[i].tolist()
        worst_first = []  # (-distance, row)
        for j in range(len(X)):
            distance = euclidean(query, X[j].tolist())
            if not math.isfinite(distance):
                raise ValueError("NaN or infinity in the input")
            if len(worst_first) < k:
                heapq.heappush(worst_first, (-distance, j))
            elif -distance > worst_first[0][0]:
                heapq.heapreplace(worst_first, (-distance, j))
        for place, (negative, j) in enumerate(sorted(worst_first, reverse=True)):
            distances[i, place], indices[i, place] = -negative, j
    return distances, indices


def topk_update(state, distances, indices):
    """Push the new distances through a heap of k: a TopK. O(k log k + c log k) for c new ones."""
    worst_first = [(-old, i) for old, i in zip(state.distances.tolist(), state.indices.tolist())]
    heapq.heapify(worst_first)
    for new, i in zip(distances.tolist(), indices.tolist()):
        if -new > worst_first[0][0]:
            heapq.heapreplace(worst_first, (-new, i))
    ranked = sorted(worst_first, reverse=True)
    return TopK(np.array([-negative for negative, _ in ranked]), np.array([i for _, i in ranked]))


def loo_accuracy(X, y, k_max):
    """Let one more neighbour vote at a time: (k_max,). O(n²(d + log n)), then O(n k_max K)."""
    check_length(X, y)
    targets = y.tolist()
    classes = sorted(set(targets))
    right = [0] * k_max
    for i, neighbors in enumerate(loo_neighbors(X, k_max).tolist()):
        votes = dict.fromkeys(classes, 0)
        for place, j in enumerate(neighbors):
            votes[targets[j]] += 1
            winner = max(classes, key=votes.get)  # the first of equal counts
            right[place] += winner == targets[i]
    return np.array([count / len(targets) for count in right])


def kdtree_build(X, leaf_size):
    """Cut at the median, axis by axis, with one row at each node: the root (see grow) and n. O(n log² n).

    So `leaf_size` is only checked.
    """
    check_rows(X, X)
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    rows = X.tolist()
    return grow(rows, list(range(len(rows))), 0), len(rows)


def grow(rows, ids, axis):
    """Return a node (row, axis, its value there, node of the smaller side, of the larger side), or None."""
    if not ids:
        return None
    ids = sorted(ids, key=lambda i: rows[i][axis])
    middle = len(ids) // 2
    following = (axis + 1) % len(rows[0])
    smaller, larger = grow(rows, ids[:middle], following), grow(rows, ids[middle + 1 :], following)
    return ids[middle], axis, rows[ids[middle]][axis], smaller, larger


def kdtree_query(state, q, k, dist):
    """Visit the side of q first, the other one only if the cut is nearer than the k-th row.

    Return distances and rows, (k,) each. O(log n) at low d.
    """
    root, n = state
    check_k(k, n)
    worst_first = []  # (-distance, row)
    visit(root, q, k, dist, worst_first)
    ranked = sorted((-negative, i) for negative, i in worst_first)
    return np.array([distance for distance, _ in ranked]), np.array([i for _, i in ranked])


def visit(node, q, k, dist, worst_first):
    """Search the rows of a node and below; keep the k nearest in the heap worst_first, (-distance, row)."""
    if node is None:
        return
    i, axis, value, smaller, larger = node
    distance = float(dist(q, np.array([i]))[0])
    if len(worst_first) < k:
        heapq.heappush(worst_first, (-distance, i))
    elif distance < -worst_first[0][0]:
        heapq.heapreplace(worst_first, (-distance, i))
    near, far = (smaller, larger) if q[axis] < value else (larger, smaller)
    visit(near, q, k, dist, worst_first)
    if len(worst_first) < k or abs(q[axis] - value) < -worst_first[0][0]:
        visit(far, q, k, dist, worst_first)


def index_build(X, rng, dist):  # noqa: ARG001 - dist is unused, since X is at hand here
    """Record on which side of 64 random planes through the mean each row lies: mean, planes, signatures.

    O(64 nd) time, O(n) memory.
    """
    rows = X.tolist()
    mean = [sum(column) / len(rows) for column in zip(*rows)]
    planes = rng.normal(size=(64, X.shape[1])).tolist()
    return mean, planes, [signature(row, mean, planes) for row in rows]


def signature(row, mean, planes):
    """Return an integer with one bit per plane: on which side of it the row lies."""
    centred = [value - middle for value, middle in zip(row, mean)]
    bits = 0
    for plane in planes:
        bits = 2 * bits + (sum(map(operator.mul, centred, plane)) > 0)
    return bits


def index_search(state, q, k, dist):
    """Compute the distances to the quarter of the rows whose signatures differ in the fewest bits: (k,).

    O(n) comparisons of signatures, and n / 4 distances at O(d) each.
    """
    mean, planes, signatures = state
    check_k(k, len(signatures))
    q_signature = signature(q.tolist(), mean, planes)
    differing = [(q_signature ^ other).bit_count() for other in signatures]
    ranked = sorted(range(len(signatures)), key=differing.__getitem__)
    candidates = ranked[: max(k, len(ranked) // 4)]
    distances = dist(q, np.array(candidates)).tolist()
    best = sorted(zip(distances, candidates))[:k]
    return np.array([i for _, i in best])


def insert(state, ids, X):
    """Keep all rows sorted by their first feature: a list of (value, id), and the values by id.

    O(n) for each row, as the list has to make room.
    """
    ranked, first_feature_of = state or ([], {})
    for row_id, row in zip(ids.tolist(), X.tolist()):
        if row_id in first_feature_of:
            raise ValueError(f"{row_id} is in the set already")
        first_feature_of[row_id] = row[0]
        bisect.insort(ranked, (row[0], row_id))
    return ranked, first_feature_of


def delete(state, ids):
    """Find the rows by bisection and remove them. Return the same state as insert.

    O(n) for each row, to close the gap.
    """
    ranked, first_feature_of = state
    for row_id in ids.tolist():
        if row_id not in first_feature_of:
            raise ValueError(f"{row_id} is not in the set")
        del ranked[bisect.bisect_left(ranked, (first_feature_of.pop(row_id), row_id))]
    return ranked, first_feature_of


def query(state, q, k, dist):
    """Search left and right of q until the first feature alone is too far: distances, ids (k,). O(n)."""
    ranked, _ = state
    check_k(k, len(ranked))
    right = bisect.bisect_left(ranked, (q[0], -1))
    left = right - 1
    worst_first = []  # (-distance, id)
    while left >= 0 or right < len(ranked):
        to_left = q[0] - ranked[left][0] if left >= 0 else math.inf
        to_right = ranked[right][0] - q[0] if right < len(ranked) else math.inf
        if len(worst_first) == k and min(to_left, to_right) >= -worst_first[0][0]:
            break
        if to_left < to_right:
            row_id, left = ranked[left][1], left - 1
        else:
            row_id, right = ranked[right][1], right + 1
        distance = float(dist(q, np.array([row_id]))[0])
        if len(worst_first) < k:
            heapq.heappush(worst_first, (-distance, row_id))
        elif distance < -worst_first[0][0]:
            heapq.heapreplace(worst_first, (-distance, row_id))
    best = sorted((-negative, row_id) for negative, row_id in worst_first)
    return np.array([distance for distance, _ in best]), np.array([row_id for _, row_id in best])


def compress(X, rng):  # noqa: ARG001 - nothing is drawn
    """Round each number to one of 256 steps of its column: codes (n, d), book (2, d). O(nd)."""
    columns = X.T.tolist()
    lows = [min(column) for column in columns]
    steps = [(max(column) - low) / 255 or 1.0 for column, low in zip(columns, lows)]
    codes = [
        [round((value - low) / step) for value, low, step in zip(row, lows, steps)] for row in X.tolist()
    ]
    return Codes(np.array(codes, dtype=np.uint8), np.array([lows, steps]))


def rank(codes, Q, k):
    """Decode all rows, then sort them by distance, for each query: (m, k). O(mn(d + log n))."""
    lows, steps = codes.book.tolist()
    rows = [[low + code * step for code, low, step in zip(row, lows, steps)] for row in codes.codes.tolist()]
    indices = []
    for query in Q.tolist():
        ranked = ((math.dist(query, row), i) for i, row in enumerate(rows))
        indices.append([i for _, i in heapq.nsmallest(k, ranked)])
    return np.array(indices)


def check_rows(Q, X):
    """Raise ValueError for different numbers of features, NaN or infinity."""
    if Q.shape[1] != X.shape[1]:
        raise ValueError(f"queries have {Q.shape[1]} features, rows have {X.shape[1]}")
    for array in (Q, X):
        for row in array.tolist():
            if not all(math.isfinite(value) for value in row):
                raise ValueError("NaN or infinity in the input")


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if k < 1 or k > n:
        raise ValueError(f"expected 1 to {n} neighbours, got {k}")


def check_length(X, y):
    """Raise ValueError unless there is a value of y for each row."""
    if len(X) != len(y):
        raise ValueError(f"{len(X)} rows, but {len(y)} values of y")
