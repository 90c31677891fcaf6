"""How a function's cost grows is measured in a worker: one size varies, the others stay fixed.

The track is the miniature one of tests/miniature, with its functions `double` and `pair`.
"""

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
    return x.argmax(axis=1), np.zeros((k, x.shape[1]))
"""


def rows(rng, n):
    """Return the arguments of `double`: n numbers."""
    return {"x": rng.uniform(size=n)}


@pytest.fixture(scope="module", autouse=True)
def patience():
    """End no sweep because of a slow call: on a busy machine even a short call may take half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "LONGEST", math.inf)
        yield


# The sizes of n are the lowest, the one that is used while another size varies, and the highest.
DOUBLE = Cost("double", time="n", memory="n", sizes={"n": (1 << 12, 1 << 12, 1 << 16)}, make=rows)


@pytest.fixture(scope="module")
def measurement(toy):
    """Return the measured costs of `double`."""
    return cost.measure(toy, Submission("toy.py", RIGHT), DOUBLE, seed=1)


def test_each_size_has_a_curve_of_time_and_one_of_memory(measurement):
    """Sizes go from the lowest to the highest in two steps for each doubling; costs are of one call."""
    assert [curve.what for curve in measurement.curves] == ["time", "memory"]
    for curve in measurement.curves:
        assert curve.sizes == (4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536)
        assert all(0 < value < math.inf for value in curve.costs)


def test_memory_is_what_a_call_allocates_beyond_its_arguments(measurement):
    """The result of `double` has 8 bytes for each number; up to 4 KiB are for objects of Python."""
    _, memory = measurement.curves
    for size, n_bytes in zip(memory.sizes, memory.costs, strict=True):
        assert 8 * size <= n_bytes <= 8 * size + 4096
    assert memory.slope.value == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("text", "finding"), [("n", "agree"), ("n^2", "disagree"), ("1", "disagree")])
def test_claims_about_memory_are_compared_with_the_trace(measurement, text, finding):
    """A claim is wrong if its exponent is one too high or one too low."""
    assert measurement.finding("memory", growth.read_claim(text, ["n"])) == finding


def test_no_size_is_measured_twice():
    """Sizes are 1, 1.5, 2, 3, 4 … times the lowest, rounded to whole numbers: small ones may coincide."""
    short = Cost("double", time="n", memory="n", sizes={"n": (1, 8, 17)}, make=rows)
    assert cost.sizes(short, "n") == [1, 2, 3, 4, 6, 8, 12, 16]


def test_calls_too_short_to_be_timed_prove_nothing(toy, monkeypatch):
    """Below the shortest time the overhead of a call dominates, so no exponent is fitted."""
    monkeypatch.setattr(cost, "SHORTEST", 60.0)  # seconds: longer than any call here
    result = cost.measure(toy, Submission("toy.py", RIGHT), DOUBLE)
    assert result.finding("time", result.good_claims["time"]) is Finding.UNDECIDED
    assert result.finding("memory", result.good_claims["memory"]) is Finding.AGREE


def test_other_sizes_stay_fixed(toy):
    """While one size varies, the others have the values of the track."""
    drawn_sizes = []

    def make(rng, n, k, d):
        drawn_sizes.append((n, k, d))
        return {"x": rng.uniform(size=(n, d)), "k": k}

    sizes = {"n": (8, 16, 128), "k": (2, 3, 32), "d": (4, 4, 4)}
    pair = Cost("pair", time="n*d", memory="k*d", sizes=sizes, make=make)
    curves = cost.measure(toy, Submission("toy.py", RIGHT), pair).curves
    swept = {(n, 3, 4) for n in cost.sizes(pair, "n")} | {(16, k, 4) for k in cost.sizes(pair, "k")}
    assert set(drawn_sizes) == swept | {(16, 3, 4)}
    # For each size, a curve of time is followed by one of memory, with the same fixed sizes.
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
def test_code_that_cannot_be_measured_is_an_error_of_one_line(toy, source, message):
    with pytest.raises(KataError, match=message):
        cost.measure(toy, Submission("toy.py", source), DOUBLE)


def test_a_track_without_costs_names_the_missing_file(toy):
    assert toy.costs == ()
    with pytest.raises(KataError, match=r"toy has no costs to measure: expected .*exercises/toy/costs\.py"):
        cost.find(toy, "double")


def test_a_sweep_ends_before_a_size_that_does_not_fit_into_memory(toy):
    """With more than 10,000 numbers, the function asks for gigabytes.

    The smaller sizes are reported, too few for a finding, and the memory is measured in a new worker.
    """
    more = b"2 * x + np.ones(50_000 * len(x) if len(x) > 10_000 else 1)[0]"
    hungry = RIGHT.replace(b"2 * x", more)
    steep = Cost("double", time="n", memory="n", sizes={"n": (4096, 4096, 1 << 16)}, make=rows)
    result = cost.measure(toy, Submission("toy.py", hungry), steep, seed=1)
    assert [curve.sizes for curve in result.curves] == [(4096, 6144, 8192)] * 2
    assert result.finding("time", growth.read_claim("n", ["n"])) is Finding.UNDECIDED


def test_the_time_is_that_of_the_calls_alone(toy, monkeypatch):
    """The arguments are sent before the clock starts, since sending takes longer as they grow.

    For each measurement the worker gets three messages: `go` with the arguments, `start`, and `fetch`.
    """
    messages = []
    converse = Worker.converse

    def listen(worker, data, **how):
        answer = converse(worker, data, **how)
        header, body = wire.read_frame(data)
        *_, seconds = answer  # the duration of the conversation
        messages.append((header["type"], len(body), seconds))
        return answer

    monkeypatch.setattr(Worker, "converse", listen)
    one_size = replace(DOUBLE, sizes={"n": (4096, 4096, 4096)})
    curve = cost.measure(toy, Submission("toy.py", RIGHT), one_size).curves[0]
    # The first message loads the file; the last two are of the call whose memory is traced.
    kinds = [kind for kind, _, _ in messages[1:-2]]
    # Two calls, to compile and to estimate the duration, come before the measured rounds.
    assert kinds == ["go", "start", "fetch"] * (2 + cost.ROUNDS)
    assert all(size > 8 * 4096 for kind, size, _ in messages if kind == "go")
    assert all(size == 0 for kind, size, _ in messages if kind == "start")
    measured = [seconds for kind, _, seconds in messages[1:-2] if kind == "start"][2:]
    assert curve.costs[0] <= min(measured)
