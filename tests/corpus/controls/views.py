"""Returns views: reversed, strided, of a larger array, read-only."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

right, nearest, means = lloyd, assign, update
assign = lambda X, centers: nearest(X[::-1], centers)[::-1]
update = lambda X, labels, centers: np.repeat(means(X, labels, centers), 2, axis=1)[:, ::2]


def frozen(X, centers, max_iter=300):
    labels, centers = right(X, centers, max_iter)
    labels.flags.writeable = False
    return np.broadcast_to(labels, (2, len(labels)))[0], centers


lloyd = frozen
