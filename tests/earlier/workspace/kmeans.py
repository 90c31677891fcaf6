import numpy as np


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time and memory."""
    return squared_distances(X, centers).argmin(axis=1)


def update(X, labels, centers):
    """Move each centre to the mean of its rows, or leave it if it has none: (k, d). O(n(k + d))."""
    new_centers = centers.copy()  # (k, d)
    for j in range(len(centers)):
        rows = X[labels == j]  # (size of cluster j, d)
        if len(rows) > 0:
            new_centers[j] = rows.mean(axis=0)
    return new_centers


def lloyd(X, centers, max_iter=300):
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) a round."""
    labels = assign(X, centers)  # (n,)
    for _ in range(max_iter):
        centers = update(X, labels, centers)  # (k, d)
        new_labels = assign(X, centers)
        if np.array_equal(new_labels, labels):
            break
        labels = new_labels
    return labels, centers


def squared_distances(A, B):
    """Squared Euclidean distances by direct differences: (len(A), len(B))."""
    return ((A[:, None, :] - B[None, :, :]) ** 2).sum(axis=2)


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
