"""k-means as fast as the machine allows; it returns the same labels as the plain loops in loops.py.

There are three ways to run a fit. `_choose_way` chooses one by the size of the input, using the times in
SPEED.md:

- "loops", for few numbers: the plain loops, in one compiled call;
- "leaves", for up to three features: rows are sorted along a Hilbert curve, and 16 neighbours on the curve
  form a leaf. Each leaf has a bound on how far centres may move before its labels must be checked again;
- "bounds", for more features: for each row, bounds on its distances to groups of centres (Ding et al.,
  "Yinyang k-means", ICML 2015). Rows that the bounds leave undecided are compared with centres in tiles
  of 16 rows, in float32.

Rounding cannot change a label: where a comparison uses rounded numbers, their error is bounded, and
comparisons within the bound are decided by `_squared`, the sum of squared differences in float64, term by
term. So all three ways label a tie with the lowest index, also for data far from the origin.

The file has, in this order: the functions of the contract, the choice of a way, "leaves", "bounds", "loops"
with what all ways share, k-means++ and silhouette, and helpers in plain Python.

In shapes: n rows, d features, k clusters, t groups of centres. A comment such as `# IN, OUT` after a
function's parameters says, in their order, which arrays it reads and which it writes. A kernel with the
parameters `part` and `parts` processes each `parts`-th strip of rows (or region), from strip `part` on, so
that `parts` threads share the work. In loops, i is a row, j or f a feature, c a centre, g a group, r a
lane of a vector (a row's place in its tile or leaf); in the plain loops, j is a centre.

Other sources: Lloyd (1982), Rousseeuw (1987), Hamerly (2010); Arthur and Vassilvitskii (2007), with full
titles in reference.py; Raff, "Exact acceleration of k-means++ and k-means||", IJCAI 2021.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numba
import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from ..simd import (
    AVX512,
    DOUBLE,
    FINITE,
    FLOAT,
    INT32,
    INT64,
    LOOSE,
    NOGIL,
    call,
    data_of,
    filled,
    load,
    load_spread,
    multiply_add,
    spread,
    store,
    vector,
)
from .loops import State, _check_k, _check_shapes, _check_weighted, _floats, _integers, _squared

LANES = 16
"""Rows of a tile or leaf, side by side in a vector of float32: one register of AVX-512, two of AVX2."""
BLOCK = 12 if AVX512 else 6
"""Centres that a tile of rows is compared with at once: BLOCK sums for LANES rows stay in registers."""
STRIP = 1024
"""Rows that a thread processes at a time: what it stores about them stays in the first-level cache."""
EPS = 2.0**-24
"""Largest relative error of rounding a number to float32."""
FEW = 4
"""Most candidates (centres that may be nearest to some row) that a leaf remembers; 6 were not faster."""
REGION = 32
"""Leaves of LANES rows that share a list of candidates; 16 were not faster."""
PRODUCTS = 500_000
"""Numbers in a block of products, in `silhouette`: 4 MB in float64, so that they stay in a cache."""
SMALL = 60_000
"""Up to this many differences (n * k * d) in an iteration the plain loops are fastest: no preparation."""
THREADED = 2_000_000
"""From this many differences in an iteration on, threads save more than starting them costs."""


# Rounds 1 to 4, written for speed


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time, O(n) memory."""
    centers = _floats(centers)
    labels = np.empty(len(X), dtype=np.int64)
    data = _Data(X, centers.size)
    if _choose_way(data, centers) == "loops":
        _assign(_floats(X), centers, labels)
        return labels
    with data.threads():
        bounds = _Bounds(data, centers, groups=False)
        bounds.assign(centers)
        return bounds.row_labels()


def update(X, labels, centers):
    """Move each centre to the mean of its rows, or leave it if it has none: (k, d). O(nd + kd)."""
    new_centers = np.empty(centers.shape)
    _update(_floats(X), _integers(labels), _floats(centers), new_centers)
    return new_centers


def lloyd(X, centers, max_iter=300):
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) an iteration at worst."""
    # A shift is never as small as -1, so only repeated labels end the fit.
    data = _Data(X, centers.size)
    labels, new_centers, _ = _fit(data, centers, max_iter, threshold=-1.0, relocates=False)
    return labels, new_centers


def relocate_empty(X, labels, centers):
    """Fill each of e empty clusters with a far row: labels (n,), centers (k, d). O(n(d + e) + kd)."""
    X, centers = _floats(X), _floats(centers)
    new_labels = np.array(labels, dtype=np.int64)
    _relocate(X, centers, new_labels)
    return new_labels, update(X, new_labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter.

    O(nkd) an iteration at worst; with bounds, iterations after the first take a fraction of the first.
    """
    _check_shapes(X, centers)
    data = _Data(X, centers.size)
    data.check()
    return _kmeans(data, centers, max_iter, tol)


def kmeans_plusplus(X, k, rng, n_local_trials=1):
    """Draw k rows by D² sampling, greedily if n_local_trials > 1: (k,). O(nkd n_local_trials) at worst."""
    _check_k(k, len(X))
    indices = np.empty(k, dtype=np.int64)
    indices[0] = rng.integers(len(X))
    _plusplus(_floats(X), rng.random((k, n_local_trials)), indices)
    return indices


def best_of(X, k, n_init, rng):
    """Keep the best of n_init runs: labels (n,), centers (k, d), inertia. O(n_init) runs of kmeans."""
    _check_k(k, len(X))
    X = _floats(X)
    data = _Data(X, k * X.shape[1])  # everything that does not depend on the start is prepared once
    data.check()
    best = None
    for _ in range(n_init):
        labels, centers, inertia, _ = _kmeans(data, X[kmeans_plusplus(X, k, rng)], max_iter=300, tol=1e-4)
        if best is None or inertia < best[2]:
            best = labels, centers, inertia
    return best


def silhouette(X, labels):
    """Compare mean distances to the own and to the nearest other cluster: (n,). O(n²d) time, O(nd) memory.

    Rows are sorted by cluster. The products of a block of rows with all rows come from one matrix product,
    and `_silhouette` turns them into distances.
    """
    clusters, cluster_of, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(clusters) <= len(X) - 1:
        raise ValueError(f"expected 2 to {len(X) - 1} clusters, got {len(clusters)}")
    order = np.argsort(cluster_of, kind="stable")  # each cluster becomes a run of rows
    rows = _floats(X)[order]
    rows -= rows.mean(axis=0)  # distances computed from products lose digits far from the origin
    starts = np.append(0, np.cumsum(sizes))  # (k + 1,), the first row of each cluster, and n
    squares = (rows**2).sum(axis=1)
    values = np.empty(len(X))
    rows_of_block = max(1, PRODUCTS // len(X))
    for first in range(0, len(X), rows_of_block):
        _silhouette(rows, squares, rows[first : first + rows_of_block] @ rows.T, first, starts, order, values)
    return values


# Rounds 5 to 9, written plainly


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):  # noqa: ARG001 - one row at a time anyway
    """Run `kmeans` row by row: O(n + kd) memory, O(nkd) an iteration."""
    _check_shapes(X, centers)
    # A finite sum has finite terms only, and needs no array of booleans.
    if not (np.isfinite(X.sum()) or np.isfinite(X).all()):
        raise ValueError("NaN or infinity in the input")
    _check_data(X[:0], centers, len(X))  # X itself has been checked
    X = _floats(X)
    labels = np.empty(len(X), dtype=np.int64)
    new_centers = np.array(centers, dtype=np.float64, order="C")
    _, variances, _ = _moments(X)
    threshold = tol * variances.mean()
    n_iter = _loops(X, max_iter, threshold, relocates=True, labels=labels, centers=new_centers)
    return labels, new_centers, _inertia(X, new_centers, labels, part=0, parts=1), n_iter


def hamerly(X, centers, max_iter, dist):
    """Run `kmeans` at tol=0 with Elkan's bounds: labels (n,), centers (k, d), n_iter. O(nk) memory.

    `upper` (n,) holds an upper bound of each row's distance to its own centre, `lower` (n, k) a lower bound
    of its distance to each centre.
    """
    _check_data(X, centers, len(X))
    n = len(X)
    centers = _floats(centers)
    lower = np.stack([dist(center, np.arange(n)) for center in centers], axis=1)  # (n, k)
    labels = lower.argmin(axis=1)
    upper = lower.min(axis=1)  # (n,)
    old_labels = np.full(n, -1)
    for n_iter in range(1, max_iter + 1):
        if n_iter > 1:
            old_labels[:] = labels
            _elkan(centers, dist, labels, upper, lower)
        new_centers = update(X, labels, centers)
        shifts = np.sqrt(((new_centers - centers) ** 2).sum(axis=1))  # (k,)
        centers = new_centers
        if np.array_equal(labels, old_labels):
            break
        upper += shifts[labels]
        lower -= shifts
    return labels, centers, n_iter


def partial_fit(state, X_batch, weights):
    """Add a batch of b rows: a state of centers (k, d) and totals (k,). O(bkd)."""
    _check_weighted(X_batch, state.centers, weights)
    labels, differences = _differences(X_batch, state.centers)
    sums, added = _weigh(labels, differences, weights, len(state.centers))  # (k, d), (k,)
    totals = state.totals + added
    centers = np.array(state.centers)
    has_weight = added > 0
    # `sums` are of differences to the centre, so their mean is how far the centre moves.
    centers[has_weight] += sums[has_weight] / totals[has_weight][:, None]
    return State(centers, totals)


