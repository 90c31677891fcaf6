"""Gaussian mixtures as the papers say it, in plain numpy.

Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
J. R. Stat. Soc. B 39 (1977). Bishop, "Pattern Recognition and Machine Learning" (2006), chapter 9.
Schwarz, "Estimating the dimension of a model", Ann. Stat. 6 (1978). Cappé and Moulines, "On-line EM",
J. R. Stat. Soc. B 71 (2009). Ghahramani and Jordan, "Learning from incomplete data", MIT AI Memo 1509 (1994).

n rows, d features, K components.
"""

from typing import NamedTuple

import numpy as np

EPS = 10 * np.finfo(float).eps
STARTS = 4
BLOCK = 32
SLOTS, MEMORY, SURPRISE, CROWD = 6, 0.4, -10.0, 4


class Sums(NamedTuple):
    """Averages over all rows seen: sizes (K,), sums (K, d), squares (K, d, d)."""

    sizes: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def e_step_1d(x, weights, means, variances):
    """Share each number out among the components: (n, K). O(nK)."""
    joint = joint_1d(x, weights, means, variances)  # (n, K)
    return joint / joint.sum(axis=1, keepdims=True)


def m_step_1d(x, responsibilities):
    """Estimate weights, means and variances, each (K,), from shared numbers. O(nK)."""
    sizes = responsibilities.sum(axis=0)  # (K,)
    means = x @ responsibilities / sizes
    squares = (x[:, None] - means) ** 2  # (n, K)
    variances = (responsibilities * squares).sum(axis=0) / sizes
    return sizes / len(x), means, variances


def fit_1d(x, weights, means, variances, n_iter):
    """Run n_iter iterations of EM: weights, means, variances (K,), log_likelihoods (n_iter,). O(nK) each."""
    log_likelihoods = np.empty(n_iter)
    for t in range(n_iter):
        log_likelihoods[t] = np.log(joint_1d(x, weights, means, variances).sum(axis=1)).sum()
        shares = e_step_1d(x, weights, means, variances)  # (n, K)
        weights, means, variances = m_step_1d(x, shares)
    return weights, means, variances, log_likelihoods


def log_density(X, means, covariances):
    """Log normal densities by Cholesky factors: (n, K). O(K d³ + n K d²)."""
    check_data(X, means, covariances)
    n, d = X.shape
    log_densities = np.empty((n, len(means)))
    for k in range(len(means)):
        L = np.linalg.cholesky(covariances[k])  # (d, d), covariance = L Lᵀ; raises if there is none
        z = np.linalg.solve(L, (X - means[k]).T)  # (d, n), uncorrelated with variance 1
        log_det = 2 * np.log(np.diag(L)).sum()
        log_densities[:, k] = -0.5 * (d * np.log(2 * np.pi) + log_det + (z**2).sum(axis=0))
    return log_densities


def responsibilities(X, weights, means, covariances):
    """Share each row out among the components: (n, K). O(K d³ + n K d²)."""
    check_weights(weights, len(means))
    return e_step(X, weights, means, covariances)[0]


def m_step(X, responsibilities, reg_covar):
    """Estimate weights (K,), means (K, d), covariances (K, d, d) from shared rows. O(n K d²)."""
    if X.ndim != 2 or responsibilities.ndim != 2 or len(X) != len(responsibilities):
        raise ValueError(f"shapes do not match: X {X.shape}, responsibilities {responsibilities.shape}")
    check_finite(X, responsibilities)
    return estimate(X, responsibilities, reg_covar, "full")


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):
    """Run EM until the bound changes by less than tol. O(K d³ + n K d²) an iteration."""
    check_fit(X, weights, means, covariances, covariance_type)
    lower_bound, converged = -np.inf, False
    for n_iter in range(1, max_iter + 1):
        shares, log_likelihood = e_step(X, weights, means, as_full(covariances, means, covariance_type))
        weights, means, covariances = estimate(X, shares, reg_covar, covariance_type)
        change = log_likelihood.mean() - lower_bound
        lower_bound = float(log_likelihood.mean())
        if abs(change) < tol:
            converged = True
            break
    return weights, means, covariances, lower_bound, n_iter, converged


def init_from_kmeans(X, labels):
    """Make a component of each cluster: weights (K,), means (K, d), covariances (K, d, d). O(n K d²)."""
    check_finite(X)
    if labels.shape != (len(X),) or not np.array_equal(np.unique(labels), np.arange(labels.max() + 1)):
        raise ValueError("labels are 0 to n_components - 1, one for each row, and each occurs")
    hard = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)  # (n, K)
    return estimate(X, hard, 1e-6, "full")


