"""scikit-learn, called as its users do.

The oracle, which computes the expected answers of the checks, sets more options and is slower.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import sklearn
from mlkata.authoring import Part, threads
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier

VERSION = sklearn.__version__
_SERIAL = 1_000
"""Up to this many rows a forest uses one thread: more would take longer to start than they save."""
_ALPHAS = 20
"""The number of alphas that are timed. A pruning path has thousands, which would take hours."""


def prepare(row, arguments):
    """Return the call to time: of the row's model if it has one, as scikit-learn takes no trees as arrays."""
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
        # The contract's score is the plain sum of the trees: without the initial score and the learning rate.
        initial_score = model.decision_function(X[:1])[0] - _added_by_trees(model, X)
        return lambda: (model.decision_function(X) - initial_score) / model.learning_rate
    return partial(_path, model)


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Return those arrays of the grown tree that the benchmark compares."""
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
    """Return the alphas and the impurities of a tree's pruning path."""
    # The public cost_complexity_pruning_path would first grow the tree again, so this calls its private core.
    from sklearn.tree._tree import ccp_pruning_path

    path = ccp_pruning_path(model.tree_)
    return path["ccp_alphas"], path["impurities"]


def _some_alphas(model, X, y, X_val, y_val):
    """Return a call that grows and prunes the tree for some alphas, as scikit-learn's user guide does.

    Each alpha lies in the middle between two neighbours on the pruning path.
    """
    path = np.unique(_path(model)[0])
    lower = np.linspace(0, len(path) - 2, _ALPHAS).astype(int)
    alphas = (path[lower] + path[lower + 1]) / 2
    pruned = [clone(model).set_params(ccp_alpha=alpha) for alpha in alphas]
    scores = lambda: [model_.fit(X, y).score(X_val, y_val) for model_ in pruned]  # noqa: E731
    return Part(lambda: (alphas, scores()), share=_ALPHAS / len(path))


def _added_by_trees(model, X):
    """Return what the trees add to the first row's score."""
    return model.learning_rate * sum(stage[0].predict(X[:1])[0] for stage in model.estimators_)
