"""k-means in plain Python: what one writes first, and what the faster versions must equal.

numpy reads and returns the arrays and draws the random numbers; all else is loops.
n rows, d features, k clusters. Source: Lloyd (1982), as in reference.py.
"""

import math

import numpy as np


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time."""
    rows, places = X.tolist(), centers.tolist()
    labels = []
    for row in rows:
        best, best_distance = 0, math.inf
        for j, place in enumerate(places):
            distance = squared_distance(row, place)
            if distance < best_distance:
                best, best_distance = j, distance
        labels.append(best)
    return np.array(labels)


def update(X, labels, centers):
    """Move each centre to the mean of its rows, or leave it if it has none: (k, d). O(nd + kd)."""
    n_features = X.shape[1]
    sums = [[0.0] * n_features for _ in centers]
    sizes = [0] * len(centers)
    for row, label in zip(X.tolist(), labels.tolist()):
        sizes[label] += 1
        for feature, value in enumerate(row):
            sums[label][feature] += value
    new_centers = centers.tolist()
    for j, size in enumerate(sizes):
        if size > 0:
            new_centers[j] = [total / size for total in sums[j]]
    return np.array(new_centers)


def lloyd(X, centers, max_iter=300):
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) a round."""
    labels = None
    for _ in range(max_iter):
        new_labels = assign(X, centers)
        if labels is not None and new_labels.tolist() == labels.tolist():
            break
        labels = new_labels
        centers = update(X, labels, centers)
    return labels, centers


def relocate_empty(X, labels, centers):
    """Give each empty cluster the farthest row left: labels (n,), centers (k, d). O(ne + nd + kd)."""
    rows, places, given = X.tolist(), centers.tolist(), labels.tolist()
    distances = [squared_distance(row, places[label]) for row, label in zip(rows, given)]
    moved = list(given)
    if max(distances) > 0:
        for j in range(len(places)):  # e empty clusters, a pass over the rows for each
            if j in given:
                continue
            farthest = distances.index(max(distances))
            moved[farthest] = j
            distances[farthest] = -1.0  # moves once
    new_labels = np.array(moved)
    return new_labels, update(X, new_labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter. O(nkd) a round."""
    check_data(X, centers)
    threshold = tol * mean_variance(X.tolist())
    old_labels = None
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        labels = assign(X, centers).tolist()
        _, new_centers = relocate_empty(X, np.array(labels), centers)
        shift = sum(squared_distance(a, b) for a, b in zip(new_centers.tolist(), centers.tolist()))
        centers = new_centers
        if labels == old_labels or shift <= threshold:
            break
        old_labels = labels
    final = assign(X, centers)
    places = centers.tolist()
    inertia = sum(squared_distance(row, places[label]) for row, label in zip(X.tolist(), final.tolist()))
    return final, centers, inertia, n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    """Draw k rows by D² sampling, greedily if n_local_trials > 1: (k,). O(nkd n_local_trials)."""
    check_k(k, len(X))
    rows = X.tolist()
    picked = [int(rng.integers(len(rows)))]
    closest = [squared_distance(row, rows[picked[0]]) for row in rows]
    while len(picked) < k:
        best, best_closest = None, None
        for _ in range(n_local_trials):
            candidate = draw(closest, rng)
            after = [min(old, squared_distance(row, rows[candidate])) for old, row in zip(closest, rows)]
            if best_closest is None or sum(after) < sum(best_closest):
                best, best_closest = candidate, after
        picked.append(best)
        closest = best_closest
    return np.array(picked)


def best_of(X, k, n_init, rng):
    """Keep the best of n_init runs: labels (n,), centers (k, d), inertia. O(n_init) runs of kmeans."""
    best = None
    for _ in range(n_init):
        labels, centers, inertia, _ = kmeans(X, X[kmeans_plusplus(X, k, rng)])
        if best is None or inertia < best[2]:
            best = labels, centers, inertia
    return best


def silhouette(X, labels):
    """Compare the mean distances to the own and to the next cluster: (n,). O(n²d) time, O(n) memory."""
    rows, given = X.tolist(), labels.tolist()
    if not 2 <= len(set(given)) <= len(rows) - 1:
        raise ValueError(f"expected 2 to {len(rows) - 1} clusters, got {len(set(given))}")
    sizes = {label: given.count(label) for label in set(given)}
    values = []
    for row, own in zip(rows, given):
        sums = dict.fromkeys(sizes, 0.0)
        for other, label in zip(rows, given):
            sums[label] += math.sqrt(squared_distance(row, other))
        if sizes[own] == 1:
            values.append(0.0)
            continue
        a = sums[own] / (sizes[own] - 1)
        b = min(sums[label] / sizes[label] for label in sizes if label != own)
        values.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return np.array(values)


def draw(weights, rng):
    """Draw an index with probability proportional to its weight; any index if all weights are 0."""
    target = rng.random() * sum(weights)
    last = int(rng.integers(len(weights)))
    for index, weight in enumerate(weights):
        if weight > 0:
            last = index
            target -= weight
            if target < 0:
                break
    return last


def squared_distance(a, b):
    """Sum the squared differences of two rows."""
    return sum((x - y) ** 2 for x, y in zip(a, b))


def mean_variance(rows):
    """Average the variances of the columns, each divided by n."""
    variances = []
    for column in zip(*rows):
        mean = sum(column) / len(column)
        variances.append(sum((value - mean) ** 2 for value in column) / len(column))
    return sum(variances) / len(variances)


def check_data(X, centers):
    """Raise ValueError where kmeans cannot run."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, centers {centers.shape}")
    if not all(math.isfinite(value) for row in [*X.tolist(), *centers.tolist()] for value in row):
        raise ValueError("NaN or infinity in the input")
    check_k(len(centers), len(X))


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} clusters, got {k}")
