"""Checks of round 1: apply, predict_proba, predict.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target, real

from .audits import clear
from .inputs import HIGH, LOW, chain, depth_first, fitted, from_counts, random_tree, rows
from .judges import labels_only, leaves_only, proba_only

DOWN = "follow the tests down to a leaf"
LEFT = "a row whose value of that feature is <= threshold goes to left, else to right"
MINUS_TWO = "an inner node may have the threshold -2"
FRACTIONS = "the class fractions of each row's leaf"
LARGEST = "the class of the largest fraction in its leaf"
TIES = "ties go to the first class"
NAMES = "classes names the columns of value"


def _apply(n_leaves, n, d):
    return lambda rng: call("apply", tree=random_tree(rng, n_leaves, d), X=rows(rng, n, d))


def _one_leaf(rng):
    return call("apply", tree=random_tree(rng, n_leaves=1), X=rows(rng, n=3))


def _on_thresholds(rng):
    tree = random_tree(rng, n_leaves=4)
    X = rows(rng, n=6)
    for row in range(len(X)):
        node = rng.choice(np.flatnonzero(tree.left != -1))
        X[row, tree.feature[node]] = tree.threshold[node]
    return call("apply", tree=tree, X=X)


def _minus_two(rng):
    return call(
        "apply",
        tree=random_tree(rng, n_leaves=8, d=1),
        X=rng.permutation(np.arange(LOW, float(HIGH)))[:, None],
    )


def _tests_minus_two(steps: Steps) -> bool:
    tree = steps[0].arguments["tree"]
    return bool(((tree.left != -1) & (tree.threshold == -2)).any())


def _no_value_on_threshold(steps: Steps) -> bool:
    """Return whether no value equals its threshold, and no threshold is -2; other checks test these."""
    tree, X = steps[0].arguments["tree"], steps[0].arguments["X"]
    inner = tree.left != -1
    on_threshold = (X[:, tree.feature[inner]] == tree.threshold[inner]).any()
    return not on_threshold and not (tree.threshold[inner] == -2).any()


def _right_chain(rng):
    tree = chain(rng, depth=9)
    return call("apply", tree=tree, X=rng.integers(-1, 10, (12, 1)).astype(float))


def _left_chain(rng):
    """Return the mirror image of `chain`: each left child has the next test, each right child is a leaf."""
    thresholds = np.sort(rng.choice(np.arange(-8, 9), 6, replace=False)).astype(float)[::-1]
    nodes = np.arange(13)  # six tests and seven leaves
    inner = (nodes % 2 == 0) & (nodes < 12)
    tree = from_counts(
        feature=np.where(inner, 0, -2),
        threshold=np.where(inner, [*np.repeat(thresholds, 2).tolist(), -2.0], -2.0),
        left=np.where(inner, nodes + 2, -1),
        right=np.where(inner, nodes + 1, -1),
        missing_left=np.zeros(13, bool),
        counts=rng.integers(1, 5, (13, 2)),
    )

    return call("apply", tree=depth_first(tree), X=rng.integers(-9, 10, (12, 1)).astype(float))


def _fortran_order(rng):
    return call("apply", tree=random_tree(rng, n_leaves=9, d=3), X=np.asfortranarray(rows(rng, n=30, d=3)))


def _float32(rng):
    return call("apply", tree=random_tree(rng, n_leaves=9, d=3), X=rows(rng, n=30, d=3).astype(np.float32))


def _real(function, name, depth, **options):
    def make(rng):
        tree = fitted(rng, load(name), load_target(name), depth)
        return call(function, tree=tree, X=real(rng, name, rows=100), **options)

    return make


def _proba(rng):
    return call("predict_proba", tree=random_tree(rng, n_leaves=3), X=rows(rng, n=5))


def _two_classes(rng):
    return call("predict_proba", tree=random_tree(rng, n_leaves=6, d=3, n_classes=2), X=rows(rng, n=10, d=3))


def _five_classes(rng):
    return call("predict_proba", tree=random_tree(rng, n_leaves=12, d=2, n_classes=5), X=rows(rng, n=30))


def _predict(rng):
    return call("predict", tree=random_tree(rng, n_leaves=4), X=rows(rng, n=8), classes=np.arange(3))


def _other_numbers(rng):
    classes = np.sort(rng.choice(np.arange(-9, 30), 3, replace=False))
    return call("predict", tree=random_tree(rng, n_leaves=5), X=rows(rng, n=8), classes=classes)


def _text(rng):
    classes = np.sort(rng.choice(["ash", "birch", "elm", "oak", "sycamore", "yew"], 4, replace=False))
    return call(
        "predict", tree=random_tree(rng, n_leaves=7, d=2, n_classes=4), X=rows(rng, n=20), classes=classes
    )


def _tied(rng):
    """Return leaves whose two largest fractions are exactly equal."""
    tree = random_tree(rng, n_leaves=6, d=2, n_classes=4)
    value = tree.value.copy()
    for node in range(len(value)):
        value[node] = 0
        value[node, rng.choice(4, 2, replace=False)] = 0.5
    return call("predict", tree=tree._replace(value=value), X=rows(rng, n=20), classes=np.arange(4) + 3)


def _predict_digits(rng):
    return _real("predict", "digits", depth=8, classes=np.arange(10))(rng)


def _check(name, rule, make, judge, audit=clear):
    """Return a check; by default an audit accepts only inputs that float32 and float64 send the same way."""
    return Check(f"tree.1/{name}", rule, make, judge, audit)


CHECKS = (
    _check("apply/one-test", LEFT, _apply(n_leaves=2, n=5, d=2), leaves_only),
    _check("apply/one-leaf", DOWN, _one_leaf, leaves_only),
    _check("apply/three-leaves", DOWN, _apply(n_leaves=3, n=6, d=2), leaves_only, _no_value_on_threshold),
    _check("apply/on-thresholds", LEFT, _on_thresholds, leaves_only),
    _check("apply/threshold-minus-two", MINUS_TWO, _minus_two, leaves_only, _tests_minus_two),
    _check("apply/to-the-right", DOWN, _right_chain, leaves_only),
    _check("apply/to-the-left", DOWN, _left_chain, leaves_only),
    _check("apply/more-features", DOWN, _apply(n_leaves=15, n=60, d=4), leaves_only),
    _check("apply/fortran-order", DOWN, _fortran_order, leaves_only),
    _check("apply/float32", DOWN, _float32, leaves_only),
    _check("apply/wine", LEFT, _real("apply", "wine", depth=6), leaves_only),
    _check("predict_proba/few-rows", FRACTIONS, _proba, proba_only),
    _check("predict_proba/two-classes", FRACTIONS, _two_classes, proba_only),
    _check("predict_proba/five-classes", FRACTIONS, _five_classes, proba_only),
    _check("predict_proba/iris", FRACTIONS, _real("predict_proba", "iris", depth=4), proba_only),
    _check("predict/few-rows", LARGEST, _predict, labels_only),
    _check("predict/other-numbers", NAMES, _other_numbers, labels_only),
    _check("predict/text", NAMES, _text, labels_only),
    _check("predict/ties", TIES, _tied, labels_only),
    _check("predict/digits", LARGEST, _predict_digits, labels_only),
)
