"""Judges of the track: each returns None for a right answer, or one line that says what is wrong.

Absolute tolerances of means are in units of the data's spread, i.e. of its standard deviation; those of
covariances in units of its square; all others have no unit.
"""

from typing import Any

import numpy as np
from mlkata.authoring import (
    Comparator,
    Step,
    Steps,
    Tolerance,
    Values,
    data,
    differences,
    exact,
    outputs,
    single_precision,
)

from .audits import log_joint, shares_of, spread, widen

WEIGHTS = Tolerance(
    rtol=1e-7,
    atol=1e-9,
    rtol32=1e-3,
    reason="EM carries rounding of 1e-13 along; audits reject starts from which it grows more than 1e4 times",
)
SHARES = Tolerance(
    rtol=0.0,
    atol=1e-7,
    rtol32=1e-3,
    reason="a share errs by at most a quarter of the logarithm's error: by less than 1e-8 "
    "with inverses or expanded squares, see STEADY in audits.py",
)
LOGS = Tolerance(
    rtol=1e-8,
    atol=1e-8,
    rtol32=1e-3,
    reason="an explicit inverse errs by its condition number, up to 1e6 here, times eps = 2e-16",
)
MEANS = Tolerance(
    rtol=0.0,
    atol=1e-7,
    rtol32=1e-3,
    reason="as WEIGHTS, in units of the data's spread, not of their distance from the origin",
)
COVARIANCES = Tolerance(
    rtol=1e-7,
    atol=1e-9,
    rtol32=1e-3,
    reason="in squared spreads: E[x²] - E[x]² errs by eps times (mean / spread)², below 1e-10 at 100 spreads",
)
SUM = 1e-9
SUM_SINGLE = 1e-3
"""How far the sum of a row of responsibilities may lie from 1, for float64 and float32 data: far more than
rounding."""


