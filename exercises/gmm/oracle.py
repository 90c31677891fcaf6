"""The oracle, which gives the expected answers to the functions of stub.py.

scikit-learn's GaussianMixture computes them. weights_init, means_init and precisions_init are all set, so
nothing is random. If scikit-learn has no such function, or loses precision, the definition is computed, and
a comment says so.
"""

import warnings

import numpy as np
from sklearn.covariance import empirical_covariance
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

FAR = 1e3
"""In standard deviations of the data. If their mean is farther than this from the origin, `fit` moves the
data first."""


def e_step_1d(x, weights, means, variances):
    # No number lies far from all components, so predict_proba loses no digits (`responsibilities` says when
    # it does).
    return _model(weights, means[:, None], variances[:, None, None], "full").predict_proba(x[:, None])


def m_step_1d(x, responsibilities):
    # The definition: scikit-learn's M-step is private. np.average and np.cov take weights of rows.
    weights = responsibilities.mean(axis=0)
    means = np.array([np.average(x, weights=shares) for shares in responsibilities.T])
    variances = np.array([float(np.cov(x, ddof=0, aweights=shares)) for shares in responsibilities.T])
    return weights, means, variances


def fit_1d(x, weights, means, variances, n_iter):
    # With tol=0 GaussianMixture never stops early, since abs(change) < 0 is never true. lower_bounds_ are
    # means over rows, not sums.
    start = weights, means[:, None], variances[:, None, None]
    model = _fit(x[:, None], *start, covariance_type="full", tol=0.0, reg_covar=0.0, max_iter=n_iter)
    bounds = len(x) * np.asarray(model.lower_bounds_)
    return model.weights_, model.means_[:, 0], model.covariances_[:, 0, 0], bounds


def log_density(X, means, covariances):
    # A mixture of one component for each component: its score_samples is the log-density of that component.
    _check_rows(X, means, covariances)
    weight = np.ones(1)
    models = [_model(weight, means[[k]], covariances[[k]], "full") for k in range(len(means))]
    return np.stack([model.score_samples(X) for model in models], axis=1)


def responsibilities(X, weights, means, covariances):
    # The definition. predict_proba is exp(log p(x, k) - log p(x)). If |log p| exceeds 1e16, adding up the
    # components changes nothing, because of rounding, and two equal components get 1 each. So this divides
    # by the sum.
    if len(weights) != len(means) or (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
        raise ValueError("weights")
    with np.errstate(divide="ignore"):
        log_joint = log_density(X, means, covariances) + np.log(weights)
    shares = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def m_step(X, responsibilities, reg_covar):
    # The definition, including scikit-learn's 10·eps: its M-step is private.
    if len(X) != len(responsibilities) or not np.isfinite(X).all() or not np.isfinite(responsibilities).all():
        raise ValueError("X and responsibilities")
    sizes = responsibilities.sum(axis=0) + 10 * np.finfo(float).eps
    means = np.einsum("nk,ni->ki", responsibilities, X) / sizes[:, None]
    offsets = X[:, None, :] - means  # (n, K, d)
    scatter = np.einsum("nk,nki,nkj->kij", responsibilities, offsets, offsets)
    return sizes / len(X), means, scatter / sizes[:, None, None] + reg_covar * np.eye(X.shape[1])


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):
    # For tied, diag and spherical scikit-learn computes E[x²] - E[x]², which is wrong in the third digit
    # at an offset of 1e5, and fails at 1e7. Such data are moved to the origin for the fit.
    spread = float(np.sqrt(X.var(axis=0).mean())) if np.isfinite(X).all() else 1.0
    origin = X.mean(axis=0)
    if covariance_type == "full" or np.abs(origin).max() <= FAR * spread:
        origin = np.zeros(X.shape[1])
    _check_rows(X, means, covariances=None)
    _check_type(means, covariances, covariance_type)
    options = {"tol": tol, "reg_covar": reg_covar, "max_iter": max_iter}
    model = _fit(X - origin, weights, means - origin, covariances, covariance_type, **options)
    parameters = model.weights_, model.means_ + origin, model.covariances_
    return *parameters, float(model.lower_bound_), int(model.n_iter_), bool(model.converged_)


