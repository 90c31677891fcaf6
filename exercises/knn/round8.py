"""Checks of round 8: insert, delete and query, on a set that changes.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which accepts every right answer. So no check needs an audit, which
would reject inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Dist, Result, call, whole

from .inputs import lattice
from .judges import live_neighbors

PUT = "put rows into a set that is searched by query"
ANY_ORDER = "ids are numbers of your caller's, in any order"
TWICE = "ValueError where an id is in the set already"
TAKE = "take rows out of the set"
UNKNOWN = "ValueError where an id is not in the set"
NEAREST = "the k rows of the set nearest to q, nearest first, with their distances; exact"
TIES = "rows at equal distance may come in any order, and any of them where not all fit in"
BUDGET = "together ask for at most 400 distances each"
RANGE = "ValueError for k < 1 and for k above the number of rows"

ROUNDS, LIVE, CHANGES, EACH = 12, 1000, 30, 400
"""For the check `counted`: queries, rows in the set, rows that come and go before each query, and distances
allowed for each query, on average. Trees of many sizes need 80 distances a query, one tree and a list of
new rows 110, rows sorted by one column 140. Even with one row in each call, these are at most 1,700 calls
of dist; a case allows 3,000."""


def _steps(rng, plan, table, k, budget=None):
    """Return the steps of a plan such as (10, -3, 0): insert ten rows, delete three, query.

    All rows come from the table; their row numbers are the ids.
    """
    dist = Dist(table, budget)
    unused, live, steps = rng.permutation(len(table)), [], []
    for change in plan:
        # A query leaves the state unchanged, so the state comes from the last step that changed it.
        changing_steps = [i for i, step in enumerate(steps) if step.function != "query"]
        state = Result(changing_steps[-1]) if changing_steps else None
        if change > 0:
            ids, unused = unused[:change], unused[change:]
            live.extend(ids.tolist())
            steps.append(call("insert", state=state, ids=ids, X=table[ids]))
        elif change < 0:
            ids = rng.permutation(live)[:-change]
            live = [i for i in live if i not in set(ids.tolist())]
            steps.append(call("delete", state=state, ids=ids))
        else:
            q = table[rng.integers(len(table))] + rng.choice([-0.25, 0.25], table.shape[1])
            steps.append(call("query", state=state, q=q, k=k, dist=dist))
    return steps


def _whole_numbers(k):
    return lambda rng, plan: _steps(rng, plan, whole(rng, 0, 40, (80, 2)), k)


def _lattice(rng, plan):
    return _steps(rng, plan, lattice(rng, n=80, side=4), k=6)


def _equal_rows(rng, plan):
    return _steps(rng, plan, np.full((80, 2), float(rng.integers(9))), k=5)


def _three_features(rng, plan):
    return _steps(rng, plan, rng.normal(size=(400, 3)), k=6)


def _counted(rng, plan):
    return _steps(rng, plan, rng.normal(size=(LIVE + ROUNDS * CHANGES, 2)), k=5, budget=ROUNDS * EACH)


def _id_inserted_twice(rng):
    X = whole(rng, 0, 40, (5, 2))
    first = call("insert", state=None, ids=np.array([4, 8, 1, 6, 3]), X=X)
    return [first, call("insert", state=Result(0), ids=np.array([9, 8]), X=X[:2] + 1)]


def _unknown_id_deleted(rng):
    X = whole(rng, 0, 40, (5, 2))
    first = call("insert", state=None, ids=np.array([4, 8, 1, 6, 3]), X=X)
    return [first, call("delete", state=Result(0), ids=np.array([6, 7]))]


def _bad_k(k):
    return lambda rng: _steps(rng, plan=(5, -2, 0), table=whole(rng, 0, 40, (5, 2)), k=k)


def _check(name, rule, make, plan):
    # The steps to be judged; the judge needs no expected answers.
    queries = [number for number, change in enumerate(plan) if change == 0]
    return Check(
        f"knn.8/{name}",
        rule,
        lambda rng: make(rng, plan),
        live_neighbors,
        audit=None,
        fetch=queries,
        expects=False,
    )


def _rejected(name, rule, make):
    """Return a check of bad input, which must raise a ValueError; its judge is not called."""
    return Check(f"knn.8/{name}", rule, make, live_neighbors)


CHECKS = (
    _check("insert/one-batch", PUT, _whole_numbers(k=2), plan=(6, 0, 0)),
    _check("insert/two-batches", PUT, _whole_numbers(k=2), plan=(4, 0, 5, 0)),
    _check("insert/one-at-a-time", ANY_ORDER, _whole_numbers(k=1), plan=(1, 0) * 9),
    _check("insert/large-after-small", PUT, _whole_numbers(k=3), plan=(3, 2, 50, 0, 1, 0)),
    _rejected("insert/twice", TWICE, _id_inserted_twice),
    _check("delete/some", TAKE, _whole_numbers(k=2), plan=(9, -3, 0, 0, -2, 0)),
    _check("delete/most", TAKE, _whole_numbers(k=2), plan=(40, -37, 0, 0)),
    _check("delete/all-then-others", TAKE, _whole_numbers(k=3), plan=(12, -12, 5, 0)),
    _rejected("delete/unknown", UNKNOWN, _unknown_id_deleted),
    _check("query/all-rows", NEAREST, _whole_numbers(k=7), plan=(9, -2, 0)),
    _check("query/lattice", TIES, _lattice, plan=(40, 0, -10, 0, 30, 0)),
    _check("query/equal-rows", TIES, _equal_rows, plan=(30, 20, -25, 0)),
    _check("query/mixed", NEAREST, _three_features, (60, *(20, -12, 0) * 15)),
    _check("query/counted", BUDGET, _counted, (*(LIVE // 10,) * 10, *(CHANGES, -CHANGES, 0) * ROUNDS)),
    _rejected("query/no-neighbors", RANGE, _bad_k(k=0)),
    _rejected("query/more-than-left", RANGE, _bad_k(k=4)),
)
