"""A source that mentions numba gets more time for compiling, also after the first call."""

import numpy as np
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits
from support import case_of

SOURCE = """
import time
{names}

def double(x):
    ends = time.process_time() + (1.5 if len(x) > 8 else 0)  # as if a larger input compiled another kernel
    while time.process_time() < ends:
        pass
    return 2 * x
"""
SMALL, LARGE = (case_of(call("double", x=np.ones(size))) for size in (4, 16))


def kinds(runner, monkeypatch, names):
    """Return the kinds of four answers, to a small and three large inputs, under low limits."""
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.5)
    monkeypatch.setattr(limits, "NUMBA_SECONDS", 2.6)
    submission = runner(SOURCE.format(names=names))
    return [submission.answer(case).kind for case in (SMALL, LARGE, LARGE, LARGE)]


def test_the_compile_time_may_be_spent_on_several_calls(runner, monkeypatch):
    """It is enough for a second each in two calls, but not in a third."""
    answers = kinds(runner, monkeypatch, "import numba")
    assert answers == [Kind.VALUE, Kind.VALUE, Kind.VALUE, Kind.TIMEOUT]


def test_without_numba_there_is_no_compile_time(runner, monkeypatch):
    answers = kinds(runner, monkeypatch, "import math")
    assert answers == [Kind.VALUE, Kind.TIMEOUT, Kind.TIMEOUT, Kind.TIMEOUT]
