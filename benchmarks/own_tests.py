"""A careful candidate's tests of k-means: `kata test kmeans benchmarks/own_tests.py` grades them."""

import numpy as np
import pytest
from kmeans import (
    State,
    assign,
    best_of,
    coreset,
    finish,
    hamerly,
    kmeans,
    kmeans_capped,
    kmeans_plusplus,
    lloyd,
    merge,
    partial,
    partial_fit,
    relocate_empty,
    silhouette,
    update,
)

BLOBS = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 2.0], [10.0, 9.0], [11.0, 10.0], [10.5, 12.0], [30.0, 1.0]])
START = np.array([[0.0, 0.0], [1.0, 0.5], [10.0, 9.0]])
MEMORY = 60_000
"""Bytes for `kmeans_capped`: the stub promises room for 30 kB and a few arrays, which are small here."""


def nearest(X, centers):
    """Return the index of each row's nearest centre, the lowest in a tie."""
    return ((X[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)


def inertia_of(X, centers):
    """Return the sum of squared distances to the nearest centres."""
    return ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1).sum()


def rows(n=60, d=3, seed=1):
    """Return random rows whose features differ in scale, away from the origin."""
    return np.random.default_rng(seed).normal(size=(n, d)) * [1.0, 3.0, 10.0][:d] + 5.0


# Round 1


def test_nearest():
    X = rows()
    centers = X[:5] + 0.1
    np.testing.assert_array_equal(assign(X, centers), nearest(X, centers))


def test_ties_go_to_the_lowest():
    assert list(assign(np.array([[1.0], [5.0]]), np.array([[0.0], [2.0], [8.0]]))) == [0, 1]
    assert list(assign(np.zeros((2, 2)), np.ones((3, 2)))) == [0, 0]


def test_centres_move_to_the_means_of_their_rows():
    X, centers = rows(), rows(4, seed=2)
    labels = np.arange(len(X)) % 4
    expected = [X[labels == j].mean(axis=0) for j in range(4)]
    np.testing.assert_allclose(update(X, labels, centers), expected)


@pytest.mark.parametrize("empty", [0, 1, 2])
def test_an_empty_cluster_keeps_its_centre(empty):
    centers = np.array([[7.0, 7.0], [8.0, 8.0], [9.0, 9.0]])
    labels = np.array([j for j in range(3) if j != empty])
    moved = update(np.array([[1.0, 2.0], [3.0, 4.0]]), labels, centers)
    assert moved.shape == (3, 2)
    np.testing.assert_array_equal(moved[empty], centers[empty])


def test_arguments_are_not_changed():
    X, centers, labels = rows(), rows(3, seed=2), np.arange(60) % 3
    copies = X.copy(), centers.copy(), labels.copy()
    assign(X, centers)
    update(X, labels, centers)
    lloyd(X, centers)
    relocate_empty(X, np.zeros(60, int), centers)
    kmeans(X, centers)
    kmeans_capped(X, centers, MEMORY)
    for before, after in zip(copies, (X, centers, labels), strict=True):
        np.testing.assert_array_equal(before, after)


def reference_lloyd(X, centers, max_iter):
    """Return the labels before and after the last update, and the centres. No cluster may become empty."""
    labels = nearest(X, centers)
    for _ in range(max_iter):
        centers = np.array([X[labels == j].mean(axis=0) for j in range(len(centers))])
        old, labels = labels, nearest(X, centers)
        if (old == labels).all():
            break
    return old, labels, centers


@pytest.mark.parametrize("max_iter", [1, 2, 3, 300])
def test_lloyd_repeats_both_steps_until_labels_stay(max_iter):
    X = np.random.default_rng(5).normal(size=(200, 2))
    labels, centers = lloyd(X, X[:4], max_iter)
    before, after, expected = reference_lloyd(X, X[:4], max_iter)
    np.testing.assert_allclose(centers, expected)
    assert (labels == before).all() or (labels == after).all()  # the stub allows both


# Round 2


def test_far_rows_fill_empty_clusters():
    X = np.array([[0.0], [1.0], [2.0], [20.0], [50.0]])
    centers = np.array([[1.0], [99.0], [98.0], [21.0]])
    labels, moved = relocate_empty(X, np.array([0, 0, 0, 3, 0]), centers)
    # Only the farthest row is certain: three rows lie 1 from their centres, and any may fill cluster 2.
    assert labels[4] == 1
    labels, moved = relocate_empty(X, np.array([0, 0, 0, 0, 0]), np.array([[1.0], [99.0], [98.0]]))
    assert list(labels) == [0, 0, 0, 2, 1]
    np.testing.assert_allclose(moved, [[1.0], [50.0], [20.0]])


def test_far_means_far_from_the_rows_own_centre():
    X = np.array([[0.0], [9.0], [30.0], [31.0]])
    labels, moved = relocate_empty(X, np.array([0, 0, 1, 1]), np.array([[0.0], [29.0], [8.0]]))
    assert list(labels) == [0, 2, 1, 1]
    np.testing.assert_allclose(moved, [[0.0], [30.5], [9.0]])


def test_nothing_moves_where_none_is_empty_or_all_lie_on_centres():
    X, labels = np.array([[0.0], [4.0], [9.0]]), np.array([0, 0, 1])
    assert list(relocate_empty(X, labels, np.array([[1.0], [9.0]]))[0]) == [0, 0, 1]
    X = np.array([[2.0], [2.0]])
    moved, new_centers = relocate_empty(X, np.array([0, 0]), np.array([[2.0], [7.0]]))
    assert list(moved) == [0, 0]
    np.testing.assert_array_equal(new_centers, [[2.0], [7.0]])


def test_kmeans_returns_labels_and_inertia_of_its_centres():
    for run in (kmeans, lambda X, C, **more: kmeans_capped(X, C, MEMORY, **more)):
        labels, centers, inertia, n_iter = run(BLOBS, START)
        np.testing.assert_array_equal(labels, nearest(BLOBS, centers))
        assert inertia == pytest.approx(inertia_of(BLOBS, centers))
        assert n_iter >= 2  # the first update moves the centres by more than the tolerance


@pytest.mark.parametrize("max_iter", [1, 2, 5])
def test_kmeans_stops_at_max_iter(max_iter):
    X = np.random.default_rng(3).normal(size=(150, 2))
    for run in (kmeans, lambda X, C, **more: kmeans_capped(X, C, MEMORY, **more)):
        labels, centers, inertia, n_iter = run(X, X[:4], max_iter=max_iter, tol=0.0)
        assert n_iter == max_iter
        np.testing.assert_allclose(centers, reference_lloyd(X, X[:4], max_iter)[2])
        np.testing.assert_array_equal(labels, nearest(X, centers))
        assert inertia == pytest.approx(inertia_of(X, centers))


def test_kmeans_stops_by_tolerance():
    X = rows(100, 2, seed=8)
    for run in (kmeans, lambda X, C, **more: kmeans_capped(X, C, MEMORY, **more)):
        assert run(X, X[:3], tol=1e9)[3] == 1
        centers, n_iter = X[:3], 0
        threshold = 0.02 * X.var(axis=0).mean()
        while True:
            n_iter += 1
            new = np.array([X[nearest(X, centers) == j].mean(axis=0) for j in range(3)])
            shift, centers = ((new - centers) ** 2).sum(), new
            if shift <= threshold:
                break
        assert run(X, X[:3], tol=0.02)[3] == n_iter


def test_kmeans_relocates():
    X = np.array([[0.0], [1.0], [2.0], [50.0]])
    for run in (kmeans, lambda X, C: kmeans_capped(X, C, MEMORY)):
        labels, centers, inertia, _ = run(X, np.array([[1.0], [500.0]]))
        assert list(labels) == [0, 0, 0, 1]
        np.testing.assert_allclose(centers, [[1.0], [50.0]])
        assert inertia == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("X", "centers"),
    [
        (np.array([[np.nan], [1.0]]), np.array([[0.0]])),
        (np.array([[np.inf], [1.0]]), np.array([[0.0]])),
        (np.array([[0.0], [1.0]]), np.array([[np.nan]])),
        (np.array([[0.0], [1.0]]), np.empty((0, 1))),  # no centre
        (np.array([[0.0]]), np.array([[0.0], [1.0]])),  # more centres than rows
        (np.array([[0.0], [1.0]]), np.array([[0.0, 1.0]])),  # centres with another number of features
        (np.array([0.0, 1.0]), np.array([[0.0]])),  # rows in one dimension
    ],
)
def test_bad_input(X, centers):
    with pytest.raises(ValueError):
        kmeans(X, centers)
    with pytest.raises(ValueError):
        kmeans_capped(X, centers, MEMORY)
    with pytest.raises(ValueError):
        hamerly(X, centers, 10, lambda q, ids: np.linalg.norm(X[ids] - q, axis=1))


