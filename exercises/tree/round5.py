"""Checks of round 5: apply on precision, missing values, deep trees, other node orders, bad input.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target, real

from .inputs import chain, fitted, random_tree, rows
from .judges import leaves_of, leaves_only, proba_only

CAST = "X is cast to float32 first"
NOT_CAST = "thresholds are not"
NAN = "a NaN goes to left where missing_left is True, else to right"
DEEP = "a tree may be thousands of nodes deep"
INFINITE = "a threshold infinite"
BAD = "ValueError where X holds infinity or a value too large for float32"
FOUND = "the one that `apply` finds"
DOWN = "follow the tests down to a leaf"


def _apply(tree, X):
    return call("apply", tree=tree, X=X)


def _just_above(rng):
    """Return values that exceed a threshold by so little that float32 rounds them to it."""
    tree = random_tree(rng, n_leaves=6)
    return _apply(tree, _near_thresholds(rng, tree, n=20, difference=1e-9))


def _near_thresholds(rng, tree, n, difference):
    """Return n rows, each with one value at a threshold plus the difference.

    A threshold of 0 gets no difference, since float32 would not round 1e-9 to 0.
    """
    X = rows(rng, n)
    for row in range(n):
        node = rng.choice(np.flatnonzero(tree.left != -1))
        X[row, tree.feature[node]] = tree.threshold[node] + difference * (tree.threshold[node] != 0)
    return X


def _tenths(rng):
    """Return thresholds that float32 cannot represent, and rows with exactly these values."""
    tree = random_tree(rng, n_leaves=8)
    tree = tree._replace(threshold=np.where(tree.left == -1, -2.0, tree.threshold + 0.1))
    return _apply(tree, _near_thresholds(rng, tree, n=20, difference=0.0))


def _cast_thresholds_differ(steps: Steps) -> bool:
    """Return whether some rows end in another leaf if thresholds are cast, too."""
    tree, X = steps[0].arguments.values()
    cast = tree._replace(threshold=tree.threshold.astype(np.float32).astype(float))
    return not np.array_equal(leaves_of(tree, X), leaves_of(cast, X))


def _with_nan(rng, X, share):
    return np.where(rng.random(X.shape) < share, np.nan, X)


def _one_nan(side):
    def make(rng):
        tree = random_tree(rng, n_leaves=2, d=1)
        tree = tree._replace(missing_left=np.array([side, False, False]))
        return _apply(tree, rng.permutation(np.vstack([rows(rng, n=2, d=1), [[np.nan]]])))

    return make


def _some_nan(rng):
    return _apply(random_tree(rng, n_leaves=12, d=3), _with_nan(rng, rows(rng, n=40, d=3), share=0.4))


def _all_nan(rng):
    return _apply(random_tree(rng, n_leaves=10, d=2), np.full((2, 2), np.nan))


def _flags_differ(steps: Steps) -> bool:
    """Return whether both values of missing_left occur on the way of a row of NaN."""
    tree, X = steps[0].arguments.values()
    node, flags = 0, set()
    while tree.left[node] != -1:
        flags.add(bool(tree.missing_left[node]))
        node = tree.left[node] if tree.missing_left[node] else tree.right[node]
    return len(flags) > 1 and bool(np.isnan(X).all())


def _infinite(rng):
    """Return a tree with infinite thresholds, which separate missing values from all others."""
    tree = random_tree(rng, n_leaves=8)
    replaced = (rng.random(len(tree.left)) < 0.4) & (tree.left != -1)
    threshold = np.where(replaced, rng.choice([np.inf, -np.inf], len(replaced)), tree.threshold)
    return _apply(tree._replace(threshold=threshold), _with_nan(rng, rows(rng, n=20), share=0.2))


def _signed_zeros(rng):
    tree = random_tree(rng, n_leaves=6)
    replaced = (rng.random(len(tree.left)) < 0.7) & (tree.left != -1)
    tree = tree._replace(threshold=np.where(replaced, rng.choice([0.0, -0.0], len(replaced)), tree.threshold))
    return _apply(tree, rng.choice([0.0, -0.0, 1.0, -1.0], (12, 2)))


def _chain(depth, n):
    """Return a function that draws n rows, which end among the last leaves of a chain."""
    return lambda rng: _apply(chain(rng, depth), rng.integers(depth - 20, depth + 2, (n, 1)).astype(float))


def _best_first(rng):
    return _apply(random_tree(rng, n_leaves=10, d=2, best_first=True), rows(rng, n=30))


def _left_is_not_next(steps: Steps) -> bool:
    """Return whether some left child does not have the number after its parent's."""
    left = steps[0].arguments["tree"].left
    inner = np.flatnonzero(left != -1)
    return bool((left[inner] != inner + 1).any())


def _breast_cancer(rng):
    X, y = load("breast_cancer"), load_target("breast_cancer")
    tree = fitted(rng, X, y, max_depth=7)
    return _apply(tree, _with_nan(rng, real(rng, "breast_cancer", rows=150), share=0.2))


def _proba_nan(rng):
    return call(
        "predict_proba", tree=random_tree(rng, n_leaves=8, d=2), X=_with_nan(rng, rows(rng, n=20), share=0.4)
    )


def _bad_value(value):
    def make(rng):
        X = rows(rng, n=5)
        X[rng.integers(5), rng.integers(2)] = value
        return _apply(random_tree(rng, n_leaves=5), X)

    return make


def _check(name, rule, make, audit=None):
    return Check(f"tree.5/apply/{name}", rule, make, leaves_only, audit)


CHECKS = (
    _check("just-above", CAST, _just_above),
    _check("tenths", NOT_CAST, _tenths, _cast_thresholds_differ),
    _check("zeros", DOWN, _signed_zeros),
    _check("nan-to-the-left", NAN, _one_nan(side=True)),
    _check("nan-to-the-right", NAN, _one_nan(side=False)),
    _check("some-nan", NAN, _some_nan),
    _check("all-nan", NAN, _all_nan, _flags_differ),
    _check("infinite-thresholds", INFINITE, _infinite),
    _check("best-first-order", DOWN, _best_first, _left_is_not_next),
    _check("sixty-six-deep", DEEP, _chain(depth=66, n=20)),
    _check("five-thousand-deep", DEEP, _chain(depth=5000, n=10)),
    _check("breast-cancer", NAN, _breast_cancer),
    _check("infinity", BAD, _bad_value(np.inf)),
    _check("minus-infinity", BAD, _bad_value(-np.inf)),
    _check("too-large", BAD, _bad_value(1e39)),
    Check("tree.5/predict_proba/nan", FOUND, _proba_nan, proba_only),
)