def init_from_kmeans(X, labels):
    # GaussianMixture does this inside fit, with labels of its own. The functions that it needs are public.
    if len(labels) != len(X) or not np.isfinite(X).all():
        raise ValueError("X and labels")
    if sorted(set(labels.tolist())) != list(range(labels.max() + 1)):
        raise ValueError("labels")
    clusters = [X[labels == label] for label in range(labels.max() + 1)]
    weights = np.bincount(labels) / len(X)
    means = np.array([rows.mean(axis=0) for rows in clusters])
    ridge = 1e-6 * np.eye(X.shape[1])
    return weights, means, np.array([empirical_covariance(rows) + ridge for rows in clusters])


def soft_kmeans(X, centers, sigma2, max_iter):
    # The definition. GaussianMixture would estimate the variance instead of keeping sigma2, and its
    # spherical density expands the square, which breaks ties at a small sigma2.
    _check_rows(X, centers, covariances=None)
    if not sigma2 > 0:
        raise ValueError("sigma2")
    for iteration in range(max_iter + 1):
        squares = np.stack([np.square(X - center).sum(axis=1) for center in centers])  # (K, n)
        shares = np.exp((squares.min(axis=0) - squares) / (2 * sigma2))
        shares /= shares.sum(axis=0)
        if iteration < max_iter:
            pairs = zip(shares, centers, strict=True)
            centers = np.array([np.average(X, axis=0, weights=s) if s.any() else c for s, c in pairs])
    return centers, shares.T


def bic(X, weights, means, covariances, covariance_type="full"):
    _check_type(means, covariances, covariance_type)
    return float(_model(weights, means, covariances, covariance_type).bic(X))


def select(X, ks, covariance_types, rng):
    # GaussianMixture starts from k-means. One start is enough, since the groups lie far apart.
    options = {"reg_covar": 0.05, "n_init": 1, "random_state": int(rng.integers(2**31))}
    pairs = [(k, covariance_type) for k in ks for covariance_type in covariance_types]
    models = [GaussianMixture(k, covariance_type=kind, **options).fit(X) for k, kind in pairs]
    best = min(models, key=lambda model: model.bic(X))
    return best.n_components, best.covariance_type, best.weights_, best.means_, best.covariances_


def partial(X_chunk, params, weights):
    # The definition: GaussianMixture has neither sample_weight nor chunks. All rows are kept until `finish`.
    if len(weights) != len(X_chunk) or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("weights")
    log_joint = np.empty((0, len(params[0])))
    if len(X_chunk):
        responsibilities(X_chunk, *params)  # raises ValueError for bad input
        log_joint = log_density(X_chunk, *params[1:]) + np.log(params[0])
    return [(X_chunk, weights, log_joint)]


def merge(a, b):
    return a + b


def finish(stats, reg_covar):
    X, weights, log_joint = (np.concatenate(parts) for parts in zip(*stats, strict=True))
    if not weights.any():
        raise ValueError("weights")
    log_likelihood = np.logaddexp.reduce(log_joint, axis=1)
    shares = weights[:, None] * np.exp(log_joint - log_likelihood[:, None])
    means = np.array([np.average(X, axis=0, weights=column) for column in shares.T])
    unregularised = [np.atleast_2d(np.cov(X.T, ddof=0, aweights=column)) for column in shares.T]
    covariances = np.array(unregularised) + reg_covar * np.eye(X.shape[1])
    bound = np.average(log_likelihood, weights=weights)
    return shares.sum(axis=0) / weights.sum(), means, covariances, float(bound)