# Round 3


def test_starts_are_distinct_rows():
    X = np.array([[0.0], [0.0], [0.0], [5.0], [9.0]])
    for seed in range(30):
        for trials in (1, 3):
            picks = kmeans_plusplus(X, 3, np.random.default_rng(seed), trials)
            assert sorted(X[picks, 0]) == [0.0, 5.0, 9.0]


def test_starts_are_drawn_in_proportion_to_squared_distances():
    X = np.array([[0.0], [1.0], [3.0]])
    counts = np.zeros((3, 3))  # of the first and the second start
    for seed in range(1500):
        first, second = kmeans_plusplus(X, 2, np.random.default_rng(seed))
        counts[first, second] += 1
    # From row 0 the squared distances are 1 and 9, from row 1 they are 1 and 4, from row 2 they are 9 and 4.
    expected = np.array([[0, 0.1, 0.9], [0.2, 0, 0.8], [9 / 13, 4 / 13, 0]]) / 3 * 1500
    # The largest standard deviation of a count is 18, a fifth of the tolerance.
    np.testing.assert_allclose(counts, expected, atol=90)


def test_of_several_trials_the_best_is_taken():
    X = np.array([[0.0], [10.0], [11.0], [12.0], [40.0]])
    totals = []
    for trials in (1, 8):
        runs = [kmeans_plusplus(X, 2, np.random.default_rng(seed), trials) for seed in range(200)]
        totals.append(np.mean([inertia_of(X, X[picks]) for picks in runs]))
    assert totals[1] < 0.8 * totals[0]  # on average over 200 seeds


