"""Decision trees in numba: the loops of naive.py, compiled.

A public function checks its arguments, converts them to contiguous arrays and calls a private kernel, so each
kernel is compiled for one set of types only. The comments IN, OUT and INOUT after a kernel's signature
describe its arguments, in their order; without a comment all are read only. n rows, d features, K classes,
N nodes.

A cut turns an inner node (a link, in pruning) into a leaf and drops the nodes below it; the price of a link
is the risk that its cut adds, divided by the number of leaves that it saves.

Sources: Breiman et al. (1984), Quinlan (1987), as in reference.py; for F1, Dinkelbach, "On nonlinear
fractional programming", Management Science 13 (1967); for forests in few bytes, Breiman and Shang,
"Born again trees", 1996.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

CRITERIA = ("gini", "entropy", "squared_error")
GINI, ENTROPY, SQUARED_ERROR = range(3)
"""The criteria as kernels take them: by their place in CRITERIA."""
CHUNK = 16
"""Rows that `apply_capped` copies at a time."""


class Tree(NamedTuple):
    """A binary tree: entry i of each array belongs to node i. value is (N, K), the others (N,)."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    impurity: np.ndarray


def apply(tree, X):
    """Walk row by row: leaves (n,). O(n depth) time, O(n) memory for float64 rows in C order."""
    leaves = np.empty(len(X), dtype=np.int64)
    _walk_all(_tests(tree), X, size=len(X), leaves=leaves)
    return leaves


def predict_proba(tree, X):
    """Return the class fractions of each row's leaf: (n, K)."""
    return tree.value[apply(tree, X)]


def predict(tree, X, classes):
    """Return the class of the largest fraction, the first on ties: (n,)."""
    return classes[_labels(tree)[apply(tree, X)]]


def prune_reduced_error(tree, X_val, y_val):
    """Cut bottom-up wherever a leaf makes no more errors than the branch below. O(n depth + NK)."""
    _check_validation(tree, X_val, y_val)
    counts = _counts(tree, X_val, y_val, np.ones(len(y_val)))
    hits = counts[np.arange(len(counts)), _labels(tree)]  # (N,)
    cut = np.zeros(len(counts), dtype=np.bool_)
    _cut_worse(tree.left, tree.right, hits, cut)
    return _cut_back(tree, cut)


