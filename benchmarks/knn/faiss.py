"""Exact search by faiss, which takes float32 only and computes all distances by matrix products."""

from importlib import import_module
from importlib.metadata import version

import numpy as np
from mlkata.authoring import threads

VERSION = version("faiss-cpu")
_faiss = import_module("faiss")
_faiss.omp_set_num_threads(threads())


def knn(Q, X, k):
    index = _faiss.IndexFlatL2(X.shape[1])
    index.add(X)
    squared, indices = index.search(Q, k)
    return np.sqrt(np.maximum(squared, 0)), indices