def test_all_randomness_comes_from_the_generator():
    X = rows()
    first, second = (kmeans_plusplus(X, 4, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len({tuple(kmeans_plusplus(X, 4, np.random.default_rng(seed))) for seed in range(10)}) > 1
    rng = np.random.default_rng(7)
    assert len({tuple(kmeans_plusplus(X, 4, rng)) for _ in range(10)}) > 1


@pytest.mark.parametrize("k", [0, -1, 4])
def test_fewer_than_one_and_more_than_n_clusters_are_refused(k):
    X = np.array([[0.0], [1.0], [2.0]])
    with pytest.raises(ValueError):
        kmeans_plusplus(X, k, np.random.default_rng(0))
    with pytest.raises(ValueError):
        best_of(X, k, 2, np.random.default_rng(0))


def test_all_rows_may_be_starts():
    X = np.array([[0.0], [0.0], [0.0]])
    assert len(kmeans_plusplus(X, 3, np.random.default_rng(0))) == 3
    assert sorted(kmeans_plusplus(np.array([[0.0], [3.0]]), 2, np.random.default_rng(0))) == [0, 1]


def test_best_of_returns_the_best_run():
    X = np.random.default_rng(3).normal(size=(60, 2))
    labels, centers, inertia = best_of(X, 6, 40, np.random.default_rng(1))
    assert inertia == pytest.approx(inertia_of(X, centers))
    assert len(set(labels)) == 6
    np.testing.assert_array_equal(labels, nearest(X, centers))
    single_runs = [best_of(X, 6, 1, np.random.default_rng(seed))[2] for seed in range(15)]
    # 40 runs beat each of 15 single ones, or equal it but for rounding; some single run ends in a worse
    # optimum.
    assert inertia <= min(single_runs) * 1.0001
    assert max(single_runs) > inertia * 1.0001


# Round 4


def test_silhouette_compares_the_own_cluster_with_the_next():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [8.0, 3.0], [9.0, 3.0], [30.0, 1.0]])
    labels = np.array([5, 5, -2, -2, 7])
    distances = np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))
    for i, value in enumerate(silhouette(X, labels)):
        if labels[i] == 7:  # a cluster of one row
            assert value == 0
            continue
        a = distances[i][labels == labels[i]].sum() / 1  # the mean over the other row of this cluster
        b = min(distances[i][labels == other].mean() for other in set(labels) - {labels[i]})
        assert value == pytest.approx((b - a) / max(a, b))


