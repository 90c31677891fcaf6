"""k-means, from two small steps to the choice of k. Fill in the functions round by round.

n_samples rows of n_features numbers go into n_clusters clusters; labels count from 0.
"""

from typing import NamedTuple

import numpy as np


class State(NamedTuple):
    """From round 7 on: what is kept of a stream, centres and the weight of the rows that each has taken.

    centers : float array of shape (n_clusters, n_features)
    totals : float array of shape (n_clusters,)
    """

    centers: np.ndarray
    totals: np.ndarray


# Round 1: steps


def assign(X, centers):
    """Label each row with its nearest centre by Euclidean distance; ties go to the lowest index.

    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    -> labels : int array of shape (n_samples,)

    >>> assign(np.array([[0.], [4.], [9.]]), np.array([[2.], [6.]]))
    array([0, 0, 1])
    """
    # TODO: squared distances have the same order as distances.
    raise NotImplementedError


def update(X, labels, centers):
    """Move each centre to the mean of its rows; an empty cluster keeps its previous centre.

    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)
    -> centers : float array of shape (n_clusters, n_features)

    >>> update(np.array([[0.], [4.]]), np.array([0, 0]), np.array([[3.], [7.]]))
    array([[2.], [7.]])
    """
    # TODO: return new centres; leave the inputs as they are.
    raise NotImplementedError


def lloyd(X, centers, max_iter=300):
    """Assign, then update, until the labels repeat or max_iter updates have been made.

    Inputs empty no cluster. Stopping when the centres stand still is as right. Where max_iter ends
    it, the labels may be those of the last assignment or those of the returned centres.

    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_iter : int, default=300
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (n_clusters, n_features)

    >>> lloyd(np.array([[0.], [2.], [3.], [9.]]), np.array([[0.], [3.]]))
    (array([0, 0, 0, 1]), array([[1.66666667], [9.]]))
    """
    # TODO: a loop over the two functions above.
    raise NotImplementedError


# Round 2: like scikit-learn


