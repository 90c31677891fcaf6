"""Checks of round 3: impurity, best_split.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.
"""

import numpy as np
from mlkata.authoring import Check, Steps, apart, call, load, load_target, whole

from .audits import one_best
from .inputs import sixty_fourths
from .judges import all_splits, impurity_of, impurity_only, right_split, terms_of

GINI = '"gini" is 1 - sum(p²)'
ENTROPY = '"entropy" is -sum(p log2 p)'
ABSENT = "a class without weight adds 0"
NONE = "where all weights are 0, so is the impurity"
BEST = "that lowers the impurity of some rows the most"
MIDPOINT = "threshold is the midpoint of neighbouring distinct values"
SHARE = "minus that of each side times its share of the rows"
VARIANCE = '"squared_error" numbers: impurity is their variance'
ROOM = "each side has min_samples_leaf rows or more"
ANY = "any split that attains the best decrease is right, even 0"
NO_SPLIT = "if all y are equal or no threshold leaves enough rows"
CLASSES = "take classes y (whole numbers or text)"

CLEARLY = 1e-3
"""By how much the decreases of two splits differ that an input shall tell apart."""


def _impurity(criterion, low=1, high=9, size=3):
    return lambda rng: call("impurity", weights_per_class=whole(rng, low, high, (size,)), criterion=criterion)


def _one_class(criterion):
    def make(rng):
        weights = np.zeros(4)
        weights[rng.integers(4)] = rng.integers(1, 9)
        return call("impurity", weights_per_class=weights, criterion=criterion)

    return make


def _no_weight(rng):
    return call("impurity", weights_per_class=np.zeros(int(rng.integers(1, 40))), criterion="gini")


def _small_weights(rng):
    # Weights are no counts, and sum to less than 1: the p in the rule are their shares of this sum, by either
    # criterion.
    return call(
        "impurity", weights_per_class=rng.random(5) / 9, criterion=str(rng.choice(["gini", "entropy"]))
    )


def _negative(rng):
    weights = whole(rng, 1, 9, (3,))
    weights[rng.integers(3)] = -1
    return call("impurity", weights_per_class=weights, criterion="gini")


def _split(X, y, **options):
    return call("best_split", X=X, y=y, **options)


def _two_sides(rng):
    X = apart(rng, 0, 40, n=6)
    return _split(X, (X[:, 0] > np.sort(X[:, 0])[rng.integers(1, 4)]).astype(int))


def _one_feature(rng):
    return _split(apart(rng, 0, 40, n=6), rng.permutation([0, 0, 0, 1, 1, 2]))


def _two_features(rng):
    return _split(whole(rng, 0, 12, (8, 2)), rng.integers(0, 2, 8))


def _repeated_values(rng):
    """Return rows with equal values, which must go to one side together."""
    x = rng.permutation([0.0, 1, 1, 1, 1, 2]) * rng.integers(1, 5) + rng.integers(0, 9)
    y = rng.integers(0, 2, 6)
    return _split(x[:, None], y)


def _y_differs(steps: Steps) -> bool:
    return len(np.unique(steps[0].arguments["y"])) > 1


def _shares(rng):
    return _split(whole(rng, 0, 20, (10, 2)), rng.integers(0, 3, 10))


def _shares_matter(steps: Steps) -> bool:
    """Return whether the unweighted mean of the sides' impurities prefers another split than the weighted."""
    X, y = steps[0].arguments["X"], steps[0].arguments["y"]
    terms, splits = terms_of(y, "gini"), all_splits(X, y, "gini", min_samples_leaf=1)
    unweighted = []
    for split in splits:
        left = X[:, split.feature] <= split.threshold
        sides = (terms[rows_of_side].sum(axis=0) for rows_of_side in (left, ~left))
        unweighted.append(sum(impurity_of(sums, "gini") for sums in sides))
    decreases = [split.decrease for split in splits]
    return _y_differs(steps) and decreases[int(np.argmin(unweighted))] < max(decreases) - CLEARLY


def _entropy(rng):
    return _split(whole(rng, 0, 20, (12, 2)), rng.integers(0, 4, 12), criterion="entropy")


def _entropy_matters(steps: Steps) -> bool:
    """Return whether gini would choose another split."""
    X, y = steps[0].arguments["X"], steps[0].arguments["y"]
    by_gini, by_entropy = (
        [split.decrease for split in all_splits(X, y, criterion, min_samples_leaf=1)]
        for criterion in ("gini", "entropy")
    )
    return by_entropy[int(np.argmax(by_gini))] < max(by_entropy) - CLEARLY


def _numbers(rng):
    return _split(whole(rng, 0, 20, (8, 2)), whole(rng, -20, 20, (8,)), criterion="squared_error")


def _numbers_far_off(rng):
    y = whole(rng, -20, 20, (9,)) + 1000
    return _split(whole(rng, 0, 20, (9, 2)), y, criterion="squared_error")


def _too_few_rows_aside(rng):
    X = apart(rng, 0, 60, n=9)
    y = (X[:, 0] > np.sort(X[:, 0])[0]).astype(int)  # without the limit one row would be split off
    y[rng.integers(0, 9, 2)] ^= 1
    return _split(X, y, min_samples_leaf=int(rng.integers(2, 5)))


def _limit_matters(steps: Steps) -> bool:
    """Return whether a better split would be possible without min_samples_leaf."""
    a = steps[0].arguments
    unlimited, limited = (all_splits(a["X"], a["y"], "gini", least) for least in (1, a["min_samples_leaf"]))
    return bool(limited) and max(s.decrease for s in unlimited) > max(s.decrease for s in limited) + CLEARLY


