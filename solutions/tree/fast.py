"""Decision trees as fast as one machine allows: packed nodes, rows walking side by side, columns sorted once.

Each optimisation is explained where it is used; SPEED.md has the measurements. The file is long because all
its kernels share the layouts that are described here.

Inference has four methods, chosen by the numbers of rows and nodes and by the depth of the trees:

- a walk through the fields of the tree, for few rows (`_walk`, `_ask`);
- a walk through packed nodes, 8 rows at a time (`_pack_tree`, `_descend`);
- slices of 256 rows, for ensembles and forests of shallow trees: a bit for each row says whether it exceeds a
  test's threshold (`_slice_trees`, `_slice_rows`);
- tiles of 32 rows, for ensembles of shallow trees and a few dozen rows (`_align_trees`, `_score_tiles`).

n rows, d features, K classes, N nodes. A key is a number as an unsigned integer in the same order. A code is
a feature's number; if rows have missing values, each feature has two codes, 2 f and 2 f + 1. Kernels that
read rows return flags, INFINITE and MISSING, for what they have found in them.

Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984: growing, weakest links.
Mehta, Agrawal and Rissanen, "SLIQ: a fast scalable classifier for data mining", EDBT 1996: presorting.
Asadi, Lin and de Vries, "Runtime optimizations for tree-based machine learning models", IEEE TKDE 26
(2014): many rows in flight hide the latency of a walk.
Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees", SIGIR 2015: tests feature by feature, leaves by bits.
Pardalos and Xue, "Algorithms for a class of isotonic regression problems", Algorithmica 23 (1999): trees;
Sleator and Tarjan, "Self-adjusting heaps", SIAM Journal on Computing 15 (1986): weakest links by pooling.
Dinkelbach, "On nonlinear fractional programming", Management Science 13 (1967): the best F1.
Breiman and Shang, "Born again trees", 1996: a forest in few bytes.
"""

import numpy as np
from llvmlite import ir
from numba import get_num_threads, njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..simd import INT64, NUMPY, data_of, filled, load, spread, store, vector
from .loops import CRITERIA, Tree, _check_validation, _count, _cut_worse

LANES = 8
"""Rows that walk side by side: as many as registers hold. 4 take 1.4 times as long, 16 as long as 8."""
BLOCK_KEYS = 24_576
"""Keys of a block of rows: 96 kB, so that they stay in the second-level cache while the block's rows walk."""
BATCH_NODES = 1 << 16
"""Nodes of the trees that a block walks in turn: with their values they fit into the second-level cache."""
FEW_ROWS = 64
"""With fewer rows, packing a tree costs more than it saves; with fewer than 32 times as many, threads do."""
WORDS = 4
"""64-bit words of a bitmap: a vector of 256 bits. With 512, slices need twice the cache and take as long."""
SLICE = 64 * WORDS
"""Rows of a slice, one bit of a bitmap each."""
ROWS_SLICED = 24
"""Rows from which ensembles are computed by slices: 24 take 0.09 ms either way, 100 half as long as walks."""
TILE = 32
"""Rows of a tile, one byte of a bitmap each: as many as a vector of 256 bits holds."""
ROWS_TILED = 7, 101
"""From the first number of rows on, below the second, ensembles are computed by tiles: 7 rows take 0.02 ms
either way, 24 a third of the time of slices, 100 take 0.1 ms either way, but slices need 1 MB."""
SLICED_DEPTHS = 6, 8
"""Depths for which there are kernels for slices: shallower trees are padded, deeper ones are walked."""
BITMAPS = 1 << 15
"""Bitmaps of the trees of a batch for slices: 1 MB, so that they stay in the second-level cache."""
NO_EARLY_STOP = -1
"""In place of the number of trees: all rows use all trees, since scores have no lead that could be safe."""


# Inference of one tree


def apply(tree, X):
    """Return each row's leaf (n,): few rows walk the tree's fields, many a packed copy. O(n depth + N)."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        return _walk_record(tree, X)
    return _walk_packed(tree, payload=None, X=X)[:, 0]


def predict_proba(tree, X):
    """Return the class fractions of each row's leaf: (n, K)."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        return np.take(tree.value, _walk_record(tree, X), axis=0)
    value = np.asarray(tree.value, dtype=np.float64)
    return _walk_packed(tree, value, X).astype(tree.value.dtype, copy=False)


