"""faiss's HNSW graph: approximate, tuned to the recall of the row. Only the search is timed.

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
_WIDEST = 4096


def prepare(row, arguments):
    """Build the graph, and widen the search until it passes the row's own check."""
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
        width += max(1, width // 8)
    raise ValueError(f"the recall is too low even with efSearch={_WIDEST}")


def _search(index, Q, k):
    squared, indices = index.search(Q, k)
    return np.sqrt(np.maximum(squared, 0)), indices
