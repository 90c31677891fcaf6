"""k-means in plain Python: the definition, written as loops. Faster versions must give the same results.

numpy is only used for the arrays that come and go and for random numbers. Centres are lists of numbers
(`places`) inside functions.

In shapes: n rows, d features, k clusters. Sources: Lloyd (1982), Hamerly (2010), with full titles in
reference.py.
"""

import math
from typing import NamedTuple

import numpy as np


class State(NamedTuple):
    """The state of a stream: centres (k, d), and for each the total weight of its rows so far (k,)."""

    centers: np.ndarray
    totals: np.ndarray


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
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) an iteration."""
    labels = None
    for _ in range(max_iter):
        new_labels = assign(X, centers)
        if labels is not None and new_labels.tolist() == labels.tolist():
            break
        labels = new_labels
        centers = update(X, labels, centers)
    return labels, centers


def relocate_empty(X, labels, centers):
    """Move the farthest row into each of e empty clusters: labels (n,), centers (k, d). O(ne + nd + kd)."""
    rows, places, given_labels = X.tolist(), centers.tolist(), labels.tolist()
    distances = [squared_distance(row, places[label]) for row, label in zip(rows, given_labels)]
    moved = list(given_labels)
    if max(distances) > 0:
        for j in range(len(places)):
            if j in given_labels:
                continue
            farthest = distances.index(max(distances))
            moved[farthest] = j
            distances[farthest] = -1.0  # a row moves only once
    new_labels = np.array(moved)
    return new_labels, update(X, new_labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter. O(nkd) an iteration."""
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
    """Compare mean distances to the own and to the nearest other cluster: (n,). O(n²d) time, O(n) memory."""
    rows, given_labels = X.tolist(), labels.tolist()
    if not 2 <= len(set(given_labels)) <= len(rows) - 1:
        raise ValueError(f"expected 2 to {len(rows) - 1} clusters, got {len(set(given_labels))}")
    sizes = {other_label: given_labels.count(other_label) for other_label in set(given_labels)}
    values = []
    for row, label in zip(rows, given_labels):
        sums = dict.fromkeys(sizes, 0.0)
        for other, other_label in zip(rows, given_labels):
            sums[other_label] += math.sqrt(squared_distance(row, other))
        if sizes[label] == 1:
            values.append(0.0)
            continue
        a = sums[label] / (sizes[label] - 1)
        b = min(sums[other_label] / sizes[other_label] for other_label in sizes if other_label != label)
        values.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return np.array(values)


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):  # noqa: ARG001 - one row at a time anyway
    """Run `kmeans` row by row: O(n + kd) memory, O(nkd) an iteration."""
    check_data(X, centers)
    threshold = tol * mean_variance_by_row(X)
    places = centers.tolist()
    # Labels and distances are arrays, since a list of floats takes four times the memory.
    labels, old_labels = np.empty(len(X), dtype=int), None
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        distances = assign_by_row(X, places, labels)
        moved = fill_empty(labels, distances, len(places))
        new_places = move_by_row(X, moved, places)
        shift = sum(squared_distance(a, b) for a, b in zip(new_places, places))
        places = new_places
        if shift <= threshold or (old_labels is not None and all(a == b for a, b in zip(labels, old_labels))):
            break
        old_labels = labels.copy()
    inertia = math.fsum(assign_by_row(X, places, labels))
    return labels, np.array(places), inertia, n_iter


def hamerly(X, centers, max_iter, dist):
    """Run `kmeans` at tol=0 with two bounds a row: labels (n,), centers (k, d), n_iter.

    For each row, `upper` is at least the distance to its own centre, and `lower` at most the distance to
    every other centre.
    """
    check_data(X, centers)
    n, k = len(X), len(centers)
    bounds = labels, upper, lower = [0] * n, [math.inf] * n, [math.inf] * n
    nearest_two(centers, list(range(n)), dist, bounds)
    old_labels = None
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        if n_iter > 1:
            old_labels = list(labels)
            halves = half_gaps(centers.tolist())
            doubtful = [i for i in range(n) if upper[i] >= max(lower[i], halves[labels[i]])]
            for j in range(k):
                mine = [i for i in doubtful if labels[i] == j]
                if mine:
                    for i, distance in zip(mine, dist(centers[j], np.array(mine)).tolist()):
                        upper[i] = distance
            doubtful = [i for i in doubtful if upper[i] >= max(lower[i], halves[labels[i]])]
            nearest_two(centers, doubtful, dist, bounds)
        new_centers = update(X, np.array(labels), centers)
        shifts = [math.dist(a, b) for a, b in zip(new_centers.tolist(), centers.tolist())]
        centers = new_centers
        if labels == old_labels:
            break
        for i, label in enumerate(labels):
            upper[i] += shifts[label]
            lower[i] -= max(shifts[:label] + shifts[label + 1 :], default=0.0)
    return np.array(labels), centers, n_iter


