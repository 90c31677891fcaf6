"""Checks of round 7: partial_fit, a stream in batches.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Result, apart, call, real, rows_of, whole

from .audits import clear_stream
from .judges import states
from .stub import State

MEAN = "the weighted mean of all rows that it has taken, those of earlier batches included"
TOTAL = "its total their total weight"  # a centre's total, the weight of the rows that it has taken
BEFORE = "the nearest of the centres as they are before the batch"
TIES = "ties go to the lowest index"
FIRST = "its first rows replace it, and until then it stays"
ANY = "a batch may have any number of rows, or none"
ZERO = "a row of weight 0 changes nothing"
LEFT = "the given state is left as it is"
LIKE = "as scikit-learn's MiniBatchKMeans(reassignment_ratio=0) does"
BAD = "ValueError: NaN or infinity, a negative weight, shapes that do not match"


def _batch(state, X_batch, weights=None):
    """Return a call with these weights of the rows, or with weights of 1."""
    weights = np.ones(len(X_batch)) if weights is None else np.asarray(weights, float)
    return call("partial_fit", state=state, X_batch=X_batch, weights=weights)


def _stream(centers, batches):
    """Return the steps that fold in one batch after the other; each batch is a pair of rows and weights.

    Weights of None are weights of 1.
    """
    state = State(centers, np.zeros(len(centers)))
    steps = []
    for X_batch, weights in batches:
        steps.append(_batch(state, X_batch, weights))
        state = Result(len(steps) - 1)
    return steps


def _one_center(rng):
    state = State(whole(rng, 0, 9, (1, 1)), whole(rng, 1, 5, (1,)))
    return _batch(state, whole(rng, 10, 20, (1, 1)))


def _two_centers(rng):
    state = State(np.array([[2.0], [40.0]]) + int(rng.integers(9)), whole(rng, 1, 9, (2,)))
    return _batch(state, apart(rng, 0, 50, n=4))


def _heavy_rows(rng):
    state = State(np.array([[2.0], [40.0]]), whole(rng, 1, 9, (2,)))
    return _batch(state, apart(rng, 0, 50, n=4), rng.permutation([1, 2, 4, 8]))


def _row_halfway(rng):
    low, half = int(rng.integers(0, 5)), int(rng.integers(1, 5))
    centers = rng.permutation(np.array([[low], [low + 2 * half]], float))
    return _batch(State(centers, whole(rng, 1, 4, (2,))), np.array([[low + half]], float))


def _labels_before_moves(rng):
    # The first rows pull a centre so far that an update row by row would change the last row's label.
    offset = 10 * int(rng.integers(1, 50))
    centers = np.array([[0.0], [20.0]]) + offset
    return _batch(State(centers, np.ones(2)), np.array([[11.0], [12.0], [9.0]]) + offset)


def _from_nothing(rng):
    # Totals of 0: no centre has taken a row yet.
    centers = np.array([[0.0], [50.0]]) + int(rng.integers(9))
    return _batch(State(centers, np.zeros(2)), apart(rng, 1, 20, n=3))


def _then_more(rng):
    first, second = apart(rng, 0, 40, n=3), apart(rng, 0, 40, n=2)
    return _stream(np.array([[10.0], [33.0]]), [(first, None), (second, None)])


def _weightless_rows(rng):
    # The only row near the centre at 90 has weight 0, so this centre still has taken nothing, and stays.
    X = apart(rng, 0, 50, n=5)
    state = State(np.array([[5.0], [41.0], [90.0]]), np.array([0.0, 2.0, 0.0]))
    return _batch(state, np.vstack([X, [[95.0]]]), [*rng.permutation([0, 0, 1, 2, 3]), 0])


def _all_weightless(rng):
    return _batch(State(np.array([[5.0], [41.0]]), np.array([0.0, 3.0])), apart(rng, 0, 50, n=3), np.zeros(3))


def _no_rows(rng):
    centers = np.array([[10.0], [33.0], [90.0]])
    return _stream(centers, [(apart(rng, 0, 40, n=4), None), (np.zeros((0, 1)), None)])


def _one_row_for_six_centers(rng):
    return _batch(
        State(apart(rng, 0, 90, n=12).reshape(6, 2), whole(rng, 0, 4, (6,))), whole(rng, 0, 90, (1, 2))
    )


def _untouched(rng):
    batches = [(apart(rng, 0, 40, n=4), None) for _ in range(3)]
    return _stream(np.array([[10.0], [33.0]]), batches)


def _wine(rng):
    X = real(rng, "wine", rows=120, columns=6)
    batches = [(X[rows], None) for rows in np.array_split(np.arange(120), 5)]
    return _stream(rows_of(rng, X, k=4), batches)


def _digits(rng):
    X = real(rng, "digits", rows=300, columns=32)
    ends = np.cumsum([100, 50, 1, 29, 3])  # of five batches; the sixth has the other 117 rows
    batches = [(rows, rng.uniform(0.5, 2, len(rows))) for rows in np.split(X, ends)]
    return _stream(rows_of(rng, X, k=8), batches)


def _bad(*, X_value=None, weight=None, shape=(3, 2), n_weights=3):
    """Return a function that draws a batch with one bad value of X, one bad weight, or a bad shape."""

    def make(rng):
        X, weights = whole(rng, 0, 9, shape), whole(rng, 1, 4, (n_weights,))
        if X_value is not None:
            X[rng.integers(len(X)), 0] = X_value
        if weight is not None:
            weights[rng.integers(len(weights))] = weight
        return _batch(State(whole(rng, 0, 9, (2, 2)), np.ones(2)), X, weights)

    return make


def _check(name, rule, make, audit=clear_stream, fetch=(-1,)):
    """Return a check that judges the state after the last batch or, with fetch=None, after each batch."""
    return Check(f"kmeans.7/partial_fit/{name}", rule, make, states, audit, fetch)


def _rejected(name, make):
    """Return a check of bad input, which must raise a ValueError."""
    return _check(name, BAD, make, audit=None)


CHECKS = (
    _check("one-center", MEAN, _one_center),
    _check("two-centers", TOTAL, _two_centers),
    _check("heavy-rows", MEAN, _heavy_rows),
    _check("ties", TIES, _row_halfway, audit=None),  # the audit would reject a tie
    _check("before-the-batch", BEFORE, _labels_before_moves),
    _check("from-nothing", FIRST, _from_nothing),
    _check("then-more", MEAN, _then_more),
    _check("weightless-rows", ZERO, _weightless_rows),
    _check("all-weightless", ZERO, _all_weightless),
    _check("no-rows", ANY, _no_rows),
    _check("fewer-rows-than-centers", ANY, _one_row_for_six_centers),
    # fetch=None: the judge gets the states after all steps, not only the last.
    _check("state-left", LEFT, _untouched, fetch=None),
    _check("wine", LIKE, _wine, fetch=None),
    _check("digits", LIKE, _digits, fetch=None),
    _rejected("nan", _bad(X_value=np.nan)),
    _rejected("infinity", _bad(X_value=np.inf)),
    _rejected("nan-weight", _bad(weight=np.nan)),
    _rejected("negative-weight", _bad(weight=-1.0)),
    _rejected("one-weight", _bad(n_weights=1)),
    _rejected("other-features", _bad(shape=(3, 1))),
)
