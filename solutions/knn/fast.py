"""k nearest neighbours, exact, as fast as the machine allows.

Three ways to the same answer, chosen by size (`_choose`):
- few rows or queries: a scan, differences first, float64;
- few features: a kd-tree (Friedman, Bentley and Finkel, ACM Trans. Math. Softw. 3, 1977), built by
  selection instead of sorting, its leaves stored column by column;
- else: a filter. Scores q·x - |x|²/2 of all rows, by matrix arithmetic in few bits, with a bound on
  their error; the few rows that might be among the k nearest are measured in float64. That is the
  idea of the VA-file (Weber, Schek and Blott, VLDB 1998), at the speed of a matrix product.

Every bound errs to the safe side, so distances and neighbours are those of the scan.
m queries, n rows, d features, k neighbours, K classes.
"""

import math
from typing import NamedTuple

import numpy as np
from llvmlite import binding, ir
from numba import get_num_threads, njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..simd import (
    AVX512,
    CACHED,
    DOUBLE,
    FEATURES,
    FINITE,
    FLOAT,
    INT32,
    INT64,
    SUMS,
    any_lane,
    choose,
    data_of,
    filled,
    load,
    load_spread,
    lowest_bit,
    mask,
    multiply_add,
    shuffle,
    spread,
    store,
    vector,
)
from .loops import (
    EUCLIDEAN,
    MANHATTAN,
    METRICS,
    _added,
    _averages,
    _check_k,
    _check_length,
    _check_rows,
    _check_shapes,
    _floats,
    _forgotten,
    _insert,
    _linked,
    _most_voted,
    _nearest_of,
    _take_in,
    _tidy,
)
from .loops import compress as compress
from .loops import index_search as index_search
from .loops import rank as rank
from .loops import topk_update as topk_update

SCAN_WORK = 100_000
"""Up to this many products of coordinates, one loop over all rows is fastest."""
SERIAL_WORK = 1_000_000
"""Up to this many, threads cost more than they save."""
DOUBLES = 8
"""Numbers of 64 bits in a vector, which takes two registers of 256 bits."""
FANOUT = 16
"""Children of a node of the kd-tree."""
LEAF = 64
"""Rows of a leaf at most."""
CELL = 272
"""Rows of a cell, on average, at least: some 8 leaves."""
SAMPLE = 16
"""Sampled rows of a cell, on average: the sizes of cells then vary by a quarter."""