def predict(tree, X, classes):
    """Return the class of the largest fraction, the first on ties: (n,). Packed leaves hold labels."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        columns = tree.value[_walk_record(tree, X)].argmax(axis=1)
    else:
        columns = _walk_packed(tree, _labels(tree)[:, None], X)[:, 0]
    return np.take(classes, columns)


def apply_capped(tree, X, max_bytes):  # noqa: ARG001 - it always needs less
    """Walk the tree's fields; only a few rows are copied at a time: (n,). O(n depth) time, O(n) memory."""
    leaves = np.empty(len(X), dtype=np.int64)
    n_rows = max(1, 512 // max(X.shape[1], 1))  # 512 numbers: 2 KiB
    fields = _fields(tree)
    for start in range(0, len(X), n_rows):
        if not _walk(*fields, _singles(X[start : start + n_rows]), leaves[start : start + n_rows]):
            raise ValueError(TOO_LARGE)
    return leaves


TOO_LARGE = "infinity, or a value too large for float32"


def _few(X, n_nodes):
    """Return whether to walk the fields: packing N nodes takes longer than it saves, or they do not fit.

    A node is packed in 5 ns, a row gains about 30 ns. A packed node has 32 bits for its left child and a
    code.
    """
    return len(X) < max(FEW_ROWS, n_nodes // 8) or n_nodes.bit_length() + (2 * X.shape[1]).bit_length() > 32


def _walk_record(tree, X):
    """Walk the tree's fields: leaves (n,)."""
    leaves = np.empty(len(X), dtype=np.int64)
    if not _walk(*_fields(tree), X, leaves):
        raise ValueError(TOO_LARGE)
    return leaves


def _walk_packed(tree, payload, X):
    """Pack a tree, walk all rows, and return for each the payload (N, K) of its leaf: (n, K).

    If payload is None, return the numbers of the leaves: (n, 1).
    """
    n_nodes = len(tree.left)
    for missing in (False, True):  # the second time only if some row has a missing value
        nodes, origin = np.empty(n_nodes, dtype=np.uint64), np.empty(n_nodes, dtype=np.int64)
        shift = int((X.shape[1] << missing) - 1).bit_length()
        rounds = _pack_tree(*_tests(tree), missing, shift, first=0, nodes=nodes, origin=origin)
        carried = origin[:, None] if payload is None else np.take(payload, origin, axis=0)
        out = np.empty((len(X), carried.shape[1]), dtype=carried.dtype)
        walk = _walk_blocks if len(X) < 32 * FEW_ROWS or get_num_threads() == 1 else _walk_blocks_parallel
        # Floats and integers have 8 bytes each: seen as integers, they need one kernel only.
        as_words = carried.view(np.int64), out.view(np.int64)
        if not _seen_missing(walk(nodes, shift, rounds, missing, *as_words, X, _block_rows(X, missing))):
            break
    return out


def _seen_missing(seen):
    """Return whether a kernel's flags tell of missing values. Raise ValueError if they tell of infinity."""
    if seen & INFINITE:
        raise ValueError(TOO_LARGE)
    return bool(seen & MISSING)


def _singles(X):
    """Cast to float32, as the contract says. Too large values become infinity, which kernels find later."""
    if getattr(X, "dtype", None) == np.float32:
        return np.ascontiguousarray(X)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(X, dtype=np.float32)


def _block_rows(X, missing):
    """Return how many rows make a block, a multiple of LANES."""
    return max(LANES, BLOCK_KEYS // max(X.shape[1] << missing, 1) // LANES * LANES)


def _fields(tree):
    """Return the fields that `apply` reads, in the types of the kernels, copied only if the types differ.

    scikit-learn's fields are strided views of records. They are not copied, since few rows read few nodes.
    """
    return (
        np.asarray(tree.feature, dtype=np.int64),
        np.asarray(tree.threshold, dtype=np.float64),
        np.asarray(tree.left, dtype=np.int64),
        np.asarray(tree.right, dtype=np.int64),
        np.asarray(tree.missing_left, dtype=np.bool_),
    )


def _tests(tree):
    """Return the same fields as contiguous arrays."""
    return tuple(np.ascontiguousarray(field) for field in _fields(tree))


def _labels(tree):
    """Return the number of each node's most frequent class: (N,)."""
    return _largest(np.ascontiguousarray(tree.value, dtype=np.float64))


INFINITE, MISSING = 1, 2
"""Flags of what a kernel has found in the rows."""


@njit(**NUMPY)
def _largest(value):
    """Return the index of the first largest element of each row: (N, K) -> (N,)."""
    labels = np.zeros(value.shape[0], dtype=np.int64)
    for i in range(value.shape[0]):
        for j in range(1, value.shape[1]):
            if value[i, j] > value[i, labels[i]]:
                labels[i] = j
    return labels


@njit(**NUMPY)
def _walk(feature, threshold, left, right, missing_left, X, leaves):
    """Walk the rows X (n, d) through the fields (N,), write their leaves (n,); return False for infinity."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            if np.isinf(X[i, j]):
                return False
        node = 0
        while left[node] != -1:
            x = X[i, feature[node]]
            goes_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
            node = left[node] if goes_left else right[node]
        leaves[i] = node
    return True


@njit(**NUMPY)
def _rounded_down(threshold):
    """Round a threshold down to float32. x <= threshold is the same for all x in float32.

    Infinity becomes the largest finite number, so that the key of infinity lies above all thresholds.
    """
    single = np.float32(threshold)
    if np.float64(single) > threshold:
        single = np.nextafter(single, np.float32(-np.inf))
    return min(single, np.finfo(np.float32).max)


@njit(**NUMPY)
def _key(x):
    """Return the key of a number: the bits of its float32, changed so that they sort like the numbers.

    Adding 0 turns -0.0 into 0.0, which has the same key.
    """
    bits = np.float32(x + np.float32(0)).view(np.int32)
    return np.uint32(bits ^ ((bits >> np.int32(31)) | np.int32(-0x80000000)))


@njit(**NUMPY)
def _pack_tree(feature, threshold, left, right, missing_left, missing, shift, first, nodes, origin):
    """Pack a tree, and return half of the steps, rounded up, that reach its deepest leaf.

    A node takes 8 bytes: the key of its threshold in the lower 32 bits, then its code in `shift` bits, then
    its left child, counted from `first`. Siblings are neighbours, so the next node is left + (x > threshold),
    without a jump. A leaf is its own left child and no key exceeds its threshold, so walks may take too many
    steps.

    If rows may have missing values (`missing`), nodes that send them left have the code 2 * feature, under
    which they are below all thresholds, others 2 * feature + 1, under which they are above all. So walks need
    not look for them.

    nodes : (N,) uint64, written
    origin : (N,) at least, written, the number in the tree of each packed node

    Nodes are placed depth first, left branches close to their parents.
    """
    n = left.shape[0]
    waiting, depths = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)  # a stack of places in `nodes`
    waiting[0] = depths[0] = 0
    n_waiting, used, deepest = 1, 1, 0
    origin[0] = 0
    while n_waiting > 0:
        n_waiting -= 1
        place = waiting[n_waiting]
        node = origin[place]
        depth = depths[n_waiting]
        if left[node] == -1:
            deepest = max(deepest, depth)
            nodes[place] = (np.uint64(first + place) << np.uint64(32 + shift)) | np.uint64(0xFFFFFFFF)
            continue
        code = feature[node]
        if missing:
            code = 2 * code + (0 if missing_left[node] else 1)
        test = (np.uint64(code) << np.uint64(32)) | np.uint64(_key(_rounded_down(threshold[node])))
        nodes[place] = (np.uint64(first + used) << np.uint64(32 + shift)) | test
        origin[used], origin[used + 1] = left[node], right[node]
        waiting[n_waiting], waiting[n_waiting + 1] = used + 1, used
        depths[n_waiting] = depths[n_waiting + 1] = depth + 1
        n_waiting += 2
        used += 2
    return (deepest + 1) // 2


@njit(**NUMPY)
def _odd(numbers):
    """Return the flags INFINITE and MISSING of float32 numbers (m,).

    The first loop finds the largest magnitude, as an integer. It is vectorised and takes 0.05 ns a number; to
    combine flags of all numbers takes eight times as long. The second loop is seldom needed.
    """
    largest = np.int32(0)
    bits = numbers.view(np.int32)
    for i in range(bits.shape[0]):
        largest = max(largest, np.int32(bits[i] & np.int32(0x7FFFFFFF)))
    seen = 0
    if largest >= np.int32(0x7F800000):  # the bits of infinity; those of NaN are larger
        for x in numbers:
            seen |= INFINITE if np.isinf(x) else (MISSING if np.isnan(x) else 0)
    return seen


@njit(**NUMPY)
def _keys(numbers, missing):
    """Return the keys of float32 numbers (m,), and the flags INFINITE and MISSING.

    With missing, there are two keys for each number, one for each code of its feature, (2 m,). They differ if
    the number is missing.

    One vectorised loop takes 0.07 ns a number; _odd alone takes 0.05. Comparing integers instead of floats
    saves each step of a walk two transfers between execution units, a tenth of its time. Here -0.0 may get a
    smaller key than 0.0. That changes nothing, since the key of no threshold lies between.
    """
    bits = numbers.view(np.int32)
    keys = np.empty(bits.shape[0] << missing, dtype=np.int32)
    largest = np.int32(0)
    if missing:
        for i in range(bits.shape[0]):
            largest = max(largest, np.int32(bits[i] & np.int32(0x7FFFFFFF)))
            is_missing = np.isnan(numbers[i])
            keys[2 * i] = np.int32(_key(np.float32(-np.inf) if is_missing else numbers[i]))
            keys[2 * i + 1] = np.int32(_key(np.float32(np.inf) if is_missing else numbers[i]))
    else:
        for i in range(bits.shape[0]):
            number_bits = bits[i]
            largest = max(largest, np.int32(number_bits & np.int32(0x7FFFFFFF)))
            keys[i] = np.int32(number_bits ^ np.int32((number_bits >> np.int32(31)) | np.int32(-0x80000000)))
    seen = 0
    if largest >= np.int32(0x7F800000):
        seen = _odd(numbers)
    return keys.view(np.uint32), seen


@njit(**NUMPY)
def _descend(nodes, shift, rounds, keys, start, stride, n_rows, at):
    """Walk from the nodes `at` down to leaves, LANES rows at once; `at` is overwritten.

    The eight walks are independent: while one waits for memory, others go on. A step takes 0.9 ns; in a
    single walk it takes 5.

    nodes : packed by `_pack_tree`, with codes of `shift` bits and `rounds` pairs of steps
    keys : row i reads them from start + i * stride on
    n_rows : further lanes repeat the last row
    at : a multiple of LANES
    """
    shift = np.uint64(shift)
    mask, last = (np.uint64(1) << shift) - np.uint64(1), n_rows - 1
    for group in range(at.shape[0] // LANES):
        i = group * LANES
        i0, i1, i2, i3 = np.uint64(i), np.uint64(i + 1), np.uint64(i + 2), np.uint64(i + 3)
        i4, i5, i6, i7 = np.uint64(i + 4), np.uint64(i + 5), np.uint64(i + 6), np.uint64(i + 7)
        b0, b1, b2, b3, b4, b5, b6, b7 = at[i0], at[i1], at[i2], at[i3], at[i4], at[i5], at[i6], at[i7]
        k0, k1 = np.uint64(start + i * stride), np.uint64(start + min(i + 1, last) * stride)
        k2, k3 = np.uint64(start + min(i + 2, last) * stride), np.uint64(start + min(i + 3, last) * stride)
        k4, k5 = np.uint64(start + min(i + 4, last) * stride), np.uint64(start + min(i + 5, last) * stride)
        k6, k7 = np.uint64(start + min(i + 6, last) * stride), np.uint64(start + min(i + 7, last) * stride)
        for _ in range(rounds):  # two steps, then a test whether all have arrived
            a0, a1, a2, a3, a4, a5, a6, a7 = _steps(
                nodes, shift, mask, keys, k0, k1, k2, k3, k4, k5, k6, k7, b0, b1, b2, b3, b4, b5, b6, b7
            )
            b0, b1, b2, b3, b4, b5, b6, b7 = _steps(
                nodes, shift, mask, keys, k0, k1, k2, k3, k4, k5, k6, k7, a0, a1, a2, a3, a4, a5, a6, a7
            )
            moved = (
                (a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3) | (a4 ^ b4) | (a5 ^ b5) | (a6 ^ b6) | (a7 ^ b7)
            )
            if moved == np.uint64(0):
                break
        at[i0], at[i1], at[i2], at[i3], at[i4], at[i5], at[i6], at[i7] = b0, b1, b2, b3, b4, b5, b6, b7


@njit(**NUMPY)
def _steps(nodes, shift, mask, keys, k0, k1, k2, k3, k4, k5, k6, k7, b0, b1, b2, b3, b4, b5, b6, b7):
    """Take a step in each of the eight walks; k0 ... are where their rows' keys start, b0 ... their nodes."""
    return (
        _step(nodes[b0], shift, mask, keys, k0),
        _step(nodes[b1], shift, mask, keys, k1),
        _step(nodes[b2], shift, mask, keys, k2),
        _step(nodes[b3], shift, mask, keys, k3),
        _step(nodes[b4], shift, mask, keys, k4),
        _step(nodes[b5], shift, mask, keys, k5),
        _step(nodes[b6], shift, mask, keys, k6),
        _step(nodes[b7], shift, mask, keys, k7),
    )


@njit(**NUMPY)
def _step(word, shift, mask, keys, start):
    """Return the next node after the packed node `word`, for the row whose keys begin at `start`."""
    code = word >> np.uint64(32)
    exceeds = np.uint32(word) < keys[start + (code & mask)]
    return (code >> shift) + np.uint64(exceeds)


@njit(**NUMPY)
def _walk_block(nodes, shift, rounds, missing, payload, out, X, begin, end):
    """Write the payload (N, K) of the leaves to out (n, K), for rows from begin to end; return flags.

    Nothing is written if there is infinity, or a missing value without `missing`; otherwise return 0.
    """
    n_rows, d = end - begin, X.shape[1]
    keys, seen = _keys(X.reshape(X.size)[begin * d : end * d], missing)
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    at = np.zeros((n_rows + LANES - 1) // LANES * LANES, dtype=np.uint64)
    _descend(nodes, shift, rounds, keys, 0, d << missing, n_rows, at)
    if payload.shape[1] == 2:  # both columns in one loop saves 5 % of a call
        for i in range(n_rows):
            out[begin + i, 0], out[begin + i, 1] = payload[at[i], 0], payload[at[i], 1]
    else:
        for j in range(payload.shape[1]):
            for i in range(n_rows):
                out[begin + i, j] = payload[at[i], j]
    return 0


@njit(**NUMPY)
def _walk_blocks(nodes, shift, rounds, missing, payload, out, X, rows):
    """Run `_walk_block` for all rows, `rows` at a time; return the first flags that are not 0."""
    for start in range(0, X.shape[0], rows):
        stop = min(start + rows, X.shape[0])
        seen = _walk_block(nodes, shift, rounds, missing, payload, out, X, start, stop)
        if seen:
            return seen
    return 0


@njit(parallel=True, **NUMPY)
def _walk_blocks_parallel(nodes, shift, rounds, missing, payload, out, X, rows):
    """Run `_walk_block` for all rows, `rows` at a time, in threads; return the combined flags."""
    n = X.shape[0]
    n_blocks = (n + rows - 1) // rows
    seen = np.zeros(n_blocks, dtype=np.int64)
    for block in prange(n_blocks):
        start = block * rows
        stop = min(start + rows, n)
        seen[block] = _walk_block(nodes, shift, rounds, missing, payload, out, X, start, stop)
    total = 0
    for flags in seen:
        total |= flags
    return total


# Inference of forests and ensembles


def forest_predict(trees, X, classes):
    """Add up fractions until a row's lead exceeds the number of trees left: labels, trees_used (n,) each.

    O(n depth) for each tree that is used. Trees are used in batches that fit into the cache; rows that are
    decided drop out between batches.
    """
    if len(trees) == 0:
        raise ValueError("a forest needs a tree")
    _check_columns(trees, len(classes))
    X = _singles(X)
    sums = np.zeros((len(X), len(classes)))
    trees_used = np.zeros(len(X), dtype=np.int64)
    n_nodes = max(len(tree.left) for tree in trees)
    if (
        _few(X, n_nodes)
        or len(X) < 8 * FEW_ROWS
        or (2 * n_nodes).bit_length() + (2 * X.shape[1]).bit_length() > 32
    ):
        for number, tree in enumerate(trees, 1):
            value = np.ascontiguousarray(tree.value, dtype=np.float64)
            if not _ask(*_fields(tree), value, X, number, len(trees), sums, trees_used):
                raise ValueError(TOO_LARGE)
    elif not _ask_sliced(trees, X, sums, trees_used):
        _ask_packed(trees, X, sums, trees_used)
    return np.take(classes, _largest(sums)), trees_used


def _ask_sliced(trees, X, sums, used):
    """Add up shallow trees by slices, in place, as `_add_slices`; return False if a tree is too deep."""
    for missing in (False, True):
        layouts = _slice_trees(trees, missing)
        if layouts is None:
            return False
        if not _seen_missing(_add_slices(layouts, X, missing, len(trees), sums, used)):
            break
        sums[:], used[:] = 0, 0
    return True


def _ask_packed(trees, X, sums, trees_used):
    """Add up packed trees, in place: sums (n, K), and trees_used (n,), which is 0 until a row is decided."""
    rows, missing, n_asked = np.arange(len(X)), False, 0
    while n_asked < len(trees) and len(rows):
        # With two or more classes no row is decided before half of the trees. After that, small batches let
        # decided rows drop out.
        largest_batch = max(len(trees) // 2 - n_asked, len(trees) // 10, 1)
        batch, n_nodes = [], 0
        node_limit = min(BATCH_NODES, (1 << 32) // (2 * X.shape[1] or 1) // 2)
        while (
            n_asked + len(batch) < len(trees)
            and len(batch) < largest_batch
            and (not batch or n_nodes + len(trees[n_asked + len(batch)].left) <= node_limit)
        ):
            batch.append(trees[n_asked + len(batch)])
            n_nodes += len(batch[-1].left)
        nodes, roots, shift, rounds, values = _pack_trees(batch, X.shape[1], missing)
        parallel = get_num_threads() > 1 and len(rows) * len(batch) >= 32 * FEW_ROWS
        add = _add_blocks_parallel if parallel else _add_blocks
        seen = add(
            nodes,
            roots,
            shift,
            rounds,
            missing,
            values,
            X,
            rows,
            _block_rows(X, missing),
            n_asked,
            len(trees),
            sums,
            trees_used,
        )
        if _seen_missing(seen):  # in the first batch: start again
            missing = True
            sums[:], trees_used[:] = 0, 0
            continue
        n_asked += len(batch)
        rows = rows[trees_used[rows] == 0]


def compile_ensemble(trees):
    """Pack all trees, once for rows without missing values, once for rows with them. O(N).

    Return three pairs: for walks, for slices and for tiles (both hold None if a tree is too deep for them).
    Return a list of the trees if they have too many nodes to be packed.
    """
    if len(trees) == 0 or max(np.count_nonzero(tree.left == -1) for tree in trees) > 64:
        raise ValueError("expected trees of at most 64 leaves")
    _check_columns(trees, 1)
    d = max(int(tree.feature.max()) for tree in trees) + 1
    if sum(len(tree.left) for tree in trees).bit_length() + (2 * d).bit_length() > 32:
        return list(trees)  # a left child and a code do not fit into 32 bits
    packed = [_pack_trees(trees, max(d, 1), missing) for missing in (False, True)]
    layouts = [_slice_trees(trees, missing) for missing in (False, True)]
    return packed, layouts, [_align_trees(layout) for layout in layouts]


def score_ensemble(state, X):
    """Sum up the values of a row's leaves: (n,). O(n depth) a tree; few rows walk eight trees at a time."""
    X = _singles(X)
    if hasattr(state[0], "missing_left"):  # trees that could not be packed
        return np.sum([tree.value[apply(tree, X), 0] for tree in state], axis=0)
    for missing, (packed, layouts, aligned) in zip((False, True), zip(*state)):
        scores, trees_used = np.zeros((len(X), 1)), np.zeros(len(X), dtype=np.int64)
        nodes, roots, shift, rounds, values = packed
        if aligned is not None and ROWS_TILED[0] <= len(X) < ROWS_TILED[1]:
            seen = _add_tiles(aligned, X, missing, scores[:, 0])
        elif len(X) < ROWS_SLICED:
            seen = _score_rows(nodes, roots, shift, rounds, missing, values, X, scores[:, 0])
        elif layouts is not None:
            seen = _add_slices(layouts, X, missing, NO_EARLY_STOP, scores, trees_used)
        else:
            add = _add_blocks if len(X) < 4 * FEW_ROWS or get_num_threads() == 1 else _add_blocks_parallel
            seen = add(
                nodes,
                roots,
                shift,
                rounds,
                missing,
                values,
                X,
                np.arange(len(X)),
                _block_rows(X, missing),
                0,  # trees used before
                NO_EARLY_STOP,
                scores,
                trees_used,
            )
        if not _seen_missing(seen):
            break
    return scores[:, 0]


def _check_columns(trees, columns):
    """Raise ValueError unless all trees have this number of columns of value: kernels do not check it."""
    columns_found = {tree.value.shape[1] for tree in trees}
    if columns_found != {columns}:
        raise ValueError(f"expected trees with {columns} columns of value, got {sorted(columns_found)}")


def _pack_trees(trees, d, missing):
    """Pack trees one after the other into one array, in which children are counted from its start.

    Return nodes (N,), the roots' places, the bits of a code, pairs of steps, and values (N, K).
    """
    sizes = [len(tree.left) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.uint64)
    total = sum(sizes)
    nodes, origin = np.empty(total, dtype=np.uint64), np.empty(max(sizes), dtype=np.int64)
    values = np.empty((total, trees[0].value.shape[1]))
    shift = int((d << missing) - 1).bit_length()
    rounds = 0
    for tree, root, size in zip(trees, roots.tolist(), sizes):
        place = nodes[root : root + size]
        rounds = max(rounds, _pack_tree(*_tests(tree), missing, shift, root, place, origin))
        np.take(tree.value, origin[:size], axis=0, out=values[root : root + size])
    return nodes, roots, shift, rounds, values


@njit(**NUMPY)
def _leads(sums, n_left):
    """Return whether the largest of sums (K,) leads by more than n_left, the number of trees left."""
    first, second = -np.inf, -np.inf
    for total in sums:
        if total > first:
            first, second = total, first
        elif total > second:
            second = total
    return first - second > n_left


@njit(**NUMPY)
def _ask(feature, threshold, left, right, missing_left, value, X, number, n_trees, sums, trees_used):
    """Add a tree's fractions to all rows that are not decided, through its fields; return False for infinity.

    value : (N, K)
    number : the tree is the number-th of n_trees
    sums, trees_used : (n, K) and (n,), updated; trees_used is 0 until a row is decided
    """
    for i in range(X.shape[0]):
        if number == 1:
            for j in range(X.shape[1]):
                if np.isinf(X[i, j]):
                    return False
        if trees_used[i] > 0:
            continue
        node = 0
        while left[node] != -1:
            x = X[i, feature[node]]
            goes_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
            node = left[node] if goes_left else right[node]
        for j in range(value.shape[1]):
            sums[i, j] += value[node, j]
        if number == n_trees or _leads(sums[i], n_trees - number):
            trees_used[i] = number
    return True


@njit(**NUMPY)
def _add_block(nodes, roots, shift, rounds, missing, values, X, rows, n_before, n_trees, sums, trees_used):
    """Add a batch of packed trees to sums (n, K) and trees_used (n,), for the rows with these numbers.

    nodes, roots, shift, rounds, values : as `_pack_trees` returns them
    rows : ascending
    n_before, n_trees : how many trees were used before, and how many there are; n_trees < 0: no row stops
        early

    Return flags as `_walk_block`.
    """
    d, n_rows = X.shape[1], rows.shape[0]
    numbers = X.reshape(X.size)[rows[0] * d : (rows[0] + n_rows) * d]
    if rows[-1] - rows[0] != n_rows - 1:  # they are not contiguous in memory
        numbers = X[rows].reshape(n_rows * d)
    keys, seen = _keys(numbers, missing)
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    at = np.empty((n_rows + LANES - 1) // LANES * LANES, dtype=np.uint64)
    # Copied, so that the sums of the block lie together while they are used.
    n_classes = values.shape[1]
    totals = np.empty(rows.shape[0] * n_classes)
    stopped_after = np.zeros(rows.shape[0], dtype=np.int64)
    for i in range(rows.shape[0]):
        for j in range(n_classes):
            totals[i * n_classes + j] = sums[rows[i], j]
    for tree in range(roots.shape[0]):
        at[:] = roots[tree]
        _descend(nodes, shift, rounds, keys, 0, d << missing, n_rows, at)
        _add_values(values, at, totals)
        n_asked = n_before + tree + 1
        if n_trees >= 0 and (2 * n_asked > n_trees or n_classes == 1):
            _stop(totals, n_classes, n_asked, n_trees, stopped_after)
    for i in range(rows.shape[0]):
        trees_used[rows[i]] = stopped_after[i]
        for j in range(n_classes):
            sums[rows[i], j] = totals[i * n_classes + j]
    return 0


@njit(**NUMPY)
def _add_values(values, at, totals):
    """Add the values (N, K) of each row's leaf, at (n,), to totals (n * K,); one loop for each known K."""
    n_classes = values.shape[1]
    if n_classes == 1:
        for i in range(totals.shape[0]):
            totals[i] += values[at[i], 0]
    elif n_classes == 2:
        for i in range(totals.shape[0] // 2):
            totals[2 * i] += values[at[i], 0]
            totals[2 * i + 1] += values[at[i], 1]
    else:
        for i in range(totals.shape[0] // n_classes):
            for j in range(n_classes):
                totals[i * n_classes + j] += values[at[i], j]


@njit(**NUMPY)
def _stop(totals, n_classes, n_asked, n_trees, stopped_after):
    """Write n_asked to stopped_after (n,), which is 0 so far, for rows that are decided now; totals (n * K,).

    The loop for two classes has no jumps.
    """
    if n_asked == n_trees or n_classes == 1:
        for i in range(stopped_after.shape[0]):
            stopped_after[i] = n_asked if stopped_after[i] == 0 else stopped_after[i]
    elif n_classes == 2:
        for i in range(stopped_after.shape[0]):
            ahead = abs(totals[2 * i] - totals[2 * i + 1]) > n_trees - n_asked
            stopped_after[i] = n_asked if ahead and stopped_after[i] == 0 else stopped_after[i]
    else:
        for i in range(stopped_after.shape[0]):
            if stopped_after[i] == 0 and _leads(
                totals[i * n_classes : (i + 1) * n_classes], n_trees - n_asked
            ):
                stopped_after[i] = n_asked


@njit(**NUMPY)
def _add_blocks(nodes, roots, shift, rounds, missing, values, X, rows, size, n_before, n_trees, sums, used):
    """Run `_add_block` for the rows with these numbers, `size` at a time; return the combined flags."""
    seen = 0
    for start in range(0, rows.shape[0], size):
        block_rows = rows[start : start + size]
        seen |= _add_block(
            nodes, roots, shift, rounds, missing, values, X, block_rows, n_before, n_trees, sums, used
        )
    return seen


@njit(parallel=True, **NUMPY)
def _add_blocks_parallel(
    nodes, roots, shift, rounds, missing, values, X, rows, size, n_before, n_trees, sums, used
):
    """Run `_add_blocks` in threads."""
    n_blocks = (rows.shape[0] + size - 1) // size
    seen = np.zeros(n_blocks, dtype=np.int64)
    for block in prange(n_blocks):
        block_rows = rows[block * size : (block + 1) * size]
        seen[block] = _add_block(
            nodes, roots, shift, rounds, missing, values, X, block_rows, n_before, n_trees, sums, used
        )
    total = 0
    for flags in seen:
        total |= flags
    return total


@njit(**NUMPY)
def _score_rows(nodes, roots, shift, rounds, missing, values, X, scores):
    """Add the values of all packed trees to scores (n,), row by row, LANES trees at a time; return flags.

    All lanes read the same row: the stride is 0.
    """
    n_trees, n_rows = roots.shape[0], X.shape[0]
    at = np.zeros((n_trees + LANES - 1) // LANES * LANES, dtype=np.uint64)
    keys, seen = _keys(X.reshape(X.size), missing)
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    for i in range(n_rows):
        at[:n_trees] = roots
        _descend(nodes, shift, rounds, keys, i * (keys.shape[0] // n_rows), 0, 1, at)
        for tree in range(n_trees):
            scores[i] += values[at[tree], 0]
    return 0


# Shallow trees on many rows: slices
#
# As in QuickScorer, each test has a bitmap; but here a bit belongs to a row instead of a leaf. It says
# whether the row exceeds the test's threshold. From a tree's bitmaps a network of bit operations computes the
# number of each row's leaf at the bottom of a complete tree. Node 1 is the root, nodes 2 i and 2 i + 1 are
# the children of node i; the slot of a test is its node's number plus the first slot of its tree, in a batch
# with 2^depth slots a tree.


def _slice_trees(trees, missing):
    """Lay trees out for `_add_slices`, in batches whose bitmaps stay in cache; None if a tree is too deep."""
    largest = max(len(tree.left) for tree in trees)
    # A complete tree has (2 << depth) - 1 nodes.
    for depth in (depth for depth in SLICED_DEPTHS if largest < 2 << depth):
        fields = [_tests(tree) for tree in trees]
        size = BITMAPS >> depth
        batches = range(0, len(trees), size)
        layouts = [_slice_batch(trees[k : k + size], fields[k : k + size], depth, missing) for k in batches]
        if None not in layouts:
            return layouts
    return None


def _slice_batch(trees, fields, depth, missing):
    """Lay out a batch of T trees: return depth, tests, and values (T, K, 2^depth); None if one is too deep.

    tests holds the slots of the tests, sorted by code and threshold, and what `_index_tests` returns.
    """
    most_tests = sum(len(tree.left) for tree in trees) // 2  # a tree has one test fewer than leaves
    words, thresholds = np.empty(most_tests, dtype=np.uint64), np.empty(most_tests, dtype=np.float32)
    slots, leaves = np.empty(most_tests, dtype=np.int64), np.empty(1 << depth, dtype=np.int64)
    values = np.empty((len(trees), trees[0].value.shape[1], 1 << depth))
    n_tests = 0
    for number, (tree, tests) in enumerate(zip(trees, fields)):
        n_tests = _lay_out(*tests, missing, depth, number << depth, n_tests, words, thresholds, slots, leaves)
        if n_tests < 0:
            return None
        values[number] = tree.value[leaves].T
    order = np.argsort(words[:n_tests])
    n_codes = int(words[order[-1]] >> np.uint64(32)) + 1 if n_tests else 0
    return depth, (slots[order], *_index_tests(words[order], thresholds[order], n_codes)), values


def _add_slices(layouts, X, missing, n_trees, sums, used):
    """Add up the trees' values, in place: sums (n, K), used (n,). Return flags.

    n_trees < 0: no row stops early.
    """
    n_before, seen, n_threads = 0, 0, get_num_threads()
    for depth, tests, values in layouts:
        rest = (missing, depth, tests, values.reshape(-1), len(values), n_before, n_trees, sums, used)
        parallel = n_threads > 1 and len(X) > 4 * SLICE
        seen = _slice_rows_parallel(X, n_threads, *rest) if parallel else _slice_rows(X, 0, len(X), *rest)
        if seen:
            break
        n_before += len(values)
    return seen


@njit(**NUMPY)
def _lay_out(
    feature,
    threshold,
    left,
    right,
    missing_left,
    missing,
    depth,
    first_slot,
    n_tests,
    words,
    thresholds,
    slots,
    leaves,
):
    """Add the tests of a tree to those of its batch; return their number, or -1 if the tree is too deep.

    n_tests : the number of tests so far; first_slot : of this tree
    words, thresholds, slots : (n tests of the batch,), written from n_tests on: code and key of the threshold
        in 64 bits, the rounded threshold, and the slot
    leaves : (2^depth,), written: the leaf that each bottom place of the complete tree belongs to
    """
    waiting = [(0, 1, 0)]
    while len(waiting) > 0:
        node, place, level = waiting.pop()
        if left[node] == -1:
            bottom_place = (place << (depth - level)) - (1 << depth)
            leaves[bottom_place : bottom_place + (1 << (depth - level))] = node
        elif level == depth:
            return -1
        else:
            code = 2 * feature[node] + (0 if missing_left[node] else 1) if missing else feature[node]
            rounded = _rounded_down(threshold[node])
            words[n_tests] = (np.uint64(code) << np.uint64(32)) | np.uint64(_key(rounded))
            thresholds[n_tests], slots[n_tests] = rounded, first_slot + place
            n_tests += 1
            waiting.append((right[node], 2 * place + 1, level + 1))
            waiting.append((left[node], 2 * place, level + 1))
    return n_tests


@njit(**NUMPY)
def _bucket(x, low, scale, n_buckets):
    """Return the bucket of x. It does not fall as x rises, so a search stays in one bucket."""
    return np.uint64(min(max((np.float64(x) - low) * scale, 0.0), n_buckets - 1.0))


@njit(**NUMPY)
def _index_tests(words, thresholds, n_codes):
    """Index the sorted tests by code, to find by `_rank_column` how many thresholds a number exceeds.

    first : (n_codes + 1,), the first test of each code
    distinct : for each code its distinct thresholds, ascending, then infinities, which no search passes
    first_test : for each distinct threshold the first of its tests, counted from the code's first test
    buckets : 4 for each test; where in `distinct` to begin the search
    steps : (n_codes,), steps of bisection in a bucket: two or three, instead of eleven without buckets
    low, scale : (n_codes,), the bucket of x is (x - low) * scale
    """
    n = words.shape[0]
    first, steps = np.zeros(n_codes + 1, dtype=np.int64), np.zeros(n_codes, dtype=np.int64)
    low, scale = np.zeros(n_codes), np.zeros(n_codes)
    distinct = np.full(3 * n + 1, np.inf, dtype=np.float32)
    first_test = np.zeros(3 * n + 1, dtype=np.uint32)
    buckets = np.zeros(4 * n, dtype=np.uint32)
    start = next_free = 0
    for code in range(n_codes):
        stop = start
        first[code], end_used = start, next_free
        while stop < n and words[stop] >> np.uint64(32) == code:
            if stop == start or thresholds[stop] > thresholds[stop - 1]:
                distinct[end_used] = thresholds[stop]
                first_test[end_used] = stop - start
                end_used += 1
            stop += 1
        if stop > start:
            lowest = max(distinct[next_free], -np.finfo(np.float32).max)
            span = np.float64(distinct[end_used - 1]) - lowest
            n_buckets = 4 * (stop - start)
            low[code], scale[code] = lowest, (n_buckets - 1) / span if span > 0 else 1.0
            longest_search = bucket = 0
            code_buckets = buckets[4 * start : 4 * stop]
            for i in range(next_free, end_used):
                own_bucket = _bucket(distinct[i], low[code], scale[code], n_buckets)
                while bucket <= own_bucket:
                    code_buckets[bucket] = i
                    bucket += 1
                longest_search = max(longest_search, i + 1 - code_buckets[own_bucket])
            code_buckets[bucket:] = end_used
            while longest_search >> steps[code] > 0:
                steps[code] += 1
            # Infinities follow, which no search passes.
            next_free = end_used + (1 << steps[code])
            first_test[end_used:next_free] = stop - start
        start = stop
    first[n_codes] = n
    return first, distinct, first_test, buckets, steps, low, scale


VECTOR = vector(WORDS, INT64)
"""The type of a bitmap in LLVM."""


@intrinsic
def _spread(typing, flips, slots, first, count, bitmaps):  # noqa: ARG001 - numba's convention
    """Write the bitmaps of `count` tests of a code, from test `first` on, to their slots.

    Rows that exceed a threshold exceed the lower ones. So the bitmap of a test is that of the test before,
    but for the rows whose bits are set in flips (count + 1 bitmaps): one exclusive or for all rows of a
    slice. Sets flips to 0.
    """

    def generate(context, builder, signature, values):
        flipped, places, maps = (data_of(context, builder, signature, values, k) for k in (0, 1, 4))
        index = values[2].type
        previous = cgutils.alloca_once(builder, VECTOR)
        builder.store(filled(-1, WORDS, INT64), previous)  # before the first test all bits are set
        with cgutils.for_range(builder, values[3], intp=index) as loop:
            word = builder.mul(loop.index, index(WORDS))
            current = builder.xor(builder.load(previous), load(builder, flipped, word, WORDS, INT64))
            builder.store(current, previous)
            store(builder, filled(0, WORDS, INT64), flipped, word)
            slot = builder.load(builder.gep(places, [builder.add(values[2], loop.index)]))
            store(builder, current, maps, builder.mul(slot, index(WORDS)))
        store(builder, filled(0, WORDS, INT64), flipped, builder.mul(values[3], index(WORDS)))
        return context.get_dummy_value()

    return types.void(flips, slots, types.int64, types.int64, bitmaps), generate


def _emit_network(builder, depth, bitmap_of, out, start):
    """Emit code that turns the bitmaps of a tree's tests into bytes: the number of each row's bottom place.

    bitmap_of : a function that emits the bitmap of a node, 1 to 2^depth - 1
    out, start : where the 8 bitmaps of bytes are written
    """
    index = start.type

    def bits_below(slot, level):
        # The bits of the bottom place's number that this node and those below decide, the lowest first. If
        # the row exceeds the test, lower bits come from the right child, otherwise from the left one.
        left, right = [], []
        if level < depth - 1:
            left, right = bits_below(2 * slot, level + 1), bits_below(2 * slot + 1, level + 1)
        exceeds = bitmap_of(slot)
        chosen = [builder.xor(a, builder.and_(exceeds, builder.xor(a, b))) for a, b in zip(left, right)]
        return [*chosen, exceeds]

    planes = bits_below(1, 0) + [filled(0, WORDS, INT64)] * (8 - depth)
    # Eight planes of bits become bytes by three rounds of swaps (Warren, "Hacker's Delight", 7-3).
    for shift, mask in ((4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555)):
        for low in (k for k in range(8) if not k & shift):
            a, b, by = planes[low], planes[low + shift], filled(shift, WORDS, INT64)
            swapped = builder.and_(builder.xor(builder.lshr(a, by), b), filled(mask, WORDS, INT64))
            planes[low] = builder.xor(a, builder.shl(swapped, by))
            planes[low + shift] = builder.xor(b, swapped)
    for k in range(8):
        store(builder, planes[k], out, builder.add(start, index(k * WORDS)))


def _network(depth):
    """Make the kernel that computes the bottom places of a slice's rows in a tree of this depth."""

    @intrinsic
    def leaf_numbers(typing, bitmaps, first, numbers, start):  # noqa: ARG001 - numba's convention
        """Write the bytes of `_emit_network` for bitmaps from slot `first` on to numbers, from `start` on."""

        def generate(context, builder, signature, values):
            maps, out = (data_of(context, builder, signature, values, k) for k in (0, 2))
            index = values[1].type

            def bitmap_of(slot):
                return load(
                    builder,
                    maps,
                    builder.mul(builder.add(values[1], index(slot)), index(WORDS)),
                    WORDS,
                    INT64,
                )

            _emit_network(builder, depth, bitmap_of, out, values[3])
            return context.get_dummy_value()

        return types.void(bitmaps, types.int64, numbers, types.int64), generate

    return leaf_numbers


_leaf_numbers_6, _leaf_numbers_8 = (_network(depth) for depth in SLICED_DEPTHS)


@njit(**NUMPY)
def _rank_column(X, start, count, code, missing, tests, numbers, ranks):
    """Find a code's first threshold that a row does not exceed, for `count` rows from row `start` on.

    numbers : (count,) at least, overwritten with the rows' numbers; missing ones become infinite
    ranks : (count,) at least, written: the places of these thresholds in `distinct`

    Each step is a loop over all rows, without jumps.
    """
    _, first, distinct, _, buckets, steps, low, scale = tests
    feature, missing_as = code, np.float32(0)
    if missing:
        feature, missing_as = code >> 1, np.float32(np.inf if code & 1 else -np.inf)
    code_buckets = buckets[4 * first[code] : 4 * first[code + 1]]
    lowest, bucket_scale, n_buckets = low[code], scale[code], np.float64(code_buckets.shape[0])
    for i in range(count):
        x = X[start + i, feature]
        numbers[i] = missing_as if np.isnan(x) else x
    for i in range(count):
        ranks[i] = code_buckets[_bucket(numbers[i], lowest, bucket_scale, n_buckets)]
    for step in range(steps[code] - 1, -1, -1):
        stride = np.uint32(1 << step)
        for i in range(count):
            next_rank = ranks[i] + stride
            ranks[i] = next_rank if distinct[next_rank - np.uint32(1)] < numbers[i] else ranks[i]


@njit(**NUMPY)
def _flip(ranks, count, first_test, flips):
    """Flip each row's bit in the bitmap of the first test that it does not exceed.

    Row i has the bit that the last swaps of `_emit_network` bring to byte i.
    """
    for i in range(count):
        word = np.uint64(first_test[ranks[i]]) * np.uint64(WORDS) + np.uint64((i >> 3) % WORDS)
        flips[word] ^= np.uint64(1) << np.uint64(8 * (i & 7) + i // (8 * WORDS))


@njit(**NUMPY)
def _add_leaves(numbers, values, first, n_leaves, totals):
    """Add a tree's values to totals (K, SLICE), by the bottom place of each row.

    numbers (SLICE / 8,) uint64 holds the bottom places, a byte for each row. The tree's values begin at
    `first`: n_leaves for each class.
    """
    byte = np.uint64(255)
    for j in range(totals.shape[0]):
        column = values[first + j * n_leaves : first + (j + 1) * n_leaves]
        for k in range(SLICE // 8):
            eight = numbers[k]
            for i in range(8):
                totals[j, 8 * k + i] += column[eight & byte]
                eight >>= np.uint64(8)


@njit(**NUMPY)
def _add_four(numbers, values, first, n_leaves, totals):
    """Add the values of four trees as `_add_leaves` does, with one load and store: 1.7 times as fast."""
    byte, n_classes, quarter = np.uint64(255), totals.shape[0], SLICE // 8
    for j in range(n_classes):
        start, tree_size = first + j * n_leaves, n_classes * n_leaves
        one, two = values[start : start + n_leaves], values[start + tree_size : start + tree_size + n_leaves]
        start += 2 * tree_size
        three, four = (
            values[start : start + n_leaves],
            values[start + tree_size : start + tree_size + n_leaves],
        )
        for k in range(quarter):
            a, b, c, d = (
                numbers[k],
                numbers[k + quarter],
                numbers[k + 2 * quarter],
                numbers[k + 3 * quarter],
            )
            for i in range(8):
                total = totals[j, 8 * k + i] + one[a & byte] + two[b & byte]
                totals[j, 8 * k + i] = total + three[c & byte] + four[d & byte]
                a >>= np.uint64(8)
                b >>= np.uint64(8)
                c >>= np.uint64(8)
                d >>= np.uint64(8)


@njit(**NUMPY)
def _stop_slice(totals, n_asked, n_trees, stopped_after):
    """Write n_asked to stopped_after (SLICE,) for rows that are decided now; totals (K, SLICE).

    stopped_after is 0 before. The expression for two classes needs no jumps.
    """
    two_classes, n_left = totals.shape[0] == 2, n_trees - n_asked
    for i in range(SLICE):
        ahead = abs(totals[0, i] - totals[1, i]) > n_left if two_classes else _leads(totals[:, i], n_left)
        stopped_after[i] = n_asked if (ahead or n_left == 0) and stopped_after[i] == 0 else stopped_after[i]


@njit(**NUMPY)
def _fill_bitmaps(X, start, count, missing, tests, flips, numbers, ranks, bitmaps):
    """Compute the bitmaps of all tests for a slice of `count` rows, from row `start` on.

    flips (all 0), numbers and ranks are work space; see `_spread` and `_rank_column`.
    """
    slots, first, _, first_test, _, _, _, _ = tests
    for code in range(first.shape[0] - 1):
        n_tests = first[code + 1] - first[code]
        if n_tests > 0:
            _rank_column(X, start, count, code, missing, tests, numbers, ranks)
            _flip(ranks, count, first_test, flips)
            _spread(flips, slots, first[code], n_tests, bitmaps)


@njit(**NUMPY)
def _sum_trees(bitmaps, depth, values, n_batch, n_before, n_trees, leaf_numbers, totals, stopped_after):
    """Add the trees of a batch to totals (K, SLICE), from the bitmaps of a slice.

    n_before of the n_trees were used before. Until half of the trees have been used, no lead exceeds the
    number of trees left, unless there is only one class. So there is no test for that, and trees are added
    four at a time.
    """
    n_classes, n_leaves, n_words = totals.shape[0], 1 << depth, SLICE // 8
    for tree in range(0, n_batch, 4):
        together, values_start = min(4, n_batch - tree), tree * n_classes * n_leaves
        for k in range(together):
            if depth == 6:
                _leaf_numbers_6(bitmaps, (tree + k) * n_leaves, leaf_numbers, k * n_words)
            else:
                _leaf_numbers_8(bitmaps, (tree + k) * n_leaves, leaf_numbers, k * n_words)
        nobody_stops = n_trees < 0 or (2 * (n_before + tree + 4) <= n_trees and n_classes > 1)
        if together == 4 and nobody_stops:
            _add_four(leaf_numbers, values, values_start, n_leaves, totals)
            continue
        for k in range(together):
            tree_numbers = leaf_numbers[k * n_words : (k + 1) * n_words]
            _add_leaves(tree_numbers, values, values_start + k * n_classes * n_leaves, n_leaves, totals)
            if n_trees >= 0:
                _stop_slice(totals, n_before + tree + k + 1, n_trees, stopped_after)


@njit(**NUMPY)
def _slice_rows(X, begin, end, missing, depth, tests, values, n_batch, n_before, n_trees, sums, trees_used):
    """Add a batch of trees to sums (n, K) and trees_used (n,), for rows from begin to end, slice by slice.

    Return flags as `_walk_block`. There are plain loops since assignments to slices of arrays took most of
    the time to compile.
    """
    _, first, _, _, _, _, _, _ = tests
    n_classes, most_tests = sums.shape[1], 0
    for code in range(first.shape[0] - 1):
        most_tests = max(most_tests, first[code + 1] - first[code])
    flips = np.zeros((most_tests + 1) * WORDS, dtype=np.uint64)
    bitmaps = np.zeros((n_batch << depth) * WORDS, dtype=np.uint64)
    numbers, ranks = np.empty(SLICE, dtype=np.float32), np.empty(SLICE, dtype=np.uint32)
    leaf_numbers, totals = np.empty(4 * SLICE // 8, dtype=np.uint64), np.zeros((n_classes, SLICE))
    stopped_after = np.zeros(SLICE, dtype=np.int64)
    flat, d = X.reshape(X.size), X.shape[1]
    for start in range(begin, end, SLICE):
        count = min(SLICE, end - start)
        seen = _odd(flat[start * d : (start + count) * d])
        if seen & INFINITE or (seen & MISSING and not missing):
            return seen
        _fill_bitmaps(X, start, count, missing, tests, flips, numbers, ranks, bitmaps)
        for i in range(count):
            stopped_after[i] = trees_used[start + i]
            for j in range(n_classes):
                totals[j, i] = sums[start + i, j]
        _sum_trees(bitmaps, depth, values, n_batch, n_before, n_trees, leaf_numbers, totals, stopped_after)
        for i in range(count):
            trees_used[start + i] = stopped_after[i]
            for j in range(n_classes):
                sums[start + i, j] = totals[j, i]
    return 0


@njit(parallel=True, **NUMPY)
def _slice_rows_parallel(X, n_threads, missing, depth, tests, values, n_batch, n_before, n_trees, sums, used):
    """Run `_slice_rows` for all rows, in threads; return the combined flags."""
    n_slices = (X.shape[0] + SLICE - 1) // SLICE
    seen = np.zeros(n_threads, dtype=np.int64)
    for thread in prange(n_threads):
        begin, end = n_slices * thread // n_threads * SLICE, n_slices * (thread + 1) // n_threads * SLICE
        end = min(end, X.shape[0])
        seen[thread] = _slice_rows(
            X, begin, end, missing, depth, tests, values, n_batch, n_before, n_trees, sums, used
        )
    total = 0
    for flags in seen:
        total |= flags
    return total


# Shallow trees on few rows: tiles


def _align_trees(layouts):
    """Return for each batch its tests, limits, starts and values; None for trees deeper than 6."""
    if layouts is None:
        return None
    depth, _, _ = layouts[0]  # the same in all batches
    if depth > SLICED_DEPTHS[0]:
        return None
    return [(tests, *_align_tests(tests, len(values)), values.reshape(-1)) for _, tests, values in layouts]


def _add_tiles(batches, X, missing, scores):
    """Add up the trees' values, in place: scores (n,). Return flags."""
    for batch in batches:
        seen = _score_tiles(X, missing, *batch, scores)
        if seen:
            break
    return seen


@njit(**NUMPY)
def _align_tests(tests, n_trees):
    """Return limits and starts for `_eight_trees`, 8 * 2^depth of each for every eight trees, node by node.

    The limit of a test is how many distinct thresholds of its code lie below its own. A row exceeds the test
    if it exceeds more of them than that. starts says where the code's ranks are in a tile. A node without a
    test has a limit that no rank exceeds.
    """
    slots, first, _, first_test, buckets, _, _, _ = tests
    depth = SLICED_DEPTHS[0]
    n_entries = (n_trees + 7) // 8 << depth + 3
    limits, starts = np.full(n_entries, 0x7FFF, dtype=np.int16), np.zeros(n_entries, dtype=np.int32)
    for code in range(first.shape[0] - 1):
        if first[code + 1] > first[code]:
            first_rank = rank = np.int64(buckets[4 * first[code]])
        for place in range(first[code], first[code + 1]):
            while first_test[rank + 1] <= place - first[code]:
                rank += 1
            tree, node = slots[place] >> depth, slots[place] & (1 << depth) - 1
            entry = ((tree >> 3 << depth) + node) * 8 + (tree & 7)
            limits[entry], starts[entry] = rank - first_rank, code * TILE
    return limits, starts


@intrinsic
def _eight_trees(typing, columns, limits, starts, first, numbers):  # noqa: ARG001 - numba's convention
    """Write the bottom places of a tile's rows in eight trees to numbers, 32 bytes for each tree.

    columns has the ranks of the tile's rows, code by code; limits and starts are read from entry `first` on.
    Byte r of a bitmap belongs to row r, and has a bit for each tree: the network computes the same for all
    bits. Each test is compared for 32 rows at once, so only the bitmaps of eight trees are kept, on the
    stack.
    """

    def generate(context, builder, signature, values):
        ranks, below, places, out = (data_of(context, builder, signature, values, k) for k in (0, 1, 2, 4))
        index, depth = values[3].type, SLICED_DEPTHS[0]
        halves, flags = (ir.VectorType(ir.IntType(bits), TILE) for bits in (16, 8))
        maps = cgutils.alloca_once(builder, VECTOR, size=1 << depth)
        with cgutils.for_range_slice(builder, index(1), index(1 << depth), index(1), index) as (slot, _):
            exceeding = ir.Constant(flags, None)
            for tree in range(8):
                entry = builder.add(builder.add(values[3], builder.mul(slot, index(8))), index(tree))
                column = builder.gep(ranks, [builder.zext(builder.load(builder.gep(places, [entry])), index)])
                rows = builder.load(builder.bitcast(column, halves.as_pointer()))
                rows.align = 2
                limit = spread(builder, builder.load(builder.gep(below, [entry])), TILE)
                with_bit = builder.add(exceeding, ir.Constant(flags, [1 << tree] * TILE))
                exceeding = builder.select(builder.icmp_signed(">", rows, limit), with_bit, exceeding)
            builder.store(builder.bitcast(exceeding, VECTOR), builder.gep(maps, [slot]))

        def bitmap_of(node):
            return builder.load(builder.gep(maps, [index(node)]))

        _emit_network(builder, depth, bitmap_of, out, index(0))
        return context.get_dummy_value()

    return types.void(columns, limits, starts, types.int64, numbers), generate


@njit(**NUMPY)
def _score_tiles(X, missing, tests, limits, starts, values, scores):
    """Add a batch of trees to scores (n,), tile by tile; return flags as `_walk_block`.

    Besides the results of `_align_trees`, memory is needed for one tile only: ranks of 16 bits, code by code.
    """
    n = X.shape[0]
    seen = _odd(X.reshape(X.size))
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    _, first, _, _, buckets, _, _, _ = tests
    n_leaves = 1 << SLICED_DEPTHS[0]
    n_trees = values.shape[0] // n_leaves
    tile_ranks = np.empty((first.shape[0] - 1) * TILE + 31, dtype=np.int16)
    # From the start of a cache line (32 ranks) on, so that a load reads one line.
    tile_ranks = tile_ranks[-(tile_ranks.ctypes.data >> 1) & 31 :]
    numbers, ranks = np.empty(TILE, dtype=np.float32), np.empty(TILE, dtype=np.uint32)
    leaf_words = np.empty(TILE, dtype=np.uint64)
    leaves = leaf_words.view(np.uint8)
    for start in range(0, n, TILE):
        count = min(TILE, n - start)
        for code in range(first.shape[0] - 1):
            if first[code + 1] > first[code]:
                _rank_column(X, start, count, code, missing, tests, numbers, ranks)
                first_rank = buckets[4 * first[code]]
                for i in range(count):
                    tile_ranks[code * TILE + i] = ranks[i] - first_rank
        for tree in range(0, n_trees, 8):
            _eight_trees(tile_ranks, limits, starts, tree * n_leaves, leaf_words)
            values_start, together = np.uint64(tree * n_leaves), min(8, n_trees - tree)
            for i in range(count):
                total = scores[start + i]
                if together == 8:
                    for k in range(8):
                        total += values[
                            values_start + np.uint64(k * n_leaves) + leaves[np.uint64(k * TILE + i)]
                        ]
                else:
                    for k in range(together):
                        total += values[
                            values_start + np.uint64(k * n_leaves) + leaves[np.uint64(k * TILE + i)]
                        ]
                scores[start + i] = total
    return 0


# Growing


def impurity(weights_per_class, criterion):
    """Return the gini impurity, or the entropy in bits, from the weights of the classes. O(K)."""
    if criterion not in CRITERIA[:2]:
        raise ValueError(f"expected gini or entropy, got {criterion!r}")
    weights = np.asarray(weights_per_class, dtype=np.float64)
    if (weights < 0).any():
        raise ValueError("a weight is negative")
    p = weights[weights > 0] / weights.sum() if weights.any() else weights[:0]
    if len(p) == 0:
        return 0.0
    return float(1 - (p**2).sum()) if criterion == "gini" else float(-(p * np.log2(p)).sum())


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    """Grow a tree of depth 1: feature, threshold, decrease. O(d n log n)."""
    tree = grow(
        X,
        y,
        max_depth=1,
        min_samples_split=2,
        min_samples_leaf=min_samples_leaf,
        min_impurity_decrease=0.0,
        criterion=criterion,
    )
    if len(tree.left) == 1:
        return -1, 0.0, 0.0
    share = tree.weight[1:] / tree.weight[0]
    decrease = tree.impurity[0] - (share * tree.impurity[1:]).sum()
    return int(tree.feature[0]), float(tree.threshold[0]), float(decrease)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Sort each column once; then only partition it: a tree. O(d n log n + d n depth) time, O(dn) memory.

    Children are numbered in pairs, branches depth first. Of equally good splits, that of the first feature is
    taken, and of its thresholds the lowest.
    """
    X, y = np.asarray(X), np.asarray(y)
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected at least one row and a y for each, got {len(X)} rows and {len(y)} y")
    if len(X) > MOST_ROWS:
        raise ValueError(f"expected at most {MOST_ROWS} rows, got {len(X)}")
    if not (np.isfinite(X.min(initial=0)) and np.isfinite(X.max(initial=0))):  # isfinite(X) needs memory
        raise ValueError("NaN or infinity in X")
    if criterion not in CRITERIA:
        raise ValueError(f"expected one of {CRITERIA}, got {criterion!r}")
    deepest = len(X) if max_depth is None else max_depth
    if deepest < 1 or min_samples_split < 2 or min_samples_leaf < 1 or not min_impurity_decrease >= 0:
        least = "max_depth >= 1, min_samples_split >= 2, min_samples_leaf >= 1, min_impurity_decrease >= 0"
        raise ValueError(f"expected {least}")
    # Larger limits than these change nothing, and may not fit the kernels' integers.
    n = len(X)
    deepest, min_samples_split = min(deepest, n), min(min_samples_split, n + 1)
    min_samples_leaf = min(min_samples_leaf, n)
    limits = (int(deepest), int(min_samples_split), int(min_samples_leaf), float(min_impurity_decrease))
    if X.shape[1] == 0:  # kernels need a column; one of equal values is never split
        X = np.zeros((n, 1))
    return _grown(X, *_targets(y, criterion), criterion, limits)


def _targets(y, criterion):
    """Return y (n,) as numbers of classes, or minus its mean; the number of classes or 0; the mean or 0."""
    if y.dtype.kind in "fiub" and not np.isfinite(y).all():
        raise ValueError("NaN or infinity in y")
    if criterion == "squared_error":
        offset = y.mean()
        return y - offset, 0, offset
    classes, labels = np.unique(y, return_inverse=True)
    return labels.reshape(-1), len(classes), 0.0


def _grown(X, y, n_classes, offset, criterion, limits):
    """Grow a tree from what `_targets` returns; limits are depth, rows to split, rows of a leaf, decrease."""
    n, d = X.shape
    words = np.empty((d, n), dtype=np.uint32)
    for feature in range(d):
        column = np.ascontiguousarray(X[:, feature], dtype=np.float64)
        _rank(column, np.argsort(column), words[feature])
    # Two classes by gini are treated as the numbers 0 and 1: their variance is half of the gini impurity.
    numeric = n_classes == 0 or (n_classes == 2 and criterion == "gini")
    numbers = y.astype(np.float64) if numeric else np.zeros(1)
    labels = np.zeros(1, dtype=np.int64) if numeric else y.astype(np.int64)
    counts = np.arange(n + 1.0 if criterion == "entropy" else 1.0)
    logs = counts * np.log2(np.maximum(counts, 1))
    columns = max(n_classes, 1)
    scratch = (np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.uint32))
    scratch += (np.zeros((2, columns), dtype=np.int64),)
    two_classes = n_classes == 2
    fields = _grow(words, numbers, labels, columns, numeric, two_classes, logs, limits, scratch)
    del words  # nine tenths of the memory
    feature, low_row, high_row, left, right, value, weight, impurities = (field.copy() for field in fields)
    inner = left != -1
    low_values, high_values = X[low_row, feature].astype(np.float64), X[high_row, feature].astype(np.float64)
    with np.errstate(over="ignore"):
        sums = low_values + high_values
    middles = np.where(np.isfinite(sums), sums / 2, low_values / 2 + high_values / 2)
    # If there is no number between the two, the lower one is the threshold.
    threshold = np.where(inner, np.where(middles < high_values, middles, low_values), -2.0)
    feature = np.where(inner, feature, -2)
    return Tree(
        feature, threshold, left, right, np.zeros(len(left), dtype=bool), value + offset, weight, impurities
    )


@njit(**NUMPY)
def _rank(column, order, words):
    """Write a word for each row, in the ascending order (n,) of a column (n,).

    A word is twice the number of the row, plus 1 if its value exceeds the one before. So the column is not
    needed any more. Ranks instead of bits would take twice the memory.
    """
    for i in range(order.shape[0]):
        exceeds = i > 0 and column[order[i]] > column[order[i - 1]]
        words[i] = 2 * order[i] + exceeds


ONE = np.uint64(1)
ROOM = 256
"""Nodes for which memory is reserved at first; it is doubled when they are used up."""
MOST_ROWS = 1 << 31
"""The largest number of rows: their numbers have 31 bits of a word."""


@njit(**NUMPY)
def _summed(words, first, last, numbers, labels, numeric, two_classes, logs, value):
    """Compute a node's value (K,), written; return its impurity, and whether all its y are equal.

    words : of one column; those from first to last are the node's rows
    numbers : (n,), y if `numeric`, with two classes 0 or 1
    labels : (n,), numbers of classes otherwise
    logs : c log2 c for the counts c, if the criterion is entropy; otherwise one number
    """
    n = last - first
    value[:] = 0
    if numeric:
        total, smallest, largest = 0.0, np.inf, -np.inf
        for i in range(first, last):
            y = numbers[words[i] >> ONE]
            total += y
            smallest, largest = min(smallest, y), max(largest, y)
        mean = total / n
        if two_classes:
            value[0], value[1] = (n - total) / n, mean
            return 1 - value[0] ** 2 - value[1] ** 2, smallest == largest
        squares = 0.0
        for i in range(first, last):
            squares += (numbers[words[i] >> ONE] - mean) ** 2
        value[0] = mean
        return squares / n, smallest == largest
    for i in range(first, last):
        value[labels[words[i] >> ONE]] += 1
    # Entropy is summed up from 0; for gini, squares are subtracted from 1.
    impurity_of_node = 0.0 if logs.shape[0] > 1 else 1.0
    pure = False
    for j in range(value.shape[0]):
        pure |= value[j] == n
        value[j] /= n
        if logs.shape[0] == 1:
            impurity_of_node -= value[j] ** 2
        elif value[j] > 0:
            impurity_of_node -= value[j] * np.log2(value[j])
    return impurity_of_node, pure


@njit(**NUMPY)
def _sweep_numbers(words, first, last, numbers, mean, min_leaf, best, best_divisor):
    """Find the best split of a column by variance; return its gain and divisor, and its place, or -1.

    words, first, last, numbers : as in `_summed`; mean is that of the node's y
    min_leaf : rows that each side needs
    best, best_divisor : gain and divisor of the best split so far, to be exceeded

    If D is the sum of y - mean on the left, a split lowers the variance by D² / (n_left n_right), up to a
    factor. Such fractions are compared by products, without a division for each row.
    """
    n = last - first
    best_place = -1
    total = 0.0
    for i in range(first, first + min_leaf - 1):
        total += numbers[words[i] >> ONE]
    for i in range(first + min_leaf - 1, last - min_leaf):
        total += numbers[words[i] >> ONE]
        if not words[i + 1] & ONE:
            continue
        n_left = np.float64(i + 1 - first)
        excess = total - n_left * mean
        gain, divisor = excess * excess, n_left * (n - n_left)
        if gain * best_divisor > best * divisor:
            best, best_divisor, best_place = gain, divisor, i
    return best, best_divisor, best_place


@njit(**NUMPY)
def _sweep_classes(words, first, last, labels, min_leaf, logs, counts, best, best_divisor):
    """Find the best split of a column by classes; arguments and results as in `_sweep_numbers`.

    counts : (2, K), rows of each class below and above the split; counts[1] is given, the rest work space

    Moving a row to the left changes one count, so sums of c², or of c log2 c, are updated in O(1).
    """
    n = last - first
    best_place = -1
    squares = logs.shape[0] == 1
    left_score = right_score = 0.0
    counts[0] = 0
    for count in counts[1]:
        right_score += count * count if squares else logs[count]
    for i in range(first, last - min_leaf):
        label = labels[words[i] >> ONE]
        below, above = counts[0, label], counts[1, label]
        if squares:
            left_score += 2 * below + 1
            right_score -= 2 * above - 1
        else:
            left_score += logs[below + 1] - logs[below]
            right_score += logs[above - 1] - logs[above]
        counts[0, label], counts[1, label] = below + 1, above - 1
        n_left = i + 1 - first
        if n_left < min_leaf or not words[i + 1] & ONE:
            continue
        if squares:
            a, b = np.float64(n_left), np.float64(n - n_left)
            gain, divisor = left_score * b + right_score * a, a * b
        else:
            gain, divisor = left_score - logs[n_left] + right_score - logs[n - n_left], 1.0
        if gain * best_divisor > best * divisor:
            best, best_divisor, best_place = gain, divisor, i
    return best, best_divisor, best_place


@njit(**NUMPY)
def _part(words, first, last, goes_left, right_words):
    """Partition a column's words from first to last, in place; both sides keep their order.

    goes_left : (n,), by the number of the row
    right_words : (n,), work space

    Each word is written to both sides, but only one of the ends advances, so there is no jump to mispredict.
    A value exceeds the previous one on its side if it or any value between them exceeds the one before it.
    """
    next_left, n_right = np.uint64(first), np.uint64(0)
    exceeds_left = exceeds_right = np.uint64(0)
    for i in range(first, last):
        word = np.uint64(words[i])
        is_left = np.uint64(goes_left[word >> ONE])
        words[next_left] = word | exceeds_left
        right_words[n_right] = word | exceeds_right
        exceeds_left = (exceeds_left | word) & (is_left ^ ONE)
        exceeds_right = (exceeds_right | word) & is_left
        next_left += is_left
        n_right += is_left ^ ONE
    for i in range(n_right):
        words[next_left + i] = right_words[i]


@njit(**NUMPY)
def _grow(  # noqa: C901, PLR0912, PLR0915 - one loop over nodes, with all their state in reach
    words, numbers, labels, n_classes, numeric, two_classes, logs, limits, scratch
):
    """Grow a tree, depth first; return its fields, (N,) or (N, K).

    words : (d, n), as `_rank` writes them; partitioned in place
    numbers, labels, numeric, two_classes, logs : as in `_summed`
    n_classes : number of columns of value, 1 if that is a mean
    limits : as in `_grown`
    scratch : goes_left (n,), right_words (n,) and counts (2, K), work space

    In place of thresholds, low_row and high_row are the rows whose values lie next to the split.
    """
    deepest, min_split, min_leaf, min_decrease = limits
    d, n = words.shape
    goes_left, right_words, counts = scratch
    # Memory for a few nodes, doubled when it is used up: for n leaves it would be as much as for the columns.
    room = min(ROOM, 2 * n)
    feature, low_row, high_row = np.zeros(room, np.int64), np.zeros(room, np.int64), np.zeros(room, np.int64)
    left, right = np.full(room, -1), np.full(room, -1)
    value, weight, impurities = np.zeros((room, n_classes)), np.zeros(room), np.zeros(room)
    waiting = np.zeros((room, 4), np.int64)  # nodes that may be split: number, first, last, depth
    impurities[0], pure = _summed(words[0], 0, n, numbers, labels, numeric, two_classes, logs, value[0])
    weight[0] = n
    n_nodes, n_waiting = 1, 0
    min_rows = max(min_split, 2 * min_leaf)
    if not pure and n >= min_rows:
        waiting[0, 0], waiting[0, 1], waiting[0, 2], waiting[0, 3] = 0, 0, n, 0
        n_waiting = 1
    while n_waiting > 0:
        n_waiting -= 1
        node, first, last, depth = waiting[n_waiting]
        best, best_divisor, chosen, place = -np.inf, 1.0, -1, -1
        for j in range(d):
            if numeric:
                mean = value[node, 1 if two_classes else 0]
                best, best_divisor, place_in_column = _sweep_numbers(
                    words[j], first, last, numbers, mean, min_leaf, best, best_divisor
                )
            else:
                for c in range(n_classes):
                    counts[1, c] = np.int64(np.round(value[node, c] * (last - first)))
                best, best_divisor, place_in_column = _sweep_classes(
                    words[j], first, last, labels, min_leaf, logs, counts, best, best_divisor
                )
            if place_in_column != -1:
                chosen, place = j, place_in_column
        if chosen == -1:
            continue
        middle = place + 1
        column = words[chosen]
        left_child, right_child = n_nodes, n_nodes + 1
        if right_child >= weight.shape[0]:
            feature, low_row, high_row = (
                _doubled_room(feature, 0),
                _doubled_room(low_row, 0),
                _doubled_room(high_row, 0),
            )
            left, right = _doubled_room(left, -1), _doubled_room(right, -1)
            value, weight, impurities = (
                _doubled_room(value, 0),
                _doubled_room(weight, 0),
                _doubled_room(impurities, 0),
            )
        impurities[left_child], left_pure = _summed(
            column, first, middle, numbers, labels, numeric, two_classes, logs, value[left_child]
        )
        impurities[right_child], right_pure = _summed(
            column, middle, last, numbers, labels, numeric, two_classes, logs, value[right_child]
        )
        weight[left_child], weight[right_child] = middle - first, last - middle
        decrease = (
            impurities[node] * (last - first)
            - impurities[left_child] * weight[left_child]
            - impurities[right_child] * weight[right_child]
        )
        if decrease / n < min_decrease - 1e-12 * impurities[0]:  # 1e-12: rounding stops no split
            continue
        n_nodes += 2
        feature[node], left[node], right[node] = chosen, left_child, right_child
        low_row[node], high_row[node] = column[place] >> ONE, column[middle] >> ONE
        split_left = not left_pure and middle - first >= min_rows and depth + 1 < deepest
        split_right = not right_pure and last - middle >= min_rows and depth + 1 < deepest
        if split_left or split_right:  # otherwise nothing reads these parts of the columns again
            for i in range(first, last):
                goes_left[column[i] >> ONE] = i < middle
            for j in range(d):
                if j != chosen:
                    _part(words[j], first, last, goes_left, right_words)
        if n_waiting + 2 > waiting.shape[0]:
            waiting = _doubled_room(waiting, 0)
        if split_right:
            waiting[n_waiting, 0], waiting[n_waiting, 1] = right_child, middle
            waiting[n_waiting, 2], waiting[n_waiting, 3] = last, depth + 1
            n_waiting += 1
        if split_left:
            waiting[n_waiting, 0], waiting[n_waiting, 1] = left_child, first
            waiting[n_waiting, 2], waiting[n_waiting, 3] = middle, depth + 1
            n_waiting += 1
    return (
        feature[:n_nodes], low_row[:n_nodes], high_row[:n_nodes], left[:n_nodes], right[:n_nodes],
        value[:n_nodes], weight[:n_nodes], impurities[:n_nodes],
    )  # fmt: skip


@njit(**NUMPY)
def _doubled_room(field, fill):
    """Return a copy of an array with twice as many entries; the new ones are `fill`."""
    longer = np.full((2 * field.shape[0], *field.shape[1:]), fill, field.dtype)
    old, new = field.reshape(field.size), longer.reshape(longer.size)
    for i in range(old.shape[0]):  # an assignment to a slice takes longer to compile
        new[i] = old[i]
    return longer


# Pruning


def ccp_path(tree):
    """Return all cuts of the weakest link, down to the root: alphas, impurities (cuts + 1,) each.

    O(N log N), and O(depth) for each link that is, or might be, cut together with one above it.
    """
    _, (alphas, impurities, _) = _links(tree)
    return alphas, impurities


def prune_ccp(tree, alpha):
    """Cut while the weakest link costs at most alpha; 0 cuts nothing. Time as `ccp_path`."""
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    if alpha == 0:
        return tree
    nodes, (prices, _, _) = _links(tree)
    cut = np.zeros(len(tree.left), dtype=np.bool_)
    cut[nodes[prices[1:] <= alpha]] = True  # prices[0] is that of the whole tree, without a cut
    return _cut_back(tree, cut)


def score_every_alpha(tree, X_val, y_val):
    """Score `prune_ccp(tree, alpha)` on validation rows for every alpha at which it changes, in one pass.

    alphas are 0 and all distinct positive costs of links, ascending. scores[i] is the share of rows that the
    tree pruned at alphas[i] labels correctly; it is the same for all alphas below alphas[i + 1]. (If some
    links cost 0, scores[0] holds for alpha = 0 only, since any positive alpha cuts them.) y_val holds column
    numbers. Raise ValueError for what `prune_reduced_error` refuses, and if there is no row. O(n depth + N
    K), and the time of `ccp_path`.

    tree : Tree
    X_val : float array of shape (n_samples, n_features)
    y_val : int array of shape (n_samples,)
    -> alphas : float array of shape (n_alphas,)
    -> scores : float array of shape (n_alphas,)
    """
    _check_validation(tree, X_val, y_val)
    if len(y_val) == 0:
        raise ValueError("expected at least one row")
    hits = _hits(tree, X_val, y_val)
    _, (costs, _, scores) = _links(tree, hits)
    last_cut = np.append(np.flatnonzero(costs[1:] > costs[:-1]), len(costs) - 1)  # the last cut of each cost
    last_cut = last_cut[costs[last_cut] > 0]
    return np.append(0.0, costs[last_cut]), np.append(scores[0], scores[last_cut]) / len(y_val)


def prune_reduced_error(tree, X_val, y_val):
    """Cut bottom-up wherever a leaf makes no more errors than the branch below. O(n depth + NK)."""
    _check_validation(tree, X_val, y_val)
    cut = np.zeros(len(tree.left), dtype=np.bool_)
    _cut_worse(*_children(tree), _hits(tree, X_val, y_val), cut)
    return _cut_back(tree, cut)


def prune_f1(tree, X_val, y_val):
    """Find the best F1 by Dinkelbach's method. O(N) a step, few steps.

    F1 >= t if and only if 2 TP - t (TP + FP) >= t P, where P is the number of positive rows. The left side is
    a sum over leaves, so the cuts that maximise it are found bottom-up. If its maximum exceeds the right
    side, t is raised to the F1 of that tree, and so on; t is the price of a predicted positive.
    """
    _check_validation(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError(f"expected 2 columns of value, got {tree.value.shape[1]}")
    counts = _counts(tree, X_val, y_val, np.ones(len(y_val)))
    counts[_labels(tree) == 0] = 0  # (N, 2), FP and TP: none where a node predicts negative
    cut = np.zeros(len(counts), dtype=np.bool_)
    best, price = cut.copy(), -1.0  # less than any F1, so that the first tree is taken
    while True:
        gains = 2 * counts[:, 1] - max(price, 0.0) * counts.sum(axis=1)
        cut[:] = False
        _cut_worse(*_children(tree), gains, cut)
        fp, tp = _totals(*_children(tree), counts, cut)
        new_price = 2 * tp / (tp + fp + np.count_nonzero(y_val)) if tp > 0 else 0.0
        if new_price <= price:
            return _cut_back(tree, best)
        best, price = cut.copy(), new_price


def node_stats(tree, X, y, sample_weight):
    """Sum up classes in the leaves, then upwards: weight, value, impurity. O(n depth + NK)."""
    totals = _counts(tree, X, y, sample_weight)
    weight = totals.sum(axis=1)
    value = totals / np.where(weight > 0, weight, 1)[:, None]
    return weight, value, np.where(weight > 0, 1 - (value**2).sum(axis=1), 0.0)


def feature_importances(tree, n_features):
    """Sum up the decreases of each feature's nodes, as shares: (d,). O(N + d)."""
    inner = np.flatnonzero(tree.left != -1)
    mass = tree.weight * tree.impurity
    decreases = mass[inner] - mass[tree.left[inner]] - mass[tree.right[inner]]
    sums = np.bincount(tree.feature[inner], decreases, minlength=n_features)
    total = sums.sum()
    return sums / total if total > 0 else np.zeros(n_features)


def _children(tree):
    """Return left and right (N,) as the kernels need them."""
    return np.ascontiguousarray(tree.left, dtype=np.int64), np.ascontiguousarray(tree.right, dtype=np.int64)


def _counts(tree, X, y, weights):
    """Return the weight of the rows of each class at each node: (N, K)."""
    totals = np.zeros(tree.value.shape)
    y, weights = np.ascontiguousarray(y, dtype=np.int64), np.ascontiguousarray(weights, dtype=np.float64)
    _count(*_children(tree), apply(tree, X), y, weights, totals)
    return totals


def _hits(tree, X, y):
    """Return how many rows at each node its label is right for: (N,)."""
    return _counts(tree, X, y, np.ones(len(y)))[np.arange(len(tree.left)), _labels(tree)]


def _links(tree, hits=None):
    """Return the nodes that are cut, in this order (n_cuts,), and the path (3, n_cuts + 1).

    The cheapest link is cut first; of equal ones, that with the lowest number. The path has prices, the risk
    of all leaves and, if hits (N,) are given, their hits, for the whole tree and after each cut.
    """
    n_nodes = len(tree.left)
    risk = np.asarray(tree.weight * tree.impurity / tree.weight[0], dtype=np.float64)
    hits = risk if hits is None else hits  # any numbers: their sums are not used
    left, right = (np.ascontiguousarray(field, dtype=np.int32) for field in (tree.left, tree.right))
    state, heap = np.empty((n_nodes, 4)), np.empty((n_nodes, 3), dtype=np.int32)
    n_cuts, whole_risk, whole_hits = _pool_links(left, right, risk, hits, risk.copy(), state, heap)
    nodes = _in_order(left, state, n_cuts)
    path = np.empty((3, n_cuts + 1))
    path[:, 0] = 0, whole_risk, whole_hits
    _add_up(nodes, state, risk, path)
    return nodes, path


def _cut_back(tree, cut):
    """Turn cut nodes into leaves, drop the nodes below them, renumber the others."""
    new_numbers = np.empty(len(cut), dtype=np.int64)
    _number(*_children(tree), cut, new_numbers)
    kept_nodes = np.flatnonzero(new_numbers >= 0)
    kept = Tree(*(field[kept_nodes] for field in tree))
    leaf = cut[kept_nodes] | (kept.left == -1)
    kept.left[:] = np.where(leaf, -1, new_numbers[kept.left])
    kept.right[:] = np.where(leaf, -1, new_numbers[kept.right])
    kept.feature[leaf], kept.threshold[leaf], kept.missing_left[leaf] = -2, -2.0, False
    return kept


PRICE, BELOW, LINKS, HITS = range(4)
"""Columns of `state`, which has a row for each link (inner node): its price; the risk of the leaves below it
when it is cut; the number of links that are removed with it, itself included, 0 if it is pooled with a link
above; and how many hits that adds."""
FIRST, SECOND, PARENT = range(3)
"""Columns of `heap`: a link's children in its heap (FIRST is also the next one in a list of opened links) and
its node's parent."""
NEAR = 1e-14
"""Prices that differ by at most this part of the node's risk may differ by rounding only."""
DIGIT = 11
"""Bits of a digit in the radix sort of prices: a price has six digits, and the counts of one take 8 kB."""


@njit(**NUMPY)
def _pool_links(left, right, risk, hits, shares, state, heap):
    """Find which links are cut by themselves; return their number, and risk and hits of the whole tree.

    left, right, risk, hits : (N,)
    shares : (N,), at first the risks; what a node adds to the sum of its parent
    state, heap : (N, 4) and (N, 3), written; for their columns see `PRICE` and `FIRST`

    A link whose price is at least that of a link above it is never cut by itself: the link above is cut first
    and removes it. So, from the leaves up, each node is pooled with the most expensive links below it while
    their price is at least that of all of them together: isotonic regression on a tree. Links that are not
    pooled are cut. The links below a node form a heap; heaps are melded in O(log N) on average. (To walk from
    each cut to the root took 1.7 times as long.)

    Many prices are equal but for rounding, and which one is less depends on how they are computed. As in
    scikit-learn, the risk below a node is the sum over all leaves, so sums are updated between a link and the
    node that may be pooled with it. (If gains were added up, 41 of 300 paths had another length than
    scikit-learn's, instead of 1.) A link that may be as expensive as the node is opened first: taken from the
    heap, and its node's share becomes the risk of the leaves below it. If it is not pooled, it is closed
    again.
    """
    n_cuts, whole_risk, whole_hits = 0, 0.0, 0.0
    for node in range(left.shape[0] - 1, -1, -1):
        left_child, right_child = left[node], right[node]
        if left_child == -1:
            whole_risk += risk[node]
            whole_hits += hits[node]
            continue
        top = np.int32(-1)
        for child in (left_child, right_child):
            if left[child] != -1:
                heap[child, PARENT] = node
                top = _meld(top, child, state, heap)
        risk_below, n_links, more_hits = (
            risk[left_child] + risk[right_child],
            1.0,
            hits[node] - hits[left_child] - hits[right_child],
        )
        price = pooled_price = risk[node] - risk_below
        pooled_risk, pooled_links, opened = risk_below, n_links, np.int32(-1)
        while top != -1 and state[top, PRICE] >= pooled_price - NEAR * abs(risk[node]):
            link, top = top, _meld(heap[top, FIRST], heap[top, SECOND], state, heap)
            heap[link, FIRST], opened = opened, link
            pooled_risk = _renew(link, state[link, BELOW], node, left, right, shares, heap)
            pooled_links += state[link, LINKS]
            pooled_price = (risk[node] - pooled_risk) / pooled_links
            price = max(price, pooled_price)  # not before links that are cut earlier, in spite of rounding
            if pooled_price <= state[link, PRICE]:
                price, risk_below, n_links = pooled_price, pooled_risk, pooled_links
                while opened != -1:
                    more_hits += state[opened, HITS]
                    state[opened, LINKS] = 0
                    n_cuts -= 1
                    opened = heap[opened, FIRST]
        while opened != -1:  # these are cut before the node: close them
            link, opened = opened, heap[opened, FIRST]
            _renew(link, risk[link], node, left, right, shares, heap)
            heap[link, FIRST] = heap[link, SECOND] = -1
            top = _meld(top, link, state, heap)
        state[node, PRICE], state[node, BELOW] = price, risk_below
        state[node, LINKS], state[node, HITS] = n_links, more_hits
        heap[node, FIRST], heap[node, SECOND] = top, -1
        n_cuts += 1
    return n_cuts, whole_risk, whole_hits


@njit(**NUMPY)
def _renew(node, share, until, left, right, shares, heap):
    """Set the share of a node, update the sums above it, and return the sum of the node `until`."""
    while True:
        shares[node] = share
        node = heap[node, PARENT]
        share = shares[left[node]] + shares[right[node]]
        if node == until:
            return share


@njit(**NUMPY)
def _meld(one, other, state, heap):
    """Join two skew heaps, given by their tops, the most expensive links; return the new top. -1 is empty."""
    if one == -1 or other == -1:
        return max(one, other)
    if state[other, PRICE] > state[one, PRICE]:
        one, other = other, one
    top = one
    while heap[one, SECOND] != -1:
        lower = heap[one, SECOND]
        if state[other, PRICE] > state[lower, PRICE]:
            lower, other = other, lower
        heap[one, SECOND], heap[one, FIRST] = heap[one, FIRST], lower
        one = lower
    heap[one, SECOND], heap[one, FIRST] = heap[one, FIRST], other
    return top


@njit(**NUMPY)
def _in_order(left, state, n_cuts):
    """Return the n_cuts nodes whose links are not pooled, sorted by price, then by number.

    A radix sort: it has no jumps that are mispredicted, and takes half the time of numpy's stable argsort.
    """
    keys, nodes = np.empty((2, n_cuts), dtype=np.uint64), np.empty((2, n_cuts), dtype=np.int32)
    starts = np.zeros((64 // DIGIT + 1, 1 << DIGIT), dtype=np.int32)
    digit_bits, digit_mask, n = np.uint64(DIGIT), np.uint64((1 << DIGIT) - 1), 0
    for node in range(left.shape[0]):
        if left[node] != -1 and state[node, LINKS] > 0:
            keys[0, n], nodes[0, n] = _order_key(state[node, PRICE]), node
            for digit in range(starts.shape[0]):
                starts[digit, (keys[0, n] >> (np.uint64(digit) * digit_bits)) & digit_mask] += 1
            n += 1
    for digit in range(starts.shape[0]):
        next_start = 0
        for digit_value in range(starts.shape[1]):
            next_start, starts[digit, digit_value] = next_start + starts[digit, digit_value], next_start
        source, target = digit % 2, 1 - digit % 2
        for i in range(n):
            digit_value = (keys[source, i] >> (np.uint64(digit) * digit_bits)) & digit_mask
            target_place = starts[digit, digit_value]
            starts[digit, digit_value] += 1
            keys[target, target_place], nodes[target, target_place] = keys[source, i], nodes[source, i]
    return nodes[0]


@njit(**NUMPY)
def _add_up(nodes, state, risk, path):
    """Fill the path (3, n_cuts + 1) from column 1 on: prices, and running sums of risk and hits."""
    for i in range(nodes.shape[0]):
        node = nodes[i]
        price = (risk[node] - state[node, BELOW]) / state[node, LINKS]
        path[0, i + 1] = price if i == 0 else max(price, path[0, i])
        path[1, i + 1] = path[1, i] + (risk[node] - state[node, BELOW])
        path[2, i + 1] = path[2, i] + state[node, HITS]


@njit(**NUMPY)
def _order_key(price):
    """Return a price as an unsigned integer in the same order."""
    word = np.float64(price + 0.0).view(np.int64)  # -0.0 becomes 0.0
    return np.uint64(word ^ ((word >> 63) | np.int64(-0x8000000000000000)))


@njit(**NUMPY)
def _totals(left, right, counts, cut):
    """Return FP and TP of the pruned tree, summed over its leaves; counts (N, 2), cut (N,)."""
    fp, tp = 0.0, 0.0
    inside = np.zeros(left.shape[0], dtype=np.bool_)
    inside[0] = True
    for node in range(left.shape[0]):
        if inside[node] and (cut[node] or left[node] == -1):
            fp += counts[node, 0]
            tp += counts[node, 1]
        elif inside[node]:
            inside[left[node]] = inside[right[node]] = True
    return fp, tp


@njit(**NUMPY)
def _number(left, right, cut, new_numbers):
    """Write the new number of each node of the pruned tree to new_numbers (N,), -1 for dropped nodes."""
    new_numbers[:] = -1
    new_numbers[0] = 0
    n_nodes = 0
    for node in range(left.shape[0]):
        if new_numbers[node] == -1:
            continue
        new_numbers[node] = n_nodes
        n_nodes += 1
        if left[node] != -1 and not cut[node]:
            new_numbers[left[node]] = new_numbers[right[node]] = 0


# A forest in few bytes


def pack(trees, X):
    """Grow one tree that imitates the forest, and write it in preorder: 5 bytes a test, 1 byte a leaf.

    The first byte is the number of classes. A leaf is 255 - label; a test is its feature and a float32.
    (Features have small numbers, so that the two can be told apart.)
    """
    X = np.asarray(X)
    n_classes = trees[0].value.shape[1]
    forest_labels, _ = forest_predict(trees, X, np.arange(n_classes))
    tree = grow(
        X,
        forest_labels,
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_impurity_decrease=0.0,
        criterion="entropy",
    )
    labels = np.unique(forest_labels)[_labels(tree)]
    blob, waiting = [n_classes], [0]
    while waiting:
        node = waiting.pop()
        if tree.left[node] == -1:
            blob.append(255 - labels[node])
        else:
            blob += [tree.feature[node], *np.float32(tree.threshold[node]).tobytes()]
            waiting += [tree.right[node], tree.left[node]]
    return np.array(blob, dtype=np.uint8)


def predict_packed(blob, X):
    """Read the preorder into a `Tree`, then walk it: (n,). O(bytes + n depth)."""
    blob = np.asarray(blob).astype(np.uint8)
    n_classes = int(blob[0])
    room = len(blob)
    feature, left, right = np.zeros(room, np.int64), np.full(room, -1), np.full(room, -1)
    threshold = np.zeros(room)
    n_nodes = _unfold(blob, n_classes, feature, threshold, left, right)
    value = np.zeros((n_nodes, 1))
    fields = (field[:n_nodes] for field in (feature, threshold, left, right))
    tree = Tree(*fields, np.zeros(n_nodes, dtype=bool), value, value[:, 0], value[:, 0])
    return feature[apply(tree, X)]


@njit(**NUMPY)
def _unfold(blob, n_classes, feature, threshold, left, right):
    """Write the fields of the tree, (bytes,) at least each, from the blob; return the number of nodes.

    The feature of a leaf is its label. Waiting are the tests whose right child has not been read yet.
    """
    waiting = np.empty(blob.shape[0], dtype=np.int64)
    n_waiting, node, position = 0, 0, 1
    while position < blob.shape[0]:
        if blob[position] > 255 - n_classes:
            feature[node] = 255 - blob[position]
            position += 1
            if n_waiting > 0:
                n_waiting -= 1
                right[waiting[n_waiting]] = node + 1
        else:
            feature[node] = blob[position]
            threshold[node] = blob[position + 1 : position + 5].view(np.float32)[0]
            left[node] = node + 1
            waiting[n_waiting] = node
            n_waiting += 1
            position += 5
        node += 1
    return node
