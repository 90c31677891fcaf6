"""Trees and rows that several checks of the track share."""

from typing import Any

import numpy as np
from mlkata.authoring import whole

from .stub import Tree

LOW, HIGH = -4, 6
"""Rows hold whole numbers from LOW to HIGH - 1, so that -2, the threshold of leaves, occurs in them."""


def rows(rng: Any, n: int, d: int = 2) -> Any:
    """Return rows of small whole numbers, exact in float32 and often equal to thresholds: (n, d)."""
    return whole(rng, LOW, HIGH, (n, d))


def random_tree(
    rng: Any, n_leaves: int, d: int = 2, n_classes: int = 3, *, best_first: bool = False, most: int = 9
) -> Tree:
    """Return a random tree; some row of whole numbers reaches each of its leaves.

    Nodes are numbered depth first, or with `best_first` in the order of growth. The counts of the classes in
    a leaf are random, 0 to `most` each, and one of them is raised by 1, so that no leaf is empty. Value,
    weight and impurity (gini) follow from them.
    """
    left, right, feature, threshold = [-1], [-1], [-2], [-2.0]
    boxes = {0: (np.full(d, LOW), np.full(d, HIGH - 1))}  # lowest and highest row of each leaf
    while len(boxes) < n_leaves:
        node = int(rng.choice([node for node, (low, high) in boxes.items() if (low < high).any()]))
        low, high = boxes.pop(node)
        chosen = int(rng.choice(np.flatnonzero(low < high)))
        last_left = int(rng.integers(low[chosen], high[chosen]))  # the largest whole number that goes left
        feature[node], threshold[node] = chosen, last_left + float(rng.choice([0.0, 0.5]))
        left[node], right[node] = len(left), len(left) + 1
        is_chosen = np.arange(d) == chosen
        boxes[left[node]] = (low, np.where(is_chosen, last_left, high))
        boxes[right[node]] = (np.where(is_chosen, last_left + 1, low), high)
        for field, mark in ((left, -1), (right, -1), (feature, -2), (threshold, -2.0)):
            field += [mark, mark]
    counts = rng.integers(0, most + 1, (len(left), n_classes))
    counts[np.arange(len(left)), rng.integers(0, n_classes, len(left))] += 1
    missing_left = rng.random(len(left)) < 0.5
    tree = from_counts(feature, threshold, left, right, missing_left, counts)
    return tree if best_first else depth_first(tree)


def from_counts(feature: Any, threshold: Any, left: Any, right: Any, missing_left: Any, counts: Any) -> Tree:
    """Return a tree from its first five fields and the class counts (n_nodes, n_classes) of its leaves.

    Counts of inner nodes are ignored, and so is missing_left of leaves.
    """
    feature, threshold, left, right = (np.array(field) for field in (feature, threshold, left, right))
    counts = np.array(counts, float)
    for node in np.flatnonzero(left != -1)[::-1]:
        counts[node] = counts[left[node]] + counts[right[node]]
    weight = counts.sum(axis=1)
    value = counts / weight[:, None]
    missing_left = np.where(left == -1, False, missing_left)
    gini = 1 - (value**2).sum(axis=1)
    return Tree(feature, threshold, left, right, missing_left, value, weight, gini)


def depth_first(tree: Tree) -> Tree:
    """Return a tree with its nodes renumbered as in scikit-learn: node, left branch, right branch."""
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if tree.left[node] != -1:
            stack += [int(tree.right[node]), int(tree.left[node])]
    new_number = np.empty(len(order), int)
    new_number[order] = np.arange(len(order))
    moved = Tree(*(field[order] for field in tree))
    inner = moved.left != -1
    return moved._replace(
        left=np.where(inner, new_number[moved.left], -1),
        right=np.where(inner, new_number[moved.right], -1),
    )


def chain(rng: Any, depth: int) -> Tree:
    """Return a tree of two classes and one feature: each left child is a leaf; so is the last right one."""
    nodes = np.arange(2 * depth + 1)
    inner = nodes % 2 == 0
    inner[-1] = False
    threshold = np.where(inner, nodes / 2.0, -2.0)
    counts = np.eye(2, dtype=int)[rng.integers(0, 2, len(nodes))]
    left, right = np.where(inner, nodes + 1, -1), np.where(inner, nodes + 2, -1)
    missing_left = rng.random(len(nodes)) < 0.5
    return from_counts(np.where(inner, 0, -2), threshold, left, right, missing_left, counts)


