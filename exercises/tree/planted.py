"""Converts the track's `Tree` to and from scikit-learn's trees, whose compiled code walks and prunes them.

Only this module uses private parts of scikit-learn: `Tree.__setstate__`, `ccp_pruning_path` and
`_build_pruned_tree_ccp` of `sklearn.tree._tree`. It was checked with the versions in CHECKED. If a newer
version breaks this module, tests/exercises/test_tree_planted.py fails. Then print
`DecisionTreeClassifier().fit([[0], [1]], [0, 1]).tree_.__getstate__()`: set any new field of `nodes` in
`plant`, and rename a field that was renamed. If `__setstate__` was removed, or raises, walk the arrays in
numpy here, as `leaves_of` in judges.py does, and compare that walk in the tests with trees that
scikit-learn has fitted.
"""

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, _tree

from .stub import Tree

CHECKED = ("1.7.0", "1.9.1")
"""Versions of scikit-learn."""
_NODE = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1]).tree_.__getstate__()["nodes"].dtype
"""The fields of a node in scikit-learn's arrays."""


def plant(tree: Tree, n_features: int) -> Any:
    """Return a scikit-learn `tree_` made from a `Tree`."""
    n_nodes, n_classes = tree.value.shape
    nodes = np.zeros(n_nodes, _NODE)
    nodes["left_child"], nodes["right_child"] = tree.left, tree.right
    nodes["feature"], nodes["threshold"] = tree.feature, tree.threshold
    nodes["missing_go_to_left"] = tree.missing_left
    nodes["impurity"], nodes["weighted_n_node_samples"] = tree.impurity, tree.weight
    nodes["n_node_samples"] = np.maximum(tree.weight, 1)  # a whole number above 0, as in a fitted tree
    planted = _tree.Tree(n_features, np.array([n_classes], dtype=np.intp), 1)  # one output
    values = np.ascontiguousarray(tree.value[:, None, :], dtype=np.float64)
    # No depth exceeds the number of nodes.
    planted.__setstate__({"max_depth": n_nodes, "node_count": n_nodes, "nodes": nodes, "values": values})
    return planted


def harvest(planted: Any) -> Tree:
    """Return the `Tree` of a scikit-learn `tree_`."""
    return Tree(
        planted.feature.copy(),
        planted.threshold.copy(),
        planted.children_left.copy(),
        planted.children_right.copy(),
        planted.missing_go_to_left.astype(bool),
        planted.value[:, 0, :].copy(),
        planted.weighted_n_node_samples.copy(),
        planted.impurity.copy(),
    )


def classifier(tree: Tree, n_features: int, classes: Any = None) -> DecisionTreeClassifier:
    """Return a classifier that predicts by a `Tree`; it has the attributes of a fitted one."""
    model = DecisionTreeClassifier()
    model.tree_ = plant(tree, n_features)
    model.n_features_in_, model.n_outputs_ = n_features, 1
    model.n_classes_ = tree.value.shape[1]
    model.classes_ = np.arange(model.n_classes_) if classes is None else classes
    return model


def forest(trees: list[Tree], n_features: int, classes: Any) -> RandomForestClassifier:
    """Return a random forest made from `Tree`s."""
    model = RandomForestClassifier(len(trees))
    model.estimators_ = [classifier(tree, n_features) for tree in trees]
    model.n_features_in_, model.n_outputs_ = n_features, 1
    model.classes_, model.n_classes_ = classes, len(classes)
    return model


def path(tree: Tree) -> tuple[Any, Any]:
    """Return the alphas and impurities of scikit-learn's cost-complexity pruning path."""
    pruning_path = _tree.ccp_pruning_path(plant(tree, _features(tree)))
    return pruning_path["ccp_alphas"], pruning_path["impurities"]


def pruned(tree: Tree, alpha: float) -> Tree:
    """Return the tree as scikit-learn prunes it with `ccp_alpha=alpha`."""
    smaller = _tree.Tree(_features(tree), np.array([tree.value.shape[1]], dtype=np.intp), 1)
    _tree._build_pruned_tree_ccp(smaller, plant(tree, _features(tree)), alpha)  # noqa: SLF001 - see the module's docstring
    return harvest(smaller)


def _features(tree: Tree) -> int:
    """Return the least number of features that the tests of a tree allow."""
    return max(1, int(tree.feature.max()) + 1)