def within(tolerance: Tolerance, power: int = 0) -> Comparator:
    """Return a comparator with a tolerance; its `atol` is in units of the data's spread to this power."""

    def compare(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
        got, expected = np.asarray(got), np.asarray(expected)
        if got.shape != expected.shape:
            return f"{name}: yours has shape {got.shape}, expected {expected.shape}"
        unit = spread(data(steps).reshape(len(data(steps)), -1)) ** power
        limit = tolerance.rtol * np.abs(expected) + tolerance.atol * unit
        if single_precision(steps):
            limit = tolerance.rtol32 * (np.abs(expected) + unit)
        return differences(name, got, expected, ~(np.abs(got - expected) <= limit))

    return compare


def shares_near(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept responsibilities within SHARES; report a row that does not sum to 1 first."""
    return are_shares(name, got, expected, steps) or within(SHARES)(name, got, expected, steps)


def are_shares(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept any rows of numbers between 0 and 1 that sum to 1."""
    del expected
    got = np.asarray(got, float)
    sums = got.sum(axis=1)
    limit = SUM_SINGLE if single_precision(steps) else SUM
    wrong = ~(np.abs(sums - 1) <= limit)
    if wrong.any():
        row = int(np.argmax(wrong))
        return f"{name}: row {row} sums to {sums[row]:.6g}, expected 1"
    if got.min() < 0:
        return f"{name}: your smallest is {got.min():.6g}, expected 0 to 1"
    return None


def same_flag(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept any value of the same truth: True, np.True_ and 1 are alike."""
    del steps
    return None if bool(got) == bool(expected) else f"{name}: yours {bool(got)}, expected {bool(expected)}"


shares_only = outputs(responsibilities=shares_near)
sums_only = outputs(responsibilities=are_shares)
logs_only = outputs(log_densities=within(LOGS))
parameters_1d = outputs(
    weights=within(WEIGHTS), means=within(MEANS, power=1), variances=within(COVARIANCES, power=2)
)
fitted_1d = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, power=1),
    variances=within(COVARIANCES, power=2),
    log_likelihoods=within(LOGS),
)
parameters = outputs(
    weights=within(WEIGHTS), means=within(MEANS, power=1), covariances=within(COVARIANCES, power=2)
)
fitted = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, power=1),
    covariances=within(COVARIANCES, power=2),
    lower_bound=within(LOGS),
    n_iter=exact,
    converged=same_flag,
)
soft = outputs(centers=within(MEANS, power=1), responsibilities=shares_near)
bic_only = outputs(bic=within(LOGS))

SLACK = 2.0
"""By how much a BIC may exceed the oracle's, as the contract says. Over 25 seeds of each input of `select`,
models with too many parameters were at least 5 above the best, models that do not fit at least 20. Other
starts and a tol of 1e-3 changed the BIC by less than 0.1."""


def criterion(X: Any, weights: Any, means: Any, covariances: Any, covariance_type: str) -> float:
    """Return the BIC, by its definition."""
    _, logs = shares_of(log_joint(X, weights, means, widen(covariances, means, covariance_type)))
    k, d = means.shape
    matrix = d * (d + 1) / 2  # the free numbers of a symmetric matrix
    covariance_numbers = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    n_free = covariance_numbers + k * d + k - 1
    return float(n_free * np.log(len(X)) - 2 * logs.sum())


def misfit(arguments: Any, model: Any) -> str | None:
    """Return how a selected model contradicts itself or the arguments, or None."""
    k, covariance_type, weights, means, covariances = model
    d = arguments["X"].shape[1]
    if k not in arguments["ks"] or covariance_type not in arguments["covariance_types"]:
        return (
            f"k, covariance_type: yours {k}, {covariance_type!r}, expected one of ks={arguments['ks']} "
            f"and of covariance_types={arguments['covariance_types']}"
        )
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    for name, array, shape in (
        ("weights", weights, (k,)),
        ("means", means, (k, d)),
        ("covariances", covariances, shapes[covariance_type]),
    ):
        if array.shape != shape:
            return (
                f"{name}: yours has shape {array.shape}, expected {shape} for {k} components "
                f"of type {covariance_type!r}"
            )
    if weights.min() < 0 or not abs(weights.sum() - 1) <= SUM:
        return (
            f"weights: yours sum to {weights.sum():.6g} and the smallest is {weights.min():.6g}, "
            "expected a sum of 1 and none below 0"
        )
    if not (np.linalg.eigvalsh(widen(covariances, means, covariance_type)) > 0).all():
        return "covariances: yours are not positive definite"
    return None


def best_bic(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `select`: the model is valid, and its BIC is about as low as the oracle's."""
    for step, model, best in zip(steps, got, expected, strict=True):
        message = misfit(step.arguments, model)
        if message:
            return message
        X = step.arguments["X"]
        got_bic, lowest_bic = (criterion(X, *parameters, kind) for _, kind, *parameters in (model, best))
        if not got_bic <= lowest_bic + SLACK:
            return (
                f"BIC: yours {got_bic:.6g} with k={model[0]}, {model[1]!r}, "
                f"expected {lowest_bic:.6g} as with k={best[0]}, {best[1]!r}"
            )
    return None


finished = outputs(  # of `finish`
    weights=within(WEIGHTS),
    means=within(MEANS, power=1),
    covariances=within(COVARIANCES, power=2),
    lower_bound=within(LOGS),
)
with_gaps = outputs(  # of `fit_missing`
    weights=within(WEIGHTS),
    means=within(MEANS, power=1),
    covariances=within(COVARIANCES, power=2),
    log_likelihoods=within(LOGS),
)


def same_sums(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge the state of stepwise EM by its three averages."""
    comparators = {
        "sizes": within(WEIGHTS),
        "sums": within(MEANS, power=1),
        "squares": within(COVARIANCES, power=2),
    }
    X = steps[-1].arguments["X_batch"]
    # `within` takes the spread of the first array, which has to be that of the rows, not of the state.
    only_rows = (Step("online_step", {"X_batch": X}),)
    for state, oracle_state in zip(got, expected, strict=True):
        for name, compare in comparators.items():
            message = compare(f"state.{name}", getattr(state, name), getattr(oracle_state, name), only_rows)
            if message:
                return message
    return None


MASS = 1.05
"""The most that densities on a grid of step 1 may sum to. The sum only approximates the integral: for a
component with standard deviation 0.5 around a grid point it is 1.03."""


def is_density(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `stream_score`: the densities on the grid, which the last steps score, sum to at most about 1."""
    del expected
    scored = [step for step in steps if step.function == "stream_score"]
    # `got` has only the results that are judged: those of the steps in `scored`.
    on_grid = [values for step, values in zip(scored, got, strict=True) if is_grid(step.arguments["X"])]
    mass = float(sum(np.exp(values).sum() for values in on_grid))
    if not mass <= MASS:
        return f"log_densities: the densities on the grid sum to {mass:.4g}, expected at most 1"
    return None


def is_grid(X: Any) -> bool:
    """Return whether X holds points of the grid, i.e. whole numbers, and not rows of the stream."""
    return bool((np.round(X) == X).all())
