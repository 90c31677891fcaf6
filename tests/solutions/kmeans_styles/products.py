"""Matrix products on centred data, one-hot sums, argpartition, and random numbers by inverse CDF."""

import numpy as np


def _products(A, B):
    middle = B.mean(axis=0)
    A, B = A - middle, B - middle
    return np.maximum((A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1), 0)


def assign(X, centers):
    # Uncentred, so that ties of small whole numbers stay exact.
    return np.argmin(-2 * X @ centers.T + (centers**2).sum(axis=1), axis=1).astype(np.int32)


def update(X, labels, centers):
    hot = np.eye(len(centers))[labels]
    sizes = hot.sum(axis=0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sizes > 0, hot.T @ X / sizes, centers)


def lloyd(X, centers, max_iter=300):
    for _ in range(max_iter):
        labels = assign(X, centers)
        new = update(X, labels, centers)
        if np.allclose(new, centers):
            return labels, new
        centers = new
    return labels, centers


def relocate_empty(X, labels, centers):
    labels = np.array(labels)
    distances = np.square(X - centers[labels]).sum(axis=1)
    empty = np.setdiff1d(np.arange(len(centers)), labels)
    if len(empty) and distances.max() > 0:
        far = np.argpartition(distances, -len(empty))[-len(empty) :]
        labels[far[np.argsort(distances[far])[::-1]]] = empty
    return labels, update(X, labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError("shapes")
    if not 1 <= len(centers) <= len(X):
        raise ValueError("number of centres")
    if np.isnan(X.sum() + centers.sum()) or np.isinf(X).any() or np.isinf(centers).any():
        raise ValueError("not finite")
    middle = X.mean(axis=0)
    X, C = X - middle, centers - middle
    limit = np.mean(np.var(X, axis=0)) * tol
    old = np.full(len(X), -1)
    for n_iter in range(1, max_iter + 1):  # noqa: B007 - read after the loop
        labels = _products(X, C).argmin(axis=1)
        _, new = relocate_empty(X, labels, C)
        shift = np.linalg.norm(new - C) ** 2
        C = new
        if np.array_equal(labels, old):
            break
        if shift <= limit:
            labels = _products(X, C).argmin(axis=1)
            break
        old = labels
    else:
        labels = _products(X, C).argmin(axis=1)
    return labels, C + middle, np.square(X - C[labels]).sum(), n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    if k < 1 or k > len(X):
        raise ValueError("k")
    picked = [int(rng.random() * len(X))]
    closest = np.square(X - X[picked[0]]).sum(axis=1)
    for _ in range(k - 1):
        steps = np.cumsum(closest)
        found = np.searchsorted(steps, rng.uniform(size=n_local_trials) * steps[-1], side="right")
        found = np.minimum(found, np.flatnonzero(closest).max(initial=0))
        options = np.minimum(closest, np.square(X - X[found][:, None]).sum(axis=2))
        best = options.sum(axis=1).argmin()
        picked.append(found[best])
        closest = options[best]
    return np.asarray(picked)


def best_of(X, k, n_init, rng):
    starts = [kmeans_plusplus(X, k, rng) for _ in range(n_init)]  # all starts first, then all runs
    runs = [kmeans(X, X[start])[:3] for start in reversed(starts)]
    return runs[int(np.argmin([inertia for _, _, inertia in runs]))]


def silhouette(X, labels):
    names, own = np.unique(labels, return_inverse=True)
    if len(names) < 2 or len(names) > len(X) - 1:
        raise ValueError("number of clusters")
    hot = np.eye(len(names))[own]
    distances = np.sqrt(_products(X, X))
    np.fill_diagonal(distances, 0)
    totals = distances @ hot
    sizes = hot.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (totals * hot).sum(axis=1) / (sizes[own] - 1)
        b = np.where(hot == 1, np.inf, totals / sizes).min(axis=1)
        return np.nan_to_num((b - a) / np.maximum(a, b))
