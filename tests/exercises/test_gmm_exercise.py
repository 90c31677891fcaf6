"""The track of Gaussian mixtures: what judges candidates' answers is right itself.

The oracle, which gives expected answers, agrees with scikit-learn; audits reject inputs on which rounding
decides; judges accept each right answer and no other.

A judge is called as judge(steps, answers, expected answers) and returns None or what is wrong. A step is a
call of a function. Judges that need no expected answers get [].
"""

import numpy as np
import pytest
from mlkata.authoring import call, load
from mlkata.judging.judge import judge
from mlkata.tracks import catalogue, drawing
from mlkata.tracks.inputs import clouds
from mlkata.tracks.model import FINE
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _estimate_gaussian_parameters

TRACK = catalogue.get("gmm")
TYPES = ("full", "tied", "diag", "spherical")


def module(name):
    """Return a module of the track's folder."""
    return TRACK._module(name)


def fit_arguments(seed, kind="full"):
    """Return arguments of `fit`: 30 rows of two clouds with three features, and a start of two components.

    `kind` is the covariance_type.
    """
    rng = np.random.default_rng(seed)
    X = clouds(rng, k=2, size=15, d=3, distance=4.0)
    return module("inputs").start(rng, X, k=2, covariance_type=kind)


@pytest.mark.parametrize("kind", TYPES)
def test_the_m_step_is_that_of_scikit_learn(kind):
    rng = np.random.default_rng(0)
    X, R = rng.normal(size=(30, 3)), module("inputs").shares(rng, n=30, k=3)
    sizes, means, covariances = _estimate_gaussian_parameters(X, R, 0.1, kind)
    full = module("audits").widen(covariances, means, kind)
    params = module("audits").moments(X, R, reg_covar=0.1, covariance_type=kind)
    for actual, desired in zip(params, (sizes / sizes.sum(), means, full), strict=True):
        np.testing.assert_allclose(actual, desired, atol=1e-12)
    if kind == "full":
        for actual, desired in zip(TRACK.oracle.m_step(X, R, reg_covar=0.1), params, strict=True):
            np.testing.assert_allclose(actual, desired, atol=1e-12)


@pytest.mark.parametrize("kind", TYPES)
def test_the_em_of_the_audits_agrees_with_scikit_learn(kind):
    n_compared = 0
    for seed in range(8):
        arguments = fit_arguments(seed, kind)
        step = call("fit", **arguments, covariance_type=kind)
        if not module("audits").settled([step]):
            continue
        weights, means, _, bound, n_iter, converged = TRACK.oracle.fit(**step.arguments)
        run = module("audits").em(step.arguments)
        assert (len(run.bounds), run.converged) == (n_iter, converged)
        np.testing.assert_allclose(run.bounds[-1], bound, rtol=1e-9)
        np.testing.assert_allclose(run.weights, weights, rtol=1e-7)
        np.testing.assert_allclose(run.means, means, atol=1e-7)
        n_compared += 1
    assert n_compared > 3  # of 8: the audit may refuse some


@pytest.mark.parametrize("kind", TYPES)
def test_the_oracle_loses_no_digits_far_from_the_origin(kind):
    arguments = fit_arguments(1, kind)
    far = arguments | {"X": arguments["X"] + 1e6, "means": arguments["means"] + 1e6}
    here, there = (TRACK.oracle.fit(**near_or_far, covariance_type=kind) for near_or_far in (arguments, far))
    np.testing.assert_allclose(there[1] - 1e6, here[1], atol=1e-8)
    np.testing.assert_allclose(there[2], here[2], rtol=1e-7)
    assert there[4:] == here[4:]  # n_iter and converged


def test_scikit_learn_loses_digits_far_from_the_origin():
    X = np.random.default_rng(0).normal(size=(200, 2))
    fits = [GaussianMixture(1, covariance_type="diag").fit(X + offset).covariances_ for offset in (0.0, 1e6)]
    assert np.abs(fits[0] - fits[1]).max() > 1e-5
    with pytest.raises(ValueError, match="ill-defined"):
        GaussianMixture(1, covariance_type="diag").fit(X + 1e8)


