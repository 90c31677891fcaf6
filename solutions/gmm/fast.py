"""Gaussian mixtures in one pass over the rows: E-step and M-step of a block while it is in cache.

A fit never holds the n x K responsibilities: a block of rows is scored, shared out and summed up, and
only the moments remain. Rows lie in blocks, feature by feature, so that equal features of 8 or 16 rows
fill a vector register. SPEED.md tells what each step brought. n rows, d features, K components.
Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm" (1977).
"""

import numpy as np
from llvmlite import ir
from numba import get_num_threads, njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..simd import (
    AVX512,
    DOUBLE,
    INT64,
    NUMPY,
    SUMS,
    add_total,
    any_lane,
    call,
    data_of,
    filled,
    length_of,
    load,
    load_some,
    load_spread,
    mask,
    multiply_add,
    spread,
    store,
    vector,
)
from .loops import (
    EPS,
    LOG_2PI,
    STARTS,
    Sums,
    _check_covariances,
    _check_data,
    _check_finite,
    _check_fit,
    _check_weights,
    _floats,
)

_LANES = 32 if AVX512 else 8  # rows of a tile: with 4 columns, 16 registers of sums with AVX-512, 8 with AVX2
_PANEL = 4  # columns of a factor that are done together
_SIDE = 4 if AVX512 else 2  # a block of the moments is _SIDE x _SIDE vectors of 8 rows
_TALL = 8 if AVX512 else 4  # where lanes are features, a block is _TALL features x 1 or 2 vectors of 8
_PACKED = 4096  # numbers of rows that are packed for such blocks: 32 KiB
_GROUP = 16384  # numbers of tiles and shares between E-step and M-step: 128 KiB, in the L2 cache
_PARALLEL = 2_000_000  # numbers that a pass reads before threads repay their start

# Moments row by row, d from 8 on, where fewer than _DENSE of a group's rows have a share, and always from
# d = 32 on: a pass takes a fifth less at d = 16, half at d = 64. At d = 8 dense rows in tiles take 26 % less.
_ROWWISE, _ALWAYS, _DENSE = 8, 32, 0.6

# From so many features on rows are sorted by component, after these passes.
_SORTED = 8
_SELDOM, _OFTEN = (2, 8, 32, 128, 512), (2, 4, 8, 16, 32, 64, 128, 256, 512)

# From so many features on tiles remember how far they are from components, and passes sort often. A distance
# is computed until the tile will be left out of the next pass, too: until all its rows are _SLACK further
# than would do. Only for a component that shrinks by less than 5 % and moves by less than 0.05 widths in an
# iteration: else the bound would not last. Bounds are widened by _SURELY for rounding.
_WATCHED, _SLACK, _SETTLED, _SURELY = 24, 2.0, 0.95, 1 + 1e-9

BLOCK = 32
SLOTS, MEMORY, SURPRISE, CROWD = 6, 0.4, -10.0, 4

# A responsibility below exp(-36) = 2.3e-16 of the largest of its row is taken as 0. The row's sum, at least
# 1, changes by an ulp for each that is left out. A component of N rows loses less than 2.3e-16 n / N of its
# rows, so its mean moves by less than 6e-13 of the data's diameter, as every component with N < 4e-4 n is
# computed in full (`_CUT_NONE`: below exp(-708) nothing is left anyway). At exp(-42) fits with full
# covariances took 13 % longer at d = 16, 8 % at d = 64.
_CUT = 36.0
_CUT_NONE = 708.0
_THIN = 4e-4

_MOMENTS, _SHARES, _LOGS, _GIVEN, _BOUND = range(5)  # what a pass is for
_FULL, _WEIGHTED, _PLAIN = range(3)  # how it measures distances


# Round 1


def e_step_1d(x, weights, means, variances):
    """Return the responsibilities for each number: (n, K). O(nK)."""
    x, weights, means, variances = (_floats(one) for one in (x, weights, means, variances))
    return _share_rows(x[:, None], *_axis_model(weights, means[:, None], variances, "spherical"))


def m_step_1d(x, responsibilities):
    """Estimate weights, means and variances, each (K,), from numbers and responsibilities. O(nK)."""
    return _moments_1d(_floats(x), _floats(responsibilities))


def fit_1d(x, weights, means, variances, n_iter):
    """Run n_iter iterations of EM: weights, means, variances (K,), log_likelihoods (n_iter,). O(nK) each."""
    x, weights, means, variances = (_floats(one).copy() for one in (x, weights, means, variances))
    rows = _Rows(x[:, None])
    cuts = np.full(len(weights), _CUT)
    log_likelihoods = np.empty(n_iter)
    for t in range(n_iter):
        old = means.reshape(-1, 1)
        kind, model = _axis_model(weights, old, variances, "spherical")
        log_likelihoods[t], sizes, new, spread = _axis_step(rows, kind, model, old, cuts, 0.0, 0.0)
        weights, means, variances = sizes / len(x), new[:, 0], spread[:, 0]
    return weights, means, variances, log_likelihoods


# Round 2


def log_density(X, means, covariances):
    """Log normal densities by inverse Cholesky factors: (n, K). O(K d³ + n K d²)."""
    _check_data(X, means, covariances)
    k = len(means)
    kind, model = _full_model(np.ones(k), _floats(means), _floats(covariances))
    logs = np.empty((len(X), k))
    _run(_LOGS, kind, _Rows(_floats(X)), (*model, np.full(k, np.inf)), shares=logs)
    return logs


def responsibilities(X, weights, means, covariances):
    """Return the responsibilities for each row: (n, K). O(K d³ + n K d²)."""
    _check_weights(weights, len(means))
    _check_data(X, means, covariances)
    return _share_rows(_floats(X), *_full_model(_floats(weights), _floats(means), _floats(covariances)))


# Round 3


def m_step(X, responsibilities, reg_covar):
    """Estimate weights (K,), means (K, d), covariances (K, d, d) from weighted rows. O(n K d²)."""
    if X.ndim != 2 or responsibilities.ndim != 2 or len(X) != len(responsibilities):
        raise ValueError(f"shapes do not match: X {X.shape}, responsibilities {responsibilities.shape}")
    _check_finite(X, responsibilities)
    X, shares = _floats(X), _floats(responsibilities)
    return _estimate(X, shares, float(reg_covar))


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):
    """Run EM until the bound changes by less than tol. O(K d³ + n K d²) an iteration, full; O(n K d) else.

    Memory besides X: one copy of it in blocks, and the moments; no (n, K) array.
    """
    _check_fit(X, weights, means, covariances, covariance_type)
    X, weights, means, covariances = (_floats(one) for one in (X, weights, means, covariances))
    em = _EM[covariance_type](X, len(weights), covariance_type)
    em.begin(weights, means, covariances)
    lower_bound, n_iter, converged = -np.inf, 0, False
    while n_iter < max_iter and not converged:
        n_iter += 1
        new_bound, weights, means, covariances = em.step(float(reg_covar))
        em.begin(weights, means, covariances)  # raises where a covariance is not positive definite
        converged = bool(abs(new_bound - lower_bound) < tol)
        lower_bound = new_bound
    return weights, means, covariances, float(lower_bound), n_iter, converged


class _FullEM:
    """EM for full covariances; what the types have in common."""

    def __init__(self, X, k, covariance_type):
        self.rows = _Rows(X)
        self.cuts = np.full(k, _CUT)
        self.covariance_type = covariance_type
        self.model = None

    def begin(self, weights, means, covariances):
        """Take these parameters; ValueError where a covariance is not positive definite."""
        kind, model = self.make(weights, means, covariances)
        if self.model and self.rows.d >= _WATCHED:
            self.rows.drift(*self.drift(means, covariances))
        self.means, self.kind, self.model = means, kind, model

    def make(self, weights, means, covariances):
        return _full_model(weights, means, covariances)

    def drift(self, means, covariances):
        return _full_drift(self.model, self.means, means, covariances)

    def log_likelihood(self):
        """Sum log p over the rows."""
        return _run(_BOUND, self.kind, self.rows, (*self.model, self.cuts))[0]

    def step(self, reg_covar):
        """The mean of log p, and the new parameters. One pass; a second where it would lose digits."""
        centres, means, covariances = self.means, np.empty(self.means.shape), None
        while True:
            model = (*self.model, self.cuts)
            log_likelihood, sizes, sums, squares = _run(_MOMENTS, self.kind, self.rows, model, centres)
            if _skipped_too_much(sizes, self.rows.n, self.cuts):
                continue
            covariances = np.empty((*means.shape, means.shape[1]))
            lost = _finish_full(sizes, sums, squares, centres, reg_covar, EPS, means, covariances)
            if not lost or centres is not self.means:
                break
            centres = means.copy()
        return self.done(log_likelihood, sizes, means, covariances)

    def done(self, log_likelihood, sizes, means, covariances):
        self.rows.passed(len(sizes))
        sizes = sizes + EPS
        return log_likelihood / self.rows.n, sizes / sizes.sum(), means, covariances


class _AxisEM(_FullEM):
    """EM for diagonal and spherical covariances. O(n K d) an iteration."""

    def make(self, weights, means, covariances):
        return _axis_model(weights, means, covariances, self.covariance_type)

    def drift(self, means, covariances):
        return _axis_drift(self.kind, self.model, self.means, means, covariances)

    def step(self, reg_covar):
        log_likelihood, sizes, means, variances = _axis_step(
            self.rows, self.kind, self.model, self.means, self.cuts, reg_covar, EPS
        )
        if self.covariance_type == "spherical":
            variances = variances.mean(axis=1)
        return self.done(log_likelihood, sizes, means, variances)


