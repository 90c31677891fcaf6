"""The fast Gaussian mixtures agree with the reference on inputs larger than those of the checks.

fast.py works on tiles, i.e. 32 rows side by side with AVX-512, else 8. It chooses its methods by the
numbers of features d, of rows and of components; the shapes below lie on both sides of its limits, which are
constants at the top of fast.py. Odd numbers of rows leave a tile that is only partly filled.
"""

import numba
import numpy as np
import pytest
from mlkata.tracks import catalogue, loading

pytestmark = pytest.mark.slow  # numba compiles for up to a minute

TRACK = catalogue.get("gmm")
FAST, REFERENCE = (loading.load(TRACK.solution(name)) for name in ("fast", "reference"))
TYPES = ["full", "tied", "diag", "spherical"]


def mixture(n, d, k, covariance_type="full", *, seed=0, spread=2.0):
    """Return the first arguments of `fit`: n rows of d features in k groups, and a start for EM.

    The start is made of weights (k,), means (k, d) and covariances, whose shape depends on their type.

    spread is the distance of groups in widths, roughly: with 0.3 they overlap, with 30 they lie far apart.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, d)) * spread
    X = centres[rng.integers(0, k, n)] + rng.normal(size=(n, d)) * rng.uniform(0.3, 1, d)
    full = np.cov(X.T, ddof=0).reshape(d, d)
    shaped = {
        "full": np.repeat(full[None], k, axis=0),
        "tied": full,
        "diag": np.repeat(np.diag(full)[None], k, axis=0),
        "spherical": np.full(k, np.diag(full).mean()),
    }
    return X, np.full(k, 1 / k), X[rng.choice(n, k, replace=False)], shaped[covariance_type]


def assert_near(got, expected, tolerance=1e-9):
    """Assert that arrays are equal up to a tolerance relative to the largest expected number, or to 1."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("shape", [(3001, 1, 4), (2003, 2, 3), (1999, 7, 5), (2500, 9, 4), (1001, 21, 6)])
def test_fits_of_thousands_of_rows_agree(shape, covariance_type):  # shape: n, d, k
    arguments = mixture(*shape, covariance_type)
    options = {"tol": 0.0, "max_iter": 6, "covariance_type": covariance_type}
    for got, expected in zip(
        FAST.fit(*arguments, **options), REFERENCE.fit(*arguments, **options), strict=True
    ):
        assert_near(got, expected)


@pytest.mark.parametrize("shape", [(1500, 16, 3), (900, 17, 4), (700, 31, 3), (700, 32, 3), (500, 40, 2)])
@pytest.mark.parametrize("spread", [0.3, 4.0])
def test_moments_agree_whether_groups_overlap_or_not(shape, spread):
    # It depends on d, and on how many rows have a share in a component, whether moments are summed tile by
    # tile or row by row.
    arguments = mixture(*shape, spread=spread)
    got, expected = (solution.fit(*arguments, tol=0.0, max_iter=4) for solution in (FAST, REFERENCE))
    for a, b in zip(got, expected, strict=True):
        assert_near(a, b)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("d", [23, 24, 35])  # from 24 features on, tiles keep bounds of their distances
