"""The contract answered by scikit-learn.

Always algorithm="kd_tree", which takes differences first. "brute" expands the square without
subtracting the mean: at an offset of 1e6 a fifth of a distance is wrong, at 1e8 every neighbour,
and a row may lie at 1e-8 from itself.
"""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from .stub import Codes


def pairwise_sq_distances(Q, X):
    # By differences: euclidean_distances would expand the square.
    return ((Q[:, None, :].astype(float) - X[None, :, :]) ** 2).sum(axis=2)


def knn(Q, X, k, metric="euclidean"):
    _check_k(k)
    if metric not in ("euclidean", "manhattan", "cosine"):
        raise ValueError(f"no metric {metric!r}")
    if metric == "cosine":
        return _by_cosine(Q, X, k)
    return NearestNeighbors(n_neighbors=k, algorithm="kd_tree", metric=metric).fit(X).kneighbors(Q)


def knn_classify(Q, X, y, k, weights="uniform"):
    _check_k(k)
    _check_weights(weights)
    model = KNeighborsClassifier(k, weights=weights, algorithm="kd_tree").fit(X, y)
    return model.predict(Q), model.predict_proba(Q)


def knn_regress(Q, X, y, k, weights="uniform"):
    _check_k(k)
    _check_weights(weights)
    return KNeighborsRegressor(k, weights=weights, algorithm="kd_tree").fit(X, y).predict(Q)


def loo_neighbors(X, k):
    # Without an argument kneighbors leaves each row out by its number; among more than k equal
    # rows, where the row itself may not be listed, it drops another one of them instead.
    _check_k(k)
    return NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(X).kneighbors(return_distance=False)


def _by_cosine(Q, X, k):
    # The definition: scikit-learn measures cosines with brute only. There, too, a row of zeros is
    # at distance 1 from every row, because normalising leaves it as it is.
    products = np.array([[float(q @ x) for x in X] for q in Q])
    norms = np.sqrt(np.outer((Q**2).sum(axis=1), (X**2).sum(axis=1)))
    distances = 1 - np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    indices = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, indices, axis=1), indices


def _check_k(k):
    # scikit-learn raises a subclass of ValueError here, and one of TypeError, which nobody need imitate.
    if k < 1:
        raise ValueError(f"expected at least 1 neighbour, got {k}")


def _check_weights(weights):
    if weights not in ("uniform", "distance"):
        raise ValueError(f"no weights {weights!r}")


def knn_capped(Q, X, k, max_bytes):
    del max_bytes  # nobody measures the oracle
    return knn(Q, X, k)


def topk_update(state, distances, indices):
    # The definition: scikit-learn has no such function.
    both = np.append(state.distances, distances)
    order = np.argsort(both, kind="stable")[: len(state.distances)]
    return type(state)(both[order], np.append(state.indices, indices)[order])


def loo_accuracy(X, y, k_max):
    # score(None, y) is the leave-one-out accuracy. It searches once for each k.
    _check_k(k_max)
    models = [KNeighborsClassifier(k, algorithm="kd_tree") for k in range(1, k_max + 1)]
    return np.array([model.fit(X, y).score(None, y) for model in models])


def kdtree_build(X, leaf_size):
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    return NearestNeighbors(algorithm="kd_tree", leaf_size=leaf_size).fit(X)


def kdtree_query(state, q, k, dist):
    del dist  # scikit-learn's tree measures by itself
    _check_k(k)
    distances, indices = state.kneighbors(q[None], k)
    return distances[0], indices[0]


def index_build(X, rng, dist):
    # scikit-learn has no approximate index any more (its LSHForest left in 0.21): an exact one.
    del rng, dist
    return kdtree_build(X, 30)


def index_search(state, q, k, dist):
    return kdtree_query(state, q, k, dist)[1]


def compress(X, rng):
    # The definition of lossless: nobody is compared with it, an open round has no right answer.
    del rng
    return Codes(np.zeros((len(X), 0), dtype=np.int64), X)


def rank(codes, Q, k):
    return knn(Q, codes.book, k)[1]


def insert(state, ids, X):
    # The definition: scikit-learn's trees cannot be changed, so each query builds one.
    state = dict(state or {})
    for name, row in zip(ids.tolist(), X, strict=True):
        if name in state:
            raise ValueError(f"{name} is in the set already")
        state[name] = row
    return state


def delete(state, ids):
    missing = set(ids.tolist()) - state.keys()
    if missing:
        raise ValueError(f"{missing} are not in the set")
    return {name: row for name, row in state.items() if name not in set(ids.tolist())}


def query(state, q, k, dist):
    distances, indices = kdtree_query(kdtree_build(np.array([*state.values()]), 30), q, k, dist)
    return distances, np.array([*state])[indices]