def test_responsibilities_sum_to_1_even_if_those_of_scikit_learn_sum_to_2():
    X = np.array([[0.0, 2.0**30]])  # so far off that rounding hides the sum over the two components
    model = 0.5 * np.ones(2), np.array([[-1.0, 0.0], [1.0, 0.0]]), np.stack([np.eye(2)] * 2)
    assert TRACK.oracle._model(*model, "full").predict_proba(X).sum() == 2
    np.testing.assert_array_equal(TRACK.oracle.responsibilities(X, *model), [[0.5, 0.5]])


def test_finish_is_one_iteration_of_scikit_learn_on_repeated_rows():
    rng = np.random.default_rng(0)
    arguments = fit_arguments(3)
    X, *params = arguments.values()
    counts = rng.integers(1, 4, len(X))
    repeated = TRACK.oracle.fit(np.repeat(X, counts, axis=0), *params, max_iter=1)
    chunks = [
        TRACK.oracle.partial(X[rows], tuple(params), counts[rows].astype(float))
        for rows in (slice(0, 9), slice(9, 30))  # two chunks
    ]
    params_of_chunks = TRACK.oracle.finish(TRACK.oracle.merge(chunks[1], chunks[0]), reg_covar=1e-6)
    for actual, desired in zip(params_of_chunks, repeated[:4], strict=True):
        np.testing.assert_allclose(actual, desired, rtol=1e-9, atol=1e-12)


def test_stepwise_em_with_step_size_1_is_one_iteration_of_em():
    arguments = fit_arguments(2)
    X, weights, means, covariances = arguments.values()
    outer = means[:, :, None] * means[:, None, :]
    # online_step adds 1e-6 to the diagonals of the covariances that the state stands for.
    squares = weights[:, None, None] * (covariances - 1e-6 * np.eye(3) + outer)
    state = module("stub").Sums(weights, weights[:, None] * means, squares)
    sizes, sums, squares = TRACK.oracle.online_step(state, X, eta=1.0)
    expected = TRACK.oracle.fit(**arguments, max_iter=1, reg_covar=0.0)
    np.testing.assert_allclose(sizes, expected[0], rtol=1e-9)
    np.testing.assert_allclose(sums / sizes[:, None], expected[1], rtol=1e-9)
    covariances = squares / sizes[:, None, None] - expected[1][:, :, None] * expected[1][:, None, :]
    np.testing.assert_allclose(covariances, expected[2], atol=1e-9)


def test_fit_missing_equals_fit_on_complete_data_and_otherwise_raises_the_likelihood():
    arguments = fit_arguments(2)
    X = arguments["X"].copy()
    *params, history = TRACK.oracle.fit_missing(**arguments, reg_covar=0.1, max_iter=4)
    expected = TRACK.oracle.fit(**arguments, reg_covar=0.1, max_iter=4, tol=0.0)
    for actual, desired in zip(params, expected[:3], strict=True):
        np.testing.assert_allclose(actual, desired, rtol=1e-9, atol=1e-12)
    assert history[-1] == pytest.approx(expected[3])
    X[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    history = TRACK.oracle.fit_missing(**arguments | {"X": X}, reg_covar=0.0, max_iter=8)[3]
    assert np.diff(history).min() > -1e-12


def test_soft_kmeans_with_a_tiny_variance_is_lloyd_s_algorithm():
    X = load("iris") + np.random.default_rng(0).normal(size=(150, 4)) * 1e-3
    start = X[[3, 70, 120]]  # a row of each species
    centers, shares = TRACK.oracle.soft_kmeans(X, start, sigma2=1e-9, max_iter=30)
    model = KMeans(3, init=start, n_init=1, tol=0, max_iter=30, algorithm="lloyd").fit(X)
    np.testing.assert_allclose(centers, model.cluster_centers_, atol=1e-12)
    np.testing.assert_allclose(shares, np.eye(3)[model.labels_], atol=1e-12)
    soft_centers, _ = TRACK.oracle.soft_kmeans(X, start, sigma2=1.0, max_iter=30)
    assert np.abs(soft_centers - centers).max() > 0.1


def test_a_start_from_labels_is_the_m_step_of_one_hot_responsibilities():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(20, 3)), rng.permutation(np.arange(20) % 3)
    for actual, desired in zip(
        TRACK.oracle.init_from_kmeans(X, labels), TRACK.oracle.m_step(X, np.eye(3)[labels], 1e-6), strict=True
    ):
        np.testing.assert_allclose(actual, desired, atol=1e-12)


