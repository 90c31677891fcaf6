"""Checks of round 3: kmeans_plusplus by its distribution, best_of by the quality of its result.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit rejects
inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Rng, Steps, apart, call, clouds, same_again, whole

from .judges import best_partition, best_run, far_from_picked, global_optimum
from .laws import clearly_ranked, law

UNIFORM = "the first pick is uniform"
SQUARED = "proportional to the squared distance to the nearest row already picked"
GREEDY = "leaves the smallest sum of these squared distances"
NEVER = "a row at distance 0 is never picked while another row lies farther"
ANY = "when all lie at distance 0, any row may follow"
FROM_RNG = "all randomness comes from rng"
RANGE = "ValueError if k < 1 or k > n_samples"
LOWEST = "return the run with the lowest inertia"

TRAP = np.array([[0.0], [8.0], [9.0], [12.0], [17.0], [24.0]])
"""Rows on which k-means with k = 3 ends in one of several local optima. From a k-means++ start it ends in
the best one with probability 0.52; the second-best costs 1.48 times as much. If a call makes 24 runs, as it
should, the probability that any of 15 calls misses the best optimum is 3e-7. If each call makes a single
run, the probability that all 15 calls find it is 6e-5."""


def _seeds(rng, number):
    return [Rng(int(seed)) for seed in rng.integers(2**62, size=number)]


def _sample(X, *, k, calls, rng, **options):
    """Return calls of `kmeans_plusplus` on the same rows, each with its own random generator."""
    return [call("kmeans_plusplus", X=X, k=k, rng=seed, **options) for seed in _seeds(rng, calls)]


def _two_rows(rng):
    return _sample(apart(rng, 0, 9, n=2), k=2, calls=8, rng=rng)


def _first_pick(rng):
    return _sample(apart(rng, 0, 40, n=5), k=1, calls=200, rng=rng)


def _second_pick(rng):
    X = np.array([[0.0], [1.0], [2.0], [3.0], [11.0]]) + int(rng.integers(9))
    return _sample(X, k=2, calls=400, rng=rng)


def _third_pick(rng):
    rows = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [6.0, 7.0], [9.0, 1.0]])
    return _sample(rng.permutation(rows) + whole(rng, 0, 9, (2,)), k=3, calls=400, rng=rng)


def _greedy(rng):
    rows = np.array([[0.0], [9.0], [10.0], [14.0], [23.0]])
    X = rng.permutation(rows) + int(rng.integers(9))
    return _sample(X, k=2, calls=300, rng=rng, n_local_trials=3)


def _with_duplicates(rng):
    place = apart(rng, 0, 20, n=3)
    return _sample(rng.permutation(place[[0, 0, 0, 0, 1, 1, 2]]), k=3, calls=60, rng=rng)


def _too_few_distinct(rng):
    place = apart(rng, 0, 20, n=2)
    return _sample(rng.permutation(place[[0, 0, 0, 1]]), k=4, calls=10, rng=rng)


def _all_equal(rng):
    X = np.full((4, 2), float(rng.integers(1, 9)))
    return _sample(X, k=3, calls=5, rng=rng, n_local_trials=2)


def _all_rows(rng):
    return _sample(apart(rng, 0, 90, n=6), k=6, calls=10, rng=rng)


def _same_state(rng):
    X = rng.normal(size=(40, 2))
    seed = int(rng.integers(2**62))
    return [call("kmeans_plusplus", X=X, k=8, rng=Rng(seed)) for _ in range(2)]


def _bad_k(k):
    return lambda rng: _sample(apart(rng, 0, 9, n=3), k=k, calls=1, rng=rng)[0]


def _runs(X, *, k, n_init, calls, rng):
    """Return calls of `best_of` on the same rows, each with its own random generator."""
    return [call("best_of", X=X, k=k, n_init=n_init, rng=seed) for seed in _seeds(rng, calls)]


def _one_run(rng):
    return _runs(rng.uniform(0, 9, (8, 2)), k=1, n_init=2, calls=3, rng=rng)


def _two_groups(rng):
    X = apart(rng, 0, 5, n=3)
    return _runs(rng.permutation(np.vstack([X, X + 100])), k=2, n_init=5, calls=1, rng=rng)


def _local_optima(rng):
    # Each call gets the rows in another order, so that a fixed start does not succeed every time.
    rows = TRAP * int(rng.integers(1, 4)) + int(rng.integers(9))
    return [_runs(rng.permutation(rows), k=3, n_init=24, calls=1, rng=rng)[0] for _ in range(15)]


def _separated(rng):
    return _runs(clouds(rng, k=3, size=20, d=2, distance=30.0), k=3, n_init=8, calls=1, rng=rng)


def _runs_same_state(rng):
    X = rng.normal(size=(40, 2))
    seed = int(rng.integers(2**62))
    return [call("best_of", X=X, k=6, n_init=2, rng=Rng(seed)) for _ in range(2)]


def _bad_best(k):
    return lambda rng: _runs(apart(rng, 0, 9, n=3), k=k, n_init=2, calls=1, rng=rng)[0]


def _ranked(steps: Steps) -> bool:
    """Return whether no two candidates for the second pick are nearly as good as each other."""
    return clearly_ranked(steps[0].arguments["X"])


def _pick_check(name, rule, make, judge=far_from_picked, audit=None, *, expects=False):
    # fetch=None: the judge gets the results of all calls, not only of the last one. expects=False: it needs
    # no expected answer. Bad input has expects=True, since the oracle raises the ValueError that is expected.
    return Check(f"kmeans.3/kmeans_plusplus/{name}", rule, make, judge, audit, fetch=None, expects=expects)


def _best_check(name, rule, make, judge, *, expects=True):
    # fetch=None, as above.
    return Check(f"kmeans.3/best_of/{name}", rule, make, judge, fetch=None, expects=expects)


CHECKS = (
    _pick_check("two-rows", NEVER, _two_rows),
    _pick_check("first-pick", UNIFORM, _first_pick, law(pick=0)),
    _pick_check("second-pick", SQUARED, _second_pick, law(pick=1)),
    _pick_check("third-pick", SQUARED, _third_pick, law(pick=2)),
    _pick_check("greedy", GREEDY, _greedy, law(pick=1), _ranked),
    _pick_check("duplicates", NEVER, _with_duplicates),
    _pick_check("all-rows", NEVER, _all_rows),
    _pick_check("fewer-distinct-rows", ANY, _too_few_distinct),
    _pick_check("equal-rows", ANY, _all_equal),
    _pick_check("same-state", FROM_RNG, _same_state, same_again),
    _pick_check("no-picks", RANGE, _bad_k(0), expects=True),
    _pick_check("more-picks-than-rows", RANGE, _bad_k(4), expects=True),  # of 3 rows
    _best_check("one-cluster", LOWEST, _one_run, best_run),
    _best_check("two-groups", LOWEST, _two_groups, best_partition),
    _best_check("lowest-inertia", LOWEST, _local_optima, global_optimum, expects=False),
    _best_check("separated", LOWEST, _separated, best_partition),
    _best_check("same-state", FROM_RNG, _runs_same_state, same_again, expects=False),
    _best_check("more-clusters-than-rows", RANGE, _bad_best(4), best_run),  # of 3 rows
)
