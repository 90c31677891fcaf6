"""Takes a tenth of a second for each call, and is right."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import time

nearest = assign


def slow(X, centers):
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    return nearest(X, centers)


update_ = update
update = lambda X, labels, centers: (time.sleep(0.1), update_(X, labels, centers))[1]
assign = slow


def lloyd_by_fast_functions(X, centers, max_iter=300):
    labels = nearest(X, centers)
    for _ in range(max_iter):
        centers = update_(X, labels, centers)
        before, labels = labels, nearest(X, centers)
        if (before == labels).all():
            break
    return labels, centers


lloyd = lloyd_by_fast_functions
