"""k nearest neighbours in numba: the loops of naive.py, compiled.

A public function checks its input, makes contiguous float64 arrays and calls a private kernel, so each
kernel is compiled for one set of types. A comment such as `# IN, OUT` after a kernel's parameters says, in
their order, which arrays it reads and which it writes.

In shapes: m queries, n rows, d features, k neighbours, K classes. In kernels, i is a query, j a row, f a
feature.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

EUCLIDEAN, MANHATTAN, COSINE = range(3)
METRICS = {"euclidean": EUCLIDEAN, "manhattan": MANHATTAN, "cosine": COSINE}


class TopK(NamedTuple):
    """The k smallest distances so far, ascending, and their rows; unfilled places hold inf and -1."""

    distances: np.ndarray
    indices: np.ndarray


class Codes(NamedTuple):
    """Rows in few bytes: a line of codes per row, and the book, the numbers needed to decode them."""

    codes: np.ndarray
    book: np.ndarray


def pairwise_sq_distances(Q, X):
    """Square and add up the differences: (m, n). O(mnd) time, O(1) memory besides the result."""
    distances = np.empty((len(Q), len(X)))
    _pairwise(_floats(Q), _floats(X), distances)
    return distances


def knn(Q, X, k, metric="euclidean"):
    """Keep the k nearest so far, for each query: distances, indices (m, k). O(mn(d + k)), O(1) memory."""
    _check_rows(Q, X)
    _check_k(k, len(X))
    if metric not in METRICS:
        raise ValueError(f"no metric {metric}: there is {', '.join(METRICS)}")
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
    _knn(_floats(Q), _floats(X), METRICS[metric], skip_self=False, distances=distances, indices=indices)
    return distances, indices


def knn_classify(Q, X, y, k, weights="uniform"):
    """Count the neighbours' votes for each class: labels (m,), proba (m, K). Costs knn, and O(m(k + K))."""
    _check_length(X, y)
    return _most_voted(*knn(Q, X, k), y, weights)


def knn_regress(Q, X, y, k, weights="uniform"):
    """Average the neighbours' values by their weights: (m,). Costs as much as knn, plus O(mk)."""
    _check_length(X, y)
    return _averages(*knn(Q, X, k), y, weights)


def loo_neighbors(X, k):
    """Keep the k nearest other rows, for each row: (n, k). O(n²(d + k)) time, O(nk) memory."""
    _check_rows(X, X)
    _check_k(k, len(X) - 1)
    distances, indices = np.empty((len(X), k)), np.empty((len(X), k), dtype=np.int64)
    _knn(_floats(X), _floats(X), EUCLIDEAN, skip_self=True, distances=distances, indices=indices)
    return indices


def knn_capped(Q, X, k, max_bytes):  # noqa: ARG001 - O(1) memory besides the result is within any cap
    """Keep the k nearest so far, for each query: distances, indices (m, k). O(mn(d + k)), O(1) memory."""
    _check_shapes(Q, X)
    _check_k(k, len(X))
    if not (np.isfinite(Q.sum()) and np.isfinite(X.sum())):  # sums need no array of booleans
        raise ValueError("NaN or infinity in the input")
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
    _knn_any(np.ascontiguousarray(Q), np.ascontiguousarray(X), distances, indices)
    return distances, indices


def topk_update(state, distances, indices):
    """Insert each new distance into its place: a TopK. O(ck) for c new ones."""
    best = TopK(state.distances.copy(), state.indices.astype(np.int64))
    _update(_floats(distances), np.ascontiguousarray(indices, dtype=np.int64), best.distances, best.indices)
    return best


def loo_accuracy(X, y, k_max):
    """Let one more neighbour vote at a time: (k_max,). O(n²(d + k_max)), then O(n k_max K)."""
    _check_length(X, y)
    classes, codes = np.unique(y, return_inverse=True)
    right = np.zeros(k_max)
    _accuracy(loo_neighbors(X, k_max), codes, len(classes), right)
    return right / len(X)


