"""k nearest neighbours, from a double loop to an index. Fill in the functions round by round.

X holds n_samples rows of n_features numbers, Q holds n_queries rows to be compared with them.
"""

from typing import NamedTuple

import numpy as np


# Round 1: brute force


def pairwise_sq_distances(Q, X):
    """Give the squared Euclidean distance from each query to each row; none is ever negative.

    Parameters
    ----------
    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)

    Returns
    -------
    distances : float array of shape (n_queries, n_samples)

    Examples
    --------
    >>> pairwise_sq_distances(np.array([[0., 0.]]), np.array([[3., 4.], [1., 0.]]))
    array([[25.,  1.]])
    """
    # TODO: one table, a line for each query.
    raise NotImplementedError


def knn(Q, X, k, metric="euclidean"):
    """Find the k rows of X nearest to each query, nearest first, and their Euclidean distances.

    Rows at equal distance may come in any order, and any of them where not all fit in.

    From round 2: ValueError for NaN or infinity, k < 1, k > n_samples, or shapes that do not match.
    From round 3: metric may also be "manhattan", the sum of absolute differences, or "cosine", one
    minus the cosine of the angle; by cosine a row of zeros is at distance 1 from every row, zeros
    included. Any other metric raises ValueError.

    Parameters
    ----------
    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    k : int
    metric : str, default="euclidean"

    Returns
    -------
    distances : float array of shape (n_queries, k)
    indices : int array of shape (n_queries, k)

    Examples
    --------
    >>> knn(np.array([[6.]]), np.array([[1.], [4.], [9.]]), 2)
    (array([[2., 3.]]), array([[1, 2]]))
    """
    # TODO: you need no full sort.
    raise NotImplementedError


# Round 2: predict


def knn_classify(Q, X, y, k, weights="uniform"):
    """Label each query by a vote of its k nearest rows; vote ties go to the smallest class.

    The classes are the distinct values of y in sorted order, and proba holds the share of the votes
    that each class gets, in that order. y holds integers or strings. Where rows tie for the k-th
    place, any of them may vote. ValueError as for knn, and where y has another length than X.

    From round 3: with weights="distance" a neighbour has 1 / distance votes, but where neighbours
    equal the query only those vote, with one vote each. Any other weights raise ValueError.

    Parameters
    ----------
    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
    k : int
    weights : str, default="uniform"

    Returns
    -------
    labels : array of shape (n_queries,)
    proba : float array of shape (n_queries, n_classes)

    Examples
    --------
    >>> knn_classify(np.array([[0.]]), np.array([[1.], [2.], [3.], [9.]]), np.array([7, 4, 7, 4]), 3)
    (array([7]), array([[0.33333333, 0.66666667]]))
    """
    # TODO: count votes by class number, then look the classes up.
    raise NotImplementedError


def knn_regress(Q, X, y, k, weights="uniform"):
    """Predict for each query the mean of y over its k nearest rows.

    Inputs leave no choice of neighbours. ValueError as for knn, and where y has another length than X.

    From round 3: with weights="distance" it is the mean weighted by 1 / distance, but where neighbours
    equal the query only those count, equally. Any other weights raise ValueError.

    Parameters
    ----------
    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    y : float array of shape (n_samples,)
    k : int
    weights : str, default="uniform"

    Returns
    -------
    values : float array of shape (n_queries,)

    Examples
    --------
    >>> knn_regress(np.array([[0.]]), np.array([[1.], [2.], [9.]]), np.array([5., 8., 50.]), 2)
    array([6.5])
    """
    # TODO: y[indices] has a row for each query.
    raise NotImplementedError


# Round 3: weights, metrics, self


def loo_neighbors(X, k):
    """Find for each row of X the k nearest other rows by Euclidean distance, nearest first.

    A row is never its own neighbour; another row with equal values is one, at distance 0. Rows at
    equal distance may come in any order. ValueError for NaN or infinity, and unless
    1 <= k <= n_samples - 1.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    k : int

    Returns
    -------
    indices : int array of shape (n_samples, k)

    Examples
    --------
    >>> loo_neighbors(np.array([[1.], [1.], [5.], [7.]]), 2)
    array([[1, 2],
           [0, 2],
           [3, 0],
           [2, 0]])
    """
    # TODO: a row is itself by its number, not by its place in the answer.
    raise NotImplementedError
