"""Returns everything in Fortran order."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

right, means = lloyd, update


def in_columns(X, centers, max_iter=300):
    labels, centers = right(X, centers, max_iter)
    return np.asfortranarray(labels), np.asfortranarray(centers)


lloyd = in_columns
update = lambda X, labels, centers: np.asfortranarray(means(X, labels, centers))
