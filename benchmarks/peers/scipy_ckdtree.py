"""scipy's cKDTree."""

import os

import scipy
from scipy.spatial import cKDTree

VERSION = scipy.__version__
_THREADS = int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))


def knn(Q, X, k):
    return cKDTree(X).query(Q, k, workers=_THREADS)
