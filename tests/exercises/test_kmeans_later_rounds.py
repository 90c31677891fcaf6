"""Rounds 5 to 9 of the k-means track: oracle (expected answers), audits (fair inputs), budgets and judges.

A judge is called as judge(steps, answers, expected answers) and returns None or what is wrong. A step is a
call of a function. Judges that need no expected answers get [].
"""

import numpy as np
import pytest
from mlkata.tracks import catalogue, drawing, loading
from mlkata.tracks.arguments import Result, Rng
from mlkata.tracks.inputs import real, rows_of
from mlkata.tracks.model import Answer, Kind, call
from sklearn.cluster import KMeans, MiniBatchKMeans

TRACK = catalogue.get("kmeans")
CAPPED = [check for check in TRACK.checks if check.function == "kmeans_capped"]
COUNTED = ["clouds", "breast-cancer", "china"]  # checks of `hamerly` that limit the number of distances


def module(name):
    """Return a module of the track's folder."""
    return TRACK._module(name)


def drawn(name, seed=0):
    """Return the steps that a check draws; `name` is its id without the track."""
    return drawing.draw(TRACK.check(f"kmeans.{name}"), seed).steps


# The oracle


def test_a_merged_step_is_one_iteration_of_kmeans_with_weights():
    oracle = TRACK.oracle
    rng = np.random.default_rng(3)
    X = real(rng, "wine", rows=100, columns=5)
    weights, centers = rng.uniform(0.1, 3, 100), rows_of(rng, X, 4)
    chunks = np.split(np.arange(100), [30, 31])  # of 30, 1 and 69 rows
    parts = [oracle.partial(X[rows], centers, weights[rows]) for rows in chunks]
    got, inertia = oracle.finish(oracle.merge(oracle.merge(parts[2], parts[0]), parts[1]), centers)
    model = KMeans(4, init=centers, n_init=1, max_iter=1, tol=0).fit(X, sample_weight=weights)
    np.testing.assert_allclose(got, model.cluster_centers_, rtol=1e-10)
    assert inertia == pytest.approx(weights @ ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1))


def test_partial_fit_agrees_with_mini_batch_kmeans_after_each_batch():
    rng = np.random.default_rng(5)
    X, weights = real(rng, "digits", rows=200, columns=20), rng.uniform(0.5, 2, 200)
    model = MiniBatchKMeans(6, init=X[:6], n_init=1, reassignment_ratio=0)
    state = module("stub").State(X[:6].copy(), np.zeros(6))
    for rows in np.array_split(np.arange(200), 7):
        model.partial_fit(X[rows], sample_weight=weights[rows])
        state = TRACK.oracle.partial_fit(state, X[rows], weights[rows])
        np.testing.assert_allclose(state.centers, model.cluster_centers_, rtol=1e-12)
        np.testing.assert_allclose(state.totals, model._counts, rtol=1e-12)


def test_the_running_means_of_the_audit_are_those_of_the_oracle():
    audits = module("audits")
    (step,) = drawn("7/partial_fit/heavy-rows")
    state, X, weights = step.arguments.values()
    labels = audits.squared(X, state.centers).argmin(axis=1)
    centers, totals = audits.running_means(X, weights, labels, *state)
    expected = TRACK.oracle.partial_fit(state, X, weights)
    np.testing.assert_allclose(centers, expected.centers)
    np.testing.assert_allclose(totals, expected.totals)


def test_an_offset_of_1e8_does_not_change_the_oracle_s_run():
    (step,) = drawn("5/kmeans_capped/offset")
    X, centers, max_bytes = step.arguments.values()
    labels, moved, inertia, n_iter = TRACK.oracle.kmeans_capped(X, centers, max_bytes)
    near = TRACK.oracle.kmeans(X - 1e8, centers - 1e8)
    assert np.array_equal(labels, near[0])
    np.testing.assert_allclose(moved - 1e8, near[1], atol=1e-7)
    assert (inertia, n_iter) == (pytest.approx(near[2]), near[3])


# Inputs and budgets


