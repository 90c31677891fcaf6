"""Decision trees as the books say it, in plain numpy.

Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
Quinlan, "Simplifying decision trees", Int. J. Man-Machine Studies 27 (1987).
Breiman, "Random forests", Machine Learning 45 (2001).
Lucchese et al., "QuickScorer", SIGIR 2015.

n rows, d features, K classes, N nodes.
"""

from typing import NamedTuple

import numpy as np

CRITERIA = ("gini", "entropy", "squared_error")


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
    """Walk all rows down together, level by level: leaves (n,). O(n depth) time, O(nd) memory."""
    X = single(X)  # (n, d)
    nodes = np.zeros(len(X), dtype=int)  # (n,), where each row stands
    rows = np.arange(len(X))  # those that still walk
    while True:
        rows = rows[tree.left[nodes[rows]] != -1]
        if len(rows) == 0:
            return nodes
        at = nodes[rows]
        x = X[rows, tree.feature[at]]
        goes_left = np.where(np.isnan(x), tree.missing_left[at], x <= tree.threshold[at])
        nodes[rows] = np.where(goes_left, tree.left[at], tree.right[at])


def predict_proba(tree, X):
    """Give the class fractions of each row's leaf: (n, K)."""
    return tree.value[apply(tree, X)]


def predict(tree, X, classes):
    """Give the class of the largest fraction, the first on ties: (n,)."""
    return classes[predict_proba(tree, X).argmax(axis=1)]


def prune_reduced_error(tree, X_val, y_val):
    """Cut bottom-up wherever a leaf makes no more errors than the branch below. O(n depth + NK)."""
    check_validation(tree, X_val, y_val)
    counts = class_weights(tree, X_val, y_val, np.ones(len(y_val)))  # (N, K)
    errors = counts.sum(axis=1) - counts[np.arange(len(counts)), tree.value.argmax(axis=1)]  # (N,), as leaves
    cut = np.zeros(len(counts), dtype=bool)
    for node in inner_nodes(tree)[::-1]:
        below = errors[tree.left[node]] + errors[tree.right[node]]
        cut[node] = errors[node] <= below
        errors[node] = min(errors[node], below)  # from now on: the fewest of the branch
    return cut_back(tree, cut)


def impurity(weights_per_class, criterion):
    """Gini impurity, or entropy in bits, of some rows by the weights of their classes."""
    if criterion not in ("gini", "entropy"):
        raise ValueError(f"expected gini or entropy, got {criterion!r}")
    if (weights_per_class < 0).any():
        raise ValueError("a weight is negative")
    total = weights_per_class.sum()
    if total == 0:
        return 0.0
    p = weights_per_class / total  # (K,)
    if criterion == "gini":
        return float(1 - (p**2).sum())
    return float(-(p[p > 0] * np.log2(p[p > 0])).sum())


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    """Sort each column once and try all its splits: feature, threshold, decrease. O(dn(log n + K))."""
    check_rows(X, y, criterion, min_samples_leaf)
    n, d = X.shape
    best = (-1, 0.0, 0.0)
    if (y == y[0]).all():
        return best
    table = moments(y, criterion)  # (n, K) or (n, 3)
    before = mixed(table.sum(axis=0), criterion)
    for feature in range(d):
        order = np.argsort(X[:, feature])
        x = X[order, feature]  # (n,), ascending
        sums = np.cumsum(table[order], axis=0)  # row i: all that goes left if the split is after i
        after = (np.arange(1, n) * mixed(sums[:-1], criterion)
                 + np.arange(n - 1, 0, -1) * mixed(sums[-1] - sums[:-1], criterion)) / n  # fmt: skip
        for i in np.flatnonzero(x[:-1] < x[1:]):
            fits = min_samples_leaf <= i + 1 <= n - min_samples_leaf
            if fits and (best[0] == -1 or before - after[i] > best[2]):
                best = (feature, (x[i] + x[i + 1]) / 2, before - after[i])
    return best[0], float(best[1]), float(best[2])


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):  # noqa: PLR0917 - its limits
    """Split nodes, depth first, until a limit ends it: a tree. O(N) calls of best_split."""
    check_rows(X, y, criterion, min_samples_leaf)
    if (max_depth is not None and max_depth < 1) or min_samples_split < 2 or min_impurity_decrease < 0:
        raise ValueError("expected max_depth >= 1, min_samples_split >= 2, min_impurity_decrease >= 0")
    table = moments(y, criterion)
    nodes = []  # a list of fields for each node

    def add(rows, depth):
        node = len(nodes)
        sums = table[rows].sum(axis=0)
        value = sums[1:2] / len(rows) + y.mean() if criterion == "squared_error" else sums / len(rows)
        nodes.append([-2, -2.0, -1, -1, False, value, float(len(rows)), mixed(sums, criterion)])
        if depth == max_depth or len(rows) < min_samples_split:
            return node
        feature, threshold, decrease = best_split(X[rows], y[rows], criterion, min_samples_leaf)
        least = min_impurity_decrease - 1e-12 * mixed(table.sum(axis=0), criterion)  # rounding is no reason
        if feature == -1 or decrease * len(rows) / len(X) < least:
            return node
        goes_left = X[rows, feature] <= threshold
        left = add(rows[goes_left], depth + 1)
        right = add(rows[~goes_left], depth + 1)
        nodes[node][:4] = feature, threshold, left, right
        return node

    add(np.arange(len(X)), 0)
    return Tree(*(np.array(field) for field in zip(*nodes)))


