"""Checks of round 8: partial, merge and finish, which combine the sums of many machines; coreset.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import (
    Check,
    Result,
    Rng,
    anything,
    apart,
    call,
    outputs,
    real,
    rows_of,
    same_again,
    whole,
)

from .audits import clear_chunks
from .judges import centers_and_inertia
from .laws import law_of_coreset, weighted_rows

NEAREST = "each row goes to its nearest centre"
TIES = "ties go to the lowest index"
SMALL = "they hold no rows: their size depends on the centres alone"
ANY = "a chunk may have any number of rows, or none"
BAD = "ValueError: NaN or infinity, a negative weight, shapes that do not match"
TOGETHER = "those of all their rows together"
UNCHANGED = "neither a nor b changes: either may be merged again, also with itself"
ORDER = "any chunks, and stats merged in any order, one by one or as a tree"
MEAN = "each centre moves to the weighted mean of its rows"
STAYS = "a centre whose rows have no weight in all stays where it is"
COST = "inertia is the weighted sum of squared distances from the rows to the old centres"
WEIGHT = "the weight of a drawn row is 1 / (m * q)"
CHANCE = "half its squared distance to the mean of X over the sum of these"
EQUAL = "1 / n_samples in all where that sum is 0"
FROM_RNG = "all randomness comes from rng"
REFUSED = "m < 1, no rows, NaN or infinity"

SMALL_BYTES = 100_000
"""The most memory of a call in the check `partial/size`, whose stats are those of 3 centres with 2 features.
Stats that held all its rows would take 3 MB."""
DOUBLINGS = 10
"""How often that check merges stats with themselves: 200 rows become 204,800."""


def _chunk(X, centers, weights=None):
    """Return a call of `partial` with these weights of the rows, or with weights of 1."""
    weights = np.ones(len(X)) if weights is None else np.asarray(weights, float)
    return call("partial", X_chunk=X, centers=centers, weights=weights)


def _finish(step, centers):
    return call("finish", stats=Result(step), centers=centers)


def _one_machine(X, centers, weights=None):
    return [_chunk(X, centers, weights), _finish(step=0, centers=centers)]


def _chain(chunks, centers, pairs):
    """Return steps: `partial` of each chunk, then a merge of each pair of earlier steps, then `finish`.

    Each chunk is a pair of rows and weights; weights of None are weights of 1. Steps count from 0, so with
    three chunks the first merge is step 3.
    """
    steps = [_chunk(X, centers, weights) for X, weights in chunks]
    steps += [call("merge", a=Result(a), b=Result(b)) for a, b in pairs]
    return [*steps, _finish(len(steps) - 1, centers)]


def _two_groups(rng):
    return _one_machine(apart(rng, 0, 50, n=5), np.array([[3.0], [44.0]]))


def _weighted(rng):
    return _one_machine(apart(rng, 0, 50, n=4), np.array([[3.0], [44.0]]), rng.permutation([1, 2, 4, 8]))


def _row_halfway(rng):
    low, half = int(rng.integers(0, 5)), int(rng.integers(1, 5))
    centers = rng.permutation(np.array([[low], [low + 2 * half]], float))
    return _one_machine(np.array([[low + half], [low + half]], float), centers)


def _center_without_rows(rng):
    return _one_machine(apart(rng, 0, 20, n=4), rng.permutation(np.array([[2.0], [18.0], [77.0]])))


def _weightless(rng):
    # Both rows of the second centre have weight 0.
    X = np.vstack([apart(rng, 0, 20, n=3), apart(rng, 70, 90, n=2)])
    return _one_machine(X, np.array([[9.0], [81.0]]), weights=[1, 0, 3, 0, 0])


def _no_rows(rng):
    return _one_machine(np.zeros((0, 2)), whole(rng, 0, 9, (2, 2)))


def _merged_with_nothing(rng):
    chunks = [(np.zeros((0, 1)), None), (apart(rng, 0, 50, n=4), None), (np.zeros((0, 1)), None)]
    return _chain(chunks, np.array([[3.0], [44.0]]), pairs=[(0, 1), (3, 2)])


def _two_chunks(rng):
    chunks = [(apart(rng, 0, 50, n=3), None), (apart(rng, 0, 50, n=4), None)]
    return _chain(chunks, np.array([[3.0], [44.0]]), pairs=[(0, 1)])


def _unequal_chunks(rng):
    # The mean of the chunks' means is right for equal chunks, but not for these.
    chunks = [
        (apart(rng, 0, 50, n=9), whole(rng, 1, 5, (9,))),
        (apart(rng, 0, 50, n=2), whole(rng, 5, 9, (2,))),
    ]
    return _chain(chunks, np.array([[3.0], [44.0]]), pairs=[(0, 1)])


def _with_itself(rng):
    return _chain([(apart(rng, 0, 50, n=4), None)], np.array([[3.0], [44.0]]), pairs=[(0, 0)])


def _merged_twice(rng):
    # Each cluster has rows of both chunks, with different means. So if `merge` adds b to a in place, the
    # second merge adds b again, and both centres move.
    centers, shift = np.array([[3.0], [44.0]]), int(rng.integers(9))
    chunks = (np.array([[0.0], [2.0], [40.0], [43.0]]) + shift, np.array([[9.0], [48.0]]) + shift)
    steps = [_chunk(X, centers) for X in chunks]
    steps += [call("merge", a=Result(0), b=Result(1)) for _ in range(2)]
    return [*steps, *(_finish(step, centers) for step in range(4))]


def _doubled(rng):
    X = rng.normal(size=(200, 2)) * 3
    return _chain([(X, None)], rows_of(rng, X, k=3), [(step, step) for step in range(DOUBLINGS)])


def _data(name, rows, columns, k, pairs):
    """Return a function that splits data into four chunks, whose stats are merged as `pairs` says.

    `columns` of None are all columns; for `pairs` see `_chain`.
    """

    def make(rng):
        X = real(rng, name, rows, columns)
        weights = rng.uniform(0, 2, rows)
        cuts = np.sort(rng.choice(rows, 3, replace=False))
        chunks = list(zip(np.split(X, cuts), np.split(weights, cuts), strict=True))
        return _chain(chunks, rows_of(rng, X, k), pairs)

    return make


def _bad(*, X_value=None, weight=None, shape=(3, 2), n_weights=3):
    """Return a function that draws a chunk with one bad value of X, one bad weight, or a bad shape."""

    def make(rng):
        X, weights = whole(rng, 0, 9, shape), whole(rng, 1, 4, (n_weights,))
        if X_value is not None:
            X[rng.integers(len(X)), 0] = X_value
        if weight is not None:
            weights[rng.integers(len(weights))] = weight
        return _chunk(X, whole(rng, 0, 9, (2, 2)), weights)

    return make


def _coreset(rng, X, m):
    return call("coreset", X=X, m=m, rng=Rng(int(rng.integers(2**62))))


def _few_draws(rng):
    return _coreset(rng, apart(rng, 0, 40, n=6), m=12)


def _many_draws(rng):
    return _coreset(rng, np.array([[0.0, 3.0], [2.0, 1.0], [5.0, 5.0], [9.0, 0.0], [30.0, 8.0]])
                    + whole(rng, 0, 9, (2,)), m=3000)  # fmt: skip


def _equal_rows(rng):
    return _coreset(rng, np.full((4, 2), float(rng.integers(1, 9))), m=6)


def _little_cluster(rng):
    return _coreset(rng, np.vstack([rng.normal(size=(300, 2)), rng.normal(size=(3, 2)) + 60]), m=50)


def _same_state(rng):
    step = _coreset(rng, rng.normal(size=(40, 2)), m=20)
    return [step, step]


def _bad_coreset(m, value):
    """Return a function that draws a call with this m; one number of X is `value`."""

    def make(rng):
        X = whole(rng, 0, 9, (4, 2))
        X[rng.integers(4), rng.integers(2)] = value
        return _coreset(rng, X, m)

    return make


def _check(name, rule, make, audit=clear_chunks, **options):
    return Check(f"kmeans.8/{name}", rule, make, centers_and_inertia, audit, **options)


def _coreset_check(name, rule, make, judge=weighted_rows, **options):
    """Return a check; with expects=False the judge needs no expected answer, since draws are random."""
    return Check(f"kmeans.8/coreset/{name}", rule, make, judge, **options)


def _rejected(name, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"kmeans.8/partial/{name}", BAD, make, outputs(stats=anything))


CHECKS = (
    _check("partial/nearest", NEAREST, _two_groups),
    _check("partial/ties", TIES, _row_halfway, audit=None),  # the audit would reject a tie
    _check("partial/no-rows", ANY, _no_rows),
    _check("partial/size", SMALL, _doubled, max_bytes=SMALL_BYTES),
    _rejected("nan", _bad(X_value=np.nan)),
    _rejected("infinity", _bad(X_value=np.inf)),
    _rejected("nan-weight", _bad(weight=np.nan)),
    _rejected("negative-weight", _bad(weight=-1.0)),
    _rejected("one-weight", _bad(n_weights=1)),
    _rejected("other-features", _bad(shape=(3, 1))),
    _check("merge/two-chunks", TOGETHER, _two_chunks),
    _check("merge/unequal-chunks", TOGETHER, _unequal_chunks),
    _check("merge/with-nothing", TOGETHER, _merged_with_nothing),
    _check("merge/with-itself", UNCHANGED, _with_itself),
    _check("merge/merged-twice", UNCHANGED, _merged_twice, fetch=(4, 5, 6, 7)),  # its steps of `finish`
    _check(
        "merge/one-by-one", ORDER, _data("iris", rows=120, columns=None, k=5, pairs=[(0, 1), (4, 2), (5, 3)])
    ),
    _check(
        "merge/backwards", ORDER, _data("iris", rows=120, columns=None, k=5, pairs=[(3, 2), (1, 4), (5, 0)])
    ),
    _check("merge/tree", ORDER, _data("wine", rows=120, columns=6, k=7, pairs=[(1, 3), (2, 0), (4, 5)])),
    _check("finish/weighted-means", MEAN, _weighted),
    _check("finish/nobody", STAYS, _center_without_rows),
    _check("finish/weightless", STAYS, _weightless),
    _check("finish/old-centers", COST, _two_groups),
    _coreset_check("few-draws", WEIGHT, _few_draws, expects=False),
    _coreset_check("equal-rows", EQUAL, _equal_rows, expects=False),
    _coreset_check("many-draws", CHANCE, _many_draws, law_of_coreset, expects=False),
    _coreset_check("little-cluster", WEIGHT, _little_cluster, expects=False),
    # fetch=None: the judge gets the answers of all steps.
    _coreset_check("same-state", FROM_RNG, _same_state, same_again, expects=False, fetch=None),
    _coreset_check("no-draws", REFUSED, _bad_coreset(m=0, value=1.0)),
    _coreset_check("nan", REFUSED, _bad_coreset(m=3, value=np.nan)),
    _coreset_check("infinity", REFUSED, _bad_coreset(m=3, value=np.inf)),
)