class _TiedEM(_FullEM):
    """EM for one covariance. Whitened once, rows need distances only: O(n d² + n K d) an iteration.

    Each row's responsibilities sum to 1, so the scatter about the new means is that about the origin, the
    same in all iterations, less what the means take up. From the data's mean as the origin nothing cancels
    but what lies between the means.
    """

    def __init__(self, X, k, covariance_type):
        super().__init__(X, k, covariance_type)
        self.origin = X.mean(axis=0)
        centred = X - self.origin
        self.scatter = centred.T @ centred

    def begin(self, weights, means, covariances):
        k, d = means.shape
        whiten, log_dets = np.zeros((1, d, d)), np.empty(1)
        if not _inverse_factors(covariances[None], whiten, log_dets):
            raise ValueError("the covariance is not positive definite")
        constants = _log(weights) - 0.5 * d * LOG_2PI + log_dets[0]
        whitened = (means - self.origin) @ whiten[0].T
        none = np.empty((k, 1, 0, 1))
        self.means, self.kind = means, _PLAIN
        self.model = _model(constants, np.full(k, 0.5), whitened, none, whiten[0], self.origin)

    def step(self, reg_covar):
        while True:
            model = (*self.model, self.cuts)
            log_likelihood, sizes, sums, _ = _run(_MOMENTS, self.kind, self.rows, model, self.means)
            if not _skipped_too_much(sizes, self.rows.n, self.cuts):
                break
        totals = (sizes + EPS)[:, None]
        means = np.where(sizes[:, None] > 0, self.means + (sums - EPS * self.means) / totals, 0.0)
        sums = sums + sizes[:, None] * (self.means - self.origin)  # about the origin
        shifts = means - self.origin
        cross = sums.T @ shifts
        scatter = self.scatter - cross - cross.T + (sizes[:, None] * shifts).T @ shifts
        covariance = scatter / totals.sum() + reg_covar * np.eye(len(scatter))
        return self.done(log_likelihood, sizes, means, (covariance + covariance.T) / 2)


_EM = {"full": _FullEM, "tied": _TiedEM, "diag": _AxisEM, "spherical": _AxisEM}


# Round 4


def init_from_kmeans(X, labels):
    """Turn each cluster into a component: weights (K,), means (K, d), covariances (K, d, d). O(n K d²)."""
    _check_finite(X)
    if labels.shape != (len(X),) or not np.array_equal(np.unique(labels), np.arange(labels.max() + 1)):
        raise ValueError("labels are 0 to n_components - 1, one for each row, and each occurs")
    hard = np.zeros((len(X), labels.max() + 1))
    hard[np.arange(len(X)), labels] = 1.0
    return _estimate(_floats(X), hard, 1e-6)


