"""Checks of round 2: prune_reduced_error, judged by errors and leaves.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target, real

from .audits import clear, stays_by_errors
from .inputs import fitted, random_tree, rows
from .judges import columns_of, fewest_errors

FEWEST = "return the one with the fewest errors"
LEAVES = "if several make as few, the one with the fewest leaves"
CUT = "a cut turns an inner node into a leaf, whose test is free, and drops all nodes below it"
KEEP = "otherwise keep their fields"
LABEL = "a leaf predicts the column with the largest value, the first on ties"
EMPTY = "X_val may have no rows"


def _prune(tree, X, y):
    return call("prune_reduced_error", tree=tree, X_val=X, y_val=np.asarray(y))


def _noisy(rng, tree, X, noise):
    """Return the tree's own predictions, some of them replaced by random ones: y_val (n_samples,)."""
    y = columns_of(tree, X)
    return np.where(rng.random(len(X)) < noise, rng.integers(0, tree.value.shape[1], len(X)), y)


def _one_test(useful):
    """Return a function that draws a tree of one test, which y_val follows or, if not useful, does not."""

    def make(rng):
        tree, X = random_tree(rng, n_leaves=2, d=1), rows(rng, n=6, d=1)
        y = columns_of(tree, X)
        return _prune(tree, X, y if useful else rng.permutation(y))

    return make


def _both_labels_occur(steps: Steps) -> bool:
    return len(np.unique(steps[0].arguments["y_val"])) > 1


def _root_is_better(steps: Steps) -> bool:
    """Return whether the root's own label makes fewer errors than its two leaves."""
    tree, X, y = steps[0].arguments.values()
    root = int(tree.value[0].argmax())
    return _both_labels_occur(steps) and bool((root != y).sum() < (columns_of(tree, X) != y).sum())


def _same_labels(rng):
    """Return a tree whose two leaves predict the same as the root, so that its test changes nothing."""
    tree = random_tree(rng, n_leaves=2, d=2, n_classes=2)
    value = tree.value[:, ::-1] if rng.random() < 0.5 else tree.value
    value = np.where(value.argmax(axis=1)[:, None] == value[0].argmax(), value, value[:, ::-1])
    return _prune(tree._replace(value=value), rows(rng, n=5), rng.integers(0, 2, 5))


def _random(n_leaves, n, noise, **options):
    def make(rng):
        tree = random_tree(rng, n_leaves, **options)
        X = rows(rng, n, options.get("d", 2))
        return _prune(tree, X, _noisy(rng, tree, X, noise))

    return make


def _some_cuts(steps: Steps) -> bool:
    """Return whether some tests are cut and others stay."""
    tree, X, y = steps[0].arguments.values()
    return 0 < stays_by_errors(tree, X, y).sum() < (tree.left != -1).sum()


def _best_matters(steps: Steps) -> bool:
    """Return whether comparing nodes with their unpruned branches, a common mistake, keeps other nodes."""
    arguments = steps[0].arguments.values()
    right, wrong = (stays_by_errors(*arguments, with_best=best) for best in (True, False))
    return not np.array_equal(right, wrong)


def _one_side_without_rows(rng):
    """Return a call whose rows all go to one side of the root, so that the other side does not matter."""
    tree = random_tree(rng, n_leaves=6, d=2)
    X = rows(rng, n=60)
    side = rng.random() < 0.5
    X = X[(X[:, tree.feature[0]] <= tree.threshold[0]) == side][:10]
    return _prune(tree, X, _noisy(rng, tree, X, noise=0.3))


def _no_rows(rng):
    return _prune(random_tree(rng, n_leaves=5), np.zeros((0, 2)), np.zeros(0, int))


def _one_leaf(rng):
    return _prune(random_tree(rng, n_leaves=1), rows(rng, n=4), rng.integers(0, 3, 4))


def _ties(rng):
    """Return a tree with tied values; the first tied column is predicted."""
    tree = random_tree(rng, n_leaves=6, d=2, n_classes=3)
    value = tree.value.copy()
    for node in rng.choice(len(value), len(value) // 2 + 1, replace=False):
        value[node] = np.roll([0.5, 0.5, 0.0], rng.integers(0, 3))
    tree = tree._replace(value=value)
    X = rows(rng, n=24)
    return _prune(tree, X, _noisy(rng, tree, X, noise=0.3))


def _wine(rng):
    tree = fitted(rng, load("wine"), load_target("wine"), max_depth=8)
    X = real(rng, "wine", rows=80)
    return _prune(tree, X, _noisy(rng, tree, X, noise=0.4))


def _digits(rng):
    chosen = rng.permutation(len(load("digits")))[:200]
    X, y = load("digits")[chosen], load_target("digits")[chosen]
    return _prune(fitted(rng, X[:120], y[:120], max_depth=12), X[120:], y[120:])


def _other_lengths(rng):
    return _prune(random_tree(rng, n_leaves=3), rows(rng, n=5), rng.integers(0, 3, 4))


def _no_such_column(column):
    """Return a function that draws a call in which one entry of y_val is this column; there are 3."""

    def make(rng):
        y = rng.integers(0, 3, 5)
        y[rng.integers(5)] = column
        return _prune(random_tree(rng, n_leaves=3), rows(rng, n=5), y)

    return make


def _check(name, rule, make, audit=clear):
    """Return a check; by default an audit accepts only inputs that float32 and float64 send the same way."""
    return Check(f"tree.2/prune_reduced_error/{name}", rule, make, fewest_errors, audit)


CHECKS = (
    _check("stays", KEEP, _one_test(useful=True), _both_labels_occur),
    _check("root-is-better", CUT, _one_test(useful=False), _root_is_better),
    _check("same-labels", LEAVES, _same_labels),
    _check("four-leaves", FEWEST, _random(n_leaves=4, n=8, noise=0.4), _some_cuts),
    _check("ten-leaves", FEWEST, _random(n_leaves=10, n=30, noise=0.4), _some_cuts),
    _check("branch-was-cut", FEWEST, _random(n_leaves=8, n=24, noise=0.6), _best_matters),
    _check("best-first-order", CUT, _random(n_leaves=10, n=30, noise=0.4, best_first=True), _some_cuts),
    _check("nobody-comes", LEAVES, _one_side_without_rows),
    _check("no-rows", EMPTY, _no_rows),
    _check("one-leaf", KEEP, _one_leaf),
    _check("tied-values", LABEL, _ties),
    _check("twenty-leaves", LEAVES, _random(n_leaves=20, n=60, noise=0.5, d=3, n_classes=4), _some_cuts),
    _check("wine", FEWEST, _wine),
    _check("digits", LEAVES, _digits),
    _check("other-lengths", "lengths that differ", _other_lengths, audit=None),
    _check("no-such-column", "a y_val that is no column", _no_such_column(3), audit=None),
    _check("negative-column", "a y_val that is no column", _no_such_column(-1), audit=None),
)
