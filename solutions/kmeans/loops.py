"""k-means in numba: the loops of naive.py, compiled.

A public function checks its input, makes contiguous float64 arrays and calls a private kernel, so each
kernel is compiled for one set of types. A comment such as `# IN, OUT` after a kernel's parameters says, in
their order, which arrays it reads and which it writes.

In shapes: n rows, d features, k clusters. In kernels, i is a row, f a feature, j a centre.
Sources: Lloyd (1982), Arthur and Vassilvitskii (2007), Rousseeuw (1987), with full titles in reference.py;
Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class State(NamedTuple):
    """The state of a stream: centres (k, d), and for each the total weight of its rows so far (k,)."""

    centers: np.ndarray
    totals: np.ndarray


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time, O(1) memory."""
    labels = np.empty(len(X), dtype=np.int64)
    _assign(_floats(X), _floats(centers), labels)
    return labels


def update(X, labels, centers):
    """Move each centre to the mean of its rows, or leave it if it has none: (k, d). O(nd + kd)."""
    new_centers = np.empty(centers.shape)
    _update(_floats(X), _integers(labels), _floats(centers), new_centers)
    return new_centers


def lloyd(X, centers, max_iter=300):
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) an iteration."""
    labels = np.full(len(X), -1)
    new_centers = np.array(centers, dtype=np.float64, order="C")
    _lloyd(_floats(X), max_iter, labels, new_centers)
    return labels, new_centers


def relocate_empty(X, labels, centers):
    """Move the farthest row into each of e empty clusters: labels (n,), centers (k, d). O(n(d + e) + kd)."""
    new_labels = np.array(labels, dtype=np.int64)
    new_centers = np.empty(centers.shape)
    _relocate(_floats(X), _floats(centers), new_labels, new_centers)
    return new_labels, new_centers


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter. O(nkd) an iteration."""
    _check_data(X, centers)
    X = _floats(X)
    labels = np.empty(len(X), dtype=np.int64)
    new_centers = np.array(centers, dtype=np.float64, order="C")
    threshold = tol * X.var(axis=0).mean()
    inertia, n_iter = _kmeans(X, max_iter, threshold, labels, new_centers)
    return labels, new_centers, inertia, n_iter


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    """Draw k rows by D² sampling, greedily if n_local_trials > 1: (k,). O(nkd n_local_trials)."""
    _check_k(k, len(X))
    indices = np.empty(k, dtype=np.int64)
    indices[0] = rng.integers(len(X))
    _plusplus(_floats(X), rng.random((k, n_local_trials)), indices)
    return indices


def best_of(X, k, n_init, rng):
    """Keep the best of n_init runs: labels (n,), centers (k, d), inertia. O(n_init) runs of kmeans."""
    best = kmeans(X, X[kmeans_plusplus(X, k, rng)])
    for _ in range(n_init - 1):
        run = kmeans(X, X[kmeans_plusplus(X, k, rng)])
        if run[2] < best[2]:  # inertia
            best = run
    return best[:3]  # without n_iter


def silhouette(X, labels):
    """Compare mean distances to the own and to the nearest other cluster: (n,). O(n²d) time, O(n) memory."""
    clusters, cluster_of, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(clusters) <= len(X) - 1:
        raise ValueError(f"expected 2 to {len(X) - 1} clusters, got {len(clusters)}")
    values = np.empty(len(X))
    _silhouette(_floats(X), _integers(cluster_of), _integers(sizes), values)
    return values


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):  # noqa: ARG001 - one row at a time anyway
    """Run `kmeans` row by row: O(n + kd) memory, O(nkd) an iteration."""
    _check_data(X, centers)
    X = _floats(X)
    labels = np.empty(len(X), dtype=np.int64)
    new_centers = np.array(centers, dtype=np.float64, order="C")
    threshold = tol * _mean_variance(X, X.mean(axis=0))
    inertia, n_iter = _kmeans(X, max_iter, threshold, labels, new_centers)
    return labels, new_centers, inertia, n_iter


