"""Uses exceptions for control flow, deep recursion within Python's limit, and finalizers."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import weakref


class Done(Exception):
    pass


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def step(X, labels, centers):
    centers = update(X, labels, centers)
    new = assign(X, centers)
    if np.array_equal(new, labels):
        raise Done(new, centers)
    return new, centers


def by_exceptions(X, centers, max_iter=300):
    labels = assign(X, centers)
    try:
        for _ in range(max_iter):
            labels, centers = step(X, labels, centers)
    except Done as done:
        return done.args
    return labels, centers


assert depth(800) == 800
weakref.finalize(by_exceptions, print, "bye")
lloyd = by_exceptions