def partial(X_chunk, centers, weights):
    """Sum up a chunk of b rows: weighted differences (k, d), weights (k,) and the cost. O(bkd)."""
    _check_weighted(X_chunk, centers, weights)
    labels, differences = _differences(X_chunk, centers)
    sums, totals = _weigh(labels, differences, weights, len(centers))
    return sums, totals, float(weights @ (differences**2).sum(axis=1))


def merge(a, b):
    """Add up the stats of two sets of rows, number by number. O(kd)."""
    return tuple(one + other for one, other in zip(a, b))


def finish(stats, centers):
    """Move each centre by its mean difference: centers (k, d), inertia of the old ones. O(kd)."""
    sums, totals, cost = stats
    return centers + sums / np.where(totals > 0, totals, 1)[:, None], cost


def coreset(X, m, rng):
    """Draw m rows, half uniformly, half by influence: points (m, d), weights (m,). O(nd + m log n).

    The influence of a row is its share in the sum of squared distances to the mean.
    """
    if m < 1 or len(X) == 0 or not np.isfinite(X).all():
        raise ValueError("expected m >= 1, and rows without NaN or infinity")
    squared = ((X - X.mean(axis=0)) ** 2).sum(axis=1)  # (n,)
    total, uniform = squared.sum(), np.full(len(X), 1 / len(X))
    chances = (uniform + squared / total) / 2 if total > 0 else uniform
    steps = np.cumsum(chances)
    drawn = np.searchsorted(steps, rng.random(m) * steps[-1], side="right")
    return X[drawn], 1 / (m * chances[drawn])


def cluster_huge(X, k, rng, dist):
    """Run k-means on a sample of 20 * k rows, from a k-means++ start: centers (k, d).

    The start takes 20 * k² distances, and up to 10 iterations of `hamerly` add a few.
    """
    sample = rng.choice(len(X), min(len(X), 20 * k), replace=False)
    picks = [rng.integers(len(sample))]
    closest = dist(X[sample[picks[0]]], sample) ** 2
    while len(picks) < k:
        steps = np.cumsum(closest)
        picks.append(min(np.searchsorted(steps, rng.random() * steps[-1], side="right"), len(sample) - 1))
        closest = np.minimum(closest, dist(X[sample[picks[-1]]], sample) ** 2)
    _, centers, _ = hamerly(
        X[sample], X[sample[picks]], max_iter=10, dist=lambda q, rows: dist(q, sample[rows])
    )
    return centers


# A fit, and the choice of how to run it


def _kmeans(data, centers, max_iter, tol):
    """Run `kmeans` on data whose rows have been checked: labels (n,), centers (k, d), inertia, n_iter."""
    _check_data(data.X[:0], centers, len(data.X))
    labels, centers, n_iter = _fit(data, centers, max_iter, tol * data.variance, relocates=True)
    inertia = sum(data.run(_inertia, data.X, centers, labels))
    return labels, centers, inertia, n_iter


def _fit(data, centers, max_iter, threshold, *, relocates):
    """Iterate until labels repeat or the shift is small: labels (n,), centers (k, d), n_iter."""
    centers = np.array(centers, dtype=np.float64, order="C")
    way = _choose_way(data, centers)
    if way == "loops":
        labels = np.empty(len(data.X), dtype=np.int64)
        n_iter = _loops(_floats(data.X), max_iter, threshold, relocates, labels, centers)
        return labels, centers, n_iter
    with data.threads():
        engine = data.leaves() if way == "leaves" else _Bounds(data, centers)
        n_iter = 0
        engine.start(centers)
        while n_iter < max_iter:
            n_iter += 1
            sums, counts, repeated = engine.assign(centers)  # (k, d), of differences to data.base; (k,)
            if relocates and not counts.all():
                sums, counts = _relocate_sums(data, centers, engine.row_labels(), sums, counts)
            centers, shift = _means(centers, sums, counts, data.base)
            if repeated or shift <= threshold:
                break
        engine.assign(centers)
        return engine.row_labels(), centers, n_iter


def _choose_way(data, centers):
    """Return "loops", "leaves" or "bounds", by the times in SPEED.md; see the head of this file."""
    (n, d), k = data.X.shape, len(centers)
    if n * k * d <= SMALL or k == 1 or d == 0 or not data.fits_single(centers):
        return "loops"
    return "leaves" if d <= 3 else "bounds"


def _relocate_sums(data, centers, labels, sums, counts):
    """Relocate empty clusters; return the sums (k, d) and counts (k,) after that."""
    new_labels = labels.copy()
    _relocate(data.X, centers, new_labels)
    sums, counts = sums.copy(), counts.copy()
    for row in np.flatnonzero(new_labels != labels):
        difference = data.X[row] - data.base
        sums[labels[row]] -= difference
        sums[new_labels[row]] += difference
        counts[labels[row]] -= 1
        counts[new_labels[row]] += 1
    return sums, counts


class _Data:
    """The rows, and everything about them that does not depend on the start, computed when first needed.

    centers_size: k * d. `run(kernel, *arguments)` calls a kernel for all parts and returns the list of its
    results.
    """

    def __init__(self, X, centers_size):
        self.work = len(X) * centers_size  # differences of one iteration by brute force
        # float32 is not copied to float64: the copy takes up to 4 % of a fit and, with few features, as much
        # memory as all else that a fit stores. The plain loops are compiled for float64 only.
        large = self.work > SMALL and X.dtype == np.float32
        self.X = np.ascontiguousarray(X) if large else _floats(X)
        self._cached_moments = self._cached_leaves = None
        self.run = _serial

    @contextmanager
    def threads(self):
        """Context in which `run` distributes the rows over threads, if that is faster."""
        with _workers(self.work) as run:
            self.run = run
            try:
                yield
            finally:
                self.run = _serial

    def _moments(self):
        """Return mean (d,), variances (d,), radius (largest distance of a row to the mean) and base (d,)."""
        if self._cached_moments is None:
            mean, variances, radius = _moments(self.X)
            # Sums of rows are sums of differences to `base`, so that they lose no digits far from the
            # origin. Near the origin `base` is 0. Where the mean exceeds 64 times the radius (six bits
            # would be lost), it is the mean rounded to a multiple of a power of two: then differences and
            # sums of whole numbers are exact, and equal distances stay equal.
            unit = 2.0 ** np.ceil(np.log2(radius)) if 0 < radius < np.inf else 1.0
            base = np.where(np.abs(mean) > 64 * unit, np.round(mean / unit) * unit, 0.0)
            self._cached_moments = mean, variances, radius, base
        return self._cached_moments

    mean = property(lambda self: self._moments()[0])
    variances = property(lambda self: self._moments()[1])
    variance = property(lambda self: self._moments()[1].mean())
    radius = property(lambda self: self._moments()[2])
    base = property(lambda self: self._moments()[3])

    def check(self):
        """Raise ValueError for NaN or infinity: if a sum is finite, so are all its terms."""
        if not (np.isfinite(self.variance) or np.isfinite(self.X).all()):
            raise ValueError("NaN or infinity in the input")

    def fits_single(self, centers):
        """Return whether float32 is precise enough to compare distances to these centres.

        Its error bounds grow with the largest norm of a centre, squared: where a centre is 10,000 times as
        far from the mean as the farthest row, they would exceed all differences between distances.
        """
        if not (0 < self.radius < np.inf):  # all rows are equal, or squares overflow
            return False
        return bool(np.abs(centers - self.mean).max() < 1e4 * self.radius)

    def leaves(self):
        """Return the `_Leaves` of these rows, which serve all starts."""
        if self._cached_leaves is None:
            self._cached_leaves = _Leaves(self)
        return self._cached_leaves


@contextmanager
def _workers(work):
    """Yield a function that calls a kernel once per thread, with `part` and `parts`: a list of results.

    work: differences of one iteration; below THREADED, one thread does everything. The threads are
    Python's, since kernels release its global lock; numba's `parallel=True` would take longer to compile.
    """
    n_threads = numba.get_num_threads() if work >= THREADED else 1
    if n_threads == 1:
        yield _serial
        return
    with ThreadPoolExecutor(n_threads - 1) as pool:

        def run(kernel, *arguments):
            others = [pool.submit(kernel, *arguments, part, n_threads) for part in range(1, n_threads)]
            return [kernel(*arguments, 0, n_threads), *(one.result() for one in others)]

        yield run


def _serial(kernel, *arguments):
    """Call a kernel once, as part 0 of 1, on this thread: a list with its result."""
    return [kernel(*arguments, 0, 1)]


# Up to three features: leaves of 16 neighbouring rows


