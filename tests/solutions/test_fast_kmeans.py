"""fast.py of the k-means track agrees with plain loops on inputs that the track's checks are too small for.

fast.py chooses one of three algorithms by the size of the input: plain loops up to 60,000 differences
(n * k * d), beyond that, leaves of neighbouring rows if there are up to three features, else bounds for
groups of centres. So most tests run for d up to 3 and for a larger d.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading

pytestmark = pytest.mark.slow  # compiles for up to a minute

TRACK = catalogue.get("kmeans")


@pytest.fixture(scope="module")
def solutions():
    """Return the fast solution, plain loops and the reference."""
    fast, plain, reference = (loading.load(TRACK.solution(name)) for name in ("fast", "loops", "reference"))
    return SimpleNamespace(fast=fast, plain=plain, reference=reference)


def blobs(rng, n, d):
    """Return n rows of d features, in 12 overlapping clusters."""
    return rng.normal(size=(12, d))[rng.integers(12, size=n)] * 1.5 + rng.normal(size=(n, d))


def assert_agreement(solutions, X, centers, **options):
    """Assert that `kmeans` of fast.py and loops.py agree: labels and n_iter exactly, the rest nearly."""
    labels, new_centers, inertia, n_iter = solutions.fast.kmeans(X, centers, **options)
    expected_labels, expected_centers, expected_inertia, expected_n_iter = solutions.plain.kmeans(
        X, centers, **options
    )
    assert np.array_equal(labels, expected_labels)
    np.testing.assert_allclose(new_centers, expected_centers, rtol=1e-9, atol=1e-9 * np.abs(X).max())
    assert inertia == pytest.approx(expected_inertia, rel=1e-8, abs=1e-10 * X.size * float(np.var(X)))
    assert n_iter == expected_n_iter


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7, 16, 33])
@pytest.mark.parametrize("k", [2, 13, 60])
@pytest.mark.parametrize("n", [300, 4000])
def test_fits_agree_with_plain_loops_in_every_algorithm(solutions, d, k, n):
    """The sizes lie on both sides of each switch.

    Centres are compared in blocks, whose sums fill the registers: 12 with AVX-512, else 6. The last of 13
    centres is alone in its block.
    """
    rng = np.random.default_rng(100 * d + k)
    X = blobs(rng, n, d)
    assert_agreement(
        solutions, X, X[rng.choice(n, k, replace=False)], tol=0.0 if k < 20 else 1e-4, max_iter=40
    )


@pytest.mark.parametrize("d", [2, 6])
def test_fits_agree_for_types_orders_and_offsets(solutions, d):
    rng = np.random.default_rng(d)
    X = np.round(blobs(rng, 3000, d) * 64) / 64  # exact in float32, and with an offset of 1e8
    for data in (X.astype(np.float32), np.asfortranarray(X), X[::2], X + 1e8, X * 1e-200):
        assert_agreement(solutions, data, data[:30].copy(), max_iter=20)


@pytest.mark.parametrize("d", [2, 3])
def test_fits_agree_if_leaves_have_more_candidates_than_they_store(solutions, d):
    """With 300 centres for 44 leaves, most leaves have more than the FEW = 4 candidates that they store."""
    X = blobs(np.random.default_rng(d), 700, d)
    assert solutions.fast.FEW * (len(X) / solutions.fast.LANES) < 300
    assert_agreement(solutions, X, X[:300], tol=0.0, max_iter=30)


@pytest.mark.parametrize("n", [1, 1023, 1024, 5000])
def test_rows_are_sorted_by_the_upper_halves_of_their_keys(solutions, n):
    """Upper halves have 30 bits; 1024 is the number of buckets of the radix sort."""
    places = np.random.default_rng(n).integers(0, 2**30, n)
    places[n // 2 :] = places[0]  # rows with equal places must stay in order
    order = solutions.fast._sorted_order(places << 32 | np.arange(n))
    assert np.array_equal(order, np.argsort(places, kind="stable"))


@pytest.mark.parametrize("d", [2, 6, 16])
def test_float32_gives_the_result_of_float64(solutions, d):
    X = blobs(np.random.default_rng(d), 4000, d).astype(np.float32)
    result = solutions.fast.kmeans(X, X[:60])
    expected = solutions.fast.kmeans(X.astype(np.float64), X[:60].astype(np.float64))
    assert all(np.array_equal(a, b) for a, b in zip(result, expected, strict=True))
    assert np.array_equal(solutions.fast.assign(X, X[:60]), solutions.plain.assign(X, X[:60]))


@pytest.mark.parametrize("d", [2, 6])
def test_fits_agree_with_empty_clusters_outliers_and_duplicates(solutions, d):
    rng = np.random.default_rng(d)
    X = blobs(rng, 3000, d)
    centers = X[:25].copy()
    centers[[3, 9, 24]] = np.array([[90.0], [70.0], [-200.0]])  # so far away that these clusters are empty
    assert_agreement(solutions, X, centers)
    assert_agreement(solutions, X, centers, max_iter=1)
    assert_agreement(solutions, np.repeat(X[:600], 5, axis=0), X[:600:20].copy())
    X[7] = 1e9  # an outlier
    assert_agreement(solutions, X, X[10:40].copy())


@pytest.mark.parametrize("d", [1, 2, 3, 4, 8])
def test_ties_on_a_lattice_go_to_the_lowest_index(solutions, d):
    rng = np.random.default_rng(d)
    X = rng.integers(0, 6, (5000, d)).astype(float)
    centers = rng.integers(0, 6, (40, d)).astype(float)  # some twice
    assert np.array_equal(solutions.fast.assign(X, centers), solutions.reference.assign(X, centers))


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_ties_in_a_fit_on_a_lattice_are_those_of_plain_loops(solutions, d):
    rng = np.random.default_rng(d)
    X = rng.integers(0, 8, (5000, d)).astype(float)
    centers = rng.permutation(np.unique(X, axis=0))[:30]
    labels = solutions.fast.kmeans(X, centers, max_iter=1)[0]
    assert np.array_equal(labels, solutions.plain.kmeans(X, centers, max_iter=1)[0])


@pytest.mark.parametrize("d", [2, 5])
@pytest.mark.parametrize("max_iter", [0, 3, 300])
def test_lloyd_agrees_with_and_without_updates(solutions, d, max_iter):
    X = blobs(np.random.default_rng(1), 3000, d)
    labels, centers = solutions.fast.lloyd(X, X[:30], max_iter)
    expected = solutions.plain.lloyd(X, X[:30], max_iter)[1]
    np.testing.assert_allclose(centers, expected, atol=1e-9)
    assert np.array_equal(labels, solutions.plain.assign(X, centers))


@pytest.mark.parametrize("d", [2, 6])
def test_several_threads_give_the_same_labels(solutions, d, monkeypatch):
    X = blobs(np.random.default_rng(2), 5000, d)
    one_thread = solutions.fast.kmeans(X, X[:40])  # too few differences for threads
    monkeypatch.setattr(solutions.fast, "THREADED", 0)  # use threads for inputs of any size
    monkeypatch.setattr(solutions.fast.numba, "get_num_threads", lambda: 3)
    three_threads = solutions.fast.kmeans(X, X[:40])
    assert np.array_equal(one_thread[0], three_threads[0])
    np.testing.assert_allclose(one_thread[1], three_threads[1], atol=1e-10)


def test_starts_are_distinct_and_better_with_more_trials(solutions):
    """Each row comes three times. The copies of a start are at distance 0 from it, and must not be drawn."""
    X = np.repeat(blobs(np.random.default_rng(3), 900, 4), 3, axis=0)
    mean_costs = []
    for trials in (1, 6):
        rng = np.random.default_rng(5)
        starts = [solutions.fast.kmeans_plusplus(X, 30, rng, n_local_trials=trials) for _ in range(8)]
        assert all(len(np.unique(X[start], axis=0)) == 30 for start in starts)
        mean_costs.append(np.mean([solutions.plain.kmeans(X, X[start], max_iter=1)[2] for start in starts]))
    assert mean_costs[1] < mean_costs[0]


def test_best_of_returns_labels_and_inertia_of_its_centres(solutions):
    X = blobs(np.random.default_rng(4), 3000, 2)
    labels, centers, inertia = solutions.fast.best_of(X, k=20, n_init=3, rng=np.random.default_rng(0))
    assert np.array_equal(labels, solutions.plain.assign(X, centers))
    assert inertia == pytest.approx(((X - centers[labels]) ** 2).sum())


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_silhouette_agrees_with_the_reference(solutions, offset):
    rng = np.random.default_rng(6)
    X = blobs(rng, 700, 5) + offset
    X[100:200] = X[:100]  # equal rows, at distance 0
    labels = rng.integers(-3, 4, len(X))  # labels may be any integers
    labels[5] = 99  # a row alone in its cluster
    values = solutions.fast.silhouette(X, labels)
    np.testing.assert_allclose(values, solutions.reference.silhouette(X, labels), atol=1e-7)


@pytest.mark.parametrize("d", [2, 6])
def test_inputs_do_not_change(solutions, d):
    X = blobs(np.random.default_rng(7), 3000, d)
    centers = X[:30].copy()
    X_before, centers_before = X.copy(), centers.copy()
    for function in (solutions.fast.kmeans, solutions.fast.lloyd, solutions.fast.assign):
        function(X, centers)
    solutions.fast.silhouette(X[:200], np.arange(200) % 3)
    assert np.array_equal(X, X_before)
    assert np.array_equal(centers, centers_before)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(solutions, value):
    X = blobs(np.random.default_rng(8), 3000, 3)
    bad = X.copy()
    bad[1234, 1] = value
    for arguments in ((bad, X[:20]), (X, bad[1230:1240])):  # in a row, in a centre
        with pytest.raises(ValueError, match="NaN"):
            solutions.fast.kmeans(*arguments)


def test_shapes_that_do_not_fit_are_refused(solutions):
    X = blobs(np.random.default_rng(8), 3000, 3)
    for centers, rows in ((X[:6], X[:5]), (X[:0], X)):  # more centres than rows, none
        with pytest.raises(ValueError, match="clusters"):
            solutions.fast.kmeans(rows, centers)
    with pytest.raises(ValueError, match="shapes do not match"):
        solutions.fast.kmeans(X, X[:9, :2])
