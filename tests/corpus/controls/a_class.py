"""Has a class whose methods are the functions."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).


class KMeans:
    def __init__(self):
        self.runs = 0

    def assign(self, X, centers):
        return ((X[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)

    def __call__(self, X, centers, max_iter=300):
        self.runs += 1
        labels = self.assign(X, centers)
        for _ in range(max_iter):
            centers = update(X, labels, centers)
            before, labels = labels, self.assign(X, centers)
            if (before == labels).all():
                break
        return labels, centers


lloyd = KMeans()
assign = lloyd.assign
