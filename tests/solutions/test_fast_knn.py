"""fast.py of the k-NN track agrees with the reference on inputs that the track's checks are too small for.

fast.py chooses one of three methods by the size of the input: a scan, a tree of boxes or a filter. The
filter rounds rows to bytes or, if the processor has no products of bytes, to float32; tests run with both.
"""

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading

pytestmark = pytest.mark.slow  # compiles for up to a minute

TRACK = catalogue.get("knn")


@pytest.fixture(scope="module")
def reference():
    """Return the reference solution."""
    return loading.load(TRACK.solutions / "reference.py")


@pytest.fixture(scope="module", params=["bytes", "float32"])
def fast(request):
    """Return the fast solution, with its filter by bytes or by float32."""
    module = loading.load(TRACK.solution("fast"))
    if request.param == "bytes" and not module.BYTES:
        pytest.skip("this processor has no products of bytes")
    module.BYTES = request.param == "bytes"
    return module


def draw(seed, n, m, d, dtype=float, *, tied=False):
    """Return m queries and n rows around 5; if `tied`, features are 0, 1 or 2, so that many rows tie."""
    rng = np.random.default_rng(seed)
    if tied:
        return rng.integers(0, 3, (m, d)).astype(dtype), rng.integers(0, 3, (n, d)).astype(dtype)
    return (rng.normal(size=(m, d)) + 5).astype(dtype), (rng.normal(size=(n, d)) + 5).astype(dtype)


def assert_nearest(Q, X, k, distances, indices):
    """Assert that these are the k nearest, nearest first; rows that tie may be any of them."""
    # Feature by feature, as differences of all features at once would take too much memory.
    squares = sum((Q[:, None, f].astype(float) - X[None, :, f]) ** 2 for f in range(Q.shape[1]))
    expected = np.sqrt(squares)  # (m, n), of all rows
    tolerance = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, :k], **tolerance)
    np.testing.assert_allclose(np.take_along_axis(expected, indices, axis=1), distances, **tolerance)
    assert_distinct(indices)


