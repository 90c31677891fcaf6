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


# Round 2: predict
#
# knn: ValueError for NaN or infinity, k < 1, k > n_samples, or shapes that do not match.


def knn_classify(Q, X, y, k, weights="uniform"):
    """Label each query by a vote of its k nearest rows; vote ties go to the smallest class.

    The classes are the distinct values of y in sorted order, and proba holds the share of the votes
    that each class gets, in that order. y holds integers or strings. Where rows tie for the k-th
    place, any of them may vote. ValueError as for knn, and where y has another length than X.

    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
    k : int
    weights : str, default="uniform"
    -> labels : array of shape (n_queries,)
    -> proba : float array of shape (n_queries, n_classes)

    >>> knn_classify(np.array([[0.]]), np.array([[1.], [2.], [3.], [9.]]), np.array([7, 4, 7, 4]), 3)
    (array([7]), array([[0.33333333, 0.66666667]]))
    """
    # TODO: count votes by class number, then look the classes up.
    raise NotImplementedError


def knn_regress(Q, X, y, k, weights="uniform"):
    """Predict for each query the mean of y over its k nearest rows.

    Inputs leave no choice of neighbours. ValueError as for knn, and where y has another length than X.

    Q : float array of shape (n_queries, n_features)
    X : float array of shape (n_samples, n_features)
    y : float array of shape (n_samples,)
    k : int
    weights : str, default="uniform"
    -> values : float array of shape (n_queries,)

    >>> knn_regress(np.array([[0.]]), np.array([[1.], [2.], [9.]]), np.array([5., 8., 50.]), 2)
    array([6.5])
    """
    # TODO: y[indices] has a row for each query.
    raise NotImplementedError


# Round 3: weights, metrics, self
#
# knn: metric may also be "manhattan", the sum of absolute differences, or "cosine", one minus the
# cosine of the angle; by cosine a row of zeros is at distance 1 from every row, zeros included. Any
# other metric raises ValueError.
#
# knn_classify: with weights="distance" a neighbour has 1 / distance votes, but where neighbours equal
# the query only those vote, with one vote each. Any other weights raise ValueError.
#
# knn_regress: with weights="distance" it is the mean weighted by 1 / distance, but where neighbours
# equal the query only those count, equally. Any other weights raise ValueError.


def loo_neighbors(X, k):
    """Find for each row of X the k nearest other rows by Euclidean distance, nearest first.

    A row is never its own neighbour; another row with equal values is one, at distance 0. Rows at
    equal distance may come in any order. ValueError for NaN or infinity, and unless
    1 <= k <= n_samples - 1.

    X : float array of shape (n_samples, n_features)
    k : int
    -> indices : int array of shape (n_samples, k)

    >>> loo_neighbors(np.array([[1.], [1.], [5.], [7.]]), 2)
    array([[1, 2],
           [0, 2],
           [3, 0],
           [2, 0]])
    """
    # TODO: a row is itself by its number, not by its place in the answer.
    raise NotImplementedError


# Round 4: memory


def knn_capped(Q, X, k, max_bytes):
    """Do what knn does, by Euclidean distance, in at most max_bytes of memory, the result included.

    The arguments do not count. max_bytes is at least 64 KiB and twice what the result takes, so one
    distance for each row may be too much. No distance errs by more than 1e-9 of its value, wherever
    the data lie, and a row equal to the query is at 0. Q and X may both hold pixels, uint8 from 0 to
    255. ValueError as for knn.

    Q : float array of shape (n_queries, n_features), or uint8
    X : float array of shape (n_samples, n_features), or uint8
    k : int
    max_bytes : int
    -> distances : float array of shape (n_queries, k)
    -> indices : int array of shape (n_queries, k)

    >>> knn_capped(np.array([[6.]]), np.array([[1.], [4.], [9.]]), 2, 65536)
    (array([[2., 3.]]), array([[1, 2]]))
    """
    # TODO: read the rows in chunks, and keep the best k so far.
    raise NotImplementedError


