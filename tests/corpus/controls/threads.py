"""Uses threads."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

from concurrent.futures import ThreadPoolExecutor

nearest = assign


def in_parts(X, centers):
    with ThreadPoolExecutor(3) as pool:
        return np.concatenate(list(pool.map(lambda part: nearest(part, centers), np.array_split(X, 3))))


assign = in_parts