def test_silhouette_of_equal_rows():
    assert list(silhouette(np.zeros((4, 1)), np.array([0, 0, 1, 1]))) == [0, 0, 0, 0]


def test_silhouette_is_negative_nearer_to_another_cluster():
    assert silhouette(np.array([[0.0], [9.0], [1.0]]), np.array([0, 0, 1]))[0] < 0


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_silhouette_refuses_one_cluster_and_as_many_as_rows(labels):
    with pytest.raises(ValueError):
        silhouette(np.array([[0.0], [1.0], [2.0]]), np.array(labels))


# Round 5


def test_a_large_offset_costs_no_precision():
    X = rows(300, 2, seed=4)
    at_origin = kmeans_capped(X, X[:4], MEMORY)
    moved = kmeans_capped(X + 1e8, X[:4] + 1e8, MEMORY)
    np.testing.assert_array_equal(at_origin[0], moved[0])
    assert moved[2] == pytest.approx(at_origin[2], rel=1e-4)
    assert moved[3] == at_origin[3]


# Round 6


def test_hamerly_needs_half_the_distances_after_the_first_iteration():
    rng = np.random.default_rng(2)
    X = np.concatenate([rng.normal((8.0 * i, 5.0 * (i % 2)), size=(100, 2)) for i in range(4)])
    for max_iter in (1, 2, 50):
        counts = []  # of distances in each call

        def dist(q, ids, counts=counts):
            counts.append(len(ids))
            return np.linalg.norm(X[ids] - q, axis=1)

        start = X[[0, 130, 210, 320]] + 1.5  # near one row of each group, but not on it
        _, centers, n_iter = hamerly(X, start, max_iter, dist)
        expected = kmeans(X, start, max_iter, tol=0.0)
        np.testing.assert_allclose(centers, expected[1])
        assert n_iter == expected[3]
        # The budget of the stub: all distances once, then half as many in each iteration.
        assert sum(counts) <= len(X) * 4 * (1 + 0.5 * max(n_iter - 1, 0))


# Round 7


def test_a_stream_updates_weighted_means():
    state = State(np.array([[4.0], [9.0]]), np.array([2.0, 0.0]))
    after = partial_fit(state, np.array([[1.0], [10.0], [12.0]]), np.array([1.0, 1.0, 3.0]))
    np.testing.assert_allclose(after.centers, [[(2 * 4.0 + 1.0) / 3], [(10.0 + 3 * 12.0) / 4]])
    np.testing.assert_allclose(after.totals, [3.0, 4.0])
    np.testing.assert_array_equal(state.centers, [[4.0], [9.0]])
    np.testing.assert_array_equal(state.totals, [2.0, 0.0])
    later = partial_fit(after, np.array([[3.0], [7.25]]), np.array([0.0, 2.0]))
    # 7.25 is the midpoint of 3.0 and 11.5, so it goes to the lower index.
    np.testing.assert_allclose(later.centers, [[(3 * 3.0 + 2 * 7.25) / 5], [11.5]])
    np.testing.assert_allclose(later.totals, [5.0, 4.0])
    unchanged = partial_fit(after, np.empty((0, 1)), np.empty(0))
    np.testing.assert_array_equal(unchanged.centers, after.centers)
    np.testing.assert_array_equal(unchanged.totals, after.totals)