def assert_distinct(indices):
    """Assert that no row occurs twice among the neighbours of a query."""
    assert (np.diff(np.sort(indices, axis=1), axis=1) > 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("d", [1, 3, 6, 17, 40])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("method", ["_by_scan", "_by_tree", "_by_filter"])
def test_each_method_finds_the_nearest_also_among_ties(fast, method, tied, d, dtype):
    """2003 rows are no multiple of any block size; k = 120 does not fit into registers."""
    Q, X = draw(seed=d, n=2003, m=270, d=d, dtype=dtype, tied=tied)
    for k in (1, 10, 120):
        distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
        getattr(fast, method)(Q, X, fast.EUCLIDEAN, distances, indices)
        assert_nearest(Q, X, k, distances, indices)


@pytest.mark.parametrize("n", [150, 400, 1200])
@pytest.mark.parametrize("d", [2, 8, 16])
def test_knn_finds_the_nearest_with_whatever_method_it_chooses(fast, n, d):
    """Sizes around those at which knn changes its method. The arrays that are passed do not change."""
    for m in (1, 2, 40, 160):
        Q, X = draw(seed=n + d, n=n, m=m, d=d)
        Q_before, X_in_column_order = Q.copy(), np.asfortranarray(X)
        assert_nearest(Q, X, 7, *fast.knn(Q, X_in_column_order, 7))
        assert np.array_equal(Q, Q_before)
        assert np.array_equal(X_in_column_order, X)


HARD_FOR_TREES = {
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
@pytest.mark.parametrize("kind", HARD_FOR_TREES)
def test_trees_of_all_heights_find_the_nearest(fast, kind, n):
    """By n, trees have one, two or several cells, or enough for threads. Up to k = 16 fit into registers."""
    rng = np.random.default_rng(n)
    X = HARD_FOR_TREES[kind](rng, n)
    Q = np.concatenate([X[:80], X[80:160] + rng.normal(size=(80, 3))])
    for k in (1, 16, 17):
        distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
        fast._by_tree(Q, X, fast.EUCLIDEAN, distances, indices)
        assert_nearest(Q, X, k, distances, indices)


def test_if_squares_overflow_neighbours_are_still_distinct_rows(fast):
    """All distances are infinite then, so any rows may be the nearest."""
    Q, X = draw(seed=3, n=900, m=200, d=3)
    Q, X = Q * 1e160, X * 1e160
    _, indices = fast.knn(Q, X, 5)
    assert_distinct(indices)
    assert indices.min() >= 0
    assert indices.max() < 900


@pytest.mark.parametrize("n", [1, 40, 513, 4000])
def test_selection_agrees_with_sorting(fast, n):
    """512 is the largest n for which one method of selection is used alone."""
    rng = np.random.default_rng(n)
    for values in (rng.normal(size=n), np.arange(n) * 1.0, rng.integers(0, 3, n) * 1.0, np.zeros(n)):
        for rank in {0, n // 3, n - 1}:
            value = fast._select(values.copy(), np.empty(n), n, rank)
            assert value == np.sort(values)[rank]


def test_queries_that_equal_rows_are_at_distance_zero_far_from_the_origin(fast):
    _, X = draw(seed=4, n=3000, m=1, d=20)
    X += 1e6
    distances, indices = fast.knn(X, X, 3)
    assert (distances[:, 0] == 0).all()
    assert np.array_equal(indices[:, 0], np.arange(3000))


HARD_FOR_FILTERS = {
    "outliers": lambda rng: rng.standard_cauchy(size=(1500, 12)) ** 3,
    "scales": lambda rng: rng.normal(size=(1500, 12)) * 10.0 ** rng.integers(-6, 6, 12),
    "equal": lambda rng: np.full((1500, 12), 3.0),
    "nearly equal": lambda rng: np.where(rng.random((1500, 12)) < 0.001, 3 + 1e-9, 3.0),
    "huge": lambda rng: rng.normal(size=(1500, 12)) * 1e120,
    "tiny": lambda rng: rng.normal(size=(1500, 12)) * 1e-120,
}


@pytest.mark.parametrize("kind", HARD_FOR_FILTERS)
def test_the_nearest_are_found_in_data_that_are_hard_for_filters(fast, kind):
    X = HARD_FOR_FILTERS[kind](np.random.default_rng(5))
    Q = X[:300] + X[300:600] / 2
    assert_nearest(Q, X, 5, *fast.knn(Q, X, 5))


@pytest.mark.parametrize("d", [3, 20])
def test_leaving_one_out_agrees(fast, reference, d):
    _, X = draw(seed=6, n=1500, m=1, d=d)
    y = (X[:, 0] > 5).astype(int) + (X[:, -1] > 5)  # three classes
    assert np.array_equal(fast.loo_neighbors(X, 6), reference.loo_neighbors(X, 6))
    np.testing.assert_allclose(fast.loo_accuracy(X, y, 9), reference.loo_accuracy(X, y, 9), rtol=1e-12)


@pytest.mark.parametrize("d", [3, 20])
def test_a_row_is_never_its_own_neighbour_even_if_many_are_equal(fast, d):
    """Nine rows equal each row, but four neighbours are requested: they must be among these nine."""
    _, X = draw(seed=6, n=60, m=1, d=d)
    neighbors = fast.loo_neighbors(np.repeat(X, 10, axis=0), 4)
    assert (neighbors != np.arange(600)[:, None]).all()
    group_of_row = np.arange(600) // 10
    assert (neighbors // 10 == group_of_row[:, None]).all()


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_predictions_agree(fast, reference, weights):
    Q, X = draw(seed=7, n=900, m=50, d=8)
    Q[:5] = X[:5]  # some neighbours at distance 0
    names = np.array(["pear", "fig", "plum"])[(X[:, :2] > 5).sum(axis=1)]
    labels, proba = fast.knn_classify(Q, X, names, 6, weights)
    expected, shares = reference.knn_classify(Q, X, names, 6, weights)
    assert np.array_equal(labels, expected)
    np.testing.assert_allclose(proba, shares, rtol=1e-9)
    values = fast.knn_regress(Q, X, X[:, 3], 6, weights)
    np.testing.assert_allclose(values, reference.knn_regress(Q, X, X[:, 3], 6, weights), rtol=1e-9)


@pytest.mark.parametrize("metric", ["manhattan", "cosine"])
def test_other_metrics_agree(fast, reference, metric):
    Q, X = draw(seed=8, n=500, m=30, d=9)
    distances, indices = fast.knn(Q, X, 5, metric)
    expected_distances, expected_indices = reference.knn(Q, X, 5, metric)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-9, atol=1e-12)
    assert np.array_equal(indices, expected_indices)


@pytest.mark.parametrize("d", [2, 40])
def test_tables_of_distances_agree(fast, reference, d):
    """They do also for rows that nearly equal a query, where |q|² - 2 q x + |x|² loses its digits."""
    Q, X = draw(seed=9, n=300, m=100, d=d)
    Q[:10] = X[:10] + 1e-7
    X[20:30] = Q[20:30]
    table, expected = fast.pairwise_sq_distances(Q, X), reference.pairwise_sq_distances(Q, X)
    np.testing.assert_allclose(table, expected, rtol=1e-9)
    assert (np.diag(table)[20:30] == 0).all()


@pytest.mark.parametrize("leaf_size", [1, 7, 16])
@pytest.mark.parametrize("tied", [False, True])
def test_the_public_tree_finds_the_nearest_with_few_distances(fast, leaf_size, tied):
    """Few: below 150 of 2000 rows per query, unless rows tie (there are only 27 different ones then)."""
    Q, X = draw(seed=10, n=2000, m=12, d=3, tied=tied)
    state = fast.kdtree_build(X, leaf_size)
    measured = []

    def dist(q, ids):
        measured.extend(ids)
        return np.sqrt(((X[ids] - q) ** 2).sum(axis=1))

    answers = [fast.kdtree_query(state, q, 5, dist) for q in Q]
    assert_nearest(Q, X, 5, *map(np.array, zip(*answers, strict=True)))
    assert tied or len(measured) < 150 * len(Q)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("n", "d"), [(50, 3), (3000, 3), (3000, 20)])
def test_nan_and_infinity_are_refused(fast, n, d, value):
    """The three sizes lead to the scan, the tree and the filter."""
    for argument in (0, 1):  # in a query, in a row
        arguments = draw(seed=11, n=n, m=400, d=d)
        arguments[argument][17, 1] = value
        with pytest.raises(ValueError, match="NaN"):
            fast.knn(*arguments, 5)


def test_wrong_arguments_are_refused(fast):
    Q, X = draw(seed=12, n=50, m=5, d=3)
    wrong_calls = [
        ((Q, X, 0), "neighbours"),
        ((Q, X, 51), "neighbours"),
        ((Q[:, :2], X, 3), "shapes"),
        ((Q[0], X, 3), "shapes"),
        ((Q, X, 3, "l7"), "metric"),
    ]
    for arguments, message in wrong_calls:
        with pytest.raises(ValueError, match=message):
            fast.knn(*arguments)
    with pytest.raises(ValueError, match="neighbours"):
        fast.loo_neighbors(X, 50)
