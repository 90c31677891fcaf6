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


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    if not 1 <= len(centers) <= len(X) or not np.isfinite(X).all():
        raise ValueError("input")
    n, (k, d) = len(X), centers.shape
    rows = max(1, (max_bytes - 4 * 8 * (n + k * d) - 8000) // (8 * (2 * k + 2 * d)))
    origin = X[0].copy()
    C = centers - origin

    def pass_over(C):
        labels, costs = np.empty(n, dtype=np.int32), np.empty(n)
        for i in range(0, n, rows):
            part = X[i : i + rows] - origin
            table = part @ (-2 * C.T)
            table += (C**2).sum(axis=1)
            labels[i : i + rows] = table.argmin(axis=1)
            costs[i : i + rows] = table.min(axis=1) + (part**2).sum(axis=1)
        return labels, costs

    # The variance by Chan's formula, chunk after chunk.
    count, mean, squares = 0, np.zeros(d), np.zeros(d)
    for i in range(0, n, rows):
        part = X[i : i + rows] - origin
        shift = part.mean(axis=0) - mean
        squares += part.var(axis=0) * len(part) + shift**2 * count * len(part) / (count + len(part))
        mean += shift * len(part) / (count + len(part))
        count += len(part)
    limit = tol * squares.mean() / n
    old = None
    for n_iter in range(1, max_iter + 1):  # noqa: B007 - read after the loop
        labels, costs = pass_over(C)
        moved = labels
        empty = np.setdiff1d(np.arange(k), labels)
        if len(empty) and costs.max() > 0:
            moved = labels.copy()
            moved[costs.argsort()[::-1][: len(empty)]] = empty
        new = np.stack([np.bincount(moved, X[:, f] - origin[f], minlength=k) for f in range(d)], axis=1)
        new /= np.maximum(np.bincount(moved, minlength=k), 1)[:, None]
        moves = ((new - C) ** 2).sum()
        C = new
        if (old is not None and (old == labels).all()) or moves <= limit:
            break
        old = labels
    labels, costs = pass_over(C)
    return labels, C + origin, max(costs.sum(), 0.0), n_iter


def hamerly(X, centers, max_iter, dist):
    # One bound for each row and a group of centres, as Yinyang has it; here two groups, odd and even.
    if len(centers) > len(X) or not np.isfinite(X).all():
        raise ValueError("input")
    n, k = len(X), len(centers)
    groups = [np.arange(k) % 2 == g for g in range(2) if k > g]
    C = centers
    table = np.full((n, k), np.nan)

    def ask(rows, columns):
        for j in np.flatnonzero(columns):
            table[rows, j] = dist(C[j], rows)

    ask(np.arange(n), np.ones(k, dtype=bool))
    labels = table.argmin(axis=1)
    upper = table.min(axis=1)
    table[np.arange(n), labels] = np.inf
    lower = np.stack([table[:, group].min(axis=1) for group in groups], axis=1)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        if n_iter > 1:
            old = labels.copy()
            rows = np.flatnonzero(upper >= lower.min(axis=1))
            for j in range(k):
                mine = rows[labels[rows] == j]
                if len(mine):
                    upper[mine] = dist(C[j], mine)
            tight = upper.copy()
            table[:] = np.nan
            opened = [rows[tight[rows] >= lower[rows, g]] for g in range(len(groups))]
            for these, group in zip(opened, groups, strict=True):
                ask(these, group)
            rows = np.flatnonzero(~np.isnan(table).all(axis=1))
            known = np.where(np.isnan(table[rows]), np.inf, table[rows])
            own = labels[rows]
            known[np.arange(len(rows)), own] = tight[rows]
            labels[rows] = known.argmin(axis=1)
            upper[rows] = known.min(axis=1)
            changed = labels[rows] != own
            for g, (these, group) in enumerate(zip(opened, groups, strict=True)):
                where = np.searchsorted(rows, these)
                left = known[where].copy()
                left[np.arange(len(where)), labels[these]] = np.inf
                lower[these, g] = left[:, group].min(axis=1)
                # A row that left this group, unopened, has its old centre to mind there.
                strays = rows[changed & group[own] & ~np.isin(rows, these)]
                lower[strays, g] = np.minimum(lower[strays, g], tight[strays])
        new = update(X, labels, C)
        moves = np.linalg.norm(new - C, axis=1)
        C = new
        if n_iter > 1 and np.array_equal(old, labels):
            break
        upper += moves[labels]
        lower -= [moves[group].max() for group in groups]
    return labels, C, n_iter


def _hot(X, centers, weights):
    if X.shape[1] != centers.shape[1] or len(weights) != len(X):
        raise ValueError("shapes")
    if not np.isfinite(X).all() or not np.all(weights >= 0) or np.isinf(weights).any():
        raise ValueError("values")
    return np.eye(len(centers))[assign(X, centers)].T * weights


def partial_fit(state, X_batch, weights):
    centers, totals = state
    hot = _hot(X_batch, centers, weights)
    after = totals + hot.sum(axis=1)
    rate = np.divide(hot.sum(axis=1), after, out=np.zeros(len(after)), where=after > 0)[:, None]
    mean = hot @ X_batch / np.maximum(hot.sum(axis=1), 1e-300)[:, None]
    return centers * (1 - rate) + mean * rate, after


def partial(X_chunk, centers, weights):
    hot = _hot(X_chunk, centers, weights)
    squares = (hot @ X_chunk**2).sum(axis=1)
    return {"weight": hot.sum(axis=1), "sum": hot @ X_chunk, "squares": squares}


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
    X0 = X - X.mean(axis=0)
    squares = np.einsum("ij,ij->i", X0, X0)
    q = (1 / len(X) + squares / squares.sum()) / 2 if squares.any() else np.full(len(X), 1 / len(X))
    drawn = np.repeat(np.arange(len(X)), rng.multinomial(m, q))  # in the order of the rows
    return X[drawn], 1 / q[drawn] / m


def cluster_huge(X, k, rng, dist):
    return X[rng.permutation(len(X))[:k]]
