"""Has names and texts in many scripts."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

nächste, μέσοι = assign, update


def 分配(X, центры):
    """Ближайший центр — 最近的中心."""
    return nächste(X, центры)


assign = 分配
update = lambda X, labels, centers: μέσοι(X, labels, centers)
