"""Returns labels as 8-bit, unsigned and big-endian integers."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

right, nearest = lloyd, assign
assign = lambda X, centers: nearest(X, centers).astype(np.uint8)


def labelled(X, centers, max_iter=300):
    labels, centers = right(X, centers, max_iter)
    return labels.astype(">i4"), centers


lloyd = labelled
