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