def topk_update(state, distances, indices):
    """Add a chunk of a stream to the k smallest distances so far; k is the length of the state.

    A chunk may be empty; its distances come in any order. No index comes twice in a stream. Equal
    distances may come in any order, and any of them where not all fit in. The old state stays as it is.

    state : TopK
    distances : float array of shape (n_chunk,)
    indices : int array of shape (n_chunk,)
    -> state : TopK

    >>> start = TopK(np.array([2., np.inf]), np.array([7, -1]))
    >>> topk_update(start, np.array([5., 1.]), np.array([8, 9]))
    TopK(distances=array([1., 2.]), indices=array([9, 7]))
    """
    # TODO: k + n_chunk numbers, of which k stay.
    raise NotImplementedError


# Round 5: choosing k


def loo_accuracy(X, y, k_max):
    """Give, for each k from 1 to k_max, the share of rows that the other rows would label right.

    A row is labelled by a vote of its k nearest other rows, as in loo_neighbors; vote ties go to the
    smallest class, as in knn_classify. Inputs leave no choice of neighbours. ValueError for NaN or
    infinity, where y has another length than X, and unless 1 <= k_max <= n_samples - 1.

    X : float array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
    k_max : int
    -> accuracies : float array of shape (k_max,)

    >>> loo_accuracy(np.array([[0.], [1.], [3.], [9.]]), np.array([0, 0, 1, 1]), 2)
    array([0.75, 0.5 ])
    """
    # TODO: the k nearest contain the k - 1 nearest.
    raise NotImplementedError


# Round 6: a kd-tree


def kdtree_build(X, leaf_size):
    """Prepare X for kdtree_query: split its rows in halves, again and again, along its axes.

    Equal rows, however many, must not stop it. ValueError for NaN or infinity and for leaf_size < 1.

    X : float array of shape (n_samples, n_features)
    leaf_size : int, a part of at most so many rows need not be split further
    -> state : whatever kdtree_query needs

    >>> X = np.array([[1.], [4.], [9.]])
    >>> state = kdtree_build(X, 1)
    """
    # TODO: at the median, so that both halves are of one size.
    raise NotImplementedError


def kdtree_query(state, q, k, dist):
    """Find the k rows nearest to q, nearest first, and their Euclidean distances; exact.

    Rows at equal distance may come in any order, and any of them where not all fit in. Distances to
    rows come from dist(q, ids) alone, which counts the ids; counts bind honest code only. Where k is at
    most 5, leaf_size at most 16, and X has 1,500 rows of at most 3 features, spread as the queries are,
    the queries together ask for at most 150 distances each. ValueError for k < 1 or k > n_samples.

    state : what kdtree_build returned
    q : float array of shape (n_features,)
    k : int
    dist : callable, dist(q, ids) gives the distances from q to the rows ids of X, shape (len(ids),)
    -> distances : float array of shape (k,)
    -> indices : int array of shape (k,)

    >>> kdtree_query(state, np.array([6.]), 2, lambda q, ids: abs(X[ids, 0] - q))  # the state above
    (array([2., 3.]), array([1, 2]))
    """
    # TODO: when is no row of a part nearer than the k-th so far?
    raise NotImplementedError


# Round 7: nearly always right


def index_build(X, rng, dist):
    """Prepare X for index_search in any way: cells, hashes, a graph, a tree.

    Building is free: compute what you like from X, or ask dist, which counts nothing here. All
    randomness comes from rng.

    X : float array of shape (n_samples, n_features)
    rng : numpy.random.Generator
    dist : callable, as in kdtree_query
    -> state : whatever index_search needs

    >>> X = np.array([[1.], [4.], [9.]])
    >>> dist = lambda q, ids: abs(X[ids, 0] - q)
    >>> state = index_build(X, np.random.default_rng(0), dist)
    """
    # TODO: group rows so that near ones are found together.
    raise NotImplementedError