@pytest.mark.parametrize("check", CAPPED, ids=lambda check: check.id.split("/")[-1])
def test_caps_allow_the_memory_that_the_contract_promises(check):
    (step,) = drawing.draw(check, seed=1).steps
    X, centers, max_bytes = (step.arguments[name] for name in ("X", "centers", "max_bytes"))
    # Room for four arrays of n_samples numbers, four like centers and 30 kB; a number has 8 bytes.
    assert 8 * (4 * len(X) + 4 * centers.size) + 30_000 <= max_bytes
    # But no room for all distances, or for a copy of X.
    if check.id.split("/")[-1] in ("many-centers", "many-features", "offset-many-features"):
        assert 10 * max_bytes <= 8 * len(X) * len(centers)
    if "many-features" in check.id:
        assert max_bytes < X.nbytes


class Counter:
    """A `dist` that counts its calls and its distances, as the kit does."""

    def __init__(self, dist):
        self.dist, self.count, self.calls = dist, 0, 0

    def __call__(self, q, ids):
        self.count, self.calls = self.count + len(ids), self.calls + 1
        return self.dist(q, ids)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("seed", range(3))
def test_budgets_suffice_for_hamerly_s_bounds_and_not_for_lloyd(name, seed):
    hamerly = loading.load(TRACK.solutions / "reference.py").hamerly
    (step,) = drawn(f"6/hamerly/{name}", seed)
    X, centers, max_iter, dist = step.arguments.values()
    counter = Counter(dist)
    n_iter = hamerly(X, centers, max_iter, counter)[2]
    first = len(X) * len(centers)
    # Lloyd exceeds the budget by half or more. Hamerly's bounds leave a quarter of what later iterations
    # may use, and a third of the 3,000 calls that a case allows.
    assert first * n_iter > 1.5 * dist.budget
    assert counter.count - first < 0.75 * (dist.budget - first)
    assert counter.calls < 2000


def test_audits_refuse_inputs_with_more_than_one_right_answer():
    audits, state = module("audits"), module("stub").State(np.array([[0.0], [2.0]]), np.zeros(2))
    ones, centers = np.ones(1), state.centers
    # A row at 0 belongs to the centre at 0; a row at 1 is equally far from both centres.
    first = call("partial_fit", state=state, X_batch=np.array([[0.0]]), weights=ones)
    then = call("partial_fit", state=Result(0), X_batch=np.array([[1.0]]), weights=ones)
    assert audits.clear_stream([first])
    assert not audits.clear_stream([first, then])
    chunks = [call("partial", X_chunk=np.array([[x]]), centers=centers, weights=ones) for x in (0.0, 1.0)]
    assert audits.clear_chunks(chunks[:1])
    assert not audits.clear_chunks(chunks)
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    # The centres are the means already, so they do not move even once.
    converged = call("hamerly", X=X, centers=np.array([[0.5], [9.5]]), max_iter=300, dist=None)
    assert not audits.repeats_or_is_cut([converged])
    # The middle row lies halfway between the centres, or nearly; at 1e8 a shift of 1e-6 could be lost.
    for shift, fair in ((0.0, False), (1e-6, False), (1e-2, True)):
        X = np.array([[0.0], [1.0 + shift], [2.0]]) + 1e8
        step = call("kmeans_capped", X=X, centers=X[[0, 2]], max_bytes=10**6, max_iter=1)
        assert audits.decided_far_off([step]) is fair, shift


# Judges


def test_the_offset_does_not_widen_the_tolerance_of_centres():
    """An error of 1e-3 is rejected, although it is only 1e-11 of the coordinates.

    `kmeans_outputs`, the judge of data without an offset, would accept it.
    """
    judges = module("judges")
    steps = drawn("5/kmeans_capped/offset")
    labels, centers, inertia, n_iter = TRACK.oracle.kmeans_capped(**steps[0].arguments)
    expected = [(labels, centers, inertia, n_iter)]
    assert judges.unshifted(steps, [(labels, centers + 3e-8, inertia, n_iter)], expected) is None
    wrong = judges.unshifted(steps, [(labels, centers + 1e-3, inertia, n_iter)], expected)
    assert wrong.startswith("centers: ")
    assert judges.kmeans_outputs(steps, [(labels, centers + 1e-3, inertia, n_iter)], expected) is None
    assert "inertia" in judges.unshifted(steps, [(labels, centers, inertia * 1.001, n_iter)], expected)