def ccp_path(tree):
    """Cut the weakest link until the root is a leaf: alphas, impurities (cuts + 1,) each. O(N²)."""
    path = [(0.0, branches(tree)[1][0])]
    for alpha, smaller in weakest_links(tree):
        path.append((alpha, branches(smaller)[1][0]))
    alphas, impurities = np.array(path).T
    return alphas, impurities


def prune_ccp(tree, alpha):
    """Cut while the weakest link costs at most alpha; 0 cuts nothing. O(N²)."""
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    pruned = tree
    for price, smaller in weakest_links(tree):
        if alpha == 0 or price > alpha:
            break
        pruned = smaller
    return pruned


def prune_f1(tree, X_val, y_val):
    """Keep, for each node and each TP, the fewest FP that cuts can reach, then choose at the root.

    F1 = 2 TP / (TP + FP + all positives): with TP fixed only FP matters. O(nN) entries, O(n²N) time.
    """
    check_validation(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError(f"expected 2 columns of value, got {tree.value.shape[1]}")
    counts = class_weights(tree, X_val, y_val, np.ones(len(y_val), dtype=int))  # (N, 2)
    positive = tree.value.argmax(axis=1) == 1  # (N,)
    tables = [None] * len(counts)  # for each node {TP: (FP, TP of the left branch, or None for a leaf)}
    for node in reversed(range(len(counts))):
        fp, tp = counts[node] if positive[node] else (0, 0)
        table = {tp: (fp, None)}
        if tree.left[node] != -1:
            for tp_left, (fp_left, _) in tables[tree.left[node]].items():
                for tp_right, (fp_right, _) in tables[tree.right[node]].items():
                    tp, fp = tp_left + tp_right, fp_left + fp_right
                    if tp not in table or fp < table[tp][0]:
                        table[tp] = (fp, tp_left)
        tables[node] = table
    best = max(tables[0], key=lambda tp: tp / max(tp + tables[0][tp][0] + y_val.sum(), 1))
    cut = np.ones(len(counts), dtype=bool)
    asked = [(0, best)]
    while asked:
        node, tp = asked.pop()
        tp_left = tables[node][tp][1]
        if tp_left is not None:
            cut[node] = False
            asked += [(tree.left[node], tp_left), (tree.right[node], tp - tp_left)]
    return cut_back(tree, cut)


def apply_capped(tree, X, max_bytes):
    """Run `apply` on a few rows at a time: (n,). O(n depth) time, O(n + chunk) memory."""
    n, d = X.shape
    leaves = np.empty(n, dtype=int)
    free = max_bytes - 8 * n - 8000
    size = max(1, free // (100 + 5 * d))  # a float32 copy, one mask of it, and a dozen numbers for each row
    for start in range(0, n, size):
        leaves[start : start + size] = apply(tree, X[start : start + size])
    return leaves


def node_stats(tree, X, y, sample_weight):
    """Sum up classes in the leaves, then upwards: weight, value, impurity. O(n depth + NK)."""
    totals = class_weights(tree, X, y, sample_weight)  # (N, K)
    weight = totals.sum(axis=1)
    value = totals / np.where(weight > 0, weight, 1)[:, None]
    return weight, value, np.where(weight > 0, 1 - (value**2).sum(axis=1), 0.0)


def feature_importances(tree, n_features):
    """Sum up the decreases of each feature's nodes, as shares: (d,). O(N + d)."""
    inner = inner_nodes(tree)
    mass = tree.weight * tree.impurity  # (N,)
    decreases = mass[inner] - mass[tree.left[inner]] - mass[tree.right[inner]]
    sums = np.zeros(n_features)
    np.add.at(sums, tree.feature[inner], decreases)
    total = sums.sum()
    return sums / total if total > 0 else np.zeros(n_features)


def forest_predict(trees, X, classes):
    """Add up fractions until a row's lead exceeds the trees left: labels, trees_used (n,) each."""
    if len(trees) == 0:
        raise ValueError("a forest needs a tree")
    n = len(X)
    sums = np.zeros((n, len(classes)))
    used = np.zeros(n, dtype=int)
    rows = np.arange(n)  # not decided yet
    for asked, tree in enumerate(trees, 1):
        sums[rows] += predict_proba(tree, X[rows])
        used[rows] = asked
        lead = leads(sums[rows])
        rows = rows[lead <= len(trees) - asked]
    return classes[sums.argmax(axis=1)], used


def compile_ensemble(trees):
    """Give each test the mask of its left branch: a list of tests, the values (trees, 64). O(N)."""
    if len(trees) == 0 or max((tree.left == -1).sum() for tree in trees) > 64:
        raise ValueError("expected trees of at most 64 leaves")
    tests, values = [], np.zeros((len(trees), 64))
    for index, tree in enumerate(trees):
        leaves = 0
        spans = {}  # for each node its first leaf and the one after its last
        stack = [(0, False)]
        while stack:
            node, done = stack.pop()
            left, right = int(tree.left[node]), int(tree.right[node])
            if left == -1:
                values[index, leaves] = tree.value[node, 0]
                spans[node] = (leaves, leaves + 1)
                leaves += 1
            elif not done:
                stack += [(node, True), (right, False), (left, False)]
            else:
                first, last = spans[left]
                spans[node] = (first, spans[right][1])
                mask = ~(((1 << (last - first)) - 1) << first) & (2**64 - 1)
                tests.append((index, tree.feature[node], tree.threshold[node], tree.missing_left[node], mask))
    return tests, values


def score_ensemble(state, X):
    """AND the masks of all tests that fail; the lowest bit left is the leaf: (n,). O(nN) time."""
    tests, values = state
    X = single(X)  # (n, d)
    words = np.full((len(values), len(X)), 2**64 - 1, dtype=np.uint64)  # (trees, n)
    for index, feature, threshold, missing_left, mask in tests:
        x = X[:, feature]  # (n,)
        fails = ~np.where(np.isnan(x), missing_left, x <= threshold)
        words[index, fails] &= np.uint64(mask)
    lowest = words & (~words + np.uint64(1))  # (trees, n), one bit in each
    leaves = np.log2(lowest.astype(float)).astype(int)
    return np.take_along_axis(values, leaves, axis=1).sum(axis=0)


def pack(trees, X):
    """Write a few trees in preorder: 3 bytes a test, 1 byte a leaf. A branch of one class is one leaf.

    The trees are those that agree best with the whole forest on X, as many as make a good vote.
    """
    K = trees[0].value.shape[1]
    votes = np.stack([predict_proba(tree, X).argmax(axis=1) for tree in trees])  # (trees, n)
    wanted = sum(predict_proba(tree, X) for tree in trees).argmax(axis=1)  # (n,), what the forest says
    chosen, tally = [], np.zeros((len(X), K))
    for _ in range(min(5, len(trees))):
        candidates = tally + np.eye(K)[votes]  # (trees, n, K), with one tree more
        right = (candidates.argmax(axis=2) == wanted).sum(axis=1)
        best = right.argmax()
        chosen.append(best)
        tally = candidates[best]
    blob = [K, len(chosen)]
    for index in chosen:
        tree = trees[index]
        label = tree.value.argmax(axis=1)
        same = tree.left == -1  # (N,), branches whose leaves agree
        for node in inner_nodes(tree)[::-1]:
            a, b = tree.left[node], tree.right[node]
            same[node] = same[a] and same[b] and label[a] == label[b]
            label[node] = label[a] if same[node] else label[node]
        stack = [0]
        while stack:
            node = stack.pop()
            if same[node]:
                blob.append(255 - label[node])
            else:
                blob += [tree.feature[node], *np.float16(tree.threshold[node]).tobytes()]
                stack += [tree.right[node], tree.left[node]]
    return np.array(blob, dtype=np.uint8)


def predict_packed(blob, X):
    """Walk rows through the preorder of each tree and take the vote: (n,)."""
    K, number = int(blob[0]), int(blob[1])
    votes = np.zeros((len(X), K), dtype=int)
    place = 2

    def walk(place, rows):
        if blob[place] > 255 - K:
            votes[rows, 255 - blob[place]] += 1
            return place + 1
        threshold = np.frombuffer(blob[place + 1 : place + 3].astype(np.uint8).tobytes(), np.float16)[0]
        goes_left = X[rows, blob[place]] <= threshold
        return walk(walk(place + 3, rows[goes_left]), rows[~goes_left])

    for _ in range(number):
        place = walk(place, np.arange(len(X)))
    return votes.argmax(axis=1)


def single(X):
    """Cast to float32, as a tree was trained: (n, d). ValueError where that gives infinity."""
    with np.errstate(over="ignore"):
        X = np.asarray(X).astype(np.float32)
    if np.isinf(X).any():
        raise ValueError("infinity, or a value too large for float32")
    return X


def inner_nodes(tree):
    """List the nodes that are no leaves, parents before children."""
    return np.flatnonzero(tree.left != -1)


def class_weights(tree, X, y, weights):
    """Sum up the weights of each class at each node: (N, K). Leaves first, then upwards."""
    totals = np.zeros(tree.value.shape, dtype=weights.dtype)
    np.add.at(totals, (apply(tree, X), y), weights)
    for node in inner_nodes(tree)[::-1]:
        totals[node] = totals[tree.left[node]] + totals[tree.right[node]]
    return totals


def cut_back(tree, cut):
    """Turn the nodes that are cut into leaves, drop what is below, number anew."""
    stays = np.zeros(len(cut), dtype=bool)
    stays[0] = True
    for node in inner_nodes(tree):
        if stays[node] and not cut[node]:
            stays[[tree.left[node], tree.right[node]]] = True
    new = np.cumsum(stays) - 1  # (N,), the new number of each node that stays
    leaf = (cut | (tree.left == -1))[stays]
    kept = Tree(*(field[stays] for field in tree))
    return kept._replace(
        feature=np.where(leaf, -2, kept.feature),
        threshold=np.where(leaf, -2.0, kept.threshold),
        left=np.where(leaf, -1, new[kept.left]),
        right=np.where(leaf, -1, new[kept.right]),
        missing_left=~leaf & kept.missing_left,
    )


def branches(tree):
    """Give, for each node, its own risk, the risk of all leaves below it and their number: (N,) each."""
    risks = tree.weight * tree.impurity / tree.weight[0]
    leaves = np.ones(len(risks), dtype=int)
    sums = risks.copy()
    for node in inner_nodes(tree)[::-1]:
        sums[node] = sums[tree.left[node]] + sums[tree.right[node]]
        leaves[node] = leaves[tree.left[node]] + leaves[tree.right[node]]
    return risks, sums, leaves


def weakest_links(tree):
    """Cut one link after the other: its price, and the tree that is left."""
    while tree.left[0] != -1:
        risks, sums, leaves = branches(tree)
        prices = np.full(len(risks), np.inf)
        inner = inner_nodes(tree)
        prices[inner] = (risks - sums)[inner] / (leaves[inner] - 1)
        weakest = prices.argmin()
        tree = cut_back(tree, np.arange(len(risks)) == weakest)
        yield prices[weakest], tree


def moments(y, criterion):
    """What is summed up over rows: one-hot classes (n, K), or 1, y and y² about the mean (n, 3)."""
    if criterion == "squared_error":
        y = y - y.mean()
        return np.stack([np.ones(len(y)), y, y**2], axis=1)
    classes = np.unique(y)
    return (y[:, None] == classes).astype(float)


def mixed(sums, criterion):
    """Impurity from sums of `moments`, along the last axis."""
    if criterion == "squared_error":
        return sums[..., 2] / sums[..., 0] - (sums[..., 1] / sums[..., 0]) ** 2
    p = sums / sums.sum(axis=-1, keepdims=True)
    if criterion == "gini":
        return 1 - (p**2).sum(axis=-1)
    return -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=-1)


def leads(sums):
    """How far the largest sum of each row is ahead of the second: (n,); without end if it is alone."""
    if sums.shape[1] == 1:
        return np.full(len(sums), np.inf)
    ranked = np.sort(sums, axis=1)
    return ranked[:, -1] - ranked[:, -2]


def check_validation(tree, X_val, y_val):
    """Raise ValueError unless there is a column of value for each row."""
    if len(X_val) != len(y_val):
        raise ValueError(f"lengths differ: {len(X_val)} rows, {len(y_val)} classes")
    if len(y_val) and not 0 <= y_val.min() <= y_val.max() < tree.value.shape[1]:
        raise ValueError("y_val holds what is no column of value")


def check_rows(X, y, criterion, min_samples_leaf):
    """Raise ValueError where no split can be sought."""
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected rows and as many y, got {len(X)} and {len(y)}")
    if not np.isfinite(X).all():
        raise ValueError("NaN or infinity in X")
    if criterion not in CRITERIA:
        raise ValueError(f"expected one of {CRITERIA}, got {criterion!r}")
    if min_samples_leaf < 1:
        raise ValueError(f"expected min_samples_leaf >= 1, got {min_samples_leaf}")
