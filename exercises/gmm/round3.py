"""Checks of round 3: the M-step, and EM as scikit-learn runs it.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, clouds, whole

from .audits import em, settled
from .inputs import shares, standard, start
from .judges import fitted, parameters

MEAN_SHARES = "weights are the mean responsibilities"
AVERAGES = "means the weighted averages"
OUTER = "the weighted averages of the outer products of the rows' differences from the new means"
RIDGE = "reg_covar is added to each diagonal"
BAD_M = "bad input raises ValueError: NaN or infinity, shapes that do not match"
LIKE = "just as scikit-learn's GaussianMixture does"
LAST = "its bound differs from that of the iteration before by less than tol"
LIMIT = "when n_iter is max_iter"
CONVERGED = "converged says whether the former was so"
FIRST = "the first iteration has no other to compare with"
ONCE = "reg_covar is added once in each M-step, and not to the start"
RETURNED = "the lower bound of the last iteration, from before it"
REFUSES = "what `responsibilities` refuses"
FEW = "fewer than 2 rows, fewer rows than components"
ON_THE_WAY = "a covariance that is not positive definite on the way"
LAST_STEP = "the last M-step's included"


def _m_step(X, responsibilities, reg_covar=0.0):
    return call("m_step", X=X, responsibilities=np.asarray(responsibilities, float), reg_covar=reg_covar)


def _one_component(rng):
    return _m_step(whole(rng, 0, 9, (4, 2)), np.ones((4, 1)))


def _shares_of_0_or_1(rng):
    return _m_step(whole(rng, 0, 9, (6, 2)), np.eye(2)[rng.permutation([0, 0, 0, 1, 1, 1])])


def _fractional_shares(rng):
    return _m_step(whole(rng, 0, 9, (4, 2)), rng.permutation([[0.5, 0.5], [0.25, 0.75], [1, 0], [0, 1]]))


def _ridge(rng):
    return _m_step(whole(rng, 0, 9, (4, 3)), shares(rng, 4, 2), float(rng.integers(1, 5)) / 4)


def _off_the_origin(rng):
    return _m_step(clouds(rng, k=2, size=10, d=2) + 50, shares(rng, 20, 3))


def _estimate_wine(rng):
    return _m_step(standard(rng, "wine", rows=80, columns=6), shares(rng, 80, 3), 1e-6)


def _float32(rng):
    X = clouds(rng, k=2, size=15, d=2).astype(np.float32)
    return _m_step(X, shares(rng, 30, 2), 1e-3)


def _estimate_nan(rng):
    X = whole(rng, 0, 9, (4, 2))
    X[int(rng.integers(4)), 1] = np.nan
    return _m_step(X, np.ones((4, 1)))


def _fewer_shares(rng):
    return _m_step(whole(rng, 0, 9, (4, 2)), np.ones((3, 1)))


def _run(rng, X, k, **options):
    return call("fit", **start(rng, X, k), **options)


def _fit_one_component(rng):
    return _run(rng, rng.permutation(8)[:, None].astype(float), 1)


def _two_clouds(rng, size=10):
    return clouds(rng, k=2, size=size, d=2, distance=4.0)


def _single_iteration(rng):
    return _run(rng, _two_clouds(rng), 2, max_iter=1)


def _two_iterations(rng):
    return _run(rng, _two_clouds(rng), 2, max_iter=2, tol=0.0)


def _wide_ridge(rng):
    return _run(rng, _two_clouds(rng), 2, max_iter=3, tol=0.0, reg_covar=0.5)


def _no_tolerance(rng):
    # A single component stays as the first M-step makes it, so that the bound changes by 0 from then on.
    # np.eye makes rows differ that would otherwise all be equal.
    return _run(rng, whole(rng, 0, 9, (6, 2)) + np.eye(6, 2), 1, tol=0.0, max_iter=int(rng.integers(4, 9)))


def _bound_near_zero(rng):
    # The bound depends on the unit of length. This one makes the first bound 0, so that a solution that
    # starts from a previous bound of 0 stops after one iteration.
    arguments = start(rng, _two_clouds(rng), 2)
    n_features = 2
    unit = np.exp(em({**arguments, "max_iter": 1}).bounds[0] / n_features)
    for name, power in (("X", 1), ("means", 1), ("covariances", 2)):
        arguments[name] = arguments[name] * unit**power
    return call("fit", **arguments)


def _default(rng):
    return _run(rng, _two_clouds(rng, 15), 2)


def _loose(rng):
    return _run(rng, _two_clouds(rng, 15), 2, tol=float(rng.choice([0.05, 0.1])))


def _tight(rng):
    return _run(rng, _two_clouds(rng, 12), 2, tol=1e-5)


def _data(name, rows, columns, k, **options):
    def make(rng):
        return _run(rng, standard(rng, name, rows=rows, columns=columns), k, **options)

    return make


def _raw_iris(rng):
    # Columns lie off the origin and have different scales, about as in iris itself.
    scales, offsets = np.array([0.8, 0.4, 1.8, 0.8]), np.array([5.8, 3.1, 3.8, 1.2])
    return _run(rng, standard(rng, "iris", rows=70, columns=4) * scales + offsets, 3)


def _small_fit(rng, **changes):
    """Return a call of `fit` on valid arguments, except for those in `changes`."""
    arguments = start(rng, rng.permutation(clouds(rng, k=2, size=4, d=2)), 2)
    return call("fit", **{**arguments, **changes})


def _nan(rng):
    X = clouds(rng, k=2, size=4, d=2)
    arguments = start(rng, X, 2)
    X[int(rng.integers(8)), int(rng.integers(2))] = np.nan
    return call("fit", **{**arguments, "X": X})


def _bad_weights(weights):
    return lambda rng: _small_fit(rng, weights=np.array(weights))


def _indefinite(rng):
    return _small_fit(rng, covariances=np.array([[[1.0, 2.0], [2.0, 1.0]], np.eye(2)]))


def _other_features(rng):
    return _small_fit(rng, means=whole(rng, 0, 9, (2, 3)))


def _too_few(rng):
    arguments = start(rng, clouds(rng, k=1, size=5, d=2), 3)
    return call("fit", **{**arguments, "X": whole(rng, 0, 9, (2, 2))})


def _one_row(rng):
    arguments = start(rng, clouds(rng, k=1, size=5, d=2), 1)
    return call("fit", **{**arguments, "X": whole(rng, 0, 9, (1, 2))})


def _flat_column(max_iter):
    def make(rng):
        # A column of zeros has variance 0 in any arithmetic.
        X = np.column_stack([rng.permutation(9).astype(float), np.zeros(9)])
        return _run(rng, X, 1, reg_covar=0.0, max_iter=max_iter)

    return make


def _stops_late(steps: Steps) -> bool:
    """Return whether the tolerance stops the run, after more than three iterations."""
    run = em(steps[0].arguments)
    return run.converged and len(run.bounds) > 3 and settled(steps)


def _m_check(name, rule, make):
    return Check(f"gmm.3/m_step/{name}", rule, make, parameters)


def _fit_check(name, rule, make, audit=settled):
    return Check(f"gmm.3/fit/{name}", rule, make, fitted, audit)


CHECKS = (
    _m_check("one-component", OUTER, _one_component),
    _m_check("hard", MEAN_SHARES, _shares_of_0_or_1),
    _m_check("soft", AVERAGES, _fractional_shares),
    _m_check("ridge", RIDGE, _ridge),
    _m_check("off-the-origin", OUTER, _off_the_origin),
    _m_check("wine", OUTER, _estimate_wine),
    _m_check("float32", OUTER, _float32),
    _m_check("nan", BAD_M, _estimate_nan),
    _m_check("fewer-responsibilities", BAD_M, _fewer_shares),
    _fit_check("one-component", FIRST, _fit_one_component),
    _fit_check("one-iteration", RETURNED, _single_iteration),
    _fit_check("two-iterations", LIMIT, _two_iterations),
    _fit_check("wide-ridge", ONCE, _wide_ridge),
    _fit_check("no-tolerance", CONVERGED, _no_tolerance),
    _fit_check("default", LAST, _default, _stops_late),
    _fit_check("bound-near-zero", FIRST, _bound_near_zero),
    _fit_check("loose-tolerance", LAST, _loose),
    _fit_check("tight-tolerance", LAST, _tight, _stops_late),
    _fit_check("off-the-origin", LIKE, _raw_iris),
    _fit_check("iris", LIKE, _data("iris", rows=70, columns=4, k=2)),
    _fit_check("wine", LIKE, _data("wine", rows=80, columns=3, k=3)),
    _fit_check("breast-cancer", LIKE, _data("breast_cancer", rows=80, columns=4, k=2, tol=1e-2)),
    _fit_check("nan", REFUSES, _nan, audit=None),
    _fit_check("other-features", REFUSES, _other_features, audit=None),
    _fit_check("weights-sum-to-half", REFUSES, _bad_weights([0.25, 0.25]), audit=None),
    _fit_check("indefinite-start", REFUSES, _indefinite, audit=None),
    _fit_check("fewer-rows-than-components", FEW, _too_few, audit=None),
    _fit_check("one-row", FEW, _one_row, audit=None),
    _fit_check("flat", ON_THE_WAY, _flat_column(max_iter=100), audit=None),
    _fit_check("flat-at-the-end", LAST_STEP, _flat_column(max_iter=1), audit=None),
)
