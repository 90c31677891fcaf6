"""Judges of the track: each returns None for a right answer, or one line that says what is wrong.

Where several trees or splits are right, a judge verifies the answer instead of comparing it with the
expected one. Trees are compared node by node; the numbering of the nodes does not matter.
"""

from typing import Any, NamedTuple

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
    rtol=1e-12, atol=1e-13, rtol32=1e-6, reason="fractions are copied, or divided again by their sum"
)
SLACK = 1e-9
"""Relative difference of two decreases of impurity that may be due to rounding."""


class Split(NamedTuple):
    """A test that divides the rows of a node, and by how much it lowers their impurity."""

    feature: int
    threshold: float
    decrease: float


leaves_only = outputs(leaves=exact)
labels_only = outputs(labels=exact)
proba_only = outputs(proba=near(FRACTIONS))
impurity_only = outputs(impurity=near(SUMS))
scores_only = outputs(scores=near(SUMS))
importances_only = outputs(importances=near(SUMS))
stats = outputs(weight=near(SUMS), value=near(SUMS), impurity=near(SUMS))


def path_values(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge a pruning path: its number of entries, then its values."""
    for (alphas, impurities), (true_alphas, _) in zip(got, expected, strict=True):
        if not len(alphas) == len(impurities) == len(true_alphas):
            return (
                f"alphas, impurities: yours have {len(alphas)} and {len(impurities)} entries, "
                f"expected {len(true_alphas)} each"
            )
    return outputs(alphas=near(SUMS), impurities=near(SUMS))(steps, got, expected)


def not_a_tree(tree: Tree) -> str | None:
    """Return why these arrays are not a tree, or None if they are one."""
    n_nodes = len(tree.left)
    if n_nodes == 0:
        return "tree: yours has no nodes, expected at least 1"
    n_parents = np.zeros(n_nodes, int)
    for node in range(n_nodes):
        left, right = int(tree.left[node]), int(tree.right[node])
        if left == right == -1:
            continue
        if not (node < left < n_nodes and node < right < n_nodes):
            return (
                f"tree: node {node} has the children {left} and {right}; expected -1 and -1, "
                f"or two numbers from {node + 1} to {n_nodes - 1}"
            )
        n_parents[[left, right]] += 1
        if left == right:
            return f"tree: node {node} has node {left} as its left and as its right child"
    n_parents[0] += 1  # as if the root had one, so that each node needs exactly 1
    if (n_parents != 1).any():
        node = int(np.argmax(n_parents != 1))
        if n_parents[node] == 0:
            return f"tree: node {node} has no parent; remove the nodes that you cut off from the arrays"
        return f"tree: node {node} has {n_parents[node]} parents, expected 1 (the root, node 0, has none)"
    return None


def pairs(tree: Tree, other: Tree) -> list[tuple[int, int]]:
    """Return the pairs of nodes at the same place in two trees, as far as both trees reach."""
    matches, stack = [], [(0, 0)]
    while stack:
        a, b = stack.pop()
        matches.append((a, b))
        if tree.left[a] != -1 and other.left[b] != -1:
            stack += [(int(tree.right[a]), int(other.right[b])), (int(tree.left[a]), int(other.left[b]))]
    return matches


def not_cut_from(tree: Tree, original: Tree) -> str | None:
    """Return why a tree cannot result from cutting the original, or None if it can."""
    message = not_a_tree(tree)
    if message:
        return message
    if tree.value.shape[1] != original.value.shape[1]:
        return f"tree: value has {tree.value.shape[1]} columns, expected {original.value.shape[1]}"
    for node, origin in pairs(tree, original):
        for name in ("value", "weight", "impurity"):
            if not np.allclose(
                getattr(tree, name)[node], getattr(original, name)[origin], rtol=1e-12, atol=1e-12
            ):
                return (
                    f"tree: your node {node} is node {origin} of the given tree, but its {name} has changed"
                )
        if tree.left[node] == -1:
            continue
        if original.left[origin] == -1:
            return f"tree: your node {node} is leaf {origin} of the given tree, but it has children"
        for name in ("feature", "threshold", "missing_left"):
            if getattr(tree, name)[node] != getattr(original, name)[origin]:
                return (
                    f"tree: your node {node} is node {origin} of the given tree, but its {name} has changed"
                )
    return None


def leaves_of(tree: Tree, X: Any, dtype: type = np.float32) -> Any:
    """Return the leaf of each row: (n_samples,). With float32 this is what the contract of `apply` says."""
    X = np.asarray(X, dtype)
    reached = np.zeros(len(X), int)
    rows = np.flatnonzero(tree.left[reached] != -1)  # the rows that are not at a leaf yet
    while len(rows):
        node = reached[rows]
        x = X[rows, tree.feature[node]]
        goes_left = np.where(np.isnan(x), tree.missing_left[node], x <= tree.threshold[node])
        reached[rows] = np.where(goes_left, tree.left[node], tree.right[node])
        rows = rows[tree.left[reached[rows]] != -1]
    return reached


def columns_of(tree: Tree, X: Any) -> Any:
    """Return the column of `value` that each row's leaf predicts: (n_samples,)."""
    return tree.value[leaves_of(tree, X)].argmax(axis=1)


def fewest_errors(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge reduced-error pruning: a cut of the given tree with the fewest errors, then the fewest leaves."""
    for step, tree, best in zip(steps, got, expected, strict=True):
        X, y = step.arguments["X_val"], step.arguments["y_val"]
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        errors, fewest = (int((columns_of(candidate, X) != y).sum()) for candidate in (tree, best))
        if errors > fewest:
            return f"tree: number of errors: yours {errors}, expected {fewest}, the fewest possible"
        leaves, least = (int((candidate.left == -1).sum()) for candidate in (tree, best))
        if leaves > least:
            return f"tree: yours has {_leaves(leaves)}; {_leaves(least)} can make as few errors"
    return None


def highest_f1(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge pruning for F1: a cut of the given tree with the highest F1 that cuts can reach."""
    for step, tree, best in zip(steps, got, expected, strict=True):
        X, y = step.arguments["X_val"], step.arguments["y_val"]
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        score, highest = (f1(columns_of(candidate, X), y) for candidate in (tree, best))
        if score < highest - 1e-12:
            return f"tree: yours has F1 {score:.6f}, expected {highest:.6f}, the highest possible"
    return None


def f1(predicted: Any, y: Any) -> float:
    """Return the F1 of column 1; 0 without a true positive."""
    tp = int(((predicted == 1) & (y == 1)).sum())
    return 2 * tp / (int((predicted == 1).sum()) + int((y == 1).sum())) if tp else 0.0


def impurity_of(sums: Any, criterion: str) -> Any:
    """Return the impurities of some groups of rows from the sums of their lines of `terms_of`.

    Sums have shape (..., n_classes) or, for "squared_error", (..., 3); impurities have shape (...).
    """
    # 1e-300 only prevents a division by 0.
    total = np.maximum(sums.sum(axis=-1), 1e-300) if criterion != "squared_error" else sums[..., 0]
    if criterion == "squared_error":
        return np.maximum(sums[..., 2] / total - (sums[..., 1] / total) ** 2, 0)
    shares = sums / total[..., None]
    if criterion == "gini":
        return (shares * (1 - shares)).sum(axis=-1)
    return -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=-1)


def terms_of(y: Any, criterion: str) -> Any:
    """Return a line of terms for each row; `impurity_of` needs only the sums of these over a group of rows.

    The terms are one-hot classes (n_samples, n_classes), whose sums are class counts. For "squared_error"
    they are 1, y and y² (n_samples, 3); the mean of y is subtracted first, so that squares stay small.
    """
    y = np.asarray(y)
    if criterion == "squared_error":
        y = y.astype(float) - y.mean()
        return np.stack([np.ones(len(y)), y, y * y], axis=1)
    return (y[:, None] == np.unique(y)).astype(float)


def all_splits(X: Any, y: Any, criterion: str, min_samples_leaf: int) -> list[Split]:
    """Return every split that the contract allows, by direct sums."""
    table = terms_of(y, criterion)
    n, total = len(X), table.sum(axis=0)
    before = impurity_of(total, criterion)
    if len(np.unique(y)) == 1:
        return []
    splits = []
    for feature in range(X.shape[1]):
        values = np.unique(X[:, feature])
        thresholds = (values[:-1] + values[1:]) / 2
        left = (X[:, feature][:, None] <= thresholds).T.astype(float)  # (n_thresholds, n_samples)
        size, sums = left.sum(axis=1), left @ table
        after = (size * impurity_of(sums, criterion) + (n - size) * impurity_of(total - sums, criterion)) / n
        fits = (size >= min_samples_leaf) & (n - size >= min_samples_leaf)
        candidates = zip(thresholds, after, fits)
        splits += [Split(feature, float(t), float(before - a)) for t, a, fit in candidates if fit]
    return splits


def split_faults(split: Any, splits: Any, scale: float) -> str | None:
    """Return why the feature and threshold of `split` are not those of a best one among `splits`, or None.

    `scale` is the impurity of all rows: decreases that differ by less than SLACK times this count as equal.
    """
    feature, threshold = int(split[0]), float(split[1])
    best = max((allowed.decrease for allowed in splits), default=None)
    if best is None:
        return None if feature == -1 else f"feature: yours {feature}, expected -1, since no split is possible"
    if feature == -1:
        return f"feature: yours -1, but a split with decrease {best:.6g} is possible"
    close = SLACK * (1 + abs(threshold))
    decreases = [
        decrease
        for allowed_feature, midpoint, decrease in splits
        if allowed_feature == feature and abs(midpoint - threshold) <= close
    ]
    if not decreases:
        return (
            f"threshold: yours {threshold:.9g} for feature {feature}, expected a midpoint of neighbouring "
            "distinct values that leaves enough rows on each side"
        )
    if decreases[0] < best - SLACK * scale:
        return (
            f"feature, threshold: yours {feature}, {threshold:.6g} decrease the impurity by "
            f"{decreases[0]:.6g}, expected {best:.6g} as by the best split"
        )
    return None


def right_split(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `best_split`: the split is allowed, none is better, and its decrease is right."""
    for step, split, oracle_split in zip(steps, got, expected, strict=True):
        a = {"criterion": "gini", "min_samples_leaf": 1} | dict(step.arguments)
        scale = float(impurity_of(terms_of(a["y"], a["criterion"]).sum(axis=0), a["criterion"]))
        splits = all_splits(a["X"], a["y"], a["criterion"], a["min_samples_leaf"])
        message = split_faults(split, splits, scale)
        if message:
            return message
        if abs(float(split[2]) - oracle_split[2]) > SLACK * scale:
            return f"decrease: yours {float(split[2]):.6g}, expected {oracle_split[2]:.6g}"
        if split[0] == -1 and split[1] != 0:
            return f"threshold: yours {float(split[1]):.6g}, expected 0.0, since no split is possible"
    return None


def grown(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` node by node: right statistics, best splits, and leaves exactly at the limits.

    Any of several equally good splits is right, so the tree may differ from scikit-learn's.
    """
    del expected
    for step, tree in zip(steps, got, strict=True):
        message = not_a_tree(tree) or _grown(tree, **step.arguments)
        if message:
            return message
    return None


def same_tree(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` where each best split is unique: as `grown`, but the shape must be scikit-learn's."""
    message = grown(steps, got, expected)
    if message:
        return message
    for tree, oracle_tree in zip(got, expected, strict=True):
        for node, twin in pairs(tree, oracle_tree):
            if (tree.left[node] == -1) != (oracle_tree.left[twin] == -1):
                kinds = ("a leaf", "split") if tree.left[node] == -1 else ("split", "a leaf")
                return f"tree: your node {node} is {kinds[0]}, expected it to be {kinds[1]}"
    return None


def as_many_nodes(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `grow` where several trees are right, all with the same number of nodes."""
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
    """Return the first fault of a tree that was grown from X and y within these limits, or None."""
    table = terms_of(y, criterion)
    scale = float(impurity_of(table.sum(axis=0), criterion)) or 1.0
    columns = 1 if criterion == "squared_error" else table.shape[1]
    if tree.value.shape[1] != columns:
        return f"tree: value has {tree.value.shape[1]} columns, expected {columns}"
    rows_of_node, depth = {0: np.arange(len(X))}, {0: 0}
    for node in range(len(tree.left)):
        rows = rows_of_node[node]
        n = len(rows)
        sums = table[rows].sum(axis=0)
        value = [y[rows].mean()] if criterion == "squared_error" else sums / n
        right = {"value": value, "weight": n, "impurity": impurity_of(sums, criterion)}
        for name, expected in right.items():
            yours = getattr(tree, name)[node]
            if not np.allclose(yours, expected, rtol=SLACK, atol=SLACK * scale):
                return f"tree: {name} of node {node}: yours {yours}, expected {np.asarray(expected)}"
        splits = all_splits(X[rows], y[rows], criterion, min_samples_leaf)
        if (max_depth is not None and depth[node] >= max_depth) or n < min_samples_split:
            splits = []
        best = max((allowed.decrease for allowed in splits), default=-1.0) * n / len(X)
        if best < min_impurity_decrease - SLACK * scale:
            splits = []
        if tree.left[node] == -1:
            if splits and best > min_impurity_decrease + SLACK * scale:
                return f"tree: your node {node} is a leaf, expected a split: no limit stops it"
            continue
        split = (tree.feature[node], tree.threshold[node])
        if not splits:
            return f"tree: your node {node} is split, expected a leaf"
        message = split_faults(split, splits, scale)
        if message:
            return f"tree: node {node}: {message}"
        goes_left = X[rows, int(split[0])] <= split[1]
        for child, chosen in ((int(tree.left[node]), goes_left), (int(tree.right[node]), ~goes_left)):
            rows_of_node[child], depth[child] = rows[chosen], depth[node] + 1
    return None


def same_cuts(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `prune_ccp`: the given tree is cut at the same nodes as by scikit-learn."""
    for step, tree, oracle_tree in zip(steps, got, expected, strict=True):
        message = not_cut_from(tree, step.arguments["tree"])
        if message:
            return message
        if any((tree.left[a] == -1) != (oracle_tree.left[b] == -1) for a, b in pairs(tree, oracle_tree)):
            leaves, right = (int((candidate.left == -1).sum()) for candidate in (tree, oracle_tree))
            return f"tree: cut at the wrong nodes; yours has {_leaves(leaves)}, expected {right}"
    return None


def needed(trees: Any, X: Any) -> tuple[Any, Any]:
    """Return after how many trees each row may stop, and after how many it must: two arrays (n_samples,).

    A row may stop when no leaves of the remaining trees could change its label. It must stop when its lead
    over every other class is greater than the number of the remaining trees.
    """
    fractions = np.stack(
        [tree.value[leaves_of(tree, X)] for tree in trees]
    )  # (n_trees, n_samples, n_classes)
    n_trees, n, _ = fractions.shape
    # gains[t, a, b]: by how much tree t can at most raise class b relative to class a
    gains = np.stack([_gains(tree) for tree in trees])
    later = np.cumsum(gains[::-1], axis=0)[::-1] - gains  # the same for all trees after t together
    sums = np.cumsum(fractions, axis=0)
    least, most = np.full(n, n_trees), np.full(n, n_trees)
    for n_used in range(n_trees, 0, -1):
        total = sums[n_used - 1]
        leader = total.argmax(axis=1)
        ahead = total[np.arange(n), leader][:, None] - total  # (n_samples, n_classes)
        ahead[np.arange(n), leader] = np.inf
        settled = (ahead >= later[n_used - 1][leader] - SLACK).all(axis=1)
        by_lead = ahead.min(axis=1) > n_trees - n_used + SLACK
        least[settled], most[by_lead] = n_used, n_used
    return least, most


def _gains(tree: Tree) -> Any:
    """Return by how much a leaf can at most raise class b relative to class a: entry [a, b]."""
    value = tree.value[tree.left == -1]  # (n_leaves, n_classes)
    return (value[:, None, :] - value[:, :, None]).max(axis=0)


def labels_in_time(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `forest_predict`: right labels, and no more trees than a row's lead requires.

    Fewer trees are right, too, as long as no leaves of the remaining trees could change the label.
    """
    for step, (labels, used), (true_labels, _) in zip(steps, got, expected, strict=True):
        message = exact("labels", labels, true_labels, steps)
        if message:
            return message
        least, most = needed(step.arguments["trees"], step.arguments["X"])
        for row, (low, number, high) in enumerate(zip(least, used, most)):
            if number > high:
                return f"trees_used: yours {number} for row {row}, but its lead suffices after {high}"
            if number < low:
                return f"trees_used: yours {number} for row {row}, but its label was not certain before {low}"
    return None


def _leaves(number: int) -> str:
    return f"{number} {'leaf' if number == 1 else 'leaves'}"
