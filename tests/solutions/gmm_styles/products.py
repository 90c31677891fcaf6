"""Gaussian mixtures in a style of their own, which the checks must accept too: see test_every_solution.py.

Inverses and determinants instead of Cholesky factors; einsum; variances as E[x²] - E[x]² of centred data;
parts of the data merged by the formula of Chan, Golub and LeVeque.
"""

from typing import NamedTuple

import numpy as np

KINDS = ("full", "tied", "diag", "spherical")


class Sums(NamedTuple):
    sizes: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def _log_normal_1d(x, means, variances):
    z = np.subtract.outer(x, means) / np.sqrt(variances)
    return -(z**2 + np.log(2 * np.pi * variances)) / 2


def e_step_1d(x, weights, means, variances):
    log_joint = _log_normal_1d(x, means, variances) + np.log(weights)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=1, keepdims=True))


def m_step_1d(x, responsibilities):
    centre = x.mean()
    shares = responsibilities / responsibilities.sum(0)
    means = shares.T @ (x - centre)
    return responsibilities.mean(0), means + centre, shares.T @ (x - centre) ** 2 - means**2


def fit_1d(x, weights, means, variances, n_iter):
    history = []
    for _ in range(n_iter):
        log_joint = _log_normal_1d(x, means, variances) + np.log(weights)
        history.append(np.logaddexp.reduce(log_joint, axis=1).sum())
        weights, means, variances = m_step_1d(x, e_step_1d(x, weights, means, variances))
    return weights, means, variances, np.array(history)


def _log_density(X, means, covariances):
    precisions = np.linalg.inv(covariances)
    _, log_dets = np.linalg.slogdet(covariances)
    centred = X[:, None, :] - means
    squares = np.einsum("nki,kij,nkj->nk", centred, precisions, centred)
    return -(squares + log_dets + X.shape[1] * np.log(2 * np.pi)) / 2


def _refuse(condition):
    """Raise ValueError if the condition holds."""
    if condition:
        raise ValueError("bad input")


def log_density(X, means, covariances):
    _refuse(
        X.ndim != 2 or X.shape[1:] != means.shape[1:] or covariances.shape != means.shape + means.shape[1:]
    )
    _refuse(not all(np.isfinite(array).all() for array in (X, means, covariances)))
    _refuse((np.linalg.eigvalsh(covariances) <= 1e-14 * np.abs(covariances).max()).any())
    return _log_density(np.asarray(X, float), np.asarray(means, float), np.asarray(covariances, float))


def _shares(logs):
    shares = np.exp(logs - logs.max(1)[:, None])
    return shares / shares.sum(1)[:, None]


def _log_weights(weights, k):
    _refuse(len(weights) != k or weights.min() < 0 or abs(weights.sum() - 1) > 1e-3)
    with np.errstate(divide="ignore"):
        return np.log(weights)


def responsibilities(X, weights, means, covariances):
    return _shares(log_density(X, means, covariances) + _log_weights(weights, len(means)))


def _m_step(X, shares, reg_covar, kind):
    middle = X.mean(0)
    X = X - middle
    d = X.shape[1]
    sizes = np.sum(shares, 0) + 10 * np.finfo(float).eps  # as the contract says; never 0
    means = np.einsum("nk,ni->ki", shares, X) / sizes[:, None]
    squares = np.einsum("nk,ni,nj->kij", shares, X, X) - np.einsum("k,ki,kj->kij", sizes, means, means)
    # A component without rows has mean 0 wherever the data lie, by the 10 eps in sizes.
    means = means + (shares.sum(0) / sizes)[:, None] * middle
    if kind == "tied":
        return sizes / sizes.sum(), means, squares.sum(0) / sizes.sum() + reg_covar * np.eye(d)
    full = squares / sizes[:, None, None] + reg_covar * np.eye(d)
    if kind == "full":
        return sizes / sizes.sum(), means, full
    variances = np.einsum("kii->ki", full).copy()
    return sizes / sizes.sum(), means, variances if kind == "diag" else variances.mean(1)


def m_step(X, responsibilities, reg_covar):
    _refuse(len(X) != len(responsibilities) or not np.isfinite(X.sum() + responsibilities.sum()))
    return _m_step(X, responsibilities, reg_covar, "full")