def relocate_empty(X, labels, centers):
    """Update the centres, but first give each empty cluster a row.

    Each empty cluster, lowest index first, takes the row farthest from the centre it is assigned to,
    centers[labels]; a row moves at most once. The moved rows get the new labels, and the returned
    centres are the means of the clusters under the returned labels. When no cluster is empty, no row
    moves. When every row lies on its centre nothing moves, and an empty cluster keeps its centre.
    Inputs leave no ties among the rows that move, and no cluster loses its only row.

    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (n_clusters, n_features)

    >>> relocate_empty(np.array([[0.], [2.], [9.]]), np.array([0, 0, 0]), np.array([[1.], [50.]]))
    (array([0, 0, 1]), array([[1.], [9.]]))
    """
    # TODO: sort the rows by distance to the centre they have.
    raise NotImplementedError


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means just as scikit-learn's KMeans(init=centers, n_init=1, algorithm="lloyd") does.

    An iteration is `assign`, then `relocate_empty` for the new centres. It is the last one when its
    labels repeat those of the iteration before, when the sum of squared shifts of the centres is at
    most tol times the mean variance of the columns (ddof=0), or when n_iter is max_iter. Then the
    rows are assigned once more, so the returned labels belong to the returned centres; inertia is
    the sum of squared distances to them. Where a cluster stays empty, n_iter and its centre are
    free; max_iter is at least 1. Bad input raises ValueError: NaN or infinity, no centres, more
    centres than rows, shapes that do not match.

    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_iter : int, default=300
    tol : float, default=1e-4
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (n_clusters, n_features)
    -> inertia : float
    -> n_iter : int

    >>> kmeans(np.array([[0.], [1.], [10.], [11.]]), np.array([[0.], [10.]]))
    (array([0, 0, 1, 1]), array([[ 0.5], [10.5]]), 1.0, 2)
    """
    # TODO: check the input, then loop.
    raise NotImplementedError


# Round 3: starts


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    """Choose k rows as starting centres, far from each other (k-means++).

    The first pick is uniform. Every other pick is drawn with probability proportional to the squared
    distance to the nearest row already picked. With n_local_trials > 1, that many candidates are
    drawn independently, and the one that leaves the smallest sum of these squared distances is
    picked. A row at distance 0 is never picked while another row lies farther; when all lie at
    distance 0, any row may follow. All randomness comes from rng. ValueError if k < 1 or k > n_samples.

    X : float array of shape (n_samples, n_features)
    k : int
    rng : numpy.random.Generator
    n_local_trials : int, default=1
    -> indices : int array of shape (k,)

    >>> kmeans_plusplus(np.array([[0.], [0.], [5.]]), 2, np.random.default_rng(0))  # one of 4 answers
    array([2, 0])
    """
    # TODO: keep one array of squared distances and lower it after each pick.
    raise NotImplementedError


def best_of(X, k, n_init, rng):
    """Run `kmeans` from n_init starts by `kmeans_plusplus`; return the run with the lowest inertia.

    The starts are those of n_local_trials=1; n_init is at least 1. All randomness comes from rng.
    ValueError if k < 1 or k > n_samples.

    X : float array of shape (n_samples, n_features)
    k : int
    n_init : int
    rng : numpy.random.Generator
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (k, n_features)
    -> inertia : float

    >>> best_of(np.array([[0.], [2.], [9.]]), 2, 10, np.random.default_rng(0))  # one of many answers
    (array([0, 0, 1]), array([[1.], [9.]]), 2.0)
    """
    # TODO: one generator for all runs.
    raise NotImplementedError


# Round 4: how many


def silhouette(X, labels):
    """Score how much nearer each row is to its own cluster than to the next one, in [-1, 1].

    The value of a row is (b - a) / max(a, b): a is its mean distance to the other rows of its
    cluster, b the lowest mean distance to the rows of another cluster. A row alone in its cluster
    counts 0, and so does one with a = b = 0. Labels may be any integers.
    ValueError unless there are 2 to n_samples - 1 clusters.

    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)
    -> values : float array of shape (n_samples,)

    >>> silhouette(np.array([[0.], [2.], [8.]]), np.array([5, 5, 7]))
    array([0.75      , 0.66666667, 0.        ])
    """
    # TODO: plain distances, not squared ones.
    raise NotImplementedError


# Round 5: memory


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):
    """Give the answer of `kmeans`, and its errors, while taking at most max_bytes of memory.

    All that the call holds beyond its arguments counts at its peak, results included, as tracemalloc
    sees it. There may be no room for n_samples * n_clusters numbers, nor for a copy of X; there is
    room for four arrays of n_samples numbers, four like centers and 30 kB. An offset does no harm:
    with 1e8 added to all of X and centers the labels, the inertia and n_iter stay the same.

    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_bytes : int
    max_iter : int, default=300
    tol : float, default=1e-4
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (n_clusters, n_features)
    -> inertia : float
    -> n_iter : int

    >>> kmeans_capped(np.array([[0.], [1.], [10.], [11.]]), np.array([[0.], [10.]]), 50_000)
    (array([0, 0, 1, 1]), array([[ 0.5], [10.5]]), 1.0, 2)
    """
    # TODO: rows do not need each other while they are assigned.
    raise NotImplementedError


# Round 6: fewer distances


def hamerly(X, centers, max_iter, dist):
    """Give what `kmeans` gives at tol=0, but ask for few distances.

    dist(q, ids) gives the Euclidean distances from a vector q to the rows X[ids]: (len(ids),). Ask
    it for all distances between a row and a centre; each counts. Those between centres are free:
    compute them yourself. Where a case has a budget, it is n_samples * n_clusters for the first
    iteration and, on average, half as many for each later one. A case allows 3,000 calls, so ask
    for many rows at once. Counts bind honest code only. Inputs empty no cluster, tie nowhere and do
    not start at the optimum. Where max_iter ends it, the labels may be those of the last assignment
    or those of the returned centres. Bad input raises ValueError.

    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_iter : int
    dist : callable
    -> labels : int array of shape (n_samples,)
    -> centers : float array of shape (n_clusters, n_features)
    -> n_iter : int

    >>> X = np.array([[0.], [1.], [10.], [11.]])
    >>> hamerly(X, np.array([[0.], [10.]]), 300, lambda q, ids: np.linalg.norm(X[ids] - q, axis=1))
    (array([0, 0, 1, 1]), array([[ 0.5], [10.5]]), 2)
    """
    # TODO: when can the label of a row not have changed?
    raise NotImplementedError


# Round 7: streams


def partial_fit(state, X_batch, weights):
    """Take in one batch of a stream, as scikit-learn's MiniBatchKMeans(reassignment_ratio=0) does.

    Each row goes to the nearest of the centres as they are before the batch; ties go to the lowest
    index. Then each centre becomes the weighted mean of all rows that it has taken, those of earlier
    batches included, and its total their total weight. With a total of 0 it has taken nothing: its
    first rows replace it, and until then it stays. A batch may have any number of rows, or none; a
    row of weight 0 changes nothing. The given state is left as it is. ValueError: NaN or infinity,
    a negative weight, shapes that do not match.

    state : State
    X_batch : float array of shape (n_rows, n_features)
    weights : float array of shape (n_rows,)
    -> state : State

    >>> partial_fit(State(np.array([[4.], [9.]]), np.array([2., 0.])), np.array([[1.]]), np.array([1.]))
    State(centers=array([[3.], [9.]]), totals=array([3., 0.]))
    """
    # TODO: a mean can be updated without the rows that made it.
    raise NotImplementedError


# Round 8: many machines


def partial(X_chunk, centers, weights):
    """Sum up what the rows of one machine contribute to one step of k-means.

    Each row goes to its nearest centre; ties go to the lowest index. The stats have a form of your
    own choice, but they hold no rows: their size depends on the centres alone. A chunk may have any
    number of rows, or none. ValueError: NaN or infinity, a negative weight, shapes that do not match.

    X_chunk : float array of shape (n_rows, n_features)
    centers : float array of shape (n_clusters, n_features)
    weights : float array of shape (n_rows,)
    -> stats : anything that `merge` and `finish` take

    >>> finish(partial(np.array([[0.], [4.]]), np.array([[3.]]), np.array([3., 1.])), np.array([[3.]]))
    (array([[1.]]), 28.0)
    """
    # TODO: which sums does `finish` need?
    raise NotImplementedError


def merge(a, b):
    """Combine two stats, both from the same centres, into those of all their rows together.

    Neither a nor b changes: either may be merged again, also with itself. Rows may be split into any
    chunks, and stats merged in any order, one by one or as a tree: `finish` gives the same answer.

    a : what `partial` or `merge` returned
    b : what `partial` or `merge` returned
    -> stats : anything that `merge` and `finish` take

    >>> chunk = np.array([[0.], [2.]]), np.array([[3.]]), np.array([1., 1.])
    >>> finish(merge(partial(*chunk), partial(*chunk)), np.array([[3.]]))
    (array([[1.]]), 20.0)
    """
    # TODO: return a new value.
    raise NotImplementedError


def finish(stats, centers):
    """Give the new centres of a step, and what the old ones cost.

    Each centre moves to the weighted mean of its rows; a centre whose rows have no weight in all
    stays where it is. inertia is the weighted sum of squared distances from the rows to the old
    centres, those that `partial` was given and that are given here again.

    stats : what `partial` or `merge` returned
    centers : float array of shape (n_clusters, n_features)
    -> centers : float array of shape (n_clusters, n_features)
    -> inertia : float

    >>> centers = np.array([[0.], [9.]])
    >>> finish(partial(np.array([[1.], [3.]]), centers, np.array([2., 2.])), centers)
    (array([[2.], [9.]]), 20.0)
    """
    # TODO: divide only where there is weight.
    raise NotImplementedError


def coreset(X, m, rng):
    """Extra: draw m rows, weighted so that they stand for all of X.

    Each is drawn with replacement; the chance q of a row is half 1 / n_samples, half its squared
    distance to the mean of X over the sum of these of all rows (1 / n_samples in all where that
    sum is 0). The weight of a drawn row is 1 / (m * q). All randomness comes from rng. ValueError:
    m < 1, no rows, NaN or infinity.

    X : float array of shape (n_samples, n_features)
    m : int
    rng : numpy.random.Generator
    -> points : float array of shape (m, n_features)
    -> weights : float array of shape (m,)

    >>> coreset(np.array([[0.], [0.], [0.], [4.]]), 2, np.random.default_rng(0))  # q = 1/6, 1/6, 1/6, 1/2
    (array([[4.], [0.]]), array([1., 3.]))
    """
    # TODO: two passes over the rows are enough.
    raise NotImplementedError


# Round 9: open


def cluster_huge(X, k, rng, dist):
    """Choose k centres for rows that are too many for Lloyd: low cost, few distances. Scored, not passed.

    X stands for 10⁹ rows, of which each distance is dear. As for `hamerly`, ask dist(q, ids) for all
    distances between a row and any vector, in at most 3,000 calls; means, and distances between
    vectors that are no rows of X, are free. Counts bind honest code only. All randomness comes from rng.
    The score is the inertia of the clusters that X was drawn from, as a share of yours: 1 is
    as good. The cost is the distances asked for, over n_samples * k: what one iteration of Lloyd
    asks for is 1. Answers whose inertia is above that of one centre at the mean of X are refused.

    X : float array of shape (n_samples, n_features)
    k : int
    rng : numpy.random.Generator
    dist : callable
    -> centers : float array of shape (k, n_features)

    >>> X = np.array([[0.], [0.], [8.], [8.]])
    >>> cluster_huge(X, 2, np.random.default_rng(0), lambda q, ids: abs(X[ids, 0] - q))  # one of many answers
    array([[8.], [0.]])
    """
    # TODO: which rows can you do without?
    raise NotImplementedError
