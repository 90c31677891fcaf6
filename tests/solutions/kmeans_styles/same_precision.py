"""k-means in a style of its own, which the checks must accept too: see test_every_solution.py.

`kmeans` computes in the precision of the data (float32 for float32); sums by np.add.at; arrays in
column order; labels and indices of 8 or 16 bits.
"""

import numpy as np


def assign(X, centers):
    return np.array([np.linalg.norm(centers - row, axis=1).argmin() for row in X], dtype=np.int16)


def update(X, labels, centers):
    sums = np.zeros_like(centers)
    np.add.at(sums, labels, X)
    sizes = np.bincount(labels, minlength=len(centers))
    new_centers = np.array(centers, order="F")
    new_centers[sizes > 0] = sums[sizes > 0] / sizes[sizes > 0, None].astype(X.dtype)
    return new_centers


def lloyd(X, centers, max_iter=300):
    labels = assign(X, centers)
    updates = 0
    while updates < max_iter:
        new_centers = update(X, labels, centers)
        updates += 1
        moved = np.sqrt(((new_centers - centers) ** 2).sum(axis=1)).max()
        centers = new_centers
        labels = assign(X, centers)
        if moved < 1e-4:
            break
    return labels, centers


def relocate_empty(X, labels, centers):
    distances = ((X - centers[labels]) ** 2).sum(axis=1)
    farthest_first = iter(np.argsort(distances)[::-1])
    labels = np.array(labels)
    used_labels = set(labels.tolist())
    for j in range(len(centers)):
        if j not in used_labels and distances.max() > 0:
            labels[next(farthest_first)] = j
    return labels, update(X, labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    if not (np.all(np.isfinite(X)) and np.all(np.isfinite(centers))):
        raise ValueError("not finite")
    if len(centers) == 0 or len(centers) > len(X) or X.shape[1:] != centers.shape[1:]:
        raise ValueError("shapes")
    variance = ((X - X.mean(axis=0)) ** 2).mean()
    n_iter, finished, old_labels = 0, False, None
    while not finished:
        n_iter += 1
        # Unlike in the reference, the labels that are compared are those after relocation.
        labels, new_centers = relocate_empty(X, assign(X, centers), centers)
        squared_shift = ((new_centers - centers) ** 2).sum()
        finished = squared_shift <= tol * variance or np.array_equal(labels, old_labels) or n_iter == max_iter
        centers, old_labels = new_centers, labels
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
        costs_after = [np.minimum(closest, ((X - X[i]) ** 2).sum(axis=1)).sum() for i in draws]
        picked.append(draws[np.argmin(costs_after)])
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
        distances_by_cluster = {name: np.linalg.norm(rows - row, axis=1) for name, rows in groups.items()}
        a = distances_by_cluster.pop(label).sum() / (len(groups[label]) - 1)
        b = min(distances.mean() for distances in distances_by_cluster.values())
        if max(a, b) > 0:
            values[i] = 1 - a / b if a < b else b / a - 1
    return values


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("not finite")
    if len(centers) == 0 or len(centers) > len(X) or X.shape[1:] != centers.shape[1:]:
        raise ValueError("shapes")
    n, k = len(X), len(centers)
    mean = X.mean(axis=0)
    variance = sum(float(((row - mean) ** 2).mean()) for row in X) / n
    labels, row_costs, old_labels = np.empty(n, dtype=np.uint16), np.empty(n), None
    n_iter, finished = 0, False
    while not finished:
        n_iter += 1
        sums, sizes = np.zeros_like(centers), np.zeros(k)
        for i, row in enumerate(X):
            squared = ((centers - row) ** 2).sum(axis=1)
            labels[i] = squared.argmin()
            row_costs[i] = squared[labels[i]]
            sums[labels[i]] += row - mean
            sizes[labels[i]] += 1
        for j in np.flatnonzero(sizes == 0):
            farthest = row_costs.argmax()
            if row_costs[farthest] > 0:
                sums[labels[farthest]] -= X[farthest] - mean
                sizes[labels[farthest]] -= 1
                sums[j], sizes[j] = X[farthest] - mean, 1
                row_costs[farthest] = 0
        new_centers = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None] + mean, centers)
        squared = ((new_centers - centers) ** 2).sum()
        finished = squared <= tol * variance or np.array_equal(labels, old_labels) or n_iter == max_iter
        centers, old_labels = new_centers, labels.copy()
    for i, row in enumerate(X):
        squared = ((centers - row) ** 2).sum(axis=1)
        labels[i] = squared.argmin()
        row_costs[i] = squared[labels[i]]
    return labels, centers, row_costs.sum(), n_iter


