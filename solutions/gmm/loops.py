"""Gaussian mixtures in numba: the loops of naive.py, compiled.

A public function checks its arguments, converts them to contiguous float64 arrays and calls private
kernels, so each kernel is compiled for one set of types only. Cholesky factors are computed by loops as
well, since numba's linear algebra needs scipy.

n rows, d features, K components. Shares are responsibilities. The comments IN, OUT and INOUT after a kernel's
signature describe its arguments, in their order. Source: Dempster, Laird and Rubin (1977).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

EPS = 10 * 2.0**-52  # added to the size of each component, as in scikit-learn: 10 times the machine epsilon
STARTS = 4  # starts of EM that `select` tries for each k and covariance type
LOG_2PI = np.log(2 * np.pi)


class Sums(NamedTuple):
    """Averages over all rows seen: sizes (K,), sums (K, d), squares (K, d, d)."""

    sizes: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def e_step_1d(x, weights, means, variances):
    """Return the responsibilities for each number: (n, K). O(nK)."""
    shares = np.empty((len(x), len(weights)))
    _share_1d(_floats(x), _floats(weights), _floats(means), _floats(variances), shares)
    return shares


def m_step_1d(x, responsibilities):
    """Estimate weights, means and variances, each (K,), from weighted numbers. O(nK)."""
    k = responsibilities.shape[1]
    weights, means, variances = np.empty(k), np.empty(k), np.empty(k)
    _estimate_1d(_floats(x), _floats(responsibilities), weights, means, variances)
    return weights, means, variances


def fit_1d(x, weights, means, variances, n_iter):
    """Run n_iter iterations of EM: weights, means, variances (K,), log_likelihoods (n_iter,). O(nK) each."""
    x, weights, means, variances = _floats(x), np.array(weights), np.array(means), np.array(variances)
    shares = np.empty((len(x), len(weights)))
    log_likelihoods = np.empty(n_iter)
    for iteration in range(n_iter):
        log_likelihoods[iteration] = _share_1d(x, weights, means, variances, shares)
        _estimate_1d(x, shares, weights, means, variances)
    return weights, means, variances, log_likelihoods


def log_density(X, means, covariances):
    """Return log normal densities, by Cholesky factors: (n, K). O(K d³ + n K d²)."""
    _check_data(X, means, covariances)
    log_densities = np.empty((len(X), len(means)))
    factors = _factors(_floats(covariances))
    _log_normals(_floats(X), np.zeros(len(means)), _floats(means), factors, log_densities)
    return log_densities


def responsibilities(X, weights, means, covariances):
    """Return the responsibilities for each row: (n, K). O(K d³ + n K d²)."""
    _check_weights(weights, len(means))
    _check_data(X, means, covariances)
    shares = np.empty((len(X), len(means)))
    _e_step(_floats(X), _floats(weights), _floats(means), _factors(_floats(covariances)), shares)
    return shares


def m_step(X, responsibilities, reg_covar):
    """Estimate weights (K,), means (K, d), covariances (K, d, d) from weighted rows. O(n K d²)."""
    if X.ndim != 2 or responsibilities.ndim != 2 or len(X) != len(responsibilities):
        raise ValueError(f"shapes do not match: X {X.shape}, responsibilities {responsibilities.shape}")
    _check_finite(X, responsibilities)
    return _estimate(_floats(X), _floats(responsibilities), float(reg_covar), "full")


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):
    """Run EM until the bound changes by less than tol. O(K d³ + n K d²) an iteration."""
    _check_fit(X, weights, means, covariances, covariance_type)
    X, weights, means = _floats(X), _floats(weights), _floats(means)
    shares = np.empty((len(X), len(means)))
    lower_bound, converged = -np.inf, False
    for n_iter in range(1, max_iter + 1):
        factors = _factors(_as_full(covariances, means, covariance_type))
        new_bound = _e_step(X, weights, means, factors, shares)
        weights, means, covariances = _estimate(X, shares, float(reg_covar), covariance_type)
        converged = abs(new_bound - lower_bound) < tol
        lower_bound = new_bound
        if converged:
            break
    _factors(_as_full(covariances, means, covariance_type))  # no E-step has checked the last covariances
    return weights, means, covariances, lower_bound, n_iter, converged


def init_from_kmeans(X, labels):
    """Turn each cluster into a component: weights (K,), means (K, d), covariances (K, d, d). O(n K d²)."""
    _check_finite(X)
    if labels.shape != (len(X),) or not np.array_equal(np.unique(labels), np.arange(labels.max() + 1)):
        raise ValueError("expected labels 0 to n_components - 1, one for each row, each at least once")
    hard = np.zeros((len(X), labels.max() + 1))
    for i, label in enumerate(labels):
        hard[i, label] = 1.0
    return _estimate(_floats(X), hard, reg_covar=1e-6, covariance_type="full")


def soft_kmeans(X, centers, sigma2, max_iter):
    """Run EM with fixed sigma2 and equal weights: centers (K, d), responsibilities (n, K). O(nKd)."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1] or not sigma2 > 0:
        raise ValueError(f"X {X.shape}, centers {centers.shape}, sigma2 {sigma2}")
    _check_finite(X, centers, np.array(sigma2))
    new_centers = np.array(centers, dtype=np.float64, order="C")
    shares = np.empty((len(X), len(centers)))
    _soft_kmeans(_floats(X), float(sigma2), max_iter, new_centers, shares)
    return new_centers, shares


