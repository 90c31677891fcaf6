"""Time each track's solutions (naive, reference, loops, fast) beside scikit-learn, and verify their answers.

    pytest benchmarks
    pytest benchmarks -k "knn and fast"
    pytest benchmarks --benchmark-json=now.json      # for pytest-benchmark compare

This is a quick check while you work on a solution: all calls run in one process, one after the other. `kata
bench` is the full comparison, in which implementations take turns, each in a process of its own. A row (of a
track's rows.py) is one call on one data set.
"""

from functools import cache

import pytest
from mlkata.bench import peers
from mlkata.tracks import catalogue
from mlkata.tracks.rows import BASELINE, OURS

LARGE = "kmeans/fit/china-float64"
"""A row with a large input: k-means of the 273,280 pixels of a photograph."""
LADDERS = [row for track in catalogue.find().values() for row in track.rows if row.ours == OURS]
"""The rows on which all four solutions of a track are compared."""
CALLS = [
    pytest.param(row, name, id=f"{row.id}-{name}")
    for row in (*LADDERS, peers.row(LARGE))
    for name in (BASELINE, *row.ours)
]
ROUNDS = 5
SLOW = ("naive",)
"""Solutions that are timed once and without a warm-up: pure Python takes seconds."""


@cache
def arguments(row_id):
    """Return the input of a row, made once."""
    return peers.row(row_id).make()


@cache
def expected(row_id):
    """Return scikit-learn's answer for a row."""
    row = peers.row(row_id)
    return row.summary(peers.load(row.track, BASELINE).prepare(row, arguments(row_id))())


@pytest.mark.filterwarnings("ignore:Best performing initialization")  # EM is stopped after 20 iterations
@pytest.mark.parametrize(("row", "name"), CALLS)
def test_row(benchmark, row, name):
    """Time calls one by one, and verify each answer before the next call. The first call is not counted."""
    call = peers.load(row.track, name).prepare(row, arguments(row.id))
    answers = []

    def once():
        answers.append(call())

    def verify():
        message = row.differs(row.summary(answers.pop()), expected(row.id))
        assert not message, f"{name}: {message}"

    benchmark.group = f"{row.track}: {row.title}"
    benchmark.name = name
    benchmark.pedantic(
        once,
        teardown=verify,
        rounds=1 if name in SLOW else ROUNDS,
        warmup_rounds=0 if name in SLOW else 1,
    )
    while answers:  # if timing is off (-n, --benchmark-disable), pytest-benchmark calls no teardown
        verify()
