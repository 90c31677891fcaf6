"""Trees in a style of their own, which the checks must accept too: see test_every_solution.py.

Node by node instead of row by row; int32; nodes numbered breadth first; recursion; sums of data that are not
centred.
"""

from typing import NamedTuple

import numpy as np


class Tree(NamedTuple):
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    impurity: np.ndarray


def apply(tree, X):
    with np.errstate(over="ignore"):
        for column in X.T:
            if np.isinf(column.astype(np.float32)).any():
                raise ValueError("infinite")
    at = np.zeros(len(X), np.int32)
    for node in np.flatnonzero(tree.left >= 0):
        rows = np.flatnonzero(at == node)
        x = X[rows, tree.feature[node]].astype(np.float32)
        goes_left = np.where(np.isnan(x), tree.missing_left[node], x <= tree.threshold[node])
        at[rows] = np.where(goes_left, tree.left[node], tree.right[node])
    return at


def predict_proba(tree, X):
    return np.asfortranarray(np.take(tree.value, apply(tree, X), axis=0))


def predict(tree, X, classes):
    return np.take(classes, np.argmax(predict_proba(tree, X), axis=1))


def _passing(tree, X):
    """Return which rows pass through each node: (N, n)."""
    passing = apply(tree, X) == np.arange(len(tree.left))[:, None]
    for node in range(len(tree.left) - 1, -1, -1):
        if tree.left[node] >= 0:
            passing[node] = passing[tree.left[node]] | passing[tree.right[node]]
    return passing


def _pruned(tree, leaves):
    """Return the tree with these nodes as leaves, numbered breadth first."""
    order = [0]
    for node in order:
        if node not in leaves and tree.left[node] >= 0:
            order += [int(tree.left[node]), int(tree.right[node])]
    place = {node: number for number, node in enumerate(order)}
    pruned = Tree(*(field[order] for field in tree))
    for number, node in enumerate(order):
        leaf = node in leaves or tree.left[node] < 0
        pruned.left[number] = -1 if leaf else place[int(tree.left[node])]
        pruned.right[number] = -1 if leaf else place[int(tree.right[node])]
    return pruned


def _check(tree, X_val, y_val):
    if len(X_val) != len(y_val) or not np.isin(y_val, np.arange(tree.value.shape[1])).all():
        raise ValueError("rows and classes do not match")


def prune_reduced_error(tree, X_val, y_val):
    _check(tree, X_val, y_val)
    wrong = _passing(tree, X_val) & (y_val != tree.value.argmax(axis=1)[:, None])
    errors = wrong.sum(axis=1)

    def best(node):
        """Return the fewest errors below a node, and the leaves that make them."""
        if tree.left[node] < 0:
            return errors[node], {node}
        (left_errors, left_leaves), (right_errors, right_leaves) = (
            best(tree.left[node]),
            best(tree.right[node]),
        )
        return (
            (errors[node], {node})
            if errors[node] <= left_errors + right_errors
            else (left_errors + right_errors, left_leaves | right_leaves)
        )

    return _pruned(tree, best(0)[1])


def impurity(weights_per_class, criterion):
    weights = np.asarray(weights_per_class)
    if criterion not in {"gini", "entropy"} or weights.min() < 0:
        raise ValueError(criterion)
    if not weights.any():
        return 0
    p = weights[weights > 0] / weights.sum()
    return (p * (1 - p)).sum() if criterion == "gini" else np.sum(p * np.log2(1 / p))


def _impurity_of_labels(y, criterion):
    if criterion == "squared_error":
        return (y**2).mean() - y.mean() ** 2
    return impurity(np.unique(y, return_counts=True)[1], criterion)


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    if len(X) == 0 or len(X) != len(y) or not np.isfinite(X).all() or min_samples_leaf < 1:
        raise ValueError("bad rows")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("bad y")
    if criterion not in {"gini", "entropy", "squared_error"}:
        raise ValueError(criterion)
    splits = [(0.0, 0.0, -1)]  # decrease, threshold, feature; this one means that there is no split
    if len(set(y.tolist())) > 1:
        before = _impurity_of_labels(y, criterion)
        for feature in reversed(range(X.shape[1])):
            values = np.unique(X[:, feature])
            for threshold in values[:-1] + np.diff(values) / 2:
                below = X[:, feature] <= threshold
                n_below = below.sum()
                if min(n_below, len(y) - n_below) >= min_samples_leaf:
                    after = [
                        mask.mean() * _impurity_of_labels(y[mask], criterion) for mask in (below, ~below)
                    ]
                    splits.append((before - sum(after), threshold, feature))
    decrease, threshold, feature = max(splits[1:] or splits)
    return np.int32(feature), threshold, decrease


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):  # noqa: PLR0917 - its limits
    if max_depth == 0 or min_samples_split < 2 or min_impurity_decrease < 0:
        raise ValueError("bad limit")
    best_split(X, y, criterion, min_samples_leaf)  # raises an error for wrong arguments
    queue, nodes = [(np.ones(len(X), bool), 0)], []
    for mask, depth in queue:
        node_y = y[mask]
        fractions = [(node_y == c).mean() for c in np.unique(y)]
        value = [node_y.mean()] if criterion == "squared_error" else fractions
        # The fields of Tree, of a leaf: a split replaces the first four.
        node = [0, 0.0, -1, -1, False, value, mask.sum() * 1.0, _impurity_of_labels(node_y, criterion)]
        nodes.append(node)
        if depth == max_depth or mask.sum() < min_samples_split:
            continue
        feature, threshold, decrease = best_split(X[mask], node_y, criterion, min_samples_leaf)
        if feature >= 0 and decrease * mask.mean() >= min_impurity_decrease - 1e-9:
            node[:4] = feature, threshold, len(queue), len(queue) + 1
            queue += [
                (mask & (X[:, feature] <= threshold), depth + 1),
                (mask & (X[:, feature] > threshold), depth + 1),
            ]
    return Tree(*(np.array(field) for field in zip(*nodes, strict=True)))


