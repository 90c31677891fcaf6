"""k nearest neighbours, exact, as fast as the machine allows.

Three methods give the same answer; `_choose` chooses one by the size of the input:

- a scan, for few rows or queries: all distances, as sums of squared differences in float64;
- a kd-tree, for few features (Friedman, Bentley and Finkel, ACM Trans. Math. Softw. 3, 1977), built by
  selection instead of sorting, with leaves stored column by column;
- otherwise a filter: scores q·x - |x|²/2 of all rows, by matrix arithmetic in few bits, with a bound on
  their error. Only the few rows that might be among the k nearest are measured, i.e. their distances
  are computed in float64. This is the idea of the VA-file (Weber, Schek and Blott, VLDB 1998), at the
  speed of a matrix product.

Bounds are rounded to the safe side, so distances and neighbours are those of the scan.

In shapes: m queries Q (m, d), n rows X (n, d), k neighbours, K classes; distances and indices are (m, k),
the nearest first. A comment such as `# IN, OUT` after a function's parameters says, in their order, which
arrays it reads and which it writes. In loops, i is a query (or a row of A), j a row, f a feature, s a place
in a piece of an array.
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
"""Up to this many products of coordinates (m * n * d), one loop over all rows is fastest."""
SERIAL_WORK = 1_000_000
"""Up to this many products of coordinates, threads cost a scan more than they save."""
DOUBLES = 8
"""Numbers of 64 bits in a vector: one register of AVX-512, or two registers of 256 bits."""
FANOUT = 16
"""Children of a node in the tree of boxes: two vectors. A search with 8 took about a tenth longer."""
LEAF = 64
"""Most rows of a leaf; leaves have 32 to 64. Searches with smaller ones took longer (see SPEED.md)."""
CELL = 272
"""Least average number of rows in a cell, a part of the data that fits in the first-level cache."""
SAMPLE = 16
"""Sampled rows per cell, on average: the sizes of cells then vary by about a quarter (1 / sqrt(16))."""


def pairwise_sq_distances(Q, X):
    """Expand the square, by one matrix product; recompute entries whose digits cancel: (m, n). O(mnd)."""
    Q, X = _floats(Q), _floats(X)
    _check_shapes(Q, X)
    distances = np.empty((len(Q), len(X)))
    if Q.shape[1] < 16 or distances.size < 4096:
        _pairwise(Q, X, distances)  # here loops are faster than BLAS
        return distances
    # The mean of up to 1,000 rows becomes the origin: near the origin, fewer digits cancel.
    center = X[:: len(X) // 1000 + 1].mean(axis=0)
    centred_queries, centred_rows = Q - center, X - center
    np.matmul(centred_queries, centred_rows.T, out=distances)
    _expand(Q, X, (centred_queries**2).sum(axis=1), (centred_rows**2).sum(axis=1), distances)
    return distances


def knn(Q, X, k, metric="euclidean"):
    """Scan, search a kd-tree or filter: distances, indices (m, k). O(mnd), O((m + n) log n) at low d."""
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
    _, neighbors = knn(X, X, k + 1)
    indices = np.empty((len(X), k), dtype=np.int64)
    _leave_out(neighbors, indices)
    return indices


def knn_capped(Q, X, k, max_bytes):  # noqa: ARG001 - O(1) memory besides the result is within any cap
    """Keep the k nearest so far, for each query: distances, indices (m, k). O(mn(d + k)), O(1) memory."""
    _check_shapes(Q, X)
    _check_k(k, len(X))
    if not (np.isfinite(Q.sum()) and np.isfinite(X.sum())):  # sums need no array of booleans
        raise ValueError("NaN or infinity in the input")
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
    _scan(Q, X, EUCLIDEAN, first_query=0, end_query=len(Q), distances=distances, indices=indices)
    return distances, indices


def loo_accuracy(X, y, k_max):
    """Let one more neighbour vote at a time: (k_max,). As loo_neighbors, and O(n (k_max + K))."""
    _check_length(X, y)
    classes, codes = np.unique(y, return_inverse=True)
    right = np.zeros(max(0, k_max), dtype=np.int64)
    _accuracy(loo_neighbors(X, k_max), codes, len(classes), right)
    return right / len(X)


def kdtree_build(X, leaf_size):
    """Cut at the widest axis, down to leaves of leaf_size rows. O(n d log n).

    Returns (order, starts, axes, cuts, d): order is an array (n,), the others but d are lists; see the
    comment at "kd-tree" below.
    """
    X = np.asarray(X)
    _check_rows(X, X)
    if leaf_size < 1:
        raise ValueError(f"expected at least 1 row a leaf, got {leaf_size}")
    order, starts, axes, cuts = _grow_tree(X, int(leaf_size))
    return order, starts.tolist(), axes.tolist(), cuts.tolist(), X.shape[1]


def kdtree_query(state, q, k, dist):
    """Search the leaf of q, then other leaves that are near enough: two (k,). O(log n) at low d.

    This is plain Python, as it has to call `dist`.
    """
    order, *_ = state
    _check_k(k, len(order))
    distances, indices = np.empty(k), np.empty(k, dtype=np.int64)
    _descend(state, q, lambda places: (places, dist(q, places)), (distances, indices), size=0)
    return distances, indices


def index_build(X, rng, dist):
    """Link each row with its 10 nearest, both ways, and 4 random ones: links by row, rows to start at."""
    del dist  # not needed: X itself is given
    n = len(X)
    near = loo_neighbors(X, min(10, n - 1)) if n > 1 else np.empty((1, 0), dtype=np.int64)
    return _linked(near, rng)


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


# Choosing a method


def _choose(m, n, d, k):
    """Return the fastest method for m queries, by measurements with n = 500 to 100,000 rows.

    A tree takes 0.1 µs a row to build, then 1 µs a query at d = 3, 3 at d = 5, 6 at d = 6, 10 at d = 7. The
    filter takes 0.02 µs a row at d = 3, then 14 to 17 µs a query for 100,000 rows and d up to 16. The
    limits below are where two methods take equally long (see SPEED.md).
    """
    if m * n * d <= SCAN_WORK or n < 256 or d == 0:
        return _by_scan
    if d <= (6 if BYTES else 8) and m >= 100 + n // 100 and n >= 500 and k <= min(128, n // 8):
        return _by_tree
    # For one query, rounding all rows takes longer than a scan. 8192: see NEVER.
    if m > 1 and d <= 8192:
        return _by_filter
    return _by_scan


def _by_scan(Q, X, metric, distances, indices):
    """Compute the distances to all rows, one query after the other. O(mn(d + k)) time, O(1) memory."""
    _check_rows(Q, X)
    Q, X = _floats(Q), _floats(X)
    scan = _scan if Q.size * len(X) <= SERIAL_WORK or get_num_threads() == 1 else _scan_in_parallel
    scan(Q, X, metric, 0, len(Q), distances, indices)


# Scan


@njit(fastmath=SUMS, **CACHED)
def _squared(A, i, B, j):
    """Return the squared distance from row i of A to row j of B, in float64, whatever their types."""
    total = 0.0
    for f in range(A.shape[1]):
        difference = np.float64(A[i, f]) - np.float64(B[j, f])
        total += difference * difference
    return total


@njit(**CACHED)
def _measure(Q, i, X, j, metric):
    """Return the distance from query i to row j, or its square for the Euclidean metric: the same order."""
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
def _scan(Q, X, metric, first_query, end_query, distances, indices):  # IN, IN, IN, IN, IN, OUT, OUT
    """Write the k nearest rows of some queries, by insertion into the k nearest so far."""
    k = distances.shape[1]
    for i in range(first_query, end_query):
        nearest, neighbors = distances[i], indices[i]
        size = 0
        for j in range(X.shape[0]):
            distance = _measure(Q, i, X, j, metric)
            if size < k or distance < nearest[k - 1]:
                _insert(distance, j, nearest, neighbors, size)
                size = min(size + 1, k)
        if metric == EUCLIDEAN:
            for place in range(k):
                nearest[place] = math.sqrt(nearest[place])


@njit(parallel=True, **CACHED)
def _scan_in_parallel(Q, X, metric, first_query, end_query, distances, indices):
    """Do as `_scan`, with one query at a time on each thread."""
    for i in prange(first_query, end_query):
        _scan(Q, X, metric, i, i + 1, distances, indices)


# kd-tree
#
# There are two trees. `knn` uses a tree of boxes (`_Boxes`): a node has up to 16 children, and each child
# has a box around its rows. Boxes and rows are stored feature by feature, so that a few vector
# operations compute the distances to eight of them at once. To build it, rows are only sorted so that
# neighbours lie close together. First, cuts computed from a sample divide the rows into cells (as in a
# sample sort: Sanders and Winkel, "Super scalar sample sort", ESA 2004). Then exact medians divide each
# cell, which fits in the first-level cache, into leaves. For 100,000 rows of 3 features this takes 10 ms
# on one thread; with exact medians from the root on it would take 17 ms.
#
# `kdtree_build` returns a plain binary tree: order (n,), rows by leaf; starts, the first place of each
# leaf in `order`, and n; axes and cuts of the inner nodes. Node i has the children 2i + 1 and 2i + 2, so no
# pointers are stored. Leaves are filled one after the other: a cut is at the row with which the left side
# is full.


class _Boxes(NamedTuple):
    """A tree for `_search_boxes`. Nodes are numbered by level, from the one above the leaves to the root.

    boxes : (nodes, 2, d, FANOUT), least and largest coordinates of each child; inf and -inf for no child
    first_nodes : (levels + 1,), first node of each level, and the number of nodes
    first_slots, widths : (nodes of level 0,), first slot of their leaves, and slots of each leaf. A slot is a
        place for a row; a leaf has a multiple of DOUBLES of them
    rows : (slots * d,), coordinates, leaf by leaf and there feature by feature; inf in empty slots
    names : (slots,), the row in each slot, as an index of X
    """

    boxes: np.ndarray
    first_nodes: np.ndarray
    first_slots: np.ndarray
    widths: np.ndarray
    rows: np.ndarray
    names: np.ndarray


def _by_tree(Q, X, metric, distances, indices):
    """Sort rows and queries into cells, build a tree of the cells, then search it for each query."""
    Q, X = _singles_or_doubles(Q), _singles_or_doubles(X)
    origin = np.zeros(X.shape[1])
    # np.maximum returns NaN if there is one, as max() might not.
    largest = np.maximum(_largest_of(Q, origin, 0, len(Q)), _largest_of(X, origin, 0, len(X)))
    if not largest < 1e150:  # squares might overflow, or there is a NaN, which `_by_scan` refuses
        _by_scan(Q, X, metric, distances, indices)
        return
    axes, cuts = _cut_cells(X)  # rows and queries are sorted into the same cells
    tree = _grow_boxes(X, *_sort_into_cells(X, axes, cuts))
    query_order, _ = _sort_into_cells(Q, axes, cuts)  # successive queries need rows that are in the cache
    Q = _floats(Q)  # as the tree. X is not converted: a copy in float64 would be the largest array
    if get_num_threads() == 1 or len(Q) < 64:
        _search_boxes(Q, query_order, 0, len(Q), tree, distances, indices)
    else:
        _search_boxes_in_parallel(Q, query_order, 16 * get_num_threads(), tree, distances, indices)


def _cut_cells(X):
    """Return the axes and cuts (cells - 1,) of a binary tree, computed from a sample of the rows.

    Its leaves are the cells, each with CELL to 2 * CELL rows on average; few rows make one cell, uncut.
    """
    depth = max(0, (len(X) // CELL).bit_length() - 1)
    axes, cuts = np.zeros((1 << depth) - 1, dtype=np.int64), np.full((1 << depth) - 1, np.inf)
    if depth > 0:
        sample = X[np.linspace(0, len(X) - 1, SAMPLE << depth).astype(np.int64)]
        columns = np.array(sample.T, dtype=np.float64, order="C")
        order = np.arange(len(sample), dtype=np.int32)
        _grow(columns, order, SAMPLE, depth, axes, cuts)
    return axes, cuts


def _sort_into_cells(A, axes, cuts):
    """Order rows by their cells: order (n,), and cell_ends (cells + 1,), 0 and the end of each cell."""
    order, cell_ends = np.arange(len(A), dtype=np.int32), np.array([0, len(A)])
    if len(axes) == 0:
        return order, cell_ends
    cell_ends = np.zeros(len(axes) + 2, dtype=np.int64)
    if get_num_threads() == 1 or len(A) < 20_000:  # threads cost too much on a busy machine
        cells, counts = np.empty(len(A), dtype=np.int32), np.zeros(len(axes) + 1, dtype=np.int64)
        _find_cells(A, 0, len(A), axes, cuts, cells, counts)
        order = cells.argsort(kind="stable").astype(np.int32)
        cell_ends[1:] = counts.cumsum()
    else:
        _sort_in_parallel(A, axes, cuts, 4 * get_num_threads(), order, cell_ends)
    return order, cell_ends


def _grow_boxes(X, order, cell_ends):
    """Divide each cell into leaves and put boxes around them, level by level: a `_Boxes`."""
    d, n_cells = X.shape[1], len(cell_ends) - 1
    leaf_plan = np.empty((n_cells, 5), dtype=np.int64)
    _plan_leaves(cell_ends, leaf_plan)
    _, depth, width, first_node, first_slot = leaf_plan[-1].tolist()  # of the last cell
    level_sizes = [first_node + max(1, (1 << depth) // FANOUT)]
    n_slots = first_slot + (width << depth)
    while level_sizes[-1] > 1:
        level_sizes.append(-(-level_sizes[-1] // FANOUT))
    first_nodes = np.cumsum([0, *level_sizes])
    boxes = np.empty((first_nodes[-1], 2, d, FANOUT))
    boxes[:, 0], boxes[:, 1] = np.inf, -np.inf
    first_slots, widths = np.zeros((2, level_sizes[0]), dtype=np.int64)
    tree = _Boxes(boxes, first_nodes, first_slots, widths, np.empty(n_slots * d), np.empty(n_slots, np.int32))
    if get_num_threads() == 1 or len(X) < 5000:
        _fill_cells(X, order, cell_ends, leaf_plan, tree, 0, n_cells)
    else:
        _fill_cells_in_parallel(X, order, cell_ends, leaf_plan, tree, min(n_cells, 16 * get_num_threads()))
    _build_upper_nodes(boxes, first_nodes)
    return tree


def _grow_tree(X, leaf_size):
    """Build the binary tree of `kdtree_build`: order (n,), starts (leaves + 1,), axes, cuts (leaves - 1,)."""
    n = len(X)
    depth = max(0, math.ceil(n / leaf_size) - 1).bit_length()
    order = np.arange(n, dtype=np.int32)
    axes, cuts = np.zeros((1 << depth) - 1, dtype=np.int64), np.full((1 << depth) - 1, np.inf)
    _grow(np.array(X.T, dtype=np.float64, order="C"), order, leaf_size, depth, axes, cuts)
    return order, np.minimum(n, np.arange((1 << depth) + 1) * leaf_size), axes, cuts


@njit(fastmath=FINITE, **CACHED)
def _extent(column, start, end):
    """Return the least and the largest number of column[start:end]."""
    low, high = np.inf, -np.inf
    for place in range(start, end):
        low, high = min(low, column[place]), max(high, column[place])
    return low, high


@njit(**CACHED)
def _select_by_counting(values, n, rank):
    """Return the value at `rank` of the first n values in sorted order: O(n log n) expected.

    This is quickselect, but instead of moving values each pass counts how many are below the pivot. Eight
    numbers are compared at once, so a pass over 400 takes no longer than three mispredicted branches.
    Pivots are taken in large strides, since neighbouring values may be nearly equal or sorted.
    """
    stride_modulus = 1
    while stride_modulus < n:
        stride_modulus *= 2
    low, high, place = -np.inf, np.inf, 0
    while True:
        pivot = values[place] if place < n else low
        stride = stride_modulus * 5 // 8 | 1  # odd, so every place is visited
        place = (place + stride) & (stride_modulus - 1)
        if low < pivot < high:
            n_below, not_above = 0, 0
            for s in range(n):
                n_below += values[s] < pivot
                not_above += values[s] <= pivot
            if n_below <= rank < not_above:
                return pivot
            if rank < n_below:
                high = pivot
            else:
                low = pivot


@njit(**CACHED)
def _select(values, scratch, n, rank):
    """Return the value at `rank` of the first n values in sorted order; both arrays are overwritten.

    Floyd and Rivest, "Expected time bounds for selection", CACM 18 (1975): two numbers of a sorted
    sample enclose the value sought, and one pass without branches keeps the values between them. All in all
    that is little more than one pass; quickselect makes about three, with badly predictable branches.
    The interval reaches from four numbers below the expected one of a sample of 32 to four above it, so it
    holds a quarter of the values. If the value sought is not among them, the middle number of the sample
    divides the values instead. The last 512 values are left to `_select_by_counting`.
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
        sample_rank = rank * 32 // n
        low = sample[sample_rank - 4] if sample_rank >= 4 else -np.inf
        high = sample[sample_rank + 4] if sample_rank + 4 < 32 else np.inf
        n_below, n_kept = 0, 0
        for place in range(n):
            value = values[place]
            scratch[n_kept] = value
            n_below += value < low
            n_kept += (value >= low) & (value <= high)
        if not (n_below <= rank < n_below + n_kept and n_kept < n):  # a bad sample, or many equal values
            low = high = sample[sample_rank]
            n_below, n_kept = 0, 0
            for place in range(n):
                n_below += values[place] < low
                n_kept += values[place] == low
            if n_below <= rank < n_below + n_kept:
                return low
            goes_low = rank < n_below
            rank -= 0 if goes_low else n_below + n_kept
            n_kept = 0
            for place in range(n):
                scratch[n_kept] = values[place]
                n_kept += values[place] < low if goes_low else values[place] > low
            n_below = 0
        rank -= n_below
        n = n_kept
        values, scratch = scratch, values
    return _select_by_counting(values, n, rank)


