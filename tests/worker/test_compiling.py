"""Where a source names numba, a function may take longer: it compiles, and not only when first called."""

import numpy as np
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits
from support import case_of

SOURCE = """
import time
{names}

def double(x):
    ends = time.process_time() + (1.5 if len(x) > 8 else 0)  # as if larger input compiled another kernel
    while time.process_time() < ends:
        pass
    return 2 * x
"""
SMALL, LARGE = (case_of(call("double", x=np.ones(size))) for size in (4, 16))


def kinds(runner, monkeypatch, names):
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.5)
    monkeypatch.setattr(limits, "NUMBA_SECONDS", 2.6)
    one = runner(SOURCE.format(names=names))
    return [one.answer(case).kind for case in (SMALL, LARGE, LARGE, LARGE)]


def test_a_larger_input_may_compile_another_kernel(runner, monkeypatch):
    """Some seconds more in all: a second each for two calls, and too little for the third."""
    found = kinds(runner, monkeypatch, "import numba")
    assert found == [Kind.VALUE, Kind.VALUE, Kind.VALUE, Kind.TIMEOUT]


def test_without_numba_nothing_is_compiled(runner, monkeypatch):
    """The usual seconds, for every call."""
    found = kinds(runner, monkeypatch, "import math")
    assert found == [Kind.VALUE, Kind.TIMEOUT, Kind.TIMEOUT, Kind.TIMEOUT]
