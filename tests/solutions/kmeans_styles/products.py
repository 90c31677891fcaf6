"""k-means in a style of its own, which the checks must accept too: see test_every_solution.py.

Expanded squares as matrix products, on centred data; sums of clusters by products with one-hot matrices;
argpartition; random indices by a search in cumulative sums; int32 labels.
"""

import numpy as np


def _products(A, B):
    mean = B.mean(axis=0)
    A, B = A - mean, B - mean
    return np.maximum((A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1), 0)


def assign(X, centers):
    # Not centred, so that distances of small whole numbers are exact, and ties stay ties.
    return np.argmin(-2 * X @ centers.T + (centers**2).sum(axis=1), axis=1).astype(np.int32)


def update(X, labels, centers):
    one_hot = np.eye(len(centers))[labels]
    sizes = one_hot.sum(axis=0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sizes > 0, one_hot.T @ X / sizes, centers)


def lloyd(X, centers, max_iter=300):
    for _ in range(max_iter):
        labels = assign(X, centers)
        new_centers = update(X, labels, centers)
        if np.allclose(new_centers, centers):
            return labels, new_centers
        centers = new_centers
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
    mean = X.mean(axis=0)
    X, centred_centers = X - mean, centers - mean
    threshold = np.mean(np.var(X, axis=0)) * tol
    old_labels = np.full(len(X), -1)
    for n_iter in range(1, max_iter + 1):  # noqa: B007 - read after the loop
        labels = _products(X, centred_centers).argmin(axis=1)
        _, new_centers = relocate_empty(X, labels, centred_centers)
        shift = np.linalg.norm(new_centers - centred_centers) ** 2
        centred_centers = new_centers
        if np.array_equal(labels, old_labels):
            break
        if shift <= threshold:
            labels = _products(X, centred_centers).argmin(axis=1)
            break
        old_labels = labels
    else:
        labels = _products(X, centred_centers).argmin(axis=1)
    return labels, centred_centers + mean, np.square(X - centred_centers[labels]).sum(), n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    if k < 1 or k > len(X):
        raise ValueError("k")
    picked = [int(rng.random() * len(X))]
    closest = np.square(X - X[picked[0]]).sum(axis=1)
    for _ in range(k - 1):
        cumulative = np.cumsum(closest)
        candidates = np.searchsorted(
            cumulative, rng.uniform(size=n_local_trials) * cumulative[-1], side="right"
        )
        # By rounding, the search may end behind the last row with a distance above 0.
        candidates = np.minimum(candidates, np.flatnonzero(closest).max(initial=0))
        closest_after = np.minimum(closest, np.square(X - X[candidates][:, None]).sum(axis=2))
        best = closest_after.sum(axis=1).argmin()
        picked.append(candidates[best])
        closest = closest_after[best]
    return np.asarray(picked)


def best_of(X, k, n_init, rng):
    # All starts first, then all runs, the last start first: any order is right.
    starts = [kmeans_plusplus(X, k, rng) for _ in range(n_init)]
    runs = [kmeans(X, X[start])[:3] for start in reversed(starts)]
    return runs[int(np.argmin([inertia for _, _, inertia in runs]))]


