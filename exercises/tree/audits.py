"""Audits, and what they need: they return False for an input on which right answers could differ.

Right answers differ on values between a threshold and its float32 neighbour, and on near ties.
"""

from typing import Any

import numpy as np
from mlkata.authoring import Step, Steps

from .judges import all_splits, columns_of, f1, leaves_of
from .stub import Tree

GAP = 1e-6
"""The least difference between numbers that decide something: relative for single splits and for prices,
absolute for the decreases of all nodes in `grow`, and for votes."""


def trees_and_rows(steps: Steps) -> list[tuple[Tree, Any]]:
    """Return the trees of all steps, each with the rows that are given with it."""
    pairs = []
    for step in steps:
        a = step.arguments
        X = a.get("X", a.get("X_val"))
        pairs += [(tree, X) for tree in a.get("trees", [a.get("tree")])]
    return pairs


def clear(steps: Steps) -> bool:
    """Return whether every test sends every row the same way in float32, in float64 and in a mix of both."""
    for tree, X in trees_and_rows(steps):
        inner = tree.left != -1
        x, threshold = X[:, tree.feature[inner]], tree.threshold[inner]
        goes_left = x <= threshold
        x32, threshold32 = x.astype(np.float32), threshold.astype(np.float32)
        if (goes_left != (x32 <= threshold)).any() or (goes_left != (x32 <= threshold32)).any():
            return False
    return True


def one_best(X: Any, y: Any, criterion: str, min_samples_leaf: int) -> bool:
    """Return whether the best split, if any, is better than the second-best by a margin."""
    decreases = sorted(split.decrease for split in all_splits(X, y, criterion, min_samples_leaf))
    return len(decreases) < 2 or decreases[-1] - decreases[-2] > GAP * max(decreases[-1], 1e-3)


def unique_path(tree: Tree) -> bool:
    """Return whether, before each cut, the lowest price is below the second-lowest by a margin."""
    for prices in link_prices(tree):
        ranked = np.sort(prices[np.isfinite(prices)])
        if len(ranked) > 1 and ranked[1] - ranked[0] < GAP * ranked[-1]:
            return False
    return True


def link_prices(tree: Tree) -> Any:
    """Yield, before each cut of cost-complexity pruning, the price of cutting each node: (n_nodes,).

    A link is an inner node, which pruning may cut. Its price is the rise of the risk for each leaf that the
    cut saves. It is infinite for leaves and for nodes that have been cut off.
    """
    left, right = tree.left.copy(), tree.right.copy()
    risk = tree.weight * tree.impurity / tree.weight[0]
    while left[0] != -1:
        below, leaves = risk.copy(), np.ones(len(risk))
        alive = np.zeros(len(risk), bool)
        alive[0] = True
        for node in np.flatnonzero(left != -1):
            alive[[left[node], right[node]]] |= alive[node]
        for node in np.flatnonzero(left != -1)[::-1]:
            below[node] = below[left[node]] + below[right[node]]
            leaves[node] = leaves[left[node]] + leaves[right[node]]
        inner = alive & (left != -1)
        prices = np.where(inner, (risk - below) / np.maximum(leaves - 1, 1), np.inf)
        yield prices
        weakest = int(prices.argmin())
        left[weakest] = right[weakest] = -1


def class_counts(tree: Tree, X: Any, y: Any) -> Any:
    """Return how many rows of each class pass each node: (n_nodes, n_classes)."""
    counts = np.zeros(tree.value.shape, int)
    np.add.at(counts, (leaves_of(tree, X), y), 1)
    for node in np.flatnonzero(tree.left != -1)[::-1]:
        counts[node] = counts[tree.left[node]] + counts[tree.right[node]]
    return counts


def stays_by_errors(tree: Tree, X: Any, y: Any, *, with_best: bool = True) -> Any:
    """Return which inner nodes reduced-error pruning keeps: (n_nodes,).

    As a leaf, a node is compared with its branch pruned in the best way. Without `with_best` it is compared
    with the unpruned branch, a common mistake.
    """
    counts = class_counts(tree, X, y)
    inner = np.flatnonzero(tree.left != -1)
    errors = counts.sum(axis=1) - counts[np.arange(len(counts)), tree.value.argmax(axis=1)]
    stays = np.zeros(len(counts), bool)
    for node in inner[::-1]:
        below = errors[tree.left[node]] + errors[tree.right[node]]
        stays[node] = errors[node] > below
        errors[node] = min(errors[node], below) if with_best else below
    for node in inner:
        stays[[tree.left[node], tree.right[node]]] &= stays[node]
    return stays


def fewest_errors_f1(tree: Tree, X: Any, y: Any) -> float:
    """Return the F1 of the tree that reduced-error pruning returns."""
    stays = stays_by_errors(tree, X, y)
    return f1(columns_of(tree._replace(left=np.where(stays, tree.left, -1)), X), y)


