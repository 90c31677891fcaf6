"""Judges of the track: certificates where several trees or splits are right.

Trees are compared whatever the numbers of their nodes.
"""

from typing import Any

import numpy as np
from mlkata.authoring import Steps, Tolerance, Values, exact, near, outputs

from .stub import Tree

SUMS = Tolerance(
    rtol=1e-9,
    atol=1e-11,
    rtol32=1e-6,
    reason="sums of at most 1e4 terms of size 1, in any order, err by n·eps = 2e-12",
)
FRACTIONS = Tolerance(
    rtol=1e-12, atol=1e-13, rtol32=1e-6, reason="fractions are copied, or divided once more by their sum"
)
SLACK = 1e-9
"""Relative difference of two decreases of impurity that rounding could make."""

leaves_only = outputs(leaves=exact)
labels_only = outputs(labels=exact)
proba_only = outputs(proba=near(FRACTIONS))
impurity_only = outputs(impurity=near(SUMS))
scores_only = outputs(scores=near(SUMS))
importances_only = outputs(importances=near(SUMS))
stats = outputs(weight=near(SUMS), value=near(SUMS), impurity=near(SUMS))


def path_values(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge a pruning path: as many entries, values that are near."""
    for path, oracle_path in zip(got, expected, strict=True):
        if len(path[0]) != len(oracle_path[0]) or len(path[1]) != len(oracle_path[1]):
            return f"yours has {len(path[0])} alphas and {len(path[1])} impurities, expected {len(oracle_path[0])}"
    return outputs(alphas=near(SUMS), impurities=near(SUMS))(steps, got, expected)


def not_a_tree(tree: Tree) -> str | None:
    """Say why these arrays are no tree, or None where they are one."""
    n_nodes = len(tree.left)
    if n_nodes == 0:
        return "tree: there is no node"
    n_parents = np.zeros(n_nodes, int)
    for node in range(n_nodes):
        left, right = int(tree.left[node]), int(tree.right[node])
        if left == right == -1:
            continue
        if not (node < left < n_nodes and node < right < n_nodes):
            return (
                f"tree: node {node} has the children {left} and {right}: expected -1 and -1, "
                f"or {node + 1} to {n_nodes - 1}"
            )
        n_parents[[left, right]] += 1
        if left == right:
            return f"tree: node {node} has node {left} as both children"
    n_parents[0] += 1
    if (n_parents != 1).any():
        node = int(np.argmax(n_parents != 1))
        return f"tree: node {node} has {n_parents[node]} parents: nodes that are cut off do not stay"
    return None


def pairs(tree: Tree, other: Tree) -> list[tuple[int, int]]:
    """Walk two trees side by side, as far as both have inner nodes: nodes at the same place."""
    matches, stack = [], [(0, 0)]
    while stack:
        a, b = stack.pop()
        matches.append((a, b))
        if tree.left[a] != -1 and other.left[b] != -1:
            stack += [(int(tree.right[a]), int(other.right[b])), (int(tree.left[a]), int(other.left[b]))]
    return matches


def not_cut_from(tree: Tree, original: Tree) -> str | None:
    """Say why a tree cannot be had from the original by cuts, or None where it can."""
    message = not_a_tree(tree)
    if message:
        return message
    if tree.value.shape[1] != original.value.shape[1]:
        return f"tree: value has {tree.value.shape[1]} columns, expected {original.value.shape[1]}"
    for node, old in pairs(tree, original):
        for name in ("value", "weight", "impurity"):
            if not np.allclose(getattr(tree, name)[node], getattr(original, name)[old], 1e-12, 1e-12):
                return f"tree: node {node} was node {old}, but {name} has changed"
        if tree.left[node] == -1:
            continue
        if original.left[old] == -1:
            return f"tree: node {node} was the leaf {old}, and now has children"
        for name in ("feature", "threshold", "missing_left"):
            if getattr(tree, name)[node] != getattr(original, name)[old]:
                return f"tree: node {node} was node {old}, but {name} has changed"
    return None


def leaves_of(tree: Tree, X: Any, dtype: type = np.float32) -> Any:
    """The leaf of each row (n_samples,), by the contract of `apply`; in another dtype it may be wrong."""
    X = np.asarray(X, dtype)
    at = np.zeros(len(X), int)
    rows = np.flatnonzero(tree.left[at] != -1)
    while len(rows):
        node = at[rows]
        x = X[rows, tree.feature[node]]
        goes_left = np.where(np.isnan(x), tree.missing_left[node], x <= tree.threshold[node])
        at[rows] = np.where(goes_left, tree.left[node], tree.right[node])
        rows = rows[tree.left[at[rows]] != -1]
    return at


def columns_of(tree: Tree, X: Any) -> Any:
    """The column that each row is predicted to be (n_samples,)."""
    return tree.value[leaves_of(tree, X)].argmax(axis=1)


def fewest_errors(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge reduced-error pruning: cut from the given tree, with its fewest errors and leaves."""
    for step, tree, best in zip(steps, got, expected, strict=True):
        X, y = step.arguments["X_val"], step.arguments["y_val"]
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        errors, fewest = (int((columns_of(candidate, X) != y).sum()) for candidate in (tree, best))
        if errors > fewest:
            return f"tree: yours makes {errors} errors, {fewest} are possible"
        leaves, least = (int((candidate.left == -1).sum()) for candidate in (tree, best))
        if leaves > least:
            return f"tree: yours has {leaves} leaves, {least} make as few errors"
    return None


def highest_f1(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge pruning for F1: cut from the given tree, with the highest F1 that cuts can reach."""
    for step, tree, best in zip(steps, got, expected, strict=True):
        X, y = step.arguments["X_val"], step.arguments["y_val"]
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        score, highest = (f1(columns_of(candidate, X), y) for candidate in (tree, best))
        if score < highest - 1e-12:
            return f"tree: yours has F1 {score:.6f}, {highest:.6f} is possible"
    return None


def f1(predicted: Any, y: Any) -> float:
    """F1 of column 1; 0 where there is no true positive."""
    tp = int(((predicted == 1) & (y == 1)).sum())
    return 2 * tp / (int((predicted == 1).sum()) + int((y == 1).sum())) if tp else 0.0


def mixed(sums: Any, criterion: str) -> Any:
    """Impurity by class counts (..., n_classes), or by 1, y, y² summed (..., 3): (...)."""
    total = np.maximum(sums.sum(axis=-1), 1e-300) if criterion != "squared_error" else sums[..., 0]
    if criterion == "squared_error":
        return np.maximum(sums[..., 2] / total - (sums[..., 1] / total) ** 2, 0)
    shares = sums / total[..., None]
    if criterion == "gini":
        return (shares * (1 - shares)).sum(axis=-1)
    return -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=-1)


def moments(y: Any, criterion: str) -> Any:
    """What sums up over rows: one-hot classes (n_samples, n_classes), or 1, y, y² (n_samples, 3)."""
    y = np.asarray(y)
    if criterion == "squared_error":
        y = y.astype(float) - y.mean()
        return np.stack([np.ones(len(y)), y, y * y], axis=1)
    return (y[:, None] == np.unique(y)).astype(float)


def all_splits(X: Any, y: Any, criterion: str, min_samples_leaf: int) -> list[tuple[int, float, float]]:
    """Every split that the contract allows, by direct sums over masks: feature, threshold, decrease."""
    table = moments(y, criterion)
    n, total = len(X), table.sum(axis=0)
    before = mixed(total, criterion)
    if len(np.unique(y)) == 1:
        return []
    splits = []
    for feature in range(X.shape[1]):
        values = np.unique(X[:, feature])
        thresholds = (values[:-1] + values[1:]) / 2
        left = (X[:, feature][:, None] <= thresholds).T.astype(float)  # (n_thresholds, n_samples)
        size, sums = left.sum(axis=1), left @ table
        after = (size * mixed(sums, criterion) + (n - size) * mixed(total - sums, criterion)) / n
        fits = (size >= min_samples_leaf) & (n - size >= min_samples_leaf)
        splits += [(feature, float(t), float(before - a)) for t, a, fit in zip(thresholds, after, fits) if fit]
    return splits


def split_faults(split: Any, splits: Any, scale: float) -> str | None:
    """Say why a feature and a threshold are no best split among all of them, or None."""
    feature, threshold = int(split[0]), float(split[1])
    best = max((allowed[2] for allowed in splits), default=None)
    if best is None:
        return None if feature == -1 else f"feature: yours {feature}, but there is no split: expected -1"
    if feature == -1:
        return f"feature: yours -1, but there is a split with decrease {best:.6g}"
    close = SLACK * (1 + abs(threshold))
    mine = [allowed[2] for allowed in splits if allowed[0] == feature and abs(allowed[1] - threshold) <= close]
    if not mine:
        return (
            f"threshold: {threshold:.9g} of feature {feature} is no midpoint of neighbouring distinct values "
            "that leaves enough rows on each side"
        )
    if mine[0] < best - SLACK * scale:
        return f"feature {feature}, threshold {threshold:.6g}: decrease {mine[0]:.6g}, {best:.6g} is possible"
    return None


def right_split(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `best_split`: allowed, none is better, and its decrease is right; as is scikit-learn's."""
    for step, split, oracle_split in zip(steps, got, expected, strict=True):
        a = {"criterion": "gini", "min_samples_leaf": 1} | dict(step.arguments)
        scale = float(mixed(moments(a["y"], a["criterion"]).sum(axis=0), a["criterion"]))
        splits = all_splits(a["X"], a["y"], a["criterion"], a["min_samples_leaf"])
        message = split_faults(split, splits, scale)
        if message:
            return message
        if abs(float(split[2]) - oracle_split[2]) > SLACK * scale:
            return f"decrease: yours {float(split[2]):.6g}, expected {oracle_split[2]:.6g}"
        if split[0] == -1 and split[1] != 0:
            return f"threshold: yours {float(split[1]):.6g}, expected 0.0 where there is no split"
    return None


def grown(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` node by node: right statistics, best splits, leaves where a limit asks for them.

    Of equally good splits any is right, so the tree may differ from scikit-learn's.
    """
    del expected
    for step, tree in zip(steps, got, strict=True):
        message = not_a_tree(tree) or _grown(tree, **step.arguments)
        if message:
            return message
    return None


def same_tree(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` where each best split is unique: as `grown`, and node for node as scikit-learn's."""
    message = grown(steps, got, expected)
    if message:
        return message
    for tree, oracle_tree in zip(got, expected, strict=True):
        for node, twin in pairs(tree, oracle_tree):
            if (tree.left[node] == -1) != (oracle_tree.left[twin] == -1):
                kinds = ("a leaf", "split") if tree.left[node] == -1 else ("split", "a leaf")
                return f"tree: node {node} is {kinds[0]}, expected it to be {kinds[1]}"
    return None


def as_many_nodes(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` where several trees are right, all of one size."""
    message = grown(steps, got, expected)
    if message:
        return message
    for tree, oracle_tree in zip(got, expected, strict=True):
        if len(tree.left) != len(oracle_tree.left):
            return f"tree: yours has {len(tree.left)} nodes, expected {len(oracle_tree.left)}"
    return None


def _grown(
    tree: Tree,
    X: Any,
    y: Any,
    *,
    max_depth: Any,
    min_samples_split: int,
    min_samples_leaf: int,
    min_impurity_decrease: float,
    criterion: str,
) -> str | None:
    table = moments(y, criterion)
    scale = float(mixed(table.sum(axis=0), criterion)) or 1.0
    columns = 1 if criterion == "squared_error" else table.shape[1]
    if tree.value.shape[1] != columns:
        return f"tree: value has {tree.value.shape[1]} columns, expected {columns}"
    inside, depth = {0: np.arange(len(X))}, {0: 0}
    for node in range(len(tree.left)):
        rows = inside[node]
        n = len(rows)
        sums = table[rows].sum(axis=0)
        value = [y[rows].mean()] if criterion == "squared_error" else sums / n
        right = {"value": value, "weight": n, "impurity": mixed(sums, criterion)}
        for name, expected in right.items():
            mine = getattr(tree, name)[node]
            if not np.allclose(mine, expected, SLACK, SLACK * scale):
                return f"tree: {name} of node {node} is {mine}, expected {np.asarray(expected)}"
        splits = all_splits(X[rows], y[rows], criterion, min_samples_leaf)
        if (max_depth is not None and depth[node] >= max_depth) or n < min_samples_split:
            splits = []
        best = max((allowed[2] for allowed in splits), default=-1.0) * n / len(X)
        if best < min_impurity_decrease - SLACK * scale:
            splits = []
        if tree.left[node] == -1:
            if splits and best > min_impurity_decrease + SLACK * scale:
                return f"tree: node {node} is a leaf, but no limit asks for it"
            continue
        split = (tree.feature[node], tree.threshold[node])
        if not splits:
            return f"tree: node {node} is split; expected a leaf"
        message = split_faults(split, splits, scale)
        if message:
            return f"tree: node {node}: {message}"
        goes_left = X[rows, int(split[0])] <= split[1]
        for child, chosen in ((int(tree.left[node]), goes_left), (int(tree.right[node]), ~goes_left)):
            inside[child], depth[child] = rows[chosen], depth[node] + 1
    return None


def same_cuts(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `prune_ccp`: cut from the given tree, at the nodes where scikit-learn cuts it."""
    for step, tree, oracle_tree in zip(steps, got, expected, strict=True):
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        if any((tree.left[a] == -1) != (oracle_tree.left[b] == -1) for a, b in pairs(tree, oracle_tree)):
            n_leaves, expected_leaves = (int((candidate.left == -1).sum()) for candidate in (tree, oracle_tree))
            return f"tree: cut at other nodes: yours has {n_leaves} leaves, expected {expected_leaves}"
    return None


def needed(trees: Any, X: Any) -> tuple[Any, Any]:
    """How many trees a row needs (n_samples,) each: at least, by the leaves' values, and by the lead."""
    fractions = np.stack(
        [tree.value[leaves_of(tree, X)] for tree in trees]
    )  # (n_trees, n_samples, n_classes)
    n_trees, n, _ = fractions.shape
    # gains[t, a, b]: how much tree t can at most add to class b against class a
    gains = np.stack([_gains(tree) for tree in trees])
    later = np.cumsum(gains[::-1], axis=0)[::-1] - gains
    sums = np.cumsum(fractions, axis=0)
    least, most = np.full(n, n_trees), np.full(n, n_trees)
    for n_asked in range(n_trees, 0, -1):
        total = sums[n_asked - 1]
        leader = total.argmax(axis=1)
        ahead = total[np.arange(n), leader][:, None] - total  # (n_samples, n_classes)
        ahead[np.arange(n), leader] = np.inf
        settled = (ahead >= later[n_asked - 1][leader] - SLACK).all(axis=1)
        by_lead = ahead.min(axis=1) > n_trees - n_asked + SLACK
        least[settled], most[by_lead] = n_asked, n_asked
    return least, most


def _gains(tree: Tree) -> Any:
    value = tree.value[tree.left == -1]  # (n_leaves, n_classes)
    return (value[:, None, :] - value[:, :, None]).max(axis=0)


def labels_in_time(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `forest_predict`: right labels, and no tree asked that the contract says is not needed.

    Fewer trees than the lead asks for are right as long as no leaves of the others could change the label.
    """
    for step, (labels, used), (true_labels, _) in zip(steps, got, expected, strict=True):
        message = exact("labels", labels, true_labels, steps)
        if message:
            return message
        least, most = needed(step.arguments["trees"], step.arguments["X"])
        for row, (low, number, high) in enumerate(zip(least, used, most)):
            if number > high:
                return f"trees_used: row {row} asked {number} trees, its lead suffices after {high}"
            if number < low:
                return f"trees_used: row {row} asked {number} trees, too few: its label was not certain yet"
    return None