def bic(X, weights, means, covariances, covariance_type="full"):
    """Return the Bayesian information criterion. O(K d³ + n K d²)."""
    _check_covariances(means, covariances, covariance_type)
    k, d = means.shape
    factors = _factors(_as_full(covariances, means, covariance_type))
    shares = np.empty((len(X), k))
    bound = _e_step(_floats(X), _floats(weights), _floats(means), factors, shares)
    matrix = d * (d + 1) // 2  # parameters of a symmetric matrix
    of_covariances = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    n_parameters = of_covariances + k * d + k - 1  # with means, and weights that sum to 1
    return float(n_parameters * np.log(len(X)) - 2 * len(X) * bound)


def select(X, ks, covariance_types, rng):
    """Keep the fit of the lowest BIC: k, covariance_type, weights, means, covariances."""
    if not all(1 <= k <= len(X) for k in ks):
        raise ValueError(f"each k is 1 to {len(X)}, not {ks}")
    X = _floats(X)
    best, lowest_bic = None, np.inf
    for k in ks:
        for covariance_type in covariance_types:
            for _ in range(STARTS):
                shares = np.zeros((len(X), k))
                _first_shares(X, rng.integers(len(X)), shares)
                start = _estimate(X, shares, reg_covar=0.05, covariance_type=covariance_type)
                model = fit(X, *start, reg_covar=0.05, covariance_type=covariance_type)[:3]
                score = bic(X, *model, covariance_type)
                if score < lowest_bic:
                    best, lowest_bic = (k, covariance_type, *model), score
    return best


def partial(X_chunk, params, weights):
    """Return moments about the old means, summed row by row: O(n K d²) time, O(K d²) memory.

    They are the old means (K, d), sums (K, 1 + d + d²) and the log-likelihood. A row of sums has the sum of a
    component's shares, d sums of offsets, and d² of products of offsets.
    """
    mixing, means, covariances = params  # mixing: the weights of the components; `weights` are those of rows
    _check_weights(mixing, len(means))
    _check_data(X_chunk[:0], means, covariances)
    if weights.shape != (len(X_chunk),) or X_chunk.ndim != 2 or X_chunk.shape[1] != means.shape[1]:
        raise ValueError("shapes do not match")
    k, d = means.shape
    mixing, means, factors = _floats(mixing), _floats(means), _factors(_floats(covariances))
    sums = np.zeros((k, 1 + d + d * d))
    log_likelihood = _partial(_floats(X_chunk), (mixing, means, factors), _floats(weights), sums)
    if not np.isfinite(log_likelihood):
        raise ValueError("rows are finite, their weights at least 0")
    return means, sums, log_likelihood


