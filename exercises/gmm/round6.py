"""Checks of round 6: fit for every covariance type, bic, and select.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Rng, call, clouds, rows_of, same_again, whole

from .audits import settled
from .inputs import covariance, standard, start, weights_of
from .judges import best_bic, bic_only, fitted

SHARED = {  # what each type of covariance means
    "tied": "the average of the full ones by weight",
    "diag": '"diag": only variances',
    "spherical": "one variance for each component, (n_components,), the mean over its features",
}
EVERY = "reg_covar is added to every variance"
MOVED = "moving the data, by 1e6 say, moves the means and nothing else"
LIKE = "just as scikit-learn's GaussianMixture does"
TYPE = "an unknown covariance_type, or covariances in the shape of another, raise ValueError"
ON_THE_WAY = "a covariance that is not positive definite on the way"
SUMMED = "-2 times the log-likelihood, summed over the rows"
FREE = "plus log(n_samples) for each free number of the model"
MATRIX = "a symmetric matrix counts n_features * (n_features + 1) / 2"
FOLLOWS = "the last one follows from the others"
LOWEST = "return the one with the lowest BIC"
PAIRS = "for each k and each covariance type"
FROM_RNG = "all randomness comes from rng"
RANGE = "ValueError if a k is less than 1 or more than n_samples"
UNKNOWN = "a covariance type is unknown"
TYPES = ("tied", "diag", "spherical")


def _run(rng, X, k, kind, **options):
    return call("fit", **start(rng, X, k, kind), **options, covariance_type=kind)


def _stretched_clouds(rng, size=10):
    return clouds(rng, k=2, size=size, d=2, distance=4.0) * np.array([1.0, 2.0])


def _one_iteration(kind):
    return lambda rng: _run(rng, whole(rng, 0, 9, (6, 2)), 2, kind, max_iter=1)


def _two_clouds(kind):
    return lambda rng: _run(rng, _stretched_clouds(rng), 2, kind)


def _large_reg_covar(kind):
    return lambda rng: _run(rng, _stretched_clouds(rng), 2, kind, reg_covar=0.5, max_iter=4, tol=0.0)


def _iris(kind):
    return lambda rng: _run(rng, standard(rng, "iris", rows=70, columns=4), 3, kind)


def _wine(kind):
    return lambda rng: _run(rng, standard(rng, "wine", rows=70, columns=6), 2, kind, tol=1e-2)


def _moved(kind):
    def make(rng):
        arguments = start(rng, _stretched_clouds(rng), 2, kind)
        far = 1e6 * np.array([1.0, -2.0])
        arguments |= {"X": arguments["X"] + far, "means": arguments["means"] + far}
        return call("fit", **arguments, covariance_type=kind)

    return make


def _spherical_constant_column(rng):
    # The mean of the variances over the features is positive, although one of them is 0.
    X = np.column_stack([rng.permutation(12).astype(float), np.zeros(12)])
    return _run(rng, X, 2, "spherical", reg_covar=0.0, max_iter=5)


def _diag_constant_column(rng):
    X = np.column_stack([rng.permutation(9).astype(float), np.zeros(9)])
    return _run(rng, X, 1, "diag", reg_covar=0.0)


def _other_shape(kind, other_kind):
    def make(rng):
        # With 3 components and 2 features no two types have the same shape.
        return call("fit", **start(rng, _stretched_clouds(rng), 3, other_kind), covariance_type=kind)

    return make


def _unknown_fit(rng):
    return call("fit", **start(rng, _stretched_clouds(rng), 2), covariance_type="round")


def _bic(rng, X, k, kind):
    d = X.shape[1]
    shaped = {
        "full": np.stack([covariance(rng, d) for _ in range(k)]),
        "tied": covariance(rng, d),
        "diag": rng.uniform(0.5, 2, (k, d)),
        "spherical": rng.uniform(0.5, 2, k),
    }
    means = rows_of(rng, X, k)
    return call(
        "bic", X=X, weights=weights_of(rng, k), means=means, covariances=shaped[kind], covariance_type=kind
    )


def _one_feature(rng):
    return _bic(rng, whole(rng, 0, 9, (4, 1)), 1, "full")


def _one_component(rng):
    return _bic(rng, whole(rng, 0, 9, (5, 3)), 1, "full")


def _four_components(kind):
    return lambda rng: _bic(rng, standard(rng, "wine", rows=int(rng.integers(20, 60)), columns=3), 4, kind)


def _unknown_bic(rng):
    arguments = dict(_bic(rng, whole(rng, 0, 9, (4, 2)), 2, "full").arguments)
    return call("bic", **{**arguments, "covariance_type": "round"})


def _bic_of_another(rng):
    arguments = dict(_bic(rng, whole(rng, 0, 9, (4, 2)), 3, "spherical").arguments)
    return call("bic", **{**arguments, "covariance_type": "diag"})


def _groups(rng, sizes, shapes):
    """Return groups of rows that lie 25 apart, each made by its own matrix (d, d): (n, d)."""
    d = len(shapes[0])
    centres = 25.0 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]], float)[: len(sizes)]
    centres = np.column_stack([centres, np.zeros((len(sizes), d - 2))])
    parts = [centre + rng.normal(size=(n, d)) @ A for centre, n, A in zip(centres, sizes, shapes)]
    return rng.permutation(np.vstack(parts))


def _select(rng, X, ks, kinds):
    seed = int(rng.integers(2**62))
    return call("select", X=X, ks=list(ks), covariance_types=list(kinds), rng=Rng(seed))


def _one_pair(rng):
    return _select(rng, _groups(rng, [15, 15], [np.eye(2)] * 2), [2], ["full"])


def _how_many(rng):
    return _select(rng, _groups(rng, [18, 15, 12], [np.eye(2)] * 3), [1, 2, 3, 5], ["spherical"])


def _fewer_is_better(rng):
    return _select(rng, _groups(rng, [20, 20], [np.eye(2)] * 2), [5, 2], ["diag"])


def _one_shape(rng):
    A = np.array([[3.0, 0.0], [2.5, 0.6]])
    return _select(rng, _groups(rng, [12, 12, 12], [A] * 3), [2, 3], ["full", "tied", "spherical"])


def _own_axes(rng):
    shapes = [np.diag([4.0, 0.5, 1.0]), np.diag([0.5, 4.0, 2.0])]
    return _select(rng, _groups(rng, [20, 20], shapes), [1, 2], ["full", "diag", "spherical"])


def _own_sizes(rng):
    shapes = [np.eye(3), 4 * np.eye(3)]
    return _select(rng, _groups(rng, [20, 20], shapes), [2], ["tied", "diag", "spherical"])


def _own_directions(rng):
    A = np.array([[3.0, 3.0], [-0.4, 0.4]])
    shapes = [A, A * np.array([1.0, -1.0])]
    return _select(rng, _groups(rng, [25, 25], shapes), [1, 2], ["spherical", "tied", "full"])


def _same_state(rng):
    # In a single cloud five components end differently from different starts, so the generator matters.
    step = _select(rng, rng.normal(size=(40, 2)), [5], ["diag"])
    return [step, step]


def _bad_select(**changes):
    def make(rng):
        arguments = dict(_select(rng, whole(rng, 0, 9, (6, 2)), [2], ["full"]).arguments)
        return call("select", **{**arguments, **changes})

    return make


def _fit_check(name, rule, make, audit=settled):
    return Check(f"gmm.6/fit/{name}", rule, make, fitted, audit)


def _bic_check(name, rule, make):
    return Check(f"gmm.6/bic/{name}", rule, make, bic_only)


def _select_check(name, rule, make):
    return Check(f"gmm.6/select/{name}", rule, make, best_bic)


CHECKS = (
    *(_fit_check(f"{kind}-one-iteration", SHARED[kind], _one_iteration(kind)) for kind in TYPES),
    *(_fit_check(f"{kind}-ridge", EVERY, _large_reg_covar(kind)) for kind in TYPES),
    *(_fit_check(f"{kind}-two-clouds", SHARED[kind], _two_clouds(kind)) for kind in TYPES),
    *(_fit_check(f"{kind}-iris", LIKE, _iris(kind)) for kind in TYPES),
    *(_fit_check(f"{kind}-wine", LIKE, _wine(kind)) for kind in TYPES),
    _fit_check("spherical-constant-column", SHARED["spherical"], _spherical_constant_column),
    *(_fit_check(f"{kind}-moved", MOVED, _moved(kind)) for kind in (*TYPES, "full")),
    _fit_check("diag-flat", ON_THE_WAY, _diag_constant_column, audit=None),
    _fit_check("unknown-type", TYPE, _unknown_fit, audit=None),
    _fit_check("diag-given-spherical", TYPE, _other_shape(kind="diag", other_kind="spherical"), audit=None),
    _fit_check("full-given-tied", TYPE, _other_shape(kind="full", other_kind="tied"), audit=None),
    _bic_check("one-feature", SUMMED, _one_feature),
    _bic_check("one-component", MATRIX, _one_component),
    _bic_check("full", FOLLOWS, _four_components("full")),
    *(_bic_check(kind, FREE, _four_components(kind)) for kind in TYPES),
    _bic_check("unknown-type", TYPE, _unknown_bic),
    _bic_check("diag-given-spherical", TYPE, _bic_of_another),
    _select_check("one-pair", LOWEST, _one_pair),
    _select_check("how-many", LOWEST, _how_many),
    _select_check("fewer-is-better", LOWEST, _fewer_is_better),
    _select_check("one-shape", PAIRS, _one_shape),
    _select_check("own-axes", PAIRS, _own_axes),
    _select_check("own-sizes", PAIRS, _own_sizes),
    _select_check("own-directions", PAIRS, _own_directions),
    Check("gmm.6/select/same-state", FROM_RNG, _same_state, same_again, fetch=None, expects=False),
    _select_check("k-0", RANGE, _bad_select(ks=[2, 0])),
    _select_check("more-than-rows", RANGE, _bad_select(ks=[2, 7])),  # of 6 rows
    _select_check("unknown-type", UNKNOWN, _bad_select(covariance_types=["round"])),
)