def hamerly(X, centers, max_iter, dist):
    # The only lower bound is half the distance to the nearest other centre: the simplest way to save
    # distances.
    if not np.isfinite(X).all() or len(centers) > len(X):
        raise ValueError("input")
    labels, old_labels = np.zeros(len(X), dtype=np.int16), None
    upper = np.full(len(X), np.inf)
    for n_iter in range(1, max_iter + 1):
        center_distances = np.linalg.norm(centers[:, None] - centers, axis=2)
        gaps = np.where(center_distances > 0, center_distances, np.inf).min(axis=1)
        rows = np.nonzero(upper >= gaps[labels] / 2)[0]
        if n_iter > 1:
            for j in set(labels[rows].tolist()):
                rows_of_center = rows[labels[rows] == j]
                upper[rows_of_center] = dist(centers[j], rows_of_center)
            rows = rows[upper[rows] >= gaps[labels[rows]] / 2]
        if len(rows):
            distances = np.array([dist(center, rows) for center in centers])
            labels[rows], upper[rows] = distances.argmin(axis=0), distances.min(axis=0)
        new_centers = update(X, labels, centers)
        upper += np.linalg.norm(new_centers - centers, axis=1)[labels]
        centers = new_centers
        if np.array_equal(old_labels, labels):
            break
        old_labels = labels.copy()
    return labels, centers, n_iter


def _refuse(X, centers, weights):
    if X.shape[1] != centers.shape[1] or weights.shape != X.shape[:1]:
        raise ValueError("shapes")
    if not np.isfinite(np.concatenate([X.ravel(), weights])).all() or weights.min(initial=0) < 0:
        raise ValueError("values")


def partial_fit(state, X_batch, weights):
    _refuse(X_batch, state.centers, weights)
    centers, totals = np.array(state.centers), np.array(state.totals)
    labels = assign(X_batch, state.centers) if len(X_batch) else []
    for row, label, weight in zip(X_batch, labels, weights, strict=True):
        totals[label] += weight
        if weight > 0:
            centers[label] += weight / totals[label] * (row - centers[label])
    return state._replace(centers=centers, totals=totals)


def partial(X_chunk, centers, weights):
    _refuse(X_chunk, centers, weights)
    stats = {}  # by label: the weight of its rows, their mean, and their cost, a sum of squared distances
    for row, weight in zip(X_chunk, weights, strict=True):
        squared = ((centers - row) ** 2).sum(axis=1)
        label = int(squared.argmin())
        old_weight, mean, cost = stats.get(label, (0.0, 0.0, 0.0))
        if weight > 0:
            new_weight = old_weight + weight
            stats[label] = (
                new_weight,
                mean + weight / new_weight * (row - mean),
                cost + weight * squared[label],
            )
    return stats


def merge(a, b):
    merged = dict(a)
    for label, (weight, mean, cost) in b.items():
        old_weight, old_mean, old_cost = merged.get(label, (0.0, 0.0, 0.0))
        total_weight = old_weight + weight
        merged[label] = total_weight, (old_mean * old_weight + mean * weight) / total_weight, old_cost + cost
    return merged


def finish(stats, centers):
    new_centers = centers.copy()
    for label, (_, mean, _) in stats.items():
        new_centers[label] = mean
    return new_centers, sum(cost for _, _, cost in stats.values()) or 0.0


def coreset(X, m, rng):
    if m <= 0 or len(X) == 0 or np.isnan(X).any() or np.isinf(X).any():
        raise ValueError("input")
    mean = sum(X) / len(X)
    squared = [float(((row - mean) ** 2).sum()) for row in X]
    is_uniform = rng.random(m) < 0.5  # a mixture: draw the distribution, then the row
    uniform = rng.integers(len(X), size=m)
    if sum(squared) == 0:
        return X[uniform], np.full(m, len(X) / m)
    by_influence = rng.choice(len(X), size=m, p=np.array(squared) / sum(squared))
    drawn = np.where(is_uniform, uniform, by_influence)
    return X[drawn], np.array([2 / m / (1 / len(X) + squared[i] / sum(squared)) for i in drawn])


def cluster_huge(X, k, rng, dist):
    # One update of random centres by a sample: a scored round accepts poor answers.
    centers = X[rng.choice(len(X), k, replace=False)]
    rows = rng.choice(len(X), 10 * k, replace=False)
    labels = np.array([dist(center, rows) for center in centers]).argmin(axis=0)
    return update(X[rows], labels, centers)