@njit(**CACHED)
def _assign_sides(coordinates, size, cut, left_size, places):  # IN, IN, IN, IN, OUT
    """Write the new place of each row: left below the cut, right above it, equal ones on either side.

    coordinates, places: (size,). As many equal ones go left as needed for left_size rows there.
    """
    equals_for_left = left_size
    for s in range(size):
        equals_for_left -= coordinates[s] < cut
    next_left, next_right = 0, left_size
    for s in range(size):  # no branches: they would be mispredicted half of the time
        is_equal = (coordinates[s] == cut) & (equals_for_left > 0)
        goes_left = (coordinates[s] < cut) | is_equal
        equals_for_left -= is_equal
        places[s] = next_left if goes_left else next_right
        next_left += goes_left
        next_right += not goes_left


@njit(**CACHED)
def _move_to_sides(values, start, size, places, scratch):  # INOUT, IN, IN, IN, OUT
    """Move `size` values from `start` on to their new places."""
    for s in range(size):
        scratch[places[s]] = values[start + s]
    for s in range(size):  # to assign a slice would compile numba's error for unequal shapes, too: 2 s more
        values[start + s] = scratch[s]


@njit(**CACHED)
def _grow(columns, order, leaf_size, depth, axes, cuts):  # INOUT, INOUT, IN, IN, OUT, OUT
    """Split rows down to the level `depth`, each time at the widest axis: axes, cuts (2**depth - 1,).

    columns (d, n), the coordinates, are sorted along with order (n,), so that all passes read memory in
    order. Leaves are filled one after the other with leaf_size rows, so only the last ones may have fewer.
    """
    d, n = len(columns), len(order)
    values, scratch = np.empty(n), np.empty(n)
    places, scratch_order = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    stack = np.empty((64, 4), dtype=np.int64)  # node, level, start, end; depth + 1 entries at most
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0, 0, 0, n
    stack_size = 1
    while stack_size > 0:
        stack_size -= 1
        node, level, start, end = stack[stack_size]
        if level == depth:
            continue
        split = min(end, start + (leaf_size << (depth - level - 1)))
        if split < end:
            axis, widest = 0, -1.0
            for f in range(d):
                low, high = _extent(columns[f], start, end)
                if high - low > widest:
                    axis, widest = f, high - low
            size = end - start
            for s in range(size):
                values[s] = columns[axis, start + s]
            cut = _select(values, scratch, size, split - start)
            _assign_sides(columns[axis, start:end], size, cut, split - start, places)
            for f in range(d):
                _move_to_sides(columns[f], start, size, places, scratch)
            _move_to_sides(order, start, size, places, scratch_order)
            axes[node], cuts[node] = axis, cut
        for child, child_start, child_end in ((2 * node + 2, split, end), (2 * node + 1, start, split)):
            stack[stack_size, 0], stack[stack_size, 1] = child, level + 1
            stack[stack_size, 2], stack[stack_size, 3] = child_start, child_end
            stack_size += 1


