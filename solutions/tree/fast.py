"""Decision trees as fast as one machine allows: packed nodes, rows in flight, columns sorted once.

Each trick stands beside its reason; SPEED.md has the measurements. n rows, d features, K classes, N nodes.

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
"""Rows that walk side by side: as many as registers hold; 4 take 1.4 times as long, 16 as long."""
CACHED = 24_576
"""Keys of a block of rows: 96 kB, so that they stay in the second-level cache while trees walk them."""
BATCH = 1 << 16
"""Nodes of the trees that walk a block together: with their values they fit into the second-level cache."""
FEW = 64
"""Rows for which packing a tree does not pay, nor do threads for 32 times as many."""
WORDS = 4
"""Words of a bitmap: a vector of 256 bits. With 512, slices need twice the cache, and take as long."""
SLICE = 64 * WORDS
"""Rows whose bits lie side by side."""
ROWS_SLICED = 24
"""Rows of an ensemble for which bits side by side pay: 24 take 0.09 ms either way, 100 a half of the time."""
TILE = 32
"""Rows of a tile, each a byte of a bitmap: as many as have room in a vector of 256 bits."""
ROWS_TILED = 7, 101
"""From so many rows on, and below so many, an ensemble is asked a tile at a time: 7 take 0.02 ms either way,
24 a third of the time, 100 take 0.1 ms either way, but a slice 1 MB."""
SLICED_DEPTHS = 6, 8
"""Depths of the networks: what is shallower is filled up, what is deeper walks."""
BITMAPS = 1 << 15
"""Bitmaps of the trees that are asked together: 1 MB, in the second-level cache."""


# Inference of one tree


def apply(tree, X):
    """Find leaves (n,): few rows walk the record itself, many a packed copy. O(n depth + N) time."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        return _walk_record(tree, X)
    return _walk_packed(tree, None, X)[:, 0]


