"""scikit-learn-intelex: Intel's oneDAL behind scikit-learn's estimators."""

from importlib.metadata import version

from mlkata.authoring import threads

VERSION = version("scikit-learn-intelex")


def knn(Q, X, k):
    from sklearnex.neighbors import NearestNeighbors

    algorithm = "brute" if X.shape[1] > 8 else "kd_tree"
    return NearestNeighbors(n_neighbors=k, algorithm=algorithm, n_jobs=threads()).fit(X).kneighbors(Q)