def fitted(rng: Any, X: Any, y: Any, max_depth: int) -> Tree:
    """Return a tree grown greedily by gini; each node tries a few random features, as in a random forest.

    It is only a realistic input; answers of `grow` are not compared with it.
    """
    classes = np.unique(y)
    one_hot = (y[:, None] == classes).astype(float)
    nodes: list[list[Any]] = []  # feature, threshold, left, right, missing_left, class counts

    def add(chosen: Any, depth: int) -> int:
        node = len(nodes)
        counts = one_hot[chosen].sum(axis=0)
        nodes.append([-2, -2.0, -1, -1, bool(rng.random() < 0.5), counts])
        if depth < max_depth and np.count_nonzero(counts) > 1:
            tries = rng.choice(X.shape[1], max(1, int(X.shape[1] ** 0.5)), replace=False)
            purity, threshold, feature = max(
                (*_purest_split(X[chosen, feature], one_hot[chosen]), int(feature)) for feature in tries
            )
            if purity > -np.inf:
                goes_left = X[chosen, feature] <= threshold
                nodes[node][:2] = feature, threshold
                nodes[node][2] = add(chosen[goes_left], depth + 1)
                nodes[node][3] = add(chosen[~goes_left], depth + 1)
        return node

    add(np.arange(len(X)), depth=0)
    return from_counts(*zip(*nodes))


def bagged(rng: Any, X: Any, y: Any, n_trees: int, max_depth: int) -> list[Tree]:
    """Return a small random forest, each tree fitted to a bootstrap sample that holds every class."""
    trees = []
    while len(trees) < n_trees:
        sample = rng.integers(0, len(X), len(X))
        if len(np.unique(y[sample])) == len(np.unique(y)):
            trees.append(fitted(rng, X[sample], y[sample], max_depth))
    return trees


def _purest_split(x: Any, one_hot: Any) -> tuple[float, float]:
    """Return the purity of the best split of one column x (-inf if there is none), and its threshold.

    The purity is the number of rows, minus each side's number of rows times its gini impurity.
    """
    order = np.argsort(x)
    x, sums = x[order], np.cumsum(one_hot[order], axis=0)
    last_left = np.flatnonzero(x[:-1] < x[1:])  # for each split, the last row that goes left
    if not len(last_left):
        return -np.inf, 0.0
    left = sums[last_left]
    right = sums[-1] - left
    purity = (left**2).sum(axis=1) / left.sum(axis=1) + (right**2).sum(axis=1) / right.sum(axis=1)
    best = last_left[purity.argmax()]
    return float(purity.max()), float((x[best] + x[best + 1]) / 2)


def sixty_fourths(X: Any) -> Any:
    """Round X to multiples of 1/64: exact in float32, and different values differ clearly."""
    return np.round(X * 64) / 64


def exact_links(rng: Any, n_leaves: int, prices: list[float]) -> Tree:
    """Return a tree whose links have one of a few prices; all its sums are exact in binary.

    A link is an inner node that pruning may cut. Its price is the rise of the risk for each leaf that the
    cut saves; the risk of a node is its impurity times its share of the rows. The rows are halved at each
    node. The risk of a leaf is a multiple of 1/64; the risk of an inner node is the risk below it plus its
    price times the number of leaves that cutting it saves.
    """
    tree = random_tree(rng, n_leaves)
    weight, leaves = np.full(len(tree.left), 2.0**20), np.ones(len(tree.left))
    risk = rng.integers(0, 33, len(tree.left)) / 64
    inner = np.flatnonzero(tree.left != -1)
    for node in inner:
        weight[[tree.left[node], tree.right[node]]] = weight[node] / 2
    for node in inner[::-1]:
        left, right = tree.left[node], tree.right[node]
        leaves[node] = leaves[left] + leaves[right]
        below = _below(tree, risk, left) + _below(tree, risk, right)
        risk[node] = below + (leaves[node] - 1) * float(rng.choice(prices))
    return tree._replace(weight=weight, impurity=risk * weight[0] / weight)


def _below(tree: Tree, risk: Any, node: Any) -> float:
    """Return the risk of all leaves below a node."""
    if tree.left[node] == -1:
        return float(risk[node])
    return _below(tree, risk, tree.left[node]) + _below(tree, risk, tree.right[node])