def impurity(weights_per_class, criterion):
    """Return the gini impurity, or the entropy in bits, from the weights of the classes."""
    if criterion not in CRITERIA[:2]:
        raise ValueError(f"expected gini or entropy, got {criterion!r}")
    if (weights_per_class < 0).any():
        raise ValueError("a weight is negative")
    return _impurity_of_sums(_floats(weights_per_class), CRITERIA.index(criterion))


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    """Move row after row to the left, column by column: feature, threshold, decrease. O(dn(log n + K))."""
    _check_rows(X, y, criterion, min_samples_leaf)
    return _sweep(_floats(X), _moments(y, criterion), CRITERIA.index(criterion), min_samples_leaf)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Split the rows of waiting nodes until none waits: a tree. O(N) calls of the kernel of best_split."""
    _check_rows(X, y, criterion, min_samples_leaf)
    deepest = len(X) if max_depth is None else max_depth
    if deepest < 1 or min_samples_split < 2 or min_impurity_decrease < 0:
        raise ValueError("expected max_depth >= 1, min_samples_split >= 2, min_impurity_decrease >= 0")
    X, table, code = _floats(X), _moments(y, criterion), CRITERIA.index(criterion)
    offset = y.mean() if criterion == "squared_error" else 0.0
    value_columns = slice(1, 2) if criterion == "squared_error" else slice(None)
    # Waiting nodes: rows, depth, parent, and the parent's field for this child, 2 (left) or 3 (right).
    nodes, waiting = [], [(np.arange(len(X)), 0, -1, 0)]
    while waiting:
        rows, depth, parent, child_field = waiting.pop()
        node = len(nodes)
        if parent != -1:
            nodes[parent][child_field] = node
        sums = table[rows].sum(axis=0)
        value = sums[value_columns] / len(rows) + offset
        nodes.append([-2, -2.0, -1, -1, False, value, float(len(rows)), _impurity_of_sums(sums, code)])
        if depth == deepest or len(rows) < min_samples_split:
            continue
        feature, threshold, decrease = _sweep(X[rows], table[rows], code, min_samples_leaf)
        *_, impurity_of_root = nodes[0]
        least = min_impurity_decrease - 1e-12 * impurity_of_root  # rounding may bring it just below the limit
        if feature == -1 or decrease * len(rows) / len(X) < least:
            continue
        nodes[node][:2] = feature, threshold
        goes_left = X[rows, feature] <= threshold
        waiting += [(rows[~goes_left], depth + 1, node, 3), (rows[goes_left], depth + 1, node, 2)]
    return Tree(*(np.array(column) for column in zip(*nodes)))


def ccp_path(tree):
    """Cut the weakest link until the root is a leaf: alphas, impurities (cuts + 1,) each. O(N²)."""
    alphas, impurities, _ = _links(tree, alpha=np.inf)
    return alphas, impurities


def prune_ccp(tree, alpha):
    """Cut while the weakest link costs at most alpha; 0 cuts nothing. O(N²)."""
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    if alpha == 0:
        return tree
    _, _, cut = _links(tree, alpha)
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
        _cut_worse(tree.left, tree.right, gains, cut)
        tp, fp = _totals(tree.left, tree.right, counts, cut)
        reached = 2 * tp / (tp + fp + y_val.sum()) if tp > 0 else 0.0
        if reached <= price:
            return _cut_back(tree, best)
        best, price = cut.copy(), reached


def apply_capped(tree, X, max_bytes):  # noqa: ARG001 - it always needs less
    """Walk row by row, a few rows copied at a time: (n,). O(n depth) time, O(n) memory."""
    leaves = np.empty(len(X), dtype=np.int64)
    _walk_all(_tests(tree), X, size=CHUNK, leaves=leaves)
    return leaves


def node_stats(tree, X, y, sample_weight):
    """Sum up classes in the leaves, then upwards: weight, value, impurity. O(n depth + NK)."""
    totals = _counts(tree, X, y, _floats(sample_weight))
    weight = totals.sum(axis=1)
    value = totals / np.where(weight > 0, weight, 1)[:, None]
    return weight, value, np.array([_impurity_of_sums(sums, GINI) for sums in totals])


def feature_importances(tree, n_features):
    """Sum up the decreases of each feature's nodes, as shares: (d,). O(N + d)."""
    sums = np.zeros(n_features)
    _decreases(tree.feature, tree.left, tree.right, tree.weight * tree.impurity, sums)
    return sums / sums.sum() if sums.sum() > 0 else sums * 0


def forest_predict(trees, X, classes):
    """Add up fractions until the trees left cannot change a row's label: labels, trees_used (n,) each.

    A tree moves a lead by at most the largest difference of two fractions in one of its leaves.
    """
    if len(trees) == 0:
        raise ValueError("a forest needs a tree")
    swings = np.array([np.ptp(tree.value[tree.left == -1], axis=1).max() for tree in trees])
    max_later_swing = np.append(np.cumsum(swings[::-1])[::-1][1:], 0.0)  # (trees,), by all trees after each
    sums = np.zeros((len(X), len(classes)))
    used = np.zeros(len(X), dtype=np.int64)
    rows = np.arange(len(X))
    for number, tree in enumerate(trees):
        sums[rows] += predict_proba(tree, X[rows])
        used[rows] = number + 1
        undecided = np.empty(len(rows), dtype=np.bool_)
        _undecided(sums[rows], max_later_swing[number], undecided)
        rows = rows[undecided]
    return classes[sums.argmax(axis=1)], used