def _just_enough_rows(rng):
    """Return rows of which only one split leaves min_samples_leaf rows on both sides."""
    half = int(rng.integers(2, 5))
    return _split(apart(rng, 0, 60, 2 * half), rng.integers(0, 2, 2 * half), min_samples_leaf=half)


def _too_few_rows(rng):
    return _split(apart(rng, 0, 60, n=5), np.array([0, 1, 0, 1, 1]), min_samples_leaf=3)


def _equal_y(rng):
    return _split(apart(rng, 0, 60, n=5), np.full(5, rng.integers(0, 9)))


def _equal_rows(rng):
    return _split(np.tile(whole(rng, 0, 9, (1, 2)), (5, 1)), rng.permutation([0, 0, 1, 1, 1]))


def _xor(rng):
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    X = corners * whole(rng, 1, 9, (2,)) + whole(rng, -9, 9, (2,))
    order = rng.permutation(4)
    return _split(X[order], np.array([0, 1, 1, 0])[order])


def _other_numbers(rng):
    classes = rng.choice(np.arange(-9, 99), 3, replace=False)
    return _split(whole(rng, 0, 20, (9, 2)), classes[rng.permutation(np.arange(9) % 3)])


def _text(rng):
    names = rng.choice(["ash", "birch", "elm", "oak", "sycamore", "yew"], 3, replace=False)
    return _split(whole(rng, 0, 20, (9, 2)), names[rng.permutation(np.arange(9) % 3)])


def _lattice(rng):
    return _split(
        whole(rng, 0, 3, (40, 3)), rng.integers(0, 3, 40), criterion=str(rng.choice(["gini", "entropy"]))
    )


def _data(name, columns, **options):
    def make(rng):
        chosen = rng.permutation(len(load(name)))[:100]
        return _split(
            sixty_fourths(load(name)[chosen, :columns]), load_target(name)[chosen].copy(), **options
        )

    return make


def _bad_value(value):
    def make(rng):
        X = whole(rng, 0, 9, (5, 2))
        X[rng.integers(5), rng.integers(2)] = value
        return _split(X, np.array([0, 1, 0, 1, 1]))

    return make


def _bad_y(value):
    def make(rng):
        y = whole(rng, 0, 9, (5,))
        y[rng.integers(5)] = value
        return _split(whole(rng, 0, 9, (5, 2)), y, criterion="squared_error")

    return make


def _other_lengths(rng):
    return _split(whole(rng, 0, 9, (5, 2)), rng.permutation([0, 1, 1, 0]))


def _option(**options):
    return lambda rng: _split(whole(rng, 0, 9, (5, 2)), rng.permutation([0, 1, 0, 1, 1]), **options)


def _one_best_split(steps: Steps) -> bool:
    a = {"criterion": "gini", "min_samples_leaf": 1} | dict(steps[0].arguments)
    return _y_differs(steps) and one_best(a["X"], a["y"], a["criterion"], a["min_samples_leaf"])


def _impurity_check(name, rule, make):
    return Check(f"tree.3/impurity/{name}", rule, make, impurity_only)


def _check(name, rule, make, audit=None):
    return Check(f"tree.3/best_split/{name}", rule, make, right_split, audit)


CHECKS = (
    _impurity_check("gini", GINI, _impurity("gini")),
    _impurity_check("entropy", ENTROPY, _impurity("entropy")),
    _impurity_check("absent-classes", ABSENT, _impurity("entropy", low=0, high=3, size=6)),
    _impurity_check("one-class-gini", GINI, _one_class("gini")),
    _impurity_check("one-class-entropy", ABSENT, _one_class("entropy")),
    _impurity_check("no-weight", NONE, _no_weight),
    _impurity_check("small-weights", GINI, _small_weights),
    _impurity_check("other-criterion", "any other criterion", _impurity("accuracy")),
    _impurity_check("negative-weight", "a negative weight", _negative),
    _check("two-sides", MIDPOINT, _two_sides),
    _check("one-feature", BEST, _one_feature, _one_best_split),
    _check("two-features", BEST, _two_features, _one_best_split),
    _check("repeated-values", MIDPOINT, _repeated_values, _y_differs),
    _check("shares", SHARE, _shares, _shares_matter),
    _check("entropy", CLASSES, _entropy, _entropy_matters),
    _check("numbers", VARIANCE, _numbers),
    _check("numbers-off-zero", VARIANCE, _numbers_far_off),
    _check("room", ROOM, _too_few_rows_aside, _limit_matters),
    _check("just-enough-room", ROOM, _just_enough_rows, _y_differs),
    _check("no-room", NO_SPLIT, _too_few_rows),
    _check("equal-y", NO_SPLIT, _equal_y),
    _check("equal-rows", NO_SPLIT, _equal_rows),
    _check("decrease-of-zero", ANY, _xor),
    _check("other-numbers", CLASSES, _other_numbers),
    _check("text", CLASSES, _text),
    _check("lattice", ANY, _lattice),
    _check("iris", BEST, _data("iris", columns=4)),
    _check("wine", BEST, _data("wine", columns=5, criterion="entropy", min_samples_leaf=8)),
    _check("diabetes", BEST, _data("diabetes", columns=4, criterion="squared_error", min_samples_leaf=5)),
    _check("nan", "NaN or infinity", _bad_value(np.nan)),
    _check("infinity", "NaN or infinity", _bad_value(np.inf)),
    _check("nan-in-y", "NaN or infinity in X or y", _bad_y(np.nan)),
    _check("infinity-in-y", "NaN or infinity in X or y", _bad_y(np.inf)),
    _check("other-lengths", "lengths that differ", _other_lengths),
    _check("other-criterion", "any other criterion", _option(criterion="mean")),
    _check("no-rows-a-side", "min_samples_leaf < 1", _option(min_samples_leaf=0)),
)
