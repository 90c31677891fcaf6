"""fast.py of the k-NN track agrees with the reference beyond the inputs of the checks."""

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading

pytestmark = pytest.mark.slow  # compiles for up to a minute

TRACK = catalogue.get("knn")


@pytest.fixture(scope="module")
def reference():
    return loading.load(TRACK.solutions / "reference.py")


@pytest.fixture(scope="module", params=["bytes", "float32"])
def fast(request):
    """Return the fast solution with each of its filters."""
    module = loading.load(TRACK.solution("fast"))
    if request.param == "bytes" and not module.BYTES:
        pytest.skip("this processor has no products of bytes")
    module.BYTES = request.param == "bytes"
    return module


def draw(seed, n, m, d, dtype=float, *, whole=False):
    """Return m queries and n rows; if `whole`, their features are 0, 1 or 2, so that many rows tie."""
    rng = np.random.default_rng(seed)
    if whole:
        return rng.integers(0, 3, (m, d)).astype(dtype), rng.integers(0, 3, (n, d)).astype(dtype)
    return (rng.normal(size=(m, d)) + 5).astype(dtype), (rng.normal(size=(n, d)) + 5).astype(dtype)


def assert_nearest(Q, X, k, distances, indices):
    """Assert that these are the k nearest, nearest first; rows that tie may be any of them."""
    squares = sum((Q[:, None, f].astype(float) - X[None, :, f]) ** 2 for f in range(Q.shape[1]))
    true = np.sqrt(squares)
    np.testing.assert_allclose(distances, np.sort(true, axis=1)[:, :k], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(np.take_along_axis(true, indices, axis=1), distances, rtol=1e-12, atol=1e-14)
    assert (np.diff(np.sort(indices, axis=1), axis=1) > 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("d", [1, 3, 6, 17, 40])
def test_each_method_finds_the_nearest_and_ties_on_lattices(fast, d, dtype):
    for whole in (False, True):
        Q, X = draw(d, 2003, 270, d, dtype, whole=whole)
        for k in (1, 10, 120):
            for method in (fast._by_scan, fast._by_tree, fast._by_filter):
                distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
                method(Q, X, fast.EUCLIDEAN, distances, indices)
                assert_nearest(Q, X, k, distances, indices)


@pytest.mark.parametrize("n", [150, 400, 1200])
@pytest.mark.parametrize("d", [2, 8, 16])
def test_methods_agree_on_both_sides_of_each_switch(fast, n, d):
    for m in (1, 2, 40):
        Q, X = draw(n + d, n, m, d)
        before = Q.copy(), X.copy()
        assert_nearest(Q, X, 7, *fast.knn(Q, np.asfortranarray(X), 7))
        assert np.array_equal(Q, before[0])
        assert np.array_equal(X, before[1])


CROWDS = {
    "clouds": lambda rng, n: rng.normal(size=(n, 3)) + 9 * rng.integers(0, 3, (n, 1)),
    "sorted": lambda rng, n: np.sort(rng.normal(size=(n, 3)), axis=0),
    "lattice": lambda rng, n: rng.integers(0, 4, (n, 3)).astype(float),
    "equal": lambda rng, n: np.full((n, 3), 7.0),
    "one cluster and outliers": lambda rng, n: np.where(
        rng.random((n, 1)) < 0.999, 3 + 1e-9 * rng.normal(size=(n, 3)), 1e6 * rng.normal(size=(n, 3))
    ),
    "one flat axis": lambda rng, n: rng.normal(size=(n, 3)) * [1e6, 0.0, 1.0],
}


@pytest.mark.parametrize("n", [520, 544, 6000, 30_000])
@pytest.mark.parametrize("crowd", CROWDS)
def test_trees_of_all_heights_find_the_nearest(fast, crowd, n):
    """There are one cell, two, several levels and cells filled in parallel; k fits into registers or not."""
    rng = np.random.default_rng(n)
    X = CROWDS[crowd](rng, n)
    Q = np.concatenate([X[:80], X[80:160] + rng.normal(size=(80, 3))])
    for k in (1, 16, 17):
        distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
        fast._by_tree(Q, X, fast.EUCLIDEAN, distances, indices)
        assert_nearest(Q, X, k, distances, indices)


def test_without_the_tree_overflowing_squares_have_distinct_neighbours(fast):
    Q, X = draw(3, 900, 200, 3)
    Q, X = Q * 1e160, X * 1e160
    _, indices = fast.knn(Q, X, 5)
    assert (np.diff(np.sort(indices, axis=1), axis=1) > 0).all()
    assert indices.min() >= 0
    assert indices.max() < 900


@pytest.mark.parametrize("n", [1, 40, 513, 4000])
def test_selection_agrees_with_sorting(fast, n):
    rng = np.random.default_rng(n)
    for values in (rng.normal(size=n), np.arange(n) * 1.0, rng.integers(0, 3, n) * 1.0, np.zeros(n)):
        for rank in {0, n // 3, n - 1}:
            value = fast._select(values.copy(), np.empty(n), n, rank)
            assert value == np.sort(values)[rank]


def test_queries_on_rows_are_at_distance_zero(fast):
    _, X = draw(4, 3000, 1, 20)
    distances, indices = fast.knn(X + 1e6, X + 1e6, 3)
    assert (distances[:, 0] == 0).all()
    assert np.array_equal(indices[:, 0], np.arange(3000))


@pytest.mark.parametrize("spread", ["outliers", "scales", "equal", "nearly equal", "huge", "tiny"])
def test_data_that_filters_handle_badly_has_the_nearest(fast, spread):
    rng = np.random.default_rng(5)
    X = {
        "outliers": rng.standard_cauchy(size=(1500, 12)) ** 3,
        "scales": rng.normal(size=(1500, 12)) * 10.0 ** rng.integers(-6, 6, 12),
        "equal": np.full((1500, 12), 3.0),
        "nearly equal": np.where(rng.random((1500, 12)) < 0.001, 3 + 1e-9, 3.0),
        "huge": rng.normal(size=(1500, 12)) * 1e120,
        "tiny": rng.normal(size=(1500, 12)) * 1e-120,
    }[spread]
    Q = X[:300] + X[300:600] / 2
    assert_nearest(Q, X, 5, *fast.knn(Q, X, 5))


@pytest.mark.parametrize("d", [3, 20])
def test_leaving_one_out_agrees(fast, reference, d):
    _, X = draw(6, 1500, 1, d)
    y = (X[:, 0] > 5).astype(int) + (X[:, -1] > 5)
    assert np.array_equal(fast.loo_neighbors(X, 6), reference.loo_neighbors(X, 6))
    np.testing.assert_allclose(fast.loo_accuracy(X, y, 9), reference.loo_accuracy(X, y, 9), rtol=1e-12)
    twins = np.repeat(X[:60], 10, axis=0)  # more rows tie with a row than neighbours are requested
    neighbors = fast.loo_neighbors(twins, 4)
    assert (neighbors != np.arange(600)[:, None]).all()
    assert np.array_equal(neighbors // 10, np.repeat(np.arange(60), 10)[:, None].repeat(4, axis=1))


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_predictions_agree(fast, reference, weights):
    Q, X = draw(7, 900, 50, 8)
    Q[:5] = X[:5]
    names = np.array(["pear", "fig", "plum"])[(X[:, :2] > 5).sum(axis=1)]
    labels, proba = fast.knn_classify(Q, X, names, 6, weights)
    expected, shares = reference.knn_classify(Q, X, names, 6, weights)
    assert np.array_equal(labels, expected)
    np.testing.assert_allclose(proba, shares, rtol=1e-9)
    values = fast.knn_regress(Q, X, X[:, 3], 6, weights)
    np.testing.assert_allclose(values, reference.knn_regress(Q, X, X[:, 3], 6, weights), rtol=1e-9)


@pytest.mark.parametrize("metric", ["manhattan", "cosine"])
def test_other_metrics_agree(fast, reference, metric):
    Q, X = draw(8, 500, 30, 9)
    expected = reference.knn(Q, X, 5, metric)
    result = fast.knn(Q, X, 5, metric)
    np.testing.assert_allclose(result[0], expected[0], rtol=1e-9, atol=1e-12)
    assert np.array_equal(result[1], expected[1])


@pytest.mark.parametrize("d", [2, 40])
def test_tables_of_distances_agree(fast, reference, d):
    Q, X = draw(9, 300, 100, d)
    Q[:10] = X[:10] + 1e-7
    X[20:30] = Q[20:30]
    table, expected = fast.pairwise_sq_distances(Q, X), reference.pairwise_sq_distances(Q, X)
    np.testing.assert_allclose(table, expected, rtol=1e-9)
    assert (table[np.arange(20, 30), np.arange(20, 30)] == 0).all()


@pytest.mark.parametrize("leaf_size", [1, 7, 16])
def test_the_public_tree_finds_the_nearest_with_few_distances(fast, leaf_size):
    for whole in (False, True):
        Q, X = draw(10, 2000, 12, 3, whole=whole)
        state = fast.kdtree_build(X, leaf_size)
        row_ids = []

        def dist(q, ids, X=X, row_ids=row_ids):
            row_ids.extend(ids)
            return np.sqrt(((X[ids] - q) ** 2).sum(axis=1))

        answers = [fast.kdtree_query(state, q, 5, dist) for q in Q]
        assert_nearest(Q, X, 5, *map(np.array, zip(*answers, strict=True)))
        assert whole or len(row_ids) < 150 * len(Q)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("n", "d"), [(50, 3), (3000, 3), (3000, 20)])
def test_nan_and_infinity_are_refused(fast, n, d, value):
    for which in (0, 1):
        arguments = draw(11, n, 400, d)
        arguments[which][17, 1] = value
        with pytest.raises(ValueError, match="NaN"):
            fast.knn(*arguments, 5)


def test_wrong_arguments_are_refused(fast):
    Q, X = draw(12, 50, 5, 3)
    for wrong in ((Q, X, 0), (Q, X, 51), (Q[:, :2], X, 3), (Q[0], X, 3), (Q, X, 3, "l7")):
        with pytest.raises(ValueError, match=r"neighbours|shapes|metric"):
            fast.knn(*wrong)
    with pytest.raises(ValueError, match="neighbours"):
        fast.loo_neighbors(X, 50)