def predict_proba(tree, X):
    """Return the class fractions of each row's leaf: (n, K)."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        return np.take(tree.value, _walk_record(tree, X), axis=0)
    value = np.asarray(tree.value, dtype=np.float64)
    return _walk_packed(tree, value, X).astype(tree.value.dtype, copy=False)


def predict(tree, X, classes):
    """Return the class of the largest fraction, the first on ties: (n,). Labels ride in the packed leaves."""
    X = _singles(X)
    if _few(X, len(tree.left)):
        columns = tree.value[_walk_record(tree, X)].argmax(axis=1)
    else:
        columns = _walk_packed(tree, _labels(tree)[:, None], X)[:, 0]
    return np.take(classes, columns)


def apply_capped(tree, X, max_bytes):  # noqa: ARG001 - a few rows at a time anyway
    """Walk the record, a few rows copied at a time: (n,). O(n depth) time, O(n) memory."""
    leaves = np.empty(len(X), dtype=np.int64)
    rows = max(1, 512 // max(X.shape[1], 1))
    fields = _fields(tree)
    for start in range(0, len(X), rows):
        if not _walk(*fields, _singles(X[start : start + rows]), leaves[start : start + rows]):
            raise ValueError(TOO_LARGE)
    return leaves


TOO_LARGE = "infinity, or a value too large for float32"


def _few(X, n_nodes):
    """Is packing N nodes dearer than what it saves? A node packs in 5 ns, a row gains about 30 ns."""
    return len(X) < max(FEW, n_nodes // 8) or n_nodes.bit_length() + (2 * X.shape[1]).bit_length() > 32


def _walk_record(tree, X):
    leaves = np.empty(len(X), dtype=np.int64)
    if not _walk(*_fields(tree), X, leaves):
        raise ValueError(TOO_LARGE)
    return leaves


def _walk_packed(tree, payload, X):
    """Pack a tree, walk all rows, give for each the payload (N, K) of its leaf: (n, K). None: its number."""
    n_nodes = len(tree.left)
    for missing in (False, True):  # again, with room for missing values, only if some row has one
        nodes, origin = np.empty(n_nodes, dtype=np.uint64), np.empty(n_nodes, dtype=np.int64)
        shift = int((X.shape[1] << missing) - 1).bit_length()
        rounds = _pack_tree(*_tests(tree), missing, shift, 0, nodes, origin)
        carried = origin[:, None] if payload is None else np.take(payload, origin, axis=0)
        out = np.empty((len(X), carried.shape[1]), dtype=carried.dtype)
        walk = _walk_blocks if len(X) < 32 * FEW or get_num_threads() == 1 else _walk_blocks_parallel
        words = carried.view(np.int64), out.view(np.int64)  # one kernel, whatever it carries
        if not _seen_missing(walk(nodes, shift, rounds, missing, *words, X, _block_rows(X, missing))):
            break
    return out


def _seen_missing(seen):
    """Of what a kernel has seen: are there missing values? ValueError where there is infinity."""
    if seen & INFINITE:
        raise ValueError(TOO_LARGE)
    return bool(seen & MISSING)


def _singles(X):
    """Cast to float32, by contract. What is too large becomes infinity, which is found later."""
    if getattr(X, "dtype", None) == np.float32:
        return np.ascontiguousarray(X)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(X, dtype=np.float32)


def _block_rows(X, missing):
    return max(LANES, CACHED // max(X.shape[1] << missing, 1) // LANES * LANES)


def _fields(tree):
    """The fields that `apply` reads, in the types of the kernels; a copy only where they have others.

    Where scikit-learn's lie in its records, with gaps, they are read there: one row reads few of them.
    """
    return (
        np.asarray(tree.feature, dtype=np.int64),
        np.asarray(tree.threshold, dtype=np.float64),
        np.asarray(tree.left, dtype=np.int64),
        np.asarray(tree.right, dtype=np.int64),
        np.asarray(tree.missing_left, dtype=np.bool_),
    )


def _tests(tree):
    """The same without gaps."""
    return tuple(np.ascontiguousarray(field) for field in _fields(tree))


def _labels(tree):
    return _largest(np.ascontiguousarray(tree.value, dtype=np.float64))


INFINITE, MISSING = 1, 2


@njit(**NUMPY)
def _largest(value):
    labels = np.zeros(value.shape[0], dtype=np.int64)
    for i in range(value.shape[0]):
        for j in range(1, value.shape[1]):
            if value[i, j] > value[i, labels[i]]:
                labels[i] = j
    return labels


@njit(**NUMPY)
def _walk(feature, threshold, left, right, missing_left, X, leaves):
    # The record as it is: for few rows.
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
    # To float32, as all x are: x <= t says the same. Finite thresholds stay below infinity.
    single = np.float32(threshold)
    if np.float64(single) > threshold:
        single = np.nextafter(single, np.float32(-np.inf))
    return min(single, np.finfo(np.float32).max)


@njit(**NUMPY)
def _key(x):
    # The bits of a float32 as an integer that orders as the numbers do. Adding a zero makes both zeros 0.
    bits = np.float32(x + np.float32(0)).view(np.int32)
    return np.uint32(bits ^ ((bits >> np.int32(31)) | np.int32(-0x80000000)))


@njit(**NUMPY)
def _pack_tree(feature, threshold, left, right, missing_left, missing, shift, first, nodes, origin):
    # A node in 8 bytes: its threshold's key below, above it its feature in `shift` bits and its left
    # child, counted from `first`. Siblings are neighbours, so right = left + (x > threshold), without a
    # jump; a leaf is its own left child, and nothing exceeds its threshold, so a walk may go on for too long.
    #
    # Where rows have missing values, each feature has two numbers: one that is below all thresholds, for
    # nodes that send missing values left, and one above all. The walk itself knows nothing of them.
    #
    # Branches are placed depth first, left ones near. Returns the pairs of steps that reach all leaves.
    n = left.shape[0]
    waiting, depths = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)  # places in `nodes`
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
    # What of INFINITE and MISSING there is. The largest magnitude first, as an integer: a vector loop that
    # takes 0.05 ns a number; flags that are joined took eight times as long. It hardly ever finds anything.
    largest = np.int32(0)
    words = numbers.view(np.int32)
    for i in range(words.shape[0]):
        largest = max(largest, np.int32(words[i] & np.int32(0x7FFFFFFF)))
    seen = 0
    if largest >= np.int32(0x7F800000):
        for x in numbers:
            seen |= INFINITE if np.isinf(x) else (MISSING if np.isnan(x) else 0)
    return seen


@njit(**NUMPY)
def _keys(numbers, missing):
    # The keys of all numbers, and what of INFINITE and MISSING there is, in one vector loop: 0.07 ns a
    # number, where _odd alone takes 0.05. To compare keys spares each step two transfers between units: a
    # tenth of the time of a walk. -0.0 may come below 0.0, which does no harm: no threshold is -0.0.
    #
    # With room for missing values there are two keys for each number; they differ where it is missing.
    words = numbers.view(np.int32)
    keys = np.empty(words.shape[0] << missing, dtype=np.int32)
    largest = np.int32(0)
    if missing:
        for i in range(words.shape[0]):
            largest = max(largest, np.int32(words[i] & np.int32(0x7FFFFFFF)))
            absent = np.isnan(numbers[i])
            keys[2 * i] = np.int32(_key(np.float32(-np.inf) if absent else numbers[i]))
            keys[2 * i + 1] = np.int32(_key(np.float32(np.inf) if absent else numbers[i]))
    else:
        for i in range(words.shape[0]):
            word = words[i]
            largest = max(largest, np.int32(word & np.int32(0x7FFFFFFF)))
            keys[i] = np.int32(word ^ np.int32((word >> np.int32(31)) | np.int32(-0x80000000)))
    seen = 0
    if largest >= np.int32(0x7F800000):
        seen = _odd(numbers)
    return keys.view(np.uint32), seen


@njit(**NUMPY)
def _descend(nodes, shift, rounds, keys, start, stride, n_rows, at):
    # Walk from the nodes `at` down to leaves, LANES at once; lane i reads the keys from start + i * stride
    # on; those that have no row read the last one. Eight walks that know nothing of each other: while one
    # waits for memory, others go on. Measured: 0.9 ns a step, where one walk alone takes 5.
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
        for _ in range(rounds):  # two steps between questions whether all have arrived
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
    code = word >> np.uint64(32)
    exceeds = np.uint32(word) < keys[start + (code & mask)]
    return (code >> shift) + np.uint64(exceeds)


@njit(**NUMPY)
def _walk_block(nodes, shift, rounds, missing, payload, out, X, begin, end):
    n_rows, d = end - begin, X.shape[1]
    keys, seen = _keys(X.reshape(X.size)[begin * d : end * d], missing)
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    at = np.zeros((n_rows + LANES - 1) // LANES * LANES, dtype=np.uint64)
    _descend(nodes, shift, rounds, keys, 0, d << missing, n_rows, at)
    if payload.shape[1] == 2:  # both at once: 5 % of a call
        for i in range(n_rows):
            out[begin + i, 0], out[begin + i, 1] = payload[at[i], 0], payload[at[i], 1]
    else:
        for j in range(payload.shape[1]):
            for i in range(n_rows):
                out[begin + i, j] = payload[at[i], j]
    return 0


@njit(**NUMPY)
def _walk_blocks(nodes, shift, rounds, missing, payload, out, X, rows):
    for start in range(0, X.shape[0], rows):
        stop = min(start + rows, X.shape[0])
        seen = _walk_block(nodes, shift, rounds, missing, payload, out, X, start, stop)
        if seen:
            return seen
    return 0


@njit(parallel=True, **NUMPY)
def _walk_blocks_parallel(nodes, shift, rounds, missing, payload, out, X, rows):
    n = X.shape[0]
    n_blocks = (n + rows - 1) // rows
    seen = np.zeros(n_blocks, dtype=np.int64)
    for block in prange(n_blocks):
        start = block * rows
        stop = min(start + rows, n)
        seen[block] = _walk_block(nodes, shift, rounds, missing, payload, out, X, start, stop)
    total = 0
    for one in seen:
        total |= one
    return total


# Inference of forests and ensembles


def forest_predict(trees, X, classes):
    """Add up fractions until a row's lead exceeds the number of trees left: labels, trees_used (n,) each.

    O(n depth) a tree that is asked. Trees walk in batches that fit into the cache; between batches the
    rows that are decided drop out.
    """
    if len(trees) == 0:
        raise ValueError("a forest needs a tree")
    _check_columns(trees, len(classes))
    X = _singles(X)
    sums = np.zeros((len(X), len(classes)))
    used = np.zeros(len(X), dtype=np.int64)
    n_nodes = max(len(tree.left) for tree in trees)
    if (
        _few(X, n_nodes)
        or len(X) < 8 * FEW
        or (2 * n_nodes).bit_length() + (2 * X.shape[1]).bit_length() > 32
    ):
        for number, tree in enumerate(trees, 1):
            value = np.ascontiguousarray(tree.value, dtype=np.float64)
            if not _ask(*_fields(tree), value, X, number, len(trees), sums, used):
                raise ValueError(TOO_LARGE)
    elif not _ask_sliced(trees, X, sums, used):
        _ask_packed(trees, X, sums, used)
    return np.take(classes, _largest(sums)), used


def _ask_sliced(trees, X, sums, used):
    """Ask shallow trees all at once; False where a tree is too deep."""
    for missing in (False, True):
        layouts = _slice_trees(trees, missing)
        if layouts is None:
            return False
        if not _seen_missing(_add_slices(layouts, X, missing, len(trees), sums, used)):
            break
        sums[:], used[:] = 0, 0
    return True


def _ask_packed(trees, X, sums, used):
    rows, missing, number = np.arange(len(X)), False, 0
    while number < len(trees) and len(rows):
        # No lead exceeds the trees left before half of them are asked; from then on rows drop out.
        most = max(len(trees) // 2 - number, len(trees) // 10, 1)
        batch, n_nodes = [], 0
        limit = min(BATCH, (1 << 32) // (2 * X.shape[1] or 1) // 2)
        while (
            number + len(batch) < len(trees)
            and len(batch) < most
            and (not batch or n_nodes + len(trees[number + len(batch)].left) <= limit)
        ):
            batch.append(trees[number + len(batch)])
            n_nodes += len(batch[-1].left)
        nodes, roots, shift, rounds, values = _pack_trees(batch, X.shape[1], missing)
        parallel = get_num_threads() > 1 and len(rows) * len(batch) >= 32 * FEW
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
            number,
            len(trees),
            sums,
            used,
        )
        if _seen_missing(seen):  # in the first batch, nothing of which is kept
            missing = True
            sums[:], used[:] = 0, 0
            continue
        number += len(batch)
        rows = rows[used[rows] == 0]


def compile_ensemble(trees):
    """Pack all trees into one array of nodes, once for rows with missing values, once without. O(N)."""
    if len(trees) == 0 or max(np.count_nonzero(tree.left == -1) for tree in trees) > 64:
        raise ValueError("expected trees of at most 64 leaves")
    _check_columns(trees, 1)
    d = max(int(tree.feature.max()) for tree in trees) + 1
    if sum(len(tree.left) for tree in trees).bit_length() + (2 * d).bit_length() > 32:
        return list(trees)  # a place and a feature do not fit into half a word
    packed = [_pack_trees(trees, max(d, 1), missing) for missing in (False, True)]
    layouts = [_slice_trees(trees, missing) for missing in (False, True)]
    return packed, layouts, [_align_trees(one) for one in layouts]


def score_ensemble(state, X):
    """Sum up the values of all leaves: (n,). O(n depth) a tree; one row walks many trees at a time."""
    X = _singles(X)
    if hasattr(state[0], "missing_left"):
        return np.sum([tree.value[apply(tree, X), 0] for tree in state], axis=0)
    for missing, (packed, layouts, aligned) in enumerate(zip(*state)):
        scores, used = np.zeros((len(X), 1)), np.zeros(len(X), dtype=np.int64)
        nodes, roots, shift, rounds, values = packed
        if aligned is not None and ROWS_TILED[0] <= len(X) < ROWS_TILED[1]:
            seen = _add_tiles(aligned, X, missing == 1, scores[:, 0])
        elif len(X) < ROWS_SLICED:
            seen = _score_rows(nodes, roots, shift, rounds, missing == 1, values, X, scores[:, 0])
        elif layouts is not None:
            seen = _add_slices(layouts, X, missing == 1, -1, scores, used)
        else:
            add = _add_blocks if len(X) < 4 * FEW or get_num_threads() == 1 else _add_blocks_parallel
            seen = add(
                nodes,
                roots,
                shift,
                rounds,
                missing == 1,
                values,
                X,
                np.arange(len(X)),
                _block_rows(X, missing),
                0,
                -1,
                scores,
                used,
            )
        if not _seen_missing(seen):
            break
    return scores[:, 0]


def _check_columns(trees, columns):
    found = {tree.value.shape[1] for tree in trees}
    if found != {columns}:
        raise ValueError(f"expected trees with {columns} columns of value, got {sorted(found)}")


def _pack_trees(trees, d, missing):
    """Pack trees one behind the other: nodes (N,), the roots' places, bits of a feature, values (N, K)."""
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
def _leads(sums, left):
    first, second = -np.inf, -np.inf
    for total in sums:
        if total > first:
            first, second = total, first
        elif total > second:
            second = total
    return first - second > left


