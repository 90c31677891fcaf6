"""The mixtures of pomegranate, on PyTorch. It does not keep the lower bound, for which `fit` returns NaN."""

from importlib import import_module
from importlib.metadata import version
from math import nan

import numpy as np
from mlkata.authoring import threads

VERSION = version("pomegranate")
_torch = import_module("torch")
_torch.set_num_threads(threads())


def fit(X, weights, means, covariances, tol, reg_covar, max_iter, covariance_type):
    normal = import_module("pomegranate.distributions").Normal
    mixture = import_module("pomegranate.gmm").GeneralMixtureModel
    tensors = [  # copies, since pomegranate updates them in place
        [_torch.tensor(parameter) for parameter in pair] for pair in zip(means, covariances, strict=True)
    ]
    parts = [normal(mean, covariance, covariance_type, min_cov=reg_covar) for mean, covariance in tensors]
    model = mixture(parts, priors=_torch.tensor(weights), max_iter=max_iter, tol=tol)
    model.fit(_torch.from_numpy(X))
    fitted = [np.stack([getattr(part, name).numpy() for part in parts]) for name in ("means", "covs")]
    # It reports neither n_iter nor converged; `kata bench` does not compare them.
    return model.priors.numpy(), *fitted, nan, max_iter, False
