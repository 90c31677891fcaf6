"""k-means as the papers say it, in plain numpy.

Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982).
Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20 (1987).

n rows, d features, k clusters.
"""

import numpy as np


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


def squared_distances(A, B):
    """Squared Euclidean distances by direct differences: (len(A), len(B))."""
    return ((A[:, None, :] - B[None, :, :]) ** 2).sum(axis=2)


def check_data(X, centers):
    """Raise ValueError where kmeans cannot run."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, centers {centers.shape}")
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("NaN or infinity in the input")
    check_k(len(centers), len(X))


def check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} clusters, got {k}")
