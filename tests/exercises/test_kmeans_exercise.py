"""The k-means track: what judges candidates' answers is right itself.

The oracle, which gives expected answers, agrees with scikit-learn; audits reject inputs with several right
answers; laws.py computes the probabilities of random picks; judges compare answers.

A judge is called as judge(steps, answers, expected answers) and returns None or what is wrong. A step is a
call of a function. Judges that need no expected answers get [].
"""

import numpy as np
import pytest
from mlkata.tracks import catalogue
from mlkata.tracks.arguments import Rng
from mlkata.tracks.inputs import real, rows_of
from sklearn.cluster import KMeans

TRACK = catalogue.get("kmeans")


def module(name):
    """Return a module of the track's folder."""
    return TRACK._module(name)


@pytest.mark.parametrize("n_far", [0, 1, 2, 3])
def test_relocation_agrees_with_one_iteration_of_scikit_learn(n_far):
    inputs, audits = module("inputs"), module("audits")
    n_compared = 0
    for seed in range(40):
        rng = np.random.default_rng([seed, n_far])
        X = rng.normal(size=(25, 2))
        start = inputs.with_far_centers(rng, X, k=5, far=n_far)  # no row is nearest to a far centre
        run = audits.trace(X, start, max_iter=1)
        if run.gap < audits.GAP or run.weightless:  # rounding decides, or a cluster stays empty
            continue
        labels = TRACK.oracle.assign(X, start)
        moved, centers = TRACK.oracle.relocate_empty(X, labels, start)
        model = KMeans(5, init=start, n_init=1, max_iter=1, tol=0, algorithm="lloyd").fit(X)
        np.testing.assert_allclose(centers, model.cluster_centers_, atol=1e-12)
        assert (moved != labels).sum() == n_far
        n_compared += 1
    assert n_compared > 30  # few inputs are skipped


def test_the_k_means_of_the_audits_agrees_with_the_oracle():
    audits = module("audits")
    n_compared = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = real(rng, "wine", rows=80, columns=5)
        start = rows_of(rng, X, 4)
        run = audits.trace(X, start)
        if run.gap < audits.GAP or run.weightless:
            continue
        labels, centers, _, n_iter = TRACK.oracle.kmeans(X, start, tol=0.0)
        assert np.array_equal(labels, run.labels[-1])
        np.testing.assert_allclose(centers, run.centers[-1], rtol=1e-9)
        assert n_iter == len(run.shifts)
        n_compared += 1
    assert n_compared > 10  # of 20


def test_a_cached_trace_is_returned_for_the_same_input_only():
    """Another start, another `max_iter` or changed rows make another run."""
    trace = module("audits").trace
    X = np.array([[0.0], [1.0], [5.0], [9.0]], dtype=np.float32)
    first = trace(X, X[:2])
    assert trace(X, X[:2]) is trace(X.astype(float), X[:2]) is first
    assert len(first.shifts) > len(trace(X, X[:2], max_iter=1).shifts)
    assert trace(X, X[2:]).centers[0].tolist() == [[5.0], [9.0]]
    X[0] = -40.0
    assert trace(X, X[:2]).labels[-1].tolist() == [0, 1, 1, 1]


def test_audits_refuse_inputs_with_more_than_one_right_answer():
    audits, call = module("audits"), module("round1").call
    tie = call("assign", X=np.array([[1.0]]), centers=np.array([[0.0], [2.0]]))
    assert not audits.clear([tie])
    # The second cluster stays empty.
    empties = call("lloyd", X=np.array([[0.0], [1.0]]), centers=np.array([[0.0], [9.0]]))
    assert not audits.sane_stops_agree([empties])
    # Two rows are equally far from their centre, and the empty cluster takes the farthest one.
    two_farthest = call("relocate_empty", X=np.array([[0.0], [4.0], [-4.0]]), labels=np.zeros(3, int),
                 centers=np.array([[0.0], [9.0]]))  # fmt: skip
    assert not audits.ordered([two_farthest])
    X, start = np.array([[0.0], [1.0], [4.0], [9.0]]), np.array([[0.0], [1.0]])
    shift = audits.trace(X, start).shifts[0]
    # A threshold equal to a shift, and one 2% above it.
    for factor, fair in ((1.0, False), (1.02, True)):
        step = call("kmeans", X=X, centers=start, tol=factor * shift / X.var())
        assert audits.decided([step]) is fair


def test_chances_of_picks_sum_to_1_and_match_those_computed_by_hand():
    laws = module("laws")
    X = np.array([[0.0], [1.0], [3.0]])
    assert laws.chance(X, (0, 2)) == pytest.approx(1 / 3 * 0.9)  # the squares from row 0 are 0, 1 and 9
    for trials in (1, 3):
        paths = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
        assert sum(laws.chance(X, path, trials) for path in paths) == pytest.approx(1)
    # From row 0, rows 1 and 2 leave 4 and 1: with two trials row 1 is picked only if drawn twice.
    assert laws.chance(X, (0, 1), 2) == pytest.approx(1 / 3 * 0.1**2)


def test_the_rows_of_trap_have_the_probability_and_the_costs_that_its_check_assumes():
    """On TRAP of round3.py, k-means finds the best clustering from about half of the starts."""
    laws, audits, trap = module("laws"), module("audits"), module("round3").TRAP
    chances = {}  # of each cost of the clustering
    for path in np.ndindex(6, 6, 6):  # three picks of six rows
        if len(set(path)) == 3:
            run = audits.trace(trap, trap[list(path)])
            distances = audits.squared(trap, run.centers[-1])
            cost = round(float(distances.min(axis=1).sum()), 9)
            chances[cost] = chances.get(cost, 0) + laws.chance(trap, path)
    best, second = sorted(chances)[:2]
    assert chances[best] == pytest.approx(0.5156, abs=1e-4)
    assert second / best == pytest.approx(1.4774, abs=1e-4)


def test_judges_of_best_of_name_what_is_wrong():
    judges, call = module("judges"), module("round1").call
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    step = call("best_of", X=X, k=2, n_init=3, rng=Rng(0))
    right = (np.array([0, 0, 1, 1]), np.array([[0.5], [9.5]]), 1.0)
    swapped = (1 - right[0], right[1][::-1], 1.0)
    assert judges.best_partition([step], [swapped], [right]) is None
    out_of_range = (right[0] + 1, right[1], 1.0)
    assert "labels: expected 0 to 1" in judges.best_run([step], [out_of_range], [right])
    assert "inertia: yours 2" in judges.best_run([step], [(*right[:2], 2.0)], [right])
    worse = (np.array([0, 1, 1, 1]), np.array([[0.0], [20 / 3]]), 0.0)
    assert "centre 0 is nearer" in judges.best_run([step], [worse], [right])


def test_picks_of_rows_at_distance_0_are_reported():
    judges, call = module("judges"), module("round1").call
    step = call("kmeans_plusplus", X=np.array([[2.0], [2.0], [5.0]]), k=2, rng=Rng(0))
    assert judges.far_from_picked([step], [np.array([0, 2])], []) is None
    assert "pick 1 repeats" in judges.far_from_picked([step], [np.array([0, 1])], [])
    assert "3 is not a row" in judges.far_from_picked([step], [np.array([0, 3])], [])