def compile_ensemble(trees):
    """Sort the tests of all trees by feature and threshold, in flat arrays. O(N log N).

    Return feature, threshold, tree, missing_left and mask of the tests, and the values (trees, 64) of the
    leaves. A mask has zeros for the leaves of the test's left branch; the leaves of a tree are bits, from
    left to right.
    """
    if len(trees) == 0 or max((tree.left == -1).sum() for tree in trees) > 64:
        raise ValueError("expected trees of at most 64 leaves")
    tests, values = [], np.zeros((len(trees), 64))
    for number, tree in enumerate(trees):
        _spans(tree, node=0, number=number, first_leaf=0, tests=tests, values=values)
    tests.sort()
    columns = [np.array(column) for column in zip(*tests)] or [np.zeros(0)] * 5
    types = (np.int64, np.float64, np.int64, np.bool_, np.uint64)
    return [column.astype(kind) for column, kind in zip(columns, types)], values


def score_ensemble(state, X):
    """Compare each feature with its sorted thresholds up to the first test that holds: (n,).

    Later tests of the feature hold, too, and are only stepped over. O(d + N) a row, with N of all trees.
    """
    scores = np.empty(len(X))
    columns, values = state
    if not _score(*columns, values, _floats(X), scores):
        raise ValueError("infinity, or a value too large for float32")
    return scores


def _spans(tree, node, number, first_leaf, tests, values):
    """Number the leaves of a branch from `first_leaf` on and add its tests; return the next number."""
    left = tree.left[node]
    if left == -1:
        values[number, first_leaf] = tree.value[node, 0]
        return first_leaf + 1
    middle = _spans(tree, left, number, first_leaf, tests, values)
    mask = (2**64 - 1) ^ ((1 << middle) - (1 << first_leaf))
    tests.append((tree.feature[node], tree.threshold[node], number, tree.missing_left[node], mask))
    return _spans(tree, tree.right[node], number, middle, tests, values)


def pack(trees, X):
    """Grow one tree that imitates the forest, and write it in preorder: 5 bytes a test, 1 byte a leaf.

    The first byte is the number of classes. A leaf is 255 - label; a test is its feature and a float32.
    (Features have small numbers, so that the two can be told apart.)
    """
    forest_labels = sum(predict_proba(tree, X) for tree in trees).argmax(axis=1)
    tree = grow(
        X,
        forest_labels,
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_impurity_decrease=0.0,
        criterion="entropy",
    )
    n_classes = trees[0].value.shape[1]
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
    """Walk each row through the preorder, skipping the branches that it does not take: (n,)."""
    labels = np.empty(len(X), dtype=np.int64)
    blob = blob.astype(np.uint8)
    for row in range(len(X)):
        place = 1
        while blob[place] <= 255 - blob[0]:
            threshold = blob[place + 1 : place + 5].view(np.float32)[0]
            place = place + 5 if X[row, blob[place]] <= threshold else _end_of_branch(blob, place + 5)
        labels[row] = 255 - blob[place]
    return labels


def _end_of_branch(blob, place):
    """Return the position after the branch that starts here."""
    n_missing = 1  # branches that are still to be read
    while n_missing:
        is_leaf = blob[place] > 255 - blob[0]
        n_missing += -1 if is_leaf else 1
        place += 1 if is_leaf else 5
    return place


def _walk_all(tests, X, size, leaves):
    """Write the leaves (n,) of all rows, converting `size` rows at a time to float64."""
    for start in range(0, len(X), max(size, 1)):
        if not _walk(*tests, _floats(X[start : start + size]), leaves[start : start + size]):
            raise ValueError("infinity, or a value too large for float32")


def _tests(tree):
    """Return the fields that a walk reads."""
    return tree.feature, tree.threshold, tree.left, tree.right, tree.missing_left


def _labels(tree):
    """Return the number of each node's most frequent class: (N,)."""
    return tree.value.argmax(axis=1)


def _counts(tree, X, y, weights):
    """Return the weight of the rows of each class at each node: (N, K)."""
    totals = np.zeros(tree.value.shape)
    _count(tree.left, tree.right, apply(tree, X), _integers(y), weights, totals)
    return totals


