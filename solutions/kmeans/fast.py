"""k-means as fast as the machine allows, with the labels of the plain loops.

Three ways to run a fit; `_way` chooses by what was measured:

- few numbers: the plain loops, in one compiled call;
- up to three features: rows along a Hilbert curve, 16 neighbours at a time, each such leaf with a bound
  on how far centres may move before it must be checked again;
- otherwise: bounds for groups of centres (Ding et al., "Yinyang k-means", ICML 2015), and for what they
  leave open, tiles of 16 rows in float32.

If a choice depends on rounded numbers, the rounding is bounded, and cases within the bound are decided
by `_squared`: the sum of squared differences in float64, term by term. So all three ways send ties to
the lowest index, and an offset of the data does no harm.

n rows, d features, k clusters, t groups of centres.
Other sources: Lloyd (1982), Rousseeuw (1987), Hamerly (2010); Arthur and Vassilvitskii (2007); Raff,
"Exact acceleration of k-means++ and k-means||", IJCAI 2021.
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
"""Rows of a tile, side by side in a vector of float32: one register of AVX-512, two of AVX2."""
BLOCK = 12 if AVX512 else 6
"""Centres of a tile: as many sums as stay in registers."""
STRIP = 1024
"""Rows that a thread processes at a time, so that its notes on them stay in the first-level cache."""
EPS = 2.0**-24
"""Relative rounding of float32."""
FEW = 4
"""Centres that a leaf remembers, if it has no more in doubt."""
REGION = 32
"""Leaves of LANES rows that share a list of centres."""
PRODUCTS = 500_000
"""Numbers of a block of products: one that stays in a cache."""
SMALL = 60_000
"""Up to this many differences in an iteration the plain loops are fastest, as they need no preparation."""
THREADED = 2_000_000
"""From this many differences on, threads are worth starting."""


# Rounds 1 to 4: what is timed


def assign(X, centers):
    """Label each row with its nearest centre, the first one on ties: (n,). O(nkd) time, O(n) memory."""
    centers = _floats(centers)
    labels = np.empty(len(X), dtype=np.int64)
    data = _Data(X, centers.size)
    if _way(data, centers) == "loops":
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
    """Alternate assignment and update: labels (n,), centers (k, d). O(nkd) a round at worst."""
    labels, new_centers, _ = _fit(_Data(X, centers.size), centers, max_iter, -1.0, relocates=False)
    return labels, new_centers


def relocate_empty(X, labels, centers):
    """Fill each empty cluster with a far row: labels (n,), centers (k, d). O(n(d + e) + kd)."""
    X, centers = _floats(X), _floats(centers)
    new_labels = np.array(labels, dtype=np.int64)
    _relocate(X, centers, new_labels)
    return new_labels, update(X, new_labels, centers)


def kmeans(X, centers, max_iter=300, tol=1e-4):
    """Run k-means as scikit-learn does: labels (n,), centers (k, d), inertia, n_iter.

    O(nkd) a round at worst; with bounds, the rounds after the first take a fraction.
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
        run = _kmeans(data, X[kmeans_plusplus(X, k, rng)], 300, 1e-4)
        if best is None or run[2] < best[2]:
            best = run
    return best[:3]


