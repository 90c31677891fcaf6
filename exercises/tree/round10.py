"""Checks of round 10: compile_ensemble, score_ensemble.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Result, Steps, anything, call, load, load_target, outputs, real

from .inputs import chain, fitted, random_tree, rows
from .judges import leaves_of, scores_only

SUM = "the value of the leaf that each row reaches, summed over all trees"
ANY_ORDER = "masks of all tests that fail, in any order"
EDGES = "the rules of `apply` hold, round 5 included"
WORD = "at most 64 leaves, a bit for each"
BAD = "ValueError: no trees, or a tree of more than 64 leaves"


def _regression(rng, tree):
    """Return the tree with a random number as the value of each node."""
    return tree._replace(value=rng.normal(size=(len(tree.left), 1)))


def _steps(rng, trees, X):
    trees = [_regression(rng, tree) for tree in trees]
    return call("compile_ensemble", trees=trees), call("score_ensemble", state=Result(0), X=X)


def _trees(n_trees, n_leaves, n, d=2, **options):
    """Return a function that draws trees, and n rows of d features."""

    def make(rng):
        trees = [random_tree(rng, n_leaves, d, n_classes=1, **options) for _ in range(n_trees)]
        return _steps(rng, trees, rows(rng, n, d))

    return make


def _one_leaf(rng):
    return _steps(
        rng,
        [random_tree(rng, n_leaves=1, d=2, n_classes=1), random_tree(rng, n_leaves=3, d=2, n_classes=1)],
        rows(rng, n=5),
    )


def _with_nan(rng):
    X = rows(rng, n=30, d=3)
    trees = [random_tree(rng, n_leaves=12, d=3, n_classes=1) for _ in range(4)]
    return _steps(rng, trees, np.where(rng.random(X.shape) < 0.3, np.nan, X))


def _chain(rng):
    """Return a chain of 63 tests, whose last leaf is bit 63."""
    X = rng.permutation(np.append(rng.integers(-1, 63, 10), [62, 63, 64])).astype(float)[:, None]
    return _steps(rng, [chain(rng, depth=63)], X)


def _just_above(rng):
    # Values differ from a threshold by so little that float32 rounds them to it; above it, this decides.
    tree = random_tree(rng, n_leaves=8, d=2, n_classes=1)
    X = rows(rng, n=20)
    for row in range(len(X)):
        node = rng.choice(np.flatnonzero(tree.left != -1))
        X[row, tree.feature[node]] = tree.threshold[node] * (1 + 1e-9)
    return _steps(rng, [tree], X)


def _breast_cancer(rng):
    X, y = load("breast_cancer"), load_target("breast_cancer")
    trees = [fitted(rng, X, y, max_depth=5) for _ in range(6)]
    return _steps(rng, trees, real(rng, "breast_cancer", rows=60))


def _last_leaf_is_reached(steps: Steps) -> bool:
    """Return whether some row ends in the last of 64 leaves, by going right at every test."""
    tree, X = steps[0].arguments["trees"][0], steps[1].arguments["X"]
    node = 0
    while tree.left[node] != -1:
        node = tree.right[node]
    return bool((leaves_of(tree, X) == node).any())


def _cast_matters(steps: Steps) -> bool:
    """Return whether some row would end in another leaf if X stayed float64."""
    tree, X = steps[0].arguments["trees"][0], steps[1].arguments["X"]
    return bool((leaves_of(tree, X) != leaves_of(tree, X, np.float64)).any())


def _no_trees(rng):
    del rng
    return call("compile_ensemble", trees=[])


def _sixty_five_leaves(rng):
    return call("compile_ensemble", trees=[_regression(rng, random_tree(rng, n_leaves=65, d=3, n_classes=1))])


def _infinity(rng):
    X = rows(rng, n=4)
    X[rng.integers(4), rng.integers(2)] = np.inf
    return _steps(rng, [random_tree(rng, n_leaves=3, d=2, n_classes=1)], X)


def _rejected(name, make):
    return Check(f"tree.10/compile_ensemble/{name}", BAD, make, outputs(state=anything))


def _check(name, rule, make, audit=None):
    return Check(f"tree.10/score_ensemble/{name}", rule, make, scores_only, audit)


CHECKS = (
    _rejected("no-trees", _no_trees),
    _rejected("sixty-five-leaves", _sixty_five_leaves),
    _check("one-test", SUM, _trees(n_trees=1, n_leaves=2, n=5)),
    _check("one-leaf", SUM, _one_leaf),
    _check("three-trees", SUM, _trees(n_trees=3, n_leaves=4, n=8)),
    _check("twenty-leaves", ANY_ORDER, _trees(n_trees=5, n_leaves=20, n=30, d=3)),
    _check("best-first-order", ANY_ORDER, _trees(n_trees=4, n_leaves=20, n=30, best_first=True)),
    _check("nan", EDGES, _with_nan),
    _check("just-above", EDGES, _just_above, _cast_matters),
    _check("forty-leaves", WORD, _trees(n_trees=1, n_leaves=40, n=100, d=3)),
    _check("sixty-four-leaves", WORD, _chain, _last_leaf_is_reached),
    _check("sixty-four-in-each", WORD, _trees(n_trees=3, n_leaves=64, n=100, d=3)),
    _check("breast-cancer", SUM, _breast_cancer),
    _check("infinity", EDGES, _infinity),
)