def partial_fit(state, X_batch, weights):
    """Add a batch of b rows: a state of centers (k, d) and totals (k,). O(bkd)."""
    check_weighted(X_batch, state.centers, weights)
    places, totals = state.centers.tolist(), state.totals.tolist()
    added, sums, _ = weigh(X_batch, state.centers, weights)
    for j, more in enumerate(added):
        if more > 0:
            new_total = totals[j] + more
            for f, value in enumerate(sums[j]):
                places[j][f] = (places[j][f] * totals[j] + value) / new_total
            totals[j] = new_total
    return State(np.array(places), np.array(totals))


def partial(X_chunk, centers, weights):
    """Sum up a chunk of b rows: lists of weights (k) and weighted sums (k, d) by cluster, cost. O(bkd)."""
    check_weighted(X_chunk, centers, weights)
    return weigh(X_chunk, centers, weights)


def merge(a, b):
    """Add up the stats of two sets of rows, number by number. O(kd)."""
    (totals_a, sums_a, cost_a), (totals_b, sums_b, cost_b) = a, b
    totals = [x + y for x, y in zip(totals_a, totals_b)]
    sums = [[x + y for x, y in zip(row_a, row_b)] for row_a, row_b in zip(sums_a, sums_b)]
    return totals, sums, cost_a + cost_b


def finish(stats, centers):
    """Divide the sums by the weights: centers (k, d), inertia of the old ones. O(kd)."""
    totals, sums, cost = stats
    places = centers.tolist()
    for j, total in enumerate(totals):
        if total > 0:
            places[j] = [value / total for value in sums[j]]
    return np.array(places), cost


def coreset(X, m, rng):
    """Draw m rows, half uniformly and half by their influence: points (m, d), weights (m,). O(nd + nm).

    The influence of a row is its share in the sum of squared distances to the mean.
    """
    rows = X.tolist()
    if m < 1 or not rows or not all(math.isfinite(value) for row in rows for value in row):
        raise ValueError("expected m >= 1, and rows without NaN or infinity")
    n = len(rows)
    middle = [sum(column) / n for column in zip(*rows)]
    squared = [squared_distance(row, middle) for row in rows]
    total = sum(squared)
    chances = [(1 / n + square / total) / 2 if total > 0 else 1 / n for square in squared]
    drawn = [draw(chances, rng) for _ in range(m)]
    return np.array([rows[i] for i in drawn]), np.array([1 / (m * chances[i]) for i in drawn])


def cluster_huge(X, k, rng, dist):
    """Run k-means on a sample of 10 * k rows, from a k-means++ start: centers (k, d).

    The start takes 10 * k² distances, and up to 5 iterations of `hamerly` add a few.
    """
    sample = rng.choice(len(X), min(len(X), 10 * k), replace=False)
    picked = [int(rng.integers(len(sample)))]
    closest = [distance**2 for distance in dist(X[sample[picked[0]]], sample).tolist()]
    while len(picked) < k:
        picked.append(draw(closest, rng))
        distances = dist(X[sample[picked[-1]]], sample).tolist()
        closest = [min(old, distance**2) for old, distance in zip(closest, distances)]
    rows = X[sample]
    _, centers, _ = hamerly(rows, rows[picked], max_iter=5, dist=lambda q, ids: dist(q, sample[ids]))
    return centers


def assign_by_row(X, places, labels):
    """Write the labels; return the squared distances to the nearest centres (n,)."""
    distances = np.empty(len(X))
    for i in range(len(X)):
        row = X[i].tolist()
        best, best_distance = 0, math.inf
        for j, place in enumerate(places):
            distance = math.dist(row, place)
            if distance < best_distance:
                best, best_distance = j, distance
        labels[i] = best
        distances[i] = squared_distance(row, places[best])
    return distances


