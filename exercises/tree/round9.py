"""Checks of round 9: forest_predict.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target, real

from .audits import clear, clear_votes
from .inputs import bagged, random_tree, rows
from .judges import labels_in_time, leaves_of, needed

SUM = "the class with the largest sum of fractions over all trees"
TIES = "the first on ties"
STOP = "its leading class is ahead of each other class by more than the number of trees left"
ORDER = "trees are asked in their order"
EDGES = "the rules of `apply` hold, round 5 included"
COUNT = "trees_used counts the trees asked for it"
SAFE = "where no leaves of the trees left could change its label"


def _forest(trees, X, classes=None):
    n_classes = trees[0].value.shape[1]
    classes = np.arange(n_classes) if classes is None else classes
    return call("forest_predict", trees=trees, X=X, classes=classes)


def _one_tree(rng):
    return _forest([random_tree(rng, n_leaves=4)], rows(rng, n=5))


def _random(n_trees, n, n_classes=3, **options):
    def make(rng):
        trees = [
            random_tree(rng, int(rng.integers(2, 7)), d=2, n_classes=n_classes, **options)
            for _ in range(n_trees)
        ]
        return _forest(trees, rows(rng, n))

    return make


def _one_class_leaves(rng, n_trees, n_classes):
    """Return trees whose leaves hold one class each: sums are whole numbers, so ties are exact."""
    trees = []
    for _ in range(n_trees):
        tree = random_tree(rng, int(rng.integers(2, 5)), d=2, n_classes=n_classes)
        one_hot = np.eye(n_classes)[rng.integers(0, n_classes, len(tree.left))]
        trees.append(tree._replace(value=one_hot))
    return trees


def _ties(rng):
    return _forest(_one_class_leaves(rng, n_trees=4, n_classes=3), rows(rng, n=12))


def _some_tie(steps: Steps) -> bool:
    totals = np.sort(sums(steps), axis=1)
    return bool((totals[:, -1] == totals[:, -2]).any())


def sums(steps: Steps):
    """Return each row's sums of fractions: (n_samples, n_classes)."""
    a = steps[0].arguments
    return sum(tree.value[leaves_of(tree, a["X"])] for tree in a["trees"])


def _growing_leads(rng):
    """Return a forest of two classes in which most trees are the same, so that leads grow."""
    trees = _one_class_leaves(rng, n_trees=9, n_classes=2)
    for number in (0, 2, 3, 5, 6):
        trees[number] = trees[0]
    return _forest(trees, rows(rng, n=12))


def _votes_against_fractions(rng):
    """Return one tree that is sure of a class, and two that slightly prefer the other class."""
    trees = [random_tree(rng, n_leaves=2, d=2, n_classes=2) for _ in range(3)]
    side = int(rng.integers(2))
    lean = np.array([0.45, 0.55])
    leaning = lean if side == 0 else lean[::-1]
    values = [np.eye(2)[side], leaning, leaning]
    trees = [
        tree._replace(value=np.tile(value, (len(tree.left), 1)))
        for tree, value in zip(trees, (values[i] for i in rng.permutation(3)))
    ]
    return _forest(trees, rows(rng, n=4))


def _votes_differ(steps: Steps) -> bool:
    a = steps[0].arguments
    votes = sum(
        np.eye(len(a["classes"]))[tree.value[leaves_of(tree, a["X"])].argmax(axis=1)] for tree in a["trees"]
    )
    return clear_votes(steps) and bool((votes.argmax(axis=1) != sums(steps).argmax(axis=1)).any())


def _text(rng):
    classes = np.sort(rng.choice(["ash", "birch", "elm", "oak", "sycamore", "yew"], 3, replace=False))
    return _forest([random_tree(rng, n_leaves=5) for _ in range(5)], rows(rng, n=12), classes)


def _with_nan(rng):
    X = rows(rng, n=30)
    trees = [random_tree(rng, n_leaves=6) for _ in range(7)]
    return _forest(trees, np.where(rng.random(X.shape) < 0.3, np.nan, X))


def _one_class(rng):
    return _forest([random_tree(rng, n_leaves=3, d=2, n_classes=1) for _ in range(3)], rows(rng, n=4))


def _bagged(name, n_trees, depth, rows_, columns=None):
    def make(rng):
        X, y = load(name)[:, :columns], load_target(name)
        chosen = rng.permutation(len(X))[:120]
        trees = bagged(rng, X[chosen], y[chosen], n_trees, depth)
        return _forest(trees, real(rng, name, rows_, columns), np.unique(y))

    return make


def _stops(steps: Steps) -> bool:
    """Return whether the rows must stop after at least three different numbers of trees."""
    most = needed(steps[0].arguments["trees"], steps[0].arguments["X"])[1]
    return clear_votes(steps) and len(np.unique(most)) > 2


def _some_stop(steps: Steps) -> bool:
    a = steps[0].arguments
    return bool((needed(a["trees"], a["X"])[1] < len(a["trees"])).any())


def _no_trees(rng):
    return call("forest_predict", trees=[], X=rows(rng, n=3), classes=np.arange(3))


def _infinity(rng):
    X = rows(rng, n=4)
    X[rng.integers(4), rng.integers(2)] = np.inf
    return _forest([random_tree(rng, n_leaves=3), random_tree(rng, n_leaves=4)], X)


def _check(name, rule, make, audit=clear_votes):
    return Check(f"tree.9/forest_predict/{name}", rule, make, labels_in_time, audit)


def _both(audit, other_audit):
    """Return an audit that accepts what both of these accept."""
    return lambda steps: audit(steps) and other_audit(steps)


CHECKS = (
    _check("one-tree", SUM, _one_tree),
    _check("two-trees", SUM, _random(n_trees=2, n=6)),
    _check("fractions-not-votes", SUM, _votes_against_fractions, _votes_differ),
    _check("ties", TIES, _ties, _some_tie),
    _check("leads", STOP, _growing_leads, _some_stop),
    _check("text", SUM, _text),
    _check("one-class", COUNT, _one_class, audit=None),
    _check("nine-trees", ORDER, _random(n_trees=9, n=30)),
    _check("five-classes", SAFE, _random(n_trees=8, n=30, n_classes=5)),
    _check("nan", EDGES, _with_nan),
    _check("best-first-order", ORDER, _random(n_trees=7, n=20, best_first=True)),
    _check("iris", STOP, _bagged("iris", n_trees=15, depth=3, rows_=40), _both(clear, _stops)),
    _check("wine", COUNT, _bagged("wine", n_trees=20, depth=4, rows_=40, columns=8), _both(clear, _stops)),
    _check(
        "breast-cancer",
        STOP,
        _bagged("breast_cancer", n_trees=12, depth=4, rows_=40, columns=10),
        _both(clear, _stops),
    ),
    _check("no-trees", "ValueError: no trees", _no_trees, audit=None),
    _check("infinity", EDGES, _infinity, audit=None),
)
