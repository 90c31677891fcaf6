"""Call functions in another process, by way of the kit, so that graded tests cannot see their code.

Tests could otherwise inspect the code that they run on, and recognise the right one. `Caller` is the tests'
side, `RemoteImplementation` the other. A value that no frame can carry (a state of a type of its own) stays
where it was made, and a number stands for it. What a call writes into its arguments is sent back.
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
"""`ask(header, body)` sends a frame to the kit and returns the frame that comes back."""
_MAX_MESSAGE = 2000


class Caller:
    """The tests' side: functions that ask the kit for their results."""

    def __init__(self, ask: Ask, records: Mapping[str, Sequence[str]]) -> None:
        self._ask = ask
        self._records = {name: namedtuple(name, fields) for name, fields in records.items()}  # noqa: PYI024 - its fields are known only now
        self._lock = threading.RLock()

    def module(self, name: str, functions: Sequence[str]) -> ModuleType:
        """Return the module that the tests import."""
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
        while reply["type"] == "back":
            reply, body = self._ask(*self._answered(outgoing.callables, reply, body))
        arrays = wire.split(reply["lengths"], body)
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
        """Call a function that the tests passed to the implementation, such as a distance."""
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
        return self._records.get(name, namedtuple(name, fields))(*values)  # noqa: PYI024 - its fields are known only now


class RemoteImplementation:
    """The other side: a module whose functions are called, and the values it keeps for its callers."""

    def __init__(self, module: ModuleType, ask: Ask) -> None:
        self._module = module
        self._ask = ask
        self._kept: list[Any] = []

    def call(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Call a function; return a frame with its result or exception, and the arguments it changed."""
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
        value = wire.unpack(tree, arrays, record=self._record)
        if isinstance(value, Rng):
            return generators[value.seed]
        if isinstance(value, Callback):
            return partial(self._back, value.number)
        return self._kept[value.step] if isinstance(value, Result) else value

    def _back(self, number: int, *arguments: Any) -> Any:
        outgoing = _Outgoing()
        trees = [outgoing.tree(value, "a callable cannot be passed") for value in arguments]
        reply, body = self._ask(*outgoing.framed({"type": "call", "callback": number, "positional": trees}))
        if reply.get("raised"):
            raise _exception(*reply["raised"])
        return wire.unpack(reply["value"], wire.split(reply["lengths"], body))

    def _tree(self, value: Any, outgoing: _Outgoing) -> Any:
        """Return the tree of a result; a value that cannot be sent is kept, and a number stands for it."""
        if type(value) is tuple:
            return {"tuple": [self._tree(item, outgoing) for item in value]}
        tree = wire.pack(value, outgoing.arrays)
        if _travels(tree):
            return tree
        self._kept.append(value)
        return wire.pack(Result(len(self._kept) - 1), outgoing.arrays)

    def _record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        record = getattr(self._module, name, None)
        if isinstance(record, type) and getattr(record, "_fields", None) == tuple(
            fields
        ):  # or anything is called
            return record(*values)
        return namedtuple(name, fields)(*values)  # noqa: PYI024 - its fields are known only now


class _Outgoing:
    """Values to send: their arrays are collected, generators and callables become numbers."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.generators: list[np.random.Generator] = []
        self.callables: list[Callable[..., Any]] = []

    def tree(self, value: Any, refused: str) -> Any:
        """Return the tree of one value. Raise TypeError if its type cannot be sent."""
        if isinstance(value, np.random.Generator) and isinstance(value.bit_generator, np.random.PCG64):
            self.generators.append(value)
            value = Rng(len(self.generators) - 1)
        elif callable(value):
            self.callables.append(value)
            value = Callback(len(self.callables) - 1)
        tree = wire.pack(value, self.arrays)
        if not _travels(tree):
            raise TypeError(f"{refused} a {type(value).__name__} when tests are graded")
        return tree

    def framed(self, header: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the header and body of the frame that carries all values."""
        lengths, body = wire.join(self.arrays)
        return header | {"lengths": lengths}, body


def _travels(tree: Any) -> bool:
    if isinstance(tree, dict):
        return "other" not in tree and all(map(_travels, tree.values()))
    return all(map(_travels, tree)) if isinstance(tree, list) else True


def _raised(error: BaseException) -> tuple[list[str], str]:
    return [class_.__name__ for class_ in type(error).__mro__], str(error)[:_MAX_MESSAGE]


def _exception(types: list[str], message: str) -> Exception:
    """Return an exception of the nearest type that both sides know."""
    for name in types:
        exception = getattr(builtins, name, None) or getattr(np.linalg, name, None)
        if isinstance(exception, type) and issubclass(exception, Exception) and "Unicode" not in name:
            return exception(message)
    return Exception(message)