def kdtree_build(X, leaf_size):
    """Cut at the median of the widest axis: order (n,), nodes, cuts. O(n log² n + nd log n).

    A node has the rows order[start:end]; the left child has those before the median, the right child, whose
    number is one higher, the others. cuts has the median of each inner node.
    """
    _check_rows(X, X)
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    n = len(X)
    order = np.arange(n)
    nodes = np.empty((2 * n, 4), dtype=np.int64)  # start, end, axis (-1 for a leaf), number of the left child
    cuts = np.empty(2 * n)
    n_nodes = _grow(_floats(X), leaf_size, order, nodes, cuts)
    return order, nodes[:n_nodes].tolist(), cuts[:n_nodes].tolist()


def kdtree_query(state, q, k, dist):
    """Search the leaf of q, then other leaves that are near enough: two (k,). O(log n) at low d.

    This is plain Python, as it has to call `dist`.
    """
    order, _, _ = state
    _check_k(k, len(order))
    distances, indices = np.empty(k), np.empty(k, dtype=np.int64)
    _descend(state, q, lambda places: (places, dist(q, places)), (distances, indices), size=0)
    return distances, indices


def _descend(tree, q, measure, best, size):
    """Search the tree of `kdtree_build`; insert its nearest rows among the best; return their new number.

    best: distances and indices (k,), ascending, of which the first `size` are filled. `measure(places)`
    returns the names and the distances of rows of the tree; it may leave out rows that are deleted.
    """
    order, nodes, cuts = tree
    distances, indices = best
    stack = [(0.0, 0)]  # (distance to the farthest cut between q and the node, node)
    while stack:
        cut_distance, node = stack.pop()
        if size == len(distances) and cut_distance >= distances[-1]:
            continue
        start, end, axis, left = nodes[node]
        if axis < 0:
            names, found_distances = measure(order[start:end])
            size = _take_in(found_distances, names, distances, indices, size)
            continue
        beyond = q[axis] - cuts[node]
        near, far = (left, left + 1) if beyond < 0 else (left + 1, left)
        stack.append((max(cut_distance, abs(beyond)), far))
        stack.append((cut_distance, near))
    return size


def index_build(X, rng, dist):
    """Link each row with its 10 nearest, both ways, and 4 random ones: links by row, start rows. O(n²d)."""
    del dist  # not needed: X itself is given
    n = len(X)
    near = loo_neighbors(X, min(10, n - 1)) if n > 1 else np.empty((1, 0), dtype=np.int64)
    return _linked(near, rng)


def index_search(state, q, k, dist):
    """Follow links from row to nearer rows, keeping the 50 nearest: (k,). Far below O(dn) on real data."""
    links, first_rows = state
    _check_k(k, len(links))
    width = max(k, 50)
    seen = set(first_rows.tolist())
    todo = list(zip(dist(q, first_rows).tolist(), first_rows.tolist()))  # heap, the nearest on top
    heapq.heapify(todo)
    best = heapq.nsmallest(width, todo)
    while todo:
        distance, i = heapq.heappop(todo)
        if len(best) == width and distance > best[-1][0]:
            break
        unseen_links = [j for j in links[i] if j not in seen]
        if unseen_links:
            seen.update(unseen_links)
            candidates = list(zip(dist(q, np.array(unseen_links)).tolist(), unseen_links))
            for candidate in candidates:
                heapq.heappush(todo, candidate)
            best = heapq.nsmallest(width, best + candidates)
    nearest = [i for _, i in best[:k]]
    unseen = (i for i in range(len(links)) if i not in seen)  # in case links do not reach all rows
    return np.array(nearest + [next(unseen) for _ in range(k - len(nearest))])


def insert(state, ids, X):
    """Add new rows to a list beside one tree: (rows by id, ids of the tree, tree, new ids).

    When a quarter of the rows has changed, a new tree is built of all rows: O(log n) per row on average.
    """
    return _tidy(*_added(state, ids, X), kdtree_build)


