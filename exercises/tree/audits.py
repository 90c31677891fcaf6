"""Refuses inputs on which right answers could differ: values between two precisions, near ties."""

from typing import Any

import numpy as np
from mlkata.authoring import Step, Steps

from .judges import all_splits, columns_of, f1, leaves_of
from .stub import Tree

GAP = 1e-6
"""The least difference, relative to the largest value, between numbers that decide something."""


def trees_and_rows(steps: Steps) -> list[tuple[Tree, Any]]:
    """List the trees of all steps, each with the rows that walk it."""
    pairs = []
    for step in steps:
        a = step.arguments
        X = a.get("X", a.get("X_val"))
        pairs += [(tree, X) for tree in a.get("trees", [a.get("tree")])]
    return pairs


def clear(steps: Steps) -> bool:
    """Does each test send each row the same way in float32, in float64 and in between?"""
    for tree, X in trees_and_rows(steps):
        inner = tree.left != -1
        x, threshold = X[:, tree.feature[inner]], tree.threshold[inner]
        ways = x <= threshold
        single = x.astype(np.float32)
        if (ways != (single <= threshold)).any() or (ways != (single <= threshold.astype(np.float32))).any():
            return False
    return True


def one_best(X: Any, y: Any, criterion: str, min_samples_leaf: int) -> bool:
    """Is the best split, if there is one, better than the second by a margin?"""
    decreases = sorted(split[2] for split in all_splits(X, y, criterion, min_samples_leaf))
    return len(decreases) < 2 or decreases[-1] - decreases[-2] > GAP * max(decreases[-1], 1e-3)


def unique_path(tree: Tree) -> bool:
    """While the weakest links are cut, is each weaker than the second by a margin?"""
    for prices in link_prices(tree):
        ranked = np.sort(prices[np.isfinite(prices)])
        if len(ranked) > 1 and ranked[1] - ranked[0] < GAP * ranked[-1]:
            return False
    return True


def link_prices(tree: Tree) -> Any:
    """The price of each link (n_nodes,), infinite where there is none, before each cut."""
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
    """How many rows of each class pass each node: (n_nodes, n_classes)."""
    counts = np.zeros(tree.value.shape, int)
    np.add.at(counts, (leaves_of(tree, X), y), 1)
    for node in np.flatnonzero(tree.left != -1)[::-1]:
        counts[node] = counts[tree.left[node]] + counts[tree.right[node]]
    return counts


def stays_by_errors(tree: Tree, X: Any, y: Any, *, with_best: bool = True) -> Any:
    """Which inner nodes reduced-error pruning leaves as they are: (n_nodes,).

    A node is held against the best of its branch, or, wrongly, against all leaves of the uncut one.
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
    """The F1 of the tree that reduced-error pruning gives."""
    stays = stays_by_errors(tree, X, y)
    return f1(columns_of(tree._replace(left=np.where(stays, tree.left, -1)), X), y)


def growth(step: Step) -> Any:
    """Follow `grow`: for each node its depth, its rows, its share, and all splits that it could have."""
    a = step.arguments
    waiting = [(0, np.arange(len(a["X"])))]
    while waiting:
        depth, chosen = waiting.pop()
        X, y, share = a["X"][chosen], a["y"][chosen], len(chosen) / len(a["X"])
        splits = all_splits(X, y, a["criterion"], a["min_samples_leaf"])
        yield depth, chosen, share, splits
        best = max(splits, key=lambda split: split[2], default=None)
        ends = depth == a["max_depth"] or len(chosen) < a["min_samples_split"] or best is None
        if not ends and best[2] * share >= a["min_impurity_decrease"]:
            goes_left = X[:, best[0]] <= best[1]
            waiting += [(depth + 1, chosen[~goes_left]), (depth + 1, chosen[goes_left])]


def unique_growth(steps: Steps) -> bool:
    """For `grow`: is each best split unique by a margin, and clearly enough or clearly too little?"""
    least = steps[0].arguments["min_impurity_decrease"]
    for _, _, share, splits in growth(steps[0]):
        ranked = sorted((split[2] for split in splits), reverse=True)
        if len(ranked) > 1 and ranked[0] - ranked[1] < GAP:
            return False
        if ranked and abs(ranked[0] * share - least) < GAP:
            return False
    return True


def some_paths(tree: Tree, X: Any, y: Any) -> dict[int, int]:
    """For each number of true positives that cuts can reach, the fewest false positives."""
    tables: list[dict[int, int]] = [{} for _ in tree.left]
    counts = class_counts(tree, X, y)
    for node in reversed(range(len(tree.left))):
        if tree.left[node] != -1:
            a, b = tree.left[node], tree.right[node]
            for tp, fp in tables[a].items():
                for more, other in tables[b].items():
                    tables[node][tp + more] = min(fp + other, tables[node].get(tp + more, len(y)))
        fp, tp = (int(n) for n in counts[node]) if tree.value[node, 1] > tree.value[node, 0] else (0, 0)
        tables[node][tp] = min(fp, tables[node].get(tp, len(y)))
    return tables[0]


def best_f1(tree: Tree, X: Any, y: Any) -> float:
    """The highest F1 that cuts can reach."""
    return max(2 * tp / max(tp + fp + int(y.sum()), 1) for tp, fp in some_paths(tree, X, y).items())


def greedy_f1(tree: Tree, X: Any, y: Any, *, whole: bool, careful: bool) -> float:
    """The F1 of what most people write: children first, cut where F1 does not fall.

    F1 of the `whole` tree, or of the branch on the rows that come to it. A `careful` one does not cut where
    TP stays 0 but FP rises.
    """
    counts = class_counts(tree, X, y)
    positive = tree.value[:, 1] > tree.value[:, 0]
    leaf = np.where(positive[:, None], counts, 0)  # (n_nodes, 2), FP and TP of each node as a leaf
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
    """F1 by the false and true positives; 0 where there is none."""
    tp = float(fp_and_tp[1])
    return 2 * tp / (float(fp_and_tp.sum()) + float(positives)) if tp else 0.0


def clear_votes(steps: Steps) -> bool:
    """For `forest_predict`: are the two largest sums of each row apart by a margin?"""
    a = steps[0].arguments
    totals = np.sort(sum(tree.value[leaves_of(tree, a["X"])] for tree in a["trees"]), axis=1)
    return totals.shape[1] == 1 or bool((totals[:, -1] - totals[:, -2] > GAP).all())
