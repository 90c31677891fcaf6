"""The oracle, which gives the expected answers: scikit-learn computes the functions of stub.py.

planted.py converts `Tree` records to scikit-learn's trees.

scikit-learn has neither reduced-error pruning nor pruning for F1, and does not count the trees that a
row needs; these are computed from their definitions.
"""

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .judges import needed
from .planted import classifier, forest, harvest, path, plant, pruned
from .stub import Tree


def apply(tree, X):
    # scikit-learn casts X to float32 and compares it with float64 thresholds, so 0.5 + 1e-9 <= 0.5.
    # A tree that was fitted without NaN still accepts NaN, and sends it to the larger child.
    return classifier(tree, X.shape[1]).apply(X)


def predict_proba(tree, X):
    # tree_.value holds fractions since scikit-learn 1.3; before, it held counts.
    return classifier(tree, X.shape[1]).predict_proba(X)


def predict(tree, X, classes):
    return classifier(tree, X.shape[1], classes).predict(X)


def prune_reduced_error(tree, X_val, y_val):
    # The definition. Of the node as a leaf and its branch, pruned in the best way, take the one with fewer
    # errors; if these are equal, the one with fewer leaves.
    _check_validation(tree, X_val, y_val)
    label = tree.value.argmax(axis=1)

    def best(node, chosen):  # returns (errors, number of leaves, set of leaves); chosen are the node's rows
        leaf = (int((y_val[chosen] != label[node]).sum()), 1, {node})
        if tree.left[node] == -1:
            return leaf
        goes_left = X_val[chosen, tree.feature[node]] <= tree.threshold[node]
        a = best(tree.left[node], chosen[goes_left])
        b = best(tree.right[node], chosen[~goes_left])
        return min(leaf, (a[0] + b[0], a[1] + b[1], a[2] | b[2]), key=lambda subtree: subtree[:2])

    return _with_leaves(tree, best(0, np.arange(len(y_val)))[2])


def impurity(weights_per_class, criterion):
    # The definition: scikit-learn computes impurities only inside fit.
    if criterion not in ("gini", "entropy") or (weights_per_class < 0).any():
        raise ValueError(f"weights {weights_per_class}, criterion {criterion}")
    shares = [w / weights_per_class.sum() for w in weights_per_class.tolist() if w > 0]
    if criterion == "gini":
        return float(1 - sum(p * p for p in shares)) if shares else 0.0
    return float(sum(-p * np.log2(p) for p in shares))


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    # A tree of depth 1. If several splits are best, scikit-learn takes the first in the random order in
    # which it tries features. It does not split between values that differ by less than 1e-7.
    limits = {"max_depth": 1, "min_samples_leaf": min_samples_leaf, "criterion": criterion}
    stump = _fit(X, y, **limits).tree_
    if stump.node_count == 1:
        return -1, 0.0, 0.0
    share = stump.weighted_n_node_samples / stump.weighted_n_node_samples[0]
    decrease = stump.impurity[0] - (share[1:] * stump.impurity[1:]).sum()
    return int(stump.feature[0]), float(stump.threshold[0]), float(decrease)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    # With min_impurity_decrease=0 even a split that decreases nothing is made, as in the contract:
    # scikit-learn adds a machine epsilon to the decrease before it compares.
    limits = {
        "max_depth": max_depth,
        "min_samples_split": min_samples_split,
        "min_samples_leaf": min_samples_leaf,
        "min_impurity_decrease": min_impurity_decrease,
        "criterion": criterion,
    }
    return harvest(_fit(X, y, **limits).tree_)


def ccp_path(tree):
    # One entry for each node that is cut: equal alphas are repeated, not merged.
    return path(tree)


def prune_ccp(tree, alpha):
    # ccp_alpha=0 skips pruning, so splits that gain nothing stay; ccp_alpha=1e-12 removes them.
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    return tree if alpha == 0 else pruned(tree, alpha)