def hamerly(X, centers, max_iter, dist):
    """Run `kmeans` at tol=0 with Elkan's bounds: labels (n,), centers (k, d), n_iter. O(nk) memory.

    `upper` (n,) holds an upper bound of each row's distance to its own centre, `lower` (n, k) a lower bound
    of its distance to each centre.
    """
    _check_data(X, centers)
    n = len(X)
    centers = _floats(centers)
    lower = np.stack([dist(center, np.arange(n)) for center in centers], axis=1)  # (n, k)
    labels = lower.argmin(axis=1)
    upper = lower.min(axis=1)  # (n,)
    old_labels = np.full(n, -1)
    for n_iter in range(1, max_iter + 1):
        if n_iter > 1:
            old_labels[:] = labels
            _elkan(centers, dist, labels, upper, lower)
        new_centers = update(X, labels, centers)
        shifts = np.sqrt(((new_centers - centers) ** 2).sum(axis=1))  # (k,)
        centers = new_centers
        if np.array_equal(labels, old_labels):
            break
        upper += shifts[labels]
        lower -= shifts
    return labels, centers, n_iter


def partial_fit(state, X_batch, weights):
    """Add a batch of b rows: a state of centers (k, d) and totals (k,). O(bkd) time, O(kd) memory."""
    _check_weighted(X_batch, state.centers, weights)
    sums, added = np.zeros(state.centers.shape), np.zeros(len(state.centers))
    _weigh(_floats(X_batch), _floats(state.centers), _floats(weights), sums, added)
    totals = state.totals + added
    centers = np.array(state.centers)
    has_weight = added > 0
    # `sums` are of differences to the centre, so their mean is how far the centre moves.
    centers[has_weight] += sums[has_weight] / totals[has_weight][:, None]
    return State(centers, totals)


def partial(X_chunk, centers, weights):
    """Sum up a chunk of b rows in one array (k + 1, d + 1). O(bkd).

    The first k lines are the weighted sum of differences to each centre and, last, the weight of its rows;
    the last number of the last line is the cost.
    """
    _check_weighted(X_chunk, centers, weights)
    k, d = centers.shape
    stats = np.zeros((k + 1, d + 1))
    sums, totals = np.zeros((k, d)), np.zeros(k)
    stats[k, d] = _weigh(_floats(X_chunk), _floats(centers), _floats(weights), sums, totals)
    stats[:k, :d], stats[:k, d] = sums, totals
    return stats


def merge(a, b):
    """Add up the stats of two sets of rows. O(kd)."""
    return a + b


def finish(stats, centers):
    """Move each centre by its mean difference: centers (k, d), inertia of the old ones. O(kd)."""
    totals = stats[:-1, -1:]
    return centers + stats[:-1, :-1] / np.where(totals > 0, totals, 1), stats[-1, -1]


def coreset(X, m, rng):
    """Draw m rows, half uniformly, half by influence: points (m, d), weights (m,). O(nd + m log n).

    The influence of a row is its share in the sum of squared distances to the mean.
    """
    if m < 1 or len(X) == 0 or not np.isfinite(X).all():
        raise ValueError("expected m >= 1, and rows without NaN or infinity")
    chances = np.empty(len(X))
    _influence(_floats(X), X.mean(axis=0), chances)
    cumulative = np.cumsum(chances)
    drawn = np.searchsorted(cumulative, rng.random(m) * cumulative[-1], side="right")
    return X[drawn], 1 / (m * chances[drawn])


def cluster_huge(X, k, rng, dist):
    """Run k-means on a sample of 20 * k rows, from a k-means++ start: centers (k, d).

    The start takes 20 * k² distances, and up to 10 iterations of `hamerly` add a few.
    """
    sample = rng.choice(len(X), min(len(X), 20 * k), replace=False)
    picks = np.empty(k, dtype=np.int64)
    picks[0] = rng.integers(len(sample))
    closest = dist(X[sample[picks[0]]], sample) ** 2
    for i in range(1, k):
        picks[i] = _draw(closest, rng.random())
        closest = np.minimum(closest, dist(X[sample[picks[i]]], sample) ** 2)
    _, centers, _ = hamerly(
        X[sample], X[sample[picks]], max_iter=10, dist=lambda q, rows: dist(q, sample[rows])
    )
    return centers


def _floats(array):
    """Return the array as contiguous float64, without a copy where possible."""
    return np.ascontiguousarray(array, dtype=np.float64)


def _integers(array):
    """Return the array as contiguous int64, without a copy where possible."""
    return np.ascontiguousarray(array, dtype=np.int64)


