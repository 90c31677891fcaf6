"""Functions in another process behave as local ones: arguments, results, exceptions, generators, callables.

Here both ends run in one process and exchange frames through queues.
"""

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
def remote_module():
    """Yield the module that a caller sees; the functions of SOURCE run in another thread.

    To call a callable argument, the function's side asks back: it sends a frame of the type `back`.
    """
    to_module, to_kit = queue.Queue(), queue.Queue()

    def ask_back(header, body):
        to_kit.put((header | {"type": "back"}, body))
        return to_module.get()

    module = ModuleType("remote_module")
    exec(SOURCE, vars(module))  # noqa: S102
    implementation = remote.RemoteImplementation(module, ask_back)

    def serve():
        while (message := to_module.get()) is not None:
            to_kit.put(implementation.call(*message))

    def ask(header, body):
        frame = wire.frame(header, body)
        size = wire.HEAD.unpack(frame[: wire.HEAD.size])[0]
        to_module.put((wire.read_header(frame[wire.HEAD.size : wire.HEAD.size + size]), body))
        return to_kit.get()

    thread = threading.Thread(target=serve)
    thread.start()
    yield remote.Caller(ask, {"Pair": ["left", "right"]}).module("remote_module", NAMES)
    to_module.put(None)
    thread.join()


@pytest.mark.parametrize("value", [None, True, 3, 2.5, float("inf"), "text", [1, (2.0, "x")], {"k": [1]}])
def test_plain_values_are_passed_and_returned(remote_module, value):
    """Here each is passed first by position, then by name."""
    assert remote_module.same(value) == value
    assert remote_module.same(0, y=value) == (0 if value is None else value)


def test_arrays_and_records_are_passed_and_returned(remote_module):
    """Named tuples have the module's own class for both caller and function."""
    X = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    returned = remote_module.same(X)
    assert returned.dtype == X.dtype
    assert returned.flags.f_contiguous
    np.testing.assert_array_equal(returned, X)
    pair = remote_module.pair(X)
    assert type(pair) is remote_module.Pair
    assert pair.right == 3
    np.testing.assert_array_equal(remote_module.left(pair), X)


def test_changes_of_a_call_to_its_arguments_are_visible(remote_module):
    """A changed array is changed for the caller, too; a generator continues where the call left it."""
    X = np.ones(3)
    remote_module.spoil(X)
    assert X.tolist() == [-1.0, 1.0, 1.0]
    rng, twin = np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(2):
        np.testing.assert_array_equal(remote_module.draw(4, rng), twin.random(4))


def test_callables_are_called_on_the_side_of_the_caller(remote_module):
    """An exception of a callable reaches the function, and through it the caller."""
    assert remote_module.ask(lambda q, ids: ids * q, np.array([2.0, 3.0])).tolist() == [2.0, 6.0]
    with pytest.raises(ZeroDivisionError):
        remote_module.ask(lambda q, ids: 1 // 0, np.zeros(2))


def test_other_objects_stay_in_the_module_or_are_refused(remote_module):
    """A result that cannot be sent can be passed to another function; such an argument is refused."""
    odd, number = remote_module.odd()
    assert number == 1
    assert remote_module.even(odd) == 8
    with pytest.raises(TypeError, match="same cannot be passed a set when tests are graded"):
        remote_module.same({1})


def test_a_record_named_like_a_function_is_not_called(remote_module):
    """Its type's name is sent; the function `fail` of the module has the same name, and would raise."""
    forged = namedtuple("fail", ["x"])(1)  # noqa: PYI024 - its name is a function of the track
    assert remote_module.same(forged) == (1,)


def test_exceptions_have_the_nearest_known_type(remote_module):
    """A class of the module's own becomes the nearest base class that Python or numpy has."""
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        remote_module.fail()
    with pytest.raises(KeyError, match="here"):
        remote_module.fail_oddly()
