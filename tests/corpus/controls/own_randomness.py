"""Seeds the global generators, and draws from them."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import random

right = lloyd
np.random.seed(0)
random.seed(0)


def draws(X, centers, max_iter=300):
    order = np.random.permutation(len(X))
    labels, centers = right(X[order], centers, max_iter)
    return labels[np.argsort(order)], centers


lloyd = draws