def delete(state, ids):
    """Delete the rows; the tree contains them until it is rebuilt. Returns the same state as insert."""
    return _tidy(*_forgotten(state, ids), kdtree_build)


def query(state, q, k, dist):
    """Compute distances to the new rows, then search the tree: two (k,). O(n / 4 + log n) at low d."""
    return _nearest_of(state, q, k, dist, _descend)


def compress(X, rng):
    """Encode each of 16 pieces of a row as the nearest of 32 centres: codes (n, 16), book. O(32 nd) a pass.

    This is product quantisation (Jégou, Douze and Schmid 2011; full title in reference.py). The centres of
    each piece come from eight iterations of k-means. book: (32, columns), the centres of all pieces.
    """
    n, d = X.shape
    pieces = min(16, d)
    width = -(-d // pieces)  # columns of a piece; the last ones are padded with zeros
    padded = np.zeros((n, pieces * width))
    padded[:, :d] = X
    book = padded[rng.permutation(n)[:32]].copy()  # (32, pieces * width)
    codes = np.empty((n, pieces), dtype=np.uint8)
    for _ in range(8):
        _quantise(padded, book, width, codes)
        _move_centers(padded, codes, width, book)
    _quantise(padded, book, width, codes)
    return Codes(codes, book)


def rank(codes, Q, k):
    """Add up squared distances of pieces, looked up in a table: (m, k). O(m(32 d + 16 n + n log n))."""
    padded = np.zeros((len(Q), codes.book.shape[1]))
    padded[:, : Q.shape[1]] = Q
    indices = np.empty((len(Q), k), dtype=np.int64)
    _rank(padded, codes.book, codes.codes, indices)
    return indices


def _most_voted(distances, indices, y, weights):
    """Return the winning class of each query (m,), and all shares of the votes (m, K)."""
    classes, codes = np.unique(y, return_inverse=True)
    proba = np.zeros((len(indices), len(classes)))
    best = np.empty(len(indices), dtype=np.int64)
    _vote(_weigh(distances, weights), indices, codes, proba, best)
    return classes[best], proba


def _averages(distances, indices, y, weights):
    """Return the weighted mean of y over each query's neighbours: (m,)."""
    values = np.empty(len(indices))
    _average(_weigh(distances, weights), indices, _floats(y), values)
    return values


def _linked(near, rng):
    """Link each row with its neighbours near (n, 10), both ways, and with 4 random rows.

    Returns a sorted list of links per row, and up to 16 random rows to start from.
    """
    n = len(near)
    links = [set(neighbors) for neighbors in near.tolist()]
    for i, neighbors in enumerate(near.tolist()):
        for j in neighbors:
            links[j].add(i)
        links[i].update(rng.integers(n, size=4).tolist())
    return [sorted(row_links) for row_links in links], rng.choice(n, min(16, n), replace=False)


def _added(state, ids, X):
    """Return the state with new rows, which are not in the tree yet. An empty state is None."""
    rows, names, tree, newcomers = state or ({}, np.empty(0, dtype=np.int64), None, [])
    if rows.keys() & set(ids.tolist()):
        raise ValueError("an id is in the set already")
    rows.update(zip(ids.tolist(), X))
    newcomers.extend(ids.tolist())
    return rows, names, tree, newcomers


def _forgotten(state, ids):
    """Return the state without these rows; the tree still contains them."""
    rows, names, tree, newcomers = state
    if not rows.keys() >= set(ids.tolist()):
        raise ValueError("an id is not in the set")
    for name in ids.tolist():
        del rows[name]
    return rows, names, tree, [name for name in newcomers if name in rows]


def _tidy(rows, names, tree, newcomers, build):
    """Return the state, with a new tree if more than 32 plus a quarter of the rows are not as in the old one.

    build: `kdtree_build` of this solution; leaves have 8 rows.
    """
    n_deleted = len(names) + len(newcomers) - len(rows)
    if rows and n_deleted + len(newcomers) > 32 + len(rows) // 4:
        names = np.array(list(rows))
        return rows, names, build(np.array(list(rows.values())), leaf_size=8), []
    return rows, names, tree, newcomers


def _nearest_of(state, q, k, dist, descend):
    """Find the k nearest rows: distances, ids (k,). Deleted rows of the tree are skipped.

    descend: the function that searches a tree (`_descend` of the solution).
    """
    rows, names, tree, newcomers = state
    _check_k(k, len(rows))
    distances, ids = np.empty(k), np.empty(k, dtype=np.int64)
    new_ids = np.array(newcomers, dtype=np.int64)
    size = _take_in(dist(q, new_ids), new_ids, distances, ids, size=0)

    def measure(places):
        alive = np.array([name for name in names[places].tolist() if name in rows], dtype=np.int64)
        return alive, dist(q, alive)

    if tree is not None:
        descend(tree, q, measure, (distances, ids), size)
    return distances, ids


def _floats(array):
    """Return the array as contiguous float64, without a copy where possible."""
    return np.ascontiguousarray(array, dtype=np.float64)


def _weigh(distances, weights):
    """Return the votes of the neighbours (m, k): 1, or 1 / distance."""
    if weights not in ("uniform", "distance"):
        raise ValueError(f"no weights {weights}")
    votes = np.ones(distances.shape)
    if weights == "distance":
        _invert(distances, votes)
    return votes


def _check_shapes(Q, X):
    """Raise ValueError unless queries and rows have two axes and the same number of features."""
    if Q.ndim != 2 or X.ndim != 2 or Q.shape[1] != X.shape[1]:
        raise ValueError(f"shapes do not match: Q {Q.shape}, X {X.shape}")


def _check_rows(Q, X):
    """Raise ValueError for shapes that do not match, NaN or infinity."""
    _check_shapes(Q, X)
    if not (np.isfinite(Q).all() and np.isfinite(X).all()):
        raise ValueError("NaN or infinity in the input")


def _check_k(k, n):
    """Raise ValueError unless 1 <= k <= n."""
    if not 1 <= k <= n:
        raise ValueError(f"expected 1 to {n} neighbours, got {k}")


def _check_length(X, y):
    """Raise ValueError unless there is a value of y for each row."""
    if len(X) != len(y):
        raise ValueError(f"{len(X)} rows, but {len(y)} values of y")


@njit(cache=True)
def _squared(A, i, B, j):
    """Return the squared distance from row i of A to row j of B."""
    total = 0.0
    for f in range(A.shape[1]):
        total += (A[i, f] - B[j, f]) ** 2
    return total


@njit(cache=True)
def _pairwise(Q, X, distances):  # IN, IN, OUT
    """Write the squared distances (m, n)."""
    for i in range(Q.shape[0]):
        for j in range(X.shape[0]):
            distances[i, j] = _squared(Q, i, X, j)


@njit(cache=True)
def _measure(Q, i, X, j, metric):
    """Return the distance from query i to row j, or its square for the Euclidean metric: the same order."""
    if metric == EUCLIDEAN:
        return _squared(Q, i, X, j)
    total, q_length, x_length = 0.0, 0.0, 0.0
    for f in range(Q.shape[1]):
        if metric == MANHATTAN:
            total += abs(Q[i, f] - X[j, f])
        else:
            total += Q[i, f] * X[j, f]
            q_length += Q[i, f] ** 2
            x_length += X[j, f] ** 2
    if metric == MANHATTAN:
        return total
    lengths = np.sqrt(q_length) * np.sqrt(x_length)
    return 1 - total / lengths if lengths > 0 else 1.0


@njit(cache=True)
def _insert(distance, index, distances, indices, size):  # IN, IN, INOUT, INOUT, IN
    """Insert a row among the first `size`, which are sorted; if all places are filled, drop the last one."""
    place = min(size, len(distances) - 1)
    while place > 0 and distances[place - 1] > distance:
        distances[place] = distances[place - 1]
        indices[place] = indices[place - 1]
        place -= 1
    distances[place] = distance
    indices[place] = index


@njit(cache=True)
def _knn(Q, X, metric, skip_self, distances, indices):  # IN, IN, IN, IN, OUT, OUT
    """Write the k nearest rows of each query. skip_self: whether query i is row i, which is left out."""
    k = distances.shape[1]
    for i in range(Q.shape[0]):
        size = 0
        for j in range(X.shape[0]):
            if skip_self and i == j:
                continue
            distance = _measure(Q, i, X, j, metric)
            if size < k or distance < distances[i, k - 1]:
                _insert(distance, j, distances[i], indices[i], size)
                size = min(size + 1, k)
        if metric == EUCLIDEAN:
            for place in range(k):
                distances[i, place] = np.sqrt(distances[i, place])


@njit(cache=True)
def _invert(distances, votes):  # IN, OUT
    """Write 1 / distance; if some neighbours are at distance 0, 1 for these and 0 for the others."""
    for i in range(distances.shape[0]):
        has_hit = distances[i, 0] == 0  # sorted, so the first is the nearest
        for place in range(distances.shape[1]):
            if has_hit:
                votes[i, place] = 1.0 if distances[i, place] == 0 else 0.0
            else:
                votes[i, place] = 1 / distances[i, place]


@njit(cache=True)
def _vote(votes, indices, codes, proba, best):  # IN, IN, IN, INOUT, OUT
    """Add the votes (m, k) up by class: shares proba (m, K), from zeros, and the winners best (m,)."""
    for i in range(votes.shape[0]):
        total = 0.0
        for place in range(votes.shape[1]):
            proba[i, codes[indices[i, place]]] += votes[i, place]
            total += votes[i, place]
        best[i] = 0
        for code in range(proba.shape[1]):
            proba[i, code] /= total
            if proba[i, code] > proba[i, best[i]]:
                best[i] = code


@njit(cache=True)
def _average(votes, indices, y, values):  # IN, IN, IN, OUT
    """Write the mean of y over each query's neighbours, weighted by votes (m, k)."""
    for i in range(votes.shape[0]):
        total, weight = 0.0, 0.0
        for place in range(votes.shape[1]):
            total += votes[i, place] * y[indices[i, place]]
            weight += votes[i, place]
        values[i] = total / weight


@njit(cache=True)
def _knn_any(Q, X, distances, indices):  # IN, IN, OUT, OUT
    """Write the k nearest rows, as `_knn` does, of arrays of any type, without a copy in float64."""
    k = distances.shape[1]
    for i in range(Q.shape[0]):
        size = 0
        for j in range(X.shape[0]):
            total = 0.0
            for f in range(Q.shape[1]):
                total += (np.float64(Q[i, f]) - np.float64(X[j, f])) ** 2
            if size < k or total < distances[i, k - 1]:
                _insert(total, j, distances[i], indices[i], size)
                size = min(size + 1, k)
        for place in range(k):
            distances[i, place] = np.sqrt(distances[i, place])


@njit(cache=True)
def _update(new, names, distances, indices):  # IN, IN, INOUT, INOUT
    """Insert the new distances and their rows (`names`) among the k smallest so far."""
    for i in range(len(new)):
        if new[i] < distances[-1]:
            _insert(new[i], names[i], distances, indices, len(distances))


@njit(cache=True)
def _accuracy(neighbors, codes, n_classes, right):  # IN, IN, IN, INOUT
    """Count, for each k, the rows whose k nearest neighbours vote for their class: right (k_max,)."""
    votes = np.empty(n_classes, dtype=np.int64)
    for i in range(neighbors.shape[0]):
        votes[:] = 0
        for place in range(neighbors.shape[1]):
            votes[codes[neighbors[i, place]]] += 1
            if votes.argmax() == codes[i]:
                right[place] += 1


@njit(cache=True)
def _grow(X, leaf_size, order, nodes, cuts):  # IN, IN, INOUT, OUT, OUT
    """Write the nodes of `kdtree_build`, parents before children; return their number."""
    nodes[0, 0], nodes[0, 1] = 0, len(order)
    n_nodes, node = 1, 0
    while node < n_nodes:
        start, end = nodes[node, 0], nodes[node, 1]
        ids = order[start:end].copy()
        axis, widest = -1, 0.0
        if end - start > leaf_size:
            for f in range(X.shape[1]):
                low = high = X[ids[0], f]
                for i in ids:
                    low, high = min(low, X[i, f]), max(high, X[i, f])
                if high - low > widest:
                    axis, widest = f, high - low
        nodes[node, 2], nodes[node, 3] = axis, n_nodes
        if axis >= 0:  # a leaf otherwise, also if all rows are equal
            values = np.empty(len(ids))
            for place in range(len(ids)):
                values[place] = X[ids[place], axis]
            ranked = values.argsort()
            for place in range(len(ids)):
                order[start + place] = ids[ranked[place]]
            middle = start + len(ids) // 2
            cuts[node] = X[order[middle], axis]
            nodes[n_nodes, 0], nodes[n_nodes, 1] = start, middle
            nodes[n_nodes + 1, 0], nodes[n_nodes + 1, 1] = middle, end
            n_nodes += 2
        node += 1
    return n_nodes


@njit(cache=True)
def _take_in(found_distances, ids, distances, indices, size):  # IN, IN, INOUT, INOUT, IN
    """Insert rows among the k nearest, of which `size` are filled; return how many are filled then."""
    for place in range(len(ids)):
        if size < len(distances) or found_distances[place] < distances[-1]:
            _insert(found_distances[place], ids[place], distances, indices, size)
            size = min(size + 1, len(distances))
    return size


@njit(cache=True)
def _piece_distance(A, i, book, j, columns):
    """Return the squared distance of row i of A to centre j, over columns[0] to columns[1] only."""
    total = 0.0
    for f in range(columns[0], columns[1]):
        total += (A[i, f] - book[j, f]) ** 2
    return total


@njit(cache=True)
def _quantise(X, book, width, codes):  # IN, IN, IN, OUT
    """Write the nearest centre of each piece of each row; a piece has `width` columns."""
    for i in range(X.shape[0]):
        for piece in range(codes.shape[1]):
            nearest = np.inf
            for j in range(book.shape[0]):
                distance = _piece_distance(X, i, book, j, (piece * width, (piece + 1) * width))
                if distance < nearest:
                    nearest = distance
                    codes[i, piece] = j


@njit(cache=True)
def _move_centers(X, codes, width, book):  # IN, IN, IN, INOUT
    """Move each centre of each piece to the mean of its rows; those without rows stay."""
    sums, sizes = np.zeros(book.shape), np.zeros(book.shape)
    for i in range(X.shape[0]):
        for f in range(X.shape[1]):
            j = codes[i, f // width]
            sums[j, f] += X[i, f]
            sizes[j, f] += 1
    for j in range(book.shape[0]):
        for f in range(book.shape[1]):
            if sizes[j, f] > 0:
                book[j, f] = sums[j, f] / sizes[j, f]


@njit(cache=True)
def _rank(Q, book, codes, indices):  # IN, IN, IN, OUT
    """Write the k rows with the smallest distances, each added up from its pieces' distances in a table."""
    n, pieces = codes.shape
    width = book.shape[1] // pieces
    table = np.empty((pieces, book.shape[0]))
    distances = np.empty(n)
    for i in range(Q.shape[0]):
        for piece in range(pieces):
            for j in range(book.shape[0]):
                table[piece, j] = _piece_distance(Q, i, book, j, (piece * width, (piece + 1) * width))
        distances[:] = 0.0
        for row in range(n):
            for piece in range(pieces):
                distances[row] += table[piece, codes[row, piece]]
        indices[i] = distances.argsort()[: indices.shape[1]]