def _elkan(centers, dist, labels, upper, lower):  # IN, IN, INOUT, INOUT, INOUT
    """Update the labels; compute a distance only if the bounds do not decide. Shapes as in `hamerly`."""
    gaps = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2)) / 2  # (k, k), half distances
    doubtful = np.empty(lower.shape, dtype=np.bool_)
    _doubt(labels, upper, lower, gaps, doubtful)
    doubtful_rows = np.flatnonzero(doubtful.any(axis=1))
    for j in np.unique(labels[doubtful_rows]):
        rows = doubtful_rows[labels[doubtful_rows] == j]
        upper[rows] = lower[rows, j] = dist(centers[j], rows)
    for j in range(len(centers)):
        _doubt(labels, upper, lower, gaps, doubtful)
        rows = np.flatnonzero(doubtful[:, j])
        if len(rows) > 0:
            lower[rows, j] = dist(centers[j], rows)
            nearer = rows[lower[rows, j] < upper[rows]]
            labels[nearer], upper[nearer] = j, lower[nearer, j]


def _check_data(X, centers):
    """Raise ValueError for shapes that do not match, NaN or infinity, or more centres than rows."""
    _check_shapes(X, centers)
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("NaN or infinity in the input")
    _check_k(len(centers), len(X))


def _check_weighted(X, centers, weights):
    """Raise ValueError for shapes that do not match, NaN or infinity, or negative weights."""
    _check_shapes(X, centers)
    if weights.shape != (len(X),):
        raise ValueError(f"shapes do not match: X {X.shape}, weights {weights.shape}")
    if not (np.isfinite(X).all() and np.isfinite(centers).all() and np.isfinite(weights).all()):
        raise ValueError("NaN or infinity in the batch")
    if (weights < 0).any():
        raise ValueError("a weight is negative")


def _check_shapes(X, centers):
    """Raise ValueError unless both arrays have two axes and the same number of features."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, centers {centers.shape}")


def _check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} clusters, got {k}")


@njit(cache=True)
def _squared(A, i, B, j):
    """Return the squared distance from row i of A to row j of B."""
    total = 0.0
    for f in range(A.shape[1]):
        total += (A[i, f] - B[j, f]) ** 2
    return total


@njit(cache=True)
def _assign(X, centers, labels):  # IN, IN, OUT
    """Label each row with its nearest centre, the first one on ties."""
    for i in range(X.shape[0]):
        nearest = np.inf
        for j in range(centers.shape[0]):
            distance = _squared(X, i, centers, j)
            if distance < nearest:
                nearest = distance
                labels[i] = j


@njit(cache=True)
def _update(X, labels, centers, new_centers):  # IN, IN, IN, OUT
    """Write the mean of each cluster; an empty one keeps its centre."""
    sizes = np.zeros(centers.shape[0], dtype=np.int64)
    new_centers[:] = 0.0
    for i in range(X.shape[0]):
        sizes[labels[i]] += 1
        for f in range(X.shape[1]):
            new_centers[labels[i], f] += X[i, f]
    for j in range(centers.shape[0]):
        for f in range(X.shape[1]):
            new_centers[j, f] = new_centers[j, f] / sizes[j] if sizes[j] > 0 else centers[j, f]


@njit(cache=True)
def _lloyd(X, max_iter, labels, centers):  # IN, IN, INOUT, INOUT
    """Iterate until the labels repeat. On entry all labels must be -1, so that the first ones differ."""
    new_labels = np.empty_like(labels)
    new_centers = np.empty_like(centers)
    for _ in range(max_iter):
        _assign(X, centers, new_labels)
        if np.array_equal(new_labels, labels):
            break
        labels[:] = new_labels
        _update(X, labels, centers, new_centers)
        centers[:] = new_centers


@njit(cache=True)
def _relocate(X, centers, labels, new_centers):  # IN, IN, INOUT, OUT
    """Give each empty cluster, in ascending order, the farthest row; then write all means."""
    n, k = X.shape[0], centers.shape[0]
    sizes = np.zeros(k, dtype=np.int64)
    distances = np.empty(n)
    for i in range(n):
        sizes[labels[i]] += 1
        distances[i] = _squared(X, i, centers, labels[i])
    if distances.max() > 0:
        for j in range(k):
            if sizes[j] == 0:
                farthest = distances.argmax()
                labels[farthest] = j
                distances[farthest] = -1.0  # a row moves only once
    _update(X, labels, centers, new_centers)


@njit(cache=True)
def _kmeans(X, max_iter, threshold, labels, centers):  # IN, IN, IN, OUT, INOUT
    """Iterate until labels repeat or the squared shift is at most the threshold; return inertia, n_iter."""
    n = X.shape[0]
    old_labels = np.full(n, -1, dtype=np.int64)
    relocated = np.empty(n, dtype=np.int64)
    new_centers = np.empty_like(centers)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        _assign(X, centers, labels)
        relocated[:] = labels
        _relocate(X, centers, relocated, new_centers)
        shift = ((new_centers - centers) ** 2).sum()
        centers[:] = new_centers
        if shift <= threshold or np.array_equal(labels, old_labels):
            break
        old_labels[:] = labels
    _assign(X, centers, labels)
    inertia = 0.0
    for i in range(n):
        inertia += _squared(X, i, centers, labels[i])
    return inertia, n_iter


@njit(cache=True)
def _plusplus(X, uniforms, indices):  # IN, IN, INOUT
    """Draw the picks after indices[0], with the random numbers `uniforms` (k, n_local_trials).

    closest (n,) are squared distances to the nearest pick; after (n,), what they become with a candidate.
    """
    n, k = X.shape[0], len(indices)
    closest = np.empty(n)
    for i in range(n):
        closest[i] = _squared(X, i, X, indices[0])
    best_after, after = np.empty(n), np.empty(n)
    for pick in range(1, k):
        lowest = np.inf
        for uniform in uniforms[pick]:
            candidate = _draw(closest, uniform)
            for i in range(n):
                after[i] = min(closest[i], _squared(X, i, X, candidate))
            if after.sum() < lowest:
                lowest = after.sum()
                indices[pick] = candidate
                best_after[:] = after
        closest[:] = best_after


@njit(cache=True)
def _draw(weights, uniform):
    """Return the index that a uniform number in [0, 1) draws by weights (n,); any if all weights are 0."""
    target = uniform * weights.sum()
    last = int(uniform * len(weights))
    for i in range(len(weights)):
        if weights[i] > 0:
            last = i
            target -= weights[i]
            if target < 0:
                break
    return last


@njit(cache=True)
def _silhouette(X, cluster_of, sizes, values):  # IN, IN, IN, OUT
    """Write the silhouette value of each row. a, b: mean distance to the own and the next cluster."""
    n, k = X.shape[0], len(sizes)
    sums = np.empty(k)
    for i in range(n):
        sums[:] = 0.0
        for other in range(n):
            sums[cluster_of[other]] += np.sqrt(_squared(X, i, X, other))
        values[i] = 0.0
        if sizes[cluster_of[i]] > 1:
            a = sums[cluster_of[i]] / (sizes[cluster_of[i]] - 1)
            b = np.inf
            for j in range(k):
                if j != cluster_of[i]:
                    b = min(b, sums[j] / sizes[j])
            if max(a, b) > 0:
                values[i] = (b - a) / max(a, b)


@njit(cache=True)
def _mean_variance(X, middle):
    """Return the mean of the columns' variances; middle (d,) are their means."""
    total = 0.0
    for i in range(X.shape[0]):
        for f in range(X.shape[1]):
            total += (X[i, f] - middle[f]) ** 2
    return total / X.size


