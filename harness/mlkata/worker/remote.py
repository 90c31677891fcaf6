"""Call functions in another process, through the kit.

When a student's tests are graded, they run in one worker and the functions that they test in another. In the
same process they could inspect the functions' code, and tell a right solution from a wrong one. `Caller`
belongs to the worker of the tests, `RemoteImplementation` to the worker of the functions.

Arguments and results are sent by value (see `wire`). What a function writes into an array argument is sent
back. A result that cannot be sent, such as an object of a class of the implementation, stays in the worker of
the functions, and the tests get a number that stands for it.
"""

from __future__ import annotations

import builtins
import threading
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Callback, Result, Rng
from mlkata.worker import wire

Ask = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]
"""`ask(header, body)` sends a frame (message) to the kit and returns the frame that comes back."""
_MAX_MESSAGE = 2000
"""Characters of an exception's message that are sent."""


class Caller:
    """Makes functions that send each call to the kit and return the result that comes back.

    `records` has the named tuples of the contract: the fields of each, by name.
    """

    def __init__(self, ask: Ask, records: Mapping[str, Sequence[str]]) -> None:
        self._ask = ask
        self._records = {name: namedtuple(name, fields) for name, fields in records.items()}  # noqa: PYI024 - its fields are known only now
        self._lock = threading.RLock()

    def module(self, name: str, functions: Sequence[str]) -> ModuleType:
        """Return the module that the tests import in place of the implementation."""
        module = ModuleType(name)
        vars(module).update(self._records)
        for function in functions:
            setattr(module, function, self._function(function))
        return module

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with self._lock:  # threads of the tests take turns
                return self._call(name, arguments, named)

        call.__name__ = call.__qualname__ = name
        return call

    def _call(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Call a function; return its result or raise its exception."""
        outgoing = _Outgoing()
        header: dict[str, Any] = {
            "type": "call",
            "function": name,
            "positional": [outgoing.tree(value, f"{name} cannot be passed") for value in arguments],
            "named": [
                [key, outgoing.tree(value, f"{name} cannot be passed")] for key, value in named.items()
            ],
            "states": [generator.bit_generator.state for generator in outgoing.generators],
        }
        reply, body = self._ask(*outgoing.framed(header))
        # The function calls one of its arguments, such as a distance: `_call_back` sends a frame of the type
        # `call`, which the kit passes on as `back` (see `between`).
        while reply["type"] == "back":
            reply, body = self._ask(*self._answered(outgoing.callables, reply, body))
        arrays = wire.split(reply["lengths"], body)
        # The indices of changed array arguments; their new contents are the last arrays of the reply.
        changed = reply["changed"]
        for index, array in zip(changed, arrays[len(arrays) - len(changed) :], strict=True):
            outgoing.arrays[index][...] = array
        for generator, state in zip(outgoing.generators, reply["states"], strict=True):
            generator.bit_generator.state = state
        if reply["raised"]:
            raise _exception(*reply["raised"])
        return wire.unpack(reply["value"], arrays, record=self._record)

    def _answered(
        self, callables: Sequence[Callable[..., Any]], question: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        """Call a callable that the tests passed to the implementation; return the frame with its result."""
        arrays = wire.split(question["lengths"], body)
        arguments = [wire.unpack(tree, arrays) for tree in question["positional"]]
        outgoing = _Outgoing()
        try:
            value = callables[question["callback"]](*arguments)
            return outgoing.framed(
                {"type": "answer", "value": outgoing.tree(value, "a callable cannot return")}
            )
        except Exception as error:  # noqa: BLE001 - it is raised where the callable was called
            return _Outgoing().framed({"type": "answer", "raised": _raised(error)})

    def _record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        """Return a named tuple, of the class that the tests know if there is one of this name."""
        return self._records.get(name, namedtuple(name, fields))(*values)  # noqa: PYI024 - its fields are known only now


class RemoteImplementation:
    """A module whose functions are called, and the results that stay here because they cannot be sent."""

    def __init__(self, module: ModuleType, ask: Ask) -> None:
        self._module = module
        self._ask = ask
        self._kept: list[Any] = []

    def call(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Call a function; return a frame with its result or exception, and the arrays that it changed."""
        arrays = wire.split(header["lengths"], body)
        before = [array.tobytes() for array in arrays]
        generators = [np.random.default_rng() for _ in header["states"]]
        outgoing = _Outgoing()
        reply: dict[str, Any] = {"type": "returned", "raised": None, "value": None}
        try:
            for generator, state in zip(generators, header["states"], strict=True):
                generator.bit_generator.state = state
            argument = partial(self._argument, arrays=arrays, generators=generators)
            named = {key: argument(tree) for key, tree in header["named"]}
            function = getattr(self._module, header["function"])
            value = function(*map(argument, header["positional"]), **named)
            reply["value"] = self._tree(value, outgoing)
        except Exception as error:  # noqa: BLE001 - any exception is an answer
            reply["raised"] = _raised(error)
        changed = [i for i, array in enumerate(arrays) if array.tobytes() != before[i]]
        outgoing.arrays += [arrays[index] for index in changed]
        states = [generator.bit_generator.state for generator in generators]
        return outgoing.framed(reply | {"changed": changed, "states": states})

    def _argument(self, tree: Any, *, arrays: list[Any], generators: list[Any]) -> Any:
        """Return the argument that a JSON tree stands for, with generators, callables and kept results.

        Here the fields of the stand-ins (`Rng.seed`, `Callback.number`, `Result.step`) are only indices.
        """
        value = wire.unpack(tree, arrays, record=self._record)
        if isinstance(value, Rng):
            return generators[value.seed]
        if isinstance(value, Callback):
            return partial(self._call_back, value.number)
        return self._kept[value.step] if isinstance(value, Result) else value

    def _call_back(self, number: int, *arguments: Any) -> Any:
        """Call a callable of the tests; return its result or raise its exception."""
        outgoing = _Outgoing()
        trees = [outgoing.tree(value, "a callable cannot be passed") for value in arguments]
        reply, body = self._ask(*outgoing.framed({"type": "call", "callback": number, "positional": trees}))
        if reply.get("raised"):
            raise _exception(*reply["raised"])
        return wire.unpack(reply["value"], wire.split(reply["lengths"], body))

    def _tree(self, value: Any, outgoing: _Outgoing) -> Any:
        """Return the JSON tree of a result. A value that cannot be sent is kept; a number stands for it."""
        if type(value) is tuple:
            return {"tuple": [self._tree(item, outgoing) for item in value]}
        tree = wire.pack(value, outgoing.arrays)
        if _travels(tree):
            return tree
        self._kept.append(value)
        return wire.pack(Result(len(self._kept) - 1), outgoing.arrays)

    def _record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        """Return a named tuple of the module's class, or of a new class if the module has none like it."""
        record = getattr(self._module, name, None)
        # Without this test, a forged name could call any function of the module.
        if isinstance(record, type) and getattr(record, "_fields", None) == tuple(fields):
            return record(*values)
        return namedtuple(name, fields)(*values)  # noqa: PYI024 - its fields are known only now


class _Outgoing:
    """Collects the arrays, generators and callables of one frame, whose header refers to them by index."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.generators: list[np.random.Generator] = []
        self.callables: list[Callable[..., Any]] = []

    def tree(self, value: Any, refused: str) -> Any:
        """Return the JSON tree of one value.

        Raise TypeError if the value cannot be sent; its message begins with `refused`.
        """
        if isinstance(value, np.random.Generator) and isinstance(value.bit_generator, np.random.PCG64):
            self.generators.append(value)
            value = Rng(len(self.generators) - 1)  # an index; the generator's state is sent in the header
        elif callable(value):
            self.callables.append(value)
            value = Callback(len(self.callables) - 1)
        tree = wire.pack(value, self.arrays)
        if not _travels(tree):
            raise TypeError(f"{refused} a {type(value).__name__} when tests are graded")
        return tree

    def framed(self, header: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the header, with the lengths of the arrays added, and the body that holds the arrays."""
        lengths, body = wire.join(self.arrays)
        return header | {"lengths": lengths}, body


def _travels(tree: Any) -> bool:
    """Return whether a value could be sent: no part of its tree is `other`, which only names a type."""
    if isinstance(tree, dict):
        return "other" not in tree and all(map(_travels, tree.values()))
    return all(map(_travels, tree)) if isinstance(tree, list) else True


def _raised(error: BaseException) -> tuple[list[str], str]:
    """Return the names of an exception's class and base classes, and its message."""
    return [class_.__name__ for class_ in type(error).__mro__], str(error)[:_MAX_MESSAGE]


def _exception(types: list[str], message: str) -> Exception:
    """Return an exception of the nearest type that both workers know: one of Python's or numpy.linalg's."""
    for name in types:
        # The subclasses of UnicodeError cannot be made from a message alone.
        exception = getattr(builtins, name, None) or getattr(np.linalg, name, None)
        if isinstance(exception, type) and issubclass(exception, Exception) and "Unicode" not in name:
            return exception(message)
    return Exception(message)