def test_audits_refuse_stops_and_starts_that_rounding_decides():
    audits, arguments = module("audits"), fit_arguments(0)
    *_, last_change = np.abs(np.diff(audits.em(arguments).bounds))
    # Rounding decides whether EM stops here if tol equals the last change of the bound, or nearly.
    for factor, fair in ((1.0, False), (1.0001, False), (1.01, True)):
        step = call("fit", **arguments, tol=factor * float(last_change))
        assert audits.settled([step]) is fair
    # Two components that start nearly equal: rounding decides which of them goes where.
    means = np.repeat(arguments["means"][:1], 2, axis=0) + np.array([[0.0], [1e-6]])
    assert not audits.settled([call("fit", **arguments | {"means": means}, tol=0.0, max_iter=60)])


def test_audits_refuse_responsibilities_that_rounding_decides():
    audits = module("audits")
    means = np.array([[-1.0, 0.0], [1.0, 0.1]])
    model = {"weights": np.array([0.5, 0.5]), "means": means, "covariances": np.stack([np.eye(2)] * 2)}
    # Near the means, or far off but clearly nearer to one of them, is fair. Far off and equally far from both
    # is not: they are where 2 x + 0.1 y is about 0, as at [5e2, -1e4], but not at [0, 1e4].
    for row, fair in (([0.0, 3.0], True), ([1e4, 0.0], True), ([5e2, -1e4], False), ([0.0, 1e4], True)):
        step = call("responsibilities", X=np.array([row]), **model)
        assert audits.clear_shares([step]) is fair, row
    X = np.array([[0.0], [1.0]])
    # The responsibilities of the far centre are large, about 1e-14 (which rounding changes), or exactly 0.
    for far, fair in ((2.0, True), (9.0, False), (400.0, True)):
        step = call("soft_kmeans", X=X, centers=np.array([[0.5], [far]]), sigma2=1.0, max_iter=1)
        assert audits.soft_settled([step]) is fair, far


def test_the_bound_falls_in_the_checks_of_falling_bounds():
    for name in ("falling-bound", "falling-bound-of-two"):
        step = drawing.draw(TRACK.check(f"gmm.5/fit/{name}"), seed=0).steps[0]
        assert np.diff(module("audits").em(step.arguments).bounds).min() < -2e-3  # by twice tol, 1e-3


def test_judges_of_responsibilities_flags_and_shapes_name_what_is_wrong():
    judges = module("judges")
    step = call("responsibilities", X=np.zeros((2, 1)))
    half = np.full((2, 2), 0.5)
    assert judges.shares_only([step], [half], [half]) is None
    assert judges.shares_only([step], [half * 2], [half]) == "responsibilities: row 0 sums to 2, expected 1"
    assert "1 of 2 rows differ" in judges.shares_only([step], [np.array([[0.4, 0.6], [0.5, 0.5]])], [half])
    assert judges.same_flag("converged", np.True_, True, []) is None
    assert "yours False" in judges.same_flag("converged", False, True, [])
    assert "shape (1, 2)" in judges.within(judges.MEANS)("means", np.ones((1, 2)), np.ones((2, 2)), [step])


