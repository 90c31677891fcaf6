"""Audits, and what they need: they return False for an input on which right answers could differ.

Right answers differ if a change of the bound is about as large as tol (a near stop), or if EM makes a small
change of the start (a nudge) much larger.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mlkata.authoring import Steps

STOP = 1e-3
"""The least relative gap between a change of the bound and the tolerance that it is compared with.
Bounds err by 1e-8 if a solution inverts nearly singular covariances."""
NUDGE = 1e-9
"""The share of the spread by which an audit moves the starting means, to see how far the result moves."""
GROWTH = 1e4
"""The factor by which a nudge may grow at most. Rounding errors of 1e-13 then stay far below the
tolerances."""
ONE_SIDED = 60.0
"""If the logarithms of the two largest responsibilities differ by this much, all but the largest are below
1e-26."""
STEADY = 1e4
"""Where logarithms of densities are smaller than this, responsibilities from expanded squares or inverses
err by less than 1e-8."""

THIN = (1e-25, 1e-6)
"""If the responsibilities of a component sum to a number in this range, the 10 eps that the contract adds
to the sum change the result. Then E[x²] - E[x]² and the mean of squared differences are different
covariances."""


@dataclass(frozen=True)
class Run:
    """One run of EM: the bound of each iteration, and the final parameters."""

    bounds: tuple[float, ...]
    weights: Any
    means: Any
    covariances: Any
    """(n_components, n_features, n_features), whatever the type."""
    converged: bool
    thin: bool
    """Whether the responsibilities of some component summed to a number in the range THIN."""


def widen(covariances: Any, means: Any, covariance_type: str) -> Any:
    """Return covariances of any type as full ones: (K, d, d)."""
    k, d = means.shape
    if covariance_type == "tied":
        return np.repeat(covariances[None], k, axis=0)
    if covariance_type == "full":
        return covariances
    variances = covariances if covariance_type == "diag" else np.repeat(covariances[:, None], d, axis=1)
    return np.stack([np.diag(row) for row in variances])


def log_joint(X: Any, weights: Any, means: Any, full: Any) -> Any:
    """Return the log of weight times density, computed from eigenvalues: (n, K)."""
    columns = []
    for weight, mean, covariance in zip(weights, means, full, strict=True):
        values, vectors = np.linalg.eigh(covariance)
        squares = (((X - mean) @ vectors) ** 2 / values).sum(axis=1)
        with np.errstate(divide="ignore"):
            columns.append(np.log(weight) - 0.5 * (np.log(2 * np.pi * values).sum() + squares))
    return np.stack(columns, axis=1)


def shares_of(logs: Any) -> tuple[Any, Any]:
    """Return responsibilities (n, K) and log p(x) (n,), from what `log_joint` returns."""
    largest = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - largest)
    totals = shares.sum(axis=1, keepdims=True)
    return shares / totals, (largest + np.log(totals))[:, 0]


def moments(X: Any, shares: Any, reg_covar: float, covariance_type: str = "full") -> tuple[Any, Any, Any]:
    """Return the weights, means and covariances of an M-step; covariances of any type are (K, d, d)."""
    sizes = shares.sum(axis=0) + 10 * np.finfo(float).eps
    means = (shares.T @ X) / sizes[:, None]
    scatter = np.stack([((X - m) * s[:, None]).T @ (X - m) for m, s in zip(means, shares.T, strict=True)])
    ridge = reg_covar * np.eye(X.shape[1])
    full = scatter / sizes[:, None, None] + ridge
    if covariance_type == "tied":
        full = np.repeat((scatter.sum(axis=0) / sizes.sum() + ridge)[None], len(sizes), axis=0)
    elif covariance_type == "diag":
        full = full * np.eye(X.shape[1])
    elif covariance_type == "spherical":
        full = np.stack([np.trace(matrix) / len(matrix) * np.eye(len(matrix)) for matrix in full])
    return sizes / sizes.sum(), means, full


def em(arguments: Any, nudge: float = 0.0) -> Run:
    """Run EM on the arguments of `fit`, with the starting means moved by `nudge`."""
    X, weights = arguments["X"], arguments["weights"]
    kind, tol = arguments.get("covariance_type", "full"), arguments.get("tol", 1e-3)
    full = widen(arguments["covariances"], arguments["means"], kind)
    # The cosines of whole numbers serve as an arbitrary fixed direction.
    direction = np.cos(np.arange(arguments["means"].size)).reshape(arguments["means"].shape)
    means = arguments["means"] + nudge * direction
    bounds: list[float] = []
    thin = False
    for _ in range(arguments.get("max_iter", 100)):
        shares, logs = shares_of(log_joint(X, weights, means, full))
        sizes = shares.sum(axis=0)
        thin |= bool(((sizes > THIN[0]) & (sizes < THIN[1])).any())
        weights, means, full = moments(X, shares, arguments.get("reg_covar", 1e-6), kind)
        bounds.append(float(logs.mean()))
        if len(bounds) > 1 and abs(bounds[-1] - bounds[-2]) < tol:
            return Run(tuple(bounds), weights, means, full, converged=True, thin=thin)
    return Run(tuple(bounds), weights, means, full, converged=False, thin=thin)


def spread(X: Any) -> float:
    """Return the root mean square of the columns' standard deviations, or 1 if all rows are equal."""
    size = float(np.sqrt(np.asarray(X, float).var(axis=0).mean()))
    return size if np.isfinite(size) and size > 0 else 1.0


