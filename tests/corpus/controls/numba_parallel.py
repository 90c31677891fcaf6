"""Is compiled by numba, with parallel loops, matrix products and linear algebra."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

from numba import njit, prange


@njit(parallel=True)
def nearest(X, centers):
    labels = np.empty(len(X), np.int64)
    for i in prange(len(X)):
        best, at = np.inf, 0
        for j in range(len(centers)):
            distance = 0.0
            for f in range(X.shape[1]):
                distance += (X[i, f] - centers[j, f]) ** 2
            if distance < best:
                best, at = distance, j
        labels[i] = at
    return labels


@njit
def algebra(A):
    return np.linalg.cholesky(A @ A.T + np.eye(len(A))).sum()


assert algebra(np.eye(3)) > 0
assign = lambda X, centers: nearest(np.ascontiguousarray(X, np.float64), np.ascontiguousarray(centers, np.float64))
