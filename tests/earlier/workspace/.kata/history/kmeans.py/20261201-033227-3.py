import numpy as np


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
