"""Gaussian mixtures in one pass over the rows: E-step and M-step of a few rows while they are in cache.

A fit never stores the (n, K) responsibilities. A group of rows gets its densities and responsibilities, is
added to the moments (the sums that the M-step divides), and only the moments are kept. Rows are stored in
tiles of _LANES rows, feature by feature, so that one feature of 8 rows fills a vector register. SPEED.md says
what each optimisation saves. This file is long because all kernels share this layout.

n rows, d features, K components. A share is a responsibility, an unnormalised one inside some kernels. The
comments IN, OUT and INOUT after a kernel's signature describe its arguments, in their order.

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

# Sizes of register blocks. _LANES x _PANEL sums take 16 of the 32 registers with AVX-512, 8 of the 16 with
# AVX2.
_LANES = 32 if AVX512 else 8  # rows of a tile
_PANEL = 4  # rows of a whitening factor that are multiplied together
_SIDE = 4 if AVX512 else 2  # moments from tiles: a block of the matrix is _SIDE x _SIDE vectors of 8 rows
_TALL = 8 if AVX512 else 4  # moments from packed rows: a block is _TALL x 8 or _TALL x 16 features
_PACKED_NUMBERS = 4096  # numbers in the buffer of packed rows: 32 KiB
_GROUP_NUMBERS = 16384  # numbers in a group of tiles and their shares: 128 KiB, which stay in the L2 cache
_PARALLEL_FROM = 2_000_000  # numbers in the tiles times components: from here on threads repay their start

# Moments of full covariances are summed row by row from _ROWWISE_FROM features on if fewer than _DENSE_SHARE
# of a group's rows have a share in the component, and always from _ALWAYS_ROWWISE_FROM features on. Otherwise
# they are summed tile by tile. Row by row, a pass takes a fifth less time at d = 16 and half of it at d = 64;
# at d = 8, tiles take 26 % less time for dense rows.
_ROWWISE_FROM, _ALWAYS_ROWWISE_FROM, _DENSE_SHARE = 8, 32, 0.6

# From _SORTED_FROM features on, rows are sorted by their likeliest component after the passes with these
# numbers.
_SORTED_FROM = 8
_SORTS_SELDOM, _SORTS_OFTEN = (2, 8, 32, 128, 512), (2, 4, 8, 16, 32, 64, 128, 256, 512)

# From _BOUNDS_FROM features on, each tile keeps a lower bound of its distance to each component, and rows are
# sorted often. A distance is then summed up until the bound suffices for the next pass as well, which is when
# the log density of all rows is _SLACK below what this pass needs. This is done only for a component whose
# distances shrink by less than 5 % (_SETTLED_SHRINK) and whose mean moves by less than 0.05 widths in an
# iteration: for others the bound would not hold long enough. _WIDENED makes bounds safe against rounding.
_BOUNDS_FROM, _SLACK, _SETTLED_SHRINK, _WIDENED = 24, 2.0, 0.95, 1 + 1e-9

BLOCK = 32  # rows for which `partial` has responsibilities at the same time: the contract allows it 32 KiB

# Round 9, for groups about 1 wide within 20 of the origin:
SLOTS = 6  # components
MEMORY = 0.4  # the part of the old state that an update keeps
SURPRISE = -10.0  # a row with a lower log density is unexpected
CROWD = 4  # so many unexpected rows in a batch become a component

# A responsibility below exp(-_CUT) = exp(-36) = 2.3e-16 of the largest one in its row counts as 0. The row's
# sum is at least 1, so each omitted responsibility changes it by one rounding error at most. A component of N
# rows loses less than 2.3e-16 n / N of its rows. Components with N < _THIN_SHARE n are computed without a
# cut, so a mean moves by less than 6e-13 of the data's diameter. _CUT_NONE omits nothing: exp(-708) is almost
# the smallest number in float64. With a cut at exp(-42), fits with full covariances took 13 % longer at 16
# features and 8 % longer at 64.
_CUT = 36.0
_CUT_NONE = 708.0
_THIN_SHARE = 4e-4

# The argument `mode`: what a pass over the rows does.
# _MOMENTS: an E-step, and the sums for the M-step. _SHARES: write the responsibilities. _LOGS: write the log
# joint densities. _GIVEN: the sums for the M-step, from given responsibilities. _BOUND: the log-likelihood
# only.
_MOMENTS, _SHARES, _LOGS, _GIVEN, _BOUND = range(5)

# The argument `kind`: how squared distances are computed.
# _FULL: with a triangular factor of each component. _WEIGHTED: with a precision for each feature. _PLAIN: as
# they are.
_FULL, _WEIGHTED, _PLAIN = range(3)


# Round 1


def e_step_1d(x, weights, means, variances):
    """Return the responsibilities for each number: (n, K). O(nK)."""
    x, weights, means, variances = (_floats(array) for array in (x, weights, means, variances))
    return _share_rows(x[:, None], *_axis_model(weights, means[:, None], variances, "spherical"))


def m_step_1d(x, responsibilities):
    """Estimate weights, means and variances, each (K,), from numbers and responsibilities. O(nK)."""
    return _moments_1d(_floats(x), _floats(responsibilities))


def fit_1d(x, weights, means, variances, n_iter):
    """Run n_iter iterations of EM: weights, means, variances (K,), log_likelihoods (n_iter,). O(nK) each."""
    x, weights, means, variances = (_floats(array).copy() for array in (x, weights, means, variances))
    rows = _Rows(x[:, None])
    cuts = np.full(len(weights), _CUT)
    log_likelihoods = np.empty(n_iter)
    for iteration in range(n_iter):
        old_means = means.reshape(-1, 1)
        kind, model = _axis_model(weights, old_means, variances, "spherical")
        log_likelihoods[iteration], sizes, new_means, new_variances = _axis_step(
            rows, kind, model, old_means, cuts, reg_covar=0.0, eps=0.0
        )
        weights, means, variances = sizes / len(x), new_means[:, 0], new_variances[:, 0]
    return weights, means, variances, log_likelihoods


# Round 2


def log_density(X, means, covariances):
    """Return log normal densities, by inverse Cholesky factors: (n, K). O(K d³ + n K d²)."""
    _check_data(X, means, covariances)
    k = len(means)
    kind, model = _full_model(np.ones(k), _floats(means), _floats(covariances))
    logs = np.empty((len(X), k))
    no_cuts = np.full(k, np.inf)
    _run(_LOGS, kind, _Rows(_floats(X)), (*model, no_cuts), shares=logs)
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
    """Run EM until the bound changes by less than tol. O(K d³ + n K d²) if full, else O(n K d).

    Times are those of an iteration; if tied, O(n d²) is added. Memory besides X: a copy of X in tiles, and
    the moments. There is no (n, K) array.
    """
    _check_fit(X, weights, means, covariances, covariance_type)
    X, weights, means, covariances = (_floats(array) for array in (X, weights, means, covariances))
    em = _EM_BY_TYPE[covariance_type](X, len(weights), covariance_type)
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
    """EM for full covariances; the base class of the other covariance types.

    `begin` takes the parameters of an iteration, `step` computes those of the next one.
    """

    def __init__(self, X, k, covariance_type):
        self.rows = _Rows(X)
        self.cuts = np.full(k, _CUT)
        self.covariance_type = covariance_type
        self.model = None

    def begin(self, weights, means, covariances):
        """Take these parameters. Raise ValueError if a covariance is not positive definite."""
        kind, model = self.make(weights, means, covariances)
        if self.model and self.rows.d >= _BOUNDS_FROM:
            self.rows.drift(*self.drift(means, covariances))
        self.means, self.kind, self.model = means, kind, model

    def make(self, weights, means, covariances):
        """Return the kind of the distances, and the tuple that `_pass` needs to compute densities."""
        return _full_model(weights, means, covariances)

    def drift(self, means, covariances):
        """Return how distances may change from the current to these parameters, as `_full_drift`."""
        return _full_drift(self.model, self.means, means, covariances)

    def log_likelihood(self):
        """Return the sum of log p(x) over the rows."""
        log_likelihood, *_ = _run(_BOUND, self.kind, self.rows, (*self.model, self.cuts))
        return log_likelihood

    def step(self, reg_covar):
        """Return the mean of log p(x), and the new weights, means and covariances.

        One pass over the rows. It is repeated without a cut for thin components if one has appeared, and
        about the new means if moments about the old ones lose digits.
        """
        centres, means, covariances = self.means, np.empty(self.means.shape), None
        while True:
            model = (*self.model, self.cuts)
            log_likelihood, sizes, sums, squares = _run(_MOMENTS, self.kind, self.rows, model, centres)
            if _stop_skipping_thin(sizes, self.rows.n, self.cuts):
                continue
            covariances = np.empty((*means.shape, means.shape[1]))
            lost = _finish_full(sizes, sums, squares, centres, reg_covar, EPS, means, covariances)
            if not lost or centres is not self.means:
                break
            centres = means.copy()
        return self.done(log_likelihood, sizes, means, covariances)

    def done(self, log_likelihood, sizes, means, covariances):
        """Return what `step` returns, from the sum of log p(x) and the sizes of the components."""
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
    """EM for one covariance that all components share. O(n d² + n K d) an iteration.

    A row is whitened once in a pass; after that, its distance to each component is unweighted. Each row's
    responsibilities sum to 1, so the scatter about the new means is the scatter about a fixed origin, which
    is computed once in each fit, minus the scatter of the means. The origin is the mean of the data, so that
    the subtraction loses few digits.
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
        no_panels = np.empty((k, 1, 0, 1))
        self.means, self.kind = means, _PLAIN
        self.model = _model(constants, np.full(k, 0.5), whitened, no_panels, whiten[0], self.origin)

    def step(self, reg_covar):
        while True:
            model = (*self.model, self.cuts)
            log_likelihood, sizes, sums, _ = _run(_MOMENTS, self.kind, self.rows, model, self.means)
            if not _stop_skipping_thin(sizes, self.rows.n, self.cuts):
                break
        totals = (sizes + EPS)[:, None]
        means = np.where(sizes[:, None] > 0, self.means + (sums - EPS * self.means) / totals, 0.0)
        sums = sums + sizes[:, None] * (self.means - self.origin)  # about the origin
        shifts = means - self.origin
        cross = sums.T @ shifts
        scatter = self.scatter - cross - cross.T + (sizes[:, None] * shifts).T @ shifts
        covariance = scatter / totals.sum() + reg_covar * np.eye(len(scatter))
        return self.done(log_likelihood, sizes, means, (covariance + covariance.T) / 2)


