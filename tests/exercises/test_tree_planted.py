"""planted.py turns `Tree` records into scikit-learn's trees (plant) and back (harvest).

It uses private parts of scikit-learn; these tests show that this version still has them.
"""

import numpy as np
import pytest
import sklearn
from mlkata.tracks import catalogue
from mlkata.tracks.datasets import load, load_target
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

TRACK = catalogue.get("tree")
PLANTED = TRACK._module("planted")
INPUTS = TRACK._module("inputs")


N_FEATURES = 13
"""The features of the data set wine."""


def fitted(name, **limits):
    """Return a classifier fitted to a data set."""
    return DecisionTreeClassifier(random_state=0, **limits).fit(load(name), load_target(name))


def test_planted_py_was_checked_with_this_version_of_scikit_learn():
    assert sklearn.__version__ in PLANTED.CHECKED, "run this file, then add the version to CHECKED"


@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_a_fitted_tree_predicts_the_same_after_harvest_and_plant(name):
    model = fitted(name)
    again = PLANTED.classifier(PLANTED.harvest(model.tree_), load(name).shape[1], model.classes_)
    assert np.array_equal(again.apply(load(name)), model.apply(load(name)))
    assert np.array_equal(again.predict_proba(load(name)), model.predict_proba(load(name)))
    assert np.array_equal(again.predict(load(name)), model.predict(load(name)))


def test_missing_values_follow_the_flags_of_a_tree_that_was_fitted_with_some():
    rng = np.random.default_rng(0)
    X = np.where(rng.random(load("wine").shape) < 0.2, np.nan, load("wine"))
    model = DecisionTreeClassifier(random_state=0).fit(X, load_target("wine"))
    tree = PLANTED.harvest(model.tree_)
    assert tree.missing_left.any()
    assert np.array_equal(PLANTED.classifier(tree, N_FEATURES).apply(X), model.apply(X))
    assert np.array_equal(TRACK._module("judges").leaves_of(tree, X), model.apply(X))


def test_a_planted_forest_predicts_as_the_fitted_one():
    X, y = load("wine"), load_target("wine")
    model = RandomForestClassifier(n_estimators=7, max_depth=3, random_state=0).fit(X, y)
    trees = [PLANTED.harvest(estimator.tree_) for estimator in model.estimators_]
    again = PLANTED.forest(trees, N_FEATURES, model.classes_)
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("name", ["wine", "digits"])
def test_the_path_of_a_planted_tree_is_that_of_the_public_method(name):
    model = fitted(name, max_depth=8)
    public = model.cost_complexity_pruning_path(load(name), load_target(name))
    alphas, impurities = PLANTED.path(PLANTED.harvest(model.tree_))
    np.testing.assert_allclose(alphas, public.ccp_alphas)
    np.testing.assert_allclose(impurities, public.impurities)


def test_a_planted_tree_is_pruned_as_ccp_alpha_does():
    X, y = load("wine"), load_target("wine")
    tree = PLANTED.harvest(fitted("wine").tree_)
    for alpha in (1e-9, 0.005, 0.02, 0.1, 1.0):
        public = PLANTED.harvest(DecisionTreeClassifier(random_state=0, ccp_alpha=alpha).fit(X, y).tree_)
        for actual, desired in zip(PLANTED.pruned(tree, alpha), public, strict=True):
            np.testing.assert_array_equal(actual, desired)


def test_a_planted_tree_has_the_importances_of_the_fitted_one():
    model = fitted("wine")
    planted = PLANTED.plant(PLANTED.harvest(model.tree_), N_FEATURES)
    assert np.array_equal(planted.compute_feature_importances(normalize=True), model.feature_importances_)


def test_a_harvested_regression_tree_has_one_column_of_value():
    model = DecisionTreeRegressor(max_depth=3, random_state=0).fit(load("diabetes"), load_target("diabetes"))
    assert PLANTED.harvest(model.tree_).value.shape == (model.tree_.node_count, 1)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])  # 1e39 is infinite in float32
def test_planted_trees_refuse_what_scikit_learn_refuses(value):
    tree = INPUTS.random_tree(np.random.default_rng(0), n_leaves=4)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="infinity"):
        PLANTED.classifier(tree, n_features=2).apply(np.array([[0.0, value]]))


def test_a_value_just_above_a_threshold_goes_left_with_it():
    """scikit-learn compares in float32, as the contract says. In float64 the second row would go right."""
    tree = INPUTS.chain(np.random.default_rng(0), depth=1)
    tree = tree._replace(threshold=np.array([0.5, -2.0, -2.0]))  # -2: a leaf
    X = np.array([[0.5], [0.5 + 1e-9], [0.5 + 1e-6]])
    assert PLANTED.classifier(tree, n_features=1).apply(X).tolist() == [1, 1, 2]
