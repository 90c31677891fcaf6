"""scipy's cKDTree."""

import scipy
from mlkata.authoring import threads
from scipy.spatial import cKDTree

VERSION = scipy.__version__


def knn(Q, X, k):
    return cKDTree(X).query(Q, k, workers=threads())