def _cuts(tree):
    """Yield for the whole tree, then for each cut, its price, the leaves after it and their risk.

    The price, called alpha by scikit-learn, is the added risk for each leaf that the cut removes.
    """
    leaves = {node for node in range(len(tree.left)) if tree.left[node] < 0}
    risk = tree.impurity * tree.weight / tree.weight[0]

    def below(node):
        return {node} if node in leaves else below(tree.left[node]) | below(tree.right[node])

    def inner(node):
        return [] if node in leaves else [node, *inner(tree.left[node]), *inner(tree.right[node])]

    yield 0.0, leaves, sum(risk[list(leaves)])
    while 0 not in leaves:
        prices = []
        for node in inner(0):
            leaves_below = below(node)
            prices.append(((risk[node] - sum(risk[list(leaves_below)])) / (len(leaves_below) - 1), node))
        price, node = min(prices)
        leaves = (leaves - below(node)) | {node}
        yield price, leaves, sum(risk[list(leaves)])


def ccp_path(tree):
    prices, _, risks = zip(*_cuts(tree), strict=True)
    return np.array(prices), np.array(risks)


def prune_ccp(tree, alpha):
    if alpha < 0 or alpha != alpha:  # noqa: PLR0124 - only NaN differs from itself
        raise ValueError(alpha)
    kept = [leaves for price, leaves, _ in _cuts(tree) if price <= alpha]
    return _pruned(tree, kept[-1]) if alpha else tree


def prune_f1(tree, X_val, y_val):
    _check(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError("two classes")
    positive = _passing(tree, X_val) & (tree.value[:, 1] > tree.value[:, 0])[:, None]
    tp, fp = (positive & (y_val == 1)).sum(axis=1), (positive & (y_val == 0)).sum(axis=1)

    def reach(node):
        """Return {(true positives, their fewest false positives): leaves below the node with both}."""
        leaves_of = {(tp[node], fp[node]): {node}}
        if tree.left[node] >= 0:
            right = reach(tree.right[node])
            for (a, b), left_leaves in reach(tree.left[node]).items():
                for (c, d), right_leaves in right.items():
                    leaves_of.setdefault((a + c, b + d), left_leaves | right_leaves)
        fewest = {}
        for a, b in sorted(leaves_of):
            fewest.setdefault(a, b)
        return {pair: leaves_of[pair] for pair in fewest.items()}

    pairs = reach(0)
    # F1 is 2 tp / (tp + fp + all positives); half of it has the same maximum.
    return _pruned(tree, pairs[max(pairs, key=lambda pair: pair[0] / max(sum(pair) + y_val.sum(), 1))])


def apply_capped(tree, X, max_bytes):
    with np.errstate(over="ignore"):
        for row in X:
            if np.isinf(row.astype(np.float32)).any():
                raise ValueError("infinite")
    leaves = np.empty(len(X), np.int32)
    for start in range(0, len(X), 20):  # 20 rows take little memory, so that max_bytes is not needed
        leaves[start : start + 20] = apply(tree, X[start : start + 20])
    return leaves


def node_stats(tree, X, y, sample_weight):
    one_hot = np.eye(tree.value.shape[1])[y] * sample_weight[:, None]
    sums = _passing(tree, X) @ one_hot
    weight = sums.sum(axis=1)
    value = np.divide(sums, weight[:, None], out=np.zeros_like(sums), where=weight[:, None] > 0)
    return weight, value, np.array([impurity(row, "gini") for row in sums], float)


def feature_importances(tree, n_features):
    mass = tree.weight * tree.impurity
    gains = np.where(tree.left < 0, 0, mass - mass[tree.left] - mass[tree.right])
    sums = np.bincount(np.maximum(tree.feature, 0), gains, n_features)
    return sums / sums.sum() if sums.sum() > 0 else sums


def forest_predict(trees, X, classes):
    if not trees:
        raise ValueError("no trees")
    fractions = np.stack([predict_proba(tree, X) for tree in trees])
    sums = np.cumsum(fractions, axis=0)
    ranked = np.sort(np.concatenate([sums, np.full((*sums.shape[:2], 1), -np.inf)], axis=2), axis=2)
    # A row needs no more trees once its lead over the second class exceeds the number of trees left.
    n_left = np.arange(len(trees) - 1, -1, -1)[:, None]
    safe = ranked[:, :, -1] - ranked[:, :, -2] > n_left
    safe[-1] = True
    return classes[sums[-1].argmax(axis=1)], safe.argmax(axis=0) + 1


def compile_ensemble(trees):
    if not trees or any((tree.left < 0).sum() > 64 for tree in trees):
        raise ValueError("leaves")
    return {"trees": trees}


def score_ensemble(state, X):
    return np.add.reduce([tree.value[apply(tree, X), 0] for tree in state["trees"]])


def pack(trees, X):
    """Store only the most frequent label: a scored round accepts poor answers."""
    return np.bincount(sum(predict_proba(tree, X) for tree in trees).argmax(axis=1)).argmax(keepdims=True)


def predict_packed(blob, X):
    return np.full(len(X), blob[0])