@njit(**NUMPY)
def _ask(feature, threshold, left, right, missing_left, value, X, number, n_trees, sums, used):
    # One tree for all rows that are still open, by its record: for few rows.
    for i in range(X.shape[0]):
        if number == 1:
            for j in range(X.shape[1]):
                if np.isinf(X[i, j]):
                    return False
        if used[i] > 0:
            continue
        node = 0
        while left[node] != -1:
            x = X[i, feature[node]]
            goes_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
            node = left[node] if goes_left else right[node]
        for j in range(value.shape[1]):
            sums[i, j] += value[node, j]
        if number == n_trees or _leads(sums[i], n_trees - number):
            used[i] = number
    return True


@njit(**NUMPY)
def _add_block(nodes, roots, shift, rounds, missing, values, X, rows, number, n_trees, sums, used):
    # A batch of trees for a block of rows. `number` trees were asked before; n_trees < 0: nobody stops early.
    d, n_rows = X.shape[1], rows.shape[0]
    numbers = X.reshape(X.size)[rows[0] * d : (rows[0] + n_rows) * d]
    if rows[-1] - rows[0] != n_rows - 1:  # not as they lie in memory
        numbers = X[rows].reshape(n_rows * d)
    keys, seen = _keys(numbers, missing)
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    at = np.empty((n_rows + LANES - 1) // LANES * LANES, dtype=np.uint64)
    # Sums of the block lie together while its rows are asked: rows that are still open may lie anywhere.
    n_classes = values.shape[1]
    totals = np.empty(rows.shape[0] * n_classes)
    asked_at = np.zeros(rows.shape[0], dtype=np.int64)
    for i in range(rows.shape[0]):
        for j in range(n_classes):
            totals[i * n_classes + j] = sums[rows[i], j]
    for tree in range(roots.shape[0]):
        at[:] = roots[tree]
        _descend(nodes, shift, rounds, keys, 0, d << missing, n_rows, at)
        _add_values(values, at, totals)
        asked = number + tree + 1
        if n_trees >= 0 and (2 * asked > n_trees or n_classes == 1):
            _stop(totals, n_classes, asked, n_trees, asked_at)
    for i in range(rows.shape[0]):
        used[rows[i]] = asked_at[i]
        for j in range(n_classes):
            sums[rows[i], j] = totals[i * n_classes + j]
    return 0


@njit(**NUMPY)
def _add_values(values, at, totals):
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
def _stop(totals, n_classes, asked, n_trees, asked_at):
    # Note the rows that are decided now. Two classes have a loop without jumps.
    if asked == n_trees or n_classes == 1:
        for i in range(asked_at.shape[0]):
            asked_at[i] = asked if asked_at[i] == 0 else asked_at[i]
    elif n_classes == 2:
        for i in range(asked_at.shape[0]):
            ahead = abs(totals[2 * i] - totals[2 * i + 1]) > n_trees - asked
            asked_at[i] = asked if ahead and asked_at[i] == 0 else asked_at[i]
    else:
        for i in range(asked_at.shape[0]):
            if asked_at[i] == 0 and _leads(totals[i * n_classes : (i + 1) * n_classes], n_trees - asked):
                asked_at[i] = asked


@njit(**NUMPY)
def _add_blocks(nodes, roots, shift, rounds, missing, values, X, rows, size, number, n_trees, sums, used):
    seen = 0
    for start in range(0, rows.shape[0], size):
        some = rows[start : start + size]
        seen |= _add_block(nodes, roots, shift, rounds, missing, values, X, some, number, n_trees, sums, used)
    return seen


@njit(parallel=True, **NUMPY)
def _add_blocks_parallel(
    nodes, roots, shift, rounds, missing, values, X, rows, size, number, n_trees, sums, used
):
    n_blocks = (rows.shape[0] + size - 1) // size
    seen = np.zeros(n_blocks, dtype=np.int64)
    for block in prange(n_blocks):
        some = rows[block * size : (block + 1) * size]
        seen[block] = _add_block(
            nodes, roots, shift, rounds, missing, values, X, some, number, n_trees, sums, used
        )
    total = 0
    for one in seen:
        total |= one
    return total


@njit(**NUMPY)
def _score_rows(nodes, roots, shift, rounds, missing, values, X, scores):
    # One row after the other, LANES trees at a time: stride 0, all lanes read the same row.
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


# Shallow trees on many rows: bits side by side


def _slice_trees(trees, missing):
    """Lay trees out for `_add_slices`, in batches whose bitmaps stay in cache; None where one is too deep."""
    largest = max(len(tree.left) for tree in trees)
    for depth in (depth for depth in SLICED_DEPTHS if largest < 2 << depth):
        fields = [_tests(tree) for tree in trees]
        size = BITMAPS >> depth
        batches = range(0, len(trees), size)
        layouts = [_slice_batch(trees[k : k + size], fields[k : k + size], depth, missing) for k in batches]
        if None not in layouts:
            return layouts
    return None


def _slice_batch(trees, fields, depth, missing):
    """Give depth, tests by feature and threshold with an index to search them, values (T, K, 2^depth)."""
    room = sum(len(tree.left) for tree in trees) // 2  # a test for each leaf but one
    words, thresholds = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.float32)
    slots, leaves = np.empty(room, dtype=np.int64), np.empty(1 << depth, dtype=np.int64)
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
    """Add up the trees' values, in place; n_trees < 0: no row stops early. Returns what was seen."""
    number, seen, n_threads = 0, 0, get_num_threads()
    for depth, tests, values in layouts:
        rest = (missing, depth, tests, values.reshape(-1), len(values), number, n_trees, sums, used)
        parallel = n_threads > 1 and len(X) > 4 * SLICE
        seen = _slice_rows_parallel(X, n_threads, *rest) if parallel else _slice_rows(X, 0, len(X), *rest)
        if seen:
            break
        number += len(values)
    return seen


@njit(**NUMPY)
def _lay_out(
    feature, threshold, left, right, missing_left, missing, depth, first, n, words, thresholds, slots, leaves
):
    # Node i of a complete tree has the children 2i and 2i + 1. Note the tests of one tree, where they stand,
    # and the nodes that are reached at the bottom. Returns the tests so far, -1 if the tree is too deep.
    waiting = [(0, 1, 0)]
    while len(waiting) > 0:
        node, place, level = waiting.pop()
        if left[node] == -1:
            below = (place << (depth - level)) - (1 << depth)
            leaves[below : below + (1 << (depth - level))] = node
        elif level == depth:
            return -1
        else:
            code = 2 * feature[node] + (0 if missing_left[node] else 1) if missing else feature[node]
            single = _rounded_down(threshold[node])
            words[n] = (np.uint64(code) << np.uint64(32)) | np.uint64(_key(single))
            thresholds[n], slots[n] = single, first + place
            n += 1
            waiting.append((right[node], 2 * place + 1, level + 1))
            waiting.append((left[node], 2 * place, level + 1))
    return n


@njit(**NUMPY)
def _bucket(x, low, scale, n_buckets):
    # Rises with x, whatever is rounded, so a number's rank is found among those of its own bucket.
    return np.uint64(min(max((np.float64(x) - low) * scale, 0.0), n_buckets - 1.0))


