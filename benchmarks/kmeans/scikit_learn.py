"""scikit-learn, called as its users do.

The oracle, which computes the expected answers of the checks, sets more options and is slower.
"""

import sklearn
from sklearn.cluster import KMeans

VERSION = sklearn.__version__


def kmeans(X, centers, max_iter=300, tol=1e-4):
    model = KMeans(len(centers), init=centers, n_init=1, max_iter=max_iter, tol=tol).fit(X)
    return model.labels_, model.cluster_centers_, model.inertia_, model.n_iter_
