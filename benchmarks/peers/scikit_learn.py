"""scikit-learn, called as its users call it; the oracles fix more than that, and are slower."""

import os
from functools import partial
from types import SimpleNamespace

import numpy as np
import sklearn
from mlkata.bench.rows import Part

VERSION = sklearn.__version__
_THREADS = int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1))
_SERIAL = 1_000
"""Rows from which on threads pay for a forest."""
_ALPHAS = 20
"""Of thousands on a path: for all of them it would take hours."""


def kmeans(X, centers, max_iter=300, tol=1e-4):
    from sklearn.cluster import KMeans

    model = KMeans(len(centers), init=centers, n_init=1, max_iter=max_iter, tol=tol).fit(X)
    return model.labels_, model.cluster_centers_, model.inertia_, model.n_iter_


def knn(Q, X, k):
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k, algorithm="brute", n_jobs=_THREADS).fit(X).kneighbors(Q)


def fit(X, weights, means, covariances, tol, reg_covar, max_iter, covariance_type):
    from sklearn.mixture import GaussianMixture

    full = covariance_type in ("full", "tied")
    model = GaussianMixture(
        len(weights),
        covariance_type=covariance_type,
        weights_init=weights,
        means_init=means,
        precisions_init=np.linalg.inv(covariances) if full else 1 / covariances,
        tol=tol,
        reg_covar=reg_covar,
        max_iter=max_iter,
    ).fit(X)
    return (
        model.weights_,
        model.means_,
        model.covariances_,
        model.lower_bound_,
        model.n_iter_,
        model.converged_,
    )


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    from sklearn.tree import DecisionTreeClassifier

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


def prepare(row, arguments):
    """Call the model itself where the row has one: scikit-learn never sees trees as arrays."""
    if row.model is None:
        return partial(globals()[row.function], **arguments)
    if row.function == "score_every_alpha":
        return _some_alphas(*row.model(), arguments["X_val"], arguments["y_val"])
    model, X = row.model(), arguments.get("X")
    if hasattr(model, "n_jobs"):
        model.n_jobs = _THREADS if len(X) > _SERIAL else 1
    if row.function == "predict_proba":
        return partial(model.predict_proba, X)
    if row.function == "forest_predict":
        return lambda: (model.predict(X),)
    if row.function == "score_ensemble":
        start = model.decision_function(X[:1])[0] - _first_score(model, X)
        return lambda: (model.decision_function(X) - start) / model.learning_rate
    return partial(_path, model)


def _some_alphas(model, X, y, X_val, y_val):
    """Grow and prune for some alphas, as the user guide does for all; each lies between two of the path."""
    from sklearn.base import clone

    path = np.unique(_path(model)[0])
    first = np.linspace(0, len(path) - 2, _ALPHAS).astype(int)
    alphas = (path[first] + path[first + 1]) / 2
    pruned = [clone(model).set_params(ccp_alpha=alpha) for alpha in alphas]
    scores = lambda: [one.fit(X, y).score(X_val, y_val) for one in pruned]  # noqa: E731
    return Part(lambda: (alphas, scores()), _ALPHAS / len(path))


def _first_score(model, X):
    """What the trees add to the first row's score."""
    return model.learning_rate * sum(one[0].predict(X[:1])[0] for one in model.estimators_)
