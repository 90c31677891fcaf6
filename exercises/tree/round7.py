"""Checks of round 7: prune_f1, judged by the F1 that it reaches.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target, real

from .audits import best_f1, clear, fewest_errors_f1, greedy_f1
from .inputs import fitted, random_tree, rows
from .judges import columns_of, f1, highest_f1

HIGHEST = "its F1 on validation rows is as high as cuts can make it"
ANY = "any tree that attains the highest F1 is right"
ZERO = "or 0 where TP = 0"
POSITIVE = "column 1 is the positive class"
CUTS = "cuts and predictions are those of `prune_reduced_error`"
OTHERS = "an entry of y_val other than 0 and 1"


def _prune(tree, X, y):
    return call("prune_f1", tree=tree, X_val=X, y_val=np.asarray(y))


def _random(n_leaves, n, share=0.4, **options):
    """Return a function that draws a tree and rows; about half of the classes are the tree's predictions.

    The others are random, with this share of positives.
    """

    def make(rng):
        tree = random_tree(
            rng, n_leaves, options.get("d", 2), n_classes=2, best_first=options.get("best_first", False)
        )
        X = rows(rng, n, options.get("d", 2))
        y = np.where(rng.random(n) < 0.5, rng.random(n) < share, columns_of(tree, X)).astype(int)
        return _prune(tree, X, y)

    return make


def _pruning_matters(steps: Steps) -> bool:
    """Return whether neither the whole tree nor its root alone has the best F1."""
    tree, X, y = steps[0].arguments.values()
    best = best_f1(tree, X, y)
    root = np.full(len(y), tree.value[0].argmax())
    return max(f1(columns_of(tree, X), y), f1(root, y)) < best - 1e-3


def _greedy_fails(n_leaves, n, d, *, whole):
    """Return a function that draws inputs on which greedy pruning, children first, misses the best F1."""

    def make(rng):
        while True:
            tree, X = random_tree(rng, n_leaves, d, n_classes=2), rows(rng, n, d)
            for y in rng.integers(0, 2, (50, n)):
                # Both versions of greedy pruning, see `careful` of greedy_f1, must miss the best F1 clearly.
                least = best_f1(tree, X, y) - 1e-3
                if all(
                    greedy_f1(tree, X, y, whole=whole, careful=careful) < least for careful in (False, True)
                ):
                    return _prune(tree, X, y)

    return make


def _fewest_errors_fail(steps: Steps) -> bool:
    """Return whether the tree with the fewest errors has less than the highest F1."""
    tree, X, y = steps[0].arguments.values()
    return fewest_errors_f1(tree, X, y) < best_f1(tree, X, y) - 1e-3


def _no_positives(rng):
    return _prune(random_tree(rng, n_leaves=5, d=2, n_classes=2), rows(rng, n=8), np.zeros(8, int))


def _all_positive(rng):
    return _prune(random_tree(rng, n_leaves=5, d=2, n_classes=2), rows(rng, n=8), np.ones(8, int))


def _never_positive(rng):
    """Return a tree in which no node predicts class 1, so that F1 is 0 for every cut."""
    tree = random_tree(rng, n_leaves=4, d=2, n_classes=2)
    return _prune(
        tree._replace(value=np.sort(tree.value, axis=1)[:, ::-1].copy()),
        rows(rng, n=6),
        rng.integers(0, 2, 6),
    )


def _no_rows(rng):
    return _prune(random_tree(rng, n_leaves=4, d=2, n_classes=2), np.zeros((0, 2)), np.zeros(0, int))


def _one_leaf(rng):
    return _prune(random_tree(rng, n_leaves=1, d=2, n_classes=2), rows(rng, n=5), rng.integers(0, 2, 5))


def _tied_values(rng):
    tree = random_tree(rng, n_leaves=8, d=2, n_classes=2)
    tied = rng.random(len(tree.left)) < 0.5
    step = _random(n_leaves=8, n=30)(rng)  # half of these classes follow another tree
    X, y = step.arguments["X_val"], step.arguments["y_val"]
    return _prune(tree._replace(value=np.where(tied[:, None], 0.5, tree.value)), X, y)


def _cancer(rng):
    X, y = load("breast_cancer")[:, :6], load_target("breast_cancer")
    tree = fitted(rng, X, y, max_depth=6)
    X = real(rng, "breast_cancer", rows=60, columns=6)
    y = np.where(rng.random(60) < 0.3, rng.integers(0, 2, 60), columns_of(tree, X))
    return _prune(tree, X, y)


def _other_lengths(rng):
    return _prune(random_tree(rng, n_leaves=3, d=2, n_classes=2), rows(rng, n=5), rng.integers(0, 2, 4))


def _label_two(rng):
    y = rng.integers(0, 2, 5)
    y[rng.integers(5)] = 2
    return _prune(random_tree(rng, n_leaves=3, d=2, n_classes=2), rows(rng, n=5), y)


def _three_columns(rng):
    return _prune(random_tree(rng, n_leaves=3, d=2, n_classes=3), rows(rng, n=5), rng.integers(0, 2, 5))


def _check(name, rule, make, audit=clear):
    """Return a check; by default an audit accepts only inputs that float32 and float64 send the same way."""
    return Check(f"tree.7/prune_f1/{name}", rule, make, highest_f1, audit)


CHECKS = (
    _check("one-test", POSITIVE, _random(n_leaves=2, n=6)),
    _check("three-leaves", HIGHEST, _random(n_leaves=3, n=8), _pruning_matters),
    _check("no-positives", ZERO, _no_positives),
    _check("never-positive", ZERO, _never_positive),
    _check("all-positive", ANY, _all_positive),
    _check("no-rows", ZERO, _no_rows),
    _check("one-leaf", CUTS, _one_leaf),
    _check("not-the-fewest-errors", HIGHEST, _random(n_leaves=6, n=20, share=0.3), _fewest_errors_fail),
    _check("branch-by-branch", HIGHEST, _greedy_fails(n_leaves=5, n=12, d=2, whole=False)),
    _check("cut-by-cut", HIGHEST, _greedy_fails(n_leaves=16, n=40, d=2, whole=True)),
    _check("tied-values", CUTS, _tied_values),
    _check("best-first-order", CUTS, _random(n_leaves=10, n=30, best_first=True), _pruning_matters),
    _check("thirty-leaves", ANY, _random(n_leaves=30, n=60, d=3), _pruning_matters),
    _check("breast-cancer", HIGHEST, _cancer),
    _check("other-lengths", "lengths that differ", _other_lengths, audit=None),
    _check("class-two", OTHERS, _label_two, audit=None),
    _check("three-columns", "not two columns of value", _three_columns, audit=None),
)