def _widen(covariances, means, kind):
    k, d = means.shape
    shape = dict(zip(KINDS, ((k, d, d), (d, d), (k, d), (k,)), strict=True)).get(kind)
    _refuse(shape != covariances.shape)
    if kind == "tied":
        return np.tile(covariances, (k, 1, 1))
    if kind == "full":
        return covariances
    return np.einsum("ki,ij->kij", covariances.reshape(k, -1) * np.ones(d), np.eye(d))


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):  # noqa: PLR0917 - one signature for all rounds
    _refuse(len(X) < 2 or len(X) < len(means) or X.shape[1] != means.shape[1])
    bounds = []
    for _ in range(max_iter):
        full = _widen(covariances, means, covariance_type)
        logs = log_density(X, means, full) + _log_weights(weights, len(means))
        weights, means, covariances = _m_step(X, _shares(logs), reg_covar, covariance_type)
        bounds.append(np.logaddexp.reduce(logs, axis=1).mean())
        if len(bounds) > 1 and np.abs(bounds[-1] - bounds[-2]) < tol:
            break
    # Raise ValueError if one of the last covariances is singular.
    log_density(X[:1], means, _widen(covariances, means, covariance_type))
    converged = len(bounds) > 1 and np.abs(bounds[-1] - bounds[-2]) < tol
    return weights, means, covariances, bounds[-1], len(bounds), np.bool_(converged)


def init_from_kmeans(X, labels):
    _refuse(not np.isfinite(X).all() or len(labels) != len(X) or labels.min() < 0)
    _refuse((np.bincount(labels) == 0).any())
    parts = [X[labels == j] for j in range(labels.max() + 1)]
    covariances = [np.atleast_2d(np.cov(part.T, bias=True)) if len(part) > 1 else 0.0 for part in parts]
    covariances = [
        np.zeros((X.shape[1],) * 2) + covariance + 1e-6 * np.eye(X.shape[1]) for covariance in covariances
    ]
    return np.bincount(labels) / len(X), np.array([part.mean(0) for part in parts]), np.array(covariances)


def soft_kmeans(X, centers, sigma2, max_iter):
    _refuse(sigma2 <= 0 or X.shape[1] != centers.shape[1] or not np.isfinite(X.sum() + centers.sum()))
    for step in range(max_iter + 1):
        # |x - c|² = |x|² - 2 (x c - |c|² / 2), and |x|² is the same for all centres c.
        scores = X @ centers.T - (centers**2).sum(1) / 2
        shares = np.exp((scores - scores.max(1, keepdims=True)) / sigma2)
        shares /= shares.sum(1, keepdims=True)
        if step == max_iter:
            return centers, shares
        not_empty = shares.sum(0) > 0
        centers = centers.copy()
        centers[not_empty] = (shares.T @ X)[not_empty] / shares.sum(0)[not_empty, None]
    return None


def bic(X, weights, means, covariances, covariance_type="full"):
    full = _widen(covariances, means, covariance_type)
    d, k = X.shape[1], len(weights)
    n_free = {"full": k * d * (d + 1) / 2, "tied": d * (d + 1) / 2, "diag": k * d, "spherical": k}
    logs = np.logaddexp.reduce(log_density(X, means, full) + _log_weights(weights, k), axis=1)
    return -2 * logs.sum() + (n_free[covariance_type] + k * d + k - 1) * np.log(len(X))


def select(X, ks, covariance_types, rng):
    _refuse(min(ks) < 1 or max(ks) > len(X) or not set(covariance_types) <= set(KINDS))
    best = None
    for kind in covariance_types:
        for k in ks:
            for _ in range(12):  # 12 starts: random rows, then a few iterations of soft k-means
                _, shares = soft_kmeans(X, X[rng.choice(len(X), k, replace=False)], sigma2=4.0, max_iter=5)
                model = fit(
                    X, *_m_step(X, shares, reg_covar=0.05, kind=kind), reg_covar=0.05, covariance_type=kind
                )[:3]
                score = bic(X, *model, kind)
                if best is None or score < best[0]:
                    best = score, k, kind, *model
    return best[1:]


