"""A submission that names numba gets more CPU time for compiling, also after its first call (`Runner`)."""

import numpy as np
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits
from support import case_of

# A large input takes 1.5 CPU seconds, as if numba compiled another kernel for it. Only the import line
# may name numba.
SOURCE = """
import time
{import_line}

def double(x):
    ends = time.process_time() + (1.5 if len(x) > 8 else 0)
    while time.process_time() < ends:
        pass
    return 2 * x
"""
SMALL, LARGE = (case_of(call("double", x=np.ones(size))) for size in (4, 16))


def kinds(runner, monkeypatch, import_line):
    """Return the kinds of the answers to a small and three large inputs, under lower limits."""
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.5)
    monkeypatch.setattr(limits, "NUMBA_SECONDS", 2.6)
    monkeypatch.setattr(limits, "WALL_FACTOR", 100)  # only CPU time matters here
    submission = runner(SOURCE.format(import_line=import_line))
    return [submission.answer(case).kind for case in (SMALL, LARGE, LARGE, LARGE)]


def test_the_compile_time_may_be_spent_on_several_calls(runner, monkeypatch):
    """A large input takes 1.5 s, 1 s above the limit: 2.6 s in addition are enough for two such calls."""
    answers = kinds(runner, monkeypatch, "import numba")
    assert answers == [Kind.VALUE, Kind.VALUE, Kind.VALUE, Kind.TIMEOUT]


def test_without_numba_there_is_no_compile_time(runner, monkeypatch):
    """The third call is not run, after two timeouts."""
    answers = kinds(runner, monkeypatch, "import math")
    assert answers == [Kind.VALUE, Kind.TIMEOUT, Kind.TIMEOUT, Kind.TIMEOUT]