def _links(tree, alpha):
    """Cut links up to the price alpha; return prices, risks and which nodes are cut (N,).

    The first entry of prices and risks is that of the whole tree, 0 and its risk.
    """
    n = len(tree.left)
    risk = tree.weight * tree.impurity / tree.weight[0]
    cut = np.zeros(n, dtype=np.bool_)
    path = np.zeros((n + 1, 2))
    n_entries = _cut_links(tree.left, tree.right, risk, alpha, cut, path)
    return path[:n_entries, 0].copy(), path[:n_entries, 1].copy(), cut


def _cut_back(tree, cut):
    """Turn cut nodes into leaves, drop the nodes below them, renumber the others."""
    new_numbers = np.empty(len(cut), dtype=np.int64)
    n_nodes = _number(tree.left, tree.right, cut, new_numbers)
    stays = np.flatnonzero(new_numbers >= 0)
    kept = Tree(*(field[stays] for field in tree))
    leaf = cut[stays] | (kept.left == -1)
    kept.left[:] = np.where(leaf, -1, new_numbers[kept.left])
    kept.right[:] = np.where(leaf, -1, new_numbers[kept.right])
    kept.feature[leaf], kept.threshold[leaf], kept.missing_left[leaf] = -2, -2.0, False
    assert len(stays) == n_nodes  # noqa: S101 - an error in `_number`
    return kept


def _sweep(X, table, code, min_samples_leaf):
    """Sort each column and find the best split: feature, threshold, decrease.

    code: GINI, ENTROPY or SQUARED_ERROR.
    """
    orders = np.argsort(X, axis=0)  # (n, d)
    # A larger limit changes nothing, and may not fit the kernel's integers.
    return _best_split(X, orders, table, code, min(min_samples_leaf, len(X)))


def _moments(y, criterion):
    """Return the table whose sums give impurities: one-hot classes (n, K), or 1, y and y², centred (n, 3)."""
    if criterion == "squared_error":
        y = y - y.mean()
        return np.stack([np.ones(len(y)), y, y**2], axis=1)
    return (y[:, None] == np.unique(y)).astype(np.float64)