def soft_kmeans(X, centers, sigma2, max_iter):
    """EM with covariance sigma2 · I and equal weights: centers (K, d), responsibilities (n, K). O(nKd)."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1] or not sigma2 > 0:
        raise ValueError(f"X {X.shape}, centers {centers.shape}, sigma2 {sigma2}")
    check_finite(X, centers, np.array(sigma2))
    shares = soft_assign(X, centers, sigma2)  # (n, K)
    for _ in range(max_iter):
        sizes = shares.sum(axis=0)  # (K,)
        moved = shares.T @ X / np.where(sizes > 0, sizes, 1)[:, None]  # (K, d)
        centers = np.where(sizes[:, None] > 0, moved, centers)
        shares = soft_assign(X, centers, sigma2)
    return centers, shares


def bic(X, weights, means, covariances, covariance_type="full"):
    """The Bayesian information criterion (Schwarz 1978). O(K d³ + n K d²)."""
    check_covariances(means, covariances, covariance_type)
    log_likelihood = e_step(X, weights, means, as_full(covariances, means, covariance_type))[1].sum()
    k, d = means.shape
    matrix = d * (d + 1) // 2
    shape = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    free = shape + k * d + k - 1
    return float(free * np.log(len(X)) - 2 * log_likelihood)


def select(X, ks, covariance_types, rng):
    """The lowest BIC of several fits for each pair: k, covariance_type, weights, means, covariances."""
    if not all(1 <= k <= len(X) for k in ks):
        raise ValueError(f"each k is 1 to {len(X)}, not {ks}")
    best, lowest = None, np.inf
    for k in ks:
        for covariance_type in covariance_types:
            for _ in range(STARTS):
                shares = first_shares(X, k, rng)  # (n, k)
                start = estimate(X, shares, 0.05, covariance_type)
                model = fit(X, *start, reg_covar=0.05, covariance_type=covariance_type)[:3]
                score = bic(X, *model, covariance_type)
                if score < lowest:
                    best, lowest = (k, covariance_type, *model), score
    return best


def partial(X_chunk, params, weights):
    """Sums about the old means, block by block: O(n K d²) time, O(K d²) memory besides a block."""
    mixing, means, covariances = params
    check_weights(mixing, len(means))
    if weights.shape != (len(X_chunk),) or not all(np.isfinite(w) and w >= 0 for w in weights):
        raise ValueError("weights of rows are finite and at least 0, one for each row")
    k, d = means.shape
    sizes, sums, squares = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    log_likelihood = 0.0
    for first in range(0, len(X_chunk), BLOCK):
        rows, row_weights = X_chunk[first : first + BLOCK], weights[first : first + BLOCK]
        shares, logs = e_step(rows, mixing, means, covariances)
        shares = shares * row_weights[:, None]  # (block, K)
        sizes += shares.sum(axis=0)
        log_likelihood += row_weights @ logs
        for j in range(k):
            offsets = rows - means[j]  # (block, d), small wherever the data lie
            sums[j] += shares[:, j] @ offsets
            squares[j] += (shares[:, j, None] * offsets).T @ offsets
    return means, sizes, sums, squares, log_likelihood


def merge(a, b):
    """Add up the sums. O(K d²)."""
    return (a[0], *(mine + yours for mine, yours in zip(a[1:], b[1:])))


def finish(stats, reg_covar):
    """The M-step from sums: weights (K,), means (K, d), covariances (K, d, d), lower_bound. O(K d²)."""
    means, sizes, sums, squares, log_likelihood = stats
    total = sizes.sum()
    if total == 0:
        raise ValueError("all rows have weight 0")
    shifts = sums / sizes[:, None]  # (K, d), from the old means to the new ones
    outer = shifts[:, :, None] * shifts[:, None, :]  # (K, d, d)
    covariances = squares / sizes[:, None, None] - outer + reg_covar * np.eye(means.shape[1])
    return sizes / total, means + shifts, covariances, float(log_likelihood / total)


def online_step(state, X_batch, eta):
    """Stepwise EM (Cappé and Moulines 2009). O(n K d² + K d³)."""
    shares, _ = e_step(X_batch, *of_sums(state, 1e-6))
    sums = stream_sums(X_batch, shares)
    return Sums(*((1 - eta) * old + eta * one / len(X_batch) for old, one in zip(state, sums)))


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    """EM with conditional expectations (Ghahramani and Jordan 1994). O(patterns K d³ + n K d²) each."""
    if np.isinf(X).any():
        raise ValueError("infinity in the input")
    log_likelihoods = np.empty(max_iter)
    for t in range(max_iter):
        logs, filled, extra = expect(X, means, covariances)
        log_joint = logs + np.log(weights)  # (n, K)
        largest = log_joint.max(axis=1, keepdims=True)
        shares = np.exp(log_joint - largest)
        totals = shares.sum(axis=1, keepdims=True)
        log_likelihoods[t] = (largest + np.log(totals)).mean()
        shares = shares / totals
        sizes = shares.sum(axis=0)  # (K,)
        weights = sizes / len(X)
        means = np.einsum("nk,knd->kd", shares, filled) / sizes[:, None]
        offsets = filled - means[:, None, :]  # (K, n, d)
        scatter = np.einsum("nk,kni,knj->kij", shares, offsets, offsets)
        scatter += np.einsum("nk,knij->kij", shares, extra)
        covariances = scatter / sizes[:, None, None] + reg_covar * np.eye(X.shape[1])
    return weights, means, covariances, log_likelihoods


def expect(X, means, covariances):
    """Log densities (n, K), rows filled in (K, n, d), conditional covariances (K, n, d, d)."""
    (n, d), k = X.shape, len(means)
    logs, filled, extra = np.empty((n, k)), np.stack([X] * k), np.zeros((k, n, d, d))
    gaps = np.isnan(X)  # (n, d)
    for gone in np.unique(gaps, axis=0):  # rows with the same gaps, together
        rows, seen = np.flatnonzero((gaps == gone).all(axis=1)), ~gone
        here = X[rows][:, seen]
        for j in range(k):
            S, m = covariances[j], means[j]
            logs[rows, j] = log_density(here, m[None, seen], S[np.ix_(seen, seen)][None])[:, 0]
            gain = np.linalg.solve(S[np.ix_(seen, seen)], S[np.ix_(seen, gone)])
            filled[j][np.ix_(rows, gone)] = m[gone] + (here - m[seen]) @ gain
            left = S[np.ix_(gone, gone)] - S[np.ix_(gone, seen)] @ gain
            extra[j][np.ix_(rows, gone, gone)] = left
    return logs, filled, extra


def stream_update(state, X_batch):
    """Stepwise EM (Cappé and Moulines 2009): averages of sums, forgotten at a fixed rate. O(n K)."""
    if state is None:
        shares = farthest_shares(X_batch, SLOTS)
        sizes, sums, squares = stream_sums(X_batch, shares[:, shares.any(axis=0)])
    else:
        shares, logs = e_step(X_batch, *stream_params(state))
        new = [part / len(X_batch) for part in stream_sums(X_batch, shares[:, :-1])]
        sizes, sums, squares = (MEMORY * old + (1 - MEMORY) * one for old, one in zip(state, new))
        strange = X_batch[logs < SURPRISE]
        if len(strange) >= CROWD:  # a new group: it takes the place of the lightest component
            least = sizes.argmin()
            one = stream_sums(strange, np.ones((len(strange), 1)))
            sizes[least], sums[least], squares[least] = (part[0] / len(X_batch) for part in one)
    total = sizes.sum()
    return sizes / total, sums / total, squares / total


def stream_score(state, X):
    """Log-densities by the current mixture: (n,). O(n K)."""
    return e_step(X, *stream_params(state))[1]


def stream_sums(X, shares):
    """Sums of shares (K,), of rows (K, d) and of outer products (K, d, d)."""
    outer = X[:, :, None] * X[:, None, :]  # (n, d, d)
    return shares.sum(axis=0), shares.T @ X, np.tensordot(shares, outer, axes=(0, 0))


def of_sums(state, ridge):
    """Make a mixture of averages: weights (K,), means (K, d), covariances (K, d, d)."""
    sizes, sums, squares = state
    means = sums / sizes[:, None]  # (K, d)
    outer = means[:, :, None] * means[:, None, :]
    covariances = squares / sizes[:, None, None] - outer + ridge * np.eye(means.shape[1])
    return sizes / sizes.sum(), means, covariances


def stream_params(state):
    """Make a mixture of the sums, with a wide component for what nobody expects."""
    weights, means, covariances = of_sums(state, 0.25)
    wide = 100 * np.eye(2)[None]
    return (
        np.append(0.98 * weights, 0.02),
        np.vstack([means, np.zeros((1, 2))]),
        np.concatenate([covariances, wide]),
    )


def farthest_shares(X, k):
    """Rows hard-assigned to k of them, each picked farthest from those before: (n, k)."""
    squares = ((X - X[0]) ** 2).sum(axis=1)[:, None]
    for _ in range(k - 1):
        pick = squares.min(axis=1).argmax()
        squares = np.column_stack([squares, ((X - X[pick]) ** 2).sum(axis=1)])
    return np.eye(k)[squares.argmin(axis=1)]


def first_shares(X, k, rng):
    """Rows hard-assigned to k of them, picked as in k-means++: (n, k)."""
    picks = [rng.integers(len(X))]
    squares = ((X - X[picks[0]]) ** 2).sum(axis=1)[:, None]  # (n, picks)
    for _ in range(k - 1):
        closest = squares.min(axis=1)
        total = closest.sum()
        picks.append(rng.choice(len(X), p=closest / total if total > 0 else None))
        squares = np.column_stack([squares, ((X - X[picks[-1]]) ** 2).sum(axis=1)])
    return np.eye(k)[squares.argmin(axis=1)]


def soft_assign(X, centers, sigma2):
    """A softmax of squared distances: (n, K)."""
    squares = ((X[:, None, :] - centers) ** 2).sum(axis=2)  # (n, K)
    squares -= squares.min(axis=1, keepdims=True)  # before the division, which would magnify rounding
    shares = np.exp(-squares / (2 * sigma2))
    return shares / shares.sum(axis=1, keepdims=True)


def joint_1d(x, weights, means, variances):
    """Weights times densities: (n, K)."""
    squares = (x[:, None] - means) ** 2  # (n, K)
    return weights * np.exp(-squares / (2 * variances)) / np.sqrt(2 * np.pi * variances)


def e_step(X, weights, means, covariances):
    """Responsibilities (n, K), and log p(x) for each row (n,)."""
    with np.errstate(divide="ignore"):
        log_joint = log_density(X, means, covariances) + np.log(weights)  # (n, K), -inf for weight 0
    largest = log_joint.max(axis=1)  # (n,)
    shares = np.exp(log_joint - largest[:, None])  # the largest is 1: nothing underflows that matters
    totals = shares.sum(axis=1)
    return shares / totals[:, None], largest + np.log(totals)


def estimate(X, shares, reg_covar, covariance_type):
    """The M-step: weights (K,), means (K, d), covariances as covariance_type says."""
    sizes = shares.sum(axis=0) + EPS  # (K,)
    means = shares.T @ X / sizes[:, None]  # (K, d)
    scatter = np.empty((len(sizes), X.shape[1], X.shape[1]))
    for k in range(len(sizes)):
        centred = X - means[k]  # (n, d)
        scatter[k] = (shares[:, k, None] * centred).T @ centred
    return sizes / sizes.sum(), means, pool(scatter, sizes, reg_covar, covariance_type)


def pool(scatter, sizes, reg_covar, covariance_type):
    """Turn the components' scatter matrices (K, d, d) into covariances."""
    ridge = reg_covar * np.eye(scatter.shape[1])
    if covariance_type == "tied":
        return scatter.sum(axis=0) / sizes.sum() + ridge  # (d, d)
    full = scatter / sizes[:, None, None] + ridge
    if covariance_type == "full":
        return full
    variances = np.diagonal(full, axis1=1, axis2=2)  # (K, d)
    return variances.copy() if covariance_type == "diag" else variances.mean(axis=1)


