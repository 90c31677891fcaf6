"""Calls by way of the kit behave as calls: arguments, results, exceptions, generators and callables."""

import queue
import threading
from collections import namedtuple
from types import ModuleType

import numpy as np
import pytest
from mlkata.worker import remote, wire

SOURCE = """
from typing import NamedTuple
import numpy as np

class Pair(NamedTuple):
    left: np.ndarray
    right: int

class Odd:
    value = 7

def same(x, *, y=None): return x if y is None else y
def spoil(x): x[0] = -1.0
def draw(n, rng): return rng.random(n)
def ask(dist, q): return dist(q, np.array([1, 2]))
def pair(x): return Pair(x, 3)
def left(pair): return pair.left
def odd(): return Odd(), 1
def even(odd): return odd.value + 1
def fail(): raise np.linalg.LinAlgError("singular")
def fail_oddly():
    class Strange(KeyError): pass
    raise Strange("here")
"""
NAMES = ("same", "spoil", "draw", "ask", "pair", "left", "odd", "even", "fail", "fail_oddly")


@pytest.fixture(scope="module")
def made():
    """Both sides, with nothing but frames between them."""
    there, here = queue.Queue(), queue.Queue()

    def ask_back(header, body):
        here.put((header | {"type": "back"}, body))
        return there.get()

    module = ModuleType("made")
    exec(SOURCE, vars(module))  # noqa: S102
    other = remote.RemoteImplementation(module, ask_back)

    def serve():
        while (came := there.get()) is not None:
            here.put(other.call(*came))

    def ask(header, body):
        frame = wire.frame(header, body)
        size = wire.HEAD.unpack(frame[: wire.HEAD.size])[0]
        there.put((wire.read_header(frame[wire.HEAD.size : wire.HEAD.size + size]), body))
        return here.get()

    thread = threading.Thread(target=serve)
    thread.start()
    yield remote.Caller(ask, {"Pair": ["left", "right"]}).module("made", NAMES)
    there.put(None)
    thread.join()


@pytest.mark.parametrize("value", [None, True, 3, 2.5, float("inf"), "text", [1, (2.0, "x")], {"k": [1]}])
def test_plain_values(made, value):
    """By position and by name."""
    assert made.same(value) == value
    assert made.same(0, y=value) == (0 if value is None else value)


def test_arrays_and_records(made):
    """Of the module's own class, on both sides."""
    X = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    found = made.same(X)
    assert found.dtype == X.dtype
    assert found.flags.f_contiguous
    np.testing.assert_array_equal(found, X)
    pair = made.pair(X)
    assert type(pair) is made.Pair
    assert pair.right == 3
    np.testing.assert_array_equal(made.left(pair), X)


def test_what_a_call_does_to_its_arguments(made):
    """An array that is written into is so here; a generator goes on where it was left."""
    X = np.ones(3)
    made.spoil(X)
    assert X.tolist() == [-1.0, 1.0, 1.0]
    rng, twin = np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(2):
        np.testing.assert_array_equal(made.draw(4, rng), twin.random(4))


def test_callables(made):
    """They are called here, and what they raise arrives there and comes back."""
    assert made.ask(lambda q, ids: ids * q, np.array([2.0, 3.0])).tolist() == [2.0, 6.0]
    with pytest.raises(ZeroDivisionError):
        made.ask(lambda q, ids: 1 // 0, np.zeros(2))


def test_what_does_not_travel(made):
    """It stays where it was made, or is refused."""
    odd, one = made.odd()
    assert one == 1
    assert made.even(odd) == 8
    with pytest.raises(TypeError, match="same cannot be passed a set when tests are graded"):
        made.same({1})


def test_a_record_calls_nothing(made):
    """A named tuple that is called like a function is one of its own."""
    forged = namedtuple("fail", ["x"])(1)  # noqa: PYI024 - its name is a function of the track
    assert made.same(forged) == (1,)


def test_exceptions(made):
    """Of the nearest type that both sides know."""
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        made.fail()
    with pytest.raises(KeyError, match="here"):
        made.fail_oddly()