def partial(X_chunk, params, weights):
    mixing, means, covariances = params
    _refuse(weights.shape != X_chunk.shape[:1] or not np.isfinite(weights.sum()) or (weights < 0).any())
    # The summed weights, means and scatter matrices of the components, and the log-likelihood.
    stats = [np.zeros(len(mixing)), np.zeros(means.shape), np.zeros(covariances.shape), 0.0]
    for rows, row_weight in zip(X_chunk, weights, strict=True):  # a row's mean is itself, its scatter is 0
        logs = log_density(rows[None], means, covariances) + _log_weights(mixing, len(means))
        share = _shares(logs)[0] * row_weight
        of_row = [share, np.tile(rows, (len(mixing), 1)), np.zeros(covariances.shape), 0.0]
        of_row[3] = row_weight * np.logaddexp.reduce(logs[0])
        stats = merge(stats, of_row)
    return stats


def merge(a, b):
    sizes = a[0] + b[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share_of_b = np.where(sizes > 0, b[0] / sizes, 0.0)
    difference = b[1] - a[1]
    means = a[1] + share_of_b[:, None] * difference
    scatter = (
        a[2] + b[2] + (a[0] * share_of_b)[:, None, None] * difference[:, :, None] * difference[:, None, :]
    )
    return [sizes, means, scatter, a[3] + b[3]]


def finish(stats, reg_covar):
    sizes, means, scatter, log_likelihood = stats
    _refuse(sizes.sum() == 0)
    covariances = scatter / sizes[:, None, None] + reg_covar * np.eye(means.shape[1])
    return sizes / sizes.sum(), means, covariances, log_likelihood / sizes.sum()


def online_step(state, X_batch, eta):
    sizes, sums, squares = state
    means = sums / sizes[:, None]
    covariances = squares / sizes[:, None, None] - np.einsum("ki,kj->kij", means, means)
    shares = responsibilities(
        X_batch, sizes / sizes.sum(), means, covariances + 1e-6 * np.eye(means.shape[1])
    )
    rows_with_1 = np.column_stack([np.ones(len(X_batch)), X_batch])
    # All three averages in one matrix.
    moments = np.einsum("nk,ni,nj->kij", shares, rows_with_1, rows_with_1) / len(X_batch)
    new = moments[:, 0, 0], moments[:, 0, 1:], moments[:, 1:, 1:]
    return Sums(*((1 - eta) * a + eta * b for a, b in zip(state, new, strict=True)))


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):  # noqa: PLR0917 - the contract's
    _refuse(np.isinf(X).any())
    n, d = X.shape
    history = []
    for _ in range(max_iter):
        logs = np.empty((n, len(means)))
        expected_rows, expected_squares = np.empty((*logs.shape, d)), np.empty((*logs.shape, d, d))
        for i, row in enumerate(X):
            known, missing = ~np.isnan(row), np.isnan(row)
            for k, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
                precision = np.linalg.inv(covariance[known][:, known])
                offset = row[known] - mean[known]
                log_det = np.linalg.slogdet(2 * np.pi * covariance[known][:, known])[1]
                logs[i, k] = np.log(weights[k]) - (offset @ precision @ offset + log_det) / 2
                expected_rows[i, k] = np.where(known, row, 0)
                expected_rows[i, k, missing] = (
                    mean[missing] + covariance[missing][:, known] @ precision @ offset
                )
                expected_squares[i, k] = np.outer(expected_rows[i, k], expected_rows[i, k])
                expected_squares[i, k][np.ix_(missing, missing)] += (
                    covariance[missing][:, missing]
                    - covariance[missing][:, known] @ precision @ covariance[known][:, missing]
                )
        history.append(np.logaddexp.reduce(logs, axis=1).mean())
        shares = _shares(logs)
        sizes = shares.sum(0)
        means = np.einsum("nk,nki->ki", shares, expected_rows) / sizes[:, None]
        covariances = np.einsum("nk,nkij->kij", shares, expected_squares) / sizes[:, None, None]
        covariances = covariances - np.einsum("ki,kj->kij", means, means) + reg_covar * np.eye(d)
        weights = sizes / n
    return weights, means, covariances, np.array(history)


def stream_update(state, X_batch):
    # The newest 120 rows are the whole state, so that old rows are forgotten when the stream drifts.
    rows = X_batch if state is None else np.vstack([state, X_batch])
    return rows[-120:]


def stream_score(state, X):
    logs = np.full(len(X), -np.inf)
    for row in state:  # a kernel density: a Gaussian of variance 1 at each of the last 120 rows
        logs = np.logaddexp(logs, -((X - row) ** 2).sum(1) / 2)
    return logs - np.log(2 * np.pi * len(state))