def as_full(covariances, means, covariance_type):
    """Write covariances of any type as full ones: (K, d, d)."""
    k, d = means.shape
    if covariance_type == "tied":
        return np.broadcast_to(covariances, (k, d, d))
    if covariance_type == "diag":
        return covariances[:, :, None] * np.eye(d)
    if covariance_type == "spherical":
        return covariances[:, None, None] * np.eye(d)
    return covariances


def check_finite(*arrays):
    """Raise ValueError for NaN or infinity."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("NaN or infinity in the input")


def check_data(X, means, covariances):
    """Raise ValueError unless these are rows, means and full covariances."""
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, means {means.shape}")
    if covariances.shape != (*means.shape, means.shape[1]):
        raise ValueError(f"covariances of shape {covariances.shape} for means of shape {means.shape}")
    check_finite(X, means, covariances)


def check_weights(weights, k):
    """Raise ValueError unless these are the shares of k components."""
    if weights.shape != (k,):
        raise ValueError(f"{k} components, weights of shape {weights.shape}")
    if not (weights >= 0).all() or not abs(weights.sum() - 1) < 1e-6:
        raise ValueError("weights are at least 0 and sum to 1")


def check_fit(X, weights, means, covariances, covariance_type):
    """Raise ValueError where fit cannot run; what each E-step looks at is left to it."""
    check_weights(weights, len(means))
    if len(X) < max(2, len(means)):
        raise ValueError(f"{len(X)} rows are too few for {len(means)} components")
    check_covariances(means, covariances, covariance_type)


def check_covariances(means, covariances, covariance_type):
    """Raise ValueError unless the covariances have the shape that their type asks for."""
    k, d = means.shape
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    if covariance_type not in shapes:
        raise ValueError(f"covariance_type is one of {', '.join(shapes)}, not {covariance_type!r}")
    if covariances.shape != shapes[covariance_type]:
        raise ValueError(f"covariances of shape {covariances.shape} are not {covariance_type}")
