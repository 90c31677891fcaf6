"""Checks of round 7: an iteration of EM over chunks, weighted rows, little memory, far from the origin.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

from itertools import pairwise

import numpy as np
from mlkata.authoring import Check, Result, Steps, anything, call, clouds, outputs, rows_of, whole

from .audits import log_joint, shares_of, spread
from .inputs import covariances, standard, weights_of
from .judges import finished

ONE = "one iteration of EM on all rows"
COUNTS = "a row of weight w counts as w equal rows"
NOT_WHOLE = "weights need not be whole"
NOT_COUNTED = "a row of weight 0 does not count"
NO_ROWS = "a chunk may have no rows"
CAP = "it takes at most 32 KiB besides its arguments, however many rows there are"
DIGITS = "nothing loses digits where the data lie 1e7 from the origin"
REFUSES = "what `responsibilities` refuses"
BAD_WEIGHTS = "weights of rows that are negative, not finite, or not one for each row"
ORDER = "in any order and any grouping"
STAY = "a and b stay as they are"
M_STEP = "as in `m_step`, each row counted by its weight"
BOUND = "the mean over the rows, weighted, of log p(x), by the params that `partial` was given"
NOTHING = "ValueError if all rows have weight 0"
MAX_BYTES = 32 * 1024
"""The limit that the contract names."""


def _params(rng, X, k):
    return weights_of(rng, k), rows_of(rng, X, k), covariances(rng, k, X.shape[1]) * spread(X) ** 2


def _partials(X, params, weights, cuts):
    """Return one call of `partial` for each chunk."""
    bounds = [0, *cuts, len(X)]
    return [
        call("partial", X_chunk=X[first:last].copy(), params=params, weights=weights[first:last].copy())
        for first, last in pairwise(bounds)
    ]


def _in_order(steps):
    """Return the steps with merges of one partial after the other, if there are several, and `finish`."""
    merged, last = list(steps), 0
    for index in range(1, len(steps)):
        merged.append(call("merge", a=Result(last), b=Result(index)))
        last = len(merged) - 1
    return [*merged, call("finish", stats=Result(last), reg_covar=1e-6)]


def _one_chunk(rng):
    X = whole(rng, 0, 9, (6, 2))
    return _in_order(_partials(X, _params(rng, X, 1), np.ones(6), cuts=[]))


def _two_components(rng):
    X = clouds(rng, k=2, size=6, d=2, distance=3.0)
    return _in_order(_partials(X, _params(rng, X, 2), np.ones(12), cuts=[]))


def _weighted(rng):
    X = clouds(rng, k=2, size=6, d=2, distance=3.0)
    weights = rng.integers(1, 4, 12).astype(float)
    return _in_order(_partials(X, _params(rng, X, 2), weights, cuts=[]))


def _fractional_weights(rng):
    X = clouds(rng, k=2, size=8, d=3, distance=3.0)
    return _in_order(_partials(X, _params(rng, X, 2), rng.uniform(0.2, 3, 16), cuts=[]))


def _some_weights_of_0(rng):
    X = clouds(rng, k=2, size=8, d=2, distance=3.0)
    weights = rng.permutation(np.repeat([0.0, 1.5], [4, 12]))
    return _in_order(_partials(X, _params(rng, X, 2), weights, cuts=[]))


def _two_chunks(rng):
    X = clouds(rng, k=2, size=8, d=2, distance=3.0)
    return _in_order(_partials(X, _params(rng, X, 2), np.ones(16), cuts=[int(rng.integers(5, 12))]))


def _no_rows(rng):
    X = clouds(rng, k=2, size=8, d=2, distance=3.0)
    cut = int(rng.integers(5, 12))
    return _in_order(_partials(X, _params(rng, X, 2), np.ones(16), cuts=[cut, cut]))


def _any_order(rng):
    X = standard(rng, "iris", rows=60, columns=4)
    cuts = [int(cut) for cut in np.sort(rng.choice(np.arange(8, 60), 5, replace=False))]
    steps = _partials(X, _params(rng, X, 3), rng.uniform(0.2, 3, 60), cuts)
    unmerged = list(range(len(steps)))
    while len(unmerged) > 1:
        a, b = (unmerged.pop(int(rng.integers(len(unmerged)))) for _ in range(2))
        steps.append(call("merge", a=Result(a), b=Result(b)))
        unmerged.append(len(steps) - 1)
    return [*steps, call("finish", stats=Result(unmerged[0]), reg_covar=1e-3)]


def _stats_used_twice(rng):
    # Steps 0 to 2 are partials, 3 and 4 merges. If `merge` adds to its first argument, the stats of step 0
    # already hold chunk 1 in the second merge.
    X = clouds(rng, k=2, size=10, d=2, distance=3.0)
    steps = _partials(X, _params(rng, X, 2), np.ones(20), cuts=[8, 14])
    steps += [call("merge", a=Result(0), b=Result(1)), call("merge", a=Result(2), b=Result(0))]
    return [*steps, call("finish", stats=Result(4), reg_covar=0.0)]


def _wide_ridge(rng):
    steps = _weighted(rng)
    return [*steps[:-1], call("finish", stats=Result(0), reg_covar=float(rng.choice([0.25, 0.5])))]


def _wine(rng):
    X = standard(rng, "wine", rows=80, columns=5)
    return _in_order(_partials(X, _params(rng, X, 3), rng.uniform(0.5, 2, 80), cuts=[30, 50]))


def _moved(distance):
    def make(rng):
        X = clouds(rng, k=2, size=10, d=2, distance=3.0) + distance * np.array([1.0, -1.0])
        return _in_order(_partials(X, _params(rng, X, 2), rng.uniform(0.5, 2, 20), cuts=[8]))

    return make


def _many_rows(rng):
    X = clouds(rng, k=8, size=625, d=2, distance=4.0)
    return _in_order(_partials(X, _params(rng, X, 8), np.ones(5000), cuts=[]))


def _bad_arguments(**changes):
    def make(rng):
        X = clouds(rng, k=2, size=4, d=2)
        step = _partials(X, _params(rng, X, 2), np.ones(8), cuts=[])[0]
        return call("partial", **{**step.arguments, **changes})

    return make


def _nan(rng):
    X = clouds(rng, k=2, size=4, d=2)
    params = _params(rng, X, 2)
    X[int(rng.integers(8)), 1] = np.nan
    return _partials(X, params, np.ones(8), cuts=[])[0]


def _singular(rng):
    X = clouds(rng, k=2, size=4, d=2)
    weights, means, _ = _params(rng, X, 2)
    return _partials(X, (weights, means, np.stack([np.diag([1.0, 0.0])] * 2)), np.ones(8), cuts=[])[0]


def _all_weights_of_0(rng):
    X = clouds(rng, k=2, size=4, d=2)
    return _in_order(_partials(X, _params(rng, X, 2), np.zeros(8), cuts=[]))


def _components_have_rows(steps: Steps) -> bool:
    """Return whether each component has 3% of the weight or more, and no covariance is nearly singular."""
    chunks = [step.arguments for step in steps if step.function == "partial"]
    # `_stats_used_twice` finishes with chunks 2 and 0, not with chunk 1.
    if steps[-2].arguments == {"a": Result(2), "b": Result(0)}:
        chunks = [chunks[0], chunks[2]]
    X = np.concatenate([chunk["X_chunk"] for chunk in chunks])
    weights = np.concatenate([chunk["weights"] for chunk in chunks])
    shares, _ = shares_of(log_joint(X, *chunks[0]["params"]))
    shares = shares * weights[:, None]
    sizes = shares.sum(axis=0)
    if sizes.min() < 0.03 * weights.sum():
        return False
    means = (shares.T @ (X - X[0])) / sizes[:, None] + X[0]
    full = [((X - m).T * s) @ (X - m) / s.sum() for m, s in zip(means, shares.T)]
    return bool(np.linalg.eigvalsh(np.stack(full)).min() > 1e-4 * spread(X) ** 2)


def _check(name, rule, make, *, audit=_components_have_rows, max_bytes=None):
    return Check(f"gmm.7/{name}", rule, make, finished, audit, max_bytes=max_bytes)


def _rejected(name, rule, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"gmm.7/partial/{name}", rule, make, outputs(stats=anything))


CHECKS = (
    _check("partial/one-component", ONE, _one_chunk),
    _check("partial/two-components", ONE, _two_components),
    _check("partial/whole-weights", COUNTS, _weighted),
    _check("partial/fractions", NOT_WHOLE, _fractional_weights),
    _check("partial/weight-0", NOT_COUNTED, _some_weights_of_0),
    _check("partial/no-rows", NO_ROWS, _no_rows),
    _check("partial/wine", ONE, _wine),
    _check("partial/1e5-away", DIGITS, _moved(1e5)),
    _check("partial/1e7-away", DIGITS, _moved(1e7)),
    _check("partial/many-rows", CAP, _many_rows, max_bytes=MAX_BYTES),
    _rejected("nan", REFUSES, _nan),
    _rejected("singular", REFUSES, _singular),
    _rejected("negative-weight", BAD_WEIGHTS, _bad_arguments(weights=-np.ones(8))),
    _rejected("infinite-weight", BAD_WEIGHTS, _bad_arguments(weights=np.full(8, np.inf))),
    _rejected("one-weight", BAD_WEIGHTS, _bad_arguments(weights=np.ones(1))),
    _check("merge/two-chunks", ORDER, _two_chunks),
    _check("merge/any-order", ORDER, _any_order),
    _check("merge/left-alone", STAY, _stats_used_twice),
    _check("finish/ridge", M_STEP, _wide_ridge),
    _check("finish/bound", BOUND, _fractional_weights),
    _check("finish/nothing", NOTHING, _all_weights_of_0, audit=None),
)
