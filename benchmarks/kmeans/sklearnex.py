"""scikit-learn-intelex: Intel's oneDAL behind scikit-learn's estimators."""

from importlib.metadata import version

VERSION = version("scikit-learn-intelex")


def kmeans(X, centers, max_iter=300, tol=1e-4):
    from sklearnex.cluster import KMeans

    model = KMeans(len(centers), init=centers, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd").fit(X)
    return model.labels_, model.cluster_centers_, model.inertia_, model.n_iter_