@njit(**NUMPY)
def _index_tests(words, thresholds, n_codes):
    # For each feature: its distinct thresholds, ascending, the first test of each, and buckets that say where
    # among them to search. Four buckets a threshold: two or three steps in place of eleven.
    n = words.shape[0]
    first, steps = np.zeros(n_codes + 1, dtype=np.int64), np.zeros(n_codes, dtype=np.int64)
    low, scale = np.zeros(n_codes), np.zeros(n_codes)
    distinct = np.full(3 * n + 1, np.inf, dtype=np.float32)
    test = np.zeros(3 * n + 1, dtype=np.uint32)
    buckets = np.zeros(4 * n, dtype=np.uint32)
    start = filled = 0
    for code in range(n_codes):
        stop = start
        first[code], used = start, filled
        while stop < n and words[stop] >> np.uint64(32) == code:
            if stop == start or thresholds[stop] > thresholds[stop - 1]:
                distinct[used] = thresholds[stop]
                test[used] = stop - start
                used += 1
            stop += 1
        if stop > start:
            lowest = max(distinct[filled], -np.finfo(np.float32).max)
            span = np.float64(distinct[used - 1]) - lowest
            n_buckets = 4 * (stop - start)
            low[code], scale[code] = lowest, (n_buckets - 1) / span if span > 0 else 1.0
            most = bucket = 0
            into = buckets[4 * start : 4 * stop]
            for i in range(filled, used):
                own = _bucket(distinct[i], low[code], scale[code], n_buckets)
                while bucket <= own:
                    into[bucket] = i
                    bucket += 1
                most = max(most, i + 1 - into[own])
            into[bucket:] = used
            while most >> steps[code] > 0:
                steps[code] += 1
            # Infinities behind, which no search goes past.
            filled = used + (1 << steps[code])
            test[used:filled] = stop - start
        start = stop
    first[n_codes] = n
    return first, distinct, test, buckets, steps, low, scale


VECTOR = vector(WORDS, INT64)


@intrinsic
def _spread(typing, flips, slots, first, count, bitmaps):  # noqa: ARG001 - numba's convention
    # The bitmap of a test says which rows exceed its threshold: those of the test before, but for the rows
    # that are flipped here. One exclusive or a test, for all rows of a slice. Leaves flips cleared.
    def generate(context, builder, signature, values):
        flipped, places, maps = (data_of(context, builder, signature, values, k) for k in (0, 1, 4))
        index = values[2].type
        exceed = cgutils.alloca_once(builder, VECTOR)
        builder.store(filled(-1, WORDS, INT64), exceed)
        with cgutils.for_range(builder, values[3], intp=index) as loop:
            here = builder.mul(loop.index, index(WORDS))
            now = builder.xor(builder.load(exceed), load(builder, flipped, here, WORDS, INT64))
            builder.store(now, exceed)
            store(builder, filled(0, WORDS, INT64), flipped, here)
            slot = builder.load(builder.gep(places, [builder.add(values[2], loop.index)]))
            store(builder, now, maps, builder.mul(slot, index(WORDS)))
        store(builder, filled(0, WORDS, INT64), flipped, builder.mul(values[3], index(WORDS)))
        return context.get_dummy_value()

    return types.void(flips, slots, types.int64, types.int64, bitmaps), generate


def _emit_network(builder, depth, bitmap_of, out, start):
    """Turn the bitmaps of a tree's tests into bytes, each row's leaf."""
    index = start.type

    def below(slot, level):
        # The bits of the leaf's number that are decided from this node on, the last one first. A bit
        # is the right child's where the test exceeds, else the left one's.
        left, right = [], []
        if level < depth - 1:
            left, right = below(2 * slot, level + 1), below(2 * slot + 1, level + 1)
        exceeds = bitmap_of(slot)
        chosen = [builder.xor(a, builder.and_(exceeds, builder.xor(a, b))) for a, b in zip(left, right)]
        return [*chosen, exceeds]

    planes = below(1, 0) + [filled(0, WORDS, INT64)] * (8 - depth)
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
    """Make the function that gives the leaves of a slice in one tree, from the bitmaps of its tests."""

    @intrinsic
    def leaf_numbers(typing, bitmaps, first, numbers, start):  # noqa: ARG001 - numba's convention
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
def _rank_column(X, start, count, code, missing, tests, column, ranks):
    # How many distinct thresholds of a feature each row exceeds. Loops over rows, step by step: no jump.
    _, first, distinct, _, buckets, steps, low, scale = tests
    feature, absent = code, np.float32(0)
    if missing:
        feature, absent = code >> 1, np.float32(np.inf if code & 1 else -np.inf)
    into = buckets[4 * first[code] : 4 * first[code + 1]]
    lowest, by, n_buckets = low[code], scale[code], np.float64(into.shape[0])
    for i in range(count):
        x = X[start + i, feature]
        column[i] = absent if np.isnan(x) else x
    for i in range(count):
        ranks[i] = into[_bucket(column[i], lowest, by, n_buckets)]
    for step in range(steps[code] - 1, -1, -1):
        half = np.uint32(1 << step)
        for i in range(count):
            further = ranks[i] + half
            ranks[i] = further if distinct[further - np.uint32(1)] < column[i] else ranks[i]


