"""Approximate search by faiss in an HNSW graph, tuned to the recall of the row. Only the search is timed.

Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical
navigable small world graphs", IEEE TPAMI 42 (2020).
"""

from functools import partial
from importlib import import_module
from importlib.metadata import version

import numpy as np
from mlkata.authoring import threads

VERSION = version("faiss-cpu")
_faiss = import_module("faiss")
_faiss.omp_set_num_threads(threads())
_LINKS = 32
"""The links of each point to its neighbours in the graph."""
_WIDEST = 4096
"""The largest efSearch that is tried: the number of candidates that a search keeps."""


def prepare(row, arguments):
    """Build the graph, and return the fastest search whose answer the row accepts."""
    Q, X, k = arguments["Q"], arguments["X"], arguments["k"]
    flat, graph = _faiss.IndexFlatL2(X.shape[1]), _faiss.IndexHNSWFlat(X.shape[1], _LINKS)
    flat.add(X)
    graph.add(X)
    expected = row.summary(_search(flat, Q, k))
    width = k
    while width <= _WIDEST:
        graph.hnsw.efSearch = width
        if not row.differs(row.summary(_search(graph, Q, k)), expected):
            return partial(_search, graph, Q, k)
        width += max(1, width // 8)  # in steps of an eighth
    raise ValueError(f"the recall is too low even with efSearch={_WIDEST}")


def _search(index, Q, k):
    squared, indices = index.search(Q, k)
    return np.sqrt(np.maximum(squared, 0)), indices