def test_the_number_of_iterations_must_be_exact():
    judges = module("judges")
    steps = drawn("6/hamerly/few-rows")
    labels, centers, n_iter = TRACK.oracle.hamerly(**steps[0].arguments)
    assert judges.hamerly_outputs(steps, [(labels, centers, n_iter)], [(labels, centers, n_iter)]) is None
    late = judges.hamerly_outputs(steps, [(labels, centers, n_iter + 1)], [(labels, centers, n_iter)])
    assert late.startswith("n_iter: ")


def test_draws_of_a_coreset_are_judged_by_weights_and_probabilities():
    laws = module("laws")
    X = np.array([[0.0], [1.0], [2.0], [9.0]])
    q = laws.influence(X)
    assert q.sum() == pytest.approx(1)
    assert q[3] == pytest.approx(1 / 8 + 36 / 50 / 2)  # mean 3: squares 9, 4, 1, 36
    rng = np.random.default_rng(0)
    step = call("coreset", X=X, m=3000, rng=Rng(0))  # enough draws to tell q from a uniform distribution
    rows = rng.choice(4, 3000, p=q)
    assert laws.law_of_coreset([step], [(X[rows], 1 / (3000 * q[rows]))], []) is None
    uniform = rng.integers(4, size=3000)
    assert "expected about" in laws.law_of_coreset([step], [(X[uniform], 1 / (3000 * q[uniform]))], [])
    assert laws.weighted_rows([step], [(X[rows], np.ones(3000))], []).startswith("weights: ")
    assert "is not a row of X" in laws.weighted_rows([step], [(X[rows] + 0.5, 1 / (3000 * q[rows]))], [])


def test_a_coreset_has_rows_of_a_small_cluster_that_a_uniform_sample_misses():
    rng = np.random.default_rng(1)
    X = np.vstack([rng.normal(size=(4980, 2)), rng.normal(size=(20, 2)) + 200])
    best = KMeans(2, n_init=3, random_state=0).fit(X).inertia_
    ratios = []
    for seed in range(5):
        points, weights = TRACK.oracle.coreset(X, 100, np.random.default_rng(seed))
        model = KMeans(2, n_init=3, random_state=0).fit(points, sample_weight=weights)
        ratios.append(-model.score(X) / best)
    assert max(ratios) < 1.1  # at most a tenth above k-means on all rows
    uniform = KMeans(2, n_init=3, random_state=0).fit(X[rng.choice(4980, 100)])  # the large cluster only
    assert -uniform.score(X) / best > 10


def test_an_answer_of_the_open_round_must_beat_one_centre_at_the_mean():
    judges = module("judges")
    steps = drawn("9/cluster_huge/unequal-clouds")
    X = steps[0].arguments["X"]
    mean = np.repeat(X.mean(axis=0)[None], 40, axis=0)
    assert judges.no_worse_than_one_center(steps, [X[:40]], []) is None
    assert "one centre at the mean" in judges.no_worse_than_one_center(steps, [mean + 1], [])


def test_distances_to_the_nearest_centre_are_right_although_one_overflows():
    judges, audits = module("judges"), module("audits")
    X = drawn("9/cluster_huge/unequal-clouds")[0].arguments["X"]
    centers = np.vstack([X[:7], np.full((1, X.shape[1]), 1e200)])
    with np.errstate(over="ignore"):
        expected = audits.squared(X, centers).min(axis=1)
        np.testing.assert_allclose(judges.nearest(X, centers), expected, rtol=1e-12)


def test_a_clustering_by_scikit_learn_scores_about_1_in_the_open_round():
    check = TRACK.check("kmeans.9/cluster_huge/unequal-clouds")
    steps = drawn("9/cluster_huge/unequal-clouds")
    best = KMeans(40, n_init=3, random_state=0).fit(steps[0].arguments["X"]).cluster_centers_
    score = check.score(steps, Answer(Kind.VALUE, [best], evaluations=(320_000,)))  # n_samples * k distances
    assert 0.9 < score.score < 1.05  # 1: as good as the means of the clouds that were drawn
    assert score.cost == 1  # the distances computed, divided by n_samples * k
