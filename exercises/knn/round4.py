"""Checks of round 4: knn_capped in little memory, topk_update on a stream.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check in
CHECKS joins a rule, an input and a judge, which accepts every right answer. So no check needs an audit, which
would reject inputs on which right answers could differ.
"""

import numpy as np
from mlkata.authoring import Check, Result, apart, call, load, whole

from .inputs import lattice, split
from .judges import neighbors_tightly, top_of_stream
from .stub import TopK

DOES = "do what knn does, by Euclidean distance"
CAP = "in at most max_bytes of memory, the result included"
LINE = "one distance for each row may be too much"
EXACT = "no distance errs by more than 1e-9 of its value, wherever the data lie"
ZERO = "a row equal to the query is at 0"
PIXELS = "Q and X may both hold pixels, uint8 from 0 to 255"
BAD = "ValueError as for knn"
ADD = "add a chunk of a stream to the k smallest distances so far"
LENGTH = "k is the length of the state"
EMPTY = "a chunk may be empty"
ANY_ORDER = "its distances come in any order"
TIES = "equal distances may come in any order, and any of them where not all fit in"
STAYS = "the old state stays as it is"

LEAST = 64 << 10
"""The smallest cap that the contract allows: 64 KiB."""
TABLE = 100 << 10
"""A tenth of the table of distances in the check `table-too-large`: 128 queries, 1,000 rows, 8 bytes each."""


def _search(Q, X, k, max_bytes=LEAST):
    return call("knn_capped", Q=Q, X=X, k=k, max_bytes=max_bytes)


def _few_rows(rng):
    return _search(whole(rng, 0, 20, (2, 1)), apart(rng, 0, 40, n=6), k=3)


def _all_rows(rng):
    return _search(whole(rng, 0, 9, (3, 2)), whole(rng, 0, 9, (7, 2)), k=7)


def _lattice(rng):
    return _search(lattice(rng, n=10, side=6), lattice(rng, n=90, side=6), k=8)


def _pixels(rng):
    colours = np.rint(rng.choice(load("china"), 160, replace=False) * 255).astype(np.uint8)
    return _search(colours[:10], colours[10:], k=4)


def _offset(far):
    def make(rng):
        return _search(rng.normal(size=(8, 3)) + far, rng.normal(size=(90, 3)) + far, k=5)

    return make


def _close_rows(rng):
    # Neighbours lie at 1e-5 of the data's spread: an expanded square has too few digits for their distance.
    X = rng.normal(size=(60, 3)) + 3
    return _search(X[:10] + 1e-5 * rng.normal(size=(10, 3)), X, k=3)


def _on_rows(rng):
    X = rng.normal(size=(60, 3)) + 1e6
    return _search(X[rng.choice(60, 8, replace=False)], X, k=3)


def _at_the_end(rng):
    # The nearest rows come last. Their number is prime, so that the last chunk is not full, whatever its
    # size.
    X = np.sort(rng.uniform(0, 100, (997, 1)), axis=0)
    return _search(100 + rng.uniform(0, 9, (4, 1)), X, k=4)


def _table(rng):
    return _search(rng.normal(size=(128, 3)), rng.normal(size=(1000, 3)), k=5, max_bytes=TABLE)


def _one_query_line(rng):
    # One distance for each row takes 240 kB, nearly four times the cap.
    return _search(rng.normal(size=(3, 1)), rng.normal(size=(30_000, 1)), k=5)


def _many_neighbors(rng):
    # The result takes 64 kB; the contract promises a cap of at least twice as much.
    return _search(rng.normal(size=(20, 2)), rng.normal(size=(300, 2)), k=200, max_bytes=192 << 10)


def _breast_cancer(rng):
    return _search(*split(rng, "breast_cancer", queries=20, rows=200), k=6)


def _bad_k(rng):
    return _search(whole(rng, 0, 9, (2, 2)), whole(rng, 0, 9, (4, 2)), int(rng.choice([0, 5])))


