"""Checks of round 9: compress, rank.

The round is open: `rank/digits` gives a score (recall) and a cost (bytes), the other checks test what every
answer must satisfy. The constants quote rules of stub.py word for word.
"""

import numpy as np
from mlkata.authoring import Check, Result, Rng, Score, call, same_again, whole

from .inputs import split
from .judges import ranked_recall, ranked_rows

LINE = "codes has a line for each row"
FROM_RNG = "all randomness comes from rng"
DIFFERENT = "k different rows for each query"
OPEN = "as many as possible of the true k nearest, from as few bytes as possible"

QUERIES, ROWS = 30, 1700
"""Of scikit-learn's digits, which have 1,797 rows."""


def _steps(rng, X, Q, k):
    return [
        call("compress", X=X, rng=Rng(int(rng.integers(2**62)))),
        call("rank", codes=Result(0), Q=Q, k=k),
    ]


def _few_rows(rng):
    return _steps(rng, whole(rng, 0, 30, (5, 3)), whole(rng, 0, 30, (2, 3)), k=2)


def _all_rows(rng):
    return _steps(rng, whole(rng, 0, 30, (40, 6)), whole(rng, 0, 30, (3, 6)), k=40)


def _equal_rows(rng):
    return _steps(rng, np.full((30, 4), float(rng.integers(9))), whole(rng, 0, 9, (3, 4)), k=7)


def _same_state(rng):
    first, second = _steps(rng, rng.normal(size=(200, 8)), rng.normal(size=(3, 8)), k=10)
    return [first, first, second, call("rank", **(second.arguments | {"codes": Result(1)}))]


def _digits(rng):
    Q, X = split(rng, "digits", queries=QUERIES, rows=ROWS)
    return _steps(rng, X, Q, k=10)


def _recall_and_bytes(steps, answer):
    codes, _ = answer.values
    size = codes.codes.nbytes + codes.book.nbytes
    return Score(ranked_recall(steps, answer.values), size / len(steps[0].arguments["X"]))


def _check(name, rule, make, score=None):
    # With fetch=None the judge gets the results of all steps: the codes, and the indices from `rank`. It
    # needs no expected answer.
    return Check(f"knn.9/{name}", rule, make, ranked_rows, audit=None, fetch=None, expects=False, score=score)


CHECKS = (
    _check("compress/few-rows", LINE, _few_rows),
    Check(
        "knn.9/compress/same-state",
        FROM_RNG,
        _same_state,
        same_again,
        audit=None,
        fetch=(2, 3),
        expects=False,
    ),
    _check("rank/all-rows", DIFFERENT, _all_rows),
    _check("rank/equal-rows", DIFFERENT, _equal_rows),
    _check("rank/digits", OPEN, _digits, _recall_and_bytes),
)
