"""scikit-learn's kd-tree."""

import os

import sklearn
from sklearn.neighbors import NearestNeighbors

VERSION = sklearn.__version__
_THREADS = int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))


def knn(Q, X, k):
    return NearestNeighbors(n_neighbors=k, algorithm="kd_tree", n_jobs=_THREADS).fit(X).kneighbors(Q)
