"""Solutions of the tree track agree with scikit-learn and with each other beyond what their verdicts say."""

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading
from mlkata.tracks.datasets import load, load_target
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

TRACK = catalogue.get("tree")
SOLUTIONS = {name: loading.load(TRACK.solution(name)) for name in ("naive", "reference", "loops")}
PLANTED = TRACK._module("planted")

every_solution = pytest.mark.parametrize("solution", SOLUTIONS.values(), ids=SOLUTIONS.keys())


@every_solution
def test_a_tree_that_scikit_learn_has_fitted_answers_as_it_does(solution):
    X, y = load("digits")[:400], load_target("digits")[:400]
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    tree = solution.Tree(*PLANTED.harvest(model.tree_))
    assert np.array_equal(solution.apply(tree, X), model.apply(X))
    assert np.array_equal(solution.predict(tree, X, model.classes_), model.predict(X))
    np.testing.assert_allclose(solution.feature_importances(tree, 64), model.feature_importances_)


@every_solution
def test_its_pruning_path_is_scikit_learn_s(solution):
    X, y = load("iris"), load_target("iris")
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    public = model.cost_complexity_pruning_path(X, y)
    alphas, impurities = solution.ccp_path(solution.Tree(*PLANTED.harvest(model.tree_)))
    np.testing.assert_allclose(alphas, public.ccp_alphas, atol=1e-12)
    np.testing.assert_allclose(impurities, public.impurities, atol=1e-12)


@every_solution
def test_a_forest_labels_as_scikit_learn_s_and_asks_fewer_trees(solution):
    X, y = load("wine"), load_target("wine")
    model = RandomForestClassifier(40, random_state=0).fit(X, y)
    trees = [solution.Tree(*PLANTED.harvest(one.tree_)) for one in model.estimators_]
    labels, used = solution.forest_predict(trees, X, model.classes_)
    assert np.array_equal(labels, model.predict(X))
    assert used.mean() < 40


@every_solution
def test_the_best_f1_is_the_same_whichever_way_it_is_found(solution):
    inputs, judges = TRACK._module("inputs"), TRACK._module("judges")
    for seed in range(20):
        rng = np.random.default_rng(seed)
        tree, X, y = inputs.random_tree(rng, 12, 2, 2), inputs.rows(rng, 30), rng.integers(0, 2, 30)
        best = SOLUTIONS["naive"].prune_f1(SOLUTIONS["naive"].Tree(*tree), X, y)
        mine = solution.prune_f1(solution.Tree(*tree), X, y)
        scores = [judges.f1(judges.columns_of(one, X), y) for one in (mine, best)]
        assert scores[0] == pytest.approx(scores[1])


@every_solution
def test_bit_vectors_score_what_boosting_has_fitted(solution):
    X, y = load("diabetes"), load_target("diabetes")
    model = GradientBoostingRegressor(n_estimators=15, max_depth=None, max_leaf_nodes=64, random_state=0)
    model.fit(X, y)
    trees = [solution.Tree(*PLANTED.harvest(one.tree_)) for one in model.estimators_[:, 0]]
    scores = solution.score_ensemble(solution.compile_ensemble(trees), X)
    np.testing.assert_allclose(y.mean() + model.learning_rate * scores, model.predict(X))
