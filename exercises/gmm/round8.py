"""Checks of round 8: stepwise EM, and EM with missing values.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Result, call, clouds, whole

from .inputs import covariances, shares, standard, weights_of
from .judges import same_sums, with_gaps
from .stub import Sums

NOTHING = "eta = 0 changes nothing"
ALL = "eta = 1 is one iteration of EM"
STEP = "the new state is 1 - eta times the old one plus eta times these averages"
AVERAGES = "the batch has averages over its rows"
SHARED = "share the rows out by it"
GOES_BY = "the E-step goes by the values that a row has"
STAND_IN = "the expected values stand in for missing ones"
ADDED = "this conditional covariance, weighted like the row, is added to the outer products"
RIDGE = "reg_covar is added to each diagonal"
NO_VALUE = "a row may have no value at all"
BEFORE = "log p(values of the row) by the parameters that iteration t starts from"
INFINITY = "ValueError for infinity"


def _state(rng, X, k):
    """Return a state: averages over X in which each component has a share of every row."""
    r = shares(rng, len(X), k) ** 4  # the power makes the components differ more
    r /= r.sum(axis=1, keepdims=True)
    n = len(X)
    squares = np.einsum("nk,ni,nj->kij", r, X, X) / n
    return Sums(sizes=r.mean(axis=0), sums=r.T @ X / n, squares=squares)


def _step(rng, eta, k=2, d=2):
    X = clouds(rng, k=2, size=10, d=d, distance=3.0)
    return call("online_step", state=_state(rng, X, k), X_batch=X[:9].copy(), eta=eta)


def _eta_of_0(rng):
    return _step(rng, eta=0.0)


def _one_component(rng):
    X = whole(rng, 0, 9, (5, 2))
    batch = whole(rng, 0, 9, (4, 2))
    return call("online_step", state=_state(rng, X, 1), X_batch=batch, eta=float(rng.choice([0.25, 0.75])))


def _eta_of_1(rng):
    return _step(rng, eta=1.0)


def _some_eta(rng):
    return _step(rng, eta=float(rng.uniform(0.2, 0.8)), k=3)


def _rows_twice(rng):
    step = _some_eta(rng)
    X = step.arguments["X_batch"]
    return call("online_step", **{**step.arguments, "X_batch": np.vstack([X, X])})


def _one_row(rng):
    step = _some_eta(rng)
    return call("online_step", **{**step.arguments, "X_batch": step.arguments["X_batch"][:1]})


def _several_steps(rng):
    X = standard(rng, "iris", rows=60, columns=3)
    steps = [call("online_step", state=_state(rng, X, 2), X_batch=X[:20].copy(), eta=0.8)]
    for t, eta in ((1, 0.5), (2, 0.4)):
        batch = X[20 * t : 20 * t + 20].copy()
        steps.append(call("online_step", state=Result(t - 1), X_batch=batch, eta=eta))
    return steps


def _run(rng, X, k, max_iter, reg_covar=1e-6):
    d = X.shape[1]
    filled = np.where(np.isnan(X), 0.0, X)
    means = filled[rng.choice(len(X), k, replace=False)] + rng.normal(size=(k, d)) / 4
    start = {"weights": weights_of(rng, k), "means": means, "covariances": covariances(rng, k, d)}
    return call("fit_missing", X=X, **start, reg_covar=reg_covar, max_iter=max_iter)


def _gaps(rng, X, share):
    """Return X with random values missing, but at least one left in each row."""
    missing = rng.random(X.shape) < share
    missing[np.arange(len(X)), rng.integers(X.shape[1], size=len(X))] = False
    return np.where(missing, np.nan, X)


def _no_gaps(rng):
    return _run(rng, clouds(rng, k=2, size=8, d=2, distance=3.0), k=2, max_iter=3)


def _one_gap(rng):
    X = whole(rng, 0, 6, (4, 2))
    X[int(rng.integers(4)), int(rng.integers(2))] = np.nan
    return _run(rng, X, k=1, max_iter=1)


def _one_column(rng):
    X = whole(rng, 0, 6, (6, 2))
    X[:3, 0] = np.nan
    return _run(rng, X, k=1, max_iter=int(rng.integers(2, 5)))


def _some_gaps(rng):
    return _run(rng, _gaps(rng, clouds(rng, k=2, size=10, d=3, distance=3.0), share=0.3), k=2, max_iter=1)


def _more_iterations(rng):
    return _run(rng, _gaps(rng, clouds(rng, k=2, size=12, d=3, distance=4.0), share=0.3), k=2, max_iter=5)


def _wide_ridge(rng):
    return _run(
        rng,
        _gaps(rng, clouds(rng, k=2, size=8, d=2, distance=3.0), share=0.3),
        k=2,
        max_iter=2,
        reg_covar=0.25,
    )


def _empty_row(rng):
    X = _gaps(rng, clouds(rng, k=2, size=8, d=2, distance=3.0), share=0.2)
    X[int(rng.integers(len(X)))] = np.nan
    return _run(rng, X, k=2, max_iter=3)


def _iris(rng):
    return _run(
        rng, _gaps(rng, standard(rng, "iris", rows=60, columns=4), share=0.2), k=2, max_iter=4, reg_covar=1e-2
    )


def _infinity(rng):
    X = clouds(rng, k=2, size=4, d=2)
    X[0, 1] = np.inf
    # The start is made from other rows, so that it is finite.
    return call("fit_missing", **{**_run(rng, np.zeros((8, 2)), k=2, max_iter=2).arguments, "X": X})


def _online_check(name, rule, make):
    return Check(f"gmm.8/online_step/{name}", rule, make, same_sums)


def _missing_check(name, rule, make):
    return Check(f"gmm.8/fit_missing/{name}", rule, make, with_gaps)


CHECKS = (
    _online_check("nothing", NOTHING, _eta_of_0),
    _online_check("one-component", STEP, _one_component),
    _online_check("all-of-it", ALL, _eta_of_1),
    _online_check("a-part", SHARED, _some_eta),
    _online_check("twice-the-rows", AVERAGES, _rows_twice),
    _online_check("one-row", AVERAGES, _one_row),
    _online_check("several-steps", STEP, _several_steps),
    _missing_check("complete", BEFORE, _no_gaps),
    _missing_check("one-gap", STAND_IN, _one_gap),
    _missing_check("one-column", ADDED, _one_column),
    _missing_check("some-gaps", GOES_BY, _some_gaps),
    _missing_check("more-iterations", ADDED, _more_iterations),
    _missing_check("ridge", RIDGE, _wide_ridge),
    _missing_check("empty-row", NO_VALUE, _empty_row),
    _missing_check("iris", GOES_BY, _iris),
    _missing_check("infinity", INFINITY, _infinity),
)
