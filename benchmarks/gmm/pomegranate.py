"""pomegranate: mixtures on PyTorch. It takes no reg_covar, and keeps no bound of the last iteration."""

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
    tensors = [  # copies: it updates its own in place
        [_torch.tensor(one) for one in pair] for pair in zip(means, covariances, strict=True)
    ]
    parts = [normal(mean, covariance, covariance_type, min_cov=reg_covar) for mean, covariance in tensors]
    model = mixture(parts, priors=_torch.tensor(weights), max_iter=max_iter, tol=tol)
    model.fit(_torch.from_numpy(X))
    found = [np.stack([getattr(part, name).numpy() for part in parts]) for name in ("means", "covs")]
    return model.priors.numpy(), *found, nan, max_iter, False
