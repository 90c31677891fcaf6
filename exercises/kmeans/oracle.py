"""The oracle, which gives the expected answers: scikit-learn computes the functions of stub.py.

All options that could change a result are fixed: init=, n_init=1, algorithm="lloyd", tol. Functions that
scikit-learn does not have (`update`, `relocate_empty`, `partial`, `merge`, `finish`, `coreset`) are
computed from their definition.
"""

import warnings

import numpy as np
from sklearn import cluster, config_context, metrics
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances

from .laws import influence
from .stub import State


def assign(X, centers):
    # The expanded square, as in KMeans.predict: exact on the small integers of the inputs with ties.
    return euclidean_distances(X, centers, squared=True).argmin(axis=1)


def update(X, labels, centers):
    # The definition: scikit-learn has no such function. (NearestCentroid leaves out empty clusters.)
    return _means(X, labels, centers)


def lloyd(X, centers, max_iter=300):
    # tol=0, so that only repeated labels stop it. KMeans ends with one more assignment, so its
    # labels belong to the returned centres even if max_iter stops it.
    model = _fit(X, centers, max_iter, tol=0.0)
    return model.labels_, model.cluster_centers_


def relocate_empty(X, labels, centers):
    # The definition: scikit-learn does this inside KMeans.fit, and does not return the result.
    # KMeans differs from this for a cluster that stays empty: it copies the centre of the heaviest cluster,
    # and if that cluster has a higher index, it copies a sum that is not yet divided. Such centres
    # have no meaning, so the contract leaves them free.
    labels = labels.copy()
    distances = ((X - centers[labels]) ** 2).sum(axis=1)
    empty = np.setdiff1d(np.arange(len(centers)), labels)
    if distances.max() > 0:
        labels[np.argsort(-distances, kind="stable")[: len(empty)]] = empty
    return labels, _means(X, labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    model = _fit(X, centers, max_iter, tol)
    return model.labels_, model.cluster_centers_, float(model.inertia_), int(model.n_iter_)


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    # The picks have the contract's distribution, but other random numbers are drawn for them. By default
    # scikit-learn makes 2 + int(log(k)) trials. A pick may repeat if all distances are 0, as in the contract.
    _check(k)
    seed = int(rng.integers(2**31))
    with config_context(skip_parameter_validation=True):  # testing a distribution takes thousands of calls
        return cluster.kmeans_plusplus(X, k, random_state=seed, n_local_trials=n_local_trials)[1]


def best_of(X, k, n_init, rng):
    # KMeans starts from the greedy k-means++, so its best run is seldom worse than the contract's.
    _check(k)
    seed = int(rng.integers(2**31))
    model = cluster.KMeans(k, init="k-means++", n_init=n_init, algorithm="lloyd", random_state=seed)
    _quietly(model.fit, X)
    return model.labels_, model.cluster_centers_, float(model.inertia_)


def silhouette(X, labels):
    # scikit-learn turns the NaN of a row alone in its cluster, and of 0 / 0, into 0.
    return metrics.silhouette_samples(X, labels)


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    # KMeans.fit subtracts the mean of X, but KMeans.predict does not: on iris + 1e8 they give the same
    # label to only 74% of the rows. Here the first row is subtracted, which is exact for
    # the inputs that lie far off, so the result is that of the run without an offset.
    del max_bytes
    if not np.isfinite(X).all() or len(X) < len(centers):
        return kmeans(X, centers, max_iter, tol)  # raises
    origin = X[0]
    labels, moved, inertia, n_iter = kmeans(X - origin, centers - origin, max_iter, tol)
    return labels, moved + origin, inertia, n_iter


def hamerly(X, centers, max_iter, dist):
    # KMeans(algorithm="elkan") uses bounds, too, but does not report how many distances it computed.
    del dist
    labels, moved, _, n_iter = kmeans(X, centers, max_iter, tol=0.0)
    return labels, moved, n_iter


def partial_fit(state, X_batch, weights):
    # To start in the middle of a stream, the first batch is the centres themselves, weighted by their
    # totals. reassignment_ratio=0, since by default centres of small weight jump to random rows.
    # MiniBatchKMeans rejects an empty batch, one without weight, and a first one with fewer rows than
    # centres; so the centres join each batch with weight 0. It accepts negative weights,
    # which are refused here.
    if len(weights) != len(X_batch) or (weights < 0).any():
        raise ValueError("a negative weight, or shapes that do not match")
    rows = np.vstack([X_batch, state.centers])
    weights = np.append(weights, np.zeros(len(state.centers)))
    model = cluster.MiniBatchKMeans(
        len(state.centers), init=state.centers, n_init=1, reassignment_ratio=0, compute_labels=False
    )
    if state.totals.any():
        model.partial_fit(state.centers, sample_weight=state.totals)
    if not weights.any():
        return State(*state)
    model.partial_fit(rows, sample_weight=weights)
    return State(model.cluster_centers_, model._counts)  # noqa: SLF001 - no public attribute has the totals


def partial(X_chunk, centers, weights):
    # The definition, in the plainest form of stats: all rows and their weights. Candidates may not
    # keep rows.
    if X_chunk.shape[1] != centers.shape[1] or len(weights) != len(X_chunk) or (weights < 0).any():
        raise ValueError("negative weights, or shapes that do not match")
    if not all(np.isfinite(part).all() for part in (X_chunk, centers, weights)):
        raise ValueError("NaN or infinity")
    return X_chunk, weights


def merge(a, b):
    return np.vstack([a[0], b[0]]), np.concatenate([a[1], b[1]])


def finish(stats, centers):
    X, weights = stats
    if len(X) == 0:
        return centers, 0.0
    squared = euclidean_distances(X, centers, squared=True)
    labels = squared.argmin(axis=1)
    moved = centers.copy()
    for j in range(len(centers)):
        members = labels == j
        if weights[members].sum() > 0:
            moved[j] = np.average(X[members], axis=0, weights=weights[members])
    differences = X - centers[labels]
    return moved, float(weights @ (differences**2).sum(axis=1))


def coreset(X, m, rng):
    # The definition. Only its errors are compared; draws are judged by their distribution.
    if m < 1 or len(X) == 0 or not np.isfinite(X).all():
        raise ValueError("m < 1, no rows, NaN or infinity")
    chances = influence(X)
    drawn = rng.choice(len(X), m, p=chances)
    return X[drawn], 1 / (m * chances[drawn])


def cluster_huge(X, k, rng, dist):
    # The round is open, so nothing is compared with this. It computes every distance, many times.
    del dist
    return best_of(X, k, n_init=1, rng=rng)[1]


def _check(k):
    # scikit-learn raises a subclass of ValueError and TypeError here; candidates need not imitate that.
    if k < 1:
        raise ValueError(f"expected at least 1 cluster, got {k}")


def _fit(X, centers, max_iter, tol):
    _check(len(centers))
    model = cluster.KMeans(
        len(centers), init=centers, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd"
    )
    # In its docs ties go to the lowest index, but KMeans subtracts the mean of X first and expands
    # the square, and rounding breaks some ties. So only inputs without ties are compared with KMeans.
    return _quietly(model.fit, X)


def _quietly(fit, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        return fit(X)


def _means(X, labels, centers):
    sums = np.zeros_like(centers, dtype=np.float64)
    np.add.at(sums, labels, X)
    counts = np.bincount(labels, minlength=len(centers))[:, None]
    return np.where(counts > 0, sums / np.maximum(counts, 1), centers)