_EM_BY_TYPE = {"full": _FullEM, "tied": _TiedEM, "diag": _AxisEM, "spherical": _AxisEM}


# Round 4


def init_from_kmeans(X, labels):
    """Turn each cluster into a component: weights (K,), means (K, d), covariances (K, d, d). O(n K d²)."""
    _check_finite(X)
    if labels.shape != (len(X),) or not np.array_equal(np.unique(labels), np.arange(labels.max() + 1)):
        raise ValueError("expected labels 0 to n_components - 1, one for each row, each at least once")
    hard = np.zeros((len(X), labels.max() + 1))
    hard[np.arange(len(X)), labels] = 1.0
    return _estimate(_floats(X), hard, reg_covar=1e-6)


def soft_kmeans(X, centers, sigma2, max_iter):
    """Run EM with fixed sigma2 and equal weights: centers (K, d), responsibilities (n, K). O(nKd)."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1] or not sigma2 > 0:
        raise ValueError(f"X {X.shape}, centers {centers.shape}, sigma2 {sigma2}")
    _check_finite(X, centers, np.array(sigma2))
    centers = np.array(centers, dtype=np.float64, order="C")
    X, k = _floats(X), len(centers)
    rows, cuts = _Rows(X), np.full(k, _CUT)

    def model():
        # sigma2 divides the differences from a row's smallest squared distance, so equal distances stay
        # equal.
        no_panels = np.empty((k, 1, 0, 1))
        return _model(np.zeros(k), np.ones(k), centers, no_panels, scale=0.5 / sigma2)

    for _ in range(max_iter):
        _, sizes, sums, _ = _run(_MOMENTS, _PLAIN, rows, (*model(), cuts), centers)
        if _stop_skipping_thin(sizes, rows.n, cuts):
            _, sizes, sums, _ = _run(
                _MOMENTS, _PLAIN, rows, (*model(), cuts), centers
            )  # again, without a cut
        centers = centers + sums / np.where(sizes > 0, sizes, 1.0)[:, None]
        rows.passed(k)
    return centers, _share_rows(X, _PLAIN, model())


# Round 6


def bic(X, weights, means, covariances, covariance_type="full"):
    """Return the Bayesian information criterion. O(K d³ + n K d²) if full, O(n K d), if tied + O(n d²)."""
    _check_covariances(means, covariances, covariance_type)
    X, weights, means, covariances = (_floats(array) for array in (X, weights, means, covariances))
    _check_finite(X, means, covariances)
    em = _EM_BY_TYPE[covariance_type](X, len(weights), covariance_type)
    em.begin(weights, means, covariances)
    log_likelihood = em.log_likelihood()
    k, d = means.shape
    matrix = d * (d + 1) // 2  # parameters of a symmetric matrix
    of_covariances = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    n_parameters = of_covariances + k * d + k - 1  # with means, and weights that sum to 1
    return float(n_parameters * np.log(len(X)) - 2 * log_likelihood)


def select(X, ks, covariance_types, rng):
    """Keep the fit of the lowest BIC: k, covariance_type, weights, means, covariances."""
    if not all(1 <= k <= len(X) for k in ks):
        raise ValueError(f"each k is 1 to {len(X)}, not {ks}")
    X = _floats(X)
    best, lowest_bic = None, np.inf
    for k in ks:
        for covariance_type in covariance_types:
            for _ in range(STARTS):
                shares = _first_shares(X, k, rng)  # (n, k)
                weights, means, covariances = _estimate(X, shares, reg_covar=0.05)
                start = weights, means, _pooled(weights, covariances, covariance_type)
                model = fit(X, *start, reg_covar=0.05, covariance_type=covariance_type)[:3]
                score = bic(X, *model, covariance_type)
                if score < lowest_bic:
                    best, lowest_bic = (k, covariance_type, *model), score
    return best


# Round 7


def partial(X_chunk, params, weights):
    """Return moments about the old means, summed block by block. O(n K d²) time, O(K d²) memory and a block.

    They are the old means (K, d), sizes (K,), sums (K, d), squares (K, d, d) and the log-likelihood.
    """
    mixing, means, covariances = params  # mixing: the weights of the components; `weights` are those of rows
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
    """Add two results of `partial`, but for the old means, which are the same in both. O(K d²)."""
    return a[0], *(mine + yours for mine, yours in zip(a[1:], b[1:]))


def finish(stats, reg_covar):
    """Compute the M-step from summed moments: weights, means, covariances, lower_bound. O(K d²)."""
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
    shares, _ = _e_step(X_batch, *_of_sums(state, ridge=1e-6))
    batch_sums = _stream_sums(X_batch, shares)
    return Sums(
        *((1 - eta) * old + eta * batch_sum / len(X_batch) for old, batch_sum in zip(state, batch_sums))
    )


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    """Run EM with conditional expectations. O(patterns K d³ + n K d²) an iteration.

    A pattern is a set of rows with values missing in the same features. These rows share a Cholesky factor,
    and expectations of missing values are added to their summed moments instead of to each row.
    """
    if np.isinf(X).any():
        raise ValueError("infinity in the input")
    X, weights, means, covariances = (
        np.array(array, dtype=np.float64, order="C") for array in (X, weights, means, covariances)
    )
    gaps = np.isnan(X)
    order = np.lexsort(np.packbits(gaps, axis=1).T)  # sorted by pattern
    X, gaps = X[order], gaps[order]
    starts_pattern = np.append(True, (gaps[1:] != gaps[:-1]).any(axis=1))
    starts = np.append(np.flatnonzero(starts_pattern), len(X))
    log_likelihoods = np.empty(max_iter)
    for iteration in range(max_iter):
        log_likelihoods[iteration] = _missing_step(
            X, starts, float(reg_covar), _log(weights), means, covariances, weights
        )
        if np.isnan(log_likelihoods[iteration]):
            raise ValueError("a covariance is not positive definite")
    return weights, means, covariances, log_likelihoods


# Round 9


def stream_update(state, X_batch):
    """Take a step of stepwise EM: averages over all batches, forgotten at a fixed rate. O(n K)."""
    if state is None:
        shares = _farthest_shares(X_batch, SLOTS)
        # A picked row that equals an earlier pick has no share: its column is left out.
        sizes, sums, squares = _stream_sums(X_batch, shares[:, shares.any(axis=0)])
    else:
        shares, logs = _e_step(X_batch, *_stream_params(state))
        # The last column is that of the wide component for unexpected rows, which is not part of the state.
        batch = [part / len(X_batch) for part in _stream_sums(X_batch, shares[:, :-1])]
        sizes, sums, squares = (MEMORY * old + (1 - MEMORY) * averages for old, averages in zip(state, batch))
        unexpected = X_batch[logs < SURPRISE]
        if len(unexpected) >= CROWD:  # they replace the lightest component
            lightest = sizes.argmin()
            averages = _stream_sums(unexpected, np.ones((len(unexpected), 1)))
            sizes[lightest], sums[lightest], squares[lightest] = (part[0] / len(X_batch) for part in averages)
    total = sizes.sum()
    return sizes / total, sums / total, squares / total


def stream_score(state, X):
    """Return log-densities by the current mixture: (n,). O(n K)."""
    return _e_step(X, *_stream_params(state))[1]


# Rows in tiles, and one pass over them


class _Rows:
    """The rows in tiles, in an order that changes, and what a pass remembers for the next one.

    X : (n, d), as given
    order : (n,), the number in X of each row in the tiles
    tiles : (n_tiles, height, _LANES), a copy of the rows; features are padded with zeros, the last tile with
        copies of the last row
    guesses : (n_tiles, 2), the likeliest components of the tile's first and last row in the last pass
    min_distances : (n_tiles, K), a lower bound of the distances of the tile's rows from each component; or
        (n_tiles, 0) if no bounds are kept
    settled : (K,), whether a component changes so little that its bounds are useful in the next pass
    labels : (n,) for the likeliest components if rows are sorted after the next pass, otherwise (0,)
    """

    def __init__(self, X):
        self.X = X
        self.n, self.d = X.shape
        self.order = np.arange(self.n)
        # Multiples of 16 features get an unused one: otherwise all tiles would share a few sets of the L1
        # cache.
        height = _padded(self.d) + (self.d % 16 == 0)
        self.tiles = np.empty((-(-self.n // _LANES), height, _LANES))
        _fill_tiles(X, self.order, self.tiles)
        self.guesses = np.zeros((len(self.tiles), 2), np.int64)
        self.min_distances, self.settled = np.zeros((len(self.tiles), 0)), np.zeros(0, np.bool_)
        self.passes = 0
        self.labels = self._labels_to_fill()

    def drift(self, shifts, shrinks):
        """Update the lower bounds of distances for new parameters, by the triangle inequality.

        shifts (K,), shrinks (K,): as `_full_drift` returns them.
        """
        if not self.min_distances.size:
            self.min_distances = np.zeros((len(self.tiles), len(shifts)))
        self.settled = (shrinks > _SETTLED_SHRINK) & (shifts < 1 - _SETTLED_SHRINK)
        self.min_distances = np.maximum((self.min_distances - shifts) * shrinks, 0.0)

    def _labels_to_fill(self):
        """Return an array (n,) for labels if rows are sorted after the next pass, otherwise an empty one."""
        sorts = self.d >= _SORTED_FROM and self.passes + 1 in (
            _SORTS_OFTEN if self.d >= _BOUNDS_FROM else _SORTS_SELDOM
        )
        return np.zeros(self.n if sorts else 0, np.int64)

    def passed(self, k):
        """Count a pass; after some of them, sort the rows by their likeliest component.

        A component that is far from all rows of a tile is skipped after a few features. In sorted rows there
        are more such tiles.
        """
        self.passes += 1
        if len(self.labels):
            self.order, labels = _sort_rows(self.labels, self.order, k)
            _fill_tiles(self.X, self.order, self.tiles)
            first = np.arange(len(self.tiles)) * _LANES
            last = np.minimum(first + _LANES, self.n) - 1
            self.guesses = np.column_stack([labels[first], labels[last]])
            self.min_distances[:] = 0.0
        self.labels = self._labels_to_fill()


def _run(mode, kind, rows, model, centres=None, shares=None):
    """Pass over all rows: log_likelihood, sizes (K,), sums (K, d), squares (K, d or 1, d).

    The moments are sizes, the sums of responsibilities; sums, of responsibility times the offset from the
    component's centre; and squares, of responsibility times the products of offsets: the lower triangle if
    kind is _FULL, otherwise the diagonal as a matrix of one row.

    mode, kind : see `_MOMENTS` and `_FULL`; mode decides which results are meaningful
    model : the tuple that `_model` returns, and the cuts (K,)
    centres : (K, d), for moments
    shares : (n, K), written or, if mode is _GIVEN, read
    """
    k, d = len(model[0]), _padded(rows.d)
    centres = np.empty((k, 0)) if centres is None else centres
    shares = np.empty((0, k)) if shares is None else shares
    row_data = (
        rows.tiles,
        rows.n,
        rows.guesses,
        rows.labels,
        shares,
        rows.X,
        rows.order,
        rows.min_distances,
        rows.settled,
    )
    # The kernels for moments row by row take 8 features at a time.
    width = -(-rows.d // 8) * 8 if rows.d >= _ROWWISE_FROM else d
    shape = (k, width if kind == _FULL else 1, width)
    threads = get_num_threads()
    if threads == 1 or rows.tiles.size * k < _PARALLEL_FROM:
        sizes, sums, squares = np.zeros(k), np.zeros((k, width)), np.zeros(shape)
        moments = (_with_zero_columns(centres, width), sizes, sums, squares)
        log_likelihood = _pass(mode, kind, 0, len(rows.tiles), row_data, model, moments)
    else:
        parts = 2 * threads
        sizes, sums, squares = np.zeros((parts, k)), np.zeros((parts, k, width)), np.zeros((parts, *shape))
        moments = (_with_zero_columns(centres, width), sizes, sums, squares)
        log_likelihood = _pass_in_threads(mode, kind, parts, row_data, model, moments)
        sizes, sums, squares = sizes.sum(axis=0), sums.sum(axis=0), squares.sum(axis=0)
    return log_likelihood, sizes, sums[:, : rows.d], squares[:, :, : rows.d]


def _padded(d):
    """Return the number of features, rounded up to 2 or to a multiple of 4."""
    return 2 if d <= 2 else -(-d // 4) * 4


def _with_zero_columns(means, d):
    """Return means (K, d) with zeros as further columns, up to d columns."""
    if means.shape[1] == d:
        return means
    return np.column_stack([means, np.zeros((len(means), d - means.shape[1]))])


def _share_rows(X, kind, model):
    """Return the responsibilities of all rows: (n, K)."""
    k = len(model[0])
    shares = np.empty((len(X), k))
    _run(_SHARES, kind, _Rows(X), (*model, np.full(k, _CUT_NONE)), shares=shares)
    return shares


def _estimate(X, shares, reg_covar):
    """Do the M-step for given responsibilities: weights (K,), means (K, d), covariances (K, d, d)."""
    k, d = shares.shape[1], X.shape[1]
    sizes = shares.sum(axis=0) + EPS
    means = shares.T @ X / sizes[:, None]
    model = (*_axis_model(np.ones(k), means, np.ones(k), "spherical")[1], np.full(k, _CUT))
    *_, squares = _run(_GIVEN, _FULL, _Rows(X), model, means, shares)
    covariances = np.empty((k, d, d))
    _symmetric(squares, sizes, reg_covar, covariances)
    return sizes / sizes.sum(), means, covariances


def _stop_skipping_thin(sizes, n, cuts):
    """Set the cuts of thin components to _CUT_NONE, in place; return whether the pass must be repeated."""
    thin = (sizes < _THIN_SHARE * n) & (cuts < _CUT_NONE)
    cuts[thin] = _CUT_NONE
    return thin.any()


def _axis_step(rows, kind, model, old, cuts, reg_covar, eps):
    """Run EM once, diagonal: log_likelihood, sizes (K,), means (K, d), variances (K, d).

    Passes are repeated as in `_FullEM.step`.

    old : (K, d), the means of the model, about which moments are summed
    cuts : (K,), see `_CUT`
    reg_covar, eps : added to the variances, and to the sizes of the components
    """
    centres = old
    while True:
        log_likelihood, sizes, sums, squares = _run(_MOMENTS, kind, rows, (*model, cuts), centres)
        if _stop_skipping_thin(sizes, rows.n, cuts):
            continue
        means, variances = np.empty(old.shape), np.empty(old.shape)
        lost = _finish_axes(sizes, sums, squares[:, 0], centres, reg_covar, eps, means, variances)
        if not lost or centres is not old:
            return log_likelihood, sizes, means, variances
        centres = means


def _axis_model(weights, means, covariances, covariance_type):
    """Return the kind and the model of a mixture with diagonal or spherical covariances.

    Raise ValueError for a variance that is not positive.
    """
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
    """Return the kind and the model of a mixture with full covariances.

    Raise ValueError if a covariance is not positive definite.
    """
    k, d = means.shape
    factors, constants = np.zeros((k, d, d)), np.empty(k)
    if not _inverse_factors(covariances, factors, constants):
        raise ValueError("a covariance is not positive definite")
    constants += _log(weights) - 0.5 * d * LOG_2PI
    panels = np.zeros((k, -(-d // _PANEL), d, _PANEL))
    _pack(factors, panels)
    return _FULL, _model(constants, np.full(k, 0.5), means, panels)


def _full_drift(model, old, means, covariances):
    """Return shifts and shrinks, (K,) each, so that new distance >= (old distance - shift) * shrink.

    The old distance of a row is |A (x - old mean)|, where A is the old whitening factor. If C is the new
    covariance, A C Aᵀ = I + E is close to the identity when little has changed. Its largest eigenvalue is at
    most 1 + |E E|^(1/2) in the Frobenius norm, and the new distance is at least |A (x - new mean)| divided by
    the root of it.
    """
    k, d = old.shape
    _, _, _, panels, *_ = model
    factors = panels.transpose(0, 1, 3, 2).reshape(k, -1, d)[:, :d]
    shifts = np.linalg.norm((factors @ (means - old)[:, :, None])[:, :, 0], axis=1)
    changes = factors @ covariances @ factors.transpose(0, 2, 1) - np.eye(d)
    largest = 1 + np.sqrt(np.linalg.norm(changes @ changes, axis=(1, 2)))
    return shifts * _WIDENED, 1 / np.sqrt(largest * _WIDENED)


def _axis_drift(kind, model, old, means, covariances):
    """Return the same as `_full_drift` for diagonal and spherical covariances.

    Distances of kind _PLAIN are not divided by the width, so they do not shrink.
    """
    if kind == _PLAIN:
        return np.linalg.norm(means - old, axis=1) * _WIDENED, np.full(len(old), 1 / _WIDENED)
    _, _, _, panels, *_ = model
    precisions = panels[:, 0, :, 0]
    shifts = np.sqrt((precisions * (means - old) ** 2).sum(axis=1))
    return shifts * _WIDENED, 1 / np.sqrt((precisions * covariances).max(axis=1) * _WIDENED)


def _model(constants, scales, means, panels, whiten=None, origin=None, scale=1.0):
    """Return what `_pass` needs of a mixture, as a tuple without the cuts.

    The log joint density, log (weight * density), is constants[k] - scales[k] * squared distance. A row's
    unnormalised shares are exp(scale * (log joint density - the row's largest one)).

    constants, scales : (K,)
    means : (K, d)
    panels : (K, n_panels, d, _PANEL), packed factors if the kind is _FULL; (K, 1, d, 1), precisions if it is
        _WEIGHTED; (K, 1, 0, 1), empty, if it is _PLAIN
    whiten, origin : (d, d) and (d,), the factor by which rows minus the origin are multiplied first; or None
    """
    whiten = np.empty((0, 0)) if whiten is None else whiten
    origin = np.empty(0) if origin is None else origin
    return constants, scales, np.ascontiguousarray(means), panels, whiten, origin, scale


def _log(weights):
    """Return the logarithms of weights; a weight of 0 becomes -inf, without a warning."""
    with np.errstate(divide="ignore"):
        return np.log(weights)


# Parts that take little time, in numpy


def _e_step(X, weights, means, covariances):
    """Return responsibilities (n, K) and log p(x) (n,), for a few rows."""
    _check_data(X, means, covariances)
    n, d = X.shape
    log_joint = np.empty((n, len(means)))
    for k in range(len(means)):
        L = np.linalg.cholesky(covariances[k])  # raises if not positive definite
        z = np.linalg.solve(L, (X - means[k]).T)  # (d, n)
        log_joint[:, k] = -0.5 * (d * LOG_2PI + (z**2).sum(axis=0)) - np.log(np.diag(L)).sum()
    log_joint += _log(weights)
    largest = log_joint.max(axis=1)  # (n,)
    shares = np.exp(log_joint - largest[:, None])
    totals = shares.sum(axis=1)
    return shares / totals[:, None], largest + np.log(totals)


def _pooled(weights, covariances, covariance_type):
    """Turn full covariances (K, d, d), to which reg_covar has been added, into those of another type."""
    if covariance_type == "full":
        return covariances
    if covariance_type == "tied":
        return np.einsum("k,kij->ij", weights, covariances)
    variances = np.diagonal(covariances, axis1=1, axis2=2)  # (K, d)
    return variances.copy() if covariance_type == "diag" else variances.mean(axis=1)


def _first_shares(X, k, rng):
    """Assign each row to the nearest of k rows that are picked as in k-means++: (n, k) of 0 and 1."""
    picks = [rng.integers(len(X))]
    squares = ((X - X[picks[0]]) ** 2).sum(axis=1)[:, None]  # (n, picks)
    for _ in range(k - 1):
        closest = squares.min(axis=1)
        total = closest.sum()
        picks.append(rng.choice(len(X), p=closest / total if total > 0 else None))
        squares = np.column_stack([squares, ((X - X[picks[-1]]) ** 2).sum(axis=1)])
    return np.eye(k)[squares.argmin(axis=1)]


def _farthest_shares(X, k):
    """Assign each row to the nearest of k picked rows: (n, k), 1 for the nearest and 0 for the others.

    The first pick is row 0, each other one the row that is farthest from all earlier picks.
    """
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
    """Return the mixture with these moments, which may be sums or averages.

    ridge is added to the diagonals. Return weights (K,), means (K, d), covariances (K, d, d).
    """
    sizes, sums, squares = state
    means = sums / sizes[:, None]  # (K, d)
    outer = means[:, :, None] * means[:, None, :]
    covariances = squares / sizes[:, None, None] - outer + ridge * np.eye(means.shape[1])
    return sizes / sizes.sum(), means, covariances


def _stream_params(state):
    """Return the mixture with these moments, and a component 10 wide at the origin for unexpected rows.

    The wide component has a weight of 0.02, so unexpected rows cost a finite log density. A ridge of 0.25
    keeps all widths above 0.5, as the contract asks.
    """
    weights, means, covariances = _of_sums(state, ridge=0.25)
    wide = 100 * np.eye(2)[None]
    return (
        np.append(0.98 * weights, 0.02),
        np.vstack([means, np.zeros((1, 2))]),
        np.concatenate([covariances, wide]),
    )


# Kernels on one tile, written as LLVM vectors
#
# An intrinsic's function `generate` emits the instructions. It gets the kernel's arguments as a list, so the
# number in `arguments[3]` or `data_of(…, 3)` is the place of an argument in the kernel's signature.
# `context`, `builder` and `signature` are numba's. The argument `half` is the component's element of `scales`
# (see `_model`): it is 0.5, except for spherical components and k-means.


def _log_density(builder, square, constant, half):
    """Return constant - half * square, for the _LANES rows of a tile."""
    scaled = builder.fmul(spread(builder, half, _LANES), square)
    return builder.fsub(spread(builder, constant, _LANES), scaled)


def _out_of_reach(builder, square, reach, half, level, best):
    """Return whether the component can be skipped for all rows of a tile.

    That is, reach - half * square < min(level, best) in each row. square is the part of the squared distance
    that is summed up so far. reach is the constant of the log density plus the cut. best has each row's
    largest log joint density so far. level is infinite, or what `_SLACK` requires.
    """
    level, best = spread(builder, level, _LANES), load(builder, best, INT64(0), _LANES)
    needed = builder.select(builder.fcmp_ordered("<", best, level), best, level)
    return builder.not_(
        any_lane(builder, builder.fcmp_ordered(">=", _log_density(builder, square, reach, half), needed))
    )


def _keep(builder, square, constant, half, best, out):
    """Turn squared distances into log joint densities, write them to `out` and update `best`."""
    logs = _log_density(builder, square, constant, half)
    previous_best = load(builder, best, INT64(0), _LANES)
    store(builder, builder.select(builder.fcmp_ordered(">", logs, previous_best), logs, previous_best), best)
    store(builder, logs, out)


def _keep_distance(builder, square, min_distances, k, n_bounds):
    """Set min_distances[k] to the smallest distance of a tile's rows, if k < n_bounds.

    n_bounds is the length of min_distances: K, or 0 if no bounds are kept.
    """
    with builder.if_then(builder.icmp_signed("<", k, n_bounds)):
        least = call(builder, "llvm.vector.reduce.fmin", square, DOUBLE)
        builder.store(call(builder, "llvm.sqrt", least), builder.gep(min_distances, [k]))


@intrinsic
def _full_logs(
    typing,  # noqa: ARG001 - numba's signature
    x,
    mean,
    panels,
    constant,
    half,
    reach,
    stop_level,
    best,
    out,
    min_distances,
    component,
):
    """Set out[r] = constant - half |factor (x[:, r] - mean)|² for the _LANES rows of a tile.

    The factor is lower triangular and lies in panels of 4 of its rows, so panel p needs 4 p + 4 features. The
    4 products of all rows stay in registers. A squared distance only grows, so the loop ends after a panel if
    `_out_of_reach`; `out` is then too large, but below what counts. Return whether any row is within reach.

    x : (d, _LANES), the tile
    mean : (d,)
    panels : (n_panels, d, 4), see `_pack`
    reach, stop_level : see `_out_of_reach`
    best : (_LANES,), updated
    out : (_LANES,), the log joint densities, written
    min_distances, component : min_distances[component] is updated as in `_keep_distance`
    """
    signature = types.boolean(
        x, mean, panels, constant, half, reach, stop_level, best, out, min_distances, component
    )

    def generate(context, builder, signature, arguments):
        x, mean, panels, best, out, min_distances = (
            data_of(context, builder, signature, arguments, number) for number in (0, 1, 2, 7, 8, 9)
        )
        n_panels, d = (length_of(context, builder, signature, arguments, 2, axis) for axis in (0, 1))
        constant, half, reach, stop_level, component = (arguments[number] for number in (3, 4, 5, 6, 10))
        n_bounds = length_of(context, builder, signature, arguments, 9, 0)
        zero = filled(0.0, _LANES)
        square = cgutils.alloca_once_value(builder, zero)
        within_reach = cgutils.alloca_once_value(builder, cgutils.true_bit)
        column_totals = [cgutils.alloca_once_value(builder, zero) for _ in range(_PANEL)]
        with cgutils.for_range(builder, n_panels) as panel:
            for total_of_column in column_totals:
                builder.store(zero, total_of_column)
            panel_start = builder.mul(panel.index, d)
            n_features = builder.mul(builder.add(panel.index, INT64(1)), INT64(_PANEL))
            n_features = builder.select(builder.icmp_signed("<", n_features, d), n_features, d)
            with cgutils.for_range(builder, n_features) as feature:
                i = feature.index
                rows = load(builder, x, builder.mul(i, INT64(_LANES)), _LANES)
                offset = builder.fsub(rows, load_spread(builder, mean, i, _LANES))
                factor_start = builder.mul(builder.add(panel_start, i), INT64(_PANEL))
                for column, total_of_column in enumerate(column_totals):
                    factor = load_spread(builder, panels, builder.add(factor_start, INT64(column)), _LANES)
                    builder.store(
                        multiply_add(builder, offset, factor, builder.load(total_of_column)), total_of_column
                    )
            total = builder.load(square)
            for total_of_column in column_totals:
                value = builder.load(total_of_column)
                total = multiply_add(builder, value, value, total)
            builder.store(total, square)
            with builder.if_then(_out_of_reach(builder, total, reach, half, stop_level, best)):
                builder.store(cgutils.false_bit, within_reach)
                panel.do_break()
        _keep(builder, builder.load(square), constant, half, best, out)
        _keep_distance(builder, builder.load(square), min_distances, component, n_bounds)
        return builder.load(within_reach)

    return signature, generate


def _axis_logs(weighted):
    """Make the kernel for diagonal covariances, with or without a precision for each feature."""

    @intrinsic
    def kernel(
        typing,  # noqa: ARG001
        x,
        mean,
        precision,
        constant,
        half,
        reach,
        stop_level,
        best,
        out,
        min_distances,
        component,
    ):
        """Set out[r] = constant - half * sum over i of (x[i, r] - mean[i])² precision[i].

        `_out_of_reach` is asked after each 8 features. The arguments and the result are those of
        `_full_logs`, but for precision (1, d, 1), which is not read if not weighted.
        """
        signature = types.boolean(
            x, mean, precision, constant, half, reach, stop_level, best, out, min_distances, component
        )

        def generate(context, builder, signature, arguments):
            x, mean, precision, best, out, min_distances = (
                data_of(context, builder, signature, arguments, number) for number in (0, 1, 2, 7, 8, 9)
            )
            d = length_of(context, builder, signature, arguments, 1, 0)
            constant, half, reach, stop_level, component = (arguments[number] for number in (3, 4, 5, 6, 10))
            n_bounds = length_of(context, builder, signature, arguments, 9, 0)
            square = cgutils.alloca_once_value(builder, filled(0.0, _LANES))
            within_reach = cgutils.alloca_once_value(builder, cgutils.true_bit)
            with cgutils.for_range(builder, d) as loop:
                i = loop.index
                rows = load(builder, x, builder.mul(i, INT64(_LANES)), _LANES)
                offset = builder.fsub(rows, load_spread(builder, mean, i, _LANES))
                scaled = offset
                if weighted:
                    scaled = builder.fmul(offset, load_spread(builder, precision, i, _LANES))
                total = multiply_add(builder, offset, scaled, builder.load(square))
                builder.store(total, square)
                eighth_feature = builder.icmp_unsigned("==", builder.and_(i, INT64(7)), INT64(7))
                with builder.if_then(eighth_feature):
                    behind = _out_of_reach(builder, total, reach, half, stop_level, best)
                    with builder.if_then(behind):
                        builder.store(cgutils.false_bit, within_reach)
                        loop.do_break()
            _keep(builder, builder.load(square), constant, half, best, out)
            _keep_distance(builder, builder.load(square), min_distances, component, n_bounds)
            return builder.load(within_reach)

        return signature, generate

    return kernel


_plain_logs, _weighted_logs = _axis_logs(weighted=False), _axis_logs(weighted=True)


def _exp(builder, x):
    """Return exp of a vector of numbers from -708 to 0, in 17 instructions without a branch or a table.

    x = n log 2 + r, where n is a whole number. Adding 1.5 * 2**52 to x / log 2 rounds it and leaves n in the
    low bits. exp(r) is a polynomial (interpolated at Chebyshev nodes) with an error of 2e-17. It is
    multiplied by 2**n by adding n to the bits of the exponent, which start at bit 52. log 2 is not split into
    two constants to compute r, as it often is: its error in float64 is a third of the rounding of x. Cody and
    Waite, "Software manual for the elementary functions" (1980). numba would call math.exp for one number at
    a time.
    """
    lanes = x.type.count

    def multiply_then_add(a, b, c):
        return multiply_add(builder, a, b, c)

    def constant(value):
        return filled(value, lanes)

    shifted = multiply_then_add(x, constant(1.4426950408889634), constant(6755399441055744.0))
    exponent = builder.fsub(shifted, constant(6755399441055744.0))
    r = multiply_then_add(exponent, constant(-0.6931471805599453), x)
    r2 = builder.fmul(r, r)
    pairs = [
        multiply_then_add(r, constant(b), constant(a))
        for a, b in zip(_EXP_COEFFICIENTS[::2], _EXP_COEFFICIENTS[1::2])
    ]
    low, middle, high = (multiply_then_add(r2, b, a) for a, b in zip(pairs[::2], pairs[1::2]))
    r4 = builder.fmul(r2, r2)
    value = multiply_then_add(r4, multiply_then_add(r4, high, middle), low)
    integers = vector(lanes, INT64)
    exponent_bits = builder.shl(builder.bitcast(shifted, integers), ir.Constant(integers, [52] * lanes))
    return builder.bitcast(builder.add(builder.bitcast(value, integers), exponent_bits), x.type)


# The coefficients of the polynomial for exp(r), |r| <= log(2) / 2, from the constant one on.
_EXP_COEFFICIENTS = (
    1.0, 1.0, 0.5000000000000019, 0.1666666666666668, 0.04166666666648809, 0.008333333333319601,
    0.0013888888952314812, 0.00019841269890047143, 2.480148548228773e-05, 2.7557240918547625e-06,
    2.763263965412376e-07, 2.511003761756205e-08,
)  # fmt: skip


@intrinsic
def _share(typing, logs, best, scale, cut, totals):  # noqa: ARG001
    """Turn a component's log joint densities (_LANES,) into unnormalised shares; return how many are not cut.

    logs becomes exp((logs - best) * scale), or 0 if the exponent is below -cut, and is added to totals
    (_LANES,).
    """
    signature = types.int64(logs, best, scale, cut, totals)

    def generate(context, builder, signature, arguments):
        logs, best, totals = (data_of(context, builder, signature, arguments, a) for a in (0, 1, 4))
        behind = builder.fsub(load(builder, logs, INT64(0), _LANES), load(builder, best, INT64(0), _LANES))
        behind = builder.fmul(behind, spread(builder, arguments[2], _LANES))
        lowest = spread(builder, builder.fneg(arguments[3]), _LANES)
        not_cut = builder.fcmp_ordered(">=", behind, lowest)
        share = builder.select(not_cut, _exp(builder, behind), filled(0.0, _LANES))
        store(builder, share, logs)
        store(builder, builder.fadd(load(builder, totals, INT64(0), _LANES), share), totals)
        return builder.zext(builder.ctpop(mask(builder, not_cut)), ir.IntType(64))

    return signature, generate


@intrinsic
def _multiply(typing, values, factors):  # noqa: ARG001
    """Multiply values (_LANES,) by factors (_LANES,), in place."""
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
    """Make the kernel that sums second moments from tiles, in blocks of side x side features."""

    @intrinsic
    def kernel(typing, tiles, chosen, count, shares, k, centre, i, j, sums, squares):  # noqa: ARG001
        """Add chosen tiles, by their shares in component k, to squares[i:i+side, j:j+side].

        If i == j, also add to sums[i:i+side]. The side² sums stay in registers, with a lane for each of 8
        rows, until all tiles are done.

        tiles : (n_tiles, height, _LANES)
        chosen : the numbers of the tiles; the first `count` are used
        shares : (n_tiles, K, _LANES)
        centre : (width,), subtracted from the rows
        sums : (width,)
        squares : (width, width)
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
                for first_row in range(0, _LANES, 8):
                    share = load(builder, shares, builder.add(builder.mul(tile, step), INT64(first_row)), 8)

                    def offset(feature, at, start=start, first_row=first_row):
                        place = builder.mul(builder.add(start, feature), INT64(_LANES))
                        return builder.fsub(load(builder, tiles, builder.add(place, INT64(first_row)), 8), at)

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
    """Set packed[c] = roots[c] * (X[places[c]] - centre), and add roots[c] * packed[c] to sums.

    Each row is multiplied by the square root of its share, so that the second moments are products of packed
    with itself. count is even: alternating between two sums avoids waiting for the previous addition.

    X : (n, d)
    places, roots : (count,) at least, numbers of rows and roots of their shares
    centre : (width,), width >= d
    packed : (count, width) at least, 0 from column d on
    sums : (width,)
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
    """Make the kernel that sums products of packed rows, in blocks of _TALL x (8 * vectors) features."""

    @intrinsic
    def kernel(typing, packed, count, i, j, squares):  # noqa: ARG001
        """Add to squares[i:i+_TALL, j:j+8*vectors] the products of those features, summed over `count` rows.

        packed : (count, width) at least, as `_pack_rows` fills it
        squares : (width, width)

        Lanes are the features from j on, so nothing is summed across lanes.
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
                    for right_part, product in zip(right, line):
                        builder.store(multiply_add(builder, left, right_part, builder.load(product)), product)
            for line, line_places in zip(products, places):
                for product, place in zip(line, line_places):
                    store(builder, builder.load(product), builder.gep(squares, [place]))
            return context.get_dummy_value()

        return signature, generate

    return kernel


_row_products, _row_products_2 = _row_products_of(1), _row_products_of(2)


def _axis_products_of(width):
    """Make the kernel that sums moments for diagonal covariances, `width` features at a time."""

    @intrinsic
    def kernel(typing, tiles, chosen, count, shares, k, centre, i, sums, squares):  # noqa: ARG001
        """Add shares times offsets of chosen tiles to sums[i:i+width], times squared offsets to squares.

        The arguments are those of `_tile_products`, but for squares (width of the moments,).
        """
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
                for first_row in range(0, _LANES, 8):
                    share = load(builder, shares, builder.add(builder.mul(tile, step), INT64(first_row)), 8)
                    for feature, at, first, second in zip(features, centres, firsts, seconds):
                        place = builder.mul(builder.add(start, feature), INT64(_LANES))
                        place = builder.add(place, INT64(first_row))
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
    """Add to sizes[k] the shares of component k in chosen tiles. Arguments as in `_tile_products`."""
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
    """Set tile[:, part:part+8] = X[places].T, in blocks of 8 x 8 that are transposed by shuffles.

    X (n, d), places (8,), tile (height, _LANES); features from d on are 0.
    """
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
    """Transpose 8 vectors of 8: blocks of 1, 2 and 4 numbers are swapped across the diagonal in turn."""
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
def _share_tile(logs, n_rows, scale, cuts, alive, best, totals):  # INOUT, IN x 3, INOUT, INOUT, OUT
    """Turn the log joint densities (K, _LANES) of a tile into responsibilities; its first n_rows rows count.

    Return the sum of log p(x) over the rows in two parts: a number, and a product whose logarithm is to be
    added.

    cuts : (K,)
    alive : (K,), on entry whether a component is within reach of some row, on return the number of rows in
        which it is not cut
    best : (_LANES,), the largest log joint density of each row; set to 0 for rows that do not count
    totals : (_LANES,), overwritten
    """
    for r in range(_LANES):
        totals[r] = 0.0
    for k in range(len(alive)):
        if alive[k]:
            alive[k] = _share(logs[k], best, scale, cuts[k], totals)
    for r in range(n_rows, _LANES):
        best[r], totals[r] = 0.0, 1.0
    normaliser_product, log_likelihood = 1.0, 0.0
    for r in range(_LANES):
        normaliser_product *= totals[r]
        log_likelihood += best[r]
        totals[r] = 1.0 / totals[r]
    for r in range(n_rows, _LANES):
        totals[r] = 0.0  # rows that fill up the last tile count nothing
    for k in range(len(alive)):
        if alive[k]:
            _multiply(logs[k], totals)
    return log_likelihood, normaliser_product


@njit(fastmath=SUMS, **NUMPY)
def _score_tile(kind, x, guesses, model, logs, best, alive, bounds):  # IN x 4, OUT x 3, INOUT
    """Compute the log joint densities (K, _LANES) of a tile, but for components that are cut in all its rows.

    The likeliest components of the tile's first and last row in the previous pass come first: a large `best`
    skips more of the others. Then components are skipped if their lower bound of the distance is too large
    for every row: 3 of 4 at d = 64, K = 32, when means hardly move. The idea is that of Elkan, "Using the
    triangle inequality to accelerate k-means" (2003).

    x : (height, _LANES), the tile
    guesses : (2,), those two components
    logs : (K, _LANES), not written for components that are skipped by their bound
    best : (_LANES,), the largest log joint density of each row
    alive : (K,), 0 for components that are cut in all rows, otherwise 1
    bounds : min_distances (K,) or (0,), updated, and settled (K,), see `_Rows`
    """
    constants, halves, means, panels, _, _, scale, cuts = model
    for r in range(_LANES):
        best[r] = -np.inf
    first_guess, last_guess = guesses
    lowest, stop_level = -np.inf, np.inf
    min_distances, settled = bounds
    for step in range(-2, len(constants)):
        k = first_guess if step == -2 else last_guess if step == -1 else step
        # numba compiles `in` to slower code.
        if (step == -1 and first_guess == last_guess) or step == first_guess or step == last_guess:  # noqa: PLR1714, SIM109
            continue
        constant, half = constants[k], halves[k]
        reach = constant + cuts[k] / scale
        if len(min_distances):
            if step >= 0 and lowest == -np.inf:
                lowest = best.min()
            if reach - half * min_distances[k] * min_distances[k] < lowest:
                alive[k] = 0
                continue
            stop_level = lowest - _SLACK if settled[k] and step >= 0 else np.inf
        if kind == _FULL:
            alive[k] = _full_logs(
                x, means[k], panels[k], constant, half, reach, stop_level, best, logs[k], min_distances, k
            )
        elif kind == _WEIGHTED:
            alive[k] = _weighted_logs(
                x, means[k], panels[k], constant, half, reach, stop_level, best, logs[k], min_distances, k
            )
        else:
            alive[k] = _plain_logs(
                x, means[k], panels[k], constant, half, reach, stop_level, best, logs[k], min_distances, k
            )


@njit(fastmath=SUMS, **NUMPY)
def _whiten(x, factor, origin, whitened):  # IN, IN, IN, OUT
    """Set whitened = factor (x - origin); both tiles (height, _LANES), factor (d, d) triangular."""
    for j in range(len(factor)):
        for r in range(_LANES):
            whitened[j, r] = 0.0
        for i in range(j + 1):
            for r in range(_LANES):
                whitened[j, r] += factor[j, i] * (x[i, r] - origin[i])


@njit(fastmath=SUMS, **NUMPY)
def _likeliest(logs, alive, r):
    """Return the component with the largest share in row r of a tile; logs (K, _LANES), alive (K,)."""
    label, largest = 0, -1.0
    for k in range(len(alive)):
        if alive[k] and logs[k, r] > largest:
            label, largest = k, logs[k, r]
    return label


@njit(fastmath=SUMS, **NUMPY)
def _read_tile(shares, first_row, n_rows, logs, alive):  # IN, IN, IN, OUT, OUT
    """Copy given responsibilities (n, K) of the tile that starts at first_row to logs (K, _LANES)."""
    for k in range(len(alive)):
        alive[k] = _LANES
        for r in range(_LANES):
            logs[k, r] = shares[first_row + r, k] if r < n_rows else 0.0


@njit(fastmath=SUMS, **NUMPY)
def _write_tile(logs, alive, first_row, n_rows, out):  # IN, IN, IN, IN, OUT
    """Copy the results (K, _LANES) of a tile to its rows of out (n, K); skipped components get 0."""
    for r in range(n_rows):
        for k in range(len(alive)):
            out[first_row + r, k] = logs[k, r] if alive[k] else 0.0


@njit(fastmath=SUMS, **NUMPY)
def _add_moments(kind, start, rows, tiles, logs, alive, buffers, moments):  # IN x 6, OUT, INOUT
    """Add a group of tiles to the moments, for each component only the tiles in which it has a share.

    kind : see `_FULL`
    start : the number of the group's first row, in the order of the tiles
    rows : X (n, d) and order (n,), for sums row by row
    tiles : (n_tiles, height, _LANES)
    logs : (n_tiles or more, K or more, _LANES), responsibilities
    alive : (n_tiles or more, K), the number of rows with a share
    buffers : as `_buffers` returns them
    moments : centres, sizes, sums and squares, as in `_run`
    """
    chosen, row_buffers = buffers
    centres, sizes, sums, squares = moments
    d = tiles.shape[1] // 2 * 2  # without the unused feature, see `_Rows`
    for k in range(len(sizes)):
        count, n_shared = 0, 0
        for t in range(len(tiles)):
            chosen[count] = t  # without a branch: overwritten by the next tile if this one has no share
            count += alive[t, k] > 0
            n_shared += alive[t, k]
        if count == 0:
            continue
        _add_shares(chosen, count, logs, k, sizes)
        if kind != _FULL:
            for i in range(0, d - 3, 4):
                _axis_products(tiles, chosen, count, logs, k, centres[k], i, sums[k], squares[k, 0])
            if d % 4:
                _axis_products_2(tiles, chosen, count, logs, k, centres[k], d - 2, sums[k], squares[k, 0])
        elif d >= _ROWWISE_FROM and (d >= _ALWAYS_ROWWISE_FROM or n_shared < _DENSE_SHARE * _LANES * count):
            _add_rows(start, rows, logs, chosen[:count], k, centres[k], row_buffers, sums[k], squares[k])
        elif d <= 2:
            _tile_products_2(tiles, chosen, count, logs, k, centres[k], 0, 0, sums[k], squares[k])
        else:
            for i in range(0, d, _SIDE):
                for j in range(0, i + 1, _SIDE):
                    _tile_products(tiles, chosen, count, logs, k, centres[k], i, j, sums[k], squares[k])


@njit(fastmath=SUMS, **NUMPY)
def _add_rows(first_row, rows, logs, chosen, k, centre, buffers, sums, squares):  # IN x 6, OUT, INOUT, INOUT
    """Add the rows of chosen tiles in which component k has a share, row by row: lanes are features.

    Arguments as in `_add_moments`, of one component: centre (width,), sums (width,), squares (width, width).
    """
    X, order = rows
    places, roots, packed = buffers
    count = 0
    for t in chosen:
        for r in range(_LANES):  # without a branch, which would often be mispredicted
            roots[count], places[count] = logs[t, k, r], first_row + t * _LANES + r
            count += logs[t, k, r] > 0
    if count % 2:  # `_pack_rows` needs an even number: add a row without a share
        roots[count], places[count] = 0.0, first_row
        count += 1
    for place in range(count):
        roots[place], places[place] = np.sqrt(roots[place]), order[places[place]]
    for first in range(0, count, len(packed)):
        n_packed = min(count - first, len(packed))
        _pack_rows(X, places[first:], roots[first:], n_packed, centre, packed, sums)
        _add_products(packed, n_packed, squares)


@njit(fastmath=SUMS, **NUMPY)
def _add_products(packed, count, squares):  # IN, IN, INOUT
    """Add the products of packed rows to the lower triangle of squares (width, width), block by block."""
    width = squares.shape[1]
    for i in range(0, width, _TALL):
        j = 0
        while j < i + _TALL:
            if j + 8 < min(i + _TALL, width) and AVX512:  # 16 features at once, unless only 8 are left
                _row_products_2(packed, count, i, j, squares)
            else:
                _row_products(packed, count, i, j, squares)
            j += 16 if AVX512 else 8


@njit(fastmath=SUMS, **NUMPY)
def _buffers(group, width):
    """Return work space of `_add_moments`: numbers of tiles, and a tuple for `_add_rows`.

    The tuple holds numbers of rows, roots of shares and packed rows. Lists have room for an entry more than
    they need, since entries are written before they are counted.
    """
    places, roots = np.empty(group * _LANES + 2, np.int64), np.empty(group * _LANES + 2)
    packed = np.empty((max(8, min(_PACKED_NUMBERS // width // 2 * 2, group * _LANES)), width))
    return np.empty(group + 1, np.int64), (places, roots, packed)


@njit(fastmath=SUMS, **NUMPY)
def _pass(mode, kind, first, last, rows, model, moments):
    """Do what `mode` says for the tiles from first to last - 1; return the sum of log p(x) over their rows.

    rows : tiles, n, guesses, labels, shares, X, order, min_distances and settled, see `_Rows` and `_run`
    model : the tuple of `_model`, and cuts (K,)
    moments : centres, sizes, sums and squares, as in `_run`; the last three are added to

    Tiles are handled in groups: all tiles of a group are scored, then added to the moments.
    """
    tiles, n, guesses, labels, out, X, order, min_distances, settled = rows
    _, _, _, _, factor, origin, scale, cuts = model
    k, d = len(cuts), tiles.shape[1]
    group = max(8, min(128, _GROUP_NUMBERS // (_LANES * (d + k))))  # tiles
    group = max(1, min(group, last - first))  # few rows need little memory
    # k | 1, an odd number: with a power of two, the tiles of a group would share a few sets of the L1 cache.
    logs, alive = np.zeros((group, k | 1, _LANES)), np.zeros((group, k), np.int64)
    best, totals, whitened = np.empty(_LANES), np.empty(_LANES), np.zeros((d, _LANES))
    _, _, _, squares = moments
    buffers = _buffers(group, squares.shape[2])
    log_likelihood, normaliser_product = 0.0, 1.0
    for group_start in range(first, last, group):
        n_tiles = min(group, last - group_start)
        for t in range(n_tiles):
            tile, first_row = tiles[group_start + t], (group_start + t) * _LANES
            n_rows = min(_LANES, n - first_row)
            if mode == _GIVEN:
                _read_tile(out, first_row, n_rows, logs[t], alive[t])
                continue
            if len(factor):
                _whiten(tile, factor, origin, whitened)
                tile = whitened
            _score_tile(
                kind,
                tile,
                guesses[group_start + t],
                model,
                logs[t],
                best,
                alive[t],
                (min_distances[group_start + t], settled),
            )
            if mode != _LOGS:
                tile_log_likelihood, tile_product = _share_tile(
                    logs[t], n_rows, scale, cuts, alive[t], best, totals
                )
                log_likelihood += tile_log_likelihood
                normaliser_product *= tile_product  # each row's factor is 1 to K: one logarithm for many rows
                if normaliser_product > 1e150:  # far from overflow, also after the next tile
                    log_likelihood += np.log(normaliser_product)
                    normaliser_product = 1.0
            if mode == _MOMENTS:
                guesses[group_start + t, 0] = _likeliest(logs[t], alive[t], 0)
                guesses[group_start + t, 1] = _likeliest(logs[t], alive[t], n_rows - 1)
                for r in range(min(n_rows, len(labels))):
                    labels[first_row + r] = _likeliest(logs[t], alive[t], r)
            elif mode != _BOUND:
                _write_tile(logs[t], alive[t], first_row, n_rows, out)
        if mode == _MOMENTS or mode == _GIVEN:  # noqa: PLR1714, SIM109 - numba compiles this one faster
            group_tiles = tiles[group_start : group_start + n_tiles]
            _add_moments(kind, group_start * _LANES, (X, order), group_tiles, logs, alive, buffers, moments)
    return log_likelihood + np.log(normaliser_product)


@njit(parallel=True, **NUMPY)
def _pass_in_threads(mode, kind, parts, rows, model, moments):
    """Run `_pass` in threads, in `parts` parts; each part has moments of its own, e.g. sizes (parts, K)."""
    log_likelihoods, n = np.zeros(parts), len(rows[0])
    centres, sizes, sums, squares = moments
    for p in prange(parts):
        part = (centres, sizes[p], sums[p], squares[p])
        first, last = p * n // parts, (p + 1) * n // parts
        log_likelihoods[p] = _pass(mode, kind, first, last, rows, model, part)
    return log_likelihoods.sum()


# Rows, factors and moments


@njit(fastmath=SUMS, **NUMPY)
def _fill_tiles(X, order, tiles):  # IN, IN, OUT
    """Copy the rows X (n, d) in this order (n,) to tiles; the last row fills up the last tile."""
    places = np.empty(8, np.int64)
    for t in range(len(tiles)):
        for part in range(0, _LANES, 8):
            for r in range(8):
                places[r] = order[min(t * _LANES + part + r, len(X) - 1)]
            _fill_rows(X, places, part, tiles[t])


@njit(fastmath=SUMS, **NUMPY)
def _sort_rows(labels, order, k):
    """Sort the order (n,) by labels (n,), which are below k; return both sorted. A stable counting sort."""
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
    """Compute the inverses (K, d, d) of Cholesky factors, and the logs (K,) of the inverses' determinants.

    Return False if a covariance is not positive definite.
    """
    d = covariances.shape[1]
    L = np.zeros((d, d))
    for k in range(covariances.shape[0]):
        inverse = inverses[k]
        log_dets[k] = 0.0
        for i in range(d):
            for j in range(i):
                remainder = covariances[k, i, j]
                for a in range(j):
                    remainder -= L[i, a] * L[j, a]
                L[i, j] = remainder / L[j, j]
            remainder = covariances[k, i, i]
            for a in range(i):
                remainder -= L[i, a] * L[i, a]
            if not 0 < remainder < np.inf:
                return False
            L[i, i] = np.sqrt(remainder)
            log_dets[k] -= np.log(L[i, i])
        for i in range(d):  # row i of the inverse from the rows above it
            for a in range(i):
                for j in range(a + 1):
                    inverse[i, j] -= L[i, a] * inverse[a, j]
            inverse[i, i] = 1.0
            for j in range(i + 1):
                inverse[i, j] /= L[i, i]
    return True


@njit(fastmath=SUMS, **NUMPY)
def _pack(factors, panels):  # IN, OUT
    """Pack triangular factors (K, d, d) for `_full_logs`: panels[k, j // 4, i, j % 4] = factors[k, j, i]."""
    for k in range(factors.shape[0]):
        for j in range(factors.shape[1]):
            for i in range(j + 1):
                panels[k, j // _PANEL, i, j % _PANEL] = factors[k, j, i]


@njit(fastmath=SUMS, **NUMPY)
def _finish_full(sizes, sums, squares, centres, reg_covar, eps, means, covariances):  # IN x 6, OUT, OUT
    """Compute new means (K, d) and covariances (K, d, d) from moments about the centres (K, d).

    sizes (K,), sums (K, d) and squares (K, d, d) are those of `_run`; eps is added to the sizes, so a
    component without rows gets mean 0. Return whether digits were lost: whether a second moment is more than
    1e5 times the variance, because the mean has moved by more than 300 widths.
    """
    k, d = means.shape
    shift = np.empty(d)
    lost = False
    for component in range(k):
        if sizes[component] == 0:
            for i in range(d):
                means[component, i] = 0.0
                for j in range(d):
                    covariances[component, i, j] = reg_covar if i == j else 0.0
            continue
        size = sizes[component] + eps
        for i in range(d):
            shift[i] = (sums[component, i] - eps * centres[component, i]) / size
            means[component, i] = centres[component, i] + shift[i]
        for i in range(d):
            for j in range(i + 1):
                about_centre = (
                    sums[component, i] * shift[j]
                    + shift[i] * sums[component, j]
                    - sizes[component] * shift[i] * shift[j]
                )
                value = (squares[component, i, j] - about_centre) / size
                covariances[component, i, j] = value
                covariances[component, j, i] = value
            covariances[component, i, i] += reg_covar
            lost |= squares[component, i, i] > 1e5 * size * covariances[component, i, i]
    return lost


@njit(fastmath=SUMS, **NUMPY)
def _finish_axes(sizes, sums, squares, centres, reg_covar, eps, means, variances):  # IN x 6, OUT, OUT
    """Compute new means and variances (K, d), as `_finish_full`; squares (K, d)."""
    lost = False
    for component in range(means.shape[0]):
        if sizes[component] == 0:
            means[component] = 0.0
            variances[component] = reg_covar
            continue
        size = sizes[component] + eps
        for i in range(means.shape[1]):
            shift = (sums[component, i] - eps * centres[component, i]) / size
            means[component, i] = centres[component, i] + shift
            about_centre = 2.0 * sums[component, i] * shift - sizes[component] * shift * shift
            variances[component, i] = (squares[component, i] - about_centre) / size + reg_covar
            lost |= squares[component, i] > 1e5 * size * variances[component, i]
    return lost


@njit(fastmath=SUMS, **NUMPY)
def _symmetric(squares, sizes, reg_covar, covariances):  # IN, IN, IN, OUT
    """Compute covariances (K, d, d) from the lower triangles of second moments about the means."""
    for k in range(covariances.shape[0]):
        for i in range(covariances.shape[1]):
            for j in range(i + 1):
                covariances[k, i, j] = squares[k, i, j] / sizes[k]
                covariances[k, j, i] = covariances[k, i, j]
            covariances[k, i, i] += reg_covar


@njit(fastmath=SUMS, **NUMPY)
def _moments_1d(x, shares):
    """Return weights, means and variances, (K,) each, from numbers (n,) and shares (n, K), in two passes."""
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
def _known_logs(x, constants, means, factors, logs, best):  # IN, IN, IN, IN, OUT, OUT
    """Compute log joint densities (K, W) of W rows, given as x (d, W), and their largest best (W,).

    constants (K,), means (K, d), and inverse factors (K, d, d), of the features that are known.
    """
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
def _known_moments(x, shares, centre, sums, squares):  # IN, IN, IN, INOUT, INOUT
    """Add W rows x (d, W), by their shares (W,), to moments about centre (d,).

    The moments are sums (d,) and the lower triangle of squares (d, d).
    """
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
    """Return the sum of values (n,)."""
    total = 0.0
    for i in range(len(values)):
        total += values[i]
    return total


@njit(fastmath=SUMS, **NUMPY)
def _shares_of_logs(logs, best):  # INOUT, IN
    """Turn log joint densities (K, W), of which best (W,) are the largest, into responsibilities.

    Return the sum of log p(x).
    """
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
def _known_first(x, order):  # IN, OUT
    """Write to order (d,) the known features of a row, then the missing ones; return how many are known."""
    n_known, last_free = 0, len(x) - 1
    for i in range(len(x)):
        if x[i] != x[i]:  # NaN
            order[last_free] = i
            last_free -= 1
        else:
            order[n_known] = i
            n_known += 1
    return n_known


@njit(fastmath=SUMS, **NUMPY)
def _gains(covariance, inverse, order, n_known):
    """Return the coefficients of all features on the known ones, in this order: (d, n_known).

    The first n_known rows are the identity.

    covariance (d, d); inverse (n_known, n_known), the inverse Cholesky factor of the known features.
    """
    d = len(order)
    gain, solved = np.zeros((d, n_known)), np.empty(n_known)
    for a in range(n_known):
        gain[a, a] = 1.0
    for a in range(n_known, d):
        for i in range(n_known):
            solved[i] = 0.0
            for j in range(i + 1):
                solved[i] += inverse[i, j] * covariance[order[a], order[j]]
        for i in range(n_known):
            for j in range(i + 1):
                gain[a, j] += solved[i] * inverse[i, j]
    return gain


@njit(fastmath=SUMS, **NUMPY)
def _fill_in(covariance, gain, order, moments, sums, squares):  # IN, IN, IN, IN, INOUT, INOUT
    """Add the rows of one pattern to the moments sums (d,) and squares (d, d) of all features.

    moments holds their size, and the moments of the known features about the mean, (n_known,) and (n_known,
    n_known). Expected offsets of all features are gain (d, n_known) times those of the known ones, and
    moments follow from that. The conditional covariance of the missing features is added, once for each row.
    """
    size, first, second = moments
    d, n_known = gain.shape
    through = np.zeros((d, n_known))
    for a in range(d):
        for i in range(n_known):
            sums[order[a]] += gain[a, i] * first[i]
            for j in range(n_known):
                through[a, j] += gain[a, i] * second[max(i, j), min(i, j)]
    for a in range(d):
        for b in range(d):
            value, conditional = 0.0, covariance[order[a], order[b]]
            for i in range(n_known):
                value += through[a, i] * gain[b, i]
                conditional -= gain[a, i] * covariance[order[i], order[b]]
            squares[order[a], order[b]] += value + (size * conditional if min(a, b) >= n_known else 0.0)


@njit(fastmath=SUMS, **NUMPY)
def _missing_step(X, starts, reg_covar, log_weights, means, covariances, weights):
    """Run an EM iteration, pattern by pattern; means, covariances and weights are replaced.

    X : (n, d), sorted by pattern
    starts : (n_patterns + 1,), the first row of each pattern, and n
    log_weights : (K,)

    Return the mean of log p(x) by the old parameters, NaN if a covariance is not positive definite.
    """
    n, d = X.shape
    k, chunk = len(weights), 64  # rows that are processed together
    sizes, sums, squares = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    best, order = np.empty(chunk), np.empty(d, np.int64)
    log_likelihood = 0.0
    for pattern in range(len(starts) - 1):
        n_known = _known_first(X[starts[pattern]], order)
        known_covariances, known_means = np.empty((k, n_known, n_known)), np.empty((k, n_known))
        for component in range(k):
            for i in range(n_known):
                known_means[component, i] = means[component, order[i]]
                for j in range(n_known):
                    known_covariances[component, i, j] = covariances[component, order[i], order[j]]
        factors, constants = np.zeros((k, n_known, n_known)), np.empty(k)
        if not _inverse_factors(known_covariances, factors, constants):
            return np.nan
        constants += log_weights - 0.5 * n_known * LOG_2PI
        pattern_sizes, pattern_sums, pattern_squares = (
            np.zeros((k, 1)),
            np.zeros((k, n_known)),
            np.zeros((k, n_known, n_known)),
        )
        for start in range(starts[pattern], starts[pattern + 1], chunk):
            n_rows = min(chunk, starts[pattern + 1] - start)
            x = np.empty((n_known, n_rows))
            for r in range(n_rows):
                for i in range(n_known):
                    x[i, r] = X[start + r, order[i]]
            shares = np.empty((k, n_rows))
            _known_logs(x, constants, known_means, factors, shares, best[:n_rows])
            log_likelihood += _shares_of_logs(shares, best[:n_rows])
            for component in range(k):
                pattern_sizes[component, 0] += _sum(shares[component])
                _known_moments(
                    x,
                    shares[component],
                    known_means[component],
                    pattern_sums[component],
                    pattern_squares[component],
                )
        for component in range(k):
            sizes[component] += pattern_sizes[component, 0]
            gain = _gains(covariances[component], factors[component], order, n_known)
            moments = (pattern_sizes[component, 0], pattern_sums[component], pattern_squares[component])
            _fill_in(covariances[component], gain, order, moments, sums[component], squares[component])
    _finish_full(sizes, sums, squares, means.copy(), reg_covar, 0.0, means, covariances)
    weights[:] = sizes / n
    return log_likelihood / n