def prune_f1(tree, X_val, y_val):
    # The definition: all pairs (TP, FP) that cuts can reach, each with leaves that reach it.
    _check_validation(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError(f"expected 2 columns of value, got {tree.value.shape[1]}")
    positive = tree.value[:, 1] > tree.value[:, 0]

    def reachable(node, chosen):
        tp = int((y_val[chosen] == 1).sum()) if positive[node] else 0
        fp = int((y_val[chosen] == 0).sum()) if positive[node] else 0
        pairs = {}
        if tree.left[node] != -1:
            goes_left = X_val[chosen, tree.feature[node]] <= tree.threshold[node]
            of_right = reachable(tree.right[node], chosen[~goes_left])
            for left_counts, left_leaves in reachable(tree.left[node], chosen[goes_left]).items():
                for right_counts, right_leaves in of_right.items():
                    counts = left_counts[0] + right_counts[0], left_counts[1] + right_counts[1]
                    pairs[counts] = (left_leaves, right_leaves)
        pairs[tp, fp] = (node,)
        return pairs

    pairs = reachable(0, np.arange(len(y_val)))
    best = max(pairs, key=lambda pair: 2 * pair[0] / (pair[0] + pair[1] + (y_val == 1).sum() or 1))
    return _with_leaves(tree, _flat(pairs[best]))


def apply_capped(tree, X, max_bytes):
    del max_bytes
    return apply(tree, X)


def node_stats(tree, X, y, sample_weight):
    # decision_path returns the nodes that each row passes; the sums follow the definition.
    passed = classifier(tree, X.shape[1]).decision_path(X)  # (n_samples, n_nodes), sparse
    class_weights = (y[:, None] == np.arange(tree.value.shape[1])) * sample_weight[:, None]
    sums = passed.T @ class_weights
    weight = sums.sum(axis=1)
    value = sums / np.where(weight > 0, weight, 1)[:, None]
    return weight, value, np.where(weight > 0, (value * (1 - value)).sum(axis=1), 0.0)


def feature_importances(tree, n_features):
    return plant(tree, n_features).compute_feature_importances(normalize=True)


def forest_predict(trees, X, classes):
    # scikit-learn's forest adds up fractions, as the contract says, but always uses all of its trees.
    if not trees:
        raise ValueError("a forest needs a tree")
    return forest(trees, X.shape[1], classes).predict(X), needed(trees, X)[1]


def compile_ensemble(trees):
    if not trees or any((tree.left == -1).sum() > 64 for tree in trees):
        raise ValueError("no trees, or too many leaves")
    return trees


def score_ensemble(state, X):
    # scikit-learn finds the leaves. Its boosted ensembles cannot be used: they add a learning rate and an
    # initial prediction.
    return sum(tree.value[apply(tree, X), 0] for tree in state)


def _fit(X, y, criterion, **limits):
    if np.isnan(X).any():  # scikit-learn can split columns with NaN, but the contract rejects them
        raise ValueError("NaN in X")
    regression = criterion == "squared_error"
    model = DecisionTreeRegressor if regression else DecisionTreeClassifier
    return model(criterion=criterion, random_state=0, **limits).fit(X, y)


def _check_validation(tree, X_val, y_val):
    if len(X_val) != len(y_val) or not np.isin(y_val, np.arange(tree.value.shape[1])).all():
        raise ValueError(f"{len(X_val)} rows, y_val {y_val}")


def _flat(pair):
    """Return the set of leaves in nested tuples."""
    if not isinstance(pair, tuple):
        return {pair}
    return set().union(*(_flat(part) for part in pair))


def _with_leaves(tree, leaves):
    """Return the tree cut at these leaves, its nodes renumbered depth first."""
    nodes = []

    def add(node):
        number = len(nodes)
        nodes.append([field[node] for field in tree])
        if node in leaves:
            nodes[number][:5] = -2, -2.0, -1, -1, False
        else:
            nodes[number][2] = add(tree.left[node])
            nodes[number][3] = add(tree.right[node])
        return number

    add(0)
    return Tree(*(np.array(field) for field in zip(*nodes)))