def merge(a, b):
    """Add two results of `partial`, but for the old means, which are the same in both. O(K d²)."""
    return a[0], a[1] + b[1], a[2] + b[2]


def finish(stats, reg_covar):
    """Compute the M-step from summed moments: weights, means, covariances, lower_bound. O(K d²)."""
    means, sums, log_likelihood = stats
    k, d = means.shape
    sizes = sums[:, 0]
    if sizes.sum() == 0:
        raise ValueError("all rows have weight 0")
    covariances = np.empty((k, d, d))
    new_means = np.empty((k, d))
    _finish(means, sums, float(reg_covar), new_means, covariances)
    return sizes / sizes.sum(), new_means, covariances, float(log_likelihood / sizes.sum())


def online_step(state, X_batch, eta):
    """Take one step of stepwise EM. O(n K d² + K d³)."""
    X, sizes = _floats(X_batch), state.sizes
    k, d = state.sums.shape
    means = state.sums / sizes.reshape(k, 1)
    covariances = state.squares / sizes.reshape(k, 1, 1) - means.reshape(k, d, 1) * means.reshape(k, 1, d)
    shares = np.empty((len(X), k))
    _e_step(X, sizes / sizes.sum(), means, _factors(covariances + 1e-6 * np.eye(d)), shares)
    new = Sums((1 - eta) * sizes, (1 - eta) * state.sums, (1 - eta) * state.squares)
    _add_averages(X, shares, float(eta), *new)
    return new


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    """Run EM with conditional expectations, row by row. O(n K d³) an iteration."""
    if np.isinf(X).any():
        raise ValueError("infinity in the input")
    X, weights, means, covariances = (_floats(array).copy() for array in (X, weights, means, covariances))
    log_likelihoods = np.empty(max_iter)
    for iteration in range(max_iter):
        log_likelihoods[iteration] = _missing_iteration(X, float(reg_covar), weights, means, covariances)
    return weights, means, covariances, log_likelihoods


def stream_update(state, X_batch):
    """Fit the batch alone, and forget all earlier batches.

    Up to 6 components, since groups are seldom more than 5. A ridge of 0.25 keeps all widths above 0.5, as
    the contract asks.
    """
    del state
    shares = np.zeros((len(X_batch), min(6, len(X_batch))))
    _first_shares(_floats(X_batch), first=0, shares=shares)
    start = _estimate(_floats(X_batch), shares, reg_covar=0.25, covariance_type="full")
    return fit(X_batch, *start, reg_covar=0.25, max_iter=20)[:3]


def stream_score(state, X):
    """Return log-densities by the mixture and a component for unexpected rows: (n,). O(n K).

    That component is 10 wide at the origin and has a weight of 0.05.
    """
    weights, means, covariances = state
    factors = _factors(np.concatenate([covariances, 100 * np.eye(2).reshape(1, 2, 2)]))
    means = np.concatenate([means, np.zeros((1, 2))])
    log_densities = np.empty((len(X), 1))
    shares = np.empty((1, len(means)))
    weights = np.append(0.95 * weights, 0.05)
    for i, row in enumerate(_floats(X)):
        log_densities[i] = _e_step(row.reshape(1, -1), weights, means, factors, shares)
    return log_densities[:, 0]


def _floats(array):
    """Return an array as contiguous float64; a copy only if it is not."""
    return np.ascontiguousarray(array, dtype=np.float64)


def _factors(covariances):
    """Return Cholesky factors (K, d, d). Raise ValueError if a covariance is not positive definite."""
    factors = np.zeros(covariances.shape)
    if not _cholesky(covariances, factors):
        raise ValueError("a covariance is not positive definite")
    return factors