def silhouette(X, labels):
    """Compare mean distances to the own and to the nearest other cluster: (n,). O(n²d) time, O(nd) memory."""
    clusters, own, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(clusters) <= len(X) - 1:
        raise ValueError(f"expected 2 to {len(X) - 1} clusters, got {len(clusters)}")
    order = np.argsort(own, kind="stable")  # each cluster a run of rows
    rows = _floats(X)[order]
    rows -= rows.mean(axis=0)  # products lose digits far from the origin
    starts = np.append(0, np.cumsum(sizes))
    squares = (rows**2).sum(axis=1)
    values = np.empty(len(X))
    some = max(1, PRODUCTS // len(X))
    for first in range(0, len(X), some):
        _silhouette(rows, squares, rows[first : first + some] @ rows.T, first, starts, order, values)
    return values


# Rounds 5 to 9: as in loops.py


def kmeans_capped(X, centers, max_bytes, max_iter=300, tol=1e-4):  # noqa: ARG001 - one row at a time anyway
    """Run `kmeans` row by row: O(n + kd) memory, O(nkd) a round."""
    _check_shapes(X, centers)
    if not (np.isfinite(X.sum()) or np.isfinite(X).all()):
        raise ValueError("NaN or infinity in the input")
    _check_data(X[:0], centers, len(X))
    X = _floats(X)
    labels = np.empty(len(X), dtype=np.int64)
    new_centers = np.array(centers, dtype=np.float64, order="C")
    threshold = tol * _moments(X)[1].mean()
    n_iter = _loops(X, max_iter, threshold, True, labels, new_centers)
    return labels, new_centers, _inertia(X, new_centers, labels, 0, 1), n_iter


def hamerly(X, centers, max_iter, dist):
    """Run `kmeans` at tol=0 with Elkan's bounds: labels (n,), centers (k, d), n_iter. O(nk) memory."""
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
    some = added > 0
    centers[some] += sums[some] / totals[some][:, None]  # sums are of differences to the centre
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
    """Draw m rows, half uniformly, half by influence: points (m, d), weights (m,). O(nd + m log n)."""
    if m < 1 or len(X) == 0 or not np.isfinite(X).all():
        raise ValueError("expected m >= 1, and rows without NaN or infinity")
    squared = ((X - X.mean(axis=0)) ** 2).sum(axis=1)  # (n,)
    total, uniform = squared.sum(), np.full(len(X), 1 / len(X))
    chances = (uniform + squared / total) / 2 if total > 0 else uniform
    steps = np.cumsum(chances)
    drawn = np.searchsorted(steps, rng.random(m) * steps[-1], side="right")
    return X[drawn], 1 / (m * chances[drawn])


def cluster_huge(X, k, rng, dist):
    """Cluster 20 rows a centre, from a k-means++ start: centers (k, d). 20k² distances and a few more."""
    sample = rng.choice(len(X), min(len(X), 20 * k), replace=False)
    picks = [rng.integers(len(sample))]
    closest = dist(X[sample[picks[0]]], sample) ** 2
    while len(picks) < k:
        steps = np.cumsum(closest)
        picks.append(min(np.searchsorted(steps, rng.random() * steps[-1], side="right"), len(sample) - 1))
        closest = np.minimum(closest, dist(X[sample[picks[-1]]], sample) ** 2)
    return hamerly(X[sample], X[sample[picks]], 10, lambda q, rows: dist(q, sample[rows]))[1]


# A fit, and the choice of how to run it


def _kmeans(data, centers, max_iter, tol):
    _check_data(data.X[:0], centers, len(data.X))
    labels, centers, n_iter = _fit(data, centers, max_iter, tol * data.variance, relocates=True)
    inertia = sum(data.run(_inertia, data.X, centers, labels))
    return labels, centers, inertia, n_iter


def _fit(data, centers, max_iter, threshold, *, relocates):
    """Iterate until labels repeat or the shift is small: labels (n,), centers (k, d), n_iter."""
    centers = np.array(centers, dtype=np.float64, order="C")
    way = _way(data, centers)
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


def _way(data, centers):
    """Choose by the numbers measured in SPEED.md: "loops", "leaves" or "bounds"."""
    (n, d), k = data.X.shape, len(centers)
    if n * k * d <= SMALL or k == 1 or d == 0 or not data.fits_single(centers):
        return "loops"
    return "leaves" if d <= 3 else "bounds"


def _relocate_sums(data, centers, labels, sums, counts):
    """Relocate empty clusters; return the sums (k, d) and counts (k,) after that."""
    moved = labels.copy()
    _relocate(data.X, centers, moved)
    sums, counts = sums.copy(), counts.copy()
    for row in np.flatnonzero(moved != labels):
        difference = data.X[row] - data.base
        sums[labels[row]] -= difference
        sums[moved[row]] += difference
        counts[labels[row]] -= 1
        counts[moved[row]] += 1
    return sums, counts


class _Data:
    """The rows, and everything about them that does not depend on the start, computed when first needed."""

    def __init__(self, X, size):
        self.work = len(X) * size  # differences of one iteration by brute force
        # Kernels read float32 as it is: a copy is up to 4 % of a fit, and with few features as large as all
        # that a fit keeps. What runs on few numbers is compiled for float64 alone.
        large = self.work > SMALL and X.dtype == np.float32
        self.X = np.ascontiguousarray(X) if large else _floats(X)
        self._known = self._leaves = None
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
        if self._known is None:
            mean, variances, radius = _moments(self.X)
            # Sums are of differences to `base`, so that they lose nothing far from the origin. It is 0 or
            # a round number there, so that sums of whole numbers stay exact, and their ties ties.
            size = 2.0 ** np.ceil(np.log2(radius)) if 0 < radius < np.inf else 1.0
            base = np.where(np.abs(mean) > 64 * size, np.round(mean / size) * size, 0.0)
            self._known = mean, variances, radius, base
        return self._known

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
        """Return whether scaled differences to the mean, and their squares, fit in float32."""
        if not (0 < self.radius < np.inf):
            return False
        return bool(np.abs(centers - self.mean).max() < 1e4 * self.radius)

    def leaves(self):
        """Sort the rows along a curve; once for all starts."""
        if self._leaves is None:
            self._leaves = _Leaves(self)
        return self._leaves


@contextmanager
def _workers(work):
    """Yield a function that runs a kernel on all of numba's threads; each thread takes every n-th strip.

    Threads of Python, since kernels release its lock: `parallel=True` takes longer
    to compile.
    """
    threads = numba.get_num_threads() if work >= THREADED else 1
    if threads == 1:
        yield _serial
        return
    with ThreadPoolExecutor(threads - 1) as pool:

        def run(kernel, *arguments):
            others = [pool.submit(kernel, *arguments, part, threads) for part in range(1, threads)]
            return [kernel(*arguments, 0, threads), *(one.result() for one in others)]

        yield run


def _serial(kernel, *arguments):
    return [kernel(*arguments, 0, 1)]


# Up to three features: leaves of 16 neighbouring rows


class _Leaves:
    """Rows in the order of a Hilbert curve: 16 neighbours are a leaf, and 32 leaves a region.

    Each round, a region lists the centres that may be nearest to any of its rows, with a margin. A leaf
    keeps of that list the few that pass a test of its ball, and the labels of its rows, until centres of
    the list have moved so far that one of them could change. So sums change where labels do, and near
    the end of a run a round visits few leaves. All by distances, so that the triangle inequality holds.
    """

    def __init__(self, data):
        self.data = data
        n, d = data.X.shape
        self.axes = tuple(range(d))  # its length is a constant to the compiler: loops over it unroll
        keys = np.empty(n, dtype=np.int64)
        spread = 4.0 * np.maximum(np.sqrt(data.variances), 1e-300)
        data.run(_hilbert, data.X, self.axes, data.mean - spread, 2.0 * spread, keys)
        self.order = _sorted_order(keys)
        self.size = -(-n // LANES)
        regions = -(-self.size // REGION)
        self.points = np.empty((self.size, d, LANES))
        self.middles, self.radii = np.empty((self.size, d)), np.empty(self.size)
        self.region_middles, self.region_radii = np.empty((regions, d)), np.empty(regions)
        data.run(_pack, data.X, self.axes, self.order, *self._balls(), self.points)

    def _balls(self):
        return self.middles, self.radii, self.region_middles, self.region_radii

    def start(self, centers):
        """Forget the last run."""
        k, regions = len(centers), len(self.region_radii)
        self.centers = centers
        self.labels = np.full((self.size, LANES), -1, dtype=np.int32)
        self.few, self.numbers = (
            np.empty((self.size, FEW), dtype=np.int32),
            np.empty(self.size, dtype=np.int32),
        )
        self.until, self.valid = np.full(self.size, -1.0), np.full(self.size, -1.0)
        self.members, self.drifts = np.zeros((regions, k), dtype=np.bool_), np.zeros(regions)
        self.sums, self.counts = np.zeros(centers.shape), np.zeros(k, dtype=np.int64)

    def assign(self, centers):
        """Return the sums (k, d), the counts (k,), and whether the labels are those of the last call."""
        before, self.centers = self.centers, centers
        parts = self.data.run(
            _sweep, self.axes, len(self.order), self.data.base, self.points, *self._balls(), before, centers,
            self.members, self.drifts, self.few, self.numbers, self.valid, self.until, self.labels,
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
def _hilbert(X, axes, low, width, keys, part, parts):  # noqa: C901, PLR0912 - one pass over the bits
    """Number cells along a Hilbert curve (Skilling, "Programming the Hilbert curve", 2004).

    Neighbours on the curve are neighbours in space, so leaves are compact. A kd-tree makes equally good
    leaves, but by 13 rounds of selection instead of one sort. The low half of each key is its row.
    """
    d, bits = len(axes), 30 // len(axes)
    cells = np.empty((d, STRIP), dtype=np.int32)  # bit by bit, many rows at once: fills vectors
    top = np.int32(1) << np.int32(bits - 1)
    for start in range(part * STRIP, len(keys), parts * STRIP):
        size = min(STRIP, len(keys) - start)
        for j in range(d):
            scale = (2.0 * top - 1) / width[j]
            for i in range(size):
                cells[j, i] = np.int32(min(max((X[start + i, j] - low[j]) * scale, 0.0), 2.0 * top - 1))
        bit = top
        while bit > 1:
            mask = np.int32(bit - 1)
            for j in range(d):
                for i in range(size):
                    first, other = cells[0, i], cells[j, i]
                    flip = (first ^ other) & mask
                    inverts = other & bit != 0
                    cells[0, i] = first ^ (mask if inverts else flip)
                    if j > 0:
                        cells[j, i] = other if inverts else other ^ flip
            bit >>= np.int32(1)
        for j in range(1, d):
            for i in range(size):
                cells[j, i] ^= cells[j - 1, i]
        for i in range(size):
            turn = np.int32(0)
            bit = top
            while bit > 1:
                if cells[d - 1, i] & bit:
                    turn ^= np.int32(bit - 1)
                bit >>= np.int32(1)
            key = np.int64(0)
            for b in range(bits - 1, -1, -1):
                for j in range(d):
                    key = 2 * key + (((cells[j, i] ^ turn) >> np.int32(b)) & 1)
            keys[start + i] = key << 32 | (start + i)


@njit(**NOGIL)
def _sorted_order(keys):  # INOUT
    """Sort by the upper half, 10 bits at a time; give the lower halves. A third of numpy's time."""
    counts = np.zeros((3, 1024), dtype=np.int64)
    for i in range(len(keys)):
        for digit in range(3):
            counts[digit, (keys[i] >> (32 + 10 * digit)) & 1023] += 1
    others = np.empty_like(keys)
    for digit in range(3):
        place = np.int64(0)
        for value in range(1024):
            number = counts[digit, value]
            counts[digit, value] = place
            place += number
        for i in range(len(keys)):
            value = (keys[i] >> (32 + 10 * digit)) & 1023
            others[counts[digit, value]] = keys[i]
            counts[digit, value] += 1
        keys, others = others, keys
    for i in range(len(keys)):
        keys[i] &= 0xFFFFFFFF
    return keys


@njit(**NOGIL)
def _pack(X, axes, order, middles, radii, region_middles, region_radii, points, part, parts):
    """Gather leaves, one feature after the other, and the balls round leaves and regions."""
    n, leaves = len(order), len(radii)
    least, most = np.empty(len(axes)), np.empty(len(axes))
    for region in range(part, len(region_radii), parts):
        first, stop = region * REGION, min((region + 1) * REGION, leaves)
        for leaf in range(first, stop):
            for j in range(len(axes)):
                low, high = np.inf, -np.inf
                for r in range(LANES):
                    row = order[min(leaf * LANES + r, n - 1)]  # copies of the last row fill up its leaf
                    value = np.float64(X[row, j])
                    points[leaf, j, r] = value
                    low, high = min(low, value), max(high, value)
                middles[leaf, j] = low + (high - low) / 2
                least[j] = low if leaf == first else min(least[j], low)
                most[j] = high if leaf == first else max(most[j], high)
            square = 0.0
            for r in range(LANES):
                total = 0.0
                for j in range(len(axes)):
                    total += (points[leaf, j, r] - middles[leaf, j]) ** 2
                square = max(square, total)
            radii[leaf] = math.sqrt(square) * (1 + 1e-12)
        for j in range(len(axes)):
            region_middles[region, j] = least[j] + (most[j] - least[j]) / 2
        region_radii[region] = 0.0
        for leaf in range(first, stop):
            distance = math.sqrt(_squared(middles, leaf, region_middles, region)) + radii[leaf]
            region_radii[region] = max(region_radii[region], distance * (1 + 1e-12))


@njit(fastmath=FINITE, **NOGIL)
def _sweep(  # noqa: C901, PLR0912 - inner loops: what a call would take costs more than it says
    axes, n, base, points, middles, radii, region_middles, region_radii, before, centers,
    members, drifts, few, numbers, valid, until, labels, part, parts,
):  # fmt: skip
    """Update the labels of some regions: changes of sums (k, d) and counts (k,), rows changed.

    before: the centres of the last call; in the first, those of this one.
    """
    k, leaves = len(centers), len(radii)
    sums, counts, changed = np.zeros((k, len(axes))), np.zeros(k, dtype=np.int64), 0
    columns, gone = np.ascontiguousarray(centers.T), np.empty(k)
    for c in range(k):
        gone[c] = math.sqrt(_squared(before, c, centers, c)) * (1 + 1e-9)
    squares, near = np.empty(k + LANES), np.empty((len(axes), k + LANES))
    listed, some = np.empty(k + 1, dtype=np.int32), np.empty(k + 1, dtype=np.int32)
    own = np.empty(LANES, dtype=np.int32)
    for region in range(part, len(region_radii), parts):
        first, stop = region * REGION, min((region + 1) * REGION, leaves)
        margin = 0.5 * region_radii[region]
        m, moved = _list(
            axes, columns, gone, region_middles, region, region_radii[region], margin, squares,
            members[region], listed,
        )  # fmt: skip
        drifts[region] += moved
        drift = drifts[region]
        ready = False
        for leaf in range(first, stop):
            if drift < until[leaf]:
                continue
            if drift < valid[leaf]:
                kept, slack = numbers[leaf], valid[leaf] - drift
            else:
                if not ready:
                    ready = True
                    for j in range(len(axes)):
                        for q in range(m):
                            near[j, q] = columns[j, listed[q]]
                        near[j, m : m + LANES] = np.inf
                kept, slack = _keep(axes, near, m, listed, middles, leaf, radii[leaf], squares, some)
                slack = min(slack, margin)
                valid[leaf] = drift + slack if kept <= FEW else -1.0
                numbers[leaf] = kept
                for q in range(min(kept, FEW)):
                    few[leaf, q] = some[q]
            if kept == 1:
                for r in range(LANES):
                    own[r] = few[leaf, 0]
            elif kept <= FEW:
                slack = min(slack, _gap(_nearest(axes, points, leaf, centers, few, leaf * FEW, kept, own)))
            else:
                slack = min(slack, _gap(_nearest(axes, points, leaf, centers, some, 0, kept, own)))
            until[leaf] = drift + slack
            differs = False
            for r in range(LANES):
                differs |= own[r] != labels[leaf, r]
            if not differs:
                continue
            for r in range(min(LANES, n - leaf * LANES)):
                new, old = own[r], labels[leaf, r]
                if new != old:
                    labels[leaf, r] = new
                    changed += 1
                    counts[new] += 1
                    for j in range(len(axes)):
                        sums[new, j] += points[leaf, j, r] - base[j]
                    if old >= 0:
                        counts[old] -= 1
                        for j in range(len(axes)):
                            sums[old, j] -= points[leaf, j, r] - base[j]
    return sums, counts, changed


@njit(fastmath=FINITE, **NOGIL)
def _list(axes, columns, gone, region_middles, region, radius, margin, squares, members, listed):
    """List the centres that may be nearest in a region; return their number, and how far two of them moved.

    One not listed is farther from each row than the nearest one, by the margin: so a bound that is at most
    the margin holds for it too, and its moves count from when it comes to the list until it has left it.
    """
    least = np.inf
    for c in range(columns.shape[1]):
        total = 0.0
        for j in range(len(axes)):
            total += (columns[j, c] - region_middles[region, j]) ** 2
        squares[c] = total
        least = min(least, total)
    limit = ((math.sqrt(least) + 2 * radius + margin) * (1 + 1e-12)) ** 2  # more than rounding
    number, farthest, other = 0, 0.0, 0.0
    for c in range(columns.shape[1]):
        inside = squares[c] <= limit
        listed[number] = c
        number += inside
        if gone[c] > other and (inside or members[c]):
            other, farthest = min(gone[c], farthest), max(gone[c], farthest)
        members[c] = inside
    return number, farthest + other


@njit(fastmath=FINITE, **NOGIL)
def _keep(axes, near, m, listed, middles, leaf, radius, squares, kept):  # ..., OUT, OUT
    """Keep the centres of a list that may be nearest in a leaf; return their number and the others' margin.

    One that is farther from the middle of the ball than the nearest one by twice the radius is nearest
    nowhere in the ball.
    """
    for q in range(0, m, 8):
        for lane in range(8):
            total = 0.0
            for j in range(len(axes)):
                total += (near[j, q + lane] - middles[leaf, j]) ** 2
            squares[q + lane] = total
    least = np.inf
    for q in range(m):
        least = min(least, squares[q])
    reach = (math.sqrt(least) + 2 * radius) * (1 + 1e-12)  # more than rounding
    limit = (reach + 0.25 * radius) ** 2
    number, next_square = 0, np.inf
    for q in range(m):
        kept[number] = listed[q]
        inside = squares[q] <= limit
        number += inside
        next_square = min(next_square, np.inf if inside else squares[q])
    return number, (math.sqrt(next_square) - reach) * (1 - 1e-9)


@njit(fastmath=FINITE, **NOGIL)
def _gap(bounds):
    """Bound how far centres may move, two together, before a label of a leaf can change.

    bounds: the least difference between a row's second and first squared distance, the largest second.
    """
    least, far = bounds
    # b - a = (b² - a²) / (b + a), for the gap of each row at least this; less what rounding may do.
    root = math.sqrt(far)
    return least / (2 * root) * (1 - 1e-9) - 1e-12 * root if root > 0 else 0.0


@njit(**NOGIL)
def _scatter(labels, order, row_labels, part, parts):  # IN, IN, OUT
    for start in range(part * STRIP, len(order), parts * STRIP):
        for i in range(start, min(start + STRIP, len(order))):
            row_labels[order[i]] = labels[i]


# Above: bounds for groups of centres


class _Bounds:
    """Bounds on distances, so that most rows need no distance at all in most iterations.

    For each row: `upper`, a bound on the distance to its centre; `lower`, one for each group of
    centres on the distance to all others of the group. As centres move, bounds drift; the drifts are
    summed up per centre and per group, and what is stored is a bound less the drift of that time, so
    that no iteration writes all of them. Those of a strip of rows and a group lie side by side: the
    least one of each row is found for a vector of rows at once.

    Distances are of the rows less their mean, scaled to about 1, in float32. Bounds are widened by
    more than its rounding; `_resolve` decides in float64 between centres that are nearest within it.
    """

    def __init__(self, data, centers, *, groups=True):
        self.data = data
        n, d = data.X.shape
        k = len(centers)
        self.scale = 2.0 ** -math.ceil(math.log2(data.radius))
        size = BLOCK * (_blocks_of_a_group(k) if groups else k)
        # ids: the centres in the order of their groups, in which all that follows is kept.
        self.ids = _grouped(centers - data.mean, size)
        self.starts = np.append(np.arange(0, k, size), k)  # (t + 1,)
        self.groups = np.arange(k) // size  # (k,), of each centre
        t = len(self.starts) - 1
        blocks = -(-k // BLOCK)
        self.block_starts = np.append(np.arange(t) * (size // BLOCK), blocks)
        self.packed = np.zeros((blocks, d, BLOCK), dtype=np.float32)
        self.half = np.full(blocks * BLOCK, 1e30, dtype=np.float32)  # what fills the last block is far
        self.rows = np.arange(n)
        self.single = np.empty((0, d), dtype=np.float32)  # the rows, scaled, sorted by label
        self.norms, self.upper = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
        # LANES more, since steps of 4 KiB would all fall into one set of the cache
        self.lower = np.empty((-(-n // STRIP), t, STRIP + LANES), dtype=np.float32)
        self.labels = np.full(n, -1, dtype=np.int32)
        self.center_drift, self.group_drift = np.zeros(k), np.zeros(t)
        self.centers = None

    def start(self, centers):
        """Do nothing: `_Bounds` are made for one run."""

    def assign(self, centers):
        """Return the sums (k, d), the counts (k,), and whether the labels are those of the last call."""
        data, ids = self.data, self.ids
        d = data.X.shape[1]
        moved = centers[ids]
        first = self.centers is None
        if not first:
            self._drift(moved)
            if len(self.single) == 0:
                self._sort()
        self.centers = moved
        scaled = (moved - data.mean) * self.scale
        blocked = np.zeros((self.packed.shape[0] * BLOCK, d), dtype=np.float32)
        blocked[: len(ids)] = scaled
        self.packed[:] = blocked.reshape(-1, BLOCK, d).transpose(0, 2, 1)
        squared = (scaled**2).sum(axis=1)
        self.half[: len(ids)] = squared / 2
        parts = data.run(
            _step, data.X, data.mean, data.base, self.scale, first, self.rows, self.single, self.norms,
            moved, ids, blocked, self.packed, self.half, math.sqrt(squared.max()) * (1 + 1e-6),
            self.starts, self.block_starts, self.groups, self.labels, self.upper, self.lower,
            self.center_drift, self.group_drift,
        )  # fmt: skip
        sums, counts = (sum(part[1:], start=part[0]) for part in list(zip(*parts))[:2])
        if first:
            self.sums, self.counts = np.zeros(moved.shape), np.zeros(len(ids), dtype=np.int64)
        self.sums += sums
        self.counts += counts
        changed = sum(part[2] for part in parts)
        back = np.argsort(ids)
        return self.sums[back], self.counts[back], changed == 0

    def _drift(self, moved):
        """Loosen the bounds by the move of each centre, and by the largest move in each group."""
        gone = np.sqrt(((moved - self.centers) ** 2).sum(axis=1)) * (self.scale * (1 + 1e-9))
        self.center_drift += gone
        self.group_drift += np.maximum.reduceat(gone, self.starts[:-1])

    def _sort(self):
        """Sort the rows by label: then rows of one tile have the same groups in doubt.

        Without it a tile of 16 rows needs nearly all groups, and bounds save nothing.
        """
        kind = np.int16 if len(self.ids) < 2**15 else np.int32  # numpy sorts the short ones by radix
        order = np.argsort(self.labels.astype(kind), kind="stable")
        self.rows = order
        self.labels, self.norms, self.upper = (a[order] for a in (self.labels, self.norms, self.upper))
        self.single, lower = np.empty(self.data.X.shape, dtype=np.float32), np.empty_like(self.lower)
        self.data.run(_gather, self.data.X, self.data.mean, self.scale, order, self.single, self.lower, lower)
        self.lower = lower

    def row_labels(self):
        """Return the labels of the last assignment in the order of X: (n,)."""
        labels = np.empty(len(self.rows), dtype=np.int64)
        labels[self.rows] = self.ids[self.labels]
        return labels


def _blocks_of_a_group(k):
    """Choose the size of groups, in blocks: smaller ones save distances, but cost a bound a row each."""
    return max(1, 24 // BLOCK) if k > 4 * BLOCK else k


def _grouped(centers, size):
    """Order the centres so that runs of `size` lie together: halve along the longest axis, and again."""
    pieces = [np.arange(len(centers))]
    while any(len(piece) > size for piece in pieces):
        halves = []
        for piece in pieces:
            if len(piece) <= size:
                halves.append(piece)
                continue
            own = centers[piece] - centers[piece].mean(axis=0)
            axis = own[(own**2).sum(axis=1).argmax()]
            for _ in range(3):  # power iteration
                axis = own.T @ (own @ axis)
                axis /= np.linalg.norm(axis) + 1e-300
            cut = (-(-len(piece) // size) // 2) * size
            order = piece[np.argsort(own @ axis, kind="stable")]
            halves += [order[:cut], order[cut:]]
        pieces = halves
    return np.concatenate(pieces)


@njit(**NOGIL)
def _gather(X, mean, scale, order, single, old_lower, lower, part, parts):
    for start in range(part * STRIP, len(order), parts * STRIP):
        for i in range(start, min(start + STRIP, len(order))):
            for j in range(X.shape[1]):
                single[i, j] = (X[order[i], j] - mean[j]) * scale
            for g in range(lower.shape[1]):
                lower[i // STRIP, g, i % STRIP] = old_lower[order[i] // STRIP, g, order[i] % STRIP]


@njit(**NOGIL)
def _up(value):
    """Round to float32, not downwards."""
    return np.float32(value + abs(value) * (2 * EPS) + 1e-37)


@njit(**NOGIL)
def _down(value):
    """Round to float32, not upwards."""
    return np.float32(value - abs(value) * (2 * EPS) - 1e-37)


@njit(**NOGIL)
def _step(  # noqa: C901, PLR0912, PLR0915 - as _sweep
    X, mean, base, scale, first, rows, single, norms, centers, ids, blocked, packed, half, widest,
    starts, block_starts, groups, labels, upper, lower, center_drift, group_drift, part, parts,
):  # fmt: skip
    """Update the labels of some strips: changes of sums (k, d) and counts (k,), rows changed."""
    n, d = X.shape
    k, t = len(centers), len(group_drift)
    sums, counts, changed = np.zeros((k, d)), np.zeros(k, dtype=np.int64), 0
    doubtful, reach = np.empty(STRIP, dtype=np.int64), np.empty(STRIP)
    smallest = np.empty(STRIP, dtype=np.float32)
    tile = np.empty(d * LANES, dtype=np.float32)
    best, second = np.empty(t * LANES, dtype=np.float32), np.empty(t * LANES, dtype=np.float32)
    places, needed = np.empty(t * LANES, dtype=np.int32), np.empty(t, dtype=np.bool_)
    top, runner = np.empty(LANES, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    slack, squares = np.empty(LANES, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    top_group = np.empty(LANES, dtype=np.int32)
    bounds = np.empty(t * LANES, dtype=np.float32)
    rounding = (0.5 * d + 12) * EPS  # of a squared distance by `_scan`, relative to (|x| + |c|)²
    for strip in range(part * STRIP, n, parts * STRIP):
        stop = min(strip + STRIP, n)
        bounds_of = lower[strip // STRIP]
        if first:
            m = stop - strip
            for i in range(strip, stop):
                doubtful[i - strip] = i
                reach[i - strip] = np.inf
        else:
            _smallest(bounds_of, group_drift, stop - strip, smallest)
            m = _doubt(strip, stop, labels, upper, smallest, center_drift, doubtful)
            m = _tighten(
                m,
                strip,
                doubtful,
                reach,
                single,
                norms,
                blocked,
                widest,
                labels,
                upper,
                smallest,
                center_drift,
            )
        for z in range(0, m, LANES):
            size = min(LANES, m - z)
            needed[:] = first
            for r in range(LANES):
                i = doubtful[z + min(r, size - 1)]
                if first:
                    _load_row(X, i, mean, scale, tile, r, norms)
                else:
                    for j in range(d):
                        tile[j * LANES + r] = single[i, j]
                    needed[groups[labels[i]]] = True
                    for g in range(t):
                        needed[g] |= bounds_of[g, i - strip] - group_drift[g] <= reach[z + min(r, size - 1)]
                squares[r] = norms[i] * norms[i]
                slack[r] = rounding * (norms[i] + widest) ** 2
                top[r] = runner[r] = -np.inf
                top_group[r] = 0
            for g in range(t):
                if needed[g]:
                    for r in range(LANES):
                        best[g * LANES + r] = second[g * LANES + r] = -np.inf
                        places[g * LANES + r] = 0
                    _scan(tile, packed, half, block_starts[g], block_starts[g + 1], d, best, second, places,
                          g * LANES)  # fmt: skip
                    _raise(best, second, g, top, runner, top_group)
            for r in range(size):
                i = doubtful[z + r]
                label = places[top_group[r] * LANES + r]
                if not top[r] - runner[r] > slack[r]:
                    label = _resolve(
                        X, rows[i], centers, ids, starts, needed, best, r, top[r] - slack[r], label
                    )
                old = labels[i]
                if label != old:
                    changed += 1
                    labels[i] = label
                    counts[label] += 1
                    for j in range(d):
                        sums[label, j] += X[rows[i], j] - base[j]
                    if old >= 0:
                        counts[old] -= 1
                        for j in range(d):
                            sums[old, j] -= X[rows[i], j] - base[j]
                top_group[r] = label  # from here on, the label
            _bound(needed, best, second, places, top_group, squares, slack, bounds)
            for r in range(size):
                i = doubtful[z + r]
                label = labels[i]
                # The chosen score is at least top - slack: two slacks for the two roundings.
                distance = math.sqrt(max(squares[r] - 2.0 * top[r], 0.0) + 3.0 * slack[r])
                upper[i] = _up(distance - center_drift[label])
                for g in range(t):
                    if needed[g]:
                        bounds_of[g, i - strip] = _down(bounds[g * LANES + r] + group_drift[g])
    return sums, counts, changed


@njit(**NOGIL)
def _load_row(X, i, mean, scale, tile, r, norms):
    square = 0.0
    for j in range(X.shape[1]):
        value = (X[i, j] - mean[j]) * scale
        tile[j * LANES + r] = value
        square += value * value
    norms[i] = math.sqrt(square)


@njit(fastmath=FINITE, **NOGIL)
def _smallest(lower, group_drift, size, smallest):  # IN, IN, IN, OUT
    """Compute the least bound of each row of a strip, rounded down."""
    smallest[:size] = np.inf
    for g in range(len(group_drift)):
        drift = _up(group_drift[g])
        for r in range(size):
            smallest[r] = min(smallest[r], lower[g, r] - drift)
    for r in range(size):
        smallest[r] -= abs(smallest[r]) * np.float32(2 * EPS)


@njit(**NOGIL)
def _doubt(strip, stop, labels, upper, smallest, center_drift, doubtful):
    """List the rows of a strip whose label may have changed; return their number."""
    m = 0
    for i in range(strip, stop):
        doubtful[m] = i
        m += upper[i] + center_drift[labels[i]] >= smallest[i - strip]
    return m


@njit(fastmath=FINITE, **NOGIL)
def _tighten(
    m, strip, doubtful, reach, single, norms, blocked, widest, labels, upper, smallest, center_drift
):  # fmt: skip
    """Update the upper bounds of these rows; keep the rows that are still undecided."""
    d = single.shape[1]
    kept = 0
    for z in range(m):
        i = doubtful[z]
        own = labels[i]
        distance = math.sqrt(_squared_single(single, i, blocked, own)) * (1.0 + (0.5 * d + 8) * EPS)
        distance += 2.0 * EPS * (norms[i] + widest)
        upper[i] = _up(distance - center_drift[own])
        doubtful[kept] = i
        reach[kept] = distance
        kept += distance >= smallest[i - strip]
    return kept


@njit(fastmath=LOOSE, **NOGIL)
def _squared_single(A, i, B, j):
    total = np.float32(0.0)
    for f in range(A.shape[1]):
        difference = A[i, f] - B[j, f]
        total += difference * difference
    return total


@njit(fastmath=LOOSE, **NOGIL)
def _raise(best, second, g, top, runner, top_group):
    """Merge one group's best and second-best score of each lane."""
    for r in range(LANES):
        score, next_score = best[g * LANES + r], second[g * LANES + r]
        higher = score > top[r]
        other = top[r] if higher else score
        runner[r] = max(runner[r], other, next_score)
        top[r] = score if higher else top[r]
        top_group[r] = g if higher else top_group[r]


@njit(fastmath=LOOSE, **NOGIL)
def _bound(needed, best, second, places, labels, squares, slack, bounds):
    """Bound from below the distances to all centres of a group but the own one, lane by lane."""
    for g in range(len(needed)):
        if needed[g]:
            for r in range(LANES):
                at = g * LANES + r
                score = second[at] if places[at] == labels[r] else best[at]
                square = squares[r] - np.float32(2.0) * score - slack[r]
                square = square if square > 0 else np.float32(0.0)
                bounds[at] = np.sqrt(square) * np.float32(1.0 - 4 * EPS)


@njit(**NOGIL)
def _resolve(X, row, centers, ids, starts, needed, best, r, limit, label):
    """Decide in float64 between the centres of all groups with a score of at least `limit`."""
    nearest, lowest = np.inf, 0
    for g in range(len(needed)):
        if needed[g] and best[g * LANES + r] >= limit:
            for c in range(starts[g], starts[g + 1]):
                distance = _squared(X, row, centers, c)
                if distance < nearest or (distance == nearest and ids[c] < lowest):
                    nearest, lowest, label = distance, ids[c], c
    return label


# The inner loop. What numba makes of a loop over an array of sums loads and stores each sum each
# time; here they stay in registers.


@intrinsic
def _scan(typing, tile, packed, half, start, stop, d, best, second, places, offset):  # noqa: ARG001
    """Score LANES rows against blocks of centres: x · c - |c|² / 2, which is highest where c is nearest.

    tile: d vectors of LANES rows; packed: for each block, d times BLOCK numbers. Updates, from `offset`
    on, each row's best score, its second-best one and the place of the best.
    """
    whole = types.int64
    signature = types.void(tile, packed, half, whole, whole, whole, best, second, places, whole)

    def generate(context, builder, signature, arguments):
        return _emit_scan(context, builder, signature, arguments)

    return signature, generate


def _emit_scan(context, b, signature, arguments):
    """Build the code of `_scan` with an LLVM builder."""

    def pointer(number):
        return data_of(context, b, signature, arguments, number)

    tile, packed, half = (pointer(at) for at in range(3))
    start, stop, d, offset = (arguments[at] for at in (3, 4, 5, 9))
    state = [pointer(at) for at in (6, 7, 8)]
    kinds = [FLOAT, FLOAT, INT32]
    loaded = [load(b, place, offset, LANES, kind) for place, kind in zip(state, kinds)]

    before = b.block
    blocks, features, ranks, after = (b.append_basic_block(name) for name in ("blocks", "d", "rank", "after"))
    b.branch(blocks)

    b.position_at_end(blocks)  # one turn a block of centres; there is at least one
    block = b.phi(INT64)
    block.add_incoming(start, before)
    top, runner, place = kept = [b.phi(vector(LANES, kind)) for kind in kinds]
    for phi, value in zip(kept, loaded):
        phi.add_incoming(value, before)
    first = b.mul(block, INT64(BLOCK))
    row = b.gep(packed, [b.mul(first, d)])
    b.branch(features)

    b.position_at_end(features)  # one turn a feature
    feature = b.phi(INT64)
    feature.add_incoming(INT64(0), blocks)
    sums = [b.phi(vector(LANES, FLOAT)) for _ in range(BLOCK)]
    x = load(b, tile, b.mul(feature, INT64(LANES)), LANES, FLOAT)
    for c, total in enumerate(sums):
        total.add_incoming(filled(0.0, LANES, FLOAT), blocks)
        y = load_spread(b, row, b.add(b.mul(feature, INT64(BLOCK)), INT64(c)), LANES)
        total.add_incoming(multiply_add(b, x, y, total), features)
    totals = [total.incomings[1][0] for total in sums]
    following = b.add(feature, INT64(1))
    feature.add_incoming(following, features)
    b.cbranch(b.icmp_signed("<", following, d), features, ranks)

    b.position_at_end(ranks)
    for c, total in enumerate(totals):
        at = b.add(first, INT64(c))
        score = b.fsub(total, load_spread(b, half, at, LANES))
        higher = b.fcmp_ordered(">", score, top)
        lesser = b.select(higher, top, score)
        runner = b.select(b.fcmp_ordered(">", lesser, runner), lesser, runner)
        place = b.select(higher, spread(b, b.trunc(at, INT32), LANES), place)
        top = b.select(higher, score, top)
    following = b.add(block, INT64(1))
    block.add_incoming(following, ranks)
    for phi, value in zip(kept, (top, runner, place)):
        phi.add_incoming(value, ranks)
    b.cbranch(b.icmp_signed("<", following, stop), blocks, after)

    b.position_at_end(after)
    for where, value in zip(state, (top, runner, place)):
        store(b, value, where, offset)
    return context.get_dummy_value()


@intrinsic
def _nearest(typing, axes, points, leaf, centers, ids, start, number, own):  # noqa: ARG001
    """Label the rows of a leaf with the nearest of some centres, the first one on ties: `own`, (LANES,).

    Returns the least difference between a row's second and first squared distance, and the largest second
    one. In float64, and no multiply-add is formed: as `_squared`, which decides.
    """
    pair = types.UniTuple(types.float64, 2)
    signature = pair(axes, points, types.int64, centers, ids, types.int64, types.int64, own)

    def generate(context, builder, signature, arguments):
        return _emit_nearest(context, builder, signature, arguments)

    return signature, generate


def _emit_nearest(context, b, signature, arguments):
    """Build the code of `_nearest` with an LLVM builder."""
    reals, wholes = vector(LANES), vector(LANES, INT32)

    def pointer(number):
        return data_of(context, b, signature, arguments, number)

    def reduce(name, value):
        return call(b, f"llvm.vector.reduce.{name}", value, DOUBLE, ("nnan", "nsz"))

    d = len(signature.args[0])
    leaf, start, number = (arguments[at] for at in (2, 5, 6))
    first = b.gep(pointer(1), [b.mul(leaf, INT64(d * LANES))])
    x = [load(b, first, INT64(j * LANES), LANES) for j in range(d)]
    centers, ids = pointer(3), b.gep(pointer(4), [start])
    infinite = filled(math.inf, LANES)

    before = b.block
    turn, after = b.append_basic_block("centre"), b.append_basic_block("after")
    b.branch(turn)

    b.position_at_end(turn)  # one turn a centre; there is at least one
    at, best, second, own = b.phi(INT64), b.phi(reals), b.phi(reals), b.phi(wholes)
    zero = filled(0, LANES, INT32)
    for phi, value in zip((at, best, second, own), (INT64(0), infinite, infinite, zero)):
        phi.add_incoming(value, before)
    place = b.load(b.gep(ids, [at]))
    center = b.gep(centers, [b.mul(b.sext(place, INT64), INT64(d))])
    total = None
    for j in range(d):
        difference = b.fsub(x[j], load_spread(b, center, INT64(j), LANES))
        square = b.fmul(difference, difference)
        total = square if total is None else b.fadd(total, square)
    closer = b.fcmp_ordered("<", total, best)
    lesser = b.select(closer, best, total)
    new_second = b.select(b.fcmp_ordered("<", lesser, second), lesser, second)
    new_best, new_own = b.select(closer, total, best), b.select(closer, spread(b, place, LANES), own)
    following = b.add(at, INT64(1))
    for phi, value in zip((at, best, second, own), (following, new_best, new_second, new_own)):
        phi.add_incoming(value, turn)
    b.cbranch(b.icmp_signed("<", following, number), turn, after)

    b.position_at_end(after)
    store(b, new_own, pointer(7))
    bounds = [reduce("fmin", b.fsub(new_second, new_best)), reduce("fmax", new_second)]
    return context.make_tuple(b, signature.return_type, bounds)


# Few numbers, and what all ways share


@njit(**NOGIL)
def _assign(X, centers, labels):  # IN, IN, OUT
    for i in range(X.shape[0]):
        nearest, own = np.inf, 0
        for j in range(centers.shape[0]):
            distance = _squared(X, i, centers, j)
            closer = distance < nearest
            nearest = distance if closer else nearest
            own = j if closer else own
        labels[i] = own


@njit(**NOGIL)
def _update(X, labels, centers, new_centers):  # IN, IN, IN, OUT
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
    """Give each empty cluster the farthest row left."""
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
    """Fit by plain loops; labels belong to the final centres. Returns n_iter."""
    old_labels, moved = np.full(len(labels), -1, dtype=np.int64), np.empty(len(labels), dtype=np.int64)
    new_centers = np.empty_like(centers)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        _assign(X, centers, labels)
        sizes = _update(X, labels, centers, new_centers)
        if relocates and sizes.min() == 0:
            moved[:] = labels
            _relocate(X, centers, moved)
            _update(X, moved, centers, new_centers)
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

    sums: of differences to base. In numpy this took a tenth of a fit in which rounds are short.
    """
    new_centers, shift = np.empty_like(centers), 0.0
    for c in range(len(centers)):
        for j in range(centers.shape[1]):
            new_centers[c, j] = base[j] + sums[c, j] / counts[c] if counts[c] > 0 else centers[c, j]
            shift += (new_centers[c, j] - centers[c, j]) ** 2
    return new_centers, shift


@njit(fastmath=LOOSE, **NOGIL)
def _inertia(X, centers, labels, part, parts):
    total = 0.0
    for start in range(part * STRIP, X.shape[0], parts * STRIP):
        for i in range(start, min(start + STRIP, X.shape[0])):
            for j in range(X.shape[1]):
                difference = X[i, j] - centers[labels[i], j]
                total += difference * difference
    return total


@njit(fastmath=LOOSE, **NOGIL)
def _moments(X):
    """Mean and variance of each column, largest distance of a row to the mean."""
    n, d = X.shape
    mean, rest, squares = np.zeros(d), np.zeros(d), np.zeros(d)
    for i in range(n):
        for j in range(d):
            mean[j] += X[i, j]
    mean /= n
    farthest = 0.0
    for i in range(n):
        square = 0.0
        for j in range(d):
            difference = X[i, j] - mean[j]
            rest[j] += difference
            squares[j] += difference * difference
            square += difference * difference
        farthest = max(farthest, square)
    # Less what the rounding of the mean adds.
    return mean, (squares - rest * rest / n) / n, math.sqrt(farthest)


# k-means++ and silhouette


@njit(**NOGIL)
def _plusplus(X, uniforms, indices):  # IN, IN, INOUT: the first pick is given
    """Draw the other picks; skip rows that are much nearer to their pick than this pick is to the new one.

    From |pick - new| >= 2 |row - pick| follows |row - new| >= |row - pick| (Raff 2021): with 256 picks
    among 64 features, most distances are never computed.
    """
    n, k = X.shape[0], len(indices)
    closest, owner = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    totals = np.empty(-(-n // STRIP))  # of `closest`, strip by strip, so that a draw reads one strip
    gaps = np.zeros(k)
    _lower(X, indices, 0, gaps, closest, owner, totals)
    for pick in range(1, k):
        most = -1.0
        for uniform in uniforms[pick]:
            candidate = _draw(closest, totals, uniform)
            gain = 0.0
            if uniforms.shape[1] > 1:
                _measure(X, indices, pick, candidate, gaps)
                for i in range(n):
                    if gaps[owner[i]] < 4.000001 * closest[i]:
                        gain += max(closest[i] - _squared_loosely(X, i, X, candidate), 0.0)
            if gain > most:
                most = gain
                indices[pick] = candidate
        _measure(X, indices, pick, indices[pick], gaps)
        _lower(X, indices, pick, gaps, closest, owner, totals)


@njit(fastmath=LOOSE, **NOGIL)
def _squared_loosely(A, i, B, j):
    """Squared distance, summed in any order, so that sums fill vectors."""
    total = 0.0
    for f in range(A.shape[1]):
        difference = A[i, f] - B[j, f]
        total += difference * difference
    return total


@njit(**NOGIL)
def _measure(X, indices, picks, candidate, gaps):  # ..., OUT: squared distances to the picks so far
    for p in range(picks):
        gaps[p] = _squared_loosely(X, indices[p], X, candidate)


@njit(**NOGIL)
def _lower(X, indices, pick, gaps, closest, owner, totals):  # IN, IN, IN, IN, INOUT, INOUT, OUT
    """Lower the squared distances to the nearest pick, after a new one."""
    for strip in range(len(totals)):
        total = 0.0
        for i in range(strip * STRIP, min((strip + 1) * STRIP, len(closest))):
            if gaps[owner[i]] < 4.000001 * closest[i]:  # by more than rounding
                square = _squared_loosely(X, i, X, indices[pick])
                if square < closest[i]:
                    closest[i] = square
                    owner[i] = pick
            total += closest[i]
        totals[strip] = total


@njit(**NOGIL)
def _draw(weights, totals, uniform):
    """Turn a uniform number into an index drawn by weight; any index if all weights are 0."""
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
    """Values of the rows from `first` on, whose products with all rows are given; sorted by cluster."""
    k = len(starts) - 1
    for at in range(products.shape[0]):
        i = first + at
        a, b, alone = 0.0, np.inf, False
        for c in range(k):
            start, stop = starts[c], starts[c + 1]
            if start <= i < stop:
                alone = stop - start == 1
                total = _distances(rows, squares, products, at, i, start, i)
                total += _distances(rows, squares, products, at, i, i + 1, stop)
                a = total / max(stop - start - 1, 1)
            else:
                b = min(b, _distances(rows, squares, products, at, i, start, stop) / (stop - start))
        larger = max(a, b)
        values[order[i]] = 0.0 if alone or larger == 0 else (b - a) / larger


@njit(fastmath=LOOSE | {"nnan"}, **NOGIL)
def _distances(rows, squares, products, at, i, start, stop):
    """Sum the distances from row i to some rows by the expanded square, where it holds seven digits."""
    total, doubtful = 0.0, False
    for j in range(start, stop):
        size = squares[i] + squares[j]
        square = size - 2.0 * products[at, j]
        doubtful |= square <= 1e-8 * size
        total += np.sqrt(max(square, 0.0))
    if doubtful:
        total = 0.0
        for j in range(start, stop):
            square = squares[i] + squares[j] - 2.0 * products[at, j]
            if square <= 1e-8 * (squares[i] + squares[j]):
                square = _squared_loosely(rows, i, rows, j)
            total += np.sqrt(square)
    return total


# Helpers in plain Python


def _differences(X, centers):
    labels = assign(X, centers)
    return labels, X - centers[labels]


def _weigh(labels, differences, weights, k):
    """Weighted sums of the differences (k, d), and the weights (k,), of each cluster."""
    sums, totals = np.zeros((k, differences.shape[1])), np.zeros(k)
    np.add.at(sums, labels, weights[:, None] * differences)
    np.add.at(totals, labels, weights)
    return sums, totals


def _elkan(centers, dist, labels, upper, lower):  # IN, IN, INOUT, INOUT, INOUT
    """Update the labels; compute a distance only if the bounds do not decide."""
    gaps = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2)) / 2  # (k, k)
    others = np.arange(len(centers)) != labels[:, None]  # (n, k)
    loose = np.flatnonzero((others & _in_doubt(upper, lower, gaps[labels])).any(axis=1))
    for j in np.unique(labels[loose]):
        rows = loose[labels[loose] == j]
        upper[rows] = lower[rows, j] = dist(centers[j], rows)
    for j in range(len(centers)):
        doubt = (labels != j) & _in_doubt(upper, lower, gaps[labels])[:, j]
        rows = np.flatnonzero(doubt)
        if len(rows) > 0:
            lower[rows, j] = dist(centers[j], rows)
            nearer = rows[lower[rows, j] < upper[rows]]
            labels[nearer], upper[nearer] = j, lower[nearer, j]


def _in_doubt(upper, lower, gaps):
    """Return which centres may be nearer than the own one: (n, k)."""
    return (upper[:, None] >= lower) & (upper[:, None] >= gaps)


def _check_data(X, centers, n):
    _check_shapes(X, centers)
    if not (np.isfinite(X).all() and np.isfinite(centers).all()):
        raise ValueError("NaN or infinity in the input")
    _check_k(len(centers), n)
