"""k nearest neighbours, from a double loop to an index. Fill in the functions round by round.

X holds n_samples rows of n_features numbers, Q holds n_queries rows to be compared with them.
"""

from typing import NamedTuple

import numpy as np


class TopK(NamedTuple):
    """From round 4 on: the k smallest distances of a stream, ascending, and the rows they belong to.

    Places that nothing has filled yet come last, with distance infinity and index -1.

    distances : float array of shape (k,)
    indices : int array of shape (k,)
    """

    distances: np.ndarray
    indices: np.ndarray


class Codes(NamedTuple):
    """From round 9 on: rows written in few bytes, and what it takes to read them.

    codes : int array of shape (n_samples, n_codes)
    book : float array of shape (...)
    """

    codes: np.ndarray
    book: np.ndarray


# Round 1: brute force


def pairwise_sq_distances(Q, X):
    """Give the squared Euclidean distance from each query to each row; none is ever negative.

    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    -> distances : float array of shape (n_queries, n_samples)

    >>> pairwise_sq_distances(np.array([[0., 0.]]), np.array([[3., 4.], [1., 0.]]))
    array([[25.,  1.]])
    """
    # TODO: one table, a line for each query.
    raise NotImplementedError


def knn(Q, X, k, metric="euclidean"):
    """Find the k rows of X nearest to each query, nearest first, and their Euclidean distances.

    Rows at equal distance may come in any order, and any of them where not all fit in.

    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    k : int
    metric : str, default="euclidean"
    -> distances : float array of shape (n_queries, k)
    -> indices : int array of shape (n_queries, k)

    >>> knn(np.array([[6.]]), np.array([[1.], [4.], [9.]]), 2)
    (array([[2., 3.]]), array([[1, 2]]))
    """
    # TODO: you need no full sort.
    raise NotImplementedError