def _as_full(covariances, means, covariance_type):
    """Convert covariances of any type to full ones: (K, d, d)."""
    k, d = means.shape
    if covariance_type == "full":
        return _floats(covariances)
    if covariance_type == "tied":
        return np.stack([_floats(covariances)] * k)
    full = np.zeros((k, d, d))
    for i in range(d):
        full[:, i, i] = covariances if covariance_type == "spherical" else covariances[:, i]
    return full


def _estimate(X, shares, reg_covar, covariance_type):
    """Compute the M-step: weights (K,), means (K, d), covariances in the shape of covariance_type."""
    k, d = shares.shape[1], X.shape[1]
    sizes, means, scatter = np.empty(k), np.empty((k, d)), np.empty((k, d, d))
    _moments(X, shares, sizes, means, scatter)
    weights = sizes / sizes.sum()
    ridge = reg_covar * np.eye(d)
    if covariance_type == "tied":
        return weights, means, scatter.sum(axis=0) / sizes.sum() + ridge
    full = scatter / sizes.reshape(k, 1, 1) + ridge
    if covariance_type == "full":
        return weights, means, full
    variances = np.stack([np.diag(covariance) for covariance in full])
    return weights, means, variances if covariance_type == "diag" else variances.mean(axis=1)


def _check_finite(*arrays):
    """Raise ValueError for NaN or infinity."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("NaN or infinity in the input")


def _check_data(X, means, covariances):
    """Raise ValueError unless these are rows, means and full covariances."""
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, means {means.shape}")
    if covariances.shape != (*means.shape, means.shape[1]):
        raise ValueError(f"covariances of shape {covariances.shape} for means of shape {means.shape}")
    _check_finite(X, means, covariances)


def _check_weights(weights, k):
    """Raise ValueError unless these are the weights of k components."""
    if weights.shape != (k,):
        raise ValueError(f"{k} components, weights of shape {weights.shape}")
    if not (weights >= 0).all() or not abs(weights.sum() - 1) < 1e-6:
        raise ValueError("weights are at least 0 and sum to 1")


def _check_fit(X, weights, means, covariances, covariance_type):
    """Raise ValueError for input on which `fit` cannot run."""
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, means {means.shape}")
    _check_weights(weights, len(means))
    if len(X) < max(2, len(means)):
        raise ValueError(f"{len(X)} rows are too few for {len(means)} components")
    _check_covariances(means, covariances, covariance_type)
    _check_finite(X, means, covariances)


def _check_covariances(means, covariances, covariance_type):
    """Raise ValueError unless the covariances have the shape of their type."""
    k, d = means.shape
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    if covariance_type not in shapes:
        raise ValueError(f"covariance_type is one of {', '.join(shapes)}, not {covariance_type!r}")
    if covariances.shape != shapes[covariance_type]:
        raise ValueError(f"covariances of shape {covariances.shape} are not {covariance_type}")


@njit(cache=True)
def _share_1d(x, weights, means, variances, shares):  # IN, IN, IN, IN, OUT
    """Do the E-step for numbers (n,): shares (n, K). Return the log-likelihood."""
    log_likelihood = 0.0
    for i in range(len(x)):
        total = 0.0
        for k in range(len(weights)):
            square = (x[i] - means[k]) ** 2
            shares[i, k] = weights[k] * np.exp(-0.5 * square / variances[k])
            shares[i, k] /= np.sqrt(2 * np.pi * variances[k])
            total += shares[i, k]
        for k in range(len(weights)):
            shares[i, k] /= total
        log_likelihood += np.log(total)
    return log_likelihood


@njit(cache=True)
def _estimate_1d(x, shares, weights, means, variances):  # IN, IN, OUT, OUT, OUT
    """Do the M-step for numbers (n,) and shares (n, K): weights, means and variances, (K,) each."""
    for k in range(len(weights)):
        size, total, squares = 0.0, 0.0, 0.0
        for i in range(len(x)):
            size += shares[i, k]
            total += shares[i, k] * x[i]
        for i in range(len(x)):
            squares += shares[i, k] * (x[i] - total / size) ** 2
        weights[k] = size / len(x)
        means[k] = total / size
        variances[k] = squares / size


@njit(cache=True)
def _cholesky(covariances, factors):  # IN, INOUT
    """Compute Cholesky factors (K, d, d) in an array of zeros; return False if one does not exist."""
    for k in range(covariances.shape[0]):
        L = factors[k]
        for i in range(L.shape[0]):
            for j in range(i + 1):
                remainder = covariances[k, i, j]
                for a in range(j):
                    remainder -= L[i, a] * L[j, a]
                if i > j:
                    L[i, j] = remainder / L[j, j]
                elif remainder > 0:
                    L[i, i] = np.sqrt(remainder)
                else:
                    return False
    return True


@njit(cache=True)
def _log_normals(X, log_weights, means, factors, logs):  # IN, IN, IN, IN, OUT
    """Compute log joint densities (n, K), from Cholesky factors (K, d, d)."""
    d = X.shape[1]
    z = np.empty(d)
    for k in range(means.shape[0]):
        L = factors[k]
        constant = d * LOG_2PI
        for i in range(d):
            constant += 2 * np.log(L[i, i])
        for row in range(X.shape[0]):
            square = 0.0
            for i in range(d):
                z[i] = X[row, i] - means[k, i]
                for a in range(i):
                    z[i] -= L[i, a] * z[a]
                z[i] /= L[i, i]
                square += z[i] ** 2
            logs[row, k] = log_weights[k] - 0.5 * (constant + square)


@njit(cache=True)
def _e_step(X, weights, means, factors, shares):  # IN, IN, IN, IN, OUT
    """Do the E-step: shares (n, K). Return the mean of log p(x)."""
    log_weights = np.full(len(weights), -np.inf)
    for k in range(len(weights)):
        if weights[k] > 0:
            log_weights[k] = np.log(weights[k])
    _log_normals(X, log_weights, means, factors, shares)
    return _normalise(shares)


@njit(cache=True)
def _normalise(shares):  # INOUT
    """Turn log joint densities (n, K) into responsibilities; return the mean of log p(x)."""
    bound = 0.0
    for row in range(shares.shape[0]):
        largest = shares[row].max()
        total = 0.0
        for k in range(shares.shape[1]):
            shares[row, k] = np.exp(shares[row, k] - largest)
            total += shares[row, k]
        for k in range(shares.shape[1]):
            shares[row, k] /= total
        bound += largest + np.log(total)
    return bound / shares.shape[0]


@njit(cache=True)
def _moments(X, shares, sizes, means, scatter):  # IN, IN, OUT, OUT, OUT
    """Compute sizes (K,), means (K, d) and the scatter about them (K, d, d)."""
    n, d = X.shape
    offset = np.empty(d)
    scatter[:] = 0.0
    for k in range(shares.shape[1]):
        sizes[k] = EPS
        means[k] = 0.0
        for row in range(n):
            sizes[k] += shares[row, k]
            for i in range(d):
                means[k, i] += shares[row, k] * X[row, i]
        for i in range(d):
            means[k, i] /= sizes[k]
        for row in range(n):
            for i in range(d):
                offset[i] = X[row, i] - means[k, i]
                for j in range(i + 1):
                    scatter[k, i, j] += shares[row, k] * offset[i] * offset[j]
        for i in range(d):
            for j in range(i):
                scatter[k, j, i] = scatter[k, i, j]


@njit(cache=True)
def _soft_assign(X, centers, sigma2, shares):  # IN, IN, IN, OUT
    """Compute the shares (n, K) of centres (K, d), each of variance sigma2."""
    for row in range(X.shape[0]):
        for k in range(centers.shape[0]):
            shares[row, k] = 0.0
            for i in range(X.shape[1]):
                shares[row, k] += (X[row, i] - centers[k, i]) ** 2
        nearest = shares[row].min()
        total = 0.0
        for k in range(centers.shape[0]):
            shares[row, k] = np.exp(-(shares[row, k] - nearest) / (2 * sigma2))
            total += shares[row, k]
        for k in range(centers.shape[0]):
            shares[row, k] /= total


@njit(cache=True)
def _soft_kmeans(X, sigma2, max_iter, centers, shares):  # IN, IN, IN, INOUT, OUT
    """Move centres (K, d) max_iter times; the shares (n, K) are those of the last centres."""
    _soft_assign(X, centers, sigma2, shares)
    for _ in range(max_iter):
        for k in range(centers.shape[0]):
            size = shares[:, k].sum()
            if size > 0:
                centers[k] = 0.0
                for row in range(X.shape[0]):
                    for i in range(X.shape[1]):
                        centers[k, i] += shares[row, k] * X[row, i] / size
        _soft_assign(X, centers, sigma2, shares)


@njit(cache=True)
def _first_shares(X, first, shares):  # IN, IN, INOUT
    """Assign each row to the nearest of k picked rows: set 1 in shares (n, k), an array of zeros.

    Row `first` is picked first, then k - 1 times the row that is farthest from all earlier picks.
    """
    n, k = shares.shape
    closest = np.full(n, np.inf)
    nearest = np.zeros(n, dtype=np.int64)
    pick = first
    for j in range(k):
        for row in range(n):
            square = 0.0
            for i in range(X.shape[1]):
                square += (X[row, i] - X[pick, i]) ** 2
            if square < closest[row]:
                closest[row] = square
                nearest[row] = j
        pick = closest.argmax()
    for row in range(n):
        shares[row, nearest[row]] = 1.0


@njit(cache=True)
def _partial(X, mixture, weights, sums):  # IN, IN, IN, INOUT
    """Add rows with weights (n,) to sums (K, 1 + d + d²), as in `partial`; return the log-likelihood.

    mixture holds weights (K,), means (K, d) and Cholesky factors (K, d, d). Return NaN for a bad row or
    weight.
    """
    mixing, means, factors = mixture
    k, d = means.shape
    shares = np.empty((1, k))
    offset = np.empty(d)
    log_likelihood = 0.0
    for row in range(X.shape[0]):
        if not np.isfinite(weights[row]) or weights[row] < 0:
            return np.nan
        bound = _e_step(X[row : row + 1], mixing, means, factors, shares)
        if not np.isfinite(bound):
            return np.nan
        log_likelihood += weights[row] * bound
        for j in range(k):
            share = weights[row] * shares[0, j]
            sums[j, 0] += share
            for a in range(d):
                offset[a] = X[row, a] - means[j, a]
                sums[j, 1 + a] += share * offset[a]
            for a in range(d):
                for b in range(d):
                    sums[j, 1 + d + a * d + b] += share * offset[a] * offset[b]
    return log_likelihood


@njit(cache=True)
def _finish(means, sums, reg_covar, new_means, covariances):  # IN, IN, IN, OUT, OUT
    """Compute new means (K, d) and covariances (K, d, d) from the sums of `partial` about the old means."""
    k, d = means.shape
    for j in range(k):
        size = sums[j, 0]
        for a in range(d):
            new_means[j, a] = means[j, a] + sums[j, 1 + a] / size
            for b in range(d):
                product = (sums[j, 1 + a] / size) * (sums[j, 1 + b] / size)
                covariances[j, a, b] = sums[j, 1 + d + a * d + b] / size - product
            covariances[j, a, a] += reg_covar


@njit(cache=True)
def _add_averages(X, shares, eta, sizes, sums, squares):  # IN, IN, IN, INOUT, INOUT, INOUT
    """Add eta times the batch's averages to sizes (K,), sums (K, d) and squares (K, d, d)."""
    n, d = X.shape
    for row in range(n):
        for k in range(len(sizes)):
            share = eta * shares[row, k] / n
            sizes[k] += share
            for i in range(d):
                sums[k, i] += share * X[row, i]
                for j in range(d):
                    squares[k, i, j] += share * X[row, i] * X[row, j]


