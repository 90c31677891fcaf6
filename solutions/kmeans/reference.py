"""k-means as the papers say it, in plain numpy.

Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982).
Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20 (1987).
Hamerly, "Making k-means even faster", SDM 2010.
Sculley, "Web-scale k-means clustering", WWW 2010.

n rows, d features, k clusters.
"""

from typing import NamedTuple

import numpy as np


class State(NamedTuple):
    """What is kept of a stream: centres (k, d), and the weight that each has taken (k,)."""

    centers: np.ndarray
    totals: np.ndarray


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time and memory."""
    return squared_distances(X, centers).argmin(axis=1)  # (n,)


def update(X, labels, centers):
    """Move each centre to the mean of its rows, or leave it if it has none: (k, d). O(n(k + d))."""
    new_centers = centers.copy()  # (k, d)
    for j in range(len(centers)):
        rows = X[labels == j]  # (size of cluster j, d)
        if len(rows) > 0:
            new_centers[j] = rows.mean(axis=0)
    return new_centers


def lloyd(X, centers, max_iter=300):
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) a round."""
    labels = assign(X, centers)  # (n,)
    for _ in range(max_iter):
        centers = update(X, labels, centers)  # (k, d)
        new_labels = assign(X, centers)
        if np.array_equal(new_labels, labels):
            break
        labels = new_labels
    return labels, centers


