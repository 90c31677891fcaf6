"""Checks of round 5: m_step and fit again, on degenerate data.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, clouds, real, rows_of, whole

from .audits import em, settled
from .inputs import shares, start, weights_of
from .judges import fitted, parameters

GONE = "a component that no row belongs to gets weight 0, mean 0 and a covariance of reg_covar"
FINE = "constant columns and equal rows are no error"
DEAD = "a component that no row belongs to ends as in `m_step`, and the others go on"
TWINS = "components that start with equal means and covariances keep them equal"
FALLING = "differs from that of the iteration before by less than tol, up or down"
LIKE = "just as scikit-learn's GaussianMixture does"
ON_THE_WAY = "a covariance that is not positive definite on the way"


def _component_without_rows(rng):
    responsibilities = np.zeros((5, 3))
    responsibilities[np.arange(5), rng.permutation([0, 0, 2, 2, 2])] = 1.0
    X = whole(rng, 1, 9, (5, 2))
    return call("m_step", X=X, responsibilities=responsibilities, reg_covar=float(rng.integers(1, 4)) / 4)


def _component_nearly_without_rows(rng):
    # 1e-250 is far below 10 eps, so the third component ends like one without rows.
    responsibilities = np.column_stack([shares(rng, 5, 2), np.full(5, 1e-250)])
    return call("m_step", X=whole(rng, 1, 9, (5, 2)), responsibilities=responsibilities, reg_covar=0.25)


def _run(rng, X, k, **changes):
    """Return a call of `fit` from a random start; `changes` replace parts of the start, or are options."""
    arguments = start(rng, X, k)
    options = {name: changes.pop(name) for name in tuple(changes) if name not in arguments}
    return call("fit", **{**arguments, **changes}, **options)


def _equal_rows(rng):
    return _run(rng, np.repeat(whole(rng, 1, 9, (1, 2)), 4, axis=0), k=1)


def _constant_column(rng):
    X = clouds(rng, k=2, size=8, d=3, distance=5.0)
    X[:, int(rng.integers(3))] = float(rng.integers(-3, 4))
    return _run(rng, X, k=2)


def _on_a_line(rng):
    t = np.concatenate([rng.normal(size=8), rng.normal(size=8) + 4])
    return _run(rng, rng.permutation(t)[:, None] * np.array([1.0, -2.0, 0.5]) / 2, k=2)


def _copied_rows(rng):
    distinct = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]) + whole(rng, 0, 3, (1, 2))
    X = rng.permutation(np.repeat(distinct, [5, 4, 3], axis=0))
    return _run(
        rng, X, k=3, means=distinct + rng.normal(size=(3, 2)) / 8, covariances=np.stack([np.eye(2)] * 3)
    )


def _fewer_distinct_rows(rng):
    distinct = np.array([[0.0, 0.0], [6.0, 1.0]]) + whole(rng, 1, 3, (1, 2))
    X = rng.permutation(np.repeat(distinct, 4, axis=0))
    means = distinct[[0, 1, int(rng.integers(2))]] + rng.normal(size=(3, 2)) / 8
    return _run(rng, X, k=3, means=means, covariances=np.stack([np.eye(2)] * 3))


def _weight_0(rng):
    # Rows lie off the origin, where the mean of a component without rows ends.
    X = clouds(rng, k=2, size=8, d=2) + 20
    return _run(rng, X, k=3, weights=rng.permutation([0.0, 0.5, 0.5]))


def _far_start(rng):
    X = clouds(rng, k=2, size=8, d=2) + 20
    means = rows_of(rng, X, 3)
    means[int(rng.integers(3))] = 1e6
    return _run(rng, X, k=3, means=means, covariances=np.stack([np.eye(2)] * 3))


def _outlier(rng):
    X = clouds(rng, k=2, size=10, d=2, distance=5.0)
    X[int(rng.integers(20))] = [1e3, -1e3]
    return _run(rng, X, k=2, reg_covar=1e-2)


def _as_many_components_as_rows(rng):
    X = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 7.0], [9.0, 9.0]]) + rng.normal(size=(4, 2)) / 8
    return _run(rng, X, k=4, means=rng.permutation(X), covariances=np.stack([np.eye(2)] * 4))


def _equal_components(rng):
    X = clouds(rng, k=2, size=10, d=2, distance=4.0)
    mean = rows_of(rng, X, 1)
    return _run(rng, X, k=2, means=np.repeat(mean, 2, axis=0), tol=1e-2)


def _start_at_optimum(rng):
    # The start is the optimum for reg_covar=0. So adding reg_covar lowers the bound.
    X = rng.normal(size=(20, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    best = {"means": X.mean(axis=0)[None], "covariances": np.cov(X.T, ddof=0)[None]}
    return _run(rng, X, k=1, **best, reg_covar=float(rng.choice([0.25, 0.5])))


def _two_start_at_optimum(rng):
    # As above: the two clouds lie so far apart that their means and covariances are the optimum, or nearly.
    X = clouds(rng, k=2, size=10, d=2, distance=12.0)
    near = X[:, 0] < 6
    parts = [X[near], X[~near]]
    best = {
        "weights": np.array([0.5, 0.5]),
        "means": np.stack([part.mean(axis=0) for part in parts]),
        "covariances": np.stack([np.cov(part.T, ddof=0) for part in parts]),
    }
    return _run(rng, X, k=2, **best, reg_covar=0.5)


def _digits(rng):
    X = real(rng, "digits", rows=60, columns=14) / 16  # pixels are 0 to 16; the first column is constant
    return _run(rng, X, k=2, weights=weights_of(rng, 2), tol=1e-2)


def _flat_column(rng):
    X = np.column_stack([clouds(rng, k=2, size=6, d=1), np.zeros(12)])
    return _run(rng, X, k=2, reg_covar=0.0)


def _bound_falls(steps: Steps) -> bool:
    """Return whether the bound falls by more than twice the default tol, and EM continues after that."""
    arguments = steps[0].arguments
    changes = np.diff(em(arguments).bounds)
    return bool((changes[:-1] < -2e-3).any()) and settled(steps)


def _m_check(name, rule, make):
    return Check(f"gmm.5/m_step/{name}", rule, make, parameters)


def _fit_check(name, rule, make, audit=settled):
    return Check(f"gmm.5/fit/{name}", rule, make, fitted, audit)


CHECKS = (
    _m_check("nobody", GONE, _component_without_rows),
    _m_check("nearly-nobody", GONE, _component_nearly_without_rows),
    _fit_check("equal-rows", FINE, _equal_rows),
    _fit_check("constant-column", FINE, _constant_column),
    _fit_check("on-a-line", FINE, _on_a_line),
    _fit_check("copies", FINE, _copied_rows),
    _fit_check("fewer-places-than-components", FINE, _fewer_distinct_rows),
    _fit_check("weight-0", DEAD, _weight_0),
    _fit_check("far-start", DEAD, _far_start),
    _fit_check("outlier", LIKE, _outlier),
    _fit_check("as-many-components-as-rows", LIKE, _as_many_components_as_rows),
    _fit_check("equal-components", TWINS, _equal_components),
    _fit_check("falling-bound", FALLING, _start_at_optimum, _bound_falls),
    _fit_check("falling-bound-of-two", FALLING, _two_start_at_optimum, _bound_falls),
    _fit_check("digits", FINE, _digits),
    _fit_check("flat", ON_THE_WAY, _flat_column, audit=None),
)