@njit(**CACHED)
def _find_cells(A, first_row, end_row, axes, cuts, cells, counts):  # IN, IN, IN, IN, IN, OUT, INOUT
    """Write the cell of each row (n,), and count the rows of each cell: counts (cells,).

    Goes down the tree with 16 rows at a time, so that the processor reads nodes of several rows at once:
    14 ns a row instead of 28.
    """
    node = np.zeros(16, dtype=np.int64)
    for start in range(first_row, end_row, 16):
        node[:] = 0
        while node[0] < len(axes):  # all leaves are on one level
            for s in range(16):
                current = node[s]
                i = min(start + s, end_row - 1)
                node[s] = 2 * current + 1 + (A[i, axes[current]] > cuts[current])
        for s in range(min(16, end_row - start)):
            cell = node[s] - len(axes)
            cells[start + s] = cell
            counts[cell] += 1


@njit(parallel=True, **CACHED)
def _sort_in_parallel(A, axes, cuts, parts, order, cell_ends):  # IN, IN, IN, IN, OUT, OUT
    """Do as `_sort_into_cells`, on threads: a counting sort, each part with counts of its own."""
    n = len(A)
    cells, counts = np.empty(n, dtype=np.int32), np.zeros((parts, len(axes) + 1), dtype=np.int64)
    for part in prange(parts):
        _find_cells(A, part * n // parts, (part + 1) * n // parts, axes, cuts, cells, counts[part])
    position = 0
    for cell in range(len(axes) + 1):
        for part in range(parts):
            count = counts[part, cell]
            counts[part, cell] = position
            position += count
        cell_ends[cell + 1] = position
    for part in prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            order[counts[part, cells[i]]] = i
            counts[part, cells[i]] += 1


@njit(**CACHED)
def _plan_leaves(cell_ends, leaf_plan):  # IN, OUT
    """Plan how to divide each cell: leaf_plan (cells, 5).

    Its columns are rows of a leaf, number of halvings, slots of a leaf, first node and first slot.
    """
    node, slot = 0, 0
    for cell in range(len(leaf_plan)):
        size, depth = cell_ends[cell + 1] - cell_ends[cell], 0
        while -(-size >> depth) > LEAF:
            depth += 1
        leaf_size = -(-size >> depth)
        width = -(-leaf_size // DOUBLES) * DOUBLES
        leaf_plan[cell, 0], leaf_plan[cell, 1], leaf_plan[cell, 2] = leaf_size, depth, width
        leaf_plan[cell, 3], leaf_plan[cell, 4] = node, slot
        node += max(1, (1 << depth) // FANOUT)
        slot += width << depth


@njit(**CACHED)
def _fill_cells(
    X, order, cell_ends, leaf_plan, tree, first_cell, end_cell
):  # IN, INOUT, IN, IN, INOUT, IN, IN
    """Split some cells into leaves; write the rows of each leaf, feature by feature, and its box."""
    d = X.shape[1]
    largest_cell = 0
    for cell in range(first_cell, end_cell):
        largest_cell = max(largest_cell, cell_ends[cell + 1] - cell_ends[cell])
    columns, axes, cuts = (
        np.empty((d, largest_cell)),
        np.empty(largest_cell, dtype=np.int64),
        np.empty(largest_cell),
    )
    for cell in range(first_cell, end_cell):
        leaf_size, depth, width = leaf_plan[cell, 0], leaf_plan[cell, 1], leaf_plan[cell, 2]
        node, slot = leaf_plan[cell, 3], leaf_plan[cell, 4]
        cell_rows = order[cell_ends[cell] : cell_ends[cell + 1]]
        size = len(cell_rows)
        for s in range(size):
            for f in range(d):
                columns[f, s] = X[cell_rows[s], f]
        _grow(columns, cell_rows, leaf_size, depth, axes, cuts)
        for leaf in range(1 << depth):
            start, end = min(size, leaf * leaf_size), min(size, (leaf + 1) * leaf_size)
            node_of_leaf, child = node + leaf // FANOUT, leaf % FANOUT
            if child == 0:
                tree.first_slots[node_of_leaf], tree.widths[node_of_leaf] = slot, width
            for f in range(d):
                values = tree.rows[slot * d + f * width : slot * d + (f + 1) * width]
                for s in range(end - start):
                    values[s] = columns[f, start + s]
                values[end - start :] = np.inf
                low, high = _extent(columns[f], start, end)
                tree.boxes[node_of_leaf, 0, f, child], tree.boxes[node_of_leaf, 1, f, child] = low, high
            for s in range(end - start):
                tree.names[slot + s] = cell_rows[start + s]
            slot += width


@njit(parallel=True, **CACHED)
def _fill_cells_in_parallel(X, order, cell_ends, leaf_plan, tree, parts):
    """Do as `_fill_cells`, for all cells, on threads."""
    n_cells = len(cell_ends) - 1
    for part in prange(parts):
        _fill_cells(
            X, order, cell_ends, leaf_plan, tree, part * n_cells // parts, (part + 1) * n_cells // parts
        )


@njit(**CACHED)
def _build_upper_nodes(boxes, first_nodes):  # INOUT, IN
    """Put boxes around the children of each node, level by level, up to the root. Shapes as in `_Boxes`."""
    for level in range(len(first_nodes) - 2):
        first_node, end_node = first_nodes[level], first_nodes[level + 1]
        for node in range(first_node, end_node):
            parent, child = end_node + (node - first_node) // FANOUT, (node - first_node) % FANOUT
            for f in range(boxes.shape[2]):
                low, high = np.inf, -np.inf
                for grandchild in range(FANOUT):
                    low = min(low, boxes[node, 0, f, grandchild])
                    high = max(high, boxes[node, 1, f, grandchild])
                boxes[parent, 0, f, child], boxes[parent, 1, f, child] = low, high


# Searching a tree of boxes with vectors of eight numbers, as LLVM instructions: numba does not vectorise
# these loops, nor would it keep the nearest rows in registers, as `_scan_leaf` does.


def _bits_below(builder, values, limit):
    """Return an integer of 64 bits with one bit per lane: whether its value is below the limit."""
    return builder.zext(mask(builder, builder.fcmp_ordered("<", values, limit)), INT64)


@intrinsic
def _measure_boxes(typing_context, boxes, node, q, d, reaches, level):
    """Write the squared distances from q (d,) to the boxes of a node's children: reaches[level], (FANOUT,).

    The rounded subtraction, product and sum are monotone. So no row, measured in the same order, gets a
    smaller distance than its box, and boxes at the limit or beyond it can be left out without a margin.
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
def _bits_within(typing_context, reaches, level, limit):
    """Return an integer with one bit per child of a node: is reaches[level, child] below the limit?"""
    del typing_context
    signature = types.int64(reaches, level, limit)

    def generate(context, builder, signature, arguments):
        reaches = data_of(context, builder, signature, arguments, 0)
        start, limit = builder.mul(arguments[1], INT64(FANOUT)), spread(builder, arguments[2], DOUBLES)
        bits = INT64(0)
        for half in range(0, FANOUT, DOUBLES):
            values = load(builder, reaches, builder.add(start, INT64(half)), DOUBLES)
            bits = builder.or_(bits, builder.shl(_bits_below(builder, values, limit), INT64(half)))
        return bits

    return signature, generate


def _measure_rows(builder, rows, place, width, q, d):
    """Return the squared distances from q to eight rows, added up in the same order as in `_measure_boxes`.

    rows[place] is the first coordinate of the first row; the next feature is `width` numbers further.
    """
    total = cgutils.alloca_once(builder, vector(DOUBLES))
    builder.store(filled(0.0, DOUBLES), total)
    with cgutils.for_range(builder, d) as loop:
        value = load_spread(builder, q, loop.index, DOUBLES)
        row = load(builder, rows, builder.add(place, builder.mul(loop.index, width)), DOUBLES)
        away = builder.fsub(value, row)
        builder.store(multiply_add(builder, away, away, builder.load(total)), total)
    return builder.load(total)


def _inserted(builder, x, name, values, names):
    """Insert x, and its name, into sorted values: return a vector of values, and one of names.

    values, names: two vectors each, the preceding one and the one to update. All lanes of x are equal,
    and so are those of name.
    """
    by_one = [DOUBLES - 1 + lane for lane in range(DOUBLES)]  # each lane gets what was one lane before it
    before, names_before = shuffle(builder, *values, by_one), shuffle(builder, *names, by_one)
    moved = builder.select(builder.fcmp_ordered("<=", before, x), name, names_before)
    kept = builder.select(builder.fcmp_ordered("<=", values[1], x), names[1], moved)
    return choose(builder, "<", values[1], choose(builder, ">", before, x)), kept


class _InRegisters:
    """The k <= 16 nearest in two vectors of registers while a leaf is scanned, written back by `close`."""

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
        """Insert x, in all lanes of a vector, and its name."""
        least = filled(-math.inf, DOUBLES), filled(-1, DOUBLES, INT64)
        values, names = (
            [one, *map(builder.load, slots)] for one, slots in zip(least, self.slots, strict=True)
        )
        for v in range(2):
            changed = _inserted(builder, x, name, values[v : v + 2], names[v : v + 2])
            for value, slots in zip(changed, self.slots, strict=True):
                builder.store(value, slots[v])

    def last(self, builder):
        """Return the last vector of the nearest distances, which ends with the k-th."""
        return builder.load(self.slots[0][1])

    def close(self, builder):
        """Write the vectors to memory."""
        for array, slots in zip(self.memory, self.slots, strict=True):
            for v, slot in enumerate(slots, start=1):
                store(builder, builder.load(slot), array, INT64(v * DOUBLES))


class _InMemory:
    """The k nearest as any number of vectors in memory, preceded by a vector of -inf.

    It has the same methods as `_InRegisters`.
    """

    def __init__(self, builder, nearest, names, vectors):
        self.nearest, self.names = nearest, names
        self.top = builder.mul(vectors, INT64(DOUBLES))

    def put_in(self, builder, x, name):
        """Insert x, in all lanes of a vector, and its name."""
        backwards = cgutils.for_range_slice(builder, self.top, INT64(0), INT64(-DOUBLES), inc=False)
        with backwards as (place, _):
            places = builder.sub(place, INT64(DOUBLES)), place
            values = [load(builder, self.nearest, where, DOUBLES) for where in places]
            names = [load(builder, self.names, where, DOUBLES, INT64) for where in places]
            value, kept = _inserted(builder, x, name, values, names)
            store(builder, value, self.nearest, place)
            store(builder, kept, self.names, place)

    def last(self, builder):
        """Return the last vector of the nearest distances, which ends with the k-th."""
        return load(builder, self.nearest, self.top, DOUBLES)

    def close(self, builder):
        """Do nothing: the vectors are in memory."""


@intrinsic
def _scan_leaf(typing_context, rows, slot, width, q, d, nearest, names, vectors):
    """Insert rows of a leaf among the k nearest; return the k-th smallest squared distance.

    nearest, names: the k smallest squared distances, ascending, and their slots. The k-th is at the end of
    `vectors` vectors. The places before the first one hold -inf; they are at least one vector, which is not
    counted in `vectors`. A number x is inserted without a branch, by minima and maxima: new[i] =
    min(old[i], max(old[i - 1], x)). In memory this takes 7 ns. If two vectors are enough, they stay in
    registers, which reduced the time of 10,000 queries from 10.1 to 9.0 ms.
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
            """Measure eight rows at a time, and insert those that are nearer than the k-th nearest so far."""
            with cgutils.for_range_slice(builder, INT64(0), width, INT64(DOUBLES), inc=True) as (s, _):
                distances = _measure_rows(builder, rows, builder.add(start, s), width, q, d)
                store(builder, distances, found, INT64(0))
                last = best.last(builder)
                limit = shuffle(builder, last, last, [DOUBLES - 1] * DOUBLES)
                bits = _bits_below(builder, distances, limit)
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
    """Return which of the children, given as bits, has the nearest box."""
    nearest = lowest_bit(children)
    for child in range(nearest + 1, FANOUT):
        if children >> child & 1 and reaches[level, child] < reaches[level, nearest]:
            nearest = child
    return nearest


@njit(**CACHED)
def _search_boxes(
    Q, query_order, first_query, end_query, tree, distances, indices
):  # IN, IN, IN, IN, IN, OUT, OUT
    """Write the k nearest rows of some queries, from query_order[first_query] on.

    For each query, go down to the nearest leaf, then visit, level by level, the boxes that are nearer than
    the k-th nearest row so far. Until there are k rows, the nearest child comes first; then children come in
    their order, as finding the nearest one takes longer than it saves.
    """
    d, k = Q.shape[1], distances.shape[1]
    vectors = max(2, -(-k // DOUBLES))
    padding = (vectors + 1) * DOUBLES - k
    nearest, slots = np.full(padding + k, -np.inf), np.zeros(padding + k, dtype=np.int64)
    top = len(tree.first_nodes) - 2
    reaches = np.empty((top + 1, FANOUT))
    nodes, children = np.zeros(top + 1, dtype=np.int64), np.zeros(top + 1, dtype=np.int64)
    q = np.empty(d)
    for place_in_order in range(first_query, end_query):
        i = query_order[place_in_order]
        for f in range(len(q)):
            q[f] = Q[i, f]
        nearest[padding:] = np.inf
        limit, level = np.inf, top
        _measure_boxes(tree.boxes, tree.first_nodes[top], q, d, reaches, top)
        children[top] = _bits_within(reaches, top, limit)
        while level <= top:
            if children[level] == 0:
                level += 1
                if level <= top:
                    children[level] &= _bits_within(reaches, level, limit)
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
                _measure_boxes(tree.boxes, tree.first_nodes[level] + nodes[level], q, d, reaches, level)
                children[level] = _bits_within(reaches, level, limit)
            else:
                width = tree.widths[node]
                slot = tree.first_slots[node] + child * width
                limit = _scan_leaf(tree.rows, slot, width, q, d, nearest, slots, vectors)
        for place in range(k):
            distances[i, place] = math.sqrt(nearest[padding + place])
            indices[i, place] = tree.names[slots[padding + place]]


@njit(parallel=True, **CACHED)
def _search_boxes_in_parallel(Q, query_order, parts, tree, distances, indices):
    """Do as `_search_boxes`, for all queries, on threads."""
    for part in prange(parts):
        first_query, end_query = part * len(Q) // parts, (part + 1) * len(Q) // parts
        _search_boxes(Q, query_order, first_query, end_query, tree, distances, indices)


def _descend(tree, q, measure, best, size):
    """Search the tree of `kdtree_build`; insert its nearest rows among the best; return their new number.

    best: distances and indices (k,), ascending, of which the first `size` are filled. `measure(places)`
    returns the names and the distances of rows of the tree; it may leave out rows that are deleted.
    """
    order, starts, axes, cuts, d = tree
    distances, indices = best
    q = q.tolist()
    stack = [(0.0, 0, (0.0,) * d)]  # (squared distance to the node's cell, node, its offset by feature)
    while stack:
        square, node, offsets = stack.pop()
        if size == len(distances) and square * (1 - 1e-12) >= distances[-1] ** 2:
            continue
        while node < len(axes):
            axis = axes[node]
            beyond = q[axis] - cuts[node]
            goes_right = beyond > 0
            far_square = square - offsets[axis] ** 2 + beyond**2
            stack.append(
                (far_square, 2 * node + 2 - goes_right, (*offsets[:axis], beyond, *offsets[axis + 1 :]))
            )
            node = 2 * node + 1 + goes_right
        leaf = node - len(axes)
        places = order[starts[leaf] : starts[leaf + 1]]
        if len(places):
            names, found_distances = measure(places)
            size = _take_in(found_distances, names, distances, indices, size)
    return size


# Filter
#
# Rows and queries are moved so that their approximate mean is the origin, and rounded to 8 bits per
# coordinate (to float32 if the processor cannot multiply bytes, or 8 bits are too coarse for the data).
# As |q - x|² = |q|² - 2 (q·x - |x|²/2), the nearest rounded rows have the highest scores q·x - |x|²/2.
#
# Rounding moves each query and each row by a known distance, its error. So their distance changes by at
# most the sum of both errors, and the distance of each of the true k nearest rows, when rounded, exceeds the
# k-th smallest rounded distance by at most twice that sum. Rows with a larger rounded distance are left
# out; all others are measured. This bound depends on the errors alone; the Cauchy-Schwarz inequality,
# applied to q·x, would give one that grows with |q| and |x|.
#
# Vocabulary: a tile is TILE queries side by side, a block is BLOCK rows, a panel is some blocks that stay in
# the cache, a hit is a row whose score exceeds the bound of a query, and a candidate is a hit that has not
# been measured yet. A word is 32 bits: one float32 or four bytes. `steps` is the number of words in a row.

BYTES = bool(FEATURES.get("avx512vnni") and FEATURES.get("avx512vl")) and binding.llvm_version_info[0] >= 22
"""Whether the processor has dot products of bytes, four times as fast as float32, and LLVM is new enough."""
DOT_OF_BYTES = "llvm.x86.avx512.vpdpbusd"
"""LLVM's function for that instruction: unsigned bytes times signed bytes, added to 32-bit integers."""
LANES = 16 if AVX512 else 8
"""Numbers of 32 bits in a register, one for each query."""
VECTORS = 2
"""Vectors of queries in a tile."""
TILE = LANES * VECTORS
"""Queries that are compared with a row at the same time."""
BLOCK = 12 if AVX512 else 6
"""Rows of a block: BLOCK * VECTORS sums, VECTORS queries and a row fill the 32 (16) registers."""
PANEL = 128 << 10
"""Bytes of rows that are compared with all tiles of a group, so that they stay in the second-level cache."""
NEVER = -(2**30)
"""A score in bytes below all others: up to 8,192 features scores stay above half of it."""
TOO_MANY = 0.02
"""Largest share of rows that may pass the filter by bytes; if more pass, the filter by float32 is faster."""
HALF_SQUARE, ERROR, SLACK, SCALE = range(4)
"""Columns of `limits`: |q|²/2, error of a rounded distance, error of a score, rounded units per unit."""
WAITING, FOUND, MEASURED = range(3)
"""Columns of `counts`: candidates, nearest rows found (k at most), distances computed."""


def _by_filter(Q, X, metric, distances, indices):
    """Filter rows by scores of low precision, then measure the rest. O(mnd) time, O(nd) memory.

    Bytes are tried first, for a sample of the queries if there are many.
    """
    Q, X = _singles_or_doubles(Q), _singles_or_doubles(X)
    center = X[:: len(X) // 1000 + 1].mean(axis=0, dtype=np.float64)
    # np.maximum returns NaN if there is one, as max() might not.
    largest = np.maximum(_largest_coordinate(Q, center), _largest_coordinate(X, center))
    if not math.isfinite(largest):
        _check_rows(Q, X)
    if not 1e-100 < largest < 1e100:  # squares might overflow, or all rows are the same
        _by_scan(Q, X, metric, distances, indices)
        return
    if BYTES:
        rows = _round_rows(X, center, largest / 127, np.int8)
        sample = np.linspace(0, len(Q) - 1, TILE).astype(np.int64) if len(Q) >= 8 * TILE else None
        if sample is None or _filter(Q[sample], X, rows, distances[:TILE], indices[:TILE]) <= TOO_MANY:
            _filter(Q, X, rows, distances, indices)
            return
    _filter(Q, X, _round_rows(X, center, largest, np.float32), distances, indices)


def _singles_or_doubles(array):
    """Return the array in C order: float32 as it is, all else as float64."""
    array = np.ascontiguousarray(array)
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)


def _largest_coordinate(A, center):
    """Return the largest absolute coordinate of the rows less the centre; NaN if one is NaN or infinite."""
    parts = np.empty(min(len(A), 8 * get_num_threads()))
    _largest_of_parts(A, center, parts)
    return parts.max()  # NaN where there is one


def _round_rows(X, center, unit, dtype):
    """Round all rows for the filter; `unit` is what a rounded coordinate of 1 stands for.

    Returns (centre, unit, a query of zeros, packed, bias, largest length, largest error) for
    `_search_group`. packed: (blocks, steps, BLOCK) words, flat; bias: (blocks * BLOCK,), what the score of
    each row starts from; the last two are in rounded units.
    """
    n, d = X.shape
    blocks, coordinates_per_word = -(-n // BLOCK), 4 // np.dtype(dtype).itemsize
    steps = -(-d // coordinates_per_word)
    word = np.int32 if dtype == np.int8 else np.float32
    packed = np.empty(blocks * steps * BLOCK, dtype=word)
    bias = np.full(blocks * BLOCK, NEVER if dtype == np.int8 else -np.inf, dtype=word)
    parts = np.zeros((min(blocks, 8 * get_num_threads()), 2))
    _pack(X, center, 1 / unit, np.zeros(steps * coordinates_per_word, dtype=dtype), packed, bias, parts)
    largest_length, largest_error = parts.max(axis=0)
    zero_query = np.zeros(steps * coordinates_per_word, dtype=np.uint8 if dtype == np.int8 else dtype)
    return center, unit, zero_query, packed, bias, math.sqrt(largest_length), math.sqrt(largest_error)


def _filter(Q, X, rows, distances, indices):
    """Write the k nearest rows of each query; return the share of rows that had to be measured.

    rows: what `_round_rows` returns.
    """
    m, k = distances.shape
    measured = np.zeros(m, dtype=np.int64)
    n_tiles = -(-m // TILE)
    threads = get_num_threads()
    tiles_per_group = max(1, min(16, n_tiles // (4 * threads)))
    room = max(256, 4 * k)  # candidates that are stored per query
    search = _search_tiles if threads == 1 or n_tiles == 1 else _search_tiles_in_parallel
    search(Q, X, rows, n_tiles, tiles_per_group, room, distances, indices, measured)
    return measured.sum() / (m * len(X))


@njit(fastmath=SUMS, **CACHED)
def _largest_of(A, center, first_row, end_row):
    """Do as `_largest_coordinate`, for the rows from first_row to end_row."""
    largest, not_finite = 0.0, 0.0
    for i in range(first_row, end_row):
        for f in range(A.shape[1]):
            value = np.float64(A[i, f]) - center[f]
            largest = max(largest, abs(value))
            not_finite += value * 0.0  # NaN or infinity times 0 is NaN, and so is every sum with it
    return largest + not_finite


@njit(parallel=True, **CACHED)
def _largest_of_parts(A, center, parts):
    """Write the largest absolute coordinate of each part of the rows: parts (number of parts,)."""
    for part in prange(len(parts)):
        first, last = part * len(A) // len(parts), (part + 1) * len(A) // len(parts)
        parts[part] = _largest_of(A, center, first, last)


@njit(fastmath=SUMS, **CACHED)
def _round_row(A, i, center, scale, offset, rounded):  # IN, IN, IN, IN, IN, OUT
    """Round row i; return the squared length of the rounded row, the squared error and the coordinates' sum.

    All are in rounded units. The instruction multiplies unsigned bytes by signed ones, so `offset` 128 makes
    the bytes of queries unsigned; `_pack_rows` corrects the scores for it.
    """
    length, error, total = 0.0, 0.0, 0.0
    in_bytes = rounded.itemsize == 1
    for f in range(A.shape[1]):
        value = (np.float64(A[i, f]) - center[f]) * scale
        nearest = np.rint(value) if in_bytes else np.float64(np.float32(value))
        length += nearest * nearest
        error += (value - nearest) * (value - nearest)
        total += nearest
        rounded[f] = nearest + offset
    return length, error, total


@njit(**CACHED)
def _pack_rows(X, center, scale, zero_row, packed, bias, first_block, end_block):
    """Write some blocks of rows; return the largest squared length and squared error.

    packed: (blocks, steps, BLOCK) words, flat, so word s of all rows of a block lies side by side. bias:
    (blocks * BLOCK,), -|x|²/2, for bytes less 128 times the sum of the coordinates, by which the offset of
    the queries raises q·x. The rows of zeros that fill up the last block keep a bias below all scores.
    """
    in_bytes = zero_row.itemsize == 1
    steps = len(packed) // len(bias)
    rounded = zero_row.copy()
    words = rounded.view(packed.dtype)
    largest_length, largest_error = 0.0, 0.0
    for block in range(first_block, end_block):
        for c in range(BLOCK):
            i = block * BLOCK + c
            start = block * steps * BLOCK + c
            if i < len(X):
                length, error, coordinate_sum = _round_row(X, i, center, scale, 0.0, rounded)
                largest_length, largest_error = max(largest_length, length), max(largest_error, error)
                half = length / 2
                bias[i] = -np.floor(half) - 128 * coordinate_sum if in_bytes else -half
                for s in range(steps):
                    packed[start + s * BLOCK] = words[s]
            else:
                for s in range(steps):
                    packed[start + s * BLOCK] = 0
    return largest_length, largest_error


@njit(parallel=True, **CACHED)
def _pack(X, center, scale, zero_row, packed, bias, parts):  # IN, IN, IN, IN, OUT, INOUT, OUT
    """Do as `_pack_rows`, for all blocks, on threads; parts (number of parts, 2) gets what it returns."""
    blocks = len(bias) // BLOCK
    for part in prange(len(parts)):
        first_block, end_block = part * blocks // len(parts), (part + 1) * blocks // len(parts)
        largest_length, largest_error = _pack_rows(
            X, center, scale, zero_row, packed, bias, first_block, end_block
        )
        parts[part, 0], parts[part, 1] = largest_length, largest_error


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
    """Compare a tile of queries with the blocks from `first` to `last`; return the first block with a hit.

    A hit is a score above the bound of its query. Returns `last` if there is none.

    tile : (steps, TILE) words, flat
    packed, bias : as in `_pack_rows`
    bounds : (TILE,)
    scores : OUT, (BLOCK, TILE), flat, the scores of the block with a hit
    hits : OUT, (BLOCK,), for each of its rows an integer with one bit per query: whether it is a hit

    All sums stay in registers during the loop over features, which numba's own code does not achieve: 108
    GFLOP/s in float32 on a core on which OpenBLAS reaches 101, and 450 billion operations on bytes.
    """
    del typing_context
    in_bytes = isinstance(packed.dtype, types.Integer)
    element = INT32 if in_bytes else FLOAT
    words = vector(LANES, element)
    signature = types.int64(tile, packed, bias, bounds, types.int64, types.int64, types.int64, scores, hits)

    def generate(context, builder, signature, arguments):  # noqa: C901, PLR0915
        def data(number):
            return data_of(context, builder, signature, arguments, number)

        def add_product(total, left, right):
            if not in_bytes:
                return multiply_add(builder, left, right, total)
            quads = vector(4 * LANES, ir.IntType(8))
            kind, name = ir.FunctionType(words, [words, quads, quads]), f"{DOT_OF_BYTES}.{32 * LANES}"
            dot = cgutils.get_or_insert_function(builder.module, kind, name)
            return builder.call(dot, [total, builder.bitcast(left, quads), builder.bitcast(right, quads)])

        def above(left, right):
            return (builder.icmp_signed if in_bytes else builder.fcmp_ordered)(">", left, right)

        tile, packed, bias, bounds = (data(number) for number in range(4))
        first, last, steps = arguments[4:7]
        scores, hits = data(7), data(8)
        bound_vectors = [load(builder, bounds, INT64(v * LANES), LANES, element) for v in range(VECTORS)]
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
        new_totals = []
        for c in range(BLOCK):
            coordinate = load_spread(builder, packed, builder.add(place, INT64(c)), LANES)
            new_totals.append([add_product(total[c][v], queries[v], coordinate) for v in range(VECTORS)])
        next_step = builder.add(step, INT64(1))
        step.add_incoming(INT64(0), blocks)
        step.add_incoming(next_step, features)
        for c in range(BLOCK):
            for v in range(VECTORS):
                total[c][v].add_incoming(start[c], blocks)
                total[c][v].add_incoming(new_totals[c][v], features)
        builder.cbranch(builder.icmp_signed("<", next_step, steps), features, check)

        builder.position_at_end(check)
        any_hit = None
        for v in range(VECTORS):
            best = new_totals[0][v]
            for c in range(1, BLOCK):
                best = builder.select(above(new_totals[c][v], best), new_totals[c][v], best)
            any_hit = (
                above(best, bound_vectors[v])
                if any_hit is None
                else builder.or_(any_hit, above(best, bound_vectors[v]))
            )
        builder.cbranch(any_lane(builder, any_hit), hit, miss)

        builder.position_at_end(hit)
        for c in range(BLOCK):
            hit_bits = INT64(0)
            for v in range(VECTORS):
                store(builder, new_totals[c][v], scores, INT64((c * VECTORS + v) * LANES))
                lanes = builder.zext(mask(builder, above(new_totals[c][v], bound_vectors[v])), INT64)
                hit_bits = builder.or_(hit_bits, builder.shl(lanes, INT64(v * LANES)))
            builder.store(hit_bits, builder.gep(hits, [INT64(c)]))
        builder.branch(end)

        builder.position_at_end(miss)
        next_block = builder.add(block, INT64(1))
        block.add_incoming(first, entry)
        block.add_incoming(next_block, miss)
        builder.cbranch(builder.icmp_signed("<", next_block, last), blocks, end)

        builder.position_at_end(end)
        result = builder.phi(INT64)
        for value, origin in ((last, entry), (block, hit), (last, miss)):
            result.add_incoming(value, origin)
        return result

    return signature, generate


@njit(**CACHED)
def _replace_least(heap, score):  # INOUT, IN
    """Replace the least score of a heap (k,), which is at its top, by a larger one: O(log k)."""
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
    """Raise a query's bound, so that only rows within `reach`, a distance in rounded units, pass.

    limits: (4,), see HALF_SQUARE. bound: (1,).
    """
    bound[0] = max(np.float64(bound[0]), limits[HALF_SQUARE] - reach * reach / 2 - limits[SLACK])


@njit(**CACHED)
def _measure_candidates(
    Q, i, X, candidates, limits, bound, counts, kth_best_score, nearest, neighbors, is_last
):
    """Drop candidates of query i below its bound; if many are left, or at the end (is_last), measure them.

    Candidates with one of the k best scores are measured first; then the bound is computed from true
    distances, and most others fall below it. So memory suffices however many rows tie.

    candidates : scores and rows (room,), of which counts[WAITING] are filled
    limits, bound, counts : (4,), (1,), (3,), of this query
    nearest, neighbors : INOUT, (k,), squared distances and rows found so far
    """
    scores, row_ids = candidates
    k, n_candidates = len(nearest), 0
    for place in range(counts[WAITING]):
        scores[n_candidates], row_ids[n_candidates] = scores[place], row_ids[place]
        n_candidates += scores[place] > bound[0]
    counts[WAITING] = n_candidates
    if not is_last and n_candidates <= len(row_ids) // 2:
        return
    counts[WAITING] = 0
    for among_best in (True, False):
        for place in range(n_candidates):
            if (scores[place] >= kth_best_score) == among_best and scores[place] > bound[0]:
                distance = _squared(Q, i, X, row_ids[place])
                n_found = counts[FOUND]
                counts[MEASURED] += 1
                if n_found < k or distance < nearest[k - 1]:
                    _insert(distance, row_ids[place], nearest, neighbors, n_found)
                    counts[FOUND] = min(n_found + 1, k)
        if counts[FOUND] == k:
            _raise_bound(
                bound, math.sqrt(nearest[k - 1]) * limits[SCALE] * (1 + 1e-12) + limits[ERROR], limits
            )


@njit(**CACHED)
def _search_group(  # noqa: C901, PLR0912, PLR0915 - what a hit does must be inline
    Q, X, rows, first_tile, end_tile, room, distances, indices, measured
):
    """Write the k nearest rows of the queries in some tiles, panel by panel.

    rows: what `_round_rows` returns; room: candidates stored per query; measured: OUT, (m,), how many
    distances were computed. `query` counts the queries of these tiles, i those of Q.
    """
    center, unit, zero_query, packed, bias, largest_length, largest_error = rows
    d, k, steps, scale = Q.shape[1], distances.shape[1], len(packed) // len(bias), 1 / unit
    in_bytes = zero_query.itemsize == 1
    n_tiles = end_tile - first_tile
    tiles = np.zeros((n_tiles, steps * TILE), packed.dtype)
    bounds = np.empty(n_tiles * TILE, bias.dtype)
    limits = np.empty((n_tiles * TILE, 4))
    best_scores = np.full((n_tiles * TILE, k), NEVER if in_bytes else -np.inf).astype(bias.dtype)
    counts = np.zeros((n_tiles * TILE, 3), dtype=np.int64)
    scores = np.empty((n_tiles * TILE, room), bias.dtype)
    row_ids = np.empty((n_tiles * TILE, room), dtype=np.int32)
    block_scores, hits = np.empty(BLOCK * TILE, bias.dtype), np.empty(BLOCK, dtype=np.int64)
    rounded = zero_query.copy()
    words = rounded.view(packed.dtype)
    for query in range(n_tiles * TILE):
        i = first_tile * TILE + query
        bounds[query] = -NEVER if in_bytes else np.inf  # no query, no hit
        if i < len(Q):
            bounds[query] = NEVER if in_bytes else -np.inf
            length, error, _ = _round_row(Q, i, center, scale, 128.0 if in_bytes else 0.0, rounded)
            limits[query, HALF_SQUARE] = length / 2
            length = math.sqrt(length)
            limits[query, ERROR] = math.sqrt(error) + largest_error + 1e-12 * (length + largest_length)
            limits[query, SLACK] = 2.0  # bias and bound are cut to whole numbers
            if not in_bytes:  # a sum of d products errs by d eps of their size: Higham, Accuracy (2002)
                largest_sum = length * largest_length + largest_length * largest_length / 2
                limits[query, SLACK] = 1.01 * (d + 8) * 2.0**-24 * largest_sum + d * 1e-37
            limits[query, SCALE] = scale
            for s in range(steps):
                tiles[query // TILE, s * TILE + query % TILE] = words[s]
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
                    query_bits = hits[c]
                    while query_bits != 0:
                        lane = lowest_bit(query_bits)
                        query_bits &= query_bits - 1
                        query, score = t * TILE + lane, block_scores[c * TILE + lane]
                        if score > best_scores[query, 0]:
                            _replace_least(best_scores[query], score)
                            least = np.float64(best_scores[query, 0])
                            if least > NEVER:  # there are k scores
                                square = 2 * (limits[query, HALF_SQUARE] - least + limits[query, SLACK])
                                reach = math.sqrt(max(0.0, square)) + 2 * limits[query, ERROR]
                                _raise_bound(bounds[query : query + 1], reach, limits[query])
                        elif score <= bounds[query]:  # the bound has risen since this block was compared
                            continue
                        size = counts[query, WAITING]
                        scores[query, size], row_ids[query, size] = score, block * BLOCK + c
                        counts[query, WAITING] = size + 1
                        if size + 1 == room:
                            i = first_tile * TILE + query
                            _measure_candidates(
                                Q, i, X, (scores[query], row_ids[query]), limits[query],
                                bounds[query : query + 1], counts[query], best_scores[query, 0],
                                distances[i], indices[i], is_last=False,
                            )  # fmt: skip
                block += 1
    for query in range(min(n_tiles * TILE, len(Q) - first_tile * TILE)):
        i = first_tile * TILE + query
        _measure_candidates(
            Q, i, X, (scores[query], row_ids[query]), limits[query], bounds[query : query + 1], counts[query],
            best_scores[query, 0], distances[i], indices[i], is_last=True,
        )  # fmt: skip
        measured[i] = counts[query, MEASURED]
        for place in range(k):
            distances[i, place] = math.sqrt(distances[i, place])


@njit(**CACHED)
def _search_tiles(Q, X, rows, n_tiles, tiles_per_group, room, distances, indices, measured):
    """Do as `_search_group`, for all groups of tiles."""
    for first_tile in range(0, n_tiles, tiles_per_group):
        end_tile = min(n_tiles, first_tile + tiles_per_group)
        _search_group(Q, X, rows, first_tile, end_tile, room, distances, indices, measured)


@njit(parallel=True, **CACHED)
def _search_tiles_in_parallel(Q, X, rows, n_tiles, tiles_per_group, room, distances, indices, measured):
    """Do as `_search_tiles`, on threads."""
    for group in prange(-(-n_tiles // tiles_per_group)):
        first_tile, end_tile = group * tiles_per_group, min(n_tiles, (group + 1) * tiles_per_group)
        _search_group(Q, X, rows, first_tile, end_tile, room, distances, indices, measured)


# Votes


@njit(**CACHED)
def _leave_out(neighbors, indices):  # IN, OUT
    """Copy the neighbours (n, k + 1) of each row without the row itself: indices (n, k).

    A row may be missing among its own neighbours if more than k others are equal to it; then the last one is
    left out.
    """
    k = indices.shape[1]
    for i in range(len(neighbors)):
        place = 0
        while place < k and neighbors[i, place] != i:
            indices[i, place] = neighbors[i, place]
            place += 1
        for later in range(place, k):
            indices[i, later] = neighbors[i, later + 1]


@njit(**CACHED)
def _accuracy(neighbors, codes, n_classes, right):  # IN, IN, IN, INOUT
    """Count, for each k, the rows whose k nearest neighbours vote for their class: right (k_max,).

    One more vote changes one count, so the winner stays the same or becomes the class that got the vote:
    O(1) for each k.
    """
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
    """Write the squared distances (m, n)."""
    for i in range(Q.shape[0]):
        for j in range(X.shape[0]):
            distances[i, j] = _squared(Q, i, X, j)


@njit(**CACHED)
def _expand(Q, X, q_squares, x_squares, distances):  # IN, IN, IN, IN, INOUT
    """Turn products q·x into squared distances (m, n); where digits cancel, sum up squared differences.

    A distance below 1e-4 of its terms would have four correct digits fewer than these.
    """
    for i in range(Q.shape[0]):
        for j in range(X.shape[0]):
            norms = q_squares[i] + x_squares[j]
            distances[i, j] = norms - 2 * distances[i, j]
        for j in range(X.shape[0]):
            if distances[i, j] < 1e-4 * (q_squares[i] + x_squares[j]):
                distances[i, j] = _squared(Q, i, X, j)