def test_keeping_bounds_of_distances_over_many_passes_changes_nothing(d, covariance_type):
    arguments = mixture(1700, d, 9, covariance_type, spread=3.0)
    options = {"tol": 0.0, "max_iter": 18, "covariance_type": covariance_type}
    for a, b in zip(FAST.fit(*arguments, **options), REFERENCE.fit(*arguments, **options), strict=True):
        assert_near(a, b)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_the_bound_that_a_tile_keeps_is_at_most_its_distance(covariance_type):
    X, weights, means, covariances = mixture(1500, 25, 5, covariance_type, spread=1.0)
    em = FAST._EM_BY_TYPE[covariance_type](X, 5, covariance_type)
    em.begin(weights, means, covariances)
    n_positive = 0
    for _ in range(12):
        _, weights, means, covariances = em.step(reg_covar=1e-6)
        em.begin(weights, means, covariances)
        offsets = X[em.rows.order][:, None] - means  # (n, K, d)
        # Distances of spherical components are not divided by the width.
        variances = {"full": covariances, "diag": covariances, "spherical": np.ones((5, 1))}[covariance_type]
        if covariance_type == "full":
            squares = np.einsum("nki,kij,nkj->nk", offsets, np.linalg.inv(variances), offsets)
        else:
            squares = (offsets**2 / variances).sum(axis=2)
        first_rows = np.arange(0, 1500, FAST._LANES)
        smallest = np.sqrt(np.minimum.reduceat(squares, first_rows, axis=0))  # (tiles, K)
        assert (em.rows.min_distances <= smallest * (1 + 1e-9)).all()
        n_positive += (em.rows.min_distances > 0).sum()
    assert n_positive > 0  # otherwise all bounds are 0, and this test shows nothing


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("shape", [(3001, 2, 3), (2500, 9, 4), (1001, 33, 3)])
def test_threads_change_nothing_but_the_rounding(shape, covariance_type, monkeypatch):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("numba has one thread here")
    arguments = mixture(*shape, covariance_type)
    options = {"tol": 0.0, "max_iter": 6, "covariance_type": covariance_type}
    before = numba.get_num_threads()
    numba.set_num_threads(2)
    try:
        one_thread = FAST.fit(*arguments, **options)
        monkeypatch.setattr(FAST, "_PARALLEL_FROM", 0)  # use all threads for inputs of any size
        two_threads = FAST.fit(*arguments, **options)
    finally:
        numba.set_num_threads(before)
    for a, b in zip(two_threads, one_thread, strict=True):
        assert_near(a, b, 1e-12)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_fit_stops_after_as_many_iterations_as_the_reference(covariance_type):
    arguments = mixture(600, 3, 3, covariance_type, seed=4)
    got = FAST.fit(*arguments, covariance_type=covariance_type)
    expected = REFERENCE.fit(*arguments, covariance_type=covariance_type)
    assert got[4:] == expected[4:]  # n_iter, converged


@pytest.mark.parametrize("n", [2, 7, 31, 32, 33, 64, 65])
@pytest.mark.parametrize("d", [1, 3, 4, 5, 8])
def test_rows_that_do_not_fill_a_tile_count_once(n, d):
    # The last tile is filled up with copies of the last row.
    X, weights, means, covariances = mixture(n, d, 2)
    covariances = covariances + np.eye(d)  # 2 rows alone have a singular covariance
    got = FAST.fit(X, weights, means, covariances, tol=0.0, max_iter=2, reg_covar=0.1)
    expected = REFERENCE.fit(X, weights, means, covariances, tol=0.0, max_iter=2, reg_covar=0.1)
    for a, b in zip(got, expected, strict=True):
        assert_near(a, b)


def test_skipping_components_that_are_far_away_changes_nothing():
    X, weights, means, covariances = mixture(4000, 12, 8, spread=30.0)
    got = FAST.fit(X, weights, means, covariances, tol=0.0, max_iter=12)
    expected = REFERENCE.fit(X, weights, means, covariances, tol=0.0, max_iter=12)
    for a, b in zip(got, expected, strict=True):
        assert_near(a, b)


def test_a_wide_start_a_million_away_loses_no_digits():
    X, weights, means, _ = mixture(500, 2, 2, seed=2)
    wide = np.stack([1e12 * np.eye(2)] * 2)
    got = FAST.fit(X, weights, means + 1e6, wide, tol=0.0, max_iter=1)
    expected = REFERENCE.fit(X, weights, means + 1e6, wide, tol=0.0, max_iter=1)
    for a, b in zip(got[:3], expected[:3], strict=True):
        assert_near(a, b)


def test_a_component_of_few_rows_keeps_its_small_shares():
    # fast.py cuts shares below exp(-36) of the largest, except in components of fewer than 4e-4 of the rows:
    # no row is near the second centre of soft_kmeans, which gets X without its last row.
    X = np.concatenate([np.random.default_rng(0).normal(size=(999, 2)), [[40.0, 0.0]]])
    start = (np.array([0.5, 0.5]), np.array([[0.0, 0.0], [60.0, 0.0]]), np.stack([np.eye(2)] * 2))
    got = FAST.soft_kmeans(X[:-1], start[1], sigma2=16.0, max_iter=1)
    expected = REFERENCE.soft_kmeans(X[:-1], start[1], sigma2=16.0, max_iter=1)
    assert_near(got[0], expected[0], 1e-9)
    for a, b in zip(FAST.fit(X, *start, max_iter=3), REFERENCE.fit(X, *start, max_iter=3), strict=True):
        assert_near(a, b)