def pairwise_sq_distances(Q, X):
    """Expand the square, by one matrix product; recompute what cancels: (m, n). O(mnd)."""
    Q, X = _floats(Q), _floats(X)
    _check_shapes(Q, X)
    distances = np.empty((len(Q), len(X)))
    if Q.shape[1] < 16 or distances.size < 4096:
        _pairwise(Q, X, distances)
        return distances
    center = X[:: len(X) // 1000 + 1].mean(axis=0)  # less cancels near the origin
    left, right = Q - center, X - center
    np.matmul(left, right.T, out=distances)
    _expand(Q, X, (left**2).sum(axis=1), (right**2).sum(axis=1), distances)
    return distances


def knn(Q, X, k, metric="euclidean"):
    """Scan, walk down a kd-tree or filter: two (m, k). At most O(mnd), O(m log n + n log n) at low d."""
    _check_shapes(Q, X)
    _check_k(k, len(X))
    if metric not in METRICS:
        raise ValueError(f"no metric {metric}: there is {', '.join(METRICS)}")
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
    if len(Q) * k == 0:
        return distances, indices
    method = _choose(len(Q), *X.shape, k) if metric == "euclidean" else _by_scan
    method(Q, X, METRICS[metric], distances, indices)
    return distances, indices


def knn_classify(Q, X, y, k, weights="uniform"):
    """Count the neighbours' votes for each class: labels (m,), proba (m, K). As knn, and O(m(k + K))."""
    _check_length(X, y)
    return _most_voted(*knn(Q, X, k), y, weights)


def knn_regress(Q, X, y, k, weights="uniform"):
    """Average the neighbours' values by their weights: (m,). As knn, and O(mk)."""
    _check_length(X, y)
    return _averages(*knn(Q, X, k), y, weights)


def loo_neighbors(X, k):
    """Find k + 1 neighbours of each row and drop the row itself: (n, k). As knn, Q = X."""
    _check_k(k, len(X) - 1)
    _, found = knn(X, X, k + 1)
    indices = np.empty((len(X), k), dtype=np.int64)
    _leave_out(found, indices)
    return indices


def knn_capped(Q, X, k, max_bytes):  # noqa: ARG001 - O(1) beside the result is within any cap
    """Keep the k nearest so far, for each query: two (m, k). O(mn(d + k)) time, O(1) memory."""
    _check_shapes(Q, X)
    _check_k(k, len(X))
    if not (np.isfinite(Q.sum()) and np.isfinite(X.sum())):  # saves an array of booleans
        raise ValueError("NaN or infinity in the input")
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
    _scan(Q, X, EUCLIDEAN, 0, len(Q), distances, indices)
    return distances, indices


def loo_accuracy(X, y, k_max):
    """Let one more neighbour vote at a time: (k_max,). As loo_neighbors, and O(n (k_max + K))."""
    _check_length(X, y)
    classes, codes = np.unique(y, return_inverse=True)
    right = np.zeros(max(0, k_max), dtype=np.int64)
    _accuracy(loo_neighbors(X, k_max), codes, len(classes), right)
    return right / len(X)


def kdtree_build(X, leaf_size):
    """Cut at the widest axis until leaves are full: a _Tree of lists. O(n d log n)."""
    X = np.asarray(X)
    _check_rows(X, X)
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    order, starts, axes, cuts = _grow_tree(X, int(leaf_size))
    return order, starts.tolist(), axes.tolist(), cuts.tolist(), X.shape[1]


def kdtree_query(state, q, k, dist):
    """Descend to the leaf of q, then visit other sides within reach: two (k,). O(log n) at low d.

    dist is a Python function, so this walks in Python.
    """
    _check_k(k, len(state[0]))
    distances, indices = np.empty(k), np.empty(k, dtype=np.int64)
    _descend(state, q, lambda places: (places, dist(q, places)), (distances, indices), 0)
    return distances, indices


def index_build(X, rng, dist):
    """Link each row with its 10 nearest, both ways, and 4 random ones: neighbours, entries."""
    del dist  # not needed: X itself is given
    n = len(X)
    near = loo_neighbors(X, min(10, n - 1)) if n > 1 else np.empty((1, 0), dtype=np.int64)
    return _linked(near, rng)


def insert(state, ids, X):
    """Add new rows to a list beside one tree: (rows by id, ids of the tree, tree, new ids).

    The tree is rebuilt when a quarter of the rows has changed: O(log n) for each row on average.
    """
    return _tidy(*_added(state, ids, X), kdtree_build)


def delete(state, ids):
    """Delete the rows, which stay in the tree until it is rebuilt: as insert."""
    return _tidy(*_forgotten(state, ids), kdtree_build)


def query(state, q, k, dist):
    """Compute distances to the new rows, then search the tree: two (k,). O(n / 4 + log n) at low d."""
    return _nearest_of(state, q, k, dist, _descend)


# Checks of the input


# Choosing a method


def _choose(m, n, d, k):
    """Return the method for m queries by measured rules, for n = 500 to 100,000.

    A tree takes 0.1 µs a row to build, then 1 µs a query at d = 3, 3 at d = 5, 6 at d = 6, 10 at d = 7; the
    filter 0.02 µs a row at d = 3, then 14 to 17 µs a query for 100,000 rows and d up to 16.
    """
    if m * n * d <= SCAN_WORK or n < 256 or d == 0:
        return _by_scan
    if d <= (6 if BYTES else 8) and m >= 100 + n // 100 and n >= 500 and k <= min(128, n // 8):
        return _by_tree
    if m > 1 and d <= 8192:  # for one query rows are read once, so they need not be rewritten
        return _by_filter
    return _by_scan


def _by_scan(Q, X, metric, distances, indices):
    """Measure every row. O(mn(d + k)) time, O(1) memory."""
    _check_rows(Q, X)
    Q, X = _floats(Q), _floats(X)
    scan = _scan if Q.size * len(X) <= SERIAL_WORK or get_num_threads() == 1 else _scan_in_parallel
    scan(Q, X, metric, 0, len(Q), distances, indices)


# Scan


@njit(fastmath=SUMS, **CACHED)
def _squared(A, i, B, j):
    total = 0.0
    for f in range(A.shape[1]):
        difference = np.float64(A[i, f]) - np.float64(B[j, f])
        total += difference * difference
    return total


@njit(**CACHED)
def _measure(Q, i, X, j, metric):
    """Return a number that sorts as the distance does: squared for Euclidean distance."""
    if metric == EUCLIDEAN:
        return _squared(Q, i, X, j)
    total, q_length, x_length = 0.0, 0.0, 0.0
    for f in range(Q.shape[1]):
        if metric == MANHATTAN:
            total += abs(np.float64(Q[i, f]) - np.float64(X[j, f]))
        else:
            total += np.float64(Q[i, f]) * X[j, f]
            q_length += np.float64(Q[i, f]) ** 2
            x_length += np.float64(X[j, f]) ** 2
    if metric == MANHATTAN:
        return total
    lengths = math.sqrt(q_length) * math.sqrt(x_length)
    return 1 - total / lengths if lengths > 0 else 1.0


@njit(**CACHED)
def _scan(Q, X, metric, first, last, distances, indices):  # IN, IN, IN, IN, IN, OUT, OUT
    k = distances.shape[1]
    for i in range(first, last):
        nearest, names = distances[i], indices[i]
        size = 0
        for j in range(X.shape[0]):
            distance = _measure(Q, i, X, j, metric)
            if size < k or distance < nearest[k - 1]:
                _insert(distance, j, nearest, names, size)
                size = min(size + 1, k)
        if metric == EUCLIDEAN:
            for place in range(k):
                nearest[place] = math.sqrt(nearest[place])


@njit(parallel=True, **CACHED)
def _scan_in_parallel(Q, X, metric, first, last, distances, indices):
    for i in prange(first, last):
        _scan(Q, X, metric, i, i + 1, distances, indices)


# kd-tree
#
# For k-NN the tree has nodes of up to 16 children, each child known by the box around its rows; boxes
# and rows lie feature by feature, so that a few vector operations measure eight at once. Such a tree
# needs nothing but rows in an order in which neighbours are near, and kd-cuts give the order: cells by
# cuts from a sample (as a sample sort does: Sanders and Winkel, "Super scalar sample sort", ESA 2004),
# leaves by exact medians within a cell, which lies in the first-level cache.
# 100,000 rows of 3 features: 10 ms of one thread, 17 with exact medians from the root on.
#
# `kdtree_build` gives a plain binary tree. Node i has the children 2i + 1 and 2i + 2: no pointers. Leaves
# are filled one after the other; a cut goes through the row at which the left side is full.


class _Boxes(NamedTuple):
    """A tree for `_search_boxes`. Levels of nodes from the one above the leaves up to the root.

    boxes : (nodes, 2, d, FANOUT), least and largest coordinates of children; inf and -inf for none
    first_nodes : of each level, and the number of nodes
    first_slots, widths : (nodes above leaves,), where their leaves start and how many slots each has
    rows : (slots * d,), leaves feature by feature; inf where there is no row
    names : (slots,)
    """

    boxes: np.ndarray
    first_nodes: np.ndarray
    first_slots: np.ndarray
    widths: np.ndarray
    rows: np.ndarray
    names: np.ndarray


def _by_tree(Q, X, metric, distances, indices):
    """Sort rows and queries into cells, make a tree of the cells, then walk down it with all queries."""
    Q, X = _singles_or_doubles(Q), _singles_or_doubles(X)
    origin = np.zeros(X.shape[1])
    largest = np.maximum(_largest_of(Q, origin, 0, len(Q)), _largest_of(X, origin, 0, len(X)))  # keeps NaN
    if not largest < 1e150:  # squares might overflow
        _by_scan(Q, X, metric, distances, indices)
        return
    axes, cuts = _cut_cells(X)
    tree = _grow_boxes(X, *_sort_into_cells(X, axes, cuts))
    turn, _ = _sort_into_cells(Q, axes, cuts)  # neighbours in turn find what they need in the cache
    Q = _floats(Q)  # as the tree; a copy of all of X in float64 would be the largest array
    if get_num_threads() == 1 or len(Q) < 64:
        _search_boxes(Q, turn, 0, len(Q), tree, distances, indices)
    else:
        _search_boxes_in_parallel(Q, turn, 16 * get_num_threads(), tree, distances, indices)


def _cut_cells(X):
    """Return the axes and cuts of a binary tree whose leaves, the cells, get about as many rows each."""
    depth = max(0, (len(X) // CELL).bit_length() - 1)
    axes, cuts = np.zeros((1 << depth) - 1, dtype=np.int64), np.full((1 << depth) - 1, np.inf)
    if depth > 0:
        sample = X[np.linspace(0, len(X) - 1, SAMPLE << depth).astype(np.int64)]
        columns = np.array(sample.T, dtype=np.float64, order="C")
        order = np.arange(len(sample), dtype=np.int32)
        _grow(columns, order, SAMPLE, depth, axes, cuts)
    return axes, cuts


def _sort_into_cells(A, axes, cuts):
    """Order rows by their cells: order (n,), first places of the cells and n."""
    order, ends = np.arange(len(A), dtype=np.int32), np.array([0, len(A)])
    if len(axes) == 0:
        return order, ends
    ends = np.zeros(len(axes) + 2, dtype=np.int64)
    if get_num_threads() == 1 or len(A) < 20_000:  # threads cost too much on a busy machine
        cells, counts = np.empty(len(A), dtype=np.int32), np.zeros(len(axes) + 1, dtype=np.int64)
        _find_cells(A, 0, len(A), axes, cuts, cells, counts)
        order = cells.argsort(kind="stable").astype(np.int32)
        ends[1:] = counts.cumsum()
    else:
        _sort_in_parallel(A, axes, cuts, 4 * get_num_threads(), order, ends)
    return order, ends


def _grow_boxes(X, order, ends):
    """Divide each cell into leaves and put boxes around them, level by level: a tree."""
    d, cells = X.shape[1], len(ends) - 1
    plan = np.empty((cells, 5), dtype=np.int64)
    _plan_leaves(ends, plan)
    sizes = [int(plan[-1, 3]) + max(1, (1 << int(plan[-1, 1])) // FANOUT)]
    slots = int(plan[-1, 4] + (plan[-1, 2] << plan[-1, 1]))
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // FANOUT))
    first_nodes = np.cumsum([0, *sizes])
    boxes = np.empty((first_nodes[-1], 2, d, FANOUT))
    boxes[:, 0], boxes[:, 1] = np.inf, -np.inf
    first_slots, widths = np.zeros((2, sizes[0]), dtype=np.int64)
    tree = _Boxes(boxes, first_nodes, first_slots, widths, np.empty(slots * d), np.empty(slots, np.int32))
    if get_num_threads() == 1 or len(X) < 5000:
        _fill_cells(X, order, ends, plan, tree, 0, cells)
    else:
        _fill_cells_in_parallel(X, order, ends, plan, tree, min(cells, 16 * get_num_threads()))
    _join(boxes, first_nodes)
    return tree


def _grow_tree(X, leaf_size):
    """Build a binary tree: order (n,), starts of leaves, axes and cuts of nodes."""
    n = len(X)
    depth = max(0, math.ceil(n / leaf_size) - 1).bit_length()
    order = np.arange(n, dtype=np.int32)
    axes, cuts = np.zeros((1 << depth) - 1, dtype=np.int64), np.full((1 << depth) - 1, np.inf)
    _grow(np.array(X.T, dtype=np.float64, order="C"), order, leaf_size, depth, axes, cuts)
    return order, np.minimum(n, np.arange((1 << depth) + 1) * leaf_size), axes, cuts


@njit(fastmath=FINITE, **CACHED)
def _bounds(column, start, end):
    low, high = np.inf, -np.inf
    for place in range(start, end):
        low, high = min(low, column[place]), max(high, column[place])
    return low, high


@njit(**CACHED)
def _select_by_counting(values, n, rank):
    """Return the value at `rank` of the first n values in sorted order: O(n log n) expected.

    Quickselect that moves nothing: eight numbers are compared at once, so a pass over 400 takes no longer
    than three mispredicted branches. Pivots are taken in strides, as values may come sorted.
    """
    size = 1
    while size < n:
        size *= 2
    low, high, place = -np.inf, np.inf, 0
    while True:
        pivot = values[place] if place < n else low
        place = (place + (size * 5 // 8 | 1)) & (size - 1)  # odd, so every place is visited
        if low < pivot < high:
            below, up_to = 0, 0
            for s in range(n):
                below += values[s] < pivot
                up_to += values[s] <= pivot
            if below <= rank < up_to:
                return pivot
            if rank < below:
                high = pivot
            else:
                low = pivot


@njit(**CACHED)
def _select(values, scratch, n, rank):
    """Return the value at `rank` of the first n values in sorted order; both arrays are overwritten.

    Floyd and Rivest, "Expected time bounds for selection", CACM 18 (1975): two numbers of a sorted
    sample enclose the one sought, and one pass without branches keeps what lies between them. That is
    a pass and a bit; quickselect makes three, and mispredicts every other branch.
    """
    sample = np.empty(32)
    while n > 512:
        for s in range(32):
            value = values[s * n // 32]
            place = s
            while place > 0 and sample[place - 1] > value:
                sample[place] = sample[place - 1]
                place -= 1
            sample[place] = value
        middle = rank * 32 // n
        low = sample[middle - 4] if middle >= 4 else -np.inf
        high = sample[middle + 4] if middle + 4 < 32 else np.inf
        below, kept = 0, 0
        for place in range(n):
            value = values[place]
            scratch[kept] = value
            below += value < low
            kept += (value >= low) & (value <= high)
        if not (below <= rank < below + kept and kept < n):  # a bad sample, or many equal values
            low = high = sample[middle]
            below, kept = 0, 0
            for place in range(n):
                below += values[place] < low
                kept += values[place] == low
            if below <= rank < below + kept:
                return low
            left = rank < below
            rank -= 0 if left else below + kept
            kept = 0
            for place in range(n):
                scratch[kept] = values[place]
                kept += values[place] < low if left else values[place] > low
            below = 0
        rank -= below
        n = kept
        values, scratch = scratch, values
    return _select_by_counting(values, n, rank)


@njit(**CACHED)
def _deal(keys, size, cut, left_size, places):  # IN, IN, IN, IN, OUT
    """Write the place of each row: left below the cut, right above it, equal ones on either side."""
    equal_left = left_size
    for s in range(size):
        equal_left -= keys[s] < cut
    left, right = 0, left_size
    for s in range(size):  # no branch: which side is a coin toss
        equal = (keys[s] == cut) & (equal_left > 0)
        goes_left = (keys[s] < cut) | equal
        equal_left -= equal
        places[s] = left if goes_left else right
        left += goes_left
        right += not goes_left


@njit(**CACHED)
def _move(values, start, size, places, scratch):  # INOUT, IN, IN, IN, OUT
    for s in range(size):
        scratch[places[s]] = values[start + s]
    for s in range(size):  # assigning a row or slice would also compile numba's error for unequal shapes: 2 s
        values[start + s] = scratch[s]


@njit(**CACHED)
def _grow(columns, order, leaf_size, depth, axes, cuts):  # INOUT, INOUT, IN, IN, OUT, OUT
    """Split rows down to `depth` at their widest axes.

    Coordinates move along with the rows, so all passes read memory in order.
    """
    d, n = len(columns), len(order)
    values, scratch = np.empty(n), np.empty(n)
    places, names = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    todo = np.empty((64, 4), dtype=np.int64)
    todo[0, 0], todo[0, 1], todo[0, 2], todo[0, 3] = 0, 0, 0, n
    waiting = 1
    while waiting > 0:
        waiting -= 1
        node, level, start, end = todo[waiting]
        if level == depth:
            continue
        middle = min(end, start + (leaf_size << (depth - level - 1)))
        if middle < end:
            axis, widest = 0, -1.0
            for f in range(d):
                low, high = _bounds(columns[f], start, end)
                if high - low > widest:
                    axis, widest = f, high - low
            size = end - start
            for s in range(size):
                values[s] = columns[axis, start + s]
            cut = _select(values, scratch, size, middle - start)
            _deal(columns[axis, start:end], size, cut, middle - start, places)
            for f in range(d):
                _move(columns[f], start, size, places, scratch)
            _move(order, start, size, places, names)
            axes[node], cuts[node] = axis, cut
        for child, first, last in ((2 * node + 2, middle, end), (2 * node + 1, start, middle)):
            todo[waiting, 0], todo[waiting, 1] = child, level + 1
            todo[waiting, 2], todo[waiting, 3] = first, last
            waiting += 1


@njit(**CACHED)
def _find_cells(A, first, last, axes, cuts, cells, counts):  # IN, IN, IN, IN, IN, OUT, INOUT
    """Go down with 16 rows at a time: no row waits for what another one reads. 14 ns a row, alone 28."""
    node = np.zeros(16, dtype=np.int64)
    for start in range(first, last, 16):
        node[:] = 0
        while node[0] < len(axes):  # all leaves are on one level
            for s in range(16):
                here = node[s]
                i = min(start + s, last - 1)
                node[s] = 2 * here + 1 + (A[i, axes[here]] > cuts[here])
        for s in range(min(16, last - start)):
            cell = node[s] - len(axes)
            cells[start + s] = cell
            counts[cell] += 1


@njit(parallel=True, **CACHED)
def _sort_in_parallel(A, axes, cuts, parts, order, ends):  # IN, IN, IN, IN, OUT, OUT
    """Sort rows by cell, by counting."""
    n = len(A)
    cells, counts = np.empty(n, dtype=np.int32), np.zeros((parts, len(axes) + 1), dtype=np.int64)
    for part in prange(parts):
        _find_cells(A, part * n // parts, (part + 1) * n // parts, axes, cuts, cells, counts[part])
    total = 0
    for cell in range(len(axes) + 1):
        for part in range(parts):
            count = counts[part, cell]
            counts[part, cell] = total
            total += count
        ends[cell + 1] = total
    for part in prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            order[counts[part, cells[i]]] = i
            counts[part, cells[i]] += 1


@njit(**CACHED)
def _plan_leaves(ends, plan):  # IN, OUT
    """Plan each cell: rows of a leaf, number of halvings, slots of a leaf, first node and first slot."""
    node, slot = 0, 0
    for cell in range(len(plan)):
        size, depth = ends[cell + 1] - ends[cell], 0
        while -(-size >> depth) > LEAF:
            depth += 1
        leaf = -(-size >> depth)
        width = -(-leaf // DOUBLES) * DOUBLES
        plan[cell, 0], plan[cell, 1], plan[cell, 2] = leaf, depth, width
        plan[cell, 3], plan[cell, 4] = node, slot
        node += max(1, (1 << depth) // FANOUT)
        slot += width << depth


@njit(**CACHED)
def _fill_cells(X, order, ends, plan, tree, first, last):  # IN, INOUT, IN, IN, INOUT, IN, IN
    """Split cells into leaves, write their rows feature by feature and put a box around each leaf."""
    d = X.shape[1]
    largest = 0
    for cell in range(first, last):
        largest = max(largest, ends[cell + 1] - ends[cell])
    columns, axes, cuts = np.empty((d, largest)), np.empty(largest, dtype=np.int64), np.empty(largest)
    for cell in range(first, last):
        leaf_size, depth, width = plan[cell, 0], plan[cell, 1], plan[cell, 2]
        node, slot = plan[cell, 3], plan[cell, 4]
        names = order[ends[cell] : ends[cell + 1]]
        size = len(names)
        for s in range(size):
            for f in range(d):
                columns[f, s] = X[names[s], f]
        _grow(columns, names, leaf_size, depth, axes, cuts)
        for leaf in range(1 << depth):
            start, end = min(size, leaf * leaf_size), min(size, (leaf + 1) * leaf_size)
            where, child = node + leaf // FANOUT, leaf % FANOUT
            if child == 0:
                tree.first_slots[where], tree.widths[where] = slot, width
            for f in range(d):
                values = tree.rows[slot * d + f * width : slot * d + (f + 1) * width]
                for s in range(end - start):
                    values[s] = columns[f, start + s]
                values[end - start :] = np.inf
                low, high = _bounds(columns[f], start, end)
                tree.boxes[where, 0, f, child], tree.boxes[where, 1, f, child] = low, high
            for s in range(end - start):
                tree.names[slot + s] = names[start + s]
            slot += width


@njit(parallel=True, **CACHED)
def _fill_cells_in_parallel(X, order, ends, plan, tree, parts):
    cells = len(ends) - 1
    for part in prange(parts):
        _fill_cells(X, order, ends, plan, tree, part * cells // parts, (part + 1) * cells // parts)


@njit(**CACHED)
def _join(boxes, first_nodes):  # INOUT, IN
    """Put boxes around boxes, 16 in a node, up to the root."""
    for level in range(len(first_nodes) - 2):
        first, last = first_nodes[level], first_nodes[level + 1]
        for node in range(first, last):
            above, child = last + (node - first) // FANOUT, (node - first) % FANOUT
            for f in range(boxes.shape[2]):
                low, high = np.inf, -np.inf
                for below in range(FANOUT):
                    low = min(low, boxes[node, 0, f, below])
                    high = max(high, boxes[node, 1, f, below])
                boxes[above, 0, f, child], boxes[above, 1, f, child] = low, high


# Eight numbers at once, for what loops in numba cannot be brought to: `_scan_leaf` keeps the nearest in
# registers.


def _below(builder, values, limit):
    """Return a number with a bit for each lane that is below the limit's."""
    return builder.zext(mask(builder, builder.fcmp_ordered("<", values, limit)), INT64)


@intrinsic
def _reach_boxes(typing_context, boxes, node, q, d, reaches, level):
    """Write squared distances from q to the children of a node at `level` of the reaches.

    Subtraction, product and sum are monotone when rounded, so no row, measured in the same order, comes out
    nearer than its box: boxes at the limit or beyond can be left out without a margin.
    """
    del typing_context
    signature = types.void(boxes, node, q, d, reaches, level)

    def generate(context, builder, signature, arguments):
        boxes, q, reaches = (data_of(context, builder, signature, arguments, n) for n in (0, 2, 4))
        node, d, level = arguments[1], arguments[3], arguments[5]
        zero = filled(0.0, DOUBLES)
        start, end = builder.mul(level, INT64(FANOUT)), builder.mul(d, INT64(FANOUT))
        for half in range(0, FANOUT, DOUBLES):
            total = cgutils.alloca_once(builder, vector(DOUBLES))
            builder.store(zero, total)
            low = builder.add(builder.mul(node, builder.shl(end, INT64(1))), INT64(half))
            with cgutils.for_range(builder, d) as loop:
                place = builder.add(low, builder.mul(loop.index, INT64(FANOUT)))
                value = load_spread(builder, q, loop.index, DOUBLES)
                below = builder.fsub(load(builder, boxes, place, DOUBLES), value)
                above = builder.fsub(value, load(builder, boxes, builder.add(place, end), DOUBLES))
                away = choose(builder, ">", choose(builder, ">", below, above), zero)
                builder.store(multiply_add(builder, away, away, builder.load(total)), total)
            store(builder, builder.load(total), reaches, builder.add(start, INT64(half)))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _within(typing_context, reaches, level, limit):
    """Return a number with a bit for each child at `level` of the reaches that is nearer than the limit."""
    del typing_context
    signature = types.int64(reaches, level, limit)

    def generate(context, builder, signature, arguments):
        reaches = data_of(context, builder, signature, arguments, 0)
        start, limit = builder.mul(arguments[1], INT64(FANOUT)), spread(builder, arguments[2], DOUBLES)
        bits = INT64(0)
        for half in range(0, FANOUT, DOUBLES):
            values = load(builder, reaches, builder.add(start, INT64(half)), DOUBLES)
            bits = builder.or_(bits, builder.shl(_below(builder, values, limit), INT64(half)))
        return bits

    return signature, generate


def _measure_rows(builder, rows, place, width, q, d):
    """Return the squared distances from q to eight rows, feature by feature as in `_reach_boxes`."""
    total = cgutils.alloca_once(builder, vector(DOUBLES))
    builder.store(filled(0.0, DOUBLES), total)
    with cgutils.for_range(builder, d) as loop:
        value = load_spread(builder, q, loop.index, DOUBLES)
        row = load(builder, rows, builder.add(place, builder.mul(loop.index, width)), DOUBLES)
        away = builder.fsub(value, row)
        builder.store(multiply_add(builder, away, away, builder.load(total)), total)
    return builder.load(total)


def _put_in(builder, x, name, values, names):
    """Return a vector of sorted values, and one of names, with x inserted."""
    by_one = [DOUBLES - 1 + lane for lane in range(DOUBLES)]
    before, names_before = shuffle(builder, *values, by_one), shuffle(builder, *names, by_one)
    moved = builder.select(builder.fcmp_ordered("<=", before, x), name, names_before)
    kept = builder.select(builder.fcmp_ordered("<=", values[1], x), names[1], moved)
    return choose(builder, "<", values[1], choose(builder, ">", before, x)), kept


class _InRegisters:
    """The two vectors of the k <= 16 nearest while a leaf is scanned."""

    def __init__(self, builder, nearest, names):
        self.memory = nearest, names
        self.slots = [
            [cgutils.alloca_once(builder, vector(DOUBLES, kind)) for _ in range(2)]
            for kind in (DOUBLE, INT64)
        ]
        for array, slots, kind in zip(self.memory, self.slots, (DOUBLE, INT64), strict=True):
            for v, slot in enumerate(slots, start=1):
                builder.store(load(builder, array, INT64(v * DOUBLES), DOUBLES, kind), slot)

    def put_in(self, builder, x, name):
        least = filled(-math.inf, DOUBLES), filled(-1, DOUBLES, INT64)
        values, names = (
            [one, *map(builder.load, slots)] for one, slots in zip(least, self.slots, strict=True)
        )
        for v in range(2):
            changed = _put_in(builder, x, name, values[v : v + 2], names[v : v + 2])
            for value, slots in zip(changed, self.slots, strict=True):
                builder.store(value, slots[v])

    def last(self, builder):
        return builder.load(self.slots[0][1])

    def close(self, builder):
        for array, slots in zip(self.memory, self.slots, strict=True):
            for v, slot in enumerate(slots, start=1):
                store(builder, builder.load(slot), array, INT64(v * DOUBLES))


class _InMemory:
    """Any number of vectors of the k nearest, preceded by a vector of -inf."""

    def __init__(self, builder, nearest, names, vectors):
        self.nearest, self.names = nearest, names
        self.top = builder.mul(vectors, INT64(DOUBLES))

    def put_in(self, builder, x, name):
        backwards = cgutils.for_range_slice(builder, self.top, INT64(0), INT64(-DOUBLES), inc=False)
        with backwards as (place, _):
            places = builder.sub(place, INT64(DOUBLES)), place
            values = [load(builder, self.nearest, where, DOUBLES) for where in places]
            names = [load(builder, self.names, where, DOUBLES, INT64) for where in places]
            value, kept = _put_in(builder, x, name, values, names)
            store(builder, value, self.nearest, place)
            store(builder, kept, self.names, place)

    def last(self, builder):
        return load(builder, self.nearest, self.top, DOUBLES)

    def close(self, builder):
        """Do nothing: the vectors are in memory."""


@intrinsic
def _scan_leaf(typing_context, rows, slot, width, q, d, nearest, names, vectors):
    """Insert rows of a leaf among the k nearest; return the k-th smallest squared distance.

    Both lists are sorted and end with the k-th; before the first come numbers -inf, a vector at least, which
    does not count among `vectors`. A number is put in by minima and maxima, new[i] = min(old[i],
    max(old[i - 1], x)), without a branch: 7 ns in memory. Where two vectors do, they stay in registers,
    which took 10,000 queries from 10.1 to 9.0 ms.
    """
    del typing_context
    signature = types.float64(rows, slot, width, q, d, nearest, names, vectors)

    def generate(context, builder, signature, arguments):
        rows, q, nearest, names = (data_of(context, builder, signature, arguments, n) for n in (0, 3, 5, 6))
        slot, width, d, vectors = arguments[1], arguments[2], arguments[4], arguments[7]
        start, count = builder.mul(slot, d), ir.FunctionType(INT64, [INT64])
        count_bits = cgutils.get_or_insert_function(builder.module, count, "llvm.ctpop.i64")
        found = cgutils.alloca_once(builder, DOUBLE, size=DOUBLES)
        left = cgutils.alloca_once(builder, INT64)

        def scan(best):
            """Measure eight rows at a time and put in those that are nearer than the k-th by then."""
            with cgutils.for_range_slice(builder, INT64(0), width, INT64(DOUBLES), inc=True) as (s, _):
                distances = _measure_rows(builder, rows, builder.add(start, s), width, q, d)
                store(builder, distances, found, INT64(0))
                last = best.last(builder)
                limit = shuffle(builder, last, last, [DOUBLES - 1] * DOUBLES)
                bits = _below(builder, distances, limit)
                builder.store(bits, left)
                with cgutils.for_range(builder, builder.call(count_bits, [bits])):
                    bits = builder.load(left)
                    lane = builder.cttz(bits, ir.IntType(1)(1))
                    builder.store(builder.and_(bits, builder.sub(bits, INT64(1))), left)
                    x, name = (
                        builder.load(builder.gep(found, [lane])),
                        builder.add(slot, builder.add(s, lane)),
                    )
                    best.put_in(builder, spread(builder, x, DOUBLES), spread(builder, name, DOUBLES))
            best.close(builder)

        with builder.if_else(builder.icmp_signed("==", vectors, INT64(2))) as (few, many):
            with few:
                scan(_InRegisters(builder, nearest, names))
            with many:
                scan(_InMemory(builder, nearest, names, vectors))
        end = builder.add(builder.mul(vectors, INT64(DOUBLES)), INT64(DOUBLES - 1))
        return builder.load(builder.gep(nearest, [end]))

    return signature, generate


@njit(**CACHED)
def _nearest_child(reaches, level, children):
    best = lowest_bit(children)
    for child in range(best + 1, FANOUT):
        if children >> child & 1 and reaches[level, child] < reaches[level, best]:
            best = child
    return best


@njit(**CACHED)
def _search_boxes(Q, turn, first, last, tree, distances, indices):  # IN, IN, IN, IN, IN, OUT, OUT
    """Go down to the box nearest to each query, then back, level by level, to boxes within reach."""
    d, k = Q.shape[1], distances.shape[1]
    vectors = max(2, -(-k // DOUBLES))
    before = (vectors + 1) * DOUBLES - k
    nearest, slots = np.full(before + k, -np.inf), np.zeros(before + k, dtype=np.int64)
    top = len(tree.first_nodes) - 2
    reaches = np.empty((top + 1, FANOUT))
    nodes, children = np.zeros(top + 1, dtype=np.int64), np.zeros(top + 1, dtype=np.int64)
    q = np.empty(d)
    for turned in range(first, last):
        i = turn[turned]
        for f in range(len(q)):
            q[f] = Q[i, f]
        nearest[before:] = np.inf
        limit, level = np.inf, top
        _reach_boxes(tree.boxes, tree.first_nodes[top], q, d, reaches, top)
        children[top] = _within(reaches, top, limit)
        while level <= top:
            if children[level] == 0:
                level += 1
                if level <= top:
                    children[level] &= _within(reaches, level, limit)
                continue
            child = lowest_bit(children[level])
            if limit == np.inf:
                child = _nearest_child(reaches, level, children[level])
            children[level] &= ~(1 << child)
            if reaches[level, child] >= limit:
                continue
            node = nodes[level]
            if level > 0:
                level -= 1
                nodes[level] = FANOUT * node + child
                _reach_boxes(tree.boxes, tree.first_nodes[level] + nodes[level], q, d, reaches, level)
                children[level] = _within(reaches, level, limit)
            else:
                width = tree.widths[node]
                slot = tree.first_slots[node] + child * width
                limit = _scan_leaf(tree.rows, slot, width, q, d, nearest, slots, vectors)
        for place in range(k):
            distances[i, place] = math.sqrt(nearest[before + place])
            indices[i, place] = tree.names[slots[before + place]]


@njit(parallel=True, **CACHED)
def _search_boxes_in_parallel(Q, turn, parts, tree, distances, indices):
    for part in prange(parts):
        first, last = part * len(Q) // parts, (part + 1) * len(Q) // parts
        _search_boxes(Q, turn, first, last, tree, distances, indices)


def _descend(tree, q, measure, best, size):
    """Merge a tree's nearest rows into the best ones, of which `size` are filled; return the new size.

    `measure` returns the names and distances of places in the tree, and may leave some out.
    """
    order, starts, axes, cuts, d = tree
    distances, indices = best
    q = q.tolist()
    todo = [(0.0, 0, (0.0,) * d)]  # (squared distance to the cell, node, by feature), the next one last
    while todo:
        reach, node, away = todo.pop()
        if size == len(distances) and reach * (1 - 1e-12) >= distances[-1] ** 2:
            continue
        while node < len(axes):
            axis = axes[node]
            beyond = q[axis] - cuts[node]
            right = beyond > 0
            far = reach - away[axis] ** 2 + beyond**2
            todo.append((far, 2 * node + 2 - right, (*away[:axis], beyond, *away[axis + 1 :])))
            node = 2 * node + 1 + right
        leaf = node - len(axes)
        places = order[starts[leaf] : starts[leaf + 1]]
        if len(places):
            names, found = measure(places)
            size = _take_in(found, names, distances, indices, size)
    return size


# Filter
#
# Rows and queries are moved so that some centre is the origin, and rounded to 8 bits a coordinate (to
# float32 where the processor cannot multiply bytes, or the data spread too far for bytes). Between
# rounded ones, |q - x|² = |q|² - 2 (q·x - |x|²/2): the nearest have the highest scores. Rounding moves
# a query and a row by so much, hence their distance by at most the sum of both. So a row whose rounded
# distance exceeds the k-th smallest one by more is none of the k nearest, and all others are measured.
# That bound grows with the errors alone; what Cauchy and Schwarz say of q·x grows with |q| and |x|, too.

BYTES = bool(FEATURES.get("avx512vnni") and FEATURES.get("avx512vl")) and binding.llvm_version_info[0] >= 22
"""Return whether the processor has dot products of bytes, four times as fast as float32."""
DOT_OF_BYTES = "llvm.x86.avx512.vpdpbusd"
LANES = 16 if AVX512 else 8
"""Numbers of 32 bits in a register, one for each query."""
VECTORS = 2
TILE = LANES * VECTORS
"""Queries that are compared with a row at the same time."""
BLOCK = 12 if AVX512 else 6
"""Rows of a block: BLOCK * VECTORS sums, VECTORS queries and a row fill the 32 (16) registers."""
PANEL = 128 << 10
"""Bytes of rows that stay in the second-level cache while the tiles of a group pass by."""
NEVER = -(2**30)
"""A score below all others: up to 8,192 features they stay above half of it."""
TOO_MANY = 0.02
"""Share of the rows that may pass the filter by bytes; above, float32 is faster."""


def _by_filter(Q, X, metric, distances, indices):
    """Filter by scores of low precision, then measure what is left. O(mnd) time, O(nd) memory."""
    Q, X = _singles_or_doubles(Q), _singles_or_doubles(X)
    center = X[:: len(X) // 1000 + 1].mean(axis=0, dtype=np.float64)
    largest = np.maximum(_largest_coordinate(Q, center), _largest_coordinate(X, center))  # keeps NaN
    if not math.isfinite(largest):
        _check_rows(Q, X)
    if not 1e-100 < largest < 1e100:  # squares might overflow, or all rows are the same
        _by_scan(Q, X, metric, distances, indices)
        return
    if BYTES:
        rows = _round_rows(X, center, largest / 127, np.int8)
        some = np.linspace(0, len(Q) - 1, TILE).astype(np.int64) if len(Q) >= 8 * TILE else None
        if some is None or _filter(Q[some], X, rows, distances[:TILE], indices[:TILE]) <= TOO_MANY:
            _filter(Q, X, rows, distances, indices)
            return
    _filter(Q, X, _round_rows(X, center, largest, np.float32), distances, indices)


def _singles_or_doubles(array):
    array = np.ascontiguousarray(array)
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)


def _largest_coordinate(A, center):
    parts = np.empty(min(len(A), 8 * get_num_threads()))
    _coordinates(A, center, parts)
    return parts.max()  # NaN where there is one


def _round_rows(X, center, unit, dtype):
    """Rewrite all rows for the filter: see _round_row and _scan_tile."""
    n, d = X.shape
    blocks, group = -(-n // BLOCK), 4 // np.dtype(dtype).itemsize
    steps = -(-d // group)
    word = np.int32 if dtype == np.int8 else np.float32
    packed = np.empty(blocks * steps * BLOCK, dtype=word)
    bias = np.full(blocks * BLOCK, NEVER if dtype == np.int8 else -np.inf, dtype=word)
    parts = np.zeros((min(blocks, 8 * get_num_threads()), 2))
    _pack(X, center, 1 / unit, np.zeros(steps * group, dtype=dtype), packed, bias, parts)
    longest, worst = parts.max(axis=0)
    query = np.zeros(steps * group, dtype=np.uint8 if dtype == np.int8 else dtype)
    return center, unit, query, packed, bias, math.sqrt(longest), math.sqrt(worst)


def _filter(Q, X, rows, distances, indices):
    """Fill in the k nearest of each query: the share of rows that had to be measured."""
    m, k = distances.shape
    measured = np.zeros(m, dtype=np.int64)
    tiles = -(-m // TILE)
    threads = get_num_threads()
    per_group = max(1, min(16, tiles // (4 * threads)))
    room = max(256, 4 * k)
    search = _search_tiles if threads == 1 or tiles == 1 else _search_tiles_in_parallel
    search(Q, X, rows, tiles, per_group, room, distances, indices, measured)
    return measured.sum() / (m * len(X))


@njit(fastmath=SUMS, **CACHED)
def _largest_of(A, center, first, last):
    largest, broken = 0.0, 0.0
    for i in range(first, last):
        for f in range(A.shape[1]):
            value = np.float64(A[i, f]) - center[f]
            largest = max(largest, abs(value))
            broken += value * 0.0  # NaN or infinity times 0 is NaN, and stays
    return largest + broken


@njit(parallel=True, **CACHED)
def _coordinates(A, center, parts):
    for part in prange(len(parts)):
        first, last = part * len(A) // len(parts), (part + 1) * len(A) // len(parts)
        parts[part] = _largest_of(A, center, first, last)


@njit(fastmath=SUMS, **CACHED)
def _round_row(A, i, center, scale, offset, rounded):  # IN, IN, IN, IN, IN, OUT
    """Round a row: its squared length then, the squared error and the sum, in units of 1 / scale.

    Bytes of queries are without sign, as the instruction wants one factor, hence the offset 128.
    """
    length, error, total = 0.0, 0.0, 0.0
    whole = rounded.itemsize == 1
    for f in range(A.shape[1]):
        value = (np.float64(A[i, f]) - center[f]) * scale
        near = np.rint(value) if whole else np.float64(np.float32(value))
        length += near * near
        error += (value - near) * (value - near)
        total += near
        rounded[f] = near + offset
    return length, error, total


@njit(**CACHED)
def _pack_rows(X, center, scale, example, packed, bias, first, last):
    """Write blocks of BLOCK rows, word by word: a word is a float32 or four bytes, one row after another."""
    whole = example.itemsize == 1
    steps = len(packed) // len(bias)
    rounded = example.copy()
    words = rounded.view(packed.dtype)
    longest, worst = 0.0, 0.0
    for block in range(first, last):
        for c in range(BLOCK):
            i = block * BLOCK + c
            start = block * steps * BLOCK + c
            if i < len(X):
                length, error, total = _round_row(X, i, center, scale, 0.0, rounded)
                longest, worst = max(longest, length), max(worst, error)
                half = length / 2
                bias[i] = -np.floor(half) - 128 * total if whole else -half
                for s in range(steps):
                    packed[start + s * BLOCK] = words[s]
            else:
                for s in range(steps):
                    packed[start + s * BLOCK] = 0
    return longest, worst


@njit(parallel=True, **CACHED)
def _pack(X, center, scale, example, packed, bias, parts):  # IN, IN, IN, IN, OUT, INOUT, OUT
    blocks = len(bias) // BLOCK
    for part in prange(len(parts)):
        first, last = part * blocks // len(parts), (part + 1) * blocks // len(parts)
        longest, worst = _pack_rows(X, center, scale, example, packed, bias, first, last)
        parts[part, 0], parts[part, 1] = longest, worst


@intrinsic
def _scan_tile(  # noqa: C901, PLR0915 - one loop nest, written as instructions
    typing_context,
    tile,
    packed,
    bias,
    bounds,
    first,  # noqa: ARG001 - numba wants all arguments
    last,  # noqa: ARG001
    steps,  # noqa: ARG001
    scores,
    hits,
):
    """Compare a tile of queries with blocks of rows: the first block with a score above its query's bound.

    Writes that block's scores (BLOCK, TILE), and for each row a number with a bit for each query that it
    is a hit for; gives `last` where there is no hit. All sums stay in registers while the features
    pass, which numba's own code cannot be brought to: 108 GFLOP/s in float32 on a core that does 101 in
    OpenBLAS, and 450 billion operations on bytes.
    """
    del typing_context
    whole = isinstance(packed.dtype, types.Integer)
    element = INT32 if whole else FLOAT
    words = vector(LANES, element)
    signature = types.int64(tile, packed, bias, bounds, types.int64, types.int64, types.int64, scores, hits)

    def generate(context, builder, signature, arguments):  # noqa: C901, PLR0915
        def data(number):
            return data_of(context, builder, signature, arguments, number)

        def add_product(total, left, right):
            if not whole:
                return multiply_add(builder, left, right, total)
            quads = vector(4 * LANES, ir.IntType(8))
            kind, name = ir.FunctionType(words, [words, quads, quads]), f"{DOT_OF_BYTES}.{32 * LANES}"
            dot = cgutils.get_or_insert_function(builder.module, kind, name)
            return builder.call(dot, [total, builder.bitcast(left, quads), builder.bitcast(right, quads)])

        def above(left, right):
            return (builder.icmp_signed if whole else builder.fcmp_ordered)(">", left, right)

        tile, packed, bias, bounds = (data(number) for number in range(4))
        first, last, steps = arguments[4:7]
        scores, hits = data(7), data(8)
        bound = [load(builder, bounds, INT64(v * LANES), LANES, element) for v in range(VECTORS)]
        entry = builder.block
        blocks, features, check, hit, miss, end = (
            builder.append_basic_block(name) for name in ("blocks", "features", "check", "hit", "miss", "end")
        )
        builder.cbranch(builder.icmp_signed("<", first, last), blocks, end)

        builder.position_at_end(blocks)
        block = builder.phi(INT64)
        row = builder.mul(block, INT64(BLOCK))
        start = [load_spread(builder, bias, builder.add(row, INT64(c)), LANES) for c in range(BLOCK)]
        base = builder.mul(row, steps)
        builder.branch(features)

        builder.position_at_end(features)
        step = builder.phi(INT64)
        total = [[builder.phi(words) for _ in range(VECTORS)] for _ in range(BLOCK)]
        queries = [
            load(builder, tile, builder.add(builder.mul(step, INT64(TILE)), INT64(v * LANES)), LANES, element)
            for v in range(VECTORS)
        ]
        place = builder.add(base, builder.mul(step, INT64(BLOCK)))
        score = []
        for c in range(BLOCK):
            coordinate = load_spread(builder, packed, builder.add(place, INT64(c)), LANES)
            score.append([add_product(total[c][v], queries[v], coordinate) for v in range(VECTORS)])
        following = builder.add(step, INT64(1))
        step.add_incoming(INT64(0), blocks)
        step.add_incoming(following, features)
        for c in range(BLOCK):
            for v in range(VECTORS):
                total[c][v].add_incoming(start[c], blocks)
                total[c][v].add_incoming(score[c][v], features)
        builder.cbranch(builder.icmp_signed("<", following, steps), features, check)

        builder.position_at_end(check)
        found = None
        for v in range(VECTORS):
            best = score[0][v]
            for c in range(1, BLOCK):
                best = builder.select(above(score[c][v], best), score[c][v], best)
            found = above(best, bound[v]) if found is None else builder.or_(found, above(best, bound[v]))
        builder.cbranch(any_lane(builder, found), hit, miss)

        builder.position_at_end(hit)
        for c in range(BLOCK):
            which = INT64(0)
            for v in range(VECTORS):
                store(builder, score[c][v], scores, INT64((c * VECTORS + v) * LANES))
                lanes = builder.zext(mask(builder, above(score[c][v], bound[v])), INT64)
                which = builder.or_(which, builder.shl(lanes, INT64(v * LANES)))
            builder.store(which, builder.gep(hits, [INT64(c)]))
        builder.branch(end)

        builder.position_at_end(miss)
        coming = builder.add(block, INT64(1))
        block.add_incoming(first, entry)
        block.add_incoming(coming, miss)
        builder.cbranch(builder.icmp_signed("<", coming, last), blocks, end)

        builder.position_at_end(end)
        result = builder.phi(INT64)
        for value, origin in ((last, entry), (block, hit), (last, miss)):
            result.add_incoming(value, origin)
        return result

    return signature, generate


@njit(**CACHED)
def _replace_least(heap, score):  # INOUT, IN
    """Put a score into the place of the least of k, which is on top: O(log k)."""
    k, place = len(heap), 0
    while True:
        child = 2 * place + 1
        if child >= k:
            break
        child += child + 1 < k and heap[child + 1] < heap[child]
        if heap[child] >= score:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = score


@njit(**CACHED)
def _raise_bound(bound, reach, limits):  # INOUT, IN, IN
    """Let pass what lies within reach, a rounded distance."""
    bound[0] = max(np.float64(bound[0]), limits[0] - reach * reach / 2 - limits[2])


@njit(**CACHED)
def _settle(Q, i, X, candidates, limits, bound, counts, best, nearest, names, final):
    """Drop candidates of query i below its bound; where many are left, or at the end, measure them.

    Those with one of the k best scores come first: then the bound follows from true distances. So
    rows that tie, however many, fill no memory.
    """
    scores, rows = candidates
    k, size = len(nearest), 0
    for place in range(counts[0]):
        scores[size], rows[size] = scores[place], rows[place]
        size += scores[place] > bound[0]
    counts[0] = size
    if not final and size <= len(rows) // 2:
        return
    counts[0] = 0
    for good in (True, False):
        for place in range(size):
            if (scores[place] >= best) == good and scores[place] > bound[0]:
                distance = _squared(Q, i, X, rows[place])
                found = counts[1]
                counts[2] += 1
                if found < k or distance < nearest[k - 1]:
                    _insert(distance, rows[place], nearest, names, found)
                    counts[1] = min(found + 1, k)
        if counts[1] == k:
            _raise_bound(bound, math.sqrt(nearest[k - 1]) * limits[3] * (1 + 1e-12) + limits[1], limits)


@njit(**CACHED)
def _search_group(  # noqa: C901, PLR0912, PLR0915 - what a hit does must be inline
    Q, X, rows, first, last, room, distances, indices, measured
):
    """Pass all rows by tiles first to last of the queries, a panel at a time."""
    center, unit, example, packed, bias, longest, worst = rows
    d, k, steps, scale = Q.shape[1], distances.shape[1], len(packed) // len(bias), 1 / unit
    whole = example.itemsize == 1
    n_tiles = last - first
    tiles = np.zeros((n_tiles, steps * TILE), packed.dtype)
    bounds = np.empty(n_tiles * TILE, bias.dtype)
    limits = np.empty((n_tiles * TILE, 4))  # half of |q|², error of a distance, slack of a score, scale
    best = np.full((n_tiles * TILE, k), NEVER if whole else -np.inf).astype(bias.dtype)
    counts = np.zeros((n_tiles * TILE, 3), dtype=np.int64)  # candidates, found, measured
    scores = np.empty((n_tiles * TILE, room), bias.dtype)
    names = np.empty((n_tiles * TILE, room), dtype=np.int32)
    block_scores, hits = np.empty(BLOCK * TILE, bias.dtype), np.empty(BLOCK, dtype=np.int64)
    rounded = example.copy()
    words = rounded.view(packed.dtype)
    for w in range(n_tiles * TILE):
        i = first * TILE + w
        bounds[w] = -NEVER if whole else np.inf  # no query, no hit
        if i < len(Q):
            bounds[w] = NEVER if whole else -np.inf
            length, error, _ = _round_row(Q, i, center, scale, 128.0 if whole else 0.0, rounded)
            limits[w, 0] = length / 2
            length = math.sqrt(length)
            limits[w, 1] = math.sqrt(error) + worst + 1e-12 * (length + longest)
            limits[w, 2] = 2.0  # bias and bound are cut to whole numbers
            if not whole:  # a sum of d products errs by d eps of their size: Higham, Accuracy (2002)
                size = length * longest + longest * longest / 2
                limits[w, 2] = 1.01 * (d + 8) * 2.0**-24 * size + d * 1e-37
            limits[w, 3] = scale
            for s in range(steps):
                tiles[w // TILE, s * TILE + w % TILE] = words[s]
    panel = max(1, PANEL // (4 * steps * BLOCK))
    blocks = len(bias) // BLOCK
    for start in range(0, blocks, panel):
        end = min(blocks, start + panel)
        for t in range(n_tiles):
            bound = bounds[t * TILE : (t + 1) * TILE]
            block = start
            while True:
                block = _scan_tile(tiles[t], packed, bias, bound, block, end, steps, block_scores, hits)
                if block == end:
                    break
                for c in range(BLOCK):
                    which = hits[c]
                    while which != 0:
                        lane = lowest_bit(which)
                        which &= which - 1
                        w, score = t * TILE + lane, block_scores[c * TILE + lane]
                        if score > best[w, 0]:
                            _replace_least(best[w], score)
                            least = np.float64(best[w, 0])
                            if least > NEVER:  # k are there
                                square = 2 * (limits[w, 0] - least + limits[w, 2])
                                reach = math.sqrt(max(0.0, square)) + 2 * limits[w, 1]
                                _raise_bound(bounds[w : w + 1], reach, limits[w])
                        elif score <= bounds[w]:  # which has risen since
                            continue
                        size = counts[w, 0]
                        scores[w, size], names[w, size] = score, block * BLOCK + c
                        counts[w, 0] = size + 1
                        if size + 1 == room:
                            i = first * TILE + w
                            _settle(
                                Q, i, X, (scores[w], names[w]), limits[w], bounds[w : w + 1], counts[w],
                                best[w, 0], distances[i], indices[i], False,
                            )  # fmt: skip
                block += 1
    for w in range(min(n_tiles * TILE, len(Q) - first * TILE)):
        i = first * TILE + w
        _settle(
            Q, i, X, (scores[w], names[w]), limits[w], bounds[w : w + 1], counts[w],
            best[w, 0], distances[i], indices[i], True,
        )  # fmt: skip
        measured[i] = counts[w, 2]
        for place in range(k):
            distances[i, place] = math.sqrt(distances[i, place])


@njit(**CACHED)
def _search_tiles(Q, X, rows, tiles, per_group, room, distances, indices, measured):
    for first in range(0, tiles, per_group):
        last = min(tiles, first + per_group)
        _search_group(Q, X, rows, first, last, room, distances, indices, measured)


@njit(parallel=True, **CACHED)
def _search_tiles_in_parallel(Q, X, rows, tiles, per_group, room, distances, indices, measured):
    for group in prange(-(-tiles // per_group)):
        first, last = group * per_group, min(tiles, (group + 1) * per_group)
        _search_group(Q, X, rows, first, last, room, distances, indices, measured)


# Votes


@njit(**CACHED)
def _leave_out(found, indices):  # IN, OUT
    """Copy all but the row itself; where others tie with it and it is not there, all but the last."""
    k = indices.shape[1]
    for i in range(len(found)):
        place = 0
        while place < k and found[i, place] != i:
            indices[i, place] = found[i, place]
            place += 1
        for later in range(place, k):
            indices[i, later] = found[i, later + 1]


@njit(**CACHED)
def _accuracy(neighbors, codes, n_classes, right):  # IN, IN, IN, INOUT
    """One vote more changes one count: the winner is the same or the class that got it, O(1) each."""
    votes = np.zeros(n_classes, dtype=np.int64)
    for i in range(neighbors.shape[0]):
        votes[:] = 0
        winner = 0
        for place in range(neighbors.shape[1]):
            code = codes[neighbors[i, place]]
            votes[code] += 1
            if votes[code] > votes[winner] or (votes[code] == votes[winner] and code < winner):
                winner = code
            right[place] += winner == codes[i]


# Tables of distances


@njit(**CACHED)
def _pairwise(Q, X, distances):  # IN, IN, OUT
    for i in range(Q.shape[0]):
        for j in range(X.shape[0]):
            distances[i, j] = _squared(Q, i, X, j)


@njit(**CACHED)
def _expand(Q, X, q_squares, x_squares, distances):  # IN, IN, IN, IN, INOUT
    """Turn products into squared distances; where digits have cancelled, take differences first."""
    for i in range(Q.shape[0]):
        for j in range(X.shape[0]):
            both = q_squares[i] + x_squares[j]
            distances[i, j] = both - 2 * distances[i, j]
        for j in range(X.shape[0]):
            if distances[i, j] < 1e-4 * (q_squares[i] + x_squares[j]):
                distances[i, j] = _squared(Q, i, X, j)


# Rows in few bytes