def silhouette(X, labels):
    clusters, cluster_of = np.unique(labels, return_inverse=True)
    if len(clusters) < 2 or len(clusters) > len(X) - 1:
        raise ValueError("number of clusters")
    one_hot = np.eye(len(clusters))[cluster_of]
    distances = np.sqrt(_products(X, X))
    np.fill_diagonal(distances, 0)
    totals = distances @ one_hot
    sizes = one_hot.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (totals * one_hot).sum(axis=1) / (sizes[cluster_of] - 1)
        b = np.where(one_hot == 1, np.inf, totals / sizes).min(axis=1)
        return np.nan_to_num((b - a) / np.maximum(a, b))  # 0 / 0, as for a row alone in its cluster, gives 0


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    if not 1 <= len(centers) <= len(X) or not np.isfinite(X).all():
        raise ValueError("input")
    n, (k, d) = len(X), centers.shape
    # Room for four arrays as long as labels and centres, and 8 kB for small objects. The rest of max_bytes
    # is for a chunk of rows, each with 2k + 2d numbers of 8 bytes.
    chunk_size = max(1, (max_bytes - 4 * 8 * (n + k * d) - 8000) // (8 * (2 * k + 2 * d)))
    origin = X[0].copy()
    centred_centers = centers - origin

    def pass_over(centred_centers):
        labels, costs = np.empty(n, dtype=np.int32), np.empty(n)
        for i in range(0, n, chunk_size):
            chunk = X[i : i + chunk_size] - origin
            scores = chunk @ (-2 * centred_centers.T)
            scores += (centred_centers**2).sum(axis=1)
            labels[i : i + chunk_size] = scores.argmin(axis=1)
            costs[i : i + chunk_size] = scores.min(axis=1) + (chunk**2).sum(axis=1)
        return labels, costs

    # The variance, updated chunk by chunk with the formula of Chan, Golub and LeVeque.
    count, mean, squares = 0, np.zeros(d), np.zeros(d)
    for i in range(0, n, chunk_size):
        chunk = X[i : i + chunk_size] - origin
        shift = chunk.mean(axis=0) - mean
        squares += chunk.var(axis=0) * len(chunk) + shift**2 * count * len(chunk) / (count + len(chunk))
        mean += shift * len(chunk) / (count + len(chunk))
        count += len(chunk)
    threshold = tol * squares.mean() / n
    old_labels = None
    for n_iter in range(1, max_iter + 1):  # noqa: B007 - read after the loop
        labels, costs = pass_over(centred_centers)
        filled_labels = labels
        empty = np.setdiff1d(np.arange(k), labels)
        if len(empty) and costs.max() > 0:
            filled_labels = labels.copy()
            filled_labels[costs.argsort()[::-1][: len(empty)]] = empty
        new_centers = np.stack(
            [np.bincount(filled_labels, X[:, f] - origin[f], minlength=k) for f in range(d)], axis=1
        )
        new_centers /= np.maximum(np.bincount(filled_labels, minlength=k), 1)[:, None]
        squared_shift = ((new_centers - centred_centers) ** 2).sum()
        centred_centers = new_centers
        if (old_labels is not None and (old_labels == labels).all()) or squared_shift <= threshold:
            break
        old_labels = labels
    labels, costs = pass_over(centred_centers)
    return labels, centred_centers + origin, max(costs.sum(), 0.0), n_iter


def hamerly(X, centers, max_iter, dist):
    # A lower bound for each row and group of centres, as in Yinyang k-means; here the groups are the
    # centres with even and with odd indices.
    if len(centers) > len(X) or not np.isfinite(X).all():
        raise ValueError("input")
    n, k = len(X), len(centers)
    groups = [np.arange(k) % 2 == g for g in range(2) if k > g]
    current_centers = centers
    distances = np.full((n, k), np.nan)

    def measure(rows, columns):
        for j in np.flatnonzero(columns):
            distances[rows, j] = dist(current_centers[j], rows)

    measure(np.arange(n), np.ones(k, dtype=bool))
    labels = distances.argmin(axis=1)
    upper = distances.min(axis=1)
    distances[np.arange(n), labels] = np.inf
    lower = np.stack([distances[:, group].min(axis=1) for group in groups], axis=1)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        if n_iter > 1:
            old_labels = labels.copy()
            rows = np.flatnonzero(upper >= lower.min(axis=1))
            for j in range(k):
                rows_of_center = rows[labels[rows] == j]
                if len(rows_of_center):
                    upper[rows_of_center] = dist(current_centers[j], rows_of_center)
            exact_upper = upper.copy()
            distances[:] = np.nan
            rows_to_measure = [rows[exact_upper[rows] >= lower[rows, g]] for g in range(len(groups))]
            for group_rows, group in zip(rows_to_measure, groups, strict=True):
                measure(group_rows, group)
            rows = np.flatnonzero(~np.isnan(distances).all(axis=1))
            known_distances = np.where(np.isnan(distances[rows]), np.inf, distances[rows])
            own_center = labels[rows]
            known_distances[np.arange(len(rows)), own_center] = exact_upper[rows]
            labels[rows] = known_distances.argmin(axis=1)
            upper[rows] = known_distances.min(axis=1)
            changed = labels[rows] != own_center
            for g, (group_rows, group) in enumerate(zip(rows_to_measure, groups, strict=True)):
                places = np.searchsorted(rows, group_rows)
                other_distances = known_distances[places].copy()
                other_distances[np.arange(len(places)), labels[group_rows]] = np.inf
                lower[group_rows, g] = other_distances[:, group].min(axis=1)
                # A row that changed from this group to the other one, without distances to this group,
                # has its old centre among the other centres of this group now.
                rows_that_left = rows[changed & group[own_center] & ~np.isin(rows, group_rows)]
                lower[rows_that_left, g] = np.minimum(lower[rows_that_left, g], exact_upper[rows_that_left])
        moved_centers = update(X, labels, current_centers)
        shifts = np.linalg.norm(moved_centers - current_centers, axis=1)
        current_centers = moved_centers
        if n_iter > 1 and np.array_equal(old_labels, labels):
            break
        upper += shifts[labels]
        lower -= [shifts[group].max() for group in groups]
    return labels, current_centers, n_iter


def _weighted_one_hot(X, centers, weights):
    if X.shape[1] != centers.shape[1] or len(weights) != len(X):
        raise ValueError("shapes")
    if not np.isfinite(X).all() or not np.all(weights >= 0) or np.isinf(weights).any():
        raise ValueError("values")
    return np.eye(len(centers))[assign(X, centers)].T * weights


def partial_fit(state, X_batch, weights):
    centers, totals = state
    weighted_one_hot = _weighted_one_hot(X_batch, centers, weights)
    after = totals + weighted_one_hot.sum(axis=1)
    rate = np.divide(weighted_one_hot.sum(axis=1), after, out=np.zeros(len(after)), where=after > 0)[:, None]
    mean = weighted_one_hot @ X_batch / np.maximum(weighted_one_hot.sum(axis=1), 1e-300)[:, None]
    return centers * (1 - rate) + mean * rate, after


def partial(X_chunk, centers, weights):
    weighted_one_hot = _weighted_one_hot(X_chunk, centers, weights)
    squares = (weighted_one_hot @ X_chunk**2).sum(axis=1)
    return {"weight": weighted_one_hot.sum(axis=1), "sum": weighted_one_hot @ X_chunk, "squares": squares}


def merge(a, b):
    return {name: a[name] + b[name] for name in a}


def finish(stats, centers):
    weight, total = stats["weight"][:, None], stats["sum"]
    cost = stats["squares"].sum() - 2 * (total * centers).sum() + (weight * centers**2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, total / weight, centers), max(cost, 0.0)


def coreset(X, m, rng):
    if m < 1 or X.size == 0 or not np.isfinite(X.sum()):
        raise ValueError("input")
    centred = X - X.mean(axis=0)
    squares = np.einsum("ij,ij->i", centred, centred)
    probabilities = (
        (1 / len(X) + squares / squares.sum()) / 2 if squares.any() else np.full(len(X), 1 / len(X))
    )
    drawn = np.repeat(
        np.arange(len(X)), rng.multinomial(m, probabilities)
    )  # sorted by row, not in the order of drawing
    return X[drawn], 1 / probabilities[drawn] / m


def cluster_huge(X, k, rng, dist):
    return X[rng.permutation(len(X))[:k]]  # random rows: a scored round accepts poor answers