@pytest.mark.parametrize("d", [1, 2, 6, 13])
def test_densities_and_responsibilities_agree_far_away_and_near(d):
    X, weights, means, covariances = mixture(1500, d, 5)
    X[::7] *= 1e3  # hundreds of widths away
    assert_near(FAST.log_density(X, means, covariances), REFERENCE.log_density(X, means, covariances), 1e-11)
    got = FAST.responsibilities(X, weights, means, covariances)
    assert_near(got, REFERENCE.responsibilities(X, weights, means, covariances))
    assert_near(got.sum(axis=1), np.ones(len(X)), 1e-14)


def test_a_component_of_weight_0_gets_nothing_and_the_other_everything():
    X, _, means, covariances = mixture(100, 2, 2)
    assert (FAST.responsibilities(X, np.array([1.0, 0.0]), means, covariances) == [1.0, 0.0]).all()


@pytest.mark.parametrize("d", [1, 2, 5, 6, 11])
def test_the_m_step_agrees_off_the_origin(d):
    rng = np.random.default_rng(1)
    X, shares = rng.normal(size=(3000, d)) + 1e4, rng.dirichlet(np.ones(4), 3000)
    for got, expected in zip(
        FAST.m_step(X, shares, reg_covar=1e-3), REFERENCE.m_step(X, shares, reg_covar=1e-3), strict=True
    ):
        assert_near(got, expected)


def test_one_dimension_agrees():
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=1700), rng.normal(size=1500) * 2 + 5])
    start = (np.array([0.3, 0.7]), np.array([-1.0, 4.0]), np.array([1.0, 2.0]))
    assert_near(FAST.e_step_1d(x, *start), REFERENCE.e_step_1d(x, *start), 1e-13)
    for got, expected in zip(
        FAST.fit_1d(x, *start, n_iter=12), REFERENCE.fit_1d(x, *start, n_iter=12), strict=True
    ):
        assert_near(got, expected)


@pytest.mark.parametrize("sigma2", [0.5, 1e-12])
def test_soft_kmeans_splits_ties_on_a_lattice_equally(sigma2):
    X = np.stack(np.meshgrid(np.arange(40.0), np.arange(40.0)), axis=-1).reshape(-1, 2)
    centers = np.array([[10.0, 10.0], [10.0, 30.0], [30.0, 10.0], [30.0, 30.0]])
    for got, expected in zip(
        FAST.soft_kmeans(X, centers, sigma2, max_iter=0),
        REFERENCE.soft_kmeans(X, centers, sigma2, max_iter=0),
        strict=True,
    ):
        assert_near(got, expected, 1e-12)


def test_missing_values_agree():
    X, weights, means, _ = mixture(900, 4, 3, seed=5)
    X[np.random.default_rng(6).random(X.shape) < 0.3] = np.nan
    full = np.stack([np.eye(4)] * 3)
    start_means = np.where(np.isnan(means), 0.0, means)
    got = FAST.fit_missing(X, weights, start_means, full, reg_covar=1e-3, max_iter=6)
    for a, b in zip(
        got, REFERENCE.fit_missing(X, weights, start_means, full, reg_covar=1e-3, max_iter=6), strict=True
    ):
        assert_near(a, b)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("d", [2, 9])
def test_bic_agrees(covariance_type, d):
    arguments = mixture(2000, d, 3, covariance_type)
    got, expected = (solution.bic(*arguments, covariance_type) for solution in (FAST, REFERENCE))
    assert got == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("convert", [np.asfortranarray, lambda a: a.astype(np.float32), lambda a: a[::-1]])
def test_any_layout_is_read_and_inputs_do_not_change(convert):
    arguments = [convert(array) for array in mixture(300, 9, 3)]
    copies = [array.copy() for array in arguments]
    for got, expected in zip(
        FAST.fit(*arguments, max_iter=3), REFERENCE.fit(*arguments, max_iter=3), strict=True
    ):
        assert_near(got, expected, 1e-5)
    FAST.soft_kmeans(arguments[0], arguments[2], sigma2=1.0, max_iter=2)
    FAST.fit_missing(*arguments, reg_covar=1e-6, max_iter=2)
    assert all(np.array_equal(array, copy) for array, copy in zip(arguments, copies, strict=True))


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_covariance_that_collapses_is_refused_after_the_last_step(covariance_type):
    X, weights, means, covariances = mixture(50, 2, 1, covariance_type)
    X[:], means[:] = 0.0, 0.0  # the start is valid, but all rows are equal
    with pytest.raises(ValueError, match="positive"):
        FAST.fit(X, weights, means, covariances, reg_covar=0.0, max_iter=1, covariance_type=covariance_type)
