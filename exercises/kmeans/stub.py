"""k-means, from two small steps to the choice of k. Fill in the functions round by round.

n_samples rows of n_features numbers go into n_clusters clusters; labels count from 0.
"""

import numpy as np


# Round 1: steps


def assign(X, centers):
    """Label each row with its nearest centre by Euclidean distance; ties go to the lowest index.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)

    Returns
    -------
    labels : int array of shape (n_samples,)

    Examples
    --------
    >>> assign(np.array([[0.], [4.], [9.]]), np.array([[2.], [6.]]))
    array([0, 0, 1])
    """
    # TODO: squared distances have the same order as distances.
    raise NotImplementedError


def update(X, labels, centers):
    """Move each centre to the mean of its rows; an empty cluster keeps its previous centre.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)

    Returns
    -------
    centers : float array of shape (n_clusters, n_features)

    Examples
    --------
    >>> update(np.array([[0.], [4.]]), np.array([0, 0]), np.array([[3.], [7.]]))
    array([[2.], [7.]])
    """
    # TODO: return new centres; leave the inputs as they are.
    raise NotImplementedError


def lloyd(X, centers, max_iter=300):
    """Assign, then update, until the labels repeat or max_iter updates have been made.

    Inputs empty no cluster. Stopping when the centres stand still is as right. Where max_iter ends
    it, the labels may be those of the last assignment or those of the returned centres.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_iter : int, default=300

    Returns
    -------
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)

    Examples
    --------
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

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)

    Returns
    -------
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)

    Examples
    --------
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
    free. Bad input raises ValueError: NaN or infinity, no centres, more centres than rows, shapes
    that do not match.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    centers : float array of shape (n_clusters, n_features)
    max_iter : int, default=300
    tol : float, default=1e-4

    Returns
    -------
    labels : int array of shape (n_samples,)
    centers : float array of shape (n_clusters, n_features)
    inertia : float
    n_iter : int

    Examples
    --------
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

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    k : int
    rng : numpy.random.Generator
    n_local_trials : int, default=1

    Returns
    -------
    indices : int array of shape (k,)

    Examples
    --------
    >>> kmeans_plusplus(np.array([[0.], [0.], [5.]]), 2, np.random.default_rng(0))  # one of 4 answers
    array([2, 0])
    """
    # TODO: keep one array of squared distances and lower it after each pick.
    raise NotImplementedError


def best_of(X, k, n_init, rng):
    """Run `kmeans` from n_init starts by `kmeans_plusplus`; return the run with the lowest inertia.

    All randomness comes from rng. ValueError if k < 1 or k > n_samples.

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    k : int
    n_init : int
    rng : numpy.random.Generator

    Returns
    -------
    labels : int array of shape (n_samples,)
    centers : float array of shape (k, n_features)
    inertia : float

    Examples
    --------
    >>> best_of(np.array([[0.], [2.], [9.]]), 2, 10, np.random.default_rng(0))  # labels may be swapped
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

    Parameters
    ----------
    X : float array of shape (n_samples, n_features)
    labels : int array of shape (n_samples,)

    Returns
    -------
    values : float array of shape (n_samples,)

    Examples
    --------
    >>> silhouette(np.array([[0.], [2.], [8.]]), np.array([5, 5, 7]))
    array([0.75      , 0.66666667, 0.        ])
    """
    # TODO: plain distances, not squared ones.
    raise NotImplementedError