class _Leaves:
    """Rows in the order of a Hilbert curve: 16 neighbours (LANES) are a leaf, and 32 leaves a region.

    In each iteration, a region lists its candidates: the centres that may be nearest to any of its rows, with
    a margin. A leaf takes from that list the few that may be nearest within its ball (the smallest ball
    round the middle of its rows that holds them all). It keeps them, and the labels of its rows, until
    the listed centres have moved so far that a label could change. Sums change only for rows whose label
    changes, so near the end of a run an iteration visits few leaves. All bounds are of distances, not
    of squared ones, as the triangle inequality requires.

    How far centres have moved is counted per region, as its drift: in each iteration the two largest moves
    of listed centres are added, since one centre may come nearer by its move while another recedes by its
    own.

    order : (n,), rows along the curve
    points : (leaves, d, LANES), the coordinates; copies of the last row fill up the last leaf
    middles, radii : (leaves, d), (leaves,), balls round leaves
    region_middles, region_radii : the same for regions
    labels : (leaves, LANES), -1 before the first iteration
    remembered, n_candidates : (leaves, FEW), (leaves,), candidates of a leaf, stored if at most FEW
    remembered_until, labels_hold_until : (leaves,), up to which drift of its region a leaf's candidates
        are complete, and its labels correct
    listed_before, region_drifts : (regions, k), (regions,), which centres were on the last list; drifts
    sums, counts : (k, d), (k,), of the rows of each cluster, less `data.base`
    """

    def __init__(self, data):
        self.data = data
        n, d = data.X.shape
        self.axes = tuple(range(d))  # its length is a constant to the compiler: loops over it unroll
        keys = np.empty(n, dtype=np.int64)
        # The curve covers four standard deviations on each side of the mean; rows outside are at its edge.
        half_width = 4.0 * np.maximum(np.sqrt(data.variances), 1e-300)  # 1e-300: a constant column
        data.run(_hilbert, data.X, self.axes, data.mean - half_width, 2.0 * half_width, keys)
        self.order = _sorted_order(keys)
        self.n_leaves = -(-n // LANES)
        regions = -(-self.n_leaves // REGION)
        self.points = np.empty((self.n_leaves, d, LANES))
        self.middles, self.radii = np.empty((self.n_leaves, d)), np.empty(self.n_leaves)
        self.region_middles, self.region_radii = np.empty((regions, d)), np.empty(regions)
        data.run(_pack, data.X, self.axes, self.order, *self._balls(), self.points)

    def _balls(self):
        """Return the balls round leaves and regions, in the order in which kernels take them."""
        return self.middles, self.radii, self.region_middles, self.region_radii

    def start(self, centers):
        """Prepare a run from these centres; nothing remains from an earlier run but the order of the rows."""
        k, regions = len(centers), len(self.region_radii)
        self.centers = centers
        self.labels = np.full((self.n_leaves, LANES), -1, dtype=np.int32)
        self.remembered = np.empty((self.n_leaves, FEW), dtype=np.int32)
        self.n_candidates = np.empty(self.n_leaves, dtype=np.int32)
        self.labels_hold_until = np.full(self.n_leaves, -1.0)  # below every drift: compute in any case
        self.remembered_until = np.full(self.n_leaves, -1.0)
        self.listed_before, self.region_drifts = np.zeros((regions, k), dtype=np.bool_), np.zeros(regions)
        self.sums, self.counts = np.zeros(centers.shape), np.zeros(k, dtype=np.int64)

    def assign(self, centers):
        """Return the sums (k, d), the counts (k,), and whether the labels are those of the last call."""
        old_centers, self.centers = self.centers, centers
        parts = self.data.run(
            _sweep, self.axes, len(self.order), self.data.base, self.points, *self._balls(),
            old_centers, centers, self.listed_before, self.region_drifts, self.remembered,
            self.n_candidates, self.remembered_until, self.labels_hold_until, self.labels,
        )  # fmt: skip
        for sums, counts, _ in parts:
            self.sums += sums
            self.counts += counts
        return self.sums, self.counts, not any(changed for _, _, changed in parts)

    def row_labels(self):
        """Return the labels of the last assignment in the order of X: (n,)."""
        labels = np.empty(len(self.order), dtype=np.int64)
        self.data.run(_scatter, self.labels.reshape(-1), self.order, labels)
        return labels


@njit(**NOGIL)
def _hilbert(X, axes, corner, width, keys, part, parts):  # noqa: C901, PLR0912 - one pass over the bits
    """Write the keys (n,) of the rows: place on a Hilbert curve in the upper half, row in the lower half.

    The algorithm is Skilling's, "Programming the Hilbert curve" (2004). A grid of 2**bits cells along each
    axis covers the box from `corner` (d,) with the widths `width` (d,). Neighbours on the curve are
    neighbours in space, so leaves are compact. A kd-tree makes equally good leaves, but it needs a selection
    at each of its 13 levels (for 100,000 rows) instead of one sort. axes: 0 to d - 1.
    """
    d, bits = len(axes), 30 // len(axes)  # 30 bits in all: three digits for `_sorted_order`
    cells = np.empty((d, STRIP), dtype=np.int32)  # each step is done for many rows at once: fills vectors
    top = np.int32(1) << np.int32(bits - 1)
    for start in range(part * STRIP, len(keys), parts * STRIP):
        size = min(STRIP, len(keys) - start)
        for j in range(d):
            scale = (2.0 * top - 1) / width[j]
            for i in range(size):
                cells[j, i] = np.int32(min(max((X[start + i, j] - corner[j]) * scale, 0.0), 2.0 * top - 1))
        bit = top
        while bit > 1:
            mask = np.int32(bit - 1)
            for j in range(d):
                for i in range(size):
                    first_cell, cell = cells[0, i], cells[j, i]
                    swap = (first_cell ^ cell) & mask
                    inverts = cell & bit != 0
                    cells[0, i] = first_cell ^ (mask if inverts else swap)
                    if j > 0:
                        cells[j, i] = cell if inverts else cell ^ swap
            bit >>= np.int32(1)
        for j in range(1, d):
            for i in range(size):
                cells[j, i] ^= cells[j - 1, i]
        for i in range(size):
            inversion = np.int32(0)
            bit = top
            while bit > 1:
                if cells[d - 1, i] & bit:
                    inversion ^= np.int32(bit - 1)
                bit >>= np.int32(1)
            key = np.int64(0)
            for b in range(bits - 1, -1, -1):
                for j in range(d):
                    key = 2 * key + (((cells[j, i] ^ inversion) >> np.int32(b)) & 1)
            keys[start + i] = key << 32 | (start + i)


@njit(**NOGIL)
def _sorted_order(keys):  # INOUT
    """Sort the keys (n,) by their upper halves, and return their lower halves (n,) in that order.

    A radix sort of 30 bits in three passes of 10 bits, from the lowest on; 1,024 counts stay in the
    first-level cache. It takes a third of the time of numpy's argsort.
    """
    counts = np.zeros((3, 1024), dtype=np.int64)
    for i in range(len(keys)):
        for digit in range(3):
            counts[digit, (keys[i] >> (32 + 10 * digit)) & 1023] += 1
    target = np.empty_like(keys)
    for digit in range(3):
        offset = np.int64(0)
        for digit_value in range(1024):
            count = counts[digit, digit_value]
            counts[digit, digit_value] = offset
            offset += count
        for i in range(len(keys)):
            digit_value = (keys[i] >> (32 + 10 * digit)) & 1023
            target[counts[digit, digit_value]] = keys[i]
            counts[digit, digit_value] += 1
        keys, target = target, keys
    for i in range(len(keys)):
        keys[i] &= 0xFFFFFFFF
    return keys


@njit(**NOGIL)
def _pack(X, axes, order, middles, radii, region_middles, region_radii, points, part, parts):
    """Write the coordinates of each leaf, feature by feature, and the balls round leaves and regions.

    Shapes are those in `_Leaves`. Radii are rounded up by more than the error of their computation.
    """
    n, leaves = len(order), len(radii)
    region_low, region_high = np.empty(len(axes)), np.empty(len(axes))
    for region in range(part, len(region_radii), parts):
        first_leaf, stop = region * REGION, min((region + 1) * REGION, leaves)
        for leaf in range(first_leaf, stop):
            for j in range(len(axes)):
                low, high = np.inf, -np.inf
                for r in range(LANES):
                    row = order[min(leaf * LANES + r, n - 1)]  # copies of the last row fill up its leaf
                    value = np.float64(X[row, j])
                    points[leaf, j, r] = value
                    low, high = min(low, value), max(high, value)
                middles[leaf, j] = low + (high - low) / 2
                region_low[j] = low if leaf == first_leaf else min(region_low[j], low)
                region_high[j] = high if leaf == first_leaf else max(region_high[j], high)
            largest_square = 0.0
            for r in range(LANES):
                square = 0.0
                for j in range(len(axes)):
                    square += (points[leaf, j, r] - middles[leaf, j]) ** 2
                largest_square = max(largest_square, square)
            radii[leaf] = math.sqrt(largest_square) * (1 + 1e-12)
        for j in range(len(axes)):
            region_middles[region, j] = region_low[j] + (region_high[j] - region_low[j]) / 2
        region_radii[region] = 0.0
        for leaf in range(first_leaf, stop):
            distance = math.sqrt(_squared(middles, leaf, region_middles, region)) + radii[leaf]
            region_radii[region] = max(region_radii[region], distance * (1 + 1e-12))


@njit(fastmath=FINITE, **NOGIL)
def _sweep(  # noqa: C901, PLR0912 - calls in the inner loops would cost time
    axes, n, base, points, middles, radii, region_middles, region_radii, old_centers, centers,
    listed_before, region_drifts, remembered, n_candidates, remembered_until, labels_hold_until, labels,
    part, parts,
):  # fmt: skip
    """Update the labels of some regions: changes of sums (k, d) and counts (k,), number of rows changed.

    Shapes are those in `_Leaves`. old_centers: the centres of the last call; in the first call, those of
    this one. Writes what follows `centers` in the signature.
    """
    k, leaves = len(centers), len(radii)
    sums, counts, n_changed = np.zeros((k, len(axes))), np.zeros(k, dtype=np.int64), 0
    center_columns, moves = np.ascontiguousarray(centers.T), np.empty(k)
    for c in range(k):
        moves[c] = math.sqrt(_squared(old_centers, c, centers, c)) * (1 + 1e-9)
    squares, listed_columns = np.empty(k + LANES), np.empty((len(axes), k + LANES))
    listed, candidates = np.empty(k + 1, dtype=np.int32), np.empty(k + 1, dtype=np.int32)
    nearest = np.empty(LANES, dtype=np.int32)
    for region in range(part, len(region_radii), parts):
        first_leaf, stop = region * REGION, min((region + 1) * REGION, leaves)
        # A larger margin makes longer lists, a smaller one checks more leaves.
        margin = 0.5 * region_radii[region]
        n_listed, region_move = _list_candidates(
            axes, center_columns, moves, region_middles, region, region_radii[region], margin, squares,
            listed_before[region], listed,
        )  # fmt: skip
        region_drifts[region] += region_move
        drift = region_drifts[region]
        columns_copied = False
        for leaf in range(first_leaf, stop):
            if drift < labels_hold_until[leaf]:
                continue
            if drift < remembered_until[leaf]:
                n_kept, slack = n_candidates[leaf], remembered_until[leaf] - drift
            else:
                if not columns_copied:
                    columns_copied = True
                    for j in range(len(axes)):
                        for q in range(n_listed):
                            listed_columns[j, q] = center_columns[j, listed[q]]
                        listed_columns[j, n_listed : n_listed + LANES] = np.inf
                n_kept, slack = _keep_candidates(
                    axes, listed_columns, n_listed, listed, middles, leaf, radii[leaf], squares, candidates
                )
                slack = min(slack, margin)
                remembered_until[leaf] = drift + slack if n_kept <= FEW else -1.0
                n_candidates[leaf] = n_kept
                for q in range(min(n_kept, FEW)):
                    remembered[leaf, q] = candidates[q]
            if n_kept == 1:
                for r in range(LANES):
                    nearest[r] = remembered[leaf, 0]
            elif n_kept <= FEW:
                gaps = _nearest(axes, points, leaf, centers, remembered, leaf * FEW, n_kept, nearest)
                slack = min(slack, _safe_move(gaps))
            else:
                gaps = _nearest(axes, points, leaf, centers, candidates, 0, n_kept, nearest)
                slack = min(slack, _safe_move(gaps))
            labels_hold_until[leaf] = drift + slack
            differs = False
            for r in range(LANES):
                differs |= nearest[r] != labels[leaf, r]
            if not differs:
                continue
            for r in range(min(LANES, n - leaf * LANES)):
                new_label, old_label = nearest[r], labels[leaf, r]
                if new_label != old_label:
                    labels[leaf, r] = new_label
                    n_changed += 1
                    counts[new_label] += 1
                    for j in range(len(axes)):
                        sums[new_label, j] += points[leaf, j, r] - base[j]
                    if old_label >= 0:
                        counts[old_label] -= 1
                        for j in range(len(axes)):
                            sums[old_label, j] -= points[leaf, j, r] - base[j]
    return sums, counts, n_changed


@njit(fastmath=FINITE, **NOGIL)
def _list_candidates(
    axes, center_columns, moves, region_middles, region, radius, margin, squares, listed_before, listed
):
    """List the centres that may be nearest in a region; return their number, and the sum of two moves.

    The two moves are the largest of the centres that are on this list or were on the last one. A centre that
    is not listed is farther from each row than the row's nearest centre by at least the margin. So a
    bound that is at most the margin holds for unlisted centres, too, and their moves need not be counted.

    center_columns : (d, k), the centres, feature by feature
    moves : (k,), how far each centre has moved since the last iteration
    squares : OUT, (k + LANES,), squared distances to the middle of the region
    listed_before : INOUT, (k,), whether a centre was, then is, listed
    listed : OUT, (k + 1,)
    """
    nearest_square = np.inf
    for c in range(center_columns.shape[1]):
        square = 0.0
        for j in range(len(axes)):
            square += (center_columns[j, c] - region_middles[region, j]) ** 2
        squares[c] = square
        nearest_square = min(nearest_square, square)
    limit = ((math.sqrt(nearest_square) + 2 * radius + margin) * (1 + 1e-12)) ** 2  # more than rounding
    n_listed, largest_move, second_move = 0, 0.0, 0.0
    for c in range(center_columns.shape[1]):
        within = squares[c] <= limit
        listed[n_listed] = c
        n_listed += within
        if moves[c] > second_move and (within or listed_before[c]):
            second_move, largest_move = min(moves[c], largest_move), max(moves[c], largest_move)
        listed_before[c] = within
    return n_listed, largest_move + second_move


@njit(fastmath=FINITE, **NOGIL)
def _keep_candidates(axes, listed_columns, n_listed, listed, middles, leaf, radius, squares, candidates):
    """Copy the listed centres that may be nearest in a leaf; return their number and the others' margin.

    A centre whose distance to the middle of the leaf's ball exceeds the smallest one by twice the radius
    is nearest to no point of the ball. The margin is by how much the nearest centre left out exceeds that.

    listed_columns : (d, k + LANES), the listed centres, feature by feature, filled up with infinity
    squares : OUT, (k + LANES,), squared distances to the middle of the leaf
    candidates : OUT, (k + 1,)
    """
    for q in range(0, n_listed, 8):
        for lane in range(8):
            square = 0.0
            for j in range(len(axes)):
                square += (listed_columns[j, q + lane] - middles[leaf, j]) ** 2
            squares[q + lane] = square
    nearest_square = np.inf
    for q in range(n_listed):
        nearest_square = min(nearest_square, squares[q])
    reach = (math.sqrt(nearest_square) + 2 * radius) * (1 + 1e-12)  # more than rounding
    # So the margin is a quarter of the radius at least, and lasts for some iterations.
    limit = (reach + 0.25 * radius) ** 2
    n_kept, nearest_left_out = 0, np.inf
    for q in range(n_listed):
        candidates[n_kept] = listed[q]
        within = squares[q] <= limit
        n_kept += within
        nearest_left_out = min(nearest_left_out, np.inf if within else squares[q])
    return n_kept, (math.sqrt(nearest_left_out) - reach) * (1 - 1e-9)


@njit(fastmath=FINITE, **NOGIL)
def _safe_move(bounds):
    """Return how far two centres may move, added together, before a label of a leaf can change.

    bounds: what `_nearest` returns, i.e. the least difference between a row's second-smallest and smallest
    squared distance, and the largest second-smallest one.
    """
    least_gap, largest_second = bounds
    # With distances a <= b of a row, b - a = (b² - a²) / (b + a) >= least_gap / (2 largest). The factors
    # near 1 and 0 cover the rounding.
    largest = math.sqrt(largest_second)
    return least_gap / (2 * largest) * (1 - 1e-9) - 1e-12 * largest if largest > 0 else 0.0


@njit(**NOGIL)
def _scatter(labels, order, row_labels, part, parts):  # IN, IN, OUT
    """Write labels (n,), given along the curve, in the order of the rows: row_labels (n,)."""
    for start in range(part * STRIP, len(order), parts * STRIP):
        for i in range(start, min(start + STRIP, len(order))):
            row_labels[order[i]] = labels[i]


# More than three features: bounds for groups of centres


class _Bounds:
    """Bounds on distances, so that most rows need no distance at all in most iterations.

    For each row, `upper` is an upper bound of the distance to its own centre, and `lower` has, for each group
    of centres, a lower bound of the distances to all other centres of the group. While `upper` is below all
    of `lower`, the label cannot change. When centres move, bounds become looser by the moves.
    So that not all bounds have to be written in each iteration, moves are summed up per centre and per group
    (the drifts), and stored bounds are relative to the drift at the time of storing. Lower bounds of a
    strip of rows and a group lie side by side, so that the least bound of each row is found for a vector
    of rows at once.

    Rows and centres are moved by the mean of the rows, scaled to about 1, and rounded to float32. Bounds
    are widened by more than this rounding; `_resolve` decides in float64 between centres that are
    nearest within it.

    Centres are kept in the order of their groups:

    ids : (k,), the caller's index of each centre in that order
    group_starts, block_starts : (t + 1,), first centre and first block of each group, and the ends
    group_of : (k,), the group of each centre
    packed_centers : (blocks, d, BLOCK), scaled centres, as `_scan` reads them
    half_squares : (blocks * BLOCK,), |c|² / 2
    center_drift, group_drift : (k,), (t,), sums of moves and of the largest move in the group

    Rows are in the order of X in the first iteration, then sorted by label:

    row_order : (n,), the row of X at each place
    scaled_rows, norms : (n, d), (n,)
    upper : (n,), the bound less the drift of the centre when it was stored
    lower : (strips, t, STRIP + LANES), the bound plus the drift of the group when it was stored
    labels : (n,), places in `ids`
    """

    def __init__(self, data, centers, *, groups=True):
        self.data = data
        n, d = data.X.shape
        k = len(centers)
        self.scale = 2.0 ** -math.ceil(math.log2(data.radius))
        group_size = BLOCK * (_blocks_of_a_group(k) if groups else k)  # without groups, one has all centres
        self.ids = _grouped(centers - data.mean, group_size)
        self.group_starts = np.append(np.arange(0, k, group_size), k)
        self.group_of = np.arange(k) // group_size
        n_groups = len(self.group_starts) - 1
        n_blocks = -(-k // BLOCK)
        self.block_starts = np.append(np.arange(n_groups) * (group_size // BLOCK), n_blocks)
        self.packed_centers = np.zeros((n_blocks, d, BLOCK), dtype=np.float32)
        # 1e30: the centres of zeros that fill up the last block never have the highest score
        self.half_squares = np.full(n_blocks * BLOCK, 1e30, dtype=np.float32)
        self.row_order = np.arange(n)
        self.scaled_rows = np.empty((0, d), dtype=np.float32)  # filled by `_sort`
        self.norms, self.upper = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
        # STRIP + LANES, since arrays at a distance of 4 KiB would compete for the same set of the cache
        self.lower = np.empty((-(-n // STRIP), n_groups, STRIP + LANES), dtype=np.float32)
        self.labels = np.full(n, -1, dtype=np.int32)
        self.center_drift, self.group_drift = np.zeros(k), np.zeros(n_groups)
        self.centers = None

    def start(self, centers):
        """Do nothing: `_Bounds` are made for one run."""

    def assign(self, centers):
        """Return the sums (k, d), the counts (k,), and whether the labels are those of the last call."""
        data, ids = self.data, self.ids
        d = data.X.shape[1]
        new_centers = centers[ids]
        first_call = self.centers is None
        if not first_call:
            self._drift(new_centers)
            if len(self.scaled_rows) == 0:
                self._sort()
        self.centers = new_centers
        scaled = (new_centers - data.mean) * self.scale
        scaled_centers = np.zeros((self.packed_centers.shape[0] * BLOCK, d), dtype=np.float32)
        scaled_centers[: len(ids)] = scaled
        self.packed_centers[:] = scaled_centers.reshape(-1, BLOCK, d).transpose(0, 2, 1)
        squared = (scaled**2).sum(axis=1)
        self.half_squares[: len(ids)] = squared / 2
        parts = data.run(
            _step, data.X, data.mean, data.base, self.scale, first_call, self.row_order, self.scaled_rows,
            self.norms, new_centers, ids, scaled_centers, self.packed_centers, self.half_squares,
            math.sqrt(squared.max()) * (1 + 1e-6), self.group_starts, self.block_starts, self.group_of,
            self.labels, self.upper, self.lower, self.center_drift, self.group_drift,
        )  # fmt: skip
        sums, counts = (sum(part[1:], start=part[0]) for part in list(zip(*parts))[:2])
        if first_call:
            self.sums, self.counts = np.zeros(new_centers.shape), np.zeros(len(ids), dtype=np.int64)
        self.sums += sums
        self.counts += counts
        changed = sum(part[2] for part in parts)
        caller_order = np.argsort(ids)
        return self.sums[caller_order], self.counts[caller_order], changed == 0

    def _drift(self, new_centers):
        """Add the move of each centre to its drift, and the largest move in each group to the group's."""
        moves = np.sqrt(((new_centers - self.centers) ** 2).sum(axis=1)) * (self.scale * (1 + 1e-9))
        self.center_drift += moves
        self.group_drift += np.maximum.reduceat(moves, self.group_starts[:-1])

    def _sort(self):
        """Sort the rows by label, so that rows of one tile need distances to the same few groups.

        A tile computes what any of its 16 rows needs. Unsorted, that is nearly all groups, and bounds save
        nothing.
        """
        # numpy sorts int16 by radix, which is faster.
        short_dtype = np.int16 if len(self.ids) < 2**15 else np.int32
        order = np.argsort(self.labels.astype(short_dtype), kind="stable")
        self.row_order = order
        self.labels, self.norms, self.upper = (a[order] for a in (self.labels, self.norms, self.upper))
        self.scaled_rows, new_lower = np.empty(self.data.X.shape, dtype=np.float32), np.empty_like(self.lower)
        self.data.run(
            _gather, self.data.X, self.data.mean, self.scale, order, self.scaled_rows, self.lower, new_lower
        )
        self.lower = new_lower

    def row_labels(self):
        """Return the labels of the last assignment in the order of X: (n,)."""
        labels = np.empty(len(self.row_order), dtype=np.int64)
        labels[self.row_order] = self.ids[self.labels]
        return labels


def _blocks_of_a_group(k):
    """Choose the size of groups, in blocks: 24 centres, or all if there are few.

    Smaller groups need fewer distances, but each group costs one more bound per row.
    """
    return max(1, 24 // BLOCK) if k > 4 * BLOCK else k  # k blocks have room for all k centres


def _grouped(centers, group_size):
    """Order the centres (k, d) so that each run of `group_size` lies close together: indices (k,).

    Pieces are halved along their longest axis (the first principal component) until they fit.
    """
    pieces = [np.arange(len(centers))]
    while any(len(piece) > group_size for piece in pieces):
        halves = []
        for piece in pieces:
            if len(piece) <= group_size:
                halves.append(piece)
                continue
            centred = centers[piece] - centers[piece].mean(axis=0)
            axis = centred[(centred**2).sum(axis=1).argmax()]
            for _ in range(3):  # power iteration: a rough direction is enough
                axis = centred.T @ (centred @ axis)
                axis /= np.linalg.norm(axis) + 1e-300
            cut = (-(-len(piece) // group_size) // 2) * group_size
            order = piece[np.argsort(centred @ axis, kind="stable")]
            halves += [order[:cut], order[cut:]]
        pieces = halves
    return np.concatenate(pieces)


@njit(**NOGIL)
def _gather(X, mean, scale, order, scaled_rows, old_lower, lower, part, parts):
    """Write the scaled rows (n, d) and the lower bounds in a new order of the rows."""
    for start in range(part * STRIP, len(order), parts * STRIP):
        for i in range(start, min(start + STRIP, len(order))):
            for j in range(X.shape[1]):
                scaled_rows[i, j] = (X[order[i], j] - mean[j]) * scale
            for g in range(lower.shape[1]):
                lower[i // STRIP, g, i % STRIP] = old_lower[order[i] // STRIP, g, order[i] % STRIP]


@njit(**NOGIL)
def _round_up(value):
    """Return a float32 that is not below the value: two roundings up, and 1e-37 in case it is nearly 0."""
    return np.float32(value + abs(value) * (2 * EPS) + 1e-37)


@njit(**NOGIL)
def _round_down(value):
    """Return a float32 that is not above the value."""
    return np.float32(value - abs(value) * (2 * EPS) - 1e-37)


@njit(**NOGIL)
def _step(  # noqa: C901, PLR0912, PLR0915 - as in _sweep
    X, mean, base, scale, first_call, row_order, scaled_rows, norms, centers, ids, scaled_centers,
    packed_centers, half_squares, largest_norm, group_starts, block_starts, group_of, labels, upper, lower,
    center_drift, group_drift, part, parts,
):  # fmt: skip
    """Update the labels of some strips: changes of sums (k, d) and counts (k,), number of rows changed.

    Lists the rows whose bounds do not decide (in the first call, all rows), and takes LANES of them at a time
    as a tile. A tile is compared with the groups that any of its rows needs; then labels and bounds of its
    rows are updated. Shapes are those in `_Bounds`; scaled_centers: (blocks * BLOCK, d); largest_norm:
    of a scaled centre. Writes norms (in the first call), labels, upper and lower.

    In the body: doubtful, reach (STRIP,) are the undecided rows and the distances to their own centres;
    best_scores, second_scores, best_places (t * LANES,) what `_scan` finds in each group; top_score,
    runner_up, top_group (LANES,) the same over all groups; slacks (LANES,) bounds on the rounding error
    of a squared distance.
    """
    n, d = X.shape
    k, n_groups = len(centers), len(group_drift)
    sums, counts, n_changed = np.zeros((k, d)), np.zeros(k, dtype=np.int64), 0
    doubtful, reach = np.empty(STRIP, dtype=np.int64), np.empty(STRIP)
    least_lower = np.empty(STRIP, dtype=np.float32)
    tile = np.empty(d * LANES, dtype=np.float32)
    best_scores = np.empty(n_groups * LANES, dtype=np.float32)
    second_scores = np.empty(n_groups * LANES, dtype=np.float32)
    best_places, group_needed = np.empty(n_groups * LANES, dtype=np.int32), np.empty(n_groups, dtype=np.bool_)
    top_score, runner_up = np.empty(LANES, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    slacks, row_squares = np.empty(LANES, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    top_group = np.empty(LANES, dtype=np.int32)
    new_bounds = np.empty(n_groups * LANES, dtype=np.float32)
    # Rounding error of a squared distance by `_scan`, relative to (|x| + |c|)²: d multiply-adds err by
    # 0.5 d EPS at most, as |x||c| <= (|x| + |c|)² / 4; 12 covers coordinates, norms and the last steps.
    rounding = (0.5 * d + 12) * EPS
    for strip in range(part * STRIP, n, parts * STRIP):
        stop = min(strip + STRIP, n)
        strip_lower = lower[strip // STRIP]
        if first_call:
            n_doubtful = stop - strip
            for i in range(strip, stop):
                doubtful[i - strip] = i
                reach[i - strip] = np.inf
        else:
            _least_lower_bounds(strip_lower, group_drift, stop - strip, least_lower)
            n_doubtful = _list_doubtful(strip, stop, labels, upper, least_lower, center_drift, doubtful)
            n_doubtful = _tighten(
                n_doubtful, strip, doubtful, reach, scaled_rows, norms, scaled_centers, largest_norm,
                labels, upper, least_lower, center_drift,
            )  # fmt: skip
        for tile_start in range(0, n_doubtful, LANES):
            tile_size = min(LANES, n_doubtful - tile_start)
            group_needed[:] = first_call
            for r in range(LANES):
                i = doubtful[tile_start + min(r, tile_size - 1)]  # a short tile repeats its last row
                if first_call:
                    _load_row(X, i, mean, scale, tile, r, norms)
                else:
                    for j in range(d):
                        tile[j * LANES + r] = scaled_rows[i, j]
                    group_needed[group_of[labels[i]]] = True
                    for g in range(n_groups):
                        group_needed[g] |= (
                            strip_lower[g, i - strip] - group_drift[g]
                            <= reach[tile_start + min(r, tile_size - 1)]
                        )
                row_squares[r] = norms[i] * norms[i]
                slacks[r] = rounding * (norms[i] + largest_norm) ** 2
                top_score[r] = runner_up[r] = -np.inf
                top_group[r] = 0
            for g in range(n_groups):
                if group_needed[g]:
                    for r in range(LANES):
                        best_scores[g * LANES + r] = second_scores[g * LANES + r] = -np.inf
                        best_places[g * LANES + r] = 0
                    _scan(tile, packed_centers, half_squares, block_starts[g], block_starts[g + 1], d,
                          best_scores, second_scores, best_places, g * LANES)  # fmt: skip
                    _merge_group(best_scores, second_scores, g, top_score, runner_up, top_group)
            for r in range(tile_size):
                i = doubtful[tile_start + r]
                new_label = best_places[top_group[r] * LANES + r]
                if not top_score[r] - runner_up[r] > slacks[r]:
                    new_label = _resolve(
                        X, row_order[i], centers, ids, group_starts, group_needed, best_scores, r,
                        top_score[r] - slacks[r], new_label,
                    )  # fmt: skip
                old_label = labels[i]
                if new_label != old_label:
                    n_changed += 1
                    labels[i] = new_label
                    counts[new_label] += 1
                    for j in range(d):
                        sums[new_label, j] += X[row_order[i], j] - base[j]
                    if old_label >= 0:
                        counts[old_label] -= 1
                        for j in range(d):
                            sums[old_label, j] -= X[row_order[i], j] - base[j]
                top_group[r] = new_label  # reuse the array: from here on it holds labels
            _set_lower_bounds(
                group_needed, best_scores, second_scores, best_places, top_group, row_squares, slacks,
                new_bounds,
            )  # fmt: skip
            for r in range(tile_size):
                i = doubtful[tile_start + r]
                new_label = labels[i]
                # Three slacks: one for the rounding of |x|² - 2 top, and two because `_resolve` may have
                # chosen a centre whose score is lower by one slack.
                distance = math.sqrt(max(row_squares[r] - 2.0 * top_score[r], 0.0) + 3.0 * slacks[r])
                upper[i] = _round_up(distance - center_drift[new_label])
                for g in range(n_groups):
                    if group_needed[g]:
                        strip_lower[g, i - strip] = _round_down(new_bounds[g * LANES + r] + group_drift[g])
    return sums, counts, n_changed


@njit(**NOGIL)
def _load_row(X, i, mean, scale, tile, lane, norms):  # IN, IN, IN, IN, OUT, IN, OUT
    """Write row i, scaled, into a lane of the tile (d * LANES,), and its norm into norms (n,)."""
    square = 0.0
    for j in range(X.shape[1]):
        value = (X[i, j] - mean[j]) * scale
        tile[j * LANES + lane] = value
        square += value * value
    norms[i] = math.sqrt(square)


@njit(fastmath=FINITE, **NOGIL)
def _least_lower_bounds(lower, group_drift, size, least_lower):  # IN, IN, IN, OUT
    """Write the least bound of each row of a strip, rounded down: least_lower (STRIP,).

    lower: (t, STRIP + LANES), the stored bounds of the strip; group_drift: (t,); size: rows of the strip.
    """
    least_lower[:size] = np.inf
    for g in range(len(group_drift)):
        drift = _round_up(group_drift[g])
        for r in range(size):
            least_lower[r] = min(least_lower[r], lower[g, r] - drift)
    for r in range(size):
        least_lower[r] -= abs(least_lower[r]) * np.float32(2 * EPS)


@njit(**NOGIL)
def _list_doubtful(strip, stop, labels, upper, least_lower, center_drift, doubtful):  # ..., OUT
    """List the rows from `strip` to `stop` whose label may have changed; return their number.

    A row is written in any case and kept by counting it, which needs no branch. doubtful: (STRIP,).
    """
    n_doubtful = 0
    for i in range(strip, stop):
        doubtful[n_doubtful] = i
        n_doubtful += upper[i] + center_drift[labels[i]] >= least_lower[i - strip]
    return n_doubtful


@njit(fastmath=FINITE, **NOGIL)
def _tighten(
    n_doubtful, strip, doubtful, reach, scaled_rows, norms, scaled_centers, largest_norm, labels, upper,
    least_lower, center_drift,
):  # fmt: skip
    """Compute the distances of doubtful rows to their own centres; keep the rows that are still undecided.

    Returns the number of rows kept. Writes doubtful (STRIP,), the rows kept, reach (STRIP,), their
    distances, and upper (n,).
    """
    d = scaled_rows.shape[1]
    n_kept = 0
    for place in range(n_doubtful):
        i = doubtful[place]
        label = labels[i]
        # Rounded up: a sum of d squares errs by about d EPS, its root by half of that; then the rounding of
        # the coordinates, which is relative to the norms.
        distance = math.sqrt(_squared_single(scaled_rows, i, scaled_centers, label))
        distance *= 1.0 + (0.5 * d + 8) * EPS
        distance += 2.0 * EPS * (norms[i] + largest_norm)
        upper[i] = _round_up(distance - center_drift[label])
        doubtful[n_kept] = i
        reach[n_kept] = distance
        n_kept += distance >= least_lower[i - strip]
    return n_kept


@njit(fastmath=LOOSE, **NOGIL)
def _squared_single(A, i, B, j):
    """Return the squared distance from row i of A to row j of B, both in float32."""
    total = np.float32(0.0)
    for f in range(A.shape[1]):
        difference = A[i, f] - B[j, f]
        total += difference * difference
    return total


@njit(fastmath=LOOSE, **NOGIL)
def _merge_group(best_scores, second_scores, g, top_score, runner_up, top_group):
    """Merge the best and second-best scores of group g into those of all groups, lane by lane.

    best_scores, second_scores: (t * LANES,); top_score, runner_up, top_group: INOUT, (LANES,).
    """
    for r in range(LANES):
        score, next_score = best_scores[g * LANES + r], second_scores[g * LANES + r]
        higher = score > top_score[r]
        other = top_score[r] if higher else score
        runner_up[r] = max(runner_up[r], other, next_score)
        top_score[r] = score if higher else top_score[r]
        top_group[r] = g if higher else top_group[r]


@njit(fastmath=LOOSE, **NOGIL)
def _set_lower_bounds(
    group_needed, best_scores, second_scores, best_places, labels, row_squares, slacks, new_bounds
):
    """Bound from below the distances of each lane's row to all centres of a group but its own.

    new_bounds: OUT, (t * LANES,). A squared distance is |x|² - 2 score, less its rounding error.
    """
    for g in range(len(group_needed)):
        if group_needed[g]:
            for r in range(LANES):
                place = g * LANES + r
                score = second_scores[place] if best_places[place] == labels[r] else best_scores[place]
                square = row_squares[r] - np.float32(2.0) * score - slacks[r]
                square = square if square > 0 else np.float32(0.0)
                new_bounds[place] = np.sqrt(square) * np.float32(1.0 - 4 * EPS)


@njit(**NOGIL)
def _resolve(X, row, centers, ids, group_starts, group_needed, best_scores, r, limit, label):
    """Return the nearest centre of a row, as a place in `ids`, decided in float64; ties go to the lowest id.

    Compares the centres of all groups whose best score in lane r is at least `limit`.
    """
    nearest, nearest_id = np.inf, 0
    for g in range(len(group_needed)):
        if group_needed[g] and best_scores[g * LANES + r] >= limit:
            for c in range(group_starts[g], group_starts[g + 1]):
                distance = _squared(X, row, centers, c)
                if distance < nearest or (distance == nearest and ids[c] < nearest_id):
                    nearest, nearest_id, label = distance, ids[c], c
    return label


# The inner loops, written as LLVM instructions: numba would load and store each sum each time, while
# here all sums stay in registers. In both, `b` is llvmlite's builder; `pointer(i)` points to argument i.


@intrinsic
def _scan(typing, tile, packed, half, start, stop, d, best, second, places, offset):  # noqa: ARG001
    """Score LANES rows against blocks of centres: x · c - |c|² / 2, which is highest where c is nearest.

    tile : (d, LANES) flat, the rows, feature by feature
    packed : (blocks, d, BLOCK); blocks from `start` to `stop` are compared
    half : (blocks * BLOCK,), |c|² / 2
    best, second, places : INOUT, LANES numbers from `offset` on: each row's best score, its second-best
        one and the place of the best centre
    """
    whole = types.int64
    signature = types.void(tile, packed, half, whole, whole, whole, best, second, places, whole)

    def generate(context, builder, signature, arguments):
        return _emit_scan(context, builder, signature, arguments)

    return signature, generate


def _emit_scan(context, b, signature, arguments):
    """Build the code of `_scan`."""

    def pointer(number):
        return data_of(context, b, signature, arguments, number)

    tile, packed, half = (pointer(number) for number in range(3))
    start, stop, d, offset = (arguments[number] for number in (3, 4, 5, 9))
    outputs = [pointer(number) for number in (6, 7, 8)]
    kinds = [FLOAT, FLOAT, INT32]
    initial = [load(b, output, offset, LANES, kind) for output, kind in zip(outputs, kinds)]

    before = b.block
    blocks, features, ranking, after = (
        b.append_basic_block(name) for name in ("blocks", "d", "rank", "after")
    )
    b.branch(blocks)

    b.position_at_end(blocks)  # a loop over blocks of centres; there is at least one
    block = b.phi(INT64)
    block.add_incoming(start, before)
    top_score, runner_up, best_place = running = [b.phi(vector(LANES, kind)) for kind in kinds]
    for phi, value in zip(running, initial):
        phi.add_incoming(value, before)
    first_center = b.mul(block, INT64(BLOCK))
    block_start = b.gep(packed, [b.mul(first_center, d)])
    b.branch(features)

    b.position_at_end(features)  # a loop over features: add a product to each of the BLOCK vectors of sums
    feature = b.phi(INT64)
    feature.add_incoming(INT64(0), blocks)
    sums = [b.phi(vector(LANES, FLOAT)) for _ in range(BLOCK)]
    coordinates = load(b, tile, b.mul(feature, INT64(LANES)), LANES, FLOAT)
    for c, partial_sum in enumerate(sums):
        partial_sum.add_incoming(filled(0.0, LANES, FLOAT), blocks)
        center_coordinate = load_spread(b, block_start, b.add(b.mul(feature, INT64(BLOCK)), INT64(c)), LANES)
        partial_sum.add_incoming(multiply_add(b, coordinates, center_coordinate, partial_sum), features)
    totals = [partial_sum.incomings[1][0] for partial_sum in sums]  # their values after the last feature
    next_step = b.add(feature, INT64(1))
    feature.add_incoming(next_step, features)
    b.cbranch(b.icmp_signed("<", next_step, d), features, ranking)

    b.position_at_end(ranking)  # merge the scores of this block into the best and second-best ones
    for c, partial_sum in enumerate(totals):
        place = b.add(first_center, INT64(c))
        score = b.fsub(partial_sum, load_spread(b, half, place, LANES))
        higher = b.fcmp_ordered(">", score, top_score)
        loser = b.select(higher, top_score, score)
        runner_up = b.select(b.fcmp_ordered(">", loser, runner_up), loser, runner_up)
        best_place = b.select(higher, spread(b, b.trunc(place, INT32), LANES), best_place)
        top_score = b.select(higher, score, top_score)
    next_step = b.add(block, INT64(1))
    block.add_incoming(next_step, ranking)
    for phi, value in zip(running, (top_score, runner_up, best_place)):
        phi.add_incoming(value, ranking)
    b.cbranch(b.icmp_signed("<", next_step, stop), blocks, after)

    b.position_at_end(after)
    for output, value in zip(outputs, (top_score, runner_up, best_place)):
        store(b, value, output, offset)
    return context.get_dummy_value()


@intrinsic
def _nearest(typing, axes, points, leaf, centers, ids, start, n_ids, labels):  # noqa: ARG001
    """Label the rows of a leaf with the nearest of some centres, the first one on ties.

    Returns the least difference between a row's second-smallest and smallest squared distance, and the
    largest second-smallest one. Computes in float64 without fused multiply-adds, so that distances are
    equal to those of `_squared`, which decides all comparisons.

    axes : tuple of d numbers, whose length is known to the compiler
    points : (leaves, d, LANES)
    centers : (k, d)
    ids : the centres to compare are ids[start : start + n_ids], in ascending order
    labels : OUT, (LANES,)
    """
    pair = types.UniTuple(types.float64, 2)
    signature = pair(axes, points, types.int64, centers, ids, types.int64, types.int64, labels)

    def generate(context, builder, signature, arguments):
        return _emit_nearest(context, builder, signature, arguments)

    return signature, generate


def _emit_nearest(context, b, signature, arguments):
    """Build the code of `_nearest`."""
    reals, wholes = vector(LANES), vector(LANES, INT32)

    def pointer(number):
        return data_of(context, b, signature, arguments, number)

    def reduce(name, value):
        return call(b, f"llvm.vector.reduce.{name}", value, DOUBLE, ("nnan", "nsz"))

    d = len(signature.args[0])
    leaf, start, n_ids = (arguments[number] for number in (2, 5, 6))
    first = b.gep(pointer(1), [b.mul(leaf, INT64(d * LANES))])
    x = [load(b, first, INT64(j * LANES), LANES) for j in range(d)]
    centers, ids = pointer(3), b.gep(pointer(4), [start])
    infinite = filled(math.inf, LANES)

    before = b.block
    each_center, after = b.append_basic_block("centre"), b.append_basic_block("after")
    b.branch(each_center)

    b.position_at_end(each_center)  # a loop over centres; there is at least one
    turn, best, second, label = b.phi(INT64), b.phi(reals), b.phi(reals), b.phi(wholes)
    zero = filled(0, LANES, INT32)
    for phi, value in zip((turn, best, second, label), (INT64(0), infinite, infinite, zero)):
        phi.add_incoming(value, before)
    center_id = b.load(b.gep(ids, [turn]))
    center = b.gep(centers, [b.mul(b.sext(center_id, INT64), INT64(d))])
    squared_distance = None
    for j in range(d):
        difference = b.fsub(x[j], load_spread(b, center, INT64(j), LANES))
        square = b.fmul(difference, difference)
        squared_distance = square if squared_distance is None else b.fadd(squared_distance, square)
    closer = b.fcmp_ordered("<", squared_distance, best)
    lesser = b.select(closer, best, squared_distance)
    new_second = b.select(b.fcmp_ordered("<", lesser, second), lesser, second)
    new_best = b.select(closer, squared_distance, best)
    new_label = b.select(closer, spread(b, center_id, LANES), label)
    next_turn = b.add(turn, INT64(1))
    for phi, value in zip((turn, best, second, label), (next_turn, new_best, new_second, new_label)):
        phi.add_incoming(value, each_center)
    b.cbranch(b.icmp_signed("<", next_turn, n_ids), each_center, after)

    b.position_at_end(after)
    store(b, new_label, pointer(7))
    bounds = [reduce("fmin", b.fsub(new_second, new_best)), reduce("fmax", new_second)]
    return context.make_tuple(b, signature.return_type, bounds)


# "loops", for few numbers, and what all ways share


@njit(**NOGIL)
def _assign(X, centers, labels):  # IN, IN, OUT
    """Label each row with its nearest centre, the first one on ties. Conditional moves, no branches."""
    for i in range(X.shape[0]):
        nearest, label = np.inf, 0
        for j in range(centers.shape[0]):
            distance = _squared(X, i, centers, j)
            closer = distance < nearest
            nearest = distance if closer else nearest
            label = j if closer else label
        labels[i] = label


@njit(**NOGIL)
def _update(X, labels, centers, new_centers):  # IN, IN, IN, OUT
    """Write the means of the clusters (k, d), old centres where there are no rows; return sizes (k,)."""
    sizes = np.zeros(centers.shape[0], dtype=np.int64)
    new_centers[:] = 0.0
    for i in range(X.shape[0]):
        sizes[labels[i]] += 1
        for f in range(X.shape[1]):
            new_centers[labels[i], f] += X[i, f]
    for j in range(centers.shape[0]):
        for f in range(X.shape[1]):
            new_centers[j, f] = new_centers[j, f] / sizes[j] if sizes[j] > 0 else centers[j, f]
    return sizes


@njit(**NOGIL)
def _relocate(X, centers, labels):  # IN, IN, INOUT
    """Give each empty cluster, in ascending order, the row farthest from its centre that has not moved."""
    sizes = np.zeros(centers.shape[0], dtype=np.int64)
    for i in range(X.shape[0]):
        sizes[labels[i]] += 1
    if sizes.min() == 0:
        distances = np.empty(X.shape[0])
        for i in range(X.shape[0]):
            distances[i] = _squared(X, i, centers, labels[i])
        if distances.max() > 0:
            for j in range(centers.shape[0]):
                if sizes[j] == 0:
                    farthest = distances.argmax()
                    labels[farthest] = j
                    distances[farthest] = -1.0  # a row moves only once


@njit(**NOGIL)
def _loops(X, max_iter, threshold, relocates, labels, centers):  # IN, IN, IN, IN, OUT, INOUT
    """Fit by plain loops and return n_iter. The labels (n,) belong to the final centres (k, d).

    relocates: whether empty clusters are filled.
    """
    old_labels, relocated = np.full(len(labels), -1, dtype=np.int64), np.empty(len(labels), dtype=np.int64)
    new_centers = np.empty_like(centers)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        _assign(X, centers, labels)
        sizes = _update(X, labels, centers, new_centers)
        if relocates and sizes.min() == 0:
            relocated[:] = labels
            _relocate(X, centers, relocated)
            _update(X, relocated, centers, new_centers)
        shift = ((new_centers - centers) ** 2).sum()
        centers[:] = new_centers
        if shift <= threshold or np.array_equal(labels, old_labels):
            break
        old_labels[:] = labels
    _assign(X, centers, labels)
    return n_iter


@njit(**NOGIL)
def _means(centers, sums, counts, base):
    """Return the means of all clusters that have rows, the centres of the others, and the squared shift.

    sums: (k, d), of differences to base (d,). In numpy these few lines took a tenth of a fit whose
    iterations are short.
    """
    new_centers, shift = np.empty_like(centers), 0.0
    for c in range(len(centers)):
        for j in range(centers.shape[1]):
            new_centers[c, j] = base[j] + sums[c, j] / counts[c] if counts[c] > 0 else centers[c, j]
            shift += (new_centers[c, j] - centers[c, j]) ** 2
    return new_centers, shift


@njit(fastmath=LOOSE, **NOGIL)
def _inertia(X, centers, labels, part, parts):
    """Return the sum of squared distances to the own centres, over the rows of some strips."""
    total = 0.0
    for start in range(part * STRIP, X.shape[0], parts * STRIP):
        for i in range(start, min(start + STRIP, X.shape[0])):
            for j in range(X.shape[1]):
                difference = X[i, j] - centers[labels[i], j]
                total += difference * difference
    return total


@njit(fastmath=LOOSE, **NOGIL)
def _moments(X):
    """Return the mean and variance of each column (d,), and the largest distance of a row to the mean."""
    n, d = X.shape
    mean, residuals, squares = np.zeros(d), np.zeros(d), np.zeros(d)
    for i in range(n):
        for j in range(d):
            mean[j] += X[i, j]
    mean /= n
    largest_square = 0.0
    for i in range(n):
        squared_distance = 0.0
        for j in range(d):
            difference = X[i, j] - mean[j]
            residuals[j] += difference
            squares[j] += difference * difference
            squared_distance += difference * difference
        largest_square = max(largest_square, squared_distance)
    # The subtraction corrects for the rounding of the mean: exactly, the residuals would add up to 0.
    return mean, (squares - residuals * residuals / n) / n, math.sqrt(largest_square)


# k-means++ and silhouette


@njit(**NOGIL)
def _plusplus(X, uniforms, indices):  # IN, IN, INOUT: the first pick is given
    """Draw the picks after the first: indices (k,). uniforms (k, trials) are the random numbers to use.

    A row needs no distance to a new pick that is far from the row's nearest pick so far: from
    |pick - new| >= 2 |row - pick| follows |row - new| >= |row - pick| (Raff 2021). With 256 picks and
    64 features, most distances are never computed. Of several candidates for a pick, the one that lowers
    the sum of squared distances most is taken.
    """
    n, k = X.shape[0], len(indices)
    closest = np.full(n, np.inf)  # squared distance of each row to its nearest pick
    owner = np.zeros(n, dtype=np.int64)  # the number of that pick
    totals = np.empty(-(-n // STRIP))  # sums of `closest`, strip by strip, so that a draw reads one strip
    gaps = np.zeros(k)  # squared distances of the picks to a candidate
    _lower_closest(X, indices, 0, gaps, closest, owner, totals)
    for pick in range(1, k):
        largest_gain = -1.0
        for uniform in uniforms[pick]:
            candidate = _draw(closest, totals, uniform)
            gain = 0.0
            if uniforms.shape[1] > 1:
                _measure_picks(X, indices, pick, candidate, gaps)
                for i in range(n):
                    if gaps[owner[i]] < 4.000001 * closest[i]:  # as in `_lower_closest`
                        gain += max(closest[i] - _squared_loosely(X, i, X, candidate), 0.0)
            if gain > largest_gain:
                largest_gain = gain
                indices[pick] = candidate
        _measure_picks(X, indices, pick, indices[pick], gaps)
        _lower_closest(X, indices, pick, gaps, closest, owner, totals)


@njit(fastmath=LOOSE, **NOGIL)
def _squared_loosely(A, i, B, j):
    """Return the squared distance from row i of A to row j of B, summed in any order: this fills vectors."""
    total = 0.0
    for f in range(A.shape[1]):
        difference = A[i, f] - B[j, f]
        total += difference * difference
    return total


@njit(**NOGIL)
def _measure_picks(X, indices, n_picks, candidate, gaps):  # IN, IN, IN, IN, OUT
    """Write the squared distances of the first n_picks picks to row `candidate`."""
    for p in range(n_picks):
        gaps[p] = _squared_loosely(X, indices[p], X, candidate)


@njit(**NOGIL)
def _lower_closest(X, indices, pick, gaps, closest, owner, totals):  # IN, IN, IN, IN, INOUT, INOUT, OUT
    """Lower `closest` (n,) after pick number `pick`, and sum it up by strips: totals (strips,)."""
    for strip in range(len(totals)):
        total = 0.0
        for i in range(strip * STRIP, min((strip + 1) * STRIP, len(closest))):
            if gaps[owner[i]] < 4.000001 * closest[i]:  # 2² by `_plusplus`, and more than rounding
                square = _squared_loosely(X, i, X, indices[pick])
                if square < closest[i]:
                    closest[i] = square
                    owner[i] = pick
            total += closest[i]
        totals[strip] = total


@njit(**NOGIL)
def _draw(weights, totals, uniform):
    """Return the index that a uniform number in [0, 1) draws by weights (n,); any if all weights are 0.

    totals: (strips,), the sums of the weights of each strip.
    """
    target = uniform * totals.sum()
    last = int(uniform * len(weights))
    for strip in range(len(totals)):
        if totals[strip] == 0:
            continue
        if target >= totals[strip] and totals[strip + 1 :].sum() > 0:
            target -= totals[strip]
            continue
        for i in range(strip * STRIP, min((strip + 1) * STRIP, len(weights))):
            if weights[i] > 0:
                last = i
                target -= weights[i]
                if target < 0:
                    break
        break
    return last


@njit(fastmath=FINITE, **NOGIL)
def _silhouette(rows, squares, products, first, starts, order, values):
    """Write the silhouette values of a block of rows: values (n,), in the caller's order.

    Rows (n, d) are sorted by cluster; cluster c has the rows from starts[c] to starts[c + 1]. products:
    (block, n), of the rows from `first` on with all rows; squares: (n,), |row|²; order: (n,), the caller's
    index of each row. a and b are those of the formula: mean distance to the own and the next cluster.
    """
    k = len(starts) - 1
    for line in range(products.shape[0]):
        i = first + line
        a, b, is_alone = 0.0, np.inf, False
        for c in range(k):
            start, stop = starts[c], starts[c + 1]
            if start <= i < stop:
                is_alone = stop - start == 1
                total = _distances(rows, squares, products, line, i, start, i)
                total += _distances(rows, squares, products, line, i, i + 1, stop)
                a = total / max(stop - start - 1, 1)
            else:
                b = min(b, _distances(rows, squares, products, line, i, start, stop) / (stop - start))
        larger = max(a, b)
        values[order[i]] = 0.0 if is_alone or larger == 0 else (b - a) / larger


@njit(fastmath=LOOSE | {"nnan"}, **NOGIL)
def _distances(rows, squares, products, line, i, start, stop):
    """Return the sum of the distances from row i to the rows from `start` to `stop`.

    By the expanded square |x|² + |y|² - 2 x·y, products[line, j] being x·y. Where digits cancel (a square
    below 1e-8 of its terms has less than eight left), differences are squared instead.
    """
    total, any_cancelled = 0.0, False
    for j in range(start, stop):
        norms = squares[i] + squares[j]
        square = norms - 2.0 * products[line, j]
        any_cancelled |= square <= 1e-8 * norms
        total += np.sqrt(max(square, 0.0))
    if any_cancelled:
        total = 0.0
        for j in range(start, stop):
            square = squares[i] + squares[j] - 2.0 * products[line, j]
            if square <= 1e-8 * (squares[i] + squares[j]):
                square = _squared_loosely(rows, i, rows, j)
            total += np.sqrt(square)
    return total


# Helpers in plain Python


def _differences(X, centers):
    """Return the labels (n,) and the differences of the rows to their centres (n, d)."""
    labels = assign(X, centers)
    return labels, X - centers[labels]


def _weigh(labels, differences, weights, k):
    """Return the weighted sums of the differences (k, d), and the weights (k,), of each cluster."""
    sums, totals = np.zeros((k, differences.shape[1])), np.zeros(k)
    np.add.at(sums, labels, weights[:, None] * differences)
    np.add.at(totals, labels, weights)
    return sums, totals


def _elkan(centers, dist, labels, upper, lower):  # IN, IN, INOUT, INOUT, INOUT
    """Update the labels; compute a distance only if the bounds do not decide. Shapes as in `hamerly`."""
    gaps = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2)) / 2  # (k, k), half distances
    is_other = np.arange(len(centers)) != labels[:, None]  # (n, k)
    doubtful_rows = np.flatnonzero((is_other & _in_doubt(upper, lower, gaps[labels])).any(axis=1))
    for j in np.unique(labels[doubtful_rows]):
        rows = doubtful_rows[labels[doubtful_rows] == j]
        upper[rows] = lower[rows, j] = dist(centers[j], rows)
    for j in range(len(centers)):
        in_doubt = (labels != j) & _in_doubt(upper, lower, gaps[labels])[:, j]
        rows = np.flatnonzero(in_doubt)
        if len(rows) > 0:
            lower[rows, j] = dist(centers[j], rows)
            nearer = rows[lower[rows, j] < upper[rows]]
            labels[nearer], upper[nearer] = j, lower[nearer, j]


def _in_doubt(upper, lower, gaps):
    """Return which centres may be nearer than the own one: (n, k).

    gaps: (n, k), half the distances of the own centre to all centres.
    """
    return (upper[:, None] >= lower) & (upper[:, None] >= gaps)


def _check_data(X, centers, n):
    """Raise ValueError for input on which kmeans cannot run. n: rows, as X may be empty if checked before."""
    _check_shapes(X, centers)
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("NaN or infinity in the input")
    _check_k(len(centers), n)
