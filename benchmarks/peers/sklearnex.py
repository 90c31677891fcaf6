"""scikit-learn-intelex: Intel's oneDAL behind scikit-learn's estimators."""

import os
from importlib.metadata import version

VERSION = version("scikit-learn-intelex")
_THREADS = int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))


def kmeans(X, centers, max_iter=300, tol=1e-4):
    from sklearnex.cluster import KMeans

    model = KMeans(len(centers), init=centers, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd").fit(X)
    return model.labels_, model.cluster_centers_, model.inertia_, model.n_iter_


def knn(Q, X, k):
    from sklearnex.neighbors import NearestNeighbors

    algorithm = "brute" if X.shape[1] > 8 else "kd_tree"
    return NearestNeighbors(n_neighbors=k, algorithm=algorithm, n_jobs=_THREADS).fit(X).kneighbors(Q)
