"""k-means of faiss, which takes float32 only and runs a fixed number of iterations."""

from functools import partial
from importlib import import_module
from importlib.metadata import version

import numpy as np
from mlkata.authoring import threads

VERSION = version("faiss-cpu")
_faiss = import_module("faiss")
_faiss.omp_set_num_threads(threads())


def prepare(row, arguments):
    """Return the call to time, with as many iterations as scikit-learn needs.

    faiss cannot stop by a tolerance, so scikit-learn runs first, which is not timed.
    """
    from sklearn.cluster import KMeans

    X, centers = arguments["X"], arguments["centers"]
    n_iter = KMeans(len(centers), init=centers, n_init=1).fit(X).n_iter_
    return partial(_kmeans, X, centers, n_iter)


def _kmeans(X, centers, n_iter):
    k, d = centers.shape
    model = _faiss.Kmeans(
        d, k, niter=n_iter, max_points_per_centroid=10**9, min_points_per_centroid=1, nredo=1
    )
    model.train(X, init_centroids=centers)
    # faiss returns no labels, so this returns zeros: of float32 data only the inertia is compared.
    return np.zeros(len(X), int), model.centroids, model.obj[-1], n_iter