def _nan(rng):
    X = whole(rng, 0, 9, (6, 2))
    X[rng.integers(6), rng.integers(2)] = np.nan
    return _search(whole(rng, 0, 9, (2, 2)), X, k=2)


def _unfilled(k):
    return TopK(np.full(k, np.inf), np.full(k, -1))


def _fold(rng, k, chunks, low=0, high=1000):
    """Return steps that fold chunks of these sizes into the state; distances are low to high - 1."""
    all_indices = rng.permutation(10_000)
    steps, start = [], 0
    for number, size in enumerate(chunks):
        distances = rng.integers(low, high, size).astype(float)
        state = Result(number - 1) if number else _unfilled(k)
        indices = all_indices[start : start + size]
        steps.append(call("topk_update", state=state, distances=distances, indices=indices))
        start += size
    return steps


def _stream(k, chunks, high=1000):
    return lambda rng: _fold(rng, k, chunks, high=high)


def _half_full(rng):
    state = TopK(np.append(np.sort(apart(rng, 0, 9, n=2)[:, 0]), [np.inf, np.inf]), np.array([7, 4, -1, -1]))
    distances = apart(rng, 0, 9, n=3)[:, 0] + 0.5  # none ties with a distance of the state
    return call("topk_update", state=state, distances=distances, indices=rng.permutation([3, 5, 9]))


def _state_used_twice(rng):
    # The second and the third chunk are both added to the first state. The second has the smaller
    # distances (even below 0), so a `topk_update` that changed the first state in place would give them to
    # the third answer.
    first, second, third = _fold(rng, k=3, chunks=(4, 3, 3))
    small = call("topk_update", **(second.arguments | {"distances": second.arguments["distances"] - 2000}))
    return [first, small, call("topk_update", **(third.arguments | {"state": Result(0)}))]


def _capped(name, rule, make, *, hostile=False):
    """Return a check; a hostile one shuffles the k smallest in np.argpartition's result, as numpy may."""
    return Check(f"knn.4/knn_capped/{name}", rule, make, neighbors_tightly, hostile=hostile)


def _top(name, rule, make, *, hostile=False):
    """Return a check as `_capped` does; its judge needs no expected answer."""
    return Check(f"knn.4/topk_update/{name}", rule, make, top_of_stream, expects=False, hostile=hostile)


CHECKS = (
    _capped("few-rows", DOES, _few_rows),
    _capped("all-rows", DOES, _all_rows),
    _capped("lattice", DOES, _lattice, hostile=True),
    _capped("pixels", PIXELS, _pixels),
    _capped("offset", EXACT, _offset(far=1e8)),
    _capped("close-rows", EXACT, _close_rows),
    _capped("on-rows", ZERO, _on_rows),
    _capped("nearest-at-the-end", DOES, _at_the_end),
    _capped("breast-cancer", EXACT, _breast_cancer),
    _capped("many-neighbors", CAP, _many_neighbors),
    _capped("table-too-large", CAP, _table),
    _capped("line-too-large", LINE, _one_query_line),
    _capped("bad-k", BAD, _bad_k),
    _capped("nan", BAD, _nan),
    _top("half-full", ADD, _half_full),
    _top("one-chunk", ANY_ORDER, _stream(k=3, chunks=(7,))),
    _top("too-few", LENGTH, _stream(k=5, chunks=(2, 1))),
    _top("empty-chunk", EMPTY, _stream(k=3, chunks=(4, 0, 3, 0))),
    _top("many-chunks", ADD, _stream(k=4, chunks=(3, 5, 1, 8, 2, 6))),
    _top("one-at-a-time", ADD, _stream(k=2, chunks=(1,) * 12)),
    _top("ties", TIES, _stream(k=5, chunks=(6, 6, 6), high=4)),
    _top("legal-argpartition", ADD, _stream(k=20, chunks=(30, 40, 50)), hostile=True),
    _top("state-used-twice", STAYS, _state_used_twice),
)
