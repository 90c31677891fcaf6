"""Checks of round 2: densities and responsibilities of rows, also of rows far away."""

import numpy as np
from mlkata.authoring import Check, call, clouds, rows_of, whole

from .audits import clear_shares
from .inputs import covariance, covariances, standard, weights_of
from .judges import logs_only, shares_only, sums_only

DENSITY = "the log of the normal density of each row under each component"
OUT = "weights left out"
FAR = "it stays right where the density itself would be 0"
BAD = "bad input raises ValueError: NaN or infinity, shapes that do not match"
DEFINITE = "a covariance that is not positive definite"
DOES = "as `e_step_1d` does"
SUMS = "each row sums to 1, however far it lies"
NOBODY = "a component of weight 0 has responsibility 0"
REFUSES = "what `log_density` refuses"
WEIGHTS = "weights that are negative or do not sum to 1"


def _density(X, means, covariances):
    return call("log_density", X=X, means=means, covariances=covariances)


def _round_cloud(rng):
    return _density(whole(rng, 0, 5, (3, 2)), whole(rng, 0, 5, (1, 2)), np.eye(2)[None])


def _one_feature(rng):
    return _density(whole(rng, 0, 9, (4, 1)), whole(rng, 0, 9, (2, 1)), np.array([[[4.0]], [[0.25]]]))


def _stretched(rng):
    S = np.diag(rng.permutation([1.0, 4.0, 16.0]))
    return _density(whole(rng, 0, 9, (3, 3)), whole(rng, 0, 9, (1, 3)), S[None])


def _tilted(rng):
    side = float(rng.choice([-1, 1]))
    S = np.array([[[2.0, side], [side, 5.0]]])
    return _density(whole(rng, 0, 6, (4, 2)), whole(rng, 0, 6, (1, 2)), S)


def _several(rng):
    return _density(whole(rng, 0, 9, (5, 3)), whole(rng, 0, 9, (4, 3)), covariances(rng, 4, 3))


def _far_rows(rng):
    X = whole(rng, -9, 9, (5, 2)) * np.array([1.0, 1e2, 1e3, 1e4, 1e5])[:, None] + 1
    return _density(X, whole(rng, 0, 3, (2, 2)), covariances(rng, 2, 2))


def _narrow(rng):
    S = np.array([np.diag([1e-6, 1.0]), np.diag([1e6, 1.0])])
    return _density(whole(rng, 0, 3, (4, 2)) / 64, whole(rng, 0, 3, (2, 2)) / 64, S)


def _many_features(rng):
    X = standard(rng, "breast_cancer", 60, 20)
    S = np.cov(X.T, ddof=0) + 0.1 * np.eye(20)
    return _density(X, rows_of(rng, X, 2), np.stack([S, 2 * S]))


def _single(rng):
    X = clouds(rng, 2, 10, 2).astype(np.float32)
    return _density(X, rows_of(rng, X, 2), covariances(rng, 2, 2).astype(np.float32))


def _columns_first(rng):
    X = standard(rng, "wine", 60, 5)
    return _density(np.asfortranarray(X), np.asfortranarray(X[:3]), covariances(rng, 3, 5))


def _bad(function, place, value):
    """Put a value that is not finite into one argument."""

    def make(rng):
        arguments = dict(_simple(rng))
        if function == "log_density":
            del arguments["weights"]
        arguments[place].flat[int(rng.integers(arguments[place].size))] = value
        return call(function, **arguments)

    return make


def _simple(rng):
    return {
        "X": whole(rng, 0, 5, (4, 2)),
        "weights": np.array([0.25, 0.75]),
        "means": whole(rng, 0, 5, (2, 2)),
        "covariances": np.stack([np.eye(2)] * 2),
    }


def _other_features(rng):
    return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (2, 1)), np.ones((2, 1, 1)))


def _one_covariance(rng):
    return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (2, 2)), np.eye(2)[None])


def _not_definite(diagonal, side):
    def make(rng):
        S = np.array([[[diagonal, side], [side, diagonal]]]) * float(rng.integers(1, 5))
        return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (1, 2)), S)

    return make


def _singular(rng):
    # Diagonal, so that its 0 is exactly 0 in a factor, an inverse, a determinant and an eigenvalue.
    S = np.diag(rng.permutation([float(rng.integers(1, 5)), 0.0]))[None]
    return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (1, 2)), S)


def _shares(X, weights, means, covariances):
    weights = np.asarray(weights, float)
    return call("responsibilities", X=X, weights=weights, means=means, covariances=covariances)


def _twins(rng):
    share = int(rng.integers(1, 8)) / 8
    mean = np.repeat(whole(rng, 0, 5, (1, 2)), 2, axis=0)
    return _shares(whole(rng, 0, 5, (3, 2)), [share, 1 - share], mean, np.stack([np.eye(2)] * 2))