@njit(cache=True)
def _missing_iteration(X, reg_covar, weights, means, covariances):  # IN, IN, INOUT, INOUT, INOUT
    """Run an iteration of EM on rows with missing values; return the mean of log p(x) before."""
    n, d = X.shape
    K = len(weights)
    shares = np.empty((n, K))
    filled = np.empty((K, n, d))
    extra = np.zeros((K, n, d, d))
    for k in range(K):
        for row in range(n):
            density = _expect(X[row], means[k], covariances[k], filled[k, row], extra[k, row])
            shares[row, k] = np.log(weights[k]) + density
    bound = _normalise(shares)
    for k in range(K):
        weights[k] = shares[:, k].sum() / n
        _missing_moments(shares[:, k] / (n * weights[k]), filled[k], extra[k], means[k], covariances[k])
        for i in range(d):
            covariances[k, i, i] += reg_covar
    return bound


@njit(cache=True)
def _missing_moments(shares, filled, extra, mean, covariance):  # IN, IN, IN, OUT, OUT
    """Compute the mean (d,) and covariance (d, d) of a component.

    shares (n,) sum to 1; filled (n, d) and extra (n, d, d) are those of `_expect`.
    """
    n, d = filled.shape
    mean[:] = 0.0
    covariance[:] = 0.0
    for row in range(n):
        for i in range(d):
            mean[i] += shares[row] * filled[row, i]
    for row in range(n):
        for i in range(d):
            for j in range(d):
                product = (filled[row, i] - mean[i]) * (filled[row, j] - mean[j])
                covariance[i, j] += shares[row] * (product + extra[row, i, j])