def soft_kmeans(X, centers, sigma2, max_iter):
    """Run EM with fixed sigma2 and equal weights: centers (K, d), responsibilities (n, K). O(nKd)."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1] or not sigma2 > 0:
        raise ValueError(f"X {X.shape}, centers {centers.shape}, sigma2 {sigma2}")
    _check_finite(X, centers, np.array(sigma2))
    centers = np.array(centers, dtype=np.float64, order="C")
    X, k = _floats(X), len(centers)
    rows, cuts = _Rows(X), np.full(k, _CUT)

    def model():
        # Scaled after the least distance is taken off: equal distances stay equal, however small sigma2.
        return _model(np.zeros(k), np.ones(k), centers, np.empty((k, 1, 0, 1)), scale=0.5 / sigma2)

    for _ in range(max_iter):
        _, sizes, sums, _ = _run(_MOMENTS, _PLAIN, rows, (*model(), cuts), centers)
        if _skipped_too_much(sizes, rows.n, cuts):
            _, sizes, sums, _ = _run(_MOMENTS, _PLAIN, rows, (*model(), cuts), centers)
        centers = centers + sums / np.where(sizes > 0, sizes, 1.0)[:, None]
        rows.passed(k)
    return centers, _share_rows(X, _PLAIN, model())


# Round 6


def bic(X, weights, means, covariances, covariance_type="full"):
    """Return the Bayesian information criterion. O(K d³ + n K d²), O(n K d) along axes."""
    _check_covariances(means, covariances, covariance_type)
    X, weights, means, covariances = (_floats(one) for one in (X, weights, means, covariances))
    _check_finite(X, means, covariances)
    em = _EM[covariance_type](X, len(weights), covariance_type)
    em.begin(weights, means, covariances)
    log_likelihood = em.log_likelihood()
    k, d = means.shape
    matrix = d * (d + 1) // 2
    shape = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    return float((shape + k * d + k - 1) * np.log(len(X)) - 2 * log_likelihood)


def select(X, ks, covariance_types, rng):
    """Keep the fit of the lowest BIC: k, covariance_type, weights, means, covariances."""
    if not all(1 <= k <= len(X) for k in ks):
        raise ValueError(f"each k is 1 to {len(X)}, not {ks}")
    X = _floats(X)
    best, lowest = None, np.inf
    for k in ks:
        for covariance_type in covariance_types:
            for _ in range(STARTS):
                shares = _first_shares(X, k, rng)  # (n, k)
                start = _estimate(X, shares, 0.05)
                start = (*start[:2], _pooled(*start[::2], covariance_type))
                model = fit(X, *start, reg_covar=0.05, covariance_type=covariance_type)[:3]
                score = bic(X, *model, covariance_type)
                if score < lowest:
                    best, lowest = (k, covariance_type, *model), score
    return best


# Round 7


def partial(X_chunk, params, weights):
    """Return sums about the old means, block by block: O(n K d²) time, O(K d²) memory besides a block."""
    mixing, means, covariances = params
    _check_weights(mixing, len(means))
    if weights.shape != (len(X_chunk),) or not all(np.isfinite(w) and w >= 0 for w in weights):
        raise ValueError("weights of rows are finite and at least 0, one for each row")
    k, d = means.shape
    sizes, sums, squares = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    log_likelihood = 0.0
    for first in range(0, len(X_chunk), BLOCK):
        rows, row_weights = X_chunk[first : first + BLOCK], weights[first : first + BLOCK]
        shares, logs = _e_step(rows, mixing, means, covariances)
        shares = shares * row_weights[:, None]  # (block, K)
        sizes += shares.sum(axis=0)
        log_likelihood += row_weights @ logs
        for j in range(k):
            offsets = rows - means[j]  # (block, d), small even if the data lie far from the origin
            sums[j] += shares[:, j] @ offsets
            squares[j] += (shares[:, j, None] * offsets).T @ offsets
    return means, sizes, sums, squares, log_likelihood


def merge(a, b):
    """Add up the sums. O(K d²)."""
    return a[0], *(mine + yours for mine, yours in zip(a[1:], b[1:]))


def finish(stats, reg_covar):
    """Divide the sums: weights (K,), means (K, d), covariances (K, d, d), lower_bound. O(K d²)."""
    means, sizes, sums, squares, log_likelihood = stats
    total = sizes.sum()
    if total == 0:
        raise ValueError("all rows have weight 0")
    shifts = sums / sizes[:, None]  # (K, d), from the old means to the new ones
    outer = shifts[:, :, None] * shifts[:, None, :]  # (K, d, d)
    covariances = squares / sizes[:, None, None] - outer + reg_covar * np.eye(means.shape[1])
    return sizes / total, means + shifts, covariances, float(log_likelihood / total)


# Round 8


def online_step(state, X_batch, eta):
    """Take one step of stepwise EM. O(n K d² + K d³)."""
    shares, _ = _e_step(X_batch, *_of_sums(state, 1e-6))
    sums = _stream_sums(X_batch, shares)
    return Sums(*((1 - eta) * old + eta * one / len(X_batch) for old, one in zip(state, sums)))


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    """EM with conditional expectations. O(patterns K d³ + n K d²) an iteration.

    Rows with the same gaps share a factor, and their moments are filled in after they are summed.
    """
    if np.isinf(X).any():
        raise ValueError("infinity in the input")
    X, weights, means, covariances = (
        np.array(one, dtype=np.float64, order="C") for one in (X, weights, means, covariances)
    )
    gaps = np.isnan(X)
    order = np.lexsort(np.packbits(gaps, axis=1).T)  # rows with the same gaps together
    X, gaps = X[order], gaps[order]
    new = np.append(True, (gaps[1:] != gaps[:-1]).any(axis=1))
    starts = np.append(np.flatnonzero(new), len(X))
    log_likelihoods = np.empty(max_iter)
    for t in range(max_iter):
        log_likelihoods[t] = _missing_step(
            X, starts, float(reg_covar), _log(weights), means, covariances, weights
        )
        if np.isnan(log_likelihoods[t]):
            raise ValueError("a covariance is not positive definite")
    return weights, means, covariances, log_likelihoods


# Round 9


def stream_update(state, X_batch):
    """Stepwise EM: averages of sums, forgotten at a fixed rate. O(n K)."""
    if state is None:
        shares = _farthest_shares(X_batch, SLOTS)
        sizes, sums, squares = _stream_sums(X_batch, shares[:, shares.any(axis=0)])
    else:
        shares, logs = _e_step(X_batch, *_stream_params(state))
        new = [part / len(X_batch) for part in _stream_sums(X_batch, shares[:, :-1])]
        sizes, sums, squares = (MEMORY * old + (1 - MEMORY) * one for old, one in zip(state, new))
        strange = X_batch[logs < SURPRISE]
        if len(strange) >= CROWD:  # a new group replaces the lightest component
            least = sizes.argmin()
            one = _stream_sums(strange, np.ones((len(strange), 1)))
            sizes[least], sums[least], squares[least] = (part[0] / len(X_batch) for part in one)
    total = sizes.sum()
    return sizes / total, sums / total, squares / total


def stream_score(state, X):
    """Return log-densities by the current mixture: (n,). O(n K)."""
    return _e_step(X, *_stream_params(state))[1]


# Rows in blocks, and one pass over them


class _Rows:
    """Rows in blocks (n_blocks, d, W), in an order of our own, and what a pass has to remember of them."""

    def __init__(self, X):
        self.X = X
        self.n, self.d = X.shape
        self.order = np.arange(self.n)
        self.tiles = np.empty((-(-self.n // _LANES), _up(self.d) + (self.d % 16 == 0), _LANES))
        _fill_tiles(X, self.order, self.tiles)
        self.guesses = np.zeros((len(self.tiles), 2), np.int64)
        self.far, self.settled = np.zeros((len(self.tiles), 0)), np.zeros(0, np.bool_)
        self.passes = 0
        self.labels = self._wanted()

    def drift(self, shifts, shrinks):
        """Let lower bounds of distances hold for new parameters, by the triangle inequality."""
        if not self.far.size:
            self.far = np.zeros((len(self.tiles), len(shifts)))
        self.settled = (shrinks > _SETTLED) & (shifts < 1 - _SETTLED)
        self.far = np.maximum((self.far - shifts) * shrinks, 0.0)

    def _wanted(self):
        """A place for the labels of the next pass if it is the 2nd, 8th, 32nd, ...: there rows are sorted."""
        sorts = self.d >= _SORTED and self.passes + 1 in (_OFTEN if self.d >= _WATCHED else _SELDOM)
        return np.zeros(self.n if sorts else 0, np.int64)

    def passed(self, k):
        """Count a pass, and put rows of the same component together.

        Where all rows of a block are far from a component, it is left out there after a few features.
        """
        self.passes += 1
        if len(self.labels):
            self.order, labels = _sort_rows(self.labels, self.order, k)
            _fill_tiles(self.X, self.order, self.tiles)
            first = np.arange(len(self.tiles)) * _LANES
            last = np.minimum(first + _LANES, self.n) - 1
            self.guesses = np.column_stack([labels[first], labels[last]])
            self.far[:] = 0.0
        self.labels = self._wanted()


def _run(mode, kind, rows, model, centres=None, shares=None):
    """Pass over all rows: log_likelihood, sizes (K,), sums (K, d), squares (K, d or 1, d)."""
    k, d = len(model[0]), _up(rows.d)
    centres = np.empty((k, 0)) if centres is None else centres
    shares = np.empty((0, k)) if shares is None else shares
    given = (
        rows.tiles,
        rows.n,
        rows.guesses,
        rows.labels,
        shares,
        rows.X,
        rows.order,
        rows.far,
        rows.settled,
    )
    width = -(-rows.d // 8) * 8 if rows.d >= _ROWWISE else d
    shape = (k, width if kind == _FULL else 1, width)
    threads = get_num_threads()
    if threads == 1 or rows.tiles.size * k < _PARALLEL:
        sizes, sums, squares = np.zeros(k), np.zeros((k, width)), np.zeros(shape)
        moments = (_up_to(centres, width), sizes, sums, squares)
        log_likelihood = _pass(mode, kind, 0, len(rows.tiles), given, model, moments)
    else:
        parts = 2 * threads
        sizes, sums, squares = np.zeros((parts, k)), np.zeros((parts, k, width)), np.zeros((parts, *shape))
        moments = (_up_to(centres, width), sizes, sums, squares)
        log_likelihood = _pass_in_threads(mode, kind, parts, given, model, moments)
        sizes, sums, squares = sizes.sum(axis=0), sums.sum(axis=0), squares.sum(axis=0)
    return log_likelihood, sizes, sums[:, : rows.d], squares[:, :, : rows.d]


def _up(d):
    """The number of features, made up to 2 or a multiple of 4."""
    return 2 if d <= 2 else -(-d // 4) * 4


def _up_to(means, d):
    """Means with zeros for the features that fill up."""
    if means.shape[1] == d:
        return means
    return np.column_stack([means, np.zeros((len(means), d - means.shape[1]))])


def _share_rows(X, kind, model):
    """Responsibilities of all rows (n, K)."""
    k = len(model[0])
    shares = np.empty((len(X), k))
    _run(_SHARES, kind, _Rows(X), (*model, np.full(k, _CUT_NONE)), shares=shares)
    return shares


def _estimate(X, shares, reg_covar):
    """The M-step of given responsibilities: weights (K,), means (K, d), covariances (K, d, d)."""
    k, d = shares.shape[1], X.shape[1]
    sizes = shares.sum(axis=0) + EPS
    means = shares.T @ X / sizes[:, None]
    model = (*_axis_model(np.ones(k), means, np.ones(k), "spherical")[1], np.full(k, _CUT))
    squares = _run(_GIVEN, _FULL, _Rows(X), model, means, shares)[3]
    covariances = np.empty((k, d, d))
    _symmetric(squares, sizes, reg_covar, covariances)
    return sizes / sizes.sum(), means, covariances


def _skipped_too_much(sizes, n, cuts):
    """Compute thin components in full from now on; says whether one of them was not."""
    thin = (sizes < _THIN * n) & (cuts < _CUT_NONE)
    cuts[thin] = _CUT_NONE
    return thin.any()


def _axis_step(rows, kind, model, old, cuts, reg_covar, eps):
    """An EM iteration along axes: log_likelihood, sizes (K,), means (K, d), variances (K, d)."""
    centres = old
    while True:
        log_likelihood, sizes, sums, squares = _run(_MOMENTS, kind, rows, (*model, cuts), centres)
        if _skipped_too_much(sizes, rows.n, cuts):
            continue
        means, variances = np.empty(old.shape), np.empty(old.shape)
        lost = _finish_axes(sizes, sums, squares[:, 0], centres, reg_covar, eps, means, variances)
        if not lost or centres is not old:
            return log_likelihood, sizes, means, variances
        centres = means


def _axis_model(weights, means, covariances, covariance_type):
    """Which kernel, and what it needs of a mixture; ValueError for a variance that is not positive."""
    if not ((covariances > 0) & (covariances < np.inf)).all():
        raise ValueError("a variance is not positive")
    k, d = means.shape
    constants = _log(weights) - 0.5 * d * LOG_2PI
    if covariance_type == "spherical":
        constants = constants - 0.5 * d * np.log(covariances)
        return _PLAIN, _model(constants, 0.5 / covariances, means, np.empty((k, 1, 0, 1)))
    constants = constants - 0.5 * np.log(covariances).sum(axis=1)
    precisions = (1.0 / covariances).reshape(k, 1, d, 1)
    return _WEIGHTED, _model(constants, np.full(k, 0.5), means, precisions)


def _full_model(weights, means, covariances):
    """The same for full covariances; ValueError where one is not positive definite."""
    k, d = means.shape
    factors, constants = np.zeros((k, d, d)), np.empty(k)
    if not _inverse_factors(covariances, factors, constants):
        raise ValueError("a covariance is not positive definite")
    constants += _log(weights) - 0.5 * d * LOG_2PI
    panels = np.zeros((k, -(-d // _PANEL), d, _PANEL))
    _pack(factors, panels)
    return _FULL, _model(constants, np.full(k, 0.5), means, panels)


def _full_drift(model, old, means, covariances):
    """By how much distances from each component shrink at most: d' >= (d - shifts) shrinks, both (K,).

    d is |A (x - old)| with the old factor A, and d' the new one. A covariance A C A^T near the identity says
    that little has changed; its largest eigenvalue is at most 1 + |E E|^(1/2), E its difference from it.
    """
    k, d = old.shape
    factors = model[3].transpose(0, 1, 3, 2).reshape(k, -1, d)[:, :d]
    shifts = np.linalg.norm((factors @ (means - old)[:, :, None])[:, :, 0], axis=1)
    changes = factors @ covariances @ factors.transpose(0, 2, 1) - np.eye(d)
    largest = 1 + np.sqrt(np.linalg.norm(changes @ changes, axis=(1, 2)))
    return shifts * _SURELY, 1 / np.sqrt(largest * _SURELY)


def _axis_drift(kind, model, old, means, covariances):
    """The same along axes; the distances of spherical components are not scaled."""
    if kind == _PLAIN:
        return np.linalg.norm(means - old, axis=1) * _SURELY, np.full(len(old), 1 / _SURELY)
    precisions = model[3][:, 0, :, 0]
    shifts = np.sqrt((precisions * (means - old) ** 2).sum(axis=1))
    return shifts * _SURELY, 1 / np.sqrt((precisions * covariances).max(axis=1) * _SURELY)


def _model(constants, scales, means, panels, whiten=None, origin=None, scale=1.0):
    """What `_pass` knows of a mixture, but for the cuts."""
    whiten = np.empty((0, 0)) if whiten is None else whiten
    origin = np.empty(0) if origin is None else origin
    return constants, scales, np.ascontiguousarray(means), panels, whiten, origin, scale


def _log(weights):
    with np.errstate(divide="ignore"):
        return np.log(weights)  # -inf for weight 0


# Checks


# What nobody waits for, in numpy


def _e_step(X, weights, means, covariances):
    """Responsibilities (n, K), and log p(x) for each row (n,), of a few rows."""
    _check_data(X, means, covariances)
    n, d = X.shape
    log_joint = np.empty((n, len(means)))
    for k in range(len(means)):
        L = np.linalg.cholesky(covariances[k])  # raises if there is none
        z = np.linalg.solve(L, (X - means[k]).T)  # (d, n)
        log_joint[:, k] = -0.5 * (d * LOG_2PI + (z**2).sum(axis=0)) - np.log(np.diag(L)).sum()
    log_joint += _log(weights)
    largest = log_joint.max(axis=1)  # (n,)
    shares = np.exp(log_joint - largest[:, None])
    totals = shares.sum(axis=1)
    return shares / totals[:, None], largest + np.log(totals)


def _pooled(weights, covariances, covariance_type):
    """Full covariances, each with its ridge, as the ones of another type."""
    if covariance_type == "full":
        return covariances
    if covariance_type == "tied":
        return np.einsum("k,kij->ij", weights, covariances)
    variances = np.diagonal(covariances, axis1=1, axis2=2)  # (K, d)
    return variances.copy() if covariance_type == "diag" else variances.mean(axis=1)


def _first_shares(X, k, rng):
    """Return rows hard-assigned to k picks, picked as in k-means++: (n, k)."""
    picks = [rng.integers(len(X))]
    squares = ((X - X[picks[0]]) ** 2).sum(axis=1)[:, None]  # (n, picks)
    for _ in range(k - 1):
        closest = squares.min(axis=1)
        total = closest.sum()
        picks.append(rng.choice(len(X), p=closest / total if total > 0 else None))
        squares = np.column_stack([squares, ((X - X[picks[-1]]) ** 2).sum(axis=1)])
    return np.eye(k)[squares.argmin(axis=1)]


def _farthest_shares(X, k):
    """Return rows hard-assigned to k picks, each the farthest from those before: (n, k)."""
    squares = ((X - X[0]) ** 2).sum(axis=1)[:, None]
    for _ in range(k - 1):
        pick = squares.min(axis=1).argmax()
        squares = np.column_stack([squares, ((X - X[pick]) ** 2).sum(axis=1)])
    return np.eye(k)[squares.argmin(axis=1)]


def _stream_sums(X, shares):
    """Return sums of responsibilities (K,), of rows (K, d) and of outer products (K, d, d)."""
    outer = X[:, :, None] * X[:, None, :]  # (n, d, d)
    return shares.sum(axis=0), shares.T @ X, np.tensordot(shares, outer, axes=(0, 0))


def _of_sums(state, ridge):
    """Return the mixture with these averages: weights (K,), means (K, d), covariances (K, d, d)."""
    sizes, sums, squares = state
    means = sums / sizes[:, None]  # (K, d)
    outer = means[:, :, None] * means[:, None, :]
    covariances = squares / sizes[:, None, None] - outer + ridge * np.eye(means.shape[1])
    return sizes / sizes.sum(), means, covariances


def _stream_params(state):
    """Return the mixture with these sums, and a wide component for unexpected rows."""
    weights, means, covariances = _of_sums(state, 0.25)
    wide = 100 * np.eye(2)[None]
    return (
        np.append(0.98 * weights, 0.02),
        np.vstack([means, np.zeros((1, 2))]),
        np.concatenate([covariances, wide]),
    )


# Register tiles, written as LLVM vectors


def _log_density(builder, square, constant, half):
    scaled = builder.fmul(spread(builder, half, _LANES), square)
    return builder.fsub(spread(builder, constant, _LANES), scaled)


def _out_of_reach(builder, square, reach, half, level, best):
    """Whether all rows of a tile are behind: reach - half * square < the least of level and their best."""
    level, best = spread(builder, level, _LANES), load(builder, best, INT64(0), _LANES)
    bar = builder.select(builder.fcmp_ordered("<", best, level), best, level)
    return builder.not_(
        any_lane(builder, builder.fcmp_ordered(">=", _log_density(builder, square, reach, half), bar))
    )


def _keep(builder, square, constant, half, best, out):
    """Turn squares into logs, and keep the best."""
    logs = _log_density(builder, square, constant, half)
    old = load(builder, best, INT64(0), _LANES)
    store(builder, builder.select(builder.fcmp_ordered(">", logs, old), logs, old), best)
    store(builder, logs, out)


def _keep_distance(builder, square, far, k, watched):
    """far[k] = the least distance of a tile, if distances are watched."""
    with builder.if_then(builder.icmp_signed("<", k, watched)):
        least = call(builder, "llvm.vector.reduce.fmin", square, DOUBLE)
        builder.store(call(builder, "llvm.sqrt", least), builder.gep(far, [k]))


@intrinsic
def _full_logs(typing, x, mean, panels, constant, half, reach, level, best, out, far, k):  # noqa: ARG001 - numba's signature
    """out[r] = constant - half |factor (x[:, r] - mean)|² for the _LANES rows of a tile, x (d, _LANES).

    The factor is triangular and lies in panels of 4 of its rows: panel p needs 4 p + 4 features. The 4
    sums of all rows stay in registers. Stops after a panel when every row is out of reach of its best: a
    square only grows. Updates best; says whether any row is within reach.
    """
    signature = types.boolean(x, mean, panels, constant, half, reach, level, best, out, far, k)

    def generate(context, builder, signature, arguments):
        x, mean, panels, best, out, far = (
            data_of(context, builder, signature, arguments, a) for a in (0, 1, 2, 7, 8, 9)
        )
        n_panels, d = (length_of(context, builder, signature, arguments, 2, axis) for axis in (0, 1))
        constant, half, reach, level, k = (arguments[a] for a in (3, 4, 5, 6, 10))
        watched = length_of(context, builder, signature, arguments, 9, 0)
        zero = filled(0.0, _LANES)
        square = cgutils.alloca_once_value(builder, zero)
        near = cgutils.alloca_once_value(builder, cgutils.true_bit)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(_PANEL)]
        with cgutils.for_range(builder, n_panels) as panel:
            for one in sums:
                builder.store(zero, one)
            row = builder.mul(panel.index, d)
            end = builder.mul(builder.add(panel.index, INT64(1)), INT64(_PANEL))
            end = builder.select(builder.icmp_signed("<", end, d), end, d)
            with cgutils.for_range(builder, end) as feature:
                i = feature.index
                rows = load(builder, x, builder.mul(i, INT64(_LANES)), _LANES)
                offset = builder.fsub(rows, load_spread(builder, mean, i, _LANES))
                place = builder.mul(builder.add(row, i), INT64(_PANEL))
                for c, one in enumerate(sums):
                    factor = load_spread(builder, panels, builder.add(place, INT64(c)), _LANES)
                    builder.store(multiply_add(builder, offset, factor, builder.load(one)), one)
            total = builder.load(square)
            for one in sums:
                value = builder.load(one)
                total = multiply_add(builder, value, value, total)
            builder.store(total, square)
            with builder.if_then(_out_of_reach(builder, total, reach, half, level, best)):
                builder.store(cgutils.false_bit, near)
                panel.do_break()
        _keep(builder, builder.load(square), constant, half, best, out)
        _keep_distance(builder, builder.load(square), far, k, watched)
        return builder.load(near)

    return signature, generate


def _axis_logs(weighted):
    """Make the same for distances along axes, with or without a weight for each feature."""

    @intrinsic
    def kernel(typing, x, mean, precision, constant, half, reach, level, best, out, far, k):  # noqa: ARG001
        """out[r] = constant - half * sum over i of (x[i, r] - mean[i])² precision[i].

        Says whether it is within reach, which is looked at after each 8 features; else as `_full_logs`.
        """
        signature = types.boolean(x, mean, precision, constant, half, reach, level, best, out, far, k)

        def generate(context, builder, signature, arguments):
            x, mean, precision, best, out, far = (
                data_of(context, builder, signature, arguments, a) for a in (0, 1, 2, 7, 8, 9)
            )
            d = length_of(context, builder, signature, arguments, 1, 0)
            constant, half, reach, level, k = (arguments[a] for a in (3, 4, 5, 6, 10))
            watched = length_of(context, builder, signature, arguments, 9, 0)
            square = cgutils.alloca_once_value(builder, filled(0.0, _LANES))
            near = cgutils.alloca_once_value(builder, cgutils.true_bit)
            with cgutils.for_range(builder, d) as loop:
                i = loop.index
                rows = load(builder, x, builder.mul(i, INT64(_LANES)), _LANES)
                offset = builder.fsub(rows, load_spread(builder, mean, i, _LANES))
                scaled = offset
                if weighted:
                    scaled = builder.fmul(offset, load_spread(builder, precision, i, _LANES))
                total = multiply_add(builder, offset, scaled, builder.load(square))
                builder.store(total, square)
                eighth = builder.icmp_unsigned("==", builder.and_(i, INT64(7)), INT64(7))
                with builder.if_then(eighth):
                    behind = _out_of_reach(builder, total, reach, half, level, best)
                    with builder.if_then(behind):
                        builder.store(cgutils.false_bit, near)
                        loop.do_break()
            _keep(builder, builder.load(square), constant, half, best, out)
            _keep_distance(builder, builder.load(square), far, k, watched)
            return builder.load(near)

        return signature, generate

    return kernel


_plain_logs, _weighted_logs = _axis_logs(weighted=False), _axis_logs(weighted=True)


def _exp(builder, x):
    """exp of a vector of numbers from -708 to 0, in 17 instructions without a branch or a table.

    x = n log 2 + r by adding 1.5 * 2**52, which rounds to whole numbers and leaves n in the low bits;
    exp(r) by a near-minimax polynomial (interpolated at Chebyshev nodes), 2e-17 off; times 2**n by adding
    n to the exponent. One product is enough for r: what log 2 is off in float64 is a third of x's own
    rounding. Cody and Waite, "Software manual for the elementary functions" (1980). numba calls math.exp
    for one number at a time.
    """
    lanes = x.type.count

    def add(a, b, c):
        return multiply_add(builder, a, b, c)

    def known(value):
        return filled(value, lanes)

    shifted = add(x, known(1.4426950408889634), known(6755399441055744.0))
    n = builder.fsub(shifted, known(6755399441055744.0))
    r = add(n, known(-0.6931471805599453), x)
    r2 = builder.fmul(r, r)
    pairs = [add(r, known(b), known(a)) for a, b in zip(_EXP[::2], _EXP[1::2])]
    low, middle, high = (add(r2, b, a) for a, b in zip(pairs[::2], pairs[1::2]))
    r4 = builder.fmul(r2, r2)
    value = add(r4, add(r4, high, middle), low)
    whole = vector(lanes, INT64)
    power = builder.shl(builder.bitcast(shifted, whole), ir.Constant(whole, [52] * lanes))
    return builder.bitcast(builder.add(builder.bitcast(value, whole), power), x.type)


_EXP = (
    1.0, 1.0, 0.5000000000000019, 0.1666666666666668, 0.04166666666648809, 0.008333333333319601,
    0.0013888888952314812, 0.00019841269890047143, 2.480148548228773e-05, 2.7557240918547625e-06,
    2.763263965412376e-07, 2.511003761756205e-08,
)  # fmt: skip


@intrinsic
def _share(typing, logs, best, scale, cut, totals):  # noqa: ARG001
    """logs = exp((logs - best) scale), 0 below -cut; adds them to totals; gives how many are not cut."""
    signature = types.int64(logs, best, scale, cut, totals)

    def generate(context, builder, signature, arguments):
        logs, best, totals = (data_of(context, builder, signature, arguments, a) for a in (0, 1, 4))
        behind = builder.fsub(load(builder, logs, INT64(0), _LANES), load(builder, best, INT64(0), _LANES))
        behind = builder.fmul(behind, spread(builder, arguments[2], _LANES))
        least = spread(builder, builder.fneg(arguments[3]), _LANES)
        near = builder.fcmp_ordered(">=", behind, least)
        share = builder.select(near, _exp(builder, behind), filled(0.0, _LANES))
        store(builder, share, logs)
        store(builder, builder.fadd(load(builder, totals, INT64(0), _LANES), share), totals)
        return builder.zext(builder.ctpop(mask(builder, near)), ir.IntType(64))

    return signature, generate


@intrinsic
def _multiply(typing, values, factors):  # noqa: ARG001
    """values *= factors, for the _LANES rows of a tile."""
    signature = types.void(values, factors)

    def generate(context, builder, signature, arguments):
        values, factors = (data_of(context, builder, signature, arguments, a) for a in range(2))
        product = builder.fmul(
            load(builder, values, INT64(0), _LANES), load(builder, factors, INT64(0), _LANES)
        )
        store(builder, product, values)
        return context.get_dummy_value()

    return signature, generate


def _tile_products_of(side):
    """Make the kernel for blocks of side x side features."""

    @intrinsic
    def kernel(typing, tiles, chosen, count, shares, k, centre, i, j, sums, squares):  # noqa: ARG001
        """Add to squares[i:i+s, j:j+s] the products of features i.. and j.. of chosen tiles, shared by k.

        s is side, shares (tiles, K, _LANES); sums[i:i+s] is added to where i == j. The s² sums of products
        stay in registers, with a lane for each of 8 rows, until all tiles are done.
        """
        signature = types.void(tiles, chosen, count, shares, k, centre, i, j, sums, squares)

        def generate(context, builder, signature, arguments):
            tiles, chosen, shares, centre, sums, squares = (
                data_of(context, builder, signature, arguments, a) for a in (0, 1, 3, 5, 8, 9)
            )
            count, k, i, j = (arguments[a] for a in (2, 4, 6, 7))
            d, width = (length_of(context, builder, signature, arguments, a, 1) for a in (0, 9))
            shares = builder.gep(shares, [builder.mul(k, INT64(_LANES))])
            step = builder.mul(length_of(context, builder, signature, arguments, 3, 1), INT64(_LANES))
            kind = vector(8)
            zero = ir.Constant(kind, [0.0] * 8)
            products = [[cgutils.alloca_once_value(builder, zero) for _ in range(side)] for _ in range(side)]
            firsts = [cgutils.alloca_once_value(builder, zero) for _ in range(side)]
            ours = [builder.add(i, INT64(a)) for a in range(side)]
            theirs = [builder.add(j, INT64(a)) for a in range(side)]
            our_centres = [load_spread(builder, centre, one, 8) for one in ours]
            their_centres = [load_spread(builder, centre, one, 8) for one in theirs]
            with cgutils.for_range(builder, count) as loop:
                tile = builder.load(builder.gep(chosen, [loop.index]))
                start = builder.mul(tile, d)
                for half in range(0, _LANES, 8):
                    share = load(builder, shares, builder.add(builder.mul(tile, step), INT64(half)), 8)

                    def offset(feature, at, start=start, half=half):
                        place = builder.mul(builder.add(start, feature), INT64(_LANES))
                        return builder.fsub(load(builder, tiles, builder.add(place, INT64(half)), 8), at)

                    left = [builder.fmul(share, offset(f, at)) for f, at in zip(ours, our_centres)]
                    right = [offset(f, at) for f, at in zip(theirs, their_centres)]
                    for a in range(side):
                        builder.store(builder.fadd(builder.load(firsts[a]), left[a]), firsts[a])
                        for b in range(side):
                            place = products[a][b]
                            total = multiply_add(builder, left[a], right[b], builder.load(place))
                            builder.store(total, place)

            for a in range(side):
                for b in range(side):
                    place = builder.add(builder.mul(ours[a], width), theirs[b])
                    add_total(builder, builder.load(products[a][b]), squares, place)
            with builder.if_then(builder.icmp_signed("==", i, j)):
                for a in range(side):
                    add_total(builder, builder.load(firsts[a]), sums, ours[a])
            return context.get_dummy_value()

        return signature, generate

    return kernel


_tile_products, _tile_products_2 = _tile_products_of(_SIDE), _tile_products_of(2)


@intrinsic
def _pack_rows(typing, X, places, roots, count, centre, packed, sums):  # noqa: ARG001
    """packed[c] = roots[c] (X[places[c]] - centre), 0 where features end; adds roots[c] packed[c] to sums.

    count is even: two sums, so that a row does not wait for the one before. The square root of a share goes
    with its row, so that the products wanted are those of packed with itself.
    """
    signature = types.void(X, places, roots, count, centre, packed, sums)

    def generate(context, builder, signature, arguments):
        X, places, roots, centre, packed, sums = (
            data_of(context, builder, signature, arguments, a) for a in (0, 1, 2, 4, 5, 6)
        )
        d = length_of(context, builder, signature, arguments, 0, 1)
        width = length_of(context, builder, signature, arguments, 5, 1)
        with cgutils.for_range(builder, builder.udiv(width, INT64(8))) as vector:
            i = builder.mul(vector.index, INT64(8))
            middle = load(builder, centre, i, 8)
            totals = [cgutils.alloca_once_value(builder, filled(0.0, 8)) for _ in range(2)]
            for total in totals:
                builder.store(filled(0.0, 8), total)
            with cgutils.for_range(builder, builder.udiv(arguments[3], INT64(2))) as pair:
                for c, total in enumerate(totals):
                    row = builder.add(builder.mul(pair.index, INT64(2)), INT64(c))
                    x = builder.gep(X, [builder.mul(builder.load(builder.gep(places, [row])), d)])
                    root = load_spread(builder, roots, row, 8)
                    part = builder.fmul(root, builder.fsub(load_some(builder, x, i, d), middle))
                    store(builder, part, builder.gep(packed, [builder.add(builder.mul(row, width), i)]))
                    builder.store(multiply_add(builder, root, part, builder.load(total)), total)
            both = builder.fadd(*(builder.load(total) for total in totals))
            store(builder, builder.fadd(both, load(builder, sums, i, 8)), builder.gep(sums, [i]))
        return context.get_dummy_value()

    return signature, generate


def _row_products_of(vectors):
    """Make the kernel for blocks of _TALL features times so many vectors of 8."""

    @intrinsic
    def kernel(typing, packed, count, i, j, squares):  # noqa: ARG001
        """squares[i:i+_TALL, j:j+8*vectors] += the sum over rows of packed[r, i..] packed[r, j..].

        A lane for each feature from j on. Nothing is summed across lanes.
        """
        signature = types.void(packed, count, i, j, squares)

        def generate(context, builder, signature, arguments):
            packed, squares = (data_of(context, builder, signature, arguments, a) for a in (0, 4))
            width = length_of(context, builder, signature, arguments, 0, 1)
            count, i, j = arguments[1:4]
            places = [
                [
                    builder.add(builder.mul(builder.add(i, INT64(a)), width), builder.add(j, INT64(8 * v)))
                    for v in range(vectors)
                ]
                for a in range(_TALL)
            ]
            products = [
                [cgutils.alloca_once_value(builder, load(builder, squares, place, 8)) for place in line]
                for line in places
            ]
            with cgutils.for_range(builder, count) as loop:
                row = builder.gep(packed, [builder.mul(loop.index, width)])
                right = [load(builder, row, builder.add(j, INT64(8 * v)), 8) for v in range(vectors)]
                for a, line in enumerate(products):
                    left = load_spread(builder, row, builder.add(i, INT64(a)), 8)
                    for one, product in zip(right, line):
                        builder.store(multiply_add(builder, left, one, builder.load(product)), product)
            for line, here in zip(products, places):
                for product, place in zip(line, here):
                    store(builder, builder.load(product), builder.gep(squares, [place]))
            return context.get_dummy_value()

        return signature, generate

    return kernel


_row_products, _row_products_2 = _row_products_of(1), _row_products_of(2)


def _axis_products_of(width):
    """Make the kernel for so many features."""

    @intrinsic
    def kernel(typing, tiles, chosen, count, shares, k, centre, i, sums, squares):  # noqa: ARG001
        """Add to sums[i:i+width] and squares[i:i+width] the offsets of chosen tiles, and their squares."""
        signature = types.void(tiles, chosen, count, shares, k, centre, i, sums, squares)

        def generate(context, builder, signature, arguments):
            tiles, chosen, shares, centre, sums, squares = (
                data_of(context, builder, signature, arguments, a) for a in (0, 1, 3, 5, 7, 8)
            )
            count, k, i = (arguments[a] for a in (2, 4, 6))
            d = length_of(context, builder, signature, arguments, 0, 1)
            shares = builder.gep(shares, [builder.mul(k, INT64(_LANES))])
            step = builder.mul(length_of(context, builder, signature, arguments, 3, 1), INT64(_LANES))
            zero = ir.Constant(vector(8), [0.0] * 8)
            firsts, seconds = (
                [cgutils.alloca_once_value(builder, zero) for _ in range(width)] for _ in range(2)
            )
            features = [builder.add(i, INT64(a)) for a in range(width)]
            centres = [load_spread(builder, centre, feature, 8) for feature in features]
            with cgutils.for_range(builder, count) as loop:
                tile = builder.load(builder.gep(chosen, [loop.index]))
                start = builder.mul(tile, d)
                for half in range(0, _LANES, 8):
                    share = load(builder, shares, builder.add(builder.mul(tile, step), INT64(half)), 8)
                    for feature, at, first, second in zip(features, centres, firsts, seconds):
                        place = builder.mul(builder.add(start, feature), INT64(_LANES))
                        place = builder.add(place, INT64(half))
                        offset = builder.fsub(load(builder, tiles, place, 8), at)
                        part = builder.fmul(share, offset)
                        builder.store(builder.fadd(builder.load(first), part), first)
                        builder.store(multiply_add(builder, part, offset, builder.load(second)), second)
            for feature, first, second in zip(features, firsts, seconds):
                add_total(builder, builder.load(first), sums, feature)
                add_total(builder, builder.load(second), squares, feature)
            return context.get_dummy_value()

        return signature, generate

    return kernel


_axis_products, _axis_products_2 = _axis_products_of(4), _axis_products_of(2)


@intrinsic
def _add_shares(typing, chosen, count, shares, k, sizes):  # noqa: ARG001
    """Add to sizes[k] its shares in chosen tiles."""
    signature = types.void(chosen, count, shares, k, sizes)

    def generate(context, builder, signature, arguments):
        chosen, shares, sizes = (data_of(context, builder, signature, arguments, a) for a in (0, 2, 4))
        count, k = arguments[1], arguments[3]
        shares = builder.gep(shares, [builder.mul(k, INT64(_LANES))])
        step = builder.mul(length_of(context, builder, signature, arguments, 2, 1), INT64(_LANES))
        total = cgutils.alloca_once_value(builder, filled(0.0, _LANES))
        with cgutils.for_range(builder, count) as loop:
            tile = builder.load(builder.gep(chosen, [loop.index]))
            share = load(builder, shares, builder.mul(tile, step), _LANES)
            builder.store(builder.fadd(builder.load(total), share), total)
        add_total(builder, builder.load(total), sizes, k)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _fill_rows(typing, X, places, part, tile):  # noqa: ARG001
    """tile[:, part:part+8] = X[places].T, 0 where features end: in blocks of 8 x 8, by shuffles."""
    signature = types.void(X, places, part, tile)

    def generate(context, builder, signature, arguments):
        X, places, tile = (data_of(context, builder, signature, arguments, a) for a in (0, 1, 3))
        d = length_of(context, builder, signature, arguments, 0, 1)
        height = length_of(context, builder, signature, arguments, 3, 0)
        rows = [
            builder.gep(X, [builder.mul(builder.load(builder.gep(places, [INT64(r)])), d)]) for r in range(8)
        ]
        with cgutils.for_range(builder, builder.udiv(builder.add(height, INT64(7)), INT64(8))) as block:
            first = builder.mul(block.index, INT64(8))
            for f, vector in enumerate(_transpose(builder, [load_some(builder, x, first, d) for x in rows])):
                feature = builder.add(first, INT64(f))
                with builder.if_then(builder.icmp_signed("<", feature, height)):
                    place = builder.add(builder.mul(feature, INT64(_LANES)), arguments[2])
                    store(builder, vector, builder.gep(tile, [place]))
        return context.get_dummy_value()

    return signature, generate


def _transpose(builder, rows):
    """8 vectors of 8, rows and columns exchanged: blocks of 1, 2 and 4 change places across the diagonal."""
    for step in (1, 2, 4):
        low = [lane if not lane & step else lane - step + 8 for lane in range(8)]
        masks = [
            ir.Constant(ir.VectorType(ir.IntType(32), 8), [lane + shift for lane in low])
            for shift in (0, step)
        ]
        for a in range(8):
            if not a & step:
                pair = rows[a], rows[a + step]
                rows[a], rows[a + step] = (builder.shuffle_vector(*pair, mask) for mask in masks)
    return rows


# One pass over the rows


@njit(fastmath=SUMS, **NUMPY)
def _share_tile(logs, m, scale, cuts, alive, best, totals):  # INOUT, IN x 3, INOUT, IN, OUT
    """Turn log joint densities (K, _LANES) of m rows into shares.

    Gives the sum of log p as a number and a product whose logarithm is to be added.
    """
    for r in range(_LANES):
        totals[r] = 0.0
    for k in range(len(alive)):
        if alive[k]:
            alive[k] = _share(logs[k], best, scale, cuts[k], totals)
    for r in range(m, _LANES):
        best[r], totals[r] = 0.0, 1.0
    product, log_likelihood = 1.0, 0.0
    for r in range(_LANES):
        product *= totals[r]
        log_likelihood += best[r]
        totals[r] = 1.0 / totals[r]
    for r in range(m, _LANES):
        totals[r] = 0.0  # rows that fill up the last tile count nothing
    for k in range(len(alive)):
        if alive[k]:
            _multiply(logs[k], totals)
    return log_likelihood, product


@njit(fastmath=SUMS, **NUMPY)
def _score_tile(kind, x, guesses, model, logs, best, alive, watch):  # IN x 4, OUT x 3, INOUT
    """Log joint densities (K, _LANES) of a tile; what is not alive is beyond its cut in all rows.

    The components of the first and the last row in the pass before go first: a good `best` cuts more. Then
    those are left out whose distance is known to be too far for every row: 3 of 4 at d = 64, K = 32, when
    means hardly move. Elkan, "Using the triangle inequality to accelerate k-means" (2003), has the idea.
    """
    constants, halves, means, panels, _, _, scale, cuts = model
    for r in range(_LANES):
        best[r] = -np.inf
    a, b = guesses
    lowest, level = -np.inf, np.inf
    far, settled = watch
    for step in range(-2, len(constants)):
        k = a if step == -2 else b if step == -1 else step
        if (step == -1 and a == b) or step == a or step == b:  # noqa: PLR1714, SIM109 - numba, as below
            continue
        constant, half = constants[k], halves[k]
        reach = constant + cuts[k] / scale
        if len(far):
            if step >= 0 and lowest == -np.inf:
                lowest = best.min()
            if reach - half * far[k] * far[k] < lowest:
                alive[k] = 0
                continue
            level = lowest - _SLACK if settled[k] and step >= 0 else np.inf
        if kind == _FULL:
            alive[k] = _full_logs(x, means[k], panels[k], constant, half, reach, level, best, logs[k], far, k)
        elif kind == _WEIGHTED:
            alive[k] = _weighted_logs(
                x, means[k], panels[k], constant, half, reach, level, best, logs[k], far, k
            )
        else:
            alive[k] = _plain_logs(
                x, means[k], panels[k], constant, half, reach, level, best, logs[k], far, k
            )


@njit(fastmath=SUMS, **NUMPY)
def _whiten(x, factor, origin, out):  # IN, IN, IN, OUT: factor (x - origin)
    for j in range(len(factor)):
        for r in range(_LANES):
            out[j, r] = 0.0
        for i in range(j + 1):
            for r in range(_LANES):
                out[j, r] += factor[j, i] * (x[i, r] - origin[i])


@njit(fastmath=SUMS, **NUMPY)
def _likeliest(logs, alive, r):
    label, largest = 0, -1.0
    for k in range(len(alive)):
        if alive[k] and logs[k, r] > largest:
            label, largest = k, logs[k, r]
    return label


@njit(fastmath=SUMS, **NUMPY)
def _read_tile(shares, row, m, logs, alive):  # IN, IN, IN, OUT, OUT: given responsibilities
    for k in range(len(alive)):
        alive[k] = _LANES
        for r in range(_LANES):
            logs[k, r] = shares[row + r, k] if r < m else 0.0


@njit(fastmath=SUMS, **NUMPY)
def _write_tile(logs, alive, row, m, out):  # IN, IN, IN, IN, OUT
    for r in range(m):
        for k in range(len(alive)):
            out[row + r, k] = logs[k, r] if alive[k] else 0.0


@njit(fastmath=SUMS, **NUMPY)
def _add_moments(kind, start, rows, tiles, logs, alive, buffers, moments):  # IN x 6, OUT, INOUT
    """Add a group of tiles to the moments: for each component those tiles in which it has a share."""
    chosen, row_buffers = buffers
    centres, sizes, sums, squares = moments
    d = tiles.shape[1] // 2 * 2
    for k in range(len(sizes)):
        count, shared = 0, 0
        for t in range(len(tiles)):
            chosen[count] = t
            count += alive[t, k] > 0
            shared += alive[t, k]
        if count == 0:
            continue
        _add_shares(chosen, count, logs, k, sizes)
        if kind != _FULL:
            for i in range(0, d - 3, 4):
                _axis_products(tiles, chosen, count, logs, k, centres[k], i, sums[k], squares[k, 0])
            if d % 4:
                _axis_products_2(tiles, chosen, count, logs, k, centres[k], d - 2, sums[k], squares[k, 0])
        elif d >= _ROWWISE and (d >= _ALWAYS or shared < _DENSE * _LANES * count):
            _add_rows(start, rows, logs, chosen[:count], k, centres[k], row_buffers, sums[k], squares[k])
        elif d <= 2:
            _tile_products_2(tiles, chosen, count, logs, k, centres[k], 0, 0, sums[k], squares[k])
        else:
            for i in range(0, d, _SIDE):
                for j in range(0, i + 1, _SIDE):
                    _tile_products(tiles, chosen, count, logs, k, centres[k], i, j, sums[k], squares[k])


@njit(fastmath=SUMS, **NUMPY)
def _add_rows(start, rows, logs, chosen, k, centre, buffers, sums, squares):  # IN x 6, OUT, INOUT, INOUT
    """The same row by row, only those that component k has a share in: a lane for each feature."""
    X, order = rows
    places, roots, packed = buffers
    count = 0
    for t in chosen:
        for r in range(_LANES):  # without a branch, which would be guessed wrong
            roots[count], places[count] = logs[t, k, r], start + t * _LANES + r
            count += logs[t, k, r] > 0
    if count % 2:
        roots[count], places[count] = 0.0, start
        count += 1
    for c in range(count):
        roots[c], places[c] = np.sqrt(roots[c]), order[places[c]]
    for first in range(0, count, len(packed)):
        here = min(count - first, len(packed))
        _pack_rows(X, places[first:], roots[first:], here, centre, packed, sums)
        _add_products(packed, here, squares)


@njit(fastmath=SUMS, **NUMPY)
def _add_products(packed, count, squares):  # IN, IN, INOUT: its lower triangle
    width = squares.shape[1]
    for i in range(0, width, _TALL):
        j = 0
        while j < i + _TALL:
            if j + 8 < min(i + _TALL, width) and AVX512:
                _row_products_2(packed, count, i, j, squares)
            else:
                _row_products(packed, count, i, j, squares)
            j += 16 if AVX512 else 8


@njit(fastmath=SUMS, **NUMPY)
def _buffers(group, width):
    """Places for `_add_moments`: tiles, then rows, roots of their shares, and the rows themselves."""
    places, roots = np.empty(group * _LANES + 2, np.int64), np.empty(group * _LANES + 2)
    packed = np.empty((max(8, min(_PACKED // width // 2 * 2, group * _LANES)), width))
    return np.empty(group + 1, np.int64), (places, roots, packed)


@njit(fastmath=SUMS, **NUMPY)
def _pass(mode, kind, first, last, rows, model, moments):
    """Tiles first to last - 1: adds to the moments, or writes what `mode` asks for; gives log p."""
    tiles, n, guesses, labels, out, X, order, far, settled = rows
    _, _, _, _, factor, origin, scale, cuts = model
    k, d = len(cuts), tiles.shape[1]
    group = max(8, min(128, _GROUP // (_LANES * (d + k))))
    group = max(1, min(group, last - first))  # few rows need little memory
    logs, alive = np.zeros((group, k | 1, _LANES)), np.zeros((group, k), np.int64)
    best, totals, white = np.empty(_LANES), np.empty(_LANES), np.zeros((d, _LANES))
    buffers = _buffers(group, moments[3].shape[2])
    log_likelihood, product = 0.0, 1.0
    for start in range(first, last, group):
        here = min(group, last - start)
        for t in range(here):
            x, row = tiles[start + t], (start + t) * _LANES
            m = min(_LANES, n - row)
            if mode == _GIVEN:
                _read_tile(out, row, m, logs[t], alive[t])
                continue
            if len(factor):
                _whiten(x, factor, origin, white)
                x = white
            _score_tile(
                kind, x, guesses[start + t], model, logs[t], best, alive[t], (far[start + t], settled)
            )
            if mode != _LOGS:
                sure, more = _share_tile(logs[t], m, scale, cuts, alive[t], best, totals)
                log_likelihood += sure
                product *= more  # each row's factor is 1 to K, so one logarithm does for many rows
                if product > 1e150:
                    log_likelihood += np.log(product)
                    product = 1.0
            if mode == _MOMENTS:
                guesses[start + t, 0] = _likeliest(logs[t], alive[t], 0)
                guesses[start + t, 1] = _likeliest(logs[t], alive[t], m - 1)
                for r in range(min(m, len(labels))):
                    labels[row + r] = _likeliest(logs[t], alive[t], r)
            elif mode != _BOUND:
                _write_tile(logs[t], alive[t], row, m, out)
        if mode == _MOMENTS or mode == _GIVEN:  # noqa: PLR1714, SIM109 - numba compiles this one faster
            here_tiles = tiles[start : start + here]
            _add_moments(kind, start * _LANES, (X, order), here_tiles, logs, alive, buffers, moments)
    return log_likelihood + np.log(product)


@njit(parallel=True, **NUMPY)
def _pass_in_threads(mode, kind, parts, rows, model, moments):
    """The same in threads: each part of the tiles has moments of its own."""
    log_likelihoods, n = np.zeros(parts), len(rows[0])
    centres, sizes, sums, squares = moments
    for p in prange(parts):
        part = (centres, sizes[p], sums[p], squares[p])
        first, last = p * n // parts, (p + 1) * n // parts
        log_likelihoods[p] = _pass(mode, kind, first, last, rows, model, part)
    return log_likelihoods.sum()


# Rows, factors and moments


@njit(fastmath=SUMS, **NUMPY)
def _fill_tiles(X, order, tiles):  # IN, IN, OUT: the last row again where rows have run out
    places = np.empty(8, np.int64)
    for t in range(len(tiles)):
        for part in range(0, _LANES, 8):
            for r in range(8):
                places[r] = order[min(t * _LANES + part + r, len(X) - 1)]
            _fill_rows(X, places, part, tiles[t])


@njit(fastmath=SUMS, **NUMPY)
def _sort_rows(labels, order, k):
    """A stable counting sort: the new order, and the labels in it."""
    places = np.zeros(k + 1, np.int64)
    for i in range(len(labels)):
        places[labels[i] + 1] += 1
    for j in range(k):
        places[j + 1] += places[j]
    new_order, new_labels = np.empty_like(order), np.empty_like(labels)
    for i in range(len(labels)):
        place = places[labels[i]]
        places[labels[i]] += 1
        new_order[place], new_labels[place] = order[i], labels[i]
    return new_order, new_labels


@njit(fastmath=SUMS, **NUMPY)
def _inverse_factors(covariances, inverses, log_dets):  # IN, OUT: zeros above the diagonal, OUT
    """Inverses of Cholesky factors, and the logs of their determinants; False where there is none."""
    d = covariances.shape[1]
    L = np.zeros((d, d))
    for k in range(covariances.shape[0]):
        M = inverses[k]
        log_dets[k] = 0.0
        for i in range(d):
            for j in range(i):
                rest = covariances[k, i, j]
                for a in range(j):
                    rest -= L[i, a] * L[j, a]
                L[i, j] = rest / L[j, j]
            rest = covariances[k, i, i]
            for a in range(i):
                rest -= L[i, a] * L[i, a]
            if not 0 < rest < np.inf:
                return False
            L[i, i] = np.sqrt(rest)
            log_dets[k] -= np.log(L[i, i])
        for i in range(d):  # row i of the inverse from the rows above it
            for a in range(i):
                for j in range(a + 1):
                    M[i, j] -= L[i, a] * M[a, j]
            M[i, i] = 1.0
            for j in range(i + 1):
                M[i, j] /= L[i, i]
    return True


@njit(fastmath=SUMS, **NUMPY)
def _pack(factors, panels):  # IN, OUT: panels[k, j // 4, i, j % 4] = factors[k, j, i]
    for k in range(factors.shape[0]):
        for j in range(factors.shape[1]):
            for i in range(j + 1):
                panels[k, j // _PANEL, i, j % _PANEL] = factors[k, j, i]


@njit(fastmath=SUMS, **NUMPY)
def _finish_full(sizes, sums, squares, centres, reg_covar, eps, means, covariances):  # IN x 6, OUT, OUT
    """New means and covariances from moments about the centres; says whether digits were lost."""
    k, d = means.shape
    shift = np.empty(d)
    lost = False
    for c in range(k):
        if sizes[c] == 0:
            for i in range(d):
                means[c, i] = 0.0
                for j in range(d):
                    covariances[c, i, j] = reg_covar if i == j else 0.0
            continue
        size = sizes[c] + eps
        for i in range(d):
            shift[i] = (sums[c, i] - eps * centres[c, i]) / size
            means[c, i] = centres[c, i] + shift[i]
        for i in range(d):
            for j in range(i + 1):
                moved = sums[c, i] * shift[j] + shift[i] * sums[c, j] - sizes[c] * shift[i] * shift[j]
                value = (squares[c, i, j] - moved) / size
                covariances[c, i, j] = value
                covariances[c, j, i] = value
            covariances[c, i, i] += reg_covar
            lost |= squares[c, i, i] > 1e5 * size * covariances[c, i, i]
    return lost


@njit(fastmath=SUMS, **NUMPY)
def _finish_axes(sizes, sums, squares, centres, reg_covar, eps, means, variances):  # IN x 6, OUT, OUT
    """As `_finish_full`, variances only."""
    lost = False
    for c in range(means.shape[0]):
        if sizes[c] == 0:
            means[c] = 0.0
            variances[c] = reg_covar
            continue
        size = sizes[c] + eps
        for i in range(means.shape[1]):
            shift = (sums[c, i] - eps * centres[c, i]) / size
            means[c, i] = centres[c, i] + shift
            moved = 2.0 * sums[c, i] * shift - sizes[c] * shift * shift
            variances[c, i] = (squares[c, i] - moved) / size + reg_covar
            lost |= squares[c, i] > 1e5 * size * variances[c, i]
    return lost


@njit(fastmath=SUMS, **NUMPY)
def _symmetric(squares, sizes, reg_covar, covariances):  # IN: lower triangles, IN, IN, OUT
    for k in range(covariances.shape[0]):
        for i in range(covariances.shape[1]):
            for j in range(i + 1):
                covariances[k, i, j] = squares[k, i, j] / sizes[k]
                covariances[k, j, i] = covariances[k, i, j]
            covariances[k, i, i] += reg_covar


@njit(fastmath=SUMS, **NUMPY)
def _moments_1d(x, shares):
    """Weights, means and variances of numbers, two passes."""
    n, k = shares.shape
    sizes, means, variances = np.zeros(k), np.zeros(k), np.zeros(k)
    for i in range(n):
        for j in range(k):
            sizes[j] += shares[i, j]
            means[j] += shares[i, j] * x[i]
    means /= sizes
    for i in range(n):
        for j in range(k):
            variances[j] += shares[i, j] * (x[i] - means[j]) ** 2
    return sizes / n, means, variances / sizes


# Missing values


@njit(fastmath=SUMS, **NUMPY)
def _row_logs(x, constants, means, factors, logs, best):  # IN, IN, IN, IN, OUT, OUT
    d, width = x.shape
    z = np.empty(width)
    best[:] = -np.inf
    for k in range(len(constants)):
        q = logs[k]
        q[:] = 0.0
        for j in range(d):
            z[:] = 0.0
            for i in range(j + 1):
                factor, mean = factors[k, j, i], means[k, i]
                for r in range(width):
                    z[r] += factor * (x[i, r] - mean)
            for r in range(width):
                q[r] += z[r] * z[r]
        for r in range(width):
            q[r] = constants[k] - 0.5 * q[r]
            best[r] = max(best[r], q[r])


@njit(fastmath=SUMS, **NUMPY)
def _row_moments(x, shares, centre, sums, squares):  # IN, IN, IN, INOUT, INOUT: its lower triangle
    d, width = x.shape
    z = np.empty(width)
    for i in range(d):
        total, mean = 0.0, centre[i]
        for r in range(width):
            z[r] = shares[r] * (x[i, r] - mean)
            total += z[r]
        sums[i] += total
        for j in range(i + 1):
            total, mean = 0.0, centre[j]
            for r in range(width):
                total += z[r] * (x[j, r] - mean)
            squares[i, j] += total


@njit(fastmath=SUMS, **NUMPY)
def _sum(values):
    total = 0.0
    for i in range(len(values)):
        total += values[i]
    return total


@njit(fastmath=SUMS, **NUMPY)
def _share_out(logs, best):  # INOUT, IN: log joint densities (K, W), then shares; gives log p of all rows
    log_likelihood = 0.0
    for r in range(logs.shape[1]):
        total = 0.0
        for k in range(len(logs)):
            logs[k, r] = np.exp(logs[k, r] - best[r])
            total += logs[k, r]
        for k in range(len(logs)):
            logs[k, r] /= total
        log_likelihood += best[r] + np.log(total)
    return log_likelihood


@njit(fastmath=SUMS, **NUMPY)
def _there_first(x, order):  # IN, OUT: known features, then missing ones; returns how many are known
    seen, place = 0, len(x) - 1
    for i in range(len(x)):
        if x[i] != x[i]:
            order[place] = i
            place -= 1
        else:
            order[seen] = i
            seen += 1
    return seen


@njit(fastmath=SUMS, **NUMPY)
def _gains(covariance, inverse, order, s):
    """What each feature is expected to be, by those that are there: (d, s), the identity on top."""
    d = len(order)
    gain, half = np.zeros((d, s)), np.empty(s)
    for a in range(s):
        gain[a, a] = 1.0
    for a in range(s, d):
        for i in range(s):
            half[i] = 0.0
            for j in range(i + 1):
                half[i] += inverse[i, j] * covariance[order[a], order[j]]
        for i in range(s):
            for j in range(i + 1):
                gain[a, j] += half[i] * inverse[i, j]
    return gain


@njit(fastmath=SUMS, **NUMPY)
def _fill_in(covariance, gain, order, part, sums, squares):  # IN, IN, IN, IN, INOUT, INOUT
    """Add what rows with the same gaps say of all features.

    part holds their size, and the moments of their s values about the mean, (s,) and (s, s). The expected
    values are gain times those that are there, and so are the moments; what is missing varies besides.
    """
    size, first, second = part
    d, s = gain.shape
    through = np.zeros((d, s))
    for a in range(d):
        for i in range(s):
            sums[order[a]] += gain[a, i] * first[i]
            for j in range(s):
                through[a, j] += gain[a, i] * second[max(i, j), min(i, j)]
    for a in range(d):
        for b in range(d):
            value, left = 0.0, covariance[order[a], order[b]]
            for i in range(s):
                value += through[a, i] * gain[b, i]
                left -= gain[a, i] * covariance[order[i], order[b]]
            squares[order[a], order[b]] += value + (size * left if min(a, b) >= s else 0.0)


@njit(fastmath=SUMS, **NUMPY)
def _missing_step(X, starts, reg_covar, log_weights, means, covariances, weights):
    """An EM iteration, rows with the same gaps together: means, covariances and weights are replaced."""
    n, d = X.shape
    k, width = len(weights), 64
    sizes, sums, squares = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    best, order = np.empty(width), np.empty(d, np.int64)
    log_likelihood = 0.0
    for p in range(len(starts) - 1):
        s = _there_first(X[starts[p]], order)
        inner, centres = np.empty((k, s, s)), np.empty((k, s))
        for c in range(k):
            for i in range(s):
                centres[c, i] = means[c, order[i]]
                for j in range(s):
                    inner[c, i, j] = covariances[c, order[i], order[j]]
        inverses, constants = np.zeros((k, s, s)), np.empty(k)
        if not _inverse_factors(inner, inverses, constants):
            return np.nan
        constants += log_weights - 0.5 * s * LOG_2PI
        size, first, second = np.zeros((k, 1)), np.zeros((k, s)), np.zeros((k, s, s))
        for start in range(starts[p], starts[p + 1], width):
            m = min(width, starts[p + 1] - start)
            x = np.empty((s, m))
            for r in range(m):
                for i in range(s):
                    x[i, r] = X[start + r, order[i]]
            here = np.empty((k, m))
            _row_logs(x, constants, centres, inverses, here, best[:m])
            log_likelihood += _share_out(here, best[:m])
            for c in range(k):
                size[c, 0] += _sum(here[c])
                _row_moments(x, here[c], centres[c], first[c], second[c])
        for c in range(k):
            sizes[c] += size[c, 0]
            gain = _gains(covariances[c], inverses[c], order, s)
            part = (size[c, 0], first[c], second[c])
            _fill_in(covariances[c], gain, order, part, sums[c], squares[c])
    _finish_full(sizes, sums, squares, means.copy(), reg_covar, 0.0, means, covariances)
    weights[:] = sizes / n
    return log_likelihood / n