def index_search(state, q, k, dist):
    """Find k different rows near to q, in any order: nearly always the nearest ones.

    Where X has 1,400 rows and k is 10, at least 95 of 100 rows found are as near as the true k nearest,
    over all queries of a case, and together they ask dist for at most 560 distances each.
    Otherwise any k different rows are right, at any cost. Distances to rows come from dist alone, and
    counts bind honest code only; those to points of your own, such as the centres of cells, are free.
    ValueError for k < 1 or k > n_samples.

    state : what index_build returned
    q : float array of shape (n_features,)
    k : int
    dist : callable, as in kdtree_query
    -> indices : int array of shape (k,)

    >>> index_search(state, np.array([6.]), 2, dist)  # one of many answers: a perfect index's
    array([1, 2])
    """
    # TODO: look at the most promising rows only, then rank them by dist.
    raise NotImplementedError


# Round 8: changing sets (extra)


def insert(state, ids, X):
    """Put rows into a set that is searched by query. The state that it is given is not used again.

    ids are numbers of your caller's, in any order. ValueError where an id is in the set already; none
    that was deleted comes back.

    state : what insert or delete returned, or None for an empty set
    ids : int array of shape (n_rows,)
    X : float array of shape (n_rows, n_features)
    -> state : whatever the three functions need

    >>> state = insert(None, np.array([7, 2, 5]), np.array([[1.], [4.], [9.]]))
    """
    # TODO: a kd-tree is hard to change, but several small ones are soon made into a larger one.
    raise NotImplementedError


def delete(state, ids):
    """Take rows out of the set. The state that it is given is not used again.

    ValueError where an id is not in the set.

    state : what insert or delete returned
    ids : int array of shape (n_rows,)
    -> state : whatever the three functions need

    >>> state = delete(state, np.array([2]))  # the state above
    """
    # TODO: mark them, and tidy up when there are many.
    raise NotImplementedError


def query(state, q, k, dist):
    """Find the k rows of the set nearest to q, nearest first, with their distances; exact.

    Rows at equal distance may come in any order, and any of them where not all fit in. As in
    kdtree_query, distances come from dist(q, ids) alone, and counts bind honest code only. Where 1,000
    rows of 2 features are in the set, spread as the queries are, and k is 5, the queries of a case
    together ask for at most 400 distances each. ValueError for k < 1 and for k above the number of rows.

    state : what insert or delete returned
    q : float array of shape (n_features,)
    k : int
    dist : callable, as in kdtree_query, for ids of the set
    -> distances : float array of shape (k,)
    -> ids : int array of shape (k,)

    >>> rows = {5: 9., 7: 1.}  # what is left in the state above
    >>> query(state, np.array([6.]), 2, lambda q, ids: np.array([abs(rows[i] - q[0]) for i in ids]))
    (array([3., 5.]), array([5, 7]))
    """
    # TODO: the k best of all parts are the best of the best k of each.
    raise NotImplementedError


# Round 9: open


def compress(X, rng):
    """Write each row of X in few bytes, in any way, so that `rank` can do without X.

    codes has a line for each row, of any length and any integer type; book holds numbers of your own,
    in any shape. All randomness comes from rng.

    X : float array of shape (n_samples, n_features)
    rng : numpy.random.Generator
    -> codes : Codes

    >>> codes = compress(np.array([[1.], [4.], [9.]]), np.random.default_rng(0))
    >>> codes  # one of many answers
    Codes(codes=array([[1], [4], [9]], dtype=uint8), book=array([1.]))
    """
    # TODO: which digits of which numbers could you do without?
    raise NotImplementedError


def rank(codes, Q, k):
    """Find k different rows for each query, in any order, by what the codes tell.

    Find as many as possible of the true k nearest, from as few bytes as possible. The score is the
    share of rows found that are as near as the true k nearest (recall); the cost is the bytes of codes
    and book, divided by n_samples. What codes does not hold must not be used; that binds honest code only.

    codes : Codes
    Q : float array of shape (n_queries, n_features)
    k : int
    -> indices : int array of shape (n_queries, k)

    >>> rank(codes, np.array([[6.]]), 2)  # one of many answers: the best one
    array([[1, 2]])
    """
    # TODO: the query need not be compressed.
    raise NotImplementedError