@njit(cache=True)
def _walk(feature, threshold, left, right, missing_left, X, leaves):  # IN x 6, OUT
    """Write the leaf of each row of X (n, d); return False for infinity."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            if np.isinf(np.float32(X[i, j])):
                return False
        node = 0
        while left[node] != -1:
            x = np.float32(X[i, feature[node]])
            goes_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
            node = left[node] if goes_left else right[node]
        leaves[i] = node
    return True


@njit(cache=True)
def _score(feature, threshold, tree, missing_left, mask, values, X, scores):  # IN x 7, OUT
    """Sum up the values (trees, 64) of the leaves of each row: scores (n,); return False for infinity.

    The tests are sorted by feature and threshold. In remaining (trees,) the bits of leaves that no failing
    test rules out stay set; the lowest bit that is set is the row's leaf.
    """
    one = np.uint64(1)
    remaining = np.empty(values.shape[0], dtype=np.uint64)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            if np.isinf(np.float32(X[i, j])):
                return False
        remaining[:] = ~np.uint64(0)
        test = 0
        while test < feature.shape[0]:
            x = np.float32(X[i, feature[test]])
            if np.isnan(x):
                if not missing_left[test]:
                    remaining[tree[test]] &= mask[test]
            elif x > threshold[test]:
                remaining[tree[test]] &= mask[test]
            else:  # all later tests of this feature hold, too: step over them
                last = feature[test]
                while test + 1 < feature.shape[0] and feature[test + 1] == last:
                    test += 1
            test += 1
        scores[i] = 0.0
        for k in range(values.shape[0]):
            leaf = 0
            while not (remaining[k] >> np.uint64(leaf)) & one:
                leaf += 1
            scores[i] += values[k, leaf]
    return True


@njit(cache=True)
def _count(left, right, leaves, y, weights, totals):  # IN x 5, INOUT
    """Sum up weights (n,) by leaf and class, then upwards: totals (N, K), at first 0."""
    for i in range(leaves.shape[0]):
        totals[leaves[i], y[i]] += weights[i]
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] != -1:
            for j in range(totals.shape[1]):
                totals[node, j] = totals[left[node], j] + totals[right[node], j]


@njit(cache=True)
def _cut_worse(left, right, gains, cut):  # IN, IN, INOUT, OUT
    """Mark in cut (N,) the nodes that gain as a leaf at least as much as their branch.

    gains (N,) has each node's gain as a leaf; it is overwritten with the largest gain of its branch.
    """
    for node in range(left.shape[0] - 1, -1, -1):
        if left[node] != -1:
            below = gains[left[node]] + gains[right[node]]
            cut[node] = gains[node] >= below
            gains[node] = max(gains[node], below)


@njit(cache=True)
def _totals(left, right, counts, cut):
    """Return TP and FP of the pruned tree, summed over its leaves; counts (N, 2) has FP and TP."""
    tp, fp = 0.0, 0.0
    stack = [0]
    while len(stack) > 0:
        node = stack.pop()
        if cut[node] or left[node] == -1:
            fp += counts[node, 0]
            tp += counts[node, 1]
        else:
            stack.append(left[node])
            stack.append(right[node])
    return tp, fp


@njit(cache=True)
def _number(left, right, cut, new_numbers):  # IN, IN, IN, OUT
    """Write the new number of each node of the pruned tree, -1 if dropped; return how many are kept."""
    new_numbers[:] = -1
    new_numbers[0] = 0
    n_nodes = 0
    for node in range(left.shape[0]):
        if new_numbers[node] == -1:
            continue
        new_numbers[node] = n_nodes
        n_nodes += 1
        if left[node] != -1 and not cut[node]:
            new_numbers[left[node]] = 0
            new_numbers[right[node]] = 0
    return n_nodes


@njit(cache=True)
def _impurity_of_sums(sums, criterion):
    """Return the impurity from the sum of rows of `_moments`."""
    if criterion == SQUARED_ERROR:
        return sums[2] / sums[0] - (sums[1] / sums[0]) ** 2
    total = 0.0
    for weight in sums:
        total += weight
    if total == 0:
        return 0.0
    result = 1.0 if criterion == GINI else 0.0
    for weight in sums:
        p = weight / total
        if criterion == GINI:
            result -= p * p
        elif p > 0:
            result -= p * np.log2(p)
    return result


@njit(cache=True)
def _best_split(X, orders, table, criterion, min_samples_leaf):
    """Find the best split; orders (n, d) sorts each column of X (n, d), table is that of `_moments`."""
    n, d = X.shape
    best_feature, best_threshold, best_decrease = -1, 0.0, 0.0
    total = np.zeros(table.shape[1])
    for i in range(n):
        for j in range(len(total)):
            total[j] += table[i, j]
    if _pure(table, criterion):
        return best_feature, best_threshold, best_decrease
    before = _impurity_of_sums(total, criterion)
    below, above = np.empty(len(total)), np.empty(len(total))
    for feature in range(d):
        for j in range(len(total)):
            below[j], above[j] = 0.0, total[j]
        for i in range(n - 1):
            for j in range(len(total)):
                below[j] += table[orders[i, feature], j]
                above[j] -= table[orders[i, feature], j]
            value, next_value = X[orders[i, feature], feature], X[orders[i + 1, feature], feature]
            if value == next_value or i + 1 < min_samples_leaf or n - i - 1 < min_samples_leaf:
                continue
            after = (i + 1) * _impurity_of_sums(below, criterion) + (n - i - 1) * _impurity_of_sums(
                above, criterion
            )
            decrease = before - after / n
            if best_feature == -1 or decrease > best_decrease:
                best_feature, best_threshold, best_decrease = feature, (value + next_value) / 2, decrease
    return best_feature, best_threshold, best_decrease


@njit(cache=True)
def _pure(table, criterion):
    """Return whether all y are equal."""
    # The columns to compare: column 1, which is y itself, or all columns, which are classes.
    first = 1 if criterion == SQUARED_ERROR else 0
    last = 2 if criterion == SQUARED_ERROR else table.shape[1]
    for i in range(table.shape[0]):
        for j in range(first, last):
            if table[i, j] != table[0, j]:
                return False
    return True


@njit(cache=True)
def _cut_links(left, right, risk, alpha, cut, path):  # IN x 4, INOUT, OUT
    """Cut the weakest link again and again, up to the price alpha; return the number of entries of path.

    cut : (N,), at first False
    path : (N + 1, 2), the price and the risk of all leaves, for the whole tree and after each cut
    """
    n = left.shape[0]
    n_entries = 0
    price = 0.0
    alive = np.zeros(n, dtype=np.bool_)
    below, leaves = np.empty(n), np.empty(n)
    while True:
        alive[:] = False
        alive[0] = True
        for node in range(n):
            if left[node] != -1 and alive[node] and not cut[node]:
                alive[left[node]] = True
                alive[right[node]] = True
        weakest, lowest = -1, np.inf
        for node in range(n - 1, -1, -1):
            below[node], leaves[node] = risk[node], 1.0
            if left[node] != -1 and not cut[node]:
                below[node] = below[left[node]] + below[right[node]]
                leaves[node] = leaves[left[node]] + leaves[right[node]]
                link_price = (risk[node] - below[node]) / (leaves[node] - 1)
                # <=: nodes come from last to first, so of equal prices the lowest number wins.
                if alive[node] and link_price <= lowest:
                    weakest, lowest = node, link_price
        path[n_entries, 0], path[n_entries, 1] = price, below[0]
        n_entries += 1
        if weakest == -1 or lowest > alpha:
            return n_entries
        cut[weakest] = True
        price = lowest


@njit(cache=True)
def _decreases(feature, left, right, mass, sums):  # IN x 4, INOUT
    """Add to sums (d,) each inner node's decrease of mass, weight times impurity."""
    for node in range(left.shape[0]):
        if left[node] != -1:
            sums[feature[node]] += mass[node] - mass[left[node]] - mass[right[node]]


