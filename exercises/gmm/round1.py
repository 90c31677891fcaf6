"""Checks of round 1: EM for numbers on a line.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, call, real

from .inputs import shares, weights_of
from .judges import fitted_1d, parameters_1d, shares_only

DIVIDED = "divided by the sum of these products over all components"
PRODUCT = "weights[k] times the normal density"
DENSITY = "the normal density of the number under means[k] and variances[k]"
SUMS = "each row sums to 1"
MEAN_SHARES = "weights are the mean responsibilities of the components"
AVERAGES = "means are averages of x weighted by the responsibilities"
SQUARES = "averages of the squared distance from the new means"
REPEAT = "repeat n_iter times: E-step, then M-step"
BEFORE = "the sum over x of log p(x), by the parameters that iteration t starts from"


def _e_step(x, weights, means, variances):
    arrays = [np.asarray(value, float) for value in (x, weights, means, variances)]
    return call("e_step_1d", **dict(zip(("x", "weights", "means", "variances"), arrays)))


def _two_components(rng):
    low = int(rng.integers(0, 9))
    return _e_step(low + rng.permutation([0, 1, 2]), [0.5, 0.5], [low, low + 2], [1, 1])


def _one_component(rng):
    return _e_step(rng.integers(0, 9, 3), [1.0], [4], [4])


def _equal_components(rng):
    share = int(rng.integers(1, 8)) / 8
    return _e_step(rng.integers(0, 9, 3), [share, 1 - share], [4, 4], [4, 4])


def _other_variances(rng):
    low = int(rng.integers(0, 9))
    return _e_step(low + rng.permutation(4), [0.5, 0.5], [low, low + 2], rng.permutation([1, 4]))


def _more_components(rng):
    return _e_step(rng.integers(0, 9, 2), weights_of(rng, 5), rng.integers(0, 9, 5), rng.integers(1, 5, 5))


def _all_differ(rng):
    x = rng.normal(size=40) * 3
    return _e_step(x, weights_of(rng, 4), rng.normal(size=4) * 3, rng.uniform(0.5, 4, 4))


def _share_iris(rng):
    x = real(rng, "iris", rows=100)[:, 2]  # petal lengths; the means are about those of the three species
    return _e_step(x, weights_of(rng, 3), [1.5, 4.3, 5.6], [0.1, 0.3, 0.4])


def _m_step(x, responsibilities):
    x, responsibilities = np.asarray(x, float), np.asarray(responsibilities, float)
    return call("m_step_1d", x=x, responsibilities=responsibilities)


def _shares_of_0_or_1(rng):
    x = rng.choice(np.arange(0, 20, 2), 4, replace=False)  # even, so that the mean of two is whole
    return _m_step(x, np.eye(2)[rng.permutation([0, 0, 1, 1])])


def _fractional_shares(rng):
    x = rng.choice(np.arange(20), 3, replace=False)
    return _m_step(x, rng.permutation([[0.5, 0.5], [0.25, 0.75], [1, 0]]))


def _one_component_has_all(rng):
    return _m_step(rng.choice(np.arange(20), 4, replace=False), np.ones((4, 1)))


def _estimate_wine(rng):
    return _m_step(real(rng, "wine", rows=120)[:, 0], shares(rng, 120, 4))


def _run(x, weights, means, variances, n_iter):
    step = _e_step(x, weights, means, variances)
    return call("fit_1d", **step.arguments, n_iter=n_iter)


def _fit_one_component(rng):
    x = rng.choice(np.arange(12), 4, replace=False)
    return _run(x, [1.0], [int(rng.integers(12))], [int(rng.integers(1, 4))], n_iter=2)


def _two_groups(rng, n_iter):
    x = rng.permutation(
        np.concatenate([rng.choice(9, 4, replace=False), 8 + rng.choice(9, 5, replace=False)])
    )
    return _run(x, weights_of(rng, 2), [3, 11], [9, 16], n_iter)


def _one_iteration(rng):
    return _two_groups(rng, n_iter=1)


def _two_iterations(rng):
    return _two_groups(rng, n_iter=2)


def _several_iterations(rng):
    return _two_groups(rng, int(rng.integers(4, 8)))


def _fit_iris(rng):
    x = real(rng, "iris", rows=100)[:, 2]  # petal lengths
    return _run(x, weights_of(rng, 2), [1.5, 5.0], [0.5, 0.5], n_iter=10)


def _check(name, rule, make, judge):
    return Check(f"gmm.1/{name}", rule, make, judge)


CHECKS = (
    _check("e_step_1d/one-component", SUMS, _one_component, shares_only),
    _check("e_step_1d/equal-densities", PRODUCT, _equal_components, shares_only),
    _check("e_step_1d/two-components", DIVIDED, _two_components, shares_only),
    _check("e_step_1d/two-variances", DENSITY, _other_variances, shares_only),
    _check("e_step_1d/more-components-than-numbers", SUMS, _more_components, shares_only),
    _check("e_step_1d/all-differ", DENSITY, _all_differ, shares_only),
    _check("e_step_1d/iris", DENSITY, _share_iris, shares_only),
    _check("m_step_1d/one-component", SQUARES, _one_component_has_all, parameters_1d),
    _check("m_step_1d/hard", MEAN_SHARES, _shares_of_0_or_1, parameters_1d),
    _check("m_step_1d/soft", AVERAGES, _fractional_shares, parameters_1d),
    _check("m_step_1d/wine", SQUARES, _estimate_wine, parameters_1d),
    _check("fit_1d/one-component", REPEAT, _fit_one_component, fitted_1d),
    _check("fit_1d/one-iteration", BEFORE, _one_iteration, fitted_1d),
    _check("fit_1d/two-iterations", BEFORE, _two_iterations, fitted_1d),
    _check("fit_1d/several-iterations", REPEAT, _several_iterations, fitted_1d),
    _check("fit_1d/iris", REPEAT, _fit_iris, fitted_1d),
)