@pytest.mark.parametrize(
    ("batch", "weights"),
    [
        ([[np.nan]], [1.0]),
        ([[np.inf]], [1.0]),
        ([[1.0]], [np.nan]),
        ([[1.0]], [-1.0]),
        ([[1.0, 2.0]], [1.0]),  # two features, while the centres have one
        ([[1.0]], [1.0, 1.0]),  # two weights for one row
    ],
)
def test_streams_and_machines_refuse_bad_input(batch, weights):
    batch, weights = np.array(batch), np.array(weights)
    with pytest.raises(ValueError):
        partial_fit(State(np.array([[0.0], [9.0]]), np.zeros(2)), batch, weights)
    with pytest.raises(ValueError):
        partial(batch, np.array([[0.0], [9.0]]), weights)


# Round 8


def test_merged_parts_give_the_result_of_all_rows():
    X, centers, weights = rows(40), rows(3, seed=2), np.arange(40.0) % 4
    labels = nearest(X, centers)
    expected = [np.average(X[labels == j], axis=0, weights=weights[labels == j]) for j in range(3)]
    total = (weights * ((X - centers[labels]) ** 2).sum(axis=1)).sum()
    parts = [partial(X[i : i + 13], centers, weights[i : i + 13]) for i in range(0, 40, 13)]
    parts.append(partial(X[:0], centers, weights[:0]))
    for order in (parts, parts[::-1]):
        stats = order[0]
        for other in order[1:]:
            stats = merge(stats, other)
        moved, inertia = finish(stats, centers)
        np.testing.assert_allclose(moved, expected)
        assert inertia == pytest.approx(total)
    twice, inertia = finish(merge(stats, stats), centers)
    np.testing.assert_allclose(twice, expected)
    assert inertia == pytest.approx(2 * total)
    moved, inertia = finish(stats, centers)
    assert inertia == pytest.approx(total)


def test_a_cluster_without_weight_keeps_its_centre():
    centers = np.array([[0.0], [9.0]])
    moved, inertia = finish(partial(np.array([[1.0], [8.0]]), centers, np.array([2.0, 0.0])), centers)
    np.testing.assert_allclose(moved, [[1.0], [9.0]])
    assert inertia == pytest.approx(2.0)


def test_a_coreset_weights_rows_by_their_chance():
    X = np.array([[0.0], [0.0], [0.0], [4.0]])
    points, weights = coreset(X, 4000, np.random.default_rng(0))
    assert points.shape == (4000, 1)
    # The mean is 1, so 4.0 has 9 of 12 squared distances: a chance of (1/4 + 9/12) / 2 = 1/2, others of 1/6.
    far = points[:, 0] == 4.0
    assert far.mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(weights[far], 1 / (4000 * 0.5))
    np.testing.assert_allclose(weights[~far], 1 / (4000 / 6))
    np.testing.assert_allclose(coreset(np.ones((3, 2)), 6, np.random.default_rng(1))[1], 0.5)


@pytest.mark.parametrize(("X", "m"), [([[1.0]], 0), (np.empty((0, 1)), 2), ([[np.nan]], 1), ([[np.inf]], 1)])
def test_coreset_refuses_bad_input(X, m):
    with pytest.raises(ValueError):
        coreset(np.array(X), m, np.random.default_rng(0))