def test_the_tolerance_of_means_grows_with_the_spread_of_the_data_not_with_their_offset():
    judges = module("judges")
    step = call("m_step", X=np.random.default_rng(0).normal(size=(20, 1)) + 1e6)
    compare = judges.within(judges.MEANS, power=1)  # the tolerance is in units of the spread
    assert compare("means", np.array([[1e6 + 1e-8]]), np.array([[1e6]]), [step]) is None
    assert compare("means", np.array([[1e6 + 1e-3]]), np.array([[1e6]]), [step])


def test_a_selected_model_is_judged_by_its_bic_and_its_shapes():
    """The data have three clouds, so that the best model has k=3."""
    judges = module("judges")
    step = drawing.draw(TRACK.check("gmm.6/select/how-many"), seed=0).steps[0]
    X = step.arguments["X"]
    models = {}
    for k in (2, 3, 4):
        fitted = GaussianMixture(k, covariance_type="spherical", random_state=0).fit(X)
        models[k] = (k, "spherical", fitted.weights_, fitted.means_, fitted.covariances_)
        assert judges.criterion(X, *models[k][2:], "spherical") == pytest.approx(fitted.bic(X))

    def message_on(model):
        return judges.best_bic([step], [model], [models[3]])

    assert message_on(models[3]) is None
    assert "as with k=3, 'spherical'" in message_on(models[2])
    assert "yours 4, 'spherical', expected one of ks=" in message_on(models[4])
    assert "yours 3, 'full', expected one of" in message_on((3, "full", *models[3][2:]))
    assert "expected (3,) for 3 components" in message_on((3, *models[2][1:]))
    assert "sum to 2" in message_on((3, "spherical", 2 * models[3][2], *models[3][3:]))
    assert "definite" in message_on((*models[3][:4], 0 * models[3][4]))


def test_densities_of_the_open_round_must_integrate_to_1():
    judges = module("judges")
    side = np.arange(-20.0, 21.0)  # with step 1, so that densities on the grid sum to about their integral
    grid = np.array([[x, y] for x in side for y in side])
    steps = [call("stream_score", state=None, X=points) for points in (np.full((2, 2), 0.5), grid)]
    density = -((grid - 0.3) ** 2).sum(axis=1) / 2 - np.log(2 * np.pi)
    assert judges.is_density(steps, [np.zeros(2), density], []) is None
    assert "sum to 2" in judges.is_density(steps, [np.zeros(2), density + np.log(2)], [])
    assert judges.is_density(steps, [np.zeros(2), np.full(len(grid), np.nan)], [])


def test_answers_computed_in_float32_pass_if_the_data_are_float32(tmp_path):
    source = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    # Make the reference compute in the dtype of its data.
    empty = "scatter = np.empty((len(sizes), X.shape[1], X.shape[1])"
    for find, replace in (
        ("np.empty((n, len(means)))", "np.empty((n, len(means)), X.dtype)"),
        (
            "    sizes = shares.sum(axis=0) + EPS",
            "    sizes = (shares := shares.astype(X.dtype)).sum(axis=0) + EPS",
        ),
        (f"{empty})", f"{empty}, X.dtype)"),
    ):
        assert source.count(find) == 1
        source = source.replace(find, replace)
    path = tmp_path / "single.py"
    path.write_text(source, encoding="utf-8")
    for round_id in ("gmm.2", "gmm.3"):
        report = judge(TRACK, path, [TRACK.round(round_id)], seed=3)
        assert [(v.check.id, v.message) for v in report.verdicts if v.status not in FINE] == []


def test_audits_refuse_components_whose_size_is_mostly_the_added_10_eps():
    X = np.array([[5.0], [6.0], [7.0]])
    start = {"weights": np.array([0.5, 0.5]), "covariances": np.ones((2, 1, 1))}
    for mean, fair in ((17.0, False), (300.0, True)):  # the second component's share of the rows: 1e-22, 0
        step = call("fit", X=X, **start, means=np.array([[6.0], [mean]]), max_iter=3)
        assert module("audits").settled([step]) is fair