@njit(**NUMPY)
def _flip(ranks, count, test, flips):
    # Row i of a slice has that bit of its words which the network's last swaps bring to byte i.
    for i in range(count):
        word = np.uint64(test[ranks[i]]) * np.uint64(WORDS) + np.uint64((i >> 3) % WORDS)
        flips[word] ^= np.uint64(1) << np.uint64(8 * (i & 7) + i // (8 * WORDS))


@njit(**NUMPY)
def _add_leaves(numbers, values, first, n_leaves, totals):
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
    # The same for four trees, in their order: a sum is fetched and put back once. 1.7 times as fast.
    byte, n_classes, quarter = np.uint64(255), totals.shape[0], SLICE // 8
    for j in range(n_classes):
        at, apart = first + j * n_leaves, n_classes * n_leaves
        one, two = values[at : at + n_leaves], values[at + apart : at + apart + n_leaves]
        at += 2 * apart
        three, four = values[at : at + n_leaves], values[at + apart : at + apart + n_leaves]
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
def _stop_slice(totals, asked, n_trees, asked_at):
    # Note the rows that are decided now. Two classes have a loop without jumps.
    two_classes, left = totals.shape[0] == 2, n_trees - asked
    for i in range(SLICE):
        ahead = abs(totals[0, i] - totals[1, i]) > left if two_classes else _leads(totals[:, i], left)
        asked_at[i] = asked if (ahead or left == 0) and asked_at[i] == 0 else asked_at[i]


@njit(**NUMPY)
def _fill_bitmaps(X, start, count, missing, tests, flips, column, ranks, bitmaps):
    slots, first, _, test, _, _, _, _ = tests
    for code in range(first.shape[0] - 1):
        n_tests = first[code + 1] - first[code]
        if n_tests > 0:
            _rank_column(X, start, count, code, missing, tests, column, ranks)
            _flip(ranks, count, test, flips)
            _spread(flips, slots, first[code], n_tests, bitmaps)


@njit(**NUMPY)
def _sum_trees(bitmaps, depth, values, n_batch, number, n_trees, numbers, totals, asked_at):
    # Ask the trees of a batch, of which `number` were asked before. Until half of them are, nobody leads by
    # more than the trees left, unless there is but one class.
    n_classes, n_leaves, bytes_ = totals.shape[0], 1 << depth, SLICE // 8
    for tree in range(0, n_batch, 4):
        together, here = min(4, n_batch - tree), tree * n_classes * n_leaves
        for k in range(together):
            if depth == 6:
                _leaf_numbers_6(bitmaps, (tree + k) * n_leaves, numbers, k * bytes_)
            else:
                _leaf_numbers_8(bitmaps, (tree + k) * n_leaves, numbers, k * bytes_)
        open_to_all = n_trees < 0 or (2 * (number + tree + 4) <= n_trees and n_classes > 1)
        if together == 4 and open_to_all:
            _add_four(numbers, values, here, n_leaves, totals)
            continue
        for k in range(together):
            mine = numbers[k * bytes_ : (k + 1) * bytes_]
            _add_leaves(mine, values, here + k * n_classes * n_leaves, n_leaves, totals)
            if n_trees >= 0:
                _stop_slice(totals, number + tree + k + 1, n_trees, asked_at)


@njit(**NUMPY)
def _slice_rows(X, begin, end, missing, depth, tests, values, n_batch, number, n_trees, sums, used):
    # A batch of trees for the rows from `begin` to `end`, a slice at a time.
    # Plain loops, since numpy's assignments of slices took most of the time to compile.
    first, n_classes, most = tests[1], sums.shape[1], 0
    for code in range(first.shape[0] - 1):
        most = max(most, first[code + 1] - first[code])
    flips = np.zeros((most + 1) * WORDS, dtype=np.uint64)
    bitmaps = np.zeros((n_batch << depth) * WORDS, dtype=np.uint64)
    column, ranks = np.empty(SLICE, dtype=np.float32), np.empty(SLICE, dtype=np.uint32)
    numbers, totals = np.empty(4 * SLICE // 8, dtype=np.uint64), np.zeros((n_classes, SLICE))
    asked_at = np.zeros(SLICE, dtype=np.int64)
    flat, d = X.reshape(X.size), X.shape[1]
    for start in range(begin, end, SLICE):
        count = min(SLICE, end - start)
        seen = _odd(flat[start * d : (start + count) * d])
        if seen & INFINITE or (seen & MISSING and not missing):
            return seen
        _fill_bitmaps(X, start, count, missing, tests, flips, column, ranks, bitmaps)
        for i in range(count):
            asked_at[i] = used[start + i]
            for j in range(n_classes):
                totals[j, i] = sums[start + i, j]
        _sum_trees(bitmaps, depth, values, n_batch, number, n_trees, numbers, totals, asked_at)
        for i in range(count):
            used[start + i] = asked_at[i]
            for j in range(n_classes):
                sums[start + i, j] = totals[j, i]
    return 0


@njit(parallel=True, **NUMPY)
def _slice_rows_parallel(X, n_threads, missing, depth, tests, values, n_batch, number, n_trees, sums, used):
    n_slices = (X.shape[0] + SLICE - 1) // SLICE
    seen = np.zeros(n_threads, dtype=np.int64)
    for thread in prange(n_threads):
        begin, end = n_slices * thread // n_threads * SLICE, n_slices * (thread + 1) // n_threads * SLICE
        end = min(end, X.shape[0])
        seen[thread] = _slice_rows(
            X, begin, end, missing, depth, tests, values, n_batch, number, n_trees, sums, used
        )
    total = 0
    for one in seen:
        total |= one
    return total


# Shallow trees on few rows: eight trees side by side


def _align_trees(layouts):
    """Give for each batch its tests, what `_eight_trees` reads of them, values; None for deeper trees."""
    if layouts is None or layouts[0][0] > SLICED_DEPTHS[0]:
        return None
    return [(tests, *_align_tests(tests, len(values)), values.reshape(-1)) for _, tests, values in layouts]


def _add_tiles(batches, X, missing, scores):
    """Add up the trees' values, in place. Returns what was seen."""
    for batch in batches:
        seen = _score_tiles(X, missing, *batch, scores)
        if seen:
            break
    return seen


@njit(**NUMPY)
def _align_tests(tests, n_trees):
    # For eight trees together, node by node: how many distinct thresholds of its feature lie below a test's,
    # and where the feature's column is in a tile. Where there is no test, no row exceeds it.
    slots, first, _, test, buckets, _, _, _ = tests
    depth = SLICED_DEPTHS[0]
    room = (n_trees + 7) // 8 << depth + 3
    limits, starts = np.full(room, 0x7FFF, dtype=np.int16), np.zeros(room, dtype=np.int32)
    for code in range(first.shape[0] - 1):
        if first[code + 1] > first[code]:
            base = rank = np.int64(buckets[4 * first[code]])
        for place in range(first[code], first[code + 1]):
            while test[rank + 1] <= place - first[code]:
                rank += 1
            tree, node = slots[place] >> depth, slots[place] & (1 << depth) - 1
            here = ((tree >> 3 << depth) + node) * 8 + (tree & 7)
            limits[here], starts[here] = rank - base, code * TILE
    return limits, starts


@intrinsic
def _eight_trees(typing, columns, limits, starts, first, numbers):  # noqa: ARG001 - numba's convention
    # Byte r of a bitmap belongs to row r of the tile, and has a bit for each of eight trees: the network does
    # not mind whose bits lie side by side. All tests are compared anew for each tile, 32 rows at once, so
    # nothing is kept but the bitmaps of eight trees, on the stack.
    def generate(context, builder, signature, values):
        ranks, below, places, out = (data_of(context, builder, signature, values, k) for k in (0, 1, 2, 4))
        index, depth = values[3].type, SLICED_DEPTHS[0]
        halves, flags = (ir.VectorType(ir.IntType(bits), TILE) for bits in (16, 8))
        maps = cgutils.alloca_once(builder, VECTOR, size=1 << depth)
        with cgutils.for_range_slice(builder, index(1), index(1 << depth), index(1), index) as (slot, _):
            exceed = ir.Constant(flags, None)
            for tree in range(8):
                here = builder.add(builder.add(values[3], builder.mul(slot, index(8))), index(tree))
                column = builder.gep(ranks, [builder.zext(builder.load(builder.gep(places, [here])), index)])
                rows = builder.load(builder.bitcast(column, halves.as_pointer()))
                rows.align = 2
                limit = spread(builder, builder.load(builder.gep(below, [here])), TILE)
                more = builder.add(exceed, ir.Constant(flags, [1 << tree] * TILE))
                exceed = builder.select(builder.icmp_signed(">", rows, limit), more, exceed)
            builder.store(builder.bitcast(exceed, VECTOR), builder.gep(maps, [slot]))

        def bitmap_of(node):
            return builder.load(builder.gep(maps, [index(node)]))

        _emit_network(builder, depth, bitmap_of, out, index(0))
        return context.get_dummy_value()

    return types.void(columns, limits, starts, types.int64, numbers), generate


@njit(**NUMPY)
def _score_tiles(X, missing, tests, limits, starts, values, scores):
    # For a few dozen rows: little memory but one tile, feature by feature.
    n = X.shape[0]
    seen = _odd(X.reshape(X.size))
    if seen & INFINITE or (seen & MISSING and not missing):
        return seen
    first, buckets, n_leaves = tests[1], tests[4], 1 << SLICED_DEPTHS[0]
    n_trees = values.shape[0] // n_leaves
    columns = np.empty((first.shape[0] - 1) * TILE + 31, dtype=np.int16)
    columns = columns[-(columns.ctypes.data >> 1) & 31 :]  # from the start of a line: or each load reads two
    numbers, ranks = np.empty(TILE, dtype=np.float32), np.empty(TILE, dtype=np.uint32)
    words = np.empty(TILE, dtype=np.uint64)
    leaves = words.view(np.uint8)
    for start in range(0, n, TILE):
        count = min(TILE, n - start)
        for code in range(first.shape[0] - 1):
            if first[code + 1] > first[code]:
                _rank_column(X, start, count, code, missing, tests, numbers, ranks)
                base = buckets[4 * first[code]]
                for i in range(count):
                    columns[code * TILE + i] = ranks[i] - base
        for tree in range(0, n_trees, 8):
            _eight_trees(columns, limits, starts, tree * n_leaves, words)
            here, together = np.uint64(tree * n_leaves), min(8, n_trees - tree)
            for i in range(count):
                total = scores[start + i]
                if together == 8:
                    for k in range(8):
                        total += values[here + np.uint64(k * n_leaves) + leaves[np.uint64(k * TILE + i)]]
                else:
                    for k in range(together):
                        total += values[here + np.uint64(k * n_leaves) + leaves[np.uint64(k * TILE + i)]]
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
    tree = grow(X, y, 1, 2, min_samples_leaf, 0.0, criterion)
    if len(tree.left) == 1:
        return -1, 0.0, 0.0
    share = tree.weight[1:] / tree.weight[0]
    decrease = tree.impurity[0] - (share * tree.impurity[1:]).sum()
    return int(tree.feature[0]), float(tree.threshold[0]), float(decrease)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Sort each column once, then only part it: a tree. O(d n log n + d n depth) time, O(dn) memory.

    Children are numbered in pairs, branches depth first. Of equally good splits the first feature's, and
    there the lowest threshold, is taken.
    """
    X, y = np.asarray(X), np.asarray(y)
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected rows and as many y, got {len(X)} and {len(y)}")
    if len(X) > MOST_ROWS:
        raise ValueError(f"expected at most {MOST_ROWS} rows, got {len(X)}")
    if not (np.isfinite(X.min(initial=0)) and np.isfinite(X.max(initial=0))):  # no array of truth values
        raise ValueError("NaN or infinity in X")
    if criterion not in CRITERIA:
        raise ValueError(f"expected one of {CRITERIA}, got {criterion!r}")
    deepest = len(X) if max_depth is None else max_depth
    if deepest < 1 or min_samples_split < 2 or min_samples_leaf < 1 or not min_impurity_decrease >= 0:
        raise ValueError("a limit is too small: expected at least 1, 2, 1 and 0")
    limits = (int(deepest), int(min_samples_split), int(min_samples_leaf), float(min_impurity_decrease))
    return _grown(X, *_targets(y, criterion), criterion, limits)


def _targets(y, criterion):
    """Give classes' numbers or centred numbers (n,), the classes or None, and what was subtracted."""
    if y.dtype.kind in "fiub" and not np.isfinite(y).all():
        raise ValueError("NaN or infinity in y")
    if criterion == "squared_error":
        offset = y.mean()
        return y - offset, 0, offset
    classes, labels = np.unique(y, return_inverse=True)
    return labels.reshape(-1), len(classes), 0.0


def _grown(X, y, n_classes, offset, criterion, limits):
    n, d = X.shape
    words = np.empty((d, n), dtype=np.uint32)
    for feature in range(d):
        column = np.ascontiguousarray(X[:, feature], dtype=np.float64)
        _rank(column, np.argsort(column), words[feature])
    # Two classes by gini are numbers 0 and 1 by variance, which is half of their gini impurity.
    numeric = n_classes == 0 or (n_classes == 2 and criterion == "gini")
    numbers = y.astype(np.float64) if numeric else np.zeros(1)
    labels = np.zeros(1, dtype=np.int64) if numeric else y.astype(np.int64)
    counted = np.arange(n + 1.0 if criterion == "entropy" else 1.0)
    logs = counted * np.log2(np.maximum(counted, 1))
    columns = max(n_classes, 1)
    scratch = (np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.uint32))
    scratch += (np.zeros((2, columns), dtype=np.int64),)
    two_classes = n_classes == 2
    fields = _grow(words, numbers, labels, columns, numeric, two_classes, logs, limits, scratch)
    del words  # nine tenths of all memory
    feature, low, high, left, right, value, weight, mixed = (field.copy() for field in fields)
    inner = left != -1
    lows, highs = X[low, feature].astype(np.float64), X[high, feature].astype(np.float64)
    with np.errstate(over="ignore"):
        sums = lows + highs
    middles = np.where(np.isfinite(sums), sums / 2, lows / 2 + highs / 2)
    # Where no number lies between the two, the lower one parts them, too.
    threshold = np.where(inner, np.where(middles < highs, middles, lows), -2.0)
    feature = np.where(inner, feature, -2)
    return Tree(
        feature, threshold, left, right, np.zeros(len(left), dtype=bool), value + offset, weight, mixed
    )


@njit(**NUMPY)
def _rank(column, order, words):
    # A word for each row, in the order of the column: the number of the row, and a bit that says whether its
    # value exceeds the one before, so that nothing later has to look at the column again. Ranks in place of
    # bits would take twice the memory.
    for i in range(order.shape[0]):
        exceeds = i > 0 and column[order[i]] > column[order[i - 1]]
        words[i] = 2 * order[i] + exceeds


ONE = np.uint64(1)
ROOM = 256
"""Nodes for which there is room at first."""
MOST_ROWS = 1 << 31
"""Their numbers have 31 bits of a word."""


@njit(**NUMPY)
def _summed(words, first, last, numbers, labels, numeric, two_classes, logs, value):
    # Statistics of one node: fills its row of value, returns its impurity and whether all y are equal.
    n = last - first
    value[:] = 0
    if numeric:
        total, low, high = 0.0, np.inf, -np.inf
        for i in range(first, last):
            y = numbers[words[i] >> ONE]
            total += y
            low, high = min(low, y), max(high, y)
        mean = total / n
        if two_classes:
            value[0], value[1] = (n - total) / n, mean
            return 1 - value[0] ** 2 - value[1] ** 2, low == high
        squares = 0.0
        for i in range(first, last):
            squares += (numbers[words[i] >> ONE] - mean) ** 2
        value[0] = mean
        return squares / n, low == high
    for i in range(first, last):
        value[labels[words[i] >> ONE]] += 1
    mixed = 0.0 if logs.shape[0] > 1 else 1.0
    pure = False
    for j in range(value.shape[0]):
        pure |= value[j] == n
        value[j] /= n
        if logs.shape[0] == 1:
            mixed -= value[j] ** 2
        elif value[j] > 0:
            mixed -= value[j] * np.log2(value[j])
    return mixed, pure


@njit(**NUMPY)
def _sweep_numbers(words, first, last, numbers, mean, least, best, best_of):
    # The best split of one column. With D the sum of y - mean on the left, a split lowers the variance by
    # D² / (n_left n_right). Fractions are held against each other by products: no division for each row.
    n = last - first
    place = -1
    total = 0.0
    for i in range(first, first + least - 1):
        total += numbers[words[i] >> ONE]
    for i in range(first + least - 1, last - least):
        total += numbers[words[i] >> ONE]
        if not words[i + 1] & ONE:
            continue
        n_left = np.float64(i + 1 - first)
        apart = total - n_left * mean
        gain, of = apart * apart, n_left * (n - n_left)
        if gain * best_of > best * of:
            best, best_of, place = gain, of, i
    return best, best_of, place


@njit(**NUMPY)
def _sweep_classes(words, first, last, labels, least, logs, counts, best, best_of):
    # The same for classes. Moving one row changes one count, so sums of squares, or of c log2 c, follow in
    # O(1), whatever the number of classes. counts (2, K): below and above; the latter is given.
    n = last - first
    place = -1
    squares = logs.shape[0] == 1
    left = right = 0.0
    counts[0] = 0
    for count in counts[1]:
        right += count * count if squares else logs[count]
    for i in range(first, last - least):
        label = labels[words[i] >> ONE]
        below, above = counts[0, label], counts[1, label]
        if squares:
            left += 2 * below + 1
            right -= 2 * above - 1
        else:
            left += logs[below + 1] - logs[below]
            right += logs[above - 1] - logs[above]
        counts[0, label], counts[1, label] = below + 1, above - 1
        n_left = i + 1 - first
        if n_left < least or not words[i + 1] & ONE:
            continue
        if squares:
            a, b = np.float64(n_left), np.float64(n - n_left)
            gain, of = left * b + right * a, a * b
        else:
            gain, of = left - logs[n_left] + right - logs[n - n_left], 1.0
        if gain * best_of > best * of:
            best, best_of, place = gain, of, i
    return best, best_of, place


@njit(**NUMPY)
def _part(words, first, last, goes_left, spare):
    # Part a column's rows in place, both sides in their order. Each word is written to both sides, and only
    # one of the ends moves on: no jump to guess wrong. A value exceeds the one before it on its side if any
    # since then exceeds its own.
    left, right = np.uint64(first), np.uint64(0)
    exceeds_left = exceeds_right = np.uint64(0)
    for i in range(first, last):
        word = np.uint64(words[i])
        side = np.uint64(goes_left[word >> ONE])
        words[left] = word | exceeds_left
        spare[right] = word | exceeds_right
        exceeds_left = (exceeds_left | word) & (side ^ ONE)
        exceeds_right = (exceeds_right | word) & side
        left += side
        right += side ^ ONE
    for i in range(right):
        words[left + i] = spare[i]


@njit(**NUMPY)
def _grow(  # noqa: C901, PLR0912, PLR0915 - one loop over nodes, with all their state in reach
    words, numbers, labels, n_classes, numeric, two_classes, logs, limits, scratch
):
    deepest, min_split, least, min_decrease = limits
    d, n = words.shape
    goes_left, spare, counts = scratch
    # Room for a few nodes, doubled when it is used up. A tree of n leaves would need as much as the columns.
    room = min(ROOM, 2 * n)
    feature, low, high = np.zeros(room, np.int64), np.zeros(room, np.int64), np.zeros(room, np.int64)
    left, right = np.full(room, -1), np.full(room, -1)
    value, weight, mixed = np.zeros((room, n_classes)), np.zeros(room), np.zeros(room)
    waiting = np.zeros((room, 4), np.int64)  # nodes that may be split: number, first, last, depth
    mixed[0], pure = _summed(words[0], 0, n, numbers, labels, numeric, two_classes, logs, value[0])
    weight[0] = n
    n_nodes, n_waiting = 1, 0
    needed = max(min_split, 2 * least)
    if not pure and n >= needed:
        waiting[0, 0], waiting[0, 1], waiting[0, 2], waiting[0, 3] = 0, 0, n, 0
        n_waiting = 1
    while n_waiting > 0:
        n_waiting -= 1
        node, first, last, depth = waiting[n_waiting]
        best, best_of, chosen, place = -np.inf, 1.0, -1, -1
        for j in range(d):
            if numeric:
                mean = value[node, 1 if two_classes else 0]
                best, best_of, at = _sweep_numbers(words[j], first, last, numbers, mean, least, best, best_of)
            else:
                for c in range(n_classes):
                    counts[1, c] = np.int64(np.round(value[node, c] * (last - first)))
                best, best_of, at = _sweep_classes(
                    words[j], first, last, labels, least, logs, counts, best, best_of
                )
            if at != -1:
                chosen, place = j, at
        if chosen == -1:
            continue
        middle = place + 1
        column = words[chosen]
        a, b = n_nodes, n_nodes + 1
        if b >= weight.shape[0]:
            feature, low, high = _doubled_room(feature, 0), _doubled_room(low, 0), _doubled_room(high, 0)
            left, right = _doubled_room(left, -1), _doubled_room(right, -1)
            value, weight, mixed = _doubled_room(value, 0), _doubled_room(weight, 0), _doubled_room(mixed, 0)
        mixed[a], pure_a = _summed(
            column, first, middle, numbers, labels, numeric, two_classes, logs, value[a]
        )
        mixed[b], pure_b = _summed(
            column, middle, last, numbers, labels, numeric, two_classes, logs, value[b]
        )
        weight[a], weight[b] = middle - first, last - middle
        decrease = mixed[node] * (last - first) - mixed[a] * weight[a] - mixed[b] * weight[b]
        if decrease / n < min_decrease - 1e-12 * mixed[0]:  # do not stop because of rounding
            continue
        n_nodes += 2
        feature[node], left[node], right[node] = chosen, a, b
        low[node], high[node] = column[place] >> ONE, column[middle] >> ONE
        open_a = not pure_a and middle - first >= needed and depth + 1 < deepest
        open_b = not pure_b and last - middle >= needed and depth + 1 < deepest
        if open_a or open_b:  # else no column is ever looked at again
            for i in range(first, last):
                goes_left[column[i] >> ONE] = i < middle
            for j in range(d):
                if j != chosen:
                    _part(words[j], first, last, goes_left, spare)
        if n_waiting + 2 > waiting.shape[0]:
            waiting = _doubled_room(waiting, 0)
        if open_b:
            waiting[n_waiting, 0], waiting[n_waiting, 1] = b, middle
            waiting[n_waiting, 2], waiting[n_waiting, 3] = last, depth + 1
            n_waiting += 1
        if open_a:
            waiting[n_waiting, 0], waiting[n_waiting, 1] = a, first
            waiting[n_waiting, 2], waiting[n_waiting, 3] = middle, depth + 1
            n_waiting += 1
    return (
        feature[:n_nodes], low[:n_nodes], high[:n_nodes], left[:n_nodes], right[:n_nodes], value[:n_nodes],
        weight[:n_nodes], mixed[:n_nodes],
    )  # fmt: skip


@njit(**NUMPY)
def _doubled_room(field, fill):
    longer = np.full((2 * field.shape[0], *field.shape[1:]), fill, field.dtype)
    old, new = field.reshape(field.size), longer.reshape(longer.size)
    for i in range(old.shape[0]):  # a slice assigned takes longer to compile
        new[i] = old[i]
    return longer


# Pruning


def ccp_path(tree):
    """Note all cuts of the weakest link, down to the root: alphas, impurities (cuts + 1,) each.

    O(N log N), and O(depth) for each link that is pooled, or that rounding alone may part from one above.
    """
    alphas, impurities, _ = _links(tree)[1]
    return alphas, impurities


def prune_ccp(tree, alpha):
    """Cut while the weakest link costs at most alpha; 0 cuts nothing. Time as `ccp_path`."""
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    if alpha == 0:
        return tree
    nodes, path = _links(tree)
    cut = np.zeros(len(tree.left), dtype=np.bool_)
    cut[nodes[path[0, 1:] <= alpha]] = True
    return _cut_back(tree, cut)


def score_every_alpha(tree, X_val, y_val):
    """Score `prune_ccp(tree, alpha)` on validation rows for every alpha at which it changes, in one pass.

    alphas are 0 and all distinct costs of links above 0, rising; scores[i] is the share of rows that the
    tree pruned at alphas[i] labels rightly, and holds up to, but without, alphas[i + 1]. (Free links are
    cut by any alpha above 0; their entry is the first one above.) y_val holds column numbers, as in
    `prune_reduced_error`; ValueError as there, or where there is no row. O(n depth + N K), and `ccp_path`.

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
    costs, _, scores = _links(tree, hits)[1]
    last = np.append(np.flatnonzero(costs[1:] > costs[:-1]), len(costs) - 1)  # of each cost
    last = last[costs[last] > 0]
    return np.append(0.0, costs[last]), np.append(scores[0], scores[last]) / len(y_val)


def prune_reduced_error(tree, X_val, y_val):
    """Cut bottom-up wherever a leaf makes no more errors than the branch below. O(n depth + NK)."""
    _check_validation(tree, X_val, y_val)
    cut = np.zeros(len(tree.left), dtype=np.bool_)
    _cut_worse(*_children(tree), _hits(tree, X_val, y_val), cut)
    return _cut_back(tree, cut)


def prune_f1(tree, X_val, y_val):
    """Raise the price of a predicted positive until no cut gains (Dinkelbach). O(N) a step, few steps.

    F1 >= t if and only if 2 TP - t (TP + FP) >= t P, and the best left side is a sum over leaves.
    """
    _check_validation(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError(f"expected 2 columns of value, got {tree.value.shape[1]}")
    counts = _counts(tree, X_val, y_val, np.ones(len(y_val)))
    counts[_labels(tree) == 0] = 0  # what is predicted negative counts nothing: (N, 2), FP and TP
    cut = np.zeros(len(counts), dtype=np.bool_)
    best, price = cut.copy(), -1.0
    while True:
        gains = 2 * counts[:, 1] - max(price, 0.0) * counts.sum(axis=1)
        cut[:] = False
        _cut_worse(*_children(tree), gains, cut)
        fp, tp = _totals(*_children(tree), counts, cut)
        reached = 2 * tp / (tp + fp + np.count_nonzero(y_val)) if tp > 0 else 0.0
        if reached <= price:
            return _cut_back(tree, best)
        best, price = cut.copy(), reached


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
    return np.ascontiguousarray(tree.left, dtype=np.int64), np.ascontiguousarray(tree.right, dtype=np.int64)


def _counts(tree, X, y, weights):
    totals = np.zeros(tree.value.shape)
    y, weights = np.ascontiguousarray(y, dtype=np.int64), np.ascontiguousarray(weights, dtype=np.float64)
    _count(*_children(tree), apply(tree, X), y, weights, totals)
    return totals


def _hits(tree, X, y):
    """How many rows of each node its label is right for: (N,)."""
    return _counts(tree, X, y, np.ones(len(y)))[np.arange(len(tree.left)), _labels(tree)]


def _links(tree, hits=None):
    """Find the links that get cut, the cheapest first; of equal ones, the lowest number: nodes (n_cuts,).

    Beside them the path (3, n_cuts + 1): prices, risk of the leaves and, if given, their hits, from the whole
    tree on.
    """
    n_nodes = len(tree.left)
    risk = np.asarray(tree.weight * tree.impurity / tree.weight[0], dtype=np.float64)
    hits = risk if hits is None else hits  # whatever their sums, nobody asks for them
    left, right = (np.ascontiguousarray(field, dtype=np.int32) for field in (tree.left, tree.right))
    state, heap = np.empty((n_nodes, 4)), np.empty((n_nodes, 3), dtype=np.int32)
    n_cuts, whole, right_ones = _pool_links(left, right, risk, hits, risk.copy(), state, heap)
    nodes = _in_order(left, state, n_cuts)
    path = np.empty((3, n_cuts + 1))
    path[:, 0] = 0, whole, right_ones
    _add_up(nodes, state, risk, path)
    return nodes, path


def _cut_back(tree, cut):
    """Turn cut nodes into leaves, drop the nodes below them, renumber the others."""
    new = np.empty(len(cut), dtype=np.int64)
    _number(*_children(tree), cut, new)
    stays = np.flatnonzero(new >= 0)
    kept = Tree(*(field[stays] for field in tree))
    leaf = cut[stays] | (kept.left == -1)
    kept.left[:] = np.where(leaf, -1, new[kept.left])
    kept.right[:] = np.where(leaf, -1, new[kept.right])
    kept.feature[leaf], kept.threshold[leaf], kept.missing_left[leaf] = -2, -2.0, False
    return kept


PRICE, BELOW, LINKS, HITS = range(4)
"""What is known of a link: its price, the risk of the leaves below when it is cut, how many links go with it,
itself included (none once it is pooled), and how many hits that adds."""
FIRST, SECOND, PARENT = range(3)
"""A link's children in the heap (the first also leads through opened links), and its node's parent."""
NEAR = 1e-14
"""Prices so near, as a part of the node's risk, may be equal but for rounding."""
DIGIT = 11
"""Bits of a digit: six digits hold a price, and to count one takes 8 kB."""


@njit(**NUMPY)
def _pool_links(left, right, risk, hits, shares, state, heap):
    # A link that costs as much as one above it, or more, is never cut: that one goes first, and takes it
    # along. So, from the leaves up, a node pools with the dearest link below, while that costs no less than
    # both together: isotonic regression on a tree. What is not pooled gets cut. The links below a node form a
    # heap; heaps meld in O(log N) on average. To walk from each cut to the root took 1.7 times as long.
    #
    # Many prices are equal but for rounding; which is less then hangs on how they are computed: here as in
    # scikit-learn, from the sum over all leaves, made anew between a link and the node that may pool with it.
    # (With gains added up, 41 of 300 paths had another length than scikit-learn's; so, 1.) Links that may be
    # as dear as the node are opened before it is asked. A node adds its share to its parent's sum: its risk,
    # or, once it is opened, that of the leaves below.
    n_cuts, whole, right_ones = 0, 0.0, 0.0
    for node in range(left.shape[0] - 1, -1, -1):
        a, b = left[node], right[node]
        if a == -1:
            whole += risk[node]
            right_ones += hits[node]
            continue
        top = np.int32(-1)
        for child in (a, b):
            if left[child] != -1:
                heap[child, PARENT] = node
                top = _meld(top, child, state, heap)
        below, links, more = risk[a] + risk[b], 1.0, hits[node] - hits[a] - hits[b]
        price = lowest = risk[node] - below
        all_below, all_links, opened = below, links, np.int32(-1)
        while top != -1 and state[top, PRICE] >= lowest - NEAR * abs(risk[node]):
            link, top = top, _meld(heap[top, FIRST], heap[top, SECOND], state, heap)
            heap[link, FIRST], opened = opened, link
            all_below = _renew(link, state[link, BELOW], node, left, right, shares, heap)
            all_links += state[link, LINKS]
            lowest = (risk[node] - all_below) / all_links
            price = max(price, lowest)  # comes after a link that goes before it, whatever rounding says
            if lowest <= state[link, PRICE]:
                price, below, links = lowest, all_below, all_links
                while opened != -1:
                    more += state[opened, HITS]
                    state[opened, LINKS] = 0
                    n_cuts -= 1
                    opened = heap[opened, FIRST]
        while opened != -1:  # these go before the node after all
            link, opened = opened, heap[opened, FIRST]
            _renew(link, risk[link], node, left, right, shares, heap)
            heap[link, FIRST] = heap[link, SECOND] = -1
            top = _meld(top, link, state, heap)
        state[node, PRICE], state[node, BELOW] = price, below
        state[node, LINKS], state[node, HITS] = links, more
        heap[node, FIRST], heap[node, SECOND] = top, -1
        n_cuts += 1
    return n_cuts, whole, right_ones


@njit(**NUMPY)
def _renew(node, share, top, left, right, shares, heap):
    # Change what a node adds, and the sums between it and `top`, whose sum is returned.
    while True:
        shares[node] = share
        node = heap[node, PARENT]
        share = shares[left[node]] + shares[right[node]]
        if node == top:
            return share


@njit(**NUMPY)
def _meld(one, other, state, heap):
    # Join two skew heaps, the dearest link on top; -1 is an empty one.
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
    # Nodes whose links are not pooled, by price and number: digit by digit, without a jump that cannot be
    # foreseen, in half of the time of numpy's stable argsort.
    keys, nodes = np.empty((2, n_cuts), dtype=np.uint64), np.empty((2, n_cuts), dtype=np.int32)
    starts = np.zeros((64 // DIGIT + 1, 1 << DIGIT), dtype=np.int32)
    digit, last, n = np.uint64(DIGIT), np.uint64((1 << DIGIT) - 1), 0
    for node in range(left.shape[0]):
        if left[node] != -1 and state[node, LINKS] > 0:
            keys[0, n], nodes[0, n] = _order_key(state[node, PRICE]), node
            for place in range(starts.shape[0]):
                starts[place, (keys[0, n] >> (np.uint64(place) * digit)) & last] += 1
            n += 1
    for place in range(starts.shape[0]):
        start = 0
        for value in range(starts.shape[1]):
            start, starts[place, value] = start + starts[place, value], start
        mine, yours = place % 2, 1 - place % 2
        for i in range(n):
            value = (keys[mine, i] >> (np.uint64(place) * digit)) & last
            at = starts[place, value]
            starts[place, value] += 1
            keys[yours, at], nodes[yours, at] = keys[mine, i], nodes[mine, i]
    return nodes[0]


@njit(**NUMPY)
def _add_up(nodes, state, risk, path):
    for i in range(nodes.shape[0]):
        node = nodes[i]
        price = (risk[node] - state[node, BELOW]) / state[node, LINKS]
        path[0, i + 1] = price if i == 0 else max(price, path[0, i])
        path[1, i + 1] = path[1, i] + (risk[node] - state[node, BELOW])
        path[2, i + 1] = path[2, i] + state[node, HITS]


@njit(**NUMPY)
def _order_key(price):
    # A whole number that orders as the price does.
    word = np.float64(price + 0.0).view(np.int64)  # -0.0 becomes 0.0
    return np.uint64(word ^ ((word >> 63) | np.int64(-0x8000000000000000)))


@njit(**NUMPY)
def _totals(left, right, counts, cut):
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
def _number(left, right, cut, new):
    new[:] = -1
    new[0] = 0
    n_nodes = 0
    for node in range(left.shape[0]):
        if new[node] == -1:
            continue
        new[node] = n_nodes
        n_nodes += 1
        if left[node] != -1 and not cut[node]:
            new[left[node]] = new[right[node]] = 0


# A forest in few bytes


def pack(trees, X):
    """Grow one tree that imitates the forest, and write it in preorder: 5 bytes a test, 1 byte a leaf."""
    X = np.asarray(X)
    n_classes = trees[0].value.shape[1]
    said, _ = forest_predict(trees, X, np.arange(n_classes))
    tree = grow(X, said, None, 2, 1, 0.0, "entropy")
    labels = np.unique(said)[_labels(tree)]
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
    """Unfold the preorder into a tree of columns, then walk it: (n,). O(bytes + n depth)."""
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
    # A leaf keeps its label as its feature. What waits for its branch are tests whose right child is missing.
    waiting = np.empty(blob.shape[0], dtype=np.int64)
    n_waiting, node, place = 0, 0, 1
    while place < blob.shape[0]:
        if blob[place] > 255 - n_classes:
            feature[node] = 255 - blob[place]
            place += 1
            if n_waiting > 0:
                n_waiting -= 1
                right[waiting[n_waiting]] = node + 1
        else:
            feature[node] = blob[place]
            threshold[node] = blob[place + 1 : place + 5].view(np.float32)[0]
            left[node] = node + 1
            waiting[n_waiting] = node
            n_waiting += 1
            place += 5
        node += 1
    return node
