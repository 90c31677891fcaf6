"""The oracle, which gives the expected answers: scikit-learn computes the functions of stub.py.

algorithm is "kd_tree" everywhere, since that computes distances from direct differences. "brute" expands the
square without subtracting the mean: at an offset of 1e6 a distance is off by a fifth, at 1e8 every neighbour
is wrong, and a row may be at distance 1e-8 from itself.
"""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from .stub import Codes


def pairwise_sq_distances(Q, X):
    # By direct differences: euclidean_distances would expand the square.
    return ((Q[:, None, :].astype(float) - X[None, :, :]) ** 2).sum(axis=2)


def knn(Q, X, k, metric="euclidean"):
    _check_k(k)
    if metric not in ("euclidean", "manhattan", "cosine"):
        raise ValueError(f"unknown metric {metric!r}")
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
    # Called without X, kneighbors excludes each row from its own neighbours, by its number. Among more than
    # k equal rows the search may not find the row itself; then kneighbors drops another equal row, which is
    # right, too.
    _check_k(k)
    return NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(X).kneighbors(return_distance=False)


def _by_cosine(Q, X, k):
    # The definition: scikit-learn has cosine distances for "brute" only. That, too, puts a row of zeros at
    # distance 1 from every row, because normalising leaves it unchanged.
    products = np.array([[float(q @ x) for x in X] for q in Q])
    norms = np.sqrt(np.outer((Q**2).sum(axis=1), (X**2).sum(axis=1)))
    distances = 1 - np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    indices = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, indices, axis=1), indices


def _check_k(k):
    # scikit-learn raises a subclass of ValueError and TypeError here; candidates need not imitate that.
    if k < 1:
        raise ValueError(f"expected at least 1 neighbour, got {k}")


def _check_weights(weights):
    if weights not in ("uniform", "distance"):
        raise ValueError(f"unknown weights {weights!r}")


def knn_capped(Q, X, k, max_bytes):
    del max_bytes  # the oracle's memory is not measured
    return knn(Q, X, k)


def topk_update(state, distances, indices):
    # The definition: scikit-learn has no such function.
    all_distances = np.append(state.distances, distances)
    order = np.argsort(all_distances, kind="stable")[: len(state.distances)]
    return type(state)(all_distances[order], np.append(state.indices, indices)[order])


def loo_accuracy(X, y, k_max):
    # score(None, y) is the leave-one-out accuracy.
    _check_k(k_max)
    models = [KNeighborsClassifier(k, algorithm="kd_tree") for k in range(1, k_max + 1)]
    return np.array([model.fit(X, y).score(None, y) for model in models])


def kdtree_build(X, leaf_size):
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row in a leaf, got leaf_size={leaf_size}")
    return NearestNeighbors(algorithm="kd_tree", leaf_size=leaf_size).fit(X)


def kdtree_query(state, q, k, dist):
    del dist  # scikit-learn's tree computes its own distances
    _check_k(k)
    distances, indices = state.kneighbors(q[None], k)
    return distances[0], indices[0]


def index_build(X, rng, dist):
    # scikit-learn has no approximate index any more (LSHForest was removed in 0.21): this one is exact.
    del rng, dist
    return kdtree_build(X, leaf_size=30)


def index_search(state, q, k, dist):
    return kdtree_query(state, q, k, dist)[1]


def compress(X, rng):
    # Nothing is compressed: `book` holds the whole rows. The round is open, so no answer is compared with
    # this.
    del rng
    return Codes(np.zeros((len(X), 0), dtype=np.int64), X)


def rank(codes, Q, k):
    return knn(Q, codes.book, k)[1]


def insert(state, ids, X):
    # The definition: scikit-learn's trees cannot be changed, so each query builds a new one.
    state = dict(state or {})
    for row_id, row in zip(ids.tolist(), X, strict=True):
        if row_id in state:
            raise ValueError(f"{row_id} is in the set already")
        state[row_id] = row
    return state


def delete(state, ids):
    missing = set(ids.tolist()) - state.keys()
    if missing:
        raise ValueError(f"{missing} are not in the set")
    return {row_id: row for row_id, row in state.items() if row_id not in set(ids.tolist())}


def query(state, q, k, dist):
    distances, indices = kdtree_query(kdtree_build(np.array([*state.values()]), leaf_size=30), q, k, dist)
    return distances, np.array([*state])[indices]
