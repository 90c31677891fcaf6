"""Judges of the track: named tolerances, relative to the spread of the data."""

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
    reason="EM carries rounding of 1e-13 along; starts that let it grow more than 1e4 times are refused",
)
SHARES = Tolerance(
    rtol=0.0,
    atol=1e-7,
    rtol32=1e-3,
    reason="a share moves by a quarter of the error of a logarithm: 1e-8 by inverse or expanded square",
)
LOGS = Tolerance(
    rtol=1e-8,
    atol=1e-8,
    rtol32=1e-3,
    reason="an explicit inverse loses its condition number, up to 1e6 here, times eps = 2e-16",
)
MEANS = Tolerance(
    rtol=0.0,
    atol=1e-7,
    rtol32=1e-3,
    reason="in spreads of the data, never of their distance from the origin; as WEIGHTS",
)
COVARIANCES = Tolerance(
    rtol=1e-7,
    atol=1e-9,
    rtol32=1e-3,
    reason="in squared spreads; E[x²] - E[x]² errs by eps times (mean / spread)², below 1e-10 at 100 spreads",
)
SUM = 1e-9
SUM_SINGLE = 1e-3
"""How far a row of responsibilities may sum from 1: an ulp for each component, or float32's."""


def within(tolerance: Tolerance, power: int = 0) -> Comparator:
    """Accept values within a tolerance, its `atol` in this power of the data's spread."""

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
    """Accept responsibilities within SHARES; say first which row does not sum to 1."""
    return are_shares(name, got, expected, steps) or within(SHARES)(name, got, expected, steps)


def are_shares(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept rows that sum to 1, whatever is in them between 0 and 1."""
    del expected
    got = np.asarray(got, float)
    sums = got.sum(axis=1)
    limit = SUM_SINGLE if single_precision(steps) else SUM
    wrong = ~(np.abs(sums - 1) <= limit)
    if wrong.any():
        row = int(np.argmax(wrong))
        return f"{name}: row {row} sums to {sums[row]:.6g}, expected 1"
    if got.min() < 0:
        return f"{name}: {got.min():.6g} is no share: expected 0 to 1"
    return None


def same_flag(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept the same truth value."""
    del steps
    return None if bool(got) == bool(expected) else f"{name}: yours {bool(got)}, expected {bool(expected)}"


shares_only = outputs(responsibilities=shares_near)
sums_only = outputs(responsibilities=are_shares)
logs_only = outputs(log_densities=within(LOGS))
three_1d = outputs(weights=within(WEIGHTS), means=within(MEANS, 1), variances=within(COVARIANCES, 2))
four_1d = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, 1),
    variances=within(COVARIANCES, 2),
    log_likelihoods=within(LOGS),
)
parameters = outputs(weights=within(WEIGHTS), means=within(MEANS, 1), covariances=within(COVARIANCES, 2))
fitted = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, 1),
    covariances=within(COVARIANCES, 2),
    lower_bound=within(LOGS),
    n_iter=exact,
    converged=same_flag,
)
soft = outputs(centers=within(MEANS, 1), responsibilities=shares_near)
bic_only = outputs(bic=within(LOGS))

SLACK = 2.0
"""A BIC may exceed the best one known by this much. In 25 seeds of each input of `select` a model freer
than it needs to be was 5 and more above the best, one that does not fit 20 and more; starts and a tol of
1e-3 moved it by less than 0.1."""


def criterion(X: Any, weights: Any, means: Any, covariances: Any, covariance_type: str) -> float:
    """The BIC, by definition."""
    _, logs = shares_of(log_joint(X, weights, means, widen(covariances, means, covariance_type)))
    k, d = means.shape
    matrix = d * (d + 1) / 2
    free = (
        {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type] + k * d + k - 1
    )
    return float(free * np.log(len(X)) - 2 * logs.sum())


def misfit(arguments: Any, model: Any) -> str | None:
    """Say how a selected model contradicts itself or what was asked for, or None."""
    k, covariance_type, weights, means, covariances = model
    d = arguments["X"].shape[1]
    if k not in arguments["ks"] or covariance_type not in arguments["covariance_types"]:
        return f"k, covariance_type: {k}, {covariance_type!r} was not asked for"
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    for name, array, shape in (
        ("weights", weights, (k,)),
        ("means", means, (k, d)),
        ("covariances", covariances, shapes[covariance_type]),
    ):
        if array.shape != shape:
            return f"{name}: yours has shape {array.shape}, {k} {covariance_type} components have {shape}"
    if weights.min() < 0 or not abs(weights.sum() - 1) <= SUM:
        return f"weights: yours sum to {weights.sum():.6g}, expected 1 and none below 0"
    if not (np.linalg.eigvalsh(widen(covariances, means, covariance_type)) > 0).all():
        return "covariances: not positive definite"
    return None


def best_bic(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `select`: a model that fits together, with a BIC near the best one known."""
    for step, model, best in zip(steps, got, expected, strict=True):
        message = misfit(step.arguments, model)
        if message:
            return message
        X = step.arguments["X"]
        mine, theirs = (criterion(X, *one[2:], one[1]) for one in (model, best))
        if not mine <= theirs + SLACK:
            return (
                f"BIC: yours {mine:.6g} with {model[0]} {model[1]} components, "
                f"{theirs:.6g} with {best[0]} {best[1]} ones is known"
            )
    return None


finished = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, 1),
    covariances=within(COVARIANCES, 2),
    lower_bound=within(LOGS),
)
with_gaps = outputs(
    weights=within(WEIGHTS),
    means=within(MEANS, 1),
    covariances=within(COVARIANCES, 2),
    log_likelihoods=within(LOGS),
)


def same_sums(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge a state of stepwise EM by its three averages."""
    comparators = {"sizes": within(WEIGHTS), "sums": within(MEANS, 1), "squares": within(COVARIANCES, 2)}
    X = steps[-1].arguments["X_batch"]
    here = (Step("online_step", {"X_batch": X}),)  # the spread is that of the rows
    for state, oracle_state in zip(got, expected, strict=True):
        for name, compare in comparators.items():
            message = compare(f"state.{name}", getattr(state, name), getattr(oracle_state, name), here)
            if message:
                return message
    return None


MASS = 1.05
"""What the densities on a grid of step 1 may sum to: 1, and 3 % for components 0.5 wide on a grid point."""


def is_density(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge an open stream: the densities on the grid, which the last steps score, sum to at most 1."""
    del expected
    scored = [step for step in steps if step.function == "stream_score"]
    on_grid = [values for step, values in zip(scored, got, strict=True) if is_grid(step.arguments["X"])]
    mass = float(sum(np.exp(values).sum() for values in on_grid))
    if not mass <= MASS:
        return f"log_densities: on the grid their exponentials sum to {mass:.4g}, expected 1 at most"
    return None


def is_grid(X: Any) -> bool:
    """Are these points of the grid, not rows of the stream?"""
    return bool((np.round(X) == X).all())