@njit(cache=True)
def _undecided(sums, max_later_swing, undecided):  # IN, IN, OUT
    """Write for each row of sums (n, K) whether the trees that follow could change its label.

    max_later_swing: by how much they move a lead at most.
    """
    for i in range(sums.shape[0]):
        first, second = -np.inf, -np.inf
        for total in sums[i]:
            if total > first:
                first, second = total, first
            elif total > second:
                second = total
        undecided[i] = first - second <= max_later_swing


def _floats(array):
    """Return an array as contiguous float64; a copy only if it is not."""
    return np.ascontiguousarray(array, dtype=np.float64)


def _integers(array):
    """Return an array as contiguous int64; a copy only if it is not."""
    return np.ascontiguousarray(array, dtype=np.int64)


def _check_validation(tree, X_val, y_val):
    """Raise ValueError unless each y_val is a column of value, one for each row."""
    if len(X_val) != len(y_val):
        raise ValueError(f"lengths differ: {len(X_val)} rows, {len(y_val)} classes")
    if len(y_val) and not 0 <= y_val.min() <= y_val.max() < tree.value.shape[1]:
        raise ValueError(f"expected y_val from 0 to {tree.value.shape[1] - 1}, the columns of value")


def _check_rows(X, y, criterion, min_samples_leaf):
    """Raise ValueError for input that cannot be split."""
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected at least one row and a y for each, got {len(X)} rows and {len(y)} y")
    if not np.isfinite(X).all():
        raise ValueError("NaN or infinity in X")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("NaN or infinity in y")
    if criterion not in CRITERIA:
        raise ValueError(f"expected one of {CRITERIA}, got {criterion!r}")
    if min_samples_leaf < 1:
        raise ValueError(f"expected min_samples_leaf >= 1, got {min_samples_leaf}")
