"""Keeps the precision of the data, scatters with np.add.at, answers in column order and small integers."""

import numpy as np


def assign(X, centers):
    return np.array([np.linalg.norm(centers - row, axis=1).argmin() for row in X], dtype=np.int16)


def update(X, labels, centers):
    sums = np.zeros_like(centers)
    np.add.at(sums, labels, X)
    sizes = np.bincount(labels, minlength=len(centers))
    new = np.array(centers, order="F")
    new[sizes > 0] = sums[sizes > 0] / sizes[sizes > 0, None].astype(X.dtype)
    return new


def lloyd(X, centers, max_iter=300):
    labels = assign(X, centers)
    updates = 0
    while updates < max_iter:
        new = update(X, labels, centers)
        updates += 1
        moved = np.sqrt(((new - centers) ** 2).sum(axis=1)).max()
        centers = new
        labels = assign(X, centers)
        if moved < 1e-4:
            break
    return labels, centers


def relocate_empty(X, labels, centers):
    distances = ((X - centers[labels]) ** 2).sum(axis=1)
    order = iter(np.argsort(distances)[::-1])
    labels = np.array(labels)
    given = set(labels.tolist())
    for j in range(len(centers)):
        if j not in given and distances.max() > 0:
            labels[next(order)] = j
    return labels, update(X, labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    if not (np.all(np.isfinite(X)) and np.all(np.isfinite(centers))):
        raise ValueError("not finite")
    if len(centers) == 0 or len(centers) > len(X) or X.shape[1:] != centers.shape[1:]:
        raise ValueError("shapes")
    variance = ((X - X.mean(axis=0)) ** 2).mean()
    n_iter, stop, before = 0, False, None
    while not stop:
        n_iter += 1
        # Labels after relocation are compared, and the tolerance is looked at first.
        labels, new = relocate_empty(X, assign(X, centers), centers)
        squared = ((new - centers) ** 2).sum()
        stop = squared <= tol * variance or np.array_equal(labels, before) or n_iter == max_iter
        centers, before = new, labels
    labels = assign(X, centers)
    inertia = sum(((X[labels == j] - center) ** 2).sum() for j, center in enumerate(centers))
    return labels, centers, inertia, n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    if not 0 < k <= len(X):
        raise ValueError("k")
    picked = [rng.permutation(len(X))[0]]
    while len(picked) < k:
        closest = np.min([((X - X[i]) ** 2).sum(axis=1) for i in picked], axis=0)
        if not closest.any():
            picked.append(next(i for i in range(len(X)) if i not in picked))
            continue
        draws = rng.multinomial(1, closest / closest.sum(), size=n_local_trials).argmax(axis=1)
        left = [np.minimum(closest, ((X - X[i]) ** 2).sum(axis=1)).sum() for i in draws]
        picked.append(draws[np.argmin(left)])
    return np.array(picked, dtype=np.uint8)


def best_of(X, k, n_init, rng):
    if not 0 < k <= len(X):
        raise ValueError("k")
    best = None
    for child in rng.spawn(n_init):
        labels, centers, inertia, _ = kmeans(X, X[kmeans_plusplus(X, k, child, n_local_trials=2)])
        if best is None or inertia < best[2]:
            best = (labels, centers, inertia)
    return best


def silhouette(X, labels):
    groups = {label: X[labels == label] for label in set(labels.tolist())}
    if not 1 < len(groups) < len(X):
        raise ValueError("number of clusters")
    values = np.zeros(len(X))
    for i, (row, label) in enumerate(zip(X, labels.tolist(), strict=True)):
        if len(groups[label]) == 1:
            continue
        far = {name: np.linalg.norm(rows - row, axis=1) for name, rows in groups.items()}
        a = far.pop(label).sum() / (len(groups[label]) - 1)
        b = min(distances.mean() for distances in far.values())
        if max(a, b) > 0:
            values[i] = 1 - a / b if a < b else b / a - 1
    return values