def online_step(state, X_batch, eta):
    # The definition: GaussianMixture has no partial_fit. With eta=1 this is one iteration of its EM.
    # state.sizes are means over rows, so they sum to 1 and serve as weights.
    means = state.sums / state.sizes[:, None]
    unregularised = state.squares / state.sizes[:, None, None] - np.einsum("ki,kj->kij", means, means)
    covariances = unregularised + 1e-6 * np.eye(means.shape[1])
    shares = responsibilities(X_batch, state.sizes, means, covariances)
    squares = np.einsum("nk,ni,nj->kij", shares, X_batch, X_batch)
    new = shares.mean(axis=0), shares.T @ X_batch / len(X_batch), squares / len(X_batch)
    return type(state)(*(old + eta * (average - old) for old, average in zip(state, new, strict=True)))


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    # The definition: GaussianMixture rejects NaN. Without NaN this does the same as GaussianMixture.
    if np.isinf(X).any():
        raise ValueError("X")
    history = []
    for _ in range(max_iter):
        log_joint = np.empty((len(X), len(weights)))
        expected_rows, second_moments = np.empty((*log_joint.shape, X.shape[1])), []
        for k, (m, S) in enumerate(zip(means, covariances, strict=True)):
            densities, filled, conditional = zip(*(_expected(row, m, S) for row in X), strict=True)
            log_joint[:, k] = np.array(densities) + np.log(weights[k])
            expected_rows[:, k] = filled
            second_moments.append(
                [np.outer(row - m, row - m) + C for row, C in zip(filled, conditional, strict=True)]
            )
        log_likelihood = np.logaddexp.reduce(log_joint, axis=1)
        history.append(log_likelihood.mean())
        shares = np.exp(log_joint - log_likelihood[:, None])
        sizes = shares.sum(axis=0)
        # The second moments are about the old means; subtracting the outer product of the shift with itself
        # moves them to the new means.
        shift = np.einsum("nk,nkd->kd", shares, expected_rows - means) / sizes[:, None]
        moments = np.einsum("nk,knij->kij", shares, np.array(second_moments)) / sizes[:, None, None]
        covariances = moments - np.einsum("ki,kj->kij", shift, shift) + reg_covar * np.eye(X.shape[1])
        weights, means = sizes / len(X), means + shift
    return weights, means, covariances, np.array(history)


def _expected(row, mean, covariance):
    """Return the log density of the known values, the expected row and its conditional covariance."""
    missing = np.isnan(row)
    filled, extra, d = row.copy(), np.zeros_like(covariance), len(row)
    known = covariance[np.ix_(~missing, ~missing)]
    offset = (row - mean)[~missing]
    log_density = -0.5 * offset @ np.linalg.inv(known) @ offset - 0.5 * np.linalg.slogdet(known)[1]
    if missing.any():
        precision = np.linalg.inv(covariance)
        conditional = np.linalg.inv(precision[np.ix_(missing, missing)])
        filled[missing] = mean[missing] - conditional @ precision[np.ix_(missing, ~missing)] @ offset
        extra[np.ix_(missing, missing)] = conditional
    return log_density - 0.5 * (d - missing.sum()) * np.log(2 * np.pi), filled, extra


def stream_update(state, X_batch):
    # The round is open, so nothing is compared with this answer: a mixture fitted to the last batch.
    # stream_score adds a wide component.
    del state
    model = GaussianMixture(min(4, len(X_batch)), reg_covar=0.25, random_state=0).fit(X_batch)
    return model.weights_, model.means_, model.covariances_


def stream_score(state, X):
    weights, means, covariances = state
    wide = 100 * np.eye(2)[None]
    weights = np.append(0.95 * weights, 0.05)
    means, covariances = np.vstack([means, np.zeros((1, 2))]), np.concatenate([covariances, wide])
    return _model(weights, means, covariances, "full").score_samples(X)


def _check_type(means, covariances, covariance_type):
    k, d = means.shape
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    if shapes.get(covariance_type) != covariances.shape:
        raise ValueError("covariances")


def _fit(X, weights, means, covariances, covariance_type, **options):
    precisions = _precisions(covariances, covariance_type)
    start = {"weights_init": weights, "means_init": means, "precisions_init": precisions}
    model = GaussianMixture(len(weights), covariance_type=covariance_type, **start, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter may end the run
        return model.fit(X)


def _model(weights, means, covariances, covariance_type):
    """Return a GaussianMixture with these parameters, as if it had been fitted."""
    model = GaussianMixture(len(weights), covariance_type=covariance_type)
    model.weights_, model.means_, model.covariances_ = weights, means, covariances
    if covariance_type in ("full", "tied"):
        factors = np.linalg.inv(np.linalg.cholesky(covariances))  # raises a ValueError if not definite
        model.precisions_cholesky_ = np.swapaxes(factors, -1, -2)
    else:
        model.precisions_cholesky_ = 1 / np.sqrt(covariances)
    return model


def _precisions(covariances, covariance_type):
    """Return the inverses. scikit-learn rejects wrong shapes, and those that are not positive definite."""
    return np.linalg.inv(covariances) if covariance_type in ("full", "tied") else 1 / covariances


def _check_rows(X, means, covariances):
    # score_samples accepts some wrong shapes, by broadcasting.
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError("X and means")
    if covariances is not None and covariances.shape != (*means.shape, means.shape[1]):
        raise ValueError("covariances")
    arrays = (X, means) if covariances is None else (X, means, covariances)
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("NaN or infinity")
