"""Checks of round 8: apply_capped, node_stats, feature_importances.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, call, load, load_target, real

from .inputs import chain, fitted, random_tree, rows
from .judges import importances_only, leaves_only, stats

SAME = "the answer of `apply`"
ERRORS = "and its errors"
NO_COPY = "no room for a copy of X"
EDGES = "all rules of round 5 hold"
ALL_NODES = "a row belongs to all nodes on its way to its leaf"
NO_WEIGHT = "a node without weight has value 0 and impurity 0"
WEIGHTED = "from weighted rows: weight, value and gini impurity of each node"
DECREASE = "its weight times its impurity, minus those of its two children"
SUM = "the shares sum to 1"
NOTHING = "where no node decreases anything they are all 0"

PLENTY = 1_000_000
"""A limit in bytes for small inputs, on which memory is not tested."""


def _apply(tree, X, max_bytes=PLENTY):
    return call("apply_capped", tree=tree, X=X, max_bytes=max_bytes)


def _cap(X):
    """Return the memory that the contract promises at least: two arrays of n_samples numbers, and 16 kB."""
    return 16 * len(X) + 16_000


def _few_rows(rng):
    return _apply(random_tree(rng, n_leaves=6), rows(rng, n=8))


def _one_leaf(rng):
    return _apply(random_tree(rng, n_leaves=1), rows(rng, n=3))


def _some_nan(rng):
    X = rows(rng, n=40, d=3)
    return _apply(random_tree(rng, n_leaves=12, d=3), np.where(rng.random(X.shape) < 0.3, np.nan, X))


def _precision(rng):
    # Values differ from a threshold by so little that float32 rounds them to it; above it, this decides.
    tree = random_tree(rng, n_leaves=6)
    X = rows(rng, n=20)
    for row in range(len(X)):
        node = rng.choice(np.flatnonzero(tree.left != -1))
        X[row, tree.feature[node]] = tree.threshold[node] * (1 + 1e-9)
    return _apply(tree, X)


def _chain(rng):
    return _apply(chain(rng, depth=2000), rng.integers(1980, 2002, (6, 1)).astype(float))


def _many_features(rng):
    """Return an X of 1 MB, whose copy in float32 takes ten times the cap."""
    tree = random_tree(rng, n_leaves=12, d=64)
    X = rows(rng, n=2000, d=64)
    return _apply(tree, X, _cap(X))


def _many_rows(rng):
    """Return an X of 16 columns in Fortran order; beside the result even one mask of X is too large."""
    tree = random_tree(rng, n_leaves=12, d=16)
    X = np.asfortranarray(rows(rng, n=4000, d=16))
    return _apply(tree, X, _cap(X))


def _bad(value):
    def make(rng):
        X = rows(rng, n=6)
        X[rng.integers(6), rng.integers(2)] = value
        return _apply(random_tree(rng, n_leaves=4), X)

    return make


def _bad_far_down(rng):
    X = rows(rng, n=500, d=4)
    X[rng.integers(400, 500), rng.integers(4)] = np.inf
    return _apply(random_tree(rng, n_leaves=4), X)


def _stats(n_leaves, n, weights, **options):
    """Return a function that draws n rows with random labels; `weights(rng, n)` draws their weights."""

    def make(rng):
        tree = random_tree(rng, n_leaves, **options)
        columns, n_classes = options.get("d", 2), tree.value.shape[1]
        y = rng.integers(0, n_classes, n)
        return call("node_stats", tree=tree, X=rows(rng, n, columns), y=y, sample_weight=weights(rng, n))

    return make


def _ones(rng, n):
    del rng
    return np.ones(n)


def _whole_weights(rng, n):
    return rng.integers(1, 5, n).astype(float)


def _some_zero(rng, n):
    return rng.random(n) * (rng.random(n) < 0.4)


def _any_weights(rng, n):
    return rng.random(n) * 3


def _stats_wine(rng):
    tree = fitted(rng, load("wine"), load_target("wine"), max_depth=6)
    y = rng.integers(0, 3, 80)
    return call("node_stats", tree=tree, X=real(rng, "wine", rows=80), y=y, sample_weight=rng.random(80))


def _importances(n_leaves, d, n_features, **options):
    return lambda rng: call(
        "feature_importances", tree=random_tree(rng, n_leaves, d, **options), n_features=n_features
    )


def _nothing_decreases(rng):
    """Return a tree whose nodes are all as mixed as the root, so that no split decreases anything."""
    tree = random_tree(rng, n_leaves=4)
    n = len(tree.left)
    leaf = tree.left == -1
    weight = np.where(leaf, 2.0, 0.0)
    for node in np.flatnonzero(~leaf)[::-1]:
        weight[node] = weight[tree.left[node]] + weight[tree.right[node]]
    value = np.tile([0.5, 0.5, 0.0], (n, 1))
    return call(
        "feature_importances",
        tree=tree._replace(weight=weight, value=value, impurity=np.full(n, 0.5)),
        n_features=2,
    )


def _importances_cancer(rng):
    tree = fitted(rng, load("breast_cancer"), load_target("breast_cancer"), max_depth=8)
    return call("feature_importances", tree=tree, n_features=30)


def _capped_check(name, rule, make):
    return Check(f"tree.8/apply_capped/{name}", rule, make, leaves_only)


def _stats_check(name, rule, make):
    return Check(f"tree.8/node_stats/{name}", rule, make, stats)


def _importances_check(name, rule, make):
    return Check(f"tree.8/feature_importances/{name}", rule, make, importances_only)


CHECKS = (
    _capped_check("few-rows", SAME, _few_rows),
    _capped_check("one-leaf", SAME, _one_leaf),
    _capped_check("some-nan", EDGES, _some_nan),
    _capped_check("just-above", EDGES, _precision),
    _capped_check("two-thousand-deep", EDGES, _chain),
    _capped_check("many-features", NO_COPY, _many_features),
    _capped_check("many-rows", NO_COPY, _many_rows),
    _capped_check("infinity", ERRORS, _bad(value=np.inf)),
    _capped_check("too-large", ERRORS, _bad(value=-1e39)),
    _capped_check("infinity-far-down", ERRORS, _bad_far_down),
    _stats_check("one-test", ALL_NODES, _stats(n_leaves=2, n=6, weights=_ones)),
    _stats_check("weights", WEIGHTED, _stats(n_leaves=3, n=8, weights=_whole_weights)),
    _stats_check("nobody-comes", NO_WEIGHT, _stats(n_leaves=12, n=5, weights=_ones)),
    _stats_check("weights-of-zero", NO_WEIGHT, _stats(n_leaves=10, n=12, weights=_some_zero)),
    _stats_check(
        "best-first-order", ALL_NODES, _stats(n_leaves=12, n=40, weights=_any_weights, best_first=True)
    ),
    _stats_check("two-classes", WEIGHTED, _stats(n_leaves=8, n=30, weights=_any_weights, n_classes=2, d=3)),
    _stats_check("wine", WEIGHTED, _stats_wine),
    _importances_check("one-test", SUM, _importances(n_leaves=2, d=2, n_features=2)),
    _importances_check("one-leaf", NOTHING, _importances(n_leaves=1, d=2, n_features=3)),
    _importances_check("three-leaves", DECREASE, _importances(n_leaves=3, d=2, n_features=2)),
    _importances_check("unused-features", SUM, _importances(n_leaves=6, d=2, n_features=5)),
    # 14 leaves on 2 features: several nodes test the same feature.
    _importances_check("asked-again", DECREASE, _importances(n_leaves=14, d=2, n_features=2)),
    _importances_check("nothing-decreases", NOTHING, _nothing_decreases),
    _importances_check(
        "best-first-order", DECREASE, _importances(n_leaves=12, d=4, n_features=4, best_first=True)
    ),
    _importances_check("breast-cancer", SUM, _importances_cancer),
)
