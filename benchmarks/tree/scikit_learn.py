"""scikit-learn, called as its users call it; the oracle fixes more than that, and is slower."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import sklearn
from mlkata.authoring import Part, threads
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier

VERSION = sklearn.__version__
_SERIAL = 1_000
"""Rows from which on threads pay for a forest."""
_ALPHAS = 20
"""Of thousands on a path: for all of them it would take hours."""


def prepare(row, arguments):
    """Call the model itself where the row has one: scikit-learn never sees trees as arrays."""
    if row.model is None:
        return partial(grow, **arguments)
    if row.function == "score_every_alpha":
        return _some_alphas(*row.model(), arguments["X_val"], arguments["y_val"])
    model, X = row.model(), arguments.get("X")
    if hasattr(model, "n_jobs"):
        model.n_jobs = threads() if len(X) > _SERIAL else 1
    if row.function == "predict_proba":
        return partial(model.predict_proba, X)
    if row.function == "forest_predict":
        return lambda: (model.predict(X),)
    if row.function == "score_ensemble":
        start = model.decision_function(X[:1])[0] - _first_score(model, X)
        return lambda: (model.decision_function(X) - start) / model.learning_rate
    return partial(_path, model)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    model = DecisionTreeClassifier(
        max_depth=max_depth,
        min_samples_split=min_samples_split,
        min_samples_leaf=min_samples_leaf,
        min_impurity_decrease=min_impurity_decrease,
        criterion=criterion,
        random_state=0,
    ).fit(X, y)
    return SimpleNamespace(left=model.tree_.children_left, weight=model.tree_.weighted_n_node_samples)


def _path(model):
    # The core of cost_complexity_pruning_path, which would grow the tree again first. A private name.
    from sklearn.tree._tree import ccp_pruning_path

    found = ccp_pruning_path(model.tree_)
    return found["ccp_alphas"], found["impurities"]


def _some_alphas(model, X, y, X_val, y_val):
    """Grow and prune for some alphas, as the user guide does for all; each lies between two of the path."""
    path = np.unique(_path(model)[0])
    first = np.linspace(0, len(path) - 2, _ALPHAS).astype(int)
    alphas = (path[first] + path[first + 1]) / 2
    pruned = [clone(model).set_params(ccp_alpha=alpha) for alpha in alphas]
    scores = lambda: [one.fit(X, y).score(X_val, y_val) for one in pruned]  # noqa: E731
    return Part(lambda: (alphas, scores()), _ALPHAS / len(path))


def _first_score(model, X):
    """What the trees add to the first row's score."""
    return model.learning_rate * sum(one[0].predict(X[:1])[0] for one in model.estimators_)