def settled(steps: Steps) -> bool:
    """Return, for `fit`, whether no stop is near, no component is thin, and a nudge changes little."""
    arguments = steps[0].arguments
    tol, size = arguments.get("tol", 1e-3), spread(arguments["X"])
    run = em(arguments)
    changes = np.abs(np.diff(run.bounds))
    if run.thin:
        return False
    if tol > 0 and (np.abs(changes - tol) <= STOP * tol).any():
        return False
    nudged = em(arguments, NUDGE * size)
    if len(nudged.bounds) != len(run.bounds):
        return False
    shift = max(np.abs(nudged.means - run.means).max() / size, np.abs(nudged.weights - run.weights).max())
    covariance_shift = np.abs(nudged.covariances - run.covariances).max() / size**2
    return bool(max(shift, covariance_shift) <= GROWTH * NUDGE)


def clear_shares(steps: Steps) -> bool:
    """Return, for `responsibilities`, whether rounding decides no share.

    The log-density of each row is smaller than STEADY, or the row clearly belongs to one component.
    """
    arguments = steps[0].arguments
    logs = log_joint(*(arguments[name] for name in ("X", "weights", "means", "covariances")))
    if logs.shape[1] == 1:
        return True
    second, largest = np.sort(logs, axis=1)[:, -2:].T
    is_near = np.abs(largest) < STEADY
    is_clear = largest - second > ONE_SIDED + 1e-6 * np.abs(largest)  # rounding of the logarithms included
    return bool((is_near | is_clear).all())


UNSHARED = 800.0
"""exp(-800) is 0 in float64. If a centre's logarithms lie this far below the largest in every row, all its
responsibilities are 0."""


def soft_logs(X: Any, centers: Any, sigma2: float) -> Any:
    """Return the logarithms, up to a constant, of soft k-means: -distance² / (2 sigma2), (n, K)."""
    return np.stack([-((X - center) ** 2).sum(axis=1) / (2 * sigma2) for center in centers], axis=1)


def soft_end(arguments: Any, nudge: float = 0.0) -> tuple[Any, bool]:
    """Run `soft_kmeans`; return its centres, and whether rounding could change no responsibility."""
    X, sigma2 = arguments["X"], arguments["sigma2"]
    # The cosines are an arbitrary direction, as in `em`.
    centers = arguments["centers"] + nudge * np.cos(np.arange(arguments["centers"].size)).reshape(
        arguments["centers"].shape
    )
    clear = True
    for step in range(arguments["max_iter"] + 1):
        logs = soft_logs(X, centers, sigma2)
        behind = logs.max(axis=1, keepdims=True) - logs
        # The lead of each row's nearest centre over the second; 0 if there is only one centre.
        lead = np.sort(behind, axis=1)[:, :2][:, -1]
        size = -logs.max(axis=1)  # of the logarithm of the nearest centre
        clear &= bool(((lead > ONE_SIDED + 1e-6 * size) | (size < STEADY)).all())
        shares = np.exp(-behind)
        shares /= shares.sum(axis=1, keepdims=True)
        sizes = shares.sum(axis=0)
        # The responsibilities of a centre sum to more than 1e-3, or are all 0.
        clear &= bool(((sizes > 1e-3) | (behind.min(axis=0) > UNSHARED)).all())
        if step < arguments["max_iter"]:
            sums = shares.T @ X
            centers = np.where(sizes[:, None] > 0, sums / np.where(sizes > 0, sizes, 1)[:, None], centers)
    return centers, clear


def soft_settled(steps: Steps) -> bool:
    """Return, for `soft_kmeans`, whether rounding decides no share, and a nudged start ends alike."""
    arguments = steps[0].arguments
    size = spread(arguments["X"])
    (end, clear), (nudged_end, _) = soft_end(arguments), soft_end(arguments, NUDGE * size)
    return clear and bool(np.abs(end - nudged_end).max() <= GROWTH * NUDGE * size)