def fill_empty(labels, distances, k):
    """Move the farthest row that has not moved yet into each empty cluster: labels (n,)."""
    full = set(map(int, labels))
    if len(full) == k or max(distances) == 0:
        return labels
    moved = labels.copy()
    for j in range(k):
        if j not in full:
            farthest = max(range(len(distances)), key=lambda i: distances[i])
            moved[farthest] = j
            distances[farthest] = -1.0  # a row moves only once
    return moved


def move_by_row(X, labels, places):
    """Move each centre by the mean difference of its rows to it: lists (k, d).

    Sums of differences lose no digits far from the origin.
    """
    sums = [[0.0] * len(place) for place in places]
    sizes = [0] * len(places)
    for i in range(len(X)):
        label = int(labels[i])
        sizes[label] += 1
        for feature, (value, middle) in enumerate(zip(X[i].tolist(), places[label])):
            sums[label][feature] += value - middle
    return [
        [middle + total / max(size, 1) for middle, total in zip(place, totals)]
        for place, totals, size in zip(places, sums, sizes)
    ]


def mean_variance_by_row(X):
    """Return the mean of the columns' variances (ddof=0), in two passes over the rows."""
    n, d = X.shape
    middle = [0.0] * d
    for i in range(n):
        middle = [total + value / n for total, value in zip(middle, X[i].tolist())]
    return sum(squared_distance(X[i].tolist(), middle) for i in range(n)) / (n * d)


def nearest_two(centers, rows, dist, bounds):
    """Compute all distances of some rows; write their labels, smallest and second-smallest distances.

    bounds: the lists labels, upper and lower (n) to write to.
    """
    labels, upper, lower = bounds
    if not rows:
        return
    for i in rows:
        upper[i] = lower[i] = math.inf
    for j, center in enumerate(centers):
        for i, distance in zip(rows, dist(center, np.array(rows)).tolist()):
            if distance < upper[i]:
                labels[i], upper[i], lower[i] = j, distance, upper[i]
            elif distance < lower[i]:
                lower[i] = distance


def half_gaps(places):
    """Return half the distance from each centre to the nearest other one, infinite for a lone centre."""
    halves = []
    for j, place in enumerate(places):
        others = places[:j] + places[j + 1 :]
        halves.append(min((math.dist(place, other) for other in others), default=math.inf) / 2)
    return halves


def weigh(X, centers, weights):
    """Return the weight and weighted sum of the rows of each centre, and the total cost."""
    totals = [0.0] * len(centers)
    sums = [[0.0] * centers.shape[1] for _ in centers]
    cost = 0.0
    places = centers.tolist()
    for row, label, weight in zip(X.tolist(), assign(X, centers).tolist(), weights.tolist()):
        totals[label] += weight
        cost += weight * squared_distance(row, places[label])
        for feature, value in enumerate(row):
            sums[label][feature] += weight * value
    return totals, sums, cost


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
    """Return the mean of the columns' variances (ddof=0)."""
    variances = []
    for column in zip(*rows):
        mean = sum(column) / len(column)
        variances.append(sum((value - mean) ** 2 for value in column) / len(column))
    return sum(variances) / len(variances)


def check_data(X, centers):
    """Raise ValueError for shapes that do not match, NaN or infinity, or more centres than rows."""
    check_shapes(X, centers)
    if not all(math.isfinite(value) for part in (X, centers) for value in part.flat):
        raise ValueError("NaN or infinity in the input")
    check_k(len(centers), len(X))


def check_weighted(X, centers, weights):
    """Raise ValueError for shapes that do not match, NaN or infinity, or negative weights."""
    check_shapes(X, centers)
    if weights.shape != (len(X),):
        raise ValueError(f"shapes do not match: X {X.shape}, weights {weights.shape}")
    if not all(math.isfinite(value) for part in (X, centers, weights) for value in part.flat):
        raise ValueError("NaN or infinity in the batch")
    if any(weight < 0 for weight in weights.tolist()):
        raise ValueError("a weight is negative")


def check_shapes(X, centers):
    """Raise ValueError unless both arrays have two axes and the same number of features."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, centers {centers.shape}")


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} clusters, got {k}")
