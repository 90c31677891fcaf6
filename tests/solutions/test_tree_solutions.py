"""Solutions of the tree track agree with scikit-learn's trees, forests and boosting on real data.

The fast solution has tests of its own in test_fast_tree.py; of the tests here only the last ones include it.
"""

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading
from mlkata.tracks.datasets import load, load_target
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

TRACK = catalogue.get("tree")
SOLUTIONS = {name: loading.load(TRACK.solution(name)) for name in ("naive", "reference", "loops")}
PLANTED = TRACK._module("planted")  # converts scikit-learn's trees

every_solution_but_fast = pytest.mark.parametrize("solution", SOLUTIONS.values(), ids=SOLUTIONS.keys())
SOLUTIONS_AND_FAST = SOLUTIONS | {"fast": loading.load(TRACK.solution("fast"))}
with_fast = pytest.mark.parametrize("solution", SOLUTIONS_AND_FAST.values(), ids=SOLUTIONS_AND_FAST.keys())
NO_LIMITS = {"max_depth": None, "min_samples_split": 2, "min_samples_leaf": 1, "min_impurity_decrease": 0.0}


@every_solution_but_fast
def test_a_tree_fitted_by_scikit_learn_gives_the_same_predictions(solution):
    X, y = load("digits")[:400], load_target("digits")[:400]
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    tree = solution.Tree(*PLANTED.harvest(model.tree_))
    assert np.array_equal(solution.apply(tree, X), model.apply(X))
    assert np.array_equal(solution.predict(tree, X, model.classes_), model.predict(X))
    np.testing.assert_allclose(solution.feature_importances(tree, n_features=64), model.feature_importances_)


@every_solution_but_fast
def test_the_pruning_path_agrees_with_scikit_learn(solution):
    X, y = load("iris"), load_target("iris")
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    public = model.cost_complexity_pruning_path(X, y)
    alphas, impurities = solution.ccp_path(solution.Tree(*PLANTED.harvest(model.tree_)))
    np.testing.assert_allclose(alphas, public.ccp_alphas, atol=1e-12)
    np.testing.assert_allclose(impurities, public.impurities, atol=1e-12)


@every_solution_but_fast
def test_a_forest_agrees_with_scikit_learn_and_uses_fewer_trees(solution):
    X, y = load("wine"), load_target("wine")
    model = RandomForestClassifier(40, random_state=0).fit(X, y)
    trees = [solution.Tree(*PLANTED.harvest(estimator.tree_)) for estimator in model.estimators_]
    labels, used = solution.forest_predict(trees, X, model.classes_)
    assert np.array_equal(labels, model.predict(X))
    assert used.mean() < 40


@every_solution_but_fast
def test_the_best_f1_agrees_with_the_naive_solution(solution):
    inputs, judges = TRACK._module("inputs"), TRACK._module("judges")
    for seed in range(20):  # small random trees, for which the naive solution tries all cuts
        rng = np.random.default_rng(seed)
        tree, X, y = (
            inputs.random_tree(rng, n_leaves=12, d=2, n_classes=2),
            inputs.rows(rng, n=30),
            rng.integers(0, 2, 30),
        )
        best = SOLUTIONS["naive"].prune_f1(SOLUTIONS["naive"].Tree(*tree), X, y)
        pruned = solution.prune_f1(solution.Tree(*tree), X, y)
        scores = [judges.f1(judges.columns_of(candidate, X), y) for candidate in (pruned, best)]
        assert scores[0] == pytest.approx(scores[1])


@every_solution_but_fast
def test_bit_vectors_agree_with_boosting(solution):
    """`score_ensemble` sums up trees of up to 64 leaves, for which a set of leaves fits into 64 bits."""
    X, y = load("diabetes"), load_target("diabetes")
    model = GradientBoostingRegressor(n_estimators=15, max_depth=None, max_leaf_nodes=64, random_state=0)
    model.fit(X, y)
    trees = [solution.Tree(*PLANTED.harvest(estimator.tree_)) for estimator in model.estimators_[:, 0]]
    scores = solution.score_ensemble(solution.compile_ensemble(trees), X)
    np.testing.assert_allclose(y.mean() + model.learning_rate * scores, model.predict(X))


@with_fast
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_y_that_is_not_finite_raises(solution, bad):
    """scikit-learn refuses it, too. Without a check, a search for splits would return some split."""
    X, y = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, bad, 2.0])
    with pytest.raises(ValueError, match="NaN or infinity in y"):
        solution.best_split(X, y, "squared_error")
    with pytest.raises(ValueError, match="NaN or infinity in y"):
        solution.grow(X, y, **NO_LIMITS, criterion="squared_error")


@with_fast
@pytest.mark.parametrize("y", [np.array([0, 1, 0]), np.array([1, 1, 1])], ids=["two classes", "one class"])
def test_rows_without_features_are_not_split(solution, y):
    X = np.zeros((3, 0))
    assert solution.best_split(X, y) == (-1, 0.0, 0.0)
    tree = solution.grow(X, y, **NO_LIMITS, criterion="gini")
    assert tree.left.tolist() == [-1]
    assert tree.weight.tolist() == [3.0]


@with_fast
@pytest.mark.parametrize("limit", [13, 2**31, 2**62, 2**70])
def test_limits_may_be_larger_than_the_number_of_rows(solution, limit):
    """12 rows with alternating classes; integers of kernels have 64 bits, those of Python have no limit."""
    X, y = np.arange(12.0)[:, None], np.arange(12) % 2
    assert solution.best_split(X, y, "gini", limit) == (-1, 0.0, 0.0)
    for name in ("min_samples_leaf", "min_samples_split"):
        tree = solution.grow(X, y, **NO_LIMITS | {name: limit}, criterion="gini")
        assert tree.left.tolist() == [-1], name
    deep = solution.grow(X, y, **NO_LIMITS | {"max_depth": limit}, criterion="gini")
    assert (deep.left == -1).sum() == 12