def relocate_empty(X, labels, centers):
    """Give each empty cluster a far row, then update: labels (n,), centers (k, d). O(n(log n + k + d))."""
    distances = ((X - centers[labels]) ** 2).sum(axis=1)  # (n,)
    sizes = np.bincount(labels, minlength=len(centers))  # (k,)
    empty = np.flatnonzero(sizes == 0)
    new_labels = labels.copy()
    if distances.max() > 0:
        farthest = np.argsort(-distances)  # (n,), farthest row first
        new_labels[farthest[: len(empty)]] = empty
    return new_labels, update(X, new_labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter. O(nkd) a round."""
    check_data(X, centers)
    threshold = tol * X.var(axis=0).mean()
    old_labels = None
    for n_iter in range(1, max_iter + 1):
        labels = assign(X, centers)  # (n,)
        new_centers = relocate_empty(X, labels, centers)[1]  # (k, d)
        shift = ((new_centers - centers) ** 2).sum()
        centers = new_centers
        if shift <= threshold or np.array_equal(labels, old_labels):
            break
        old_labels = labels
    labels = assign(X, centers)
    inertia = float(((X - centers[labels]) ** 2).sum())
    return labels, centers, inertia, n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    """Draw k rows by D² sampling, greedily if n_local_trials > 1: (k,). O(nkd n_local_trials)."""
    n = len(X)
    check_k(k, n)
    first = rng.integers(n)
    indices = [first]
    closest = squared_distances(X, X[[first]])[:, 0]  # (n,), to the nearest pick so far
    while len(indices) < k:
        total = closest.sum()
        if total == 0:  # every row equals a pick: any row will do
            indices.append(rng.integers(n))
            continue
        candidates = rng.choice(n, size=n_local_trials, p=closest / total)  # (n_local_trials,)
        to_candidates = squared_distances(X, X[candidates])  # (n, n_local_trials)
        after = np.minimum(closest[:, None], to_candidates)  # closest, if that candidate is picked
        best = after.sum(axis=0).argmin()
        indices.append(candidates[best])
        closest = after[:, best]
    return np.array(indices)


def best_of(X, k, n_init, rng):
    """Keep the best of n_init runs: labels (n,), centers (k, d), inertia. O(n_init) runs of kmeans."""
    runs = []
    for _ in range(n_init):
        start = X[kmeans_plusplus(X, k, rng)]  # (k, d)
        labels, centers, inertia, _ = kmeans(X, start)
        runs.append((labels, centers, inertia))
    return min(runs, key=lambda run: run[2])


def silhouette(X, labels):
    """Compare the mean distances to the own and to the next cluster: (n,). O(n²d) time and memory."""
    n = len(X)
    clusters, own, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(clusters) <= n - 1:
        raise ValueError(f"expected 2 to {n - 1} clusters, got {len(clusters)}")
    distances = np.sqrt(squared_distances(X, X))  # (n, n)
    sums = np.stack([distances[:, own == j].sum(axis=1) for j in range(len(clusters))], axis=1)  # (n, k)
    rows = np.arange(n)
    others = sizes[own] - 1  # (n,), rows of the own cluster besides this one
    a = sums[rows, own] / np.maximum(others, 1)  # (n,)
    means = sums / sizes  # (n, k)
    means[rows, own] = np.inf
    b = means.min(axis=1)  # (n,)
    larger = np.maximum(a, b)
    defined = (others > 0) & (larger > 0)
    return np.where(defined, (b - a) / np.where(defined, larger, 1), 0.0)


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    """Run `kmeans` on a few rows at a time, with differences only: O(n + kd) memory, O(nkd) a round."""
    check_data(X, centers)
    n, (k, d) = len(X), centers.shape
    free = max_bytes - 8 * (4 * n + 4 * k * d) - 8192  # besides arrays like labels, or like centers
    size = max(1, free // (24 * k * d))  # rows of a chunk; squared_distances takes two temporaries
    middle = X.mean(axis=0)  # (d,)
    threshold = tol * sum(((X[rows] - middle) ** 2).sum() for rows in chunks(n, size)) / (n * d)
    labels, old_labels = np.empty(n, dtype=int), None
    for n_iter in range(1, max_iter + 1):
        distances = assign_chunks(X, centers, size, labels)  # (n,)
        new_centers = update_chunks(X, fill_empty(labels, distances, k), centers, size)  # (k, d)
        shift = ((new_centers - centers) ** 2).sum()
        centers = new_centers
        if shift <= threshold or np.array_equal(labels, old_labels):
            break
        old_labels = labels.copy()
    distances = assign_chunks(X, centers, size, labels)
    return labels, centers, float(distances.sum()), n_iter


def hamerly(X, centers, max_iter, dist):
    """Run `kmeans` at tol=0 with two bounds a row: labels (n,), centers (k, d), n_iter. O(n + k²) memory.

    upper bounds the distance to the own centre, lower that to all others. While upper is below lower,
    or below half the way from the own centre to the next one, the label cannot change.
    """
    check_data(X, centers)
    labels, upper, lower = nearest_two(centers, np.arange(len(X)), dist)  # (n,) each
    old_labels = None
    for n_iter in range(1, max_iter + 1):
        if n_iter > 1:
            old_labels = labels.copy()
            bound = np.maximum(lower, half_gaps(centers)[labels])  # (n,)
            rows = np.flatnonzero(upper >= bound)  # these may change
            for j in np.unique(labels[rows]):
                mine = rows[labels[rows] == j]
                upper[mine] = dist(centers[j], mine)
            rows = rows[upper[rows] >= bound[rows]]  # and these still may
            labels[rows], upper[rows], lower[rows] = nearest_two(centers, rows, dist)
        new_centers = update(X, labels, centers)  # (k, d)
        shifts = np.sqrt(((new_centers - centers) ** 2).sum(axis=1))  # (k,)
        centers = new_centers
        if np.array_equal(labels, old_labels):
            break
        upper += shifts[labels]
        lower -= largest_other(shifts)[labels]
    return labels, centers, n_iter


def partial_fit(state, X_batch, weights):
    """Take in a batch of b rows: a state of centers (k, d) and totals (k,). O(bkd) time and memory."""
    check_weighted(X_batch, state.centers, weights)
    labels = assign(X_batch, state.centers)  # (b,)
    added, sums = weighted_sums(X_batch, labels, weights, len(state.centers))  # (k,), (k, d)
    totals = state.totals + added
    centers = state.centers.copy()
    some = added > 0
    centers[some] = (centers * state.totals[:, None] + sums)[some] / totals[some, None]
    return State(centers, totals)


def partial(X_chunk, centers, weights):
    """Sum up a chunk of b rows: weights (k,), weighted differences to the centre (k, d), cost. O(bkd)."""
    check_weighted(X_chunk, centers, weights)
    labels = assign(X_chunk, centers)  # (b,)
    differences = X_chunk - centers[labels]  # (b, d)
    totals, sums = weighted_sums(differences, labels, weights, len(centers))  # (k,), (k, d)
    cost = (weights * (differences**2).sum(axis=1)).sum()
    return totals, sums, cost


def merge(a, b):
    """Add up the stats of two sets of rows, number by number. O(kd)."""
    return tuple(one + other for one, other in zip(a, b))


def finish(stats, centers):
    """Move each centre by its mean difference: centers (k, d), inertia of the old ones. O(kd)."""
    totals, sums, cost = stats
    new_centers = centers.copy()
    some = totals > 0
    new_centers[some] += sums[some] / totals[some, None]
    return new_centers, float(cost)


def squared_distances(A, B):
    """Squared Euclidean distances by direct differences: (len(A), len(B))."""
    return ((A[:, None, :] - B[None, :, :]) ** 2).sum(axis=2)


def chunks(n, size):
    """Cut n rows into slices of at most `size` rows."""
    return (slice(start, start + size) for start in range(0, n, size))


def assign_chunks(X, centers, size, labels):
    """Write the labels; give the squared distances to the nearest centres (n,)."""
    distances = np.empty(len(X))
    for rows in chunks(len(X), size):
        to_centers = squared_distances(X[rows], centers)  # (rows of the chunk, k)
        labels[rows] = to_centers.argmin(axis=1)
        distances[rows] = to_centers.min(axis=1)
    return distances


def fill_empty(labels, distances, k):
    """Give each empty cluster the farthest row left: (n,)."""
    empty = np.flatnonzero(np.bincount(labels, minlength=k) == 0)
    if len(empty) == 0 or distances.max() == 0:
        return labels
    moved = labels.copy()
    moved[np.argsort(-distances)[: len(empty)]] = empty
    return moved


def update_chunks(X, labels, centers, size):
    """Move each centre by the mean difference of its rows to it: (k, d). No sum of large numbers."""
    sizes = np.bincount(labels, minlength=len(centers))  # (k,)
    sums = np.zeros(centers.shape)
    for rows in chunks(len(X), size):
        np.add.at(sums, labels[rows], X[rows] - centers[labels[rows]])
    return centers + sums / np.maximum(sizes, 1)[:, None]


def nearest_two(centers, rows, dist):
    """Ask for all distances of some rows: the nearest centre, how far it is, how far the second is."""
    distances = np.stack([dist(center, rows) for center in centers], axis=1)  # (len(rows), k)
    labels = distances.argmin(axis=1)
    upper = distances[np.arange(len(rows)), labels]
    distances[np.arange(len(rows)), labels] = np.inf
    return labels, upper, distances.min(axis=1)


def half_gaps(centers):
    """Half the distance from each centre to the next one, infinite for a lone centre: (k,)."""
    gaps = np.sqrt(squared_distances(centers, centers))  # (k, k)
    np.fill_diagonal(gaps, np.inf)
    return gaps.min(axis=1) / 2


def largest_other(shifts):
    """For each centre, the largest shift among the other ones: (k,)."""
    first = shifts.argmax()
    others = np.delete(shifts, first)
    return np.where(np.arange(len(shifts)) == first, others.max(initial=0), shifts[first])


def weighted_sums(rows, labels, weights, k):
    """Weight and weighted sum of the rows of each cluster: (k,), (k, d)."""
    totals, sums = np.zeros(k), np.zeros((k, rows.shape[1]))
    np.add.at(totals, labels, weights)
    np.add.at(sums, labels, weights[:, None] * rows)
    return totals, sums


def check_weighted(X, centers, weights):
    """Raise ValueError where a batch or chunk cannot be taken in."""
    check_shapes(X, centers)
    if weights.shape != (len(X),):
        raise ValueError(f"shapes do not match: X {X.shape}, weights {weights.shape}")
    if not (np.isfinite(X).all() and np.isfinite(centers).all() and np.isfinite(weights).all()):
        raise ValueError("NaN or infinity in the batch")
    if (weights < 0).any():
        raise ValueError("a weight is negative")


def check_data(X, centers):
    """Raise ValueError where kmeans cannot run."""
    check_shapes(X, centers)
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("NaN or infinity in the input")
    check_k(len(centers), len(X))


def check_shapes(X, centers):
    """Raise ValueError unless both have two axes and as many features."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, centers {centers.shape}")


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} clusters, got {k}")