@njit(cache=True)
def _doubt(labels, upper, lower, gaps, doubtful):  # IN, IN, IN, IN, OUT
    """Write, for each row and centre (n, k), whether this centre may be nearer than the row's own."""
    for i in range(doubtful.shape[0]):
        label = labels[i]
        for j in range(doubtful.shape[1]):
            doubtful[i, j] = j != label and upper[i] >= lower[i, j] and upper[i] >= gaps[label, j]


@njit(cache=True)
def _weigh(X, centers, weights, sums, totals):  # IN, IN, IN, INOUT, INOUT
    """Add up, for each centre, weighted differences of its rows (k, d) and weights (k,); return the cost."""
    cost = 0.0
    for i in range(X.shape[0]):
        nearest, label = np.inf, 0
        for j in range(centers.shape[0]):
            distance = _squared(X, i, centers, j)
            if distance < nearest:
                nearest, label = distance, j
        cost += weights[i] * nearest
        totals[label] += weights[i]
        for f in range(X.shape[1]):
            sums[label, f] += weights[i] * (X[i, f] - centers[label, f])
    return cost


@njit(cache=True)
def _influence(X, middle, chances):  # IN, IN, OUT
    """Write the probability of each row for `coreset`: half 1 / n, half its influence."""
    n, total = X.shape[0], 0.0
    for i in range(n):
        chances[i] = 0.0
        for f in range(X.shape[1]):
            chances[i] += (X[i, f] - middle[f]) ** 2
        total += chances[i]
    for i in range(n):
        chances[i] = 0.5 / n + 0.5 * chances[i] / total if total > 0 else 1 / n
