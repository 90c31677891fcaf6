"""Measuring what a call costs: in a worker, one size after the other."""

import math
from dataclasses import replace

import pytest
from mlkata.bench import cost, growth
from mlkata.bench.growth import Finding
from mlkata.tracks.model import Cost, KataError
from mlkata.worker import wire
from mlkata.worker.parent import Worker
from mlkata.worker.runner import Submission

RIGHT = b"""
import numpy as np

def double(x):
    return 2 * x

def pair(x, k=2):
    return x.argmax(axis=0), np.zeros((k, x.shape[1]))
"""


def rows(rng, n):
    return {"x": rng.uniform(size=n)}


DOUBLE = Cost("double", time="n", memory="n", sizes={"n": (1 << 12, 1 << 12, 1 << 16)}, make=rows)


@pytest.fixture(scope="module")
def measurement(toy):
    return cost.measure(toy, Submission("toy.py", RIGHT), DOUBLE, seed=1)


def test_each_size_has_a_curve_of_time_and_one_of_memory(measurement):
    """A doubling takes two steps from the lowest size to the highest; costs are of one call."""
    assert [curve.what for curve in measurement.curves] == ["time", "memory"]
    for curve in measurement.curves:
        assert curve.sizes == (4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536)
        assert all(0 < one < math.inf for one in curve.costs)


def test_memory_is_what_a_call_takes_beyond_its_arguments(measurement):
    """Twice x is another 8 bytes a number, and little besides."""
    memory = measurement.curves[1]
    for size, taken in zip(memory.sizes, memory.costs, strict=True):
        assert 8 * size <= taken <= 8 * size + 4096
    assert memory.slope.value == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("text", "finding"), [("n", "agree"), ("n^2", "disagree"), ("1", "disagree")])
def test_claims_about_memory_are_held_against_the_trace(measurement, text, finding):
    """Off by one in either direction is wrong."""
    assert measurement.finding("memory", growth.read_claim(text, ["n"])) == finding


def test_no_size_comes_twice():
    """Small sizes are rounded, and each is measured once."""
    short = Cost("double", time="n", memory="n", sizes={"n": (1, 8, 17)}, make=rows)
    assert cost.sizes(short, "n") == [1, 2, 3, 4, 6, 8, 12, 16]


def test_calls_too_short_to_be_timed_prove_nothing(toy, monkeypatch):
    """What any call costs is no growth: no exponent is fitted to times below the shortest."""
    monkeypatch.setattr(cost, "SHORTEST", 60.0)
    found = cost.measure(toy, Submission("toy.py", RIGHT), DOUBLE)
    assert found.finding("time", found.good["time"]) is Finding.UNDECIDED
    assert found.finding("memory", found.good["memory"]) is Finding.AGREE


def test_other_sizes_stay_fixed(toy):
    """While one is swept the others have the value that the track gives them."""
    seen = []

    def make(rng, n, k, d):
        seen.append((n, k, d))
        return {"x": rng.uniform(size=(n, d)), "k": k}

    sizes = {"n": (8, 16, 128), "k": (2, 3, 32), "d": (4, 4, 4)}
    one = Cost("pair", time="n*d", memory="k*d", sizes=sizes, make=make)
    source = RIGHT.replace(b"argmax(axis=0)", b"argmax(axis=1)")
    curves = cost.measure(toy, Submission("toy.py", source), one).curves
    swept = {(n, 3, 4) for n in cost.sizes(one, "n")} | {(16, k, 4) for k in cost.sizes(one, "k")}
    assert set(seen) == swept | {(16, 3, 4)}
    assert [dict(curve.fixed) for curve in curves[::2]] == [
        {"k": 3, "d": 4},
        {"n": 16, "d": 4},
        {"n": 16, "k": 3},
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"def double(x):\n    raise NotImplementedError\n", "double is not solved yet"),
        (b"import numpy\n", "double is not solved yet"),
        (b"def double(x):\n    return x[:-1]\n", "double cannot be measured at n = 4,096: .*shape"),
        (b"def double(x)\n", "toy.py cannot be measured: .*line 1"),
    ],
)
def test_what_does_not_run_is_said_in_one_line(toy, source, message):
    """There is nothing to measure where nothing comes back."""
    with pytest.raises(KataError, match=message):
        cost.measure(toy, Submission("toy.py", source), DOUBLE)


def test_a_track_says_what_can_be_measured(toy):
    """A track without costs.py measures nothing."""
    assert toy.costs == ()
    with pytest.raises(KataError, match="toy has no costs to measure: expected"):
        cost.find(toy, "double")


def test_a_sweep_ends_before_what_does_not_fit_into_memory(toy):
    """It says what it could measure, with a worker that is fit for the next sweep."""
    more = b"2 * x + np.ones(50_000 * len(x) if len(x) > 10_000 else 1)[0]"
    hungry = RIGHT.replace(b"2 * x", more)
    steep = Cost("double", time="n", memory="n", sizes={"n": (4096, 4096, 1 << 16)}, make=rows)
    found = cost.measure(toy, Submission("toy.py", hungry), steep, seed=1)
    assert [curve.sizes for curve in found.curves] == [(4096, 6144, 8192)] * 2
    assert found.finding("time", growth.read_claim("n", ["n"])) is Finding.UNDECIDED


def test_the_time_is_that_of_the_calls_alone(toy, monkeypatch):
    """What brings the arguments to the worker grows as they do, and would look like the function's cost."""
    asked = []
    converse = Worker.converse

    def listen(worker, data, **how):
        answer = converse(worker, data, **how)
        header, body = wire.read_frame(data)
        asked.append((header["type"], len(body), answer[2]))
        return answer

    monkeypatch.setattr(Worker, "converse", listen)
    one = replace(DOUBLE, sizes={"n": (4096, 4096, 4096)})
    found = cost.measure(toy, Submission("toy.py", RIGHT), one).curves[0]
    kinds = [kind for kind, _, _ in asked[1:-2]]  # without loading, and the call whose memory is traced
    assert kinds == ["go", "start", "fetch"] * (2 + cost.ROUNDS)
    assert all(size > 8 * 4096 for kind, size, _ in asked if kind == "go")
    assert all(size == 0 for kind, size, _ in asked if kind == "start")
    assert found.costs[0] <= min(seconds for kind, _, seconds in asked if kind == "start")
