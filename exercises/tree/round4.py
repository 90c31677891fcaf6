"""Checks of round 4: grow.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, apart, call, load, load_target, whole

from .audits import growth, unique_growth
from .inputs import sixty_fourths
from .judges import as_many_nodes, grown, same_tree

SPLIT = "split the rows of each node as `best_split` does"
DEPTH = "max_depth nodes lie above it"
FEWER = "it has fewer than min_samples_split rows"
NO_SPLIT = "`best_split` finds no split"
SHARE = "its decrease times its share of all rows is below min_impurity_decrease"
EVERY = "at 0 every split is made"
COLUMNS = "columns of value: the classes of y, sorted"
WEIGHT = "weight counts rows"
LEAF_ROOM = "no split with this min_samples_leaf"
BELOW = "a limit below 1, 2, 1 or 0"
AS_BEST_SPLIT = "ValueError: as `best_split`"
LIMITS = {  # the defaults, which stop no split
    "max_depth": None,
    "min_samples_split": 2,
    "min_samples_leaf": 1,
    "min_impurity_decrease": 0.0,
    "criterion": "gini",
}


def _grow(X, y, **limits):
    return call("grow", X=X, y=y, **(LIMITS | limits))


def _one_split(rng):
    X = apart(rng, 0, 40, n=6)
    return _grow(X, (X[:, 0] > np.sort(X[:, 0])[rng.integers(1, 4)]).astype(int))


def _pure(rng):
    return _grow(whole(rng, 0, 9, (4, 2)), np.full(4, int(rng.integers(0, 9))))


def _three_bands(rng):
    X = apart(rng, 0, 60, n=9)
    rank = np.argsort(np.argsort(X[:, 0]))
    return _grow(
        X, np.array([1, 1, 1, 1, 0, 0, 0, 2, 2])[rank]
    )  # four low rows, three in the middle, two high


def _noise(n, **limits):
    """Return a function that draws random labels, and multiples of 1/4 as rows, exact in float32."""

    def make(rng):
        return _grow(rng.integers(0, 500, (n, 3)) / 4, rng.integers(0, 3, n), **limits)

    return make


def _random_limit(name, low, high, **limits):
    return lambda rng: _noise(n=24, **{name: int(rng.integers(low, high))}, **limits)(rng)


def _limit_is_reached(steps: Steps) -> bool:
    """Return whether some node at max_depth could be split further."""
    limit = steps[0].arguments["max_depth"]
    return any(depth == limit and splits for depth, _, _, splits in growth(steps[0]))


def _limit_separates_nodes(steps: Steps) -> bool:
    """Return whether, of the nodes with a split, one has just enough rows and another one row too few."""
    limit = steps[0].arguments["min_samples_split"]
    sizes = [len(chosen) for _, chosen, _, splits in growth(steps[0]) if splits]
    return limit in sizes and limit - 1 in sizes


def _leaf_limit_matters(steps: Steps) -> bool:
    """Return whether the tree would have more nodes without the limit."""
    unlimited = {**steps[0].arguments, "min_samples_leaf": 1}
    nodes_without_limit = list(growth(call("grow", **unlimited)))
    return len(nodes_without_limit) > len(list(growth(steps[0])))


def _decrease(rng):
    least = float(rng.uniform(0.02, 0.06))
    return _noise(n=24, min_impurity_decrease=least)(rng)


def _share_matters(steps: Steps) -> bool:
    """Return whether some node's decrease is large enough alone, but too small times its share.

    At least two other nodes must have a decrease that is large enough even so.
    """
    least = steps[0].arguments["min_impurity_decrease"]
    bests = [(max(s.decrease for s in splits), share) for _, _, share, splits in growth(steps[0]) if splits]
    share_decides = any(best * share < least < best for best, share in bests)
    return share_decides and sum(best * share > least for best, share in bests) > 1


def _just_enough(rng):
    """Return rows, half of each class, that one split separates; its decrease is exactly 0.5."""
    half = int(rng.choice([1, 2, 4]))
    X = np.sort(apart(rng, 0, 60, 2 * half), axis=0)
    order = rng.permutation(2 * half)
    return _grow(X[order], np.repeat([0, 1], half)[order], min_impurity_decrease=0.5)


def _useless_split(rng):
    """Return two distinct rows, each with both classes: the only split decreases nothing, but is made."""
    low, high = np.sort(rng.choice(20, 2, replace=False)).astype(float)
    order = rng.permutation(4)
    return _grow(np.array([[low], [low], [high], [high]])[order], np.array([0, 1, 0, 1])[order])


def _xor(rng):
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    X = corners * whole(rng, 1, 9, (2,)) + whole(rng, -9, 9, (2,))
    order = rng.permutation(4)
    return _grow(X[order], np.array([0, 1, 1, 0])[order])


def _equal_rows(rng):
    row = whole(rng, 0, 9, (1, 1))
    return _grow(np.vstack([row, row, row, row + 20]), rng.permutation([0, 1, 1, 2]))


def _equal_rows_differ_in_y(steps: Steps) -> bool:
    return len(np.unique(steps[0].arguments["y"][:3])) > 1 and unique_growth(steps)


def _numbers(rng):
    return _grow(
        rng.integers(0, 500, (20, 2)) / 4, whole(rng, -50, 50, (20,)), criterion="squared_error", max_depth=3
    )


def _text(rng):
    names = rng.choice(["ash", "birch", "elm", "oak", "sycamore", "yew"], 3, replace=False)
    return _grow(rng.integers(0, 500, (15, 2)) / 4, names[rng.permutation(np.arange(15) % 3)], max_depth=2)


def _lattice(criterion):
    def make(rng):
        return _grow(whole(rng, 0, 4, (40, 3)), rng.integers(0, 3, 40), criterion=criterion)

    return make


def _all_limits(rng):
    return _noise(
        n=40,
        max_depth=4,
        min_samples_split=7,
        min_samples_leaf=2,
        min_impurity_decrease=0.01,
        criterion="entropy",
    )(rng)


def _data(name, columns, **limits):
    def make(rng):
        chosen = rng.permutation(len(load(name)))[:90]
        return _grow(sixty_fourths(load(name)[chosen, :columns]), load_target(name)[chosen].copy(), **limits)

    return make


def _other_limits(**limits):
    return lambda rng: _grow(whole(rng, 0, 9, (5, 2)), rng.permutation([0, 1, 0, 1, 1]), **limits)


def _nan(rng):
    X = whole(rng, 0, 9, (5, 2))
    X[rng.integers(5), rng.integers(2)] = np.nan
    return _grow(X, rng.permutation([0, 1, 0, 1, 1]))


def _check(name, rule, make, audit=None):
    return Check(f"tree.4/grow/{name}", rule, make, grown, audit)


def _unique_check(name, rule, make, audit=unique_growth, judge=same_tree):
    return Check(f"tree.4/grow/{name}", rule, make, judge, audit)


CHECKS = (
    _unique_check("one-split", SPLIT, _one_split),
    _unique_check("pure", NO_SPLIT, _pure),
    _unique_check("three-bands", SPLIT, _three_bands),
    _check("random-labels", WEIGHT, _noise(n=20)),
    _unique_check("max-depth-1", DEPTH, _noise(n=20, max_depth=1)),
    _check("max-depth", DEPTH, _random_limit("max_depth", low=2, high=4), _limit_is_reached),
    _check(
        "min-samples-split", FEWER, _random_limit("min_samples_split", low=3, high=6), _limit_separates_nodes
    ),
    _check(
        "min-samples-leaf", LEAF_ROOM, _random_limit("min_samples_leaf", low=2, high=5), _leaf_limit_matters
    ),
    _check("min-impurity-decrease", SHARE, _decrease, _share_matters),
    _unique_check("just-enough", SHARE, _just_enough, audit=None),
    _unique_check("useless-split", EVERY, _useless_split, audit=None),
    _unique_check("xor", EVERY, _xor, audit=None, judge=as_many_nodes),
    _unique_check("equal-rows", NO_SPLIT, _equal_rows, _equal_rows_differ_in_y),
    _check("text", COLUMNS, _text),
    _check("entropy", SPLIT, _noise(n=24, criterion="entropy", max_depth=3)),
    _unique_check("numbers", SPLIT, _numbers),
    _check("all-limits", SPLIT, _all_limits),
    _check("lattice", SPLIT, _lattice("gini")),
    _check("lattice-entropy", SPLIT, _lattice("entropy")),
    _check("iris", SPLIT, _data("iris", columns=4)),
    _check("wine", SPLIT, _data("wine", columns=4, max_depth=3, criterion="entropy")),
    _check("diabetes", SPLIT, _data("diabetes", columns=4, min_samples_leaf=8, criterion="squared_error")),
    _check("no-depth", BELOW, _other_limits(max_depth=0)),
    _check("no-two-rows", BELOW, _other_limits(min_samples_split=1)),
    _check("no-leaf-rows", BELOW, _other_limits(min_samples_leaf=0)),
    _check("negative-decrease", BELOW, _other_limits(min_impurity_decrease=-0.1)),
    _check("other-criterion", AS_BEST_SPLIT, _other_limits(criterion="accuracy")),
    _check("nan", AS_BEST_SPLIT, _nan),
)