def growth(step: Step) -> Any:
    """Grow a tree as `grow` does; yield each node's depth, row numbers, share of rows, possible splits."""
    a = step.arguments
    waiting = [(0, np.arange(len(a["X"])))]
    while waiting:
        depth, chosen = waiting.pop()
        X, y, share = a["X"][chosen], a["y"][chosen], len(chosen) / len(a["X"])
        splits = all_splits(X, y, a["criterion"], a["min_samples_leaf"])
        yield depth, chosen, share, splits
        best = max(splits, key=lambda split: split.decrease, default=None)
        ends = depth == a["max_depth"] or len(chosen) < a["min_samples_split"] or best is None
        if not ends and best.decrease * share >= a["min_impurity_decrease"]:
            goes_left = X[:, best.feature] <= best.threshold
            waiting += [(depth + 1, chosen[~goes_left]), (depth + 1, chosen[goes_left])]


def unique_growth(steps: Steps) -> bool:
    """Return, for `grow`, whether each best split is unique and clearly above or below the least decrease."""
    least = steps[0].arguments["min_impurity_decrease"]
    for _, _, share, splits in growth(steps[0]):
        ranked = sorted((split.decrease for split in splits), reverse=True)
        if len(ranked) > 1 and ranked[0] - ranked[1] < GAP:
            return False
        if ranked and abs(ranked[0] * share - least) < GAP:
            return False
    return True


def fewest_fp_by_tp(tree: Tree, X: Any, y: Any) -> dict[int, int]:
    """Return, for each number of true positives that cuts can reach, the fewest false positives.

    `tables` holds such a dictionary for the branch below each node.
    """
    tables: list[dict[int, int]] = [{} for _ in tree.left]
    counts = class_counts(tree, X, y)
    for node in reversed(range(len(tree.left))):
        if tree.left[node] != -1:
            left, right = tree.left[node], tree.right[node]
            for left_tp, left_fp in tables[left].items():
                for right_tp, right_fp in tables[right].items():
                    tp = left_tp + right_tp
                    tables[node][tp] = min(left_fp + right_fp, tables[node].get(tp, len(y)))
        fp, tp = (int(n) for n in counts[node]) if tree.value[node, 1] > tree.value[node, 0] else (0, 0)
        tables[node][tp] = min(fp, tables[node].get(tp, len(y)))
    return tables[0]


def best_f1(tree: Tree, X: Any, y: Any) -> float:
    """Return the highest F1 that cuts can reach."""
    return max(2 * tp / max(tp + fp + int(y.sum()), 1) for tp, fp in fewest_fp_by_tp(tree, X, y).items())


def greedy_f1(tree: Tree, X: Any, y: Any, *, whole: bool, careful: bool) -> float:
    """Return the F1 of a tree pruned greedily: children first, a node is cut if F1 does not fall.

    Most people write this, but it may miss the best F1. The F1 compared is that of the `whole` tree, or
    else of the branch on the rows that reach it. With `careful`, a node is not cut if TP stays 0 but FP
    rises.
    """
    counts = class_counts(tree, X, y)
    positive = tree.value[:, 1] > tree.value[:, 0]
    leaf = np.where(positive[:, None], counts, 0)  # (n_nodes, 2): FP and TP of each node as a leaf
    branch = leaf.copy()
    total = leaf[tree.left == -1].sum(axis=0)
    for node in np.flatnonzero(tree.left != -1)[::-1]:
        below = branch[tree.left[node]] + branch[tree.right[node]]
        cut = total - below + leaf[node]
        if whole:
            falls = _f1(cut, counts[0, 1]) < _f1(total, counts[0, 1])
        else:
            falls = _f1(leaf[node], counts[node, 1]) < _f1(below, counts[node, 1])
        falls |= careful and leaf[node, 1] == below[1] == 0 and leaf[node, 0] > below[0]
        branch[node] = below if falls else leaf[node]
        total = total if falls else cut
    return _f1(total, counts[0, 1])


def _f1(fp_and_tp: Any, positives: float) -> float:
    """Return F1 from false and true positives; 0 without a true positive."""
    tp = float(fp_and_tp[1])
    return 2 * tp / (float(fp_and_tp.sum()) + float(positives)) if tp else 0.0


def clear_votes(steps: Steps) -> bool:
    """Return, for `forest_predict`, whether the two largest sums of each row differ by a margin."""
    a = steps[0].arguments
    totals = np.sort(sum(tree.value[leaves_of(tree, a["X"])] for tree in a["trees"]), axis=1)
    return totals.shape[1] == 1 or bool((totals[:, -1] - totals[:, -2] > GAP).all())
