"""Works on lists, as beginners do, and turns them into arrays at the end."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).


def assign_by_loops(X, centers):
    labels = []
    for x in X.tolist():
        distances = [sum((a - b) ** 2 for a, b in zip(x, c)) for c in centers.tolist()]
        labels.append(distances.index(min(distances)))
    return np.array(labels)


assign = assign_by_loops