def _two_clouds(rng):
    means = np.array([[0.0, 0.0], [2.0, 0.0]]) + whole(rng, 0, 5, (2,))
    X = means[0] + np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 1.0]])
    return _shares(X, [0.5, 0.5], means, np.stack([np.eye(2)] * 2))


def _all_differ(rng):
    S = covariances(rng, 4, 3)
    return _shares(rng.normal(size=(30, 3)) * 2, weights_of(rng, 4), rng.normal(size=(4, 3)), S)


def _without(rng):
    weights = rng.permutation([0.0, 0.25, 0.75])
    return _shares(whole(rng, 0, 5, (4, 2)), weights, whole(rng, 0, 5, (3, 2)), covariances(rng, 3, 2))


def _distant(rng):
    X = whole(rng, 1, 9, (6, 2)) * np.array([50.0, 1e2, 1e3, 1e4, -1e4, -1e3])[:, None]
    means = whole(rng, 0, 9, (3, 2))
    return _shares(X, weights_of(rng, 3), means, np.stack([covariance(rng, 2)] * 3))


def _wider_wins(rng):
    # The rows are nearer to the narrow component, but only the wide one explains them.
    means = np.array([[10.0, 0.0], [0.0, 0.0]])
    S = np.array([np.eye(2), np.eye(2) * 16.0])
    order = rng.permutation(2)
    X = np.array([[100.0, 7.0], [2000.0, 3.0], [16.0, 1.0]]) + whole(rng, 0, 3, (1, 2))
    return _shares(X, [0.5, 0.5], means[order], S[order])


def _between(distance):
    """Return rows exactly as far from one mean as from the other, and far from both."""

    def make(rng):
        half = float(rng.integers(1, 9))
        share = int(rng.integers(1, 16)) / 16
        X = np.array([[0.0, distance], [0.0, -distance], [0.0, float(rng.integers(9))]])
        means = np.array([[-half, 0.0], [half, 0.0]])
        return _shares(X, [share, 1 - share], means, np.stack([np.eye(2) * 4] * 2))

    return make


def _share_iris(rng):
    X = standard(rng, "iris", 80, 4)
    S = np.cov(X.T, ddof=0) + 0.05 * np.eye(4)
    return _shares(X, weights_of(rng, 3), rows_of(rng, X, 3), np.stack([S, S / 2, S / 4]))


def _share_many(rng):
    X = standard(rng, "breast_cancer", 50, 24)
    S = np.cov(X.T, ddof=0) + 0.1 * np.eye(24)
    return _shares(X, weights_of(rng, 2), rows_of(rng, X, 2), np.stack([S, S]))


def _weights(weights):
    def make(rng):
        return call("responsibilities", **{**_simple(rng), "weights": np.array(weights)})

    return make


def _log(name, rule, make):
    return Check(f"gmm.2/log_density/{name}", rule, make, logs_only)


def _share(name, rule, make, audit=clear_shares):
    return Check(f"gmm.2/responsibilities/{name}", rule, make, shares_only, audit)


CHECKS = (
    _log("round", DENSITY, _round_cloud),
    _log("one-feature", DENSITY, _one_feature),
    _log("stretched", DENSITY, _stretched),
    _log("tilted", DENSITY, _tilted),
    _log("several-components", OUT, _several),
    _log("narrow-and-wide", DENSITY, _narrow),
    _log("far-rows", FAR, _far_rows),
    _log("many-features", DENSITY, _many_features),
    _log("fortran-order", DENSITY, _columns_first),
    _log("float32", DENSITY, _single),
    _log("nan", BAD, _bad("log_density", "X", np.nan)),
    _log("infinite-mean", BAD, _bad("log_density", "means", np.inf)),
    _log("nan-covariance", BAD, _bad("log_density", "covariances", np.nan)),
    _log("other-features", BAD, _other_features),
    _log("one-covariance", BAD, _one_covariance),
    _log("indefinite", DEFINITE, _not_definite(1.0, 2.0)),
    _log("negative", DEFINITE, _not_definite(-2.0, 0.0)),
    _log("singular", DEFINITE, _singular),
    _share("equal-densities", DOES, _twins),
    _share("two-components", DOES, _two_clouds),
    _share("all-differ", DOES, _all_differ),
    _share("weight-0", NOBODY, _without),
    _share("far-rows", SUMS, _distant),
    _share("wider-component", SUMS, _wider_wins),
    _share("halfway-and-far", SUMS, _between(float(2**12)), None),
    # Here the logarithms are near -1e17, so that log-sum-exp loses the weights: any shares are accepted.
    Check("gmm.2/responsibilities/halfway-and-farther", SUMS, _between(float(2**30)), sums_only),
    _share("iris", DOES, _share_iris),
    _share("many-features", SUMS, _share_many),
    _share("nan", REFUSES, _bad("responsibilities", "X", np.nan), None),
    _share("negative-weight", WEIGHTS, _weights([1.25, -0.25]), None),
    _share("weights-sum-to-2", WEIGHTS, _weights([1.0, 1.0]), None),
)
