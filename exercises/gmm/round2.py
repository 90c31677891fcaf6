"""Checks of round 2: densities and responsibilities of rows, also of rows far away.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

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
    off_diagonal = float(rng.choice([-1, 1]))
    S = np.array([[[2.0, off_diagonal], [off_diagonal, 5.0]]])
    return _density(whole(rng, 0, 6, (4, 2)), whole(rng, 0, 6, (1, 2)), S)


def _several(rng):
    return _density(whole(rng, 0, 9, (5, 3)), whole(rng, 0, 9, (4, 3)), covariances(rng, 4, 3))


def _far_rows(rng):
    X = whole(rng, -9, 9, (5, 2)) * np.array([1.0, 1e2, 1e3, 1e4, 1e5])[:, None] + 1
    return _density(X, whole(rng, 0, 3, (2, 2)), covariances(rng, 2, 2))


def _narrow(rng):
    # Sixty-fourths are exact in binary, and some of them many standard deviations of 1e-3 apart.
    S = np.array([np.diag([1e-6, 1.0]), np.diag([1e6, 1.0])])
    return _density(whole(rng, 0, 3, (4, 2)) / 64, whole(rng, 0, 3, (2, 2)) / 64, S)


def _many_features(rng):
    X = standard(rng, "breast_cancer", rows=60, columns=20)
    S = np.cov(X.T, ddof=0) + 0.1 * np.eye(20)
    return _density(X, rows_of(rng, X, 2), np.stack([S, 2 * S]))


def _float32(rng):
    X = clouds(rng, k=2, size=10, d=2).astype(np.float32)
    return _density(X, rows_of(rng, X, 2), covariances(rng, 2, 2).astype(np.float32))


def _fortran_order(rng):
    X = standard(rng, "wine", rows=60, columns=5)
    return _density(np.asfortranarray(X), np.asfortranarray(X[:3]), covariances(rng, 3, 5))


def _bad(function, place, value):
    """Return a function that makes valid arguments and writes the value into the argument `place`."""

    def make(rng):
        arguments = dict(_valid_arguments(rng))
        if function == "log_density":
            del arguments["weights"]
        arguments[place].flat[int(rng.integers(arguments[place].size))] = value
        return call(function, **arguments)

    return make


def _valid_arguments(rng):
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


def _not_definite(*, diagonal, off_diagonal):
    def make(rng):
        S = np.array([[[diagonal, off_diagonal], [off_diagonal, diagonal]]]) * float(rng.integers(1, 5))
        return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (1, 2)), S)

    return make


def _singular(rng):
    # The matrix is diagonal, so that its 0 stays exactly 0, whether one factorises it, inverts it, or takes
    # its determinant or eigenvalues.
    S = np.diag(rng.permutation([float(rng.integers(1, 5)), 0.0]))[None]
    return _density(whole(rng, 0, 5, (4, 2)), whole(rng, 0, 5, (1, 2)), S)


def _shares(X, weights, means, covariances):
    weights = np.asarray(weights, float)
    return call("responsibilities", X=X, weights=weights, means=means, covariances=covariances)


def _equal_components(rng):
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


def _one_of_weight_0(rng):
    weights = rng.permutation([0.0, 0.25, 0.75])
    return _shares(whole(rng, 0, 5, (4, 2)), weights, whole(rng, 0, 5, (3, 2)), covariances(rng, 3, 2))


def _far_shares(rng):
    X = whole(rng, 1, 9, (6, 2)) * np.array([50.0, 1e2, 1e3, 1e4, -1e4, -1e3])[:, None]
    means = whole(rng, 0, 9, (3, 2))
    return _shares(X, weights_of(rng, 3), means, np.stack([covariance(rng, 2)] * 3))


def _wider_wins(rng):
    # The rows are nearer to the mean of the narrow component, but have a higher density under the wide one.
    means = np.array([[10.0, 0.0], [0.0, 0.0]])
    S = np.array([np.eye(2), np.eye(2) * 16.0])
    order = rng.permutation(2)
    X = np.array([[100.0, 7.0], [2000.0, 3.0], [16.0, 1.0]]) + whole(rng, 0, 3, (1, 2))
    return _shares(X, [0.5, 0.5], means[order], S[order])


def _halfway(distance):
    """Return a function that draws rows equally far from both means; two rows are very far."""

    def make(rng):
        half = float(rng.integers(1, 9))
        share = int(rng.integers(1, 16)) / 16
        X = np.array([[0.0, distance], [0.0, -distance], [0.0, float(rng.integers(9))]])
        means = np.array([[-half, 0.0], [half, 0.0]])
        return _shares(X, [share, 1 - share], means, np.stack([np.eye(2) * 4] * 2))

    return make


def _share_iris(rng):
    X = standard(rng, "iris", rows=80, columns=4)
    S = np.cov(X.T, ddof=0) + 0.05 * np.eye(4)
    return _shares(X, weights_of(rng, 3), rows_of(rng, X, 3), np.stack([S, S / 2, S / 4]))


def _share_many(rng):
    X = standard(rng, "breast_cancer", rows=50, columns=24)
    S = np.cov(X.T, ddof=0) + 0.1 * np.eye(24)
    return _shares(X, weights_of(rng, 2), rows_of(rng, X, 2), np.stack([S, S]))


def _bad_weights(weights):
    def make(rng):
        return call("responsibilities", **{**_valid_arguments(rng), "weights": np.array(weights)})

    return make


def _density_check(name, rule, make):
    return Check(f"gmm.2/log_density/{name}", rule, make, logs_only)


def _shares_check(name, rule, make, audit=clear_shares):
    return Check(f"gmm.2/responsibilities/{name}", rule, make, shares_only, audit)


CHECKS = (
    _density_check("round", DENSITY, _round_cloud),
    _density_check("one-feature", DENSITY, _one_feature),
    _density_check("stretched", DENSITY, _stretched),
    _density_check("tilted", DENSITY, _tilted),
    _density_check("several-components", OUT, _several),
    _density_check("narrow-and-wide", DENSITY, _narrow),
    _density_check("far-rows", FAR, _far_rows),
    _density_check("many-features", DENSITY, _many_features),
    _density_check("fortran-order", DENSITY, _fortran_order),
    _density_check("float32", DENSITY, _float32),
    _density_check("nan", BAD, _bad("log_density", "X", np.nan)),
    _density_check("infinite-mean", BAD, _bad("log_density", "means", np.inf)),
    _density_check("nan-covariance", BAD, _bad("log_density", "covariances", np.nan)),
    _density_check("other-features", BAD, _other_features),
    _density_check("one-covariance", BAD, _one_covariance),
    _density_check("indefinite", DEFINITE, _not_definite(diagonal=1.0, off_diagonal=2.0)),
    _density_check("negative", DEFINITE, _not_definite(diagonal=-2.0, off_diagonal=0.0)),
    _density_check("singular", DEFINITE, _singular),
    _shares_check("equal-densities", DOES, _equal_components),
    _shares_check("two-components", DOES, _two_clouds),
    _shares_check("all-differ", DOES, _all_differ),
    _shares_check("weight-0", NOBODY, _one_of_weight_0),
    _shares_check("far-rows", SUMS, _far_shares),
    _shares_check("wider-component", SUMS, _wider_wins),
    _shares_check("halfway-and-far", SUMS, _halfway(distance=2.0**12), audit=None),
    # Here the logarithms are near -1e17, so that the weights are lost in rounding: any rows that sum to 1
    # are right.
    Check("gmm.2/responsibilities/halfway-and-farther", SUMS, _halfway(distance=2.0**30), sums_only),
    _shares_check("iris", DOES, _share_iris),
    _shares_check("many-features", SUMS, _share_many),
    _shares_check("nan", REFUSES, _bad("responsibilities", "X", np.nan), audit=None),
    _shares_check("negative-weight", WEIGHTS, _bad_weights([1.25, -0.25]), audit=None),
    _shares_check("weights-sum-to-2", WEIGHTS, _bad_weights([1.0, 1.0]), audit=None),
)