@njit(cache=True)
def _known_first(x, order):  # IN, OUT
    """Write to order (d,) the known features of a row, then the missing ones; return how many are known."""
    n_known = 0
    for i in range(len(x)):
        if not np.isnan(x[i]):
            order[n_known] = i
            n_known += 1
    next_place = n_known
    for i in range(len(x)):
        if np.isnan(x[i]):
            order[next_place] = i
            next_place += 1
    return n_known


@njit(cache=True)
def _expect(x, mean, covariance, filled, extra):  # IN, IN, IN, OUT, OUT
    """Compute the expectation of a row (d,) by a component, given its known values; return their log density.

    filled (d,) has expectations in place of missing values, extra (d, d) the conditional covariance of the
    missing features. Other elements of extra stay as they are.
    """
    d = len(x)
    order = np.empty(d, dtype=np.int64)
    n_known = _known_first(x, order)
    L = np.zeros((d, n_known))  # Cholesky rows of known, then of missing features
    z = np.empty(n_known)
    density = -0.5 * n_known * LOG_2PI
    for a in range(d):
        for b in range(min(a + 1, n_known)):
            remainder = covariance[order[a], order[b]]
            for c in range(b):
                remainder -= L[a, c] * L[b, c]
            L[a, b] = np.sqrt(remainder) if a == b else remainder / L[b, b]
    for a in range(n_known):
        z[a] = x[order[a]] - mean[order[a]]
        for c in range(a):
            z[a] -= L[a, c] * z[c]
        z[a] /= L[a, a]
        density -= 0.5 * z[a] ** 2 + np.log(L[a, a])
        filled[order[a]] = x[order[a]]
    for a in range(n_known, d):
        filled[order[a]] = mean[order[a]]
        for c in range(n_known):
            filled[order[a]] += L[a, c] * z[c]
        for b in range(n_known, d):
            extra[order[a], order[b]] = covariance[order[a], order[b]]
            for c in range(n_known):
                extra[order[a], order[b]] -= L[a, c] * L[b, c]
    return density
