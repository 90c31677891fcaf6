"""scikit-learn, called as its users do.

The oracle, which computes the expected answers of the checks, sets more options and is slower.
"""

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

VERSION = sklearn.__version__


def fit(X, weights, means, covariances, tol, reg_covar, max_iter, covariance_type):
    are_matrices = covariance_type in ("full", "tied")  # otherwise variances
    model = GaussianMixture(
        len(weights),
        covariance_type=covariance_type,
        weights_init=weights,
        means_init=means,
        precisions_init=np.linalg.inv(covariances) if are_matrices else 1 / covariances,
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
