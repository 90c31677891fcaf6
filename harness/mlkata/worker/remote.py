"""Calls functions that live in another process, by way of the kit: tests that are graded see no more of them.

Whoever wrote the tests could otherwise look at the code that they run on, and know the right one by heart.
`Caller` is the tests' side, `RemoteImplementation` the other one. What no frame can carry (a state of a
kind of its own) stays where it was made and goes by a number. What a call writes into its arguments comes
back.
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
"""`ask(header, body)` sends a frame to the kit and gives the one that comes back."""
_KEPT = 2000


class Caller:
    """The tests' side: functions that ask the kit for what they return."""

    def __init__(self, ask: Ask, records: Mapping[str, Sequence[str]]) -> None:
        self._ask = ask
        self._records = {name: namedtuple(name, fields) for name, fields in records.items()}  # noqa: PYI024 - as above
        self._lock = threading.RLock()

    def module(self, name: str, functions: Sequence[str]) -> ModuleType:
        """Make the module that the tests import."""
        made = ModuleType(name)
        vars(made).update(self._records)
        for function in functions:
            setattr(made, function, self._function(function))
        return made

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with self._lock:  # threads of the tests take turns
                return self._call(name, arguments, named)

        call.__name__ = call.__qualname__ = name
        return call

    def _call(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        sent = _Sent()
        header: dict[str, Any] = {
            "type": "call",
            "function": name,
            "positional": [sent.tree(value, f"{name} cannot be given") for value in arguments],
            "named": [[key, sent.tree(value, f"{name} cannot be given")] for key, value in named.items()],
            "states": [one.bit_generator.state for one in sent.generators],
        }
        reply, body = self._ask(*sent.framed(header))
        while reply["type"] == "back":
            reply, body = self._ask(*self._answered(sent.callables, reply, body))
        arrays = wire.split(reply["lengths"], body)
        changed = reply["changed"]
        for index, array in zip(changed, arrays[len(arrays) - len(changed) :], strict=True):
            sent.arrays[index][...] = array
        for generator, state in zip(sent.generators, reply["states"], strict=True):
            generator.bit_generator.state = state
        if reply["raised"]:
            raise _exception(*reply["raised"])
        return wire.unpack(reply["value"], arrays, record=self._record)

    def _answered(
        self, callables: Sequence[Callable[..., Any]], asked: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        """Call a function of the tests that the implementation was given, such as a distance."""
        arrays = wire.split(asked["lengths"], body)
        arguments = [wire.unpack(tree, arrays) for tree in asked["positional"]]
        sent = _Sent()
        try:
            value = callables[asked["callback"]](*arguments)
            return sent.framed({"type": "answer", "value": sent.tree(value, "a callable cannot return")})
        except Exception as error:  # noqa: BLE001 - it is raised where the callable was called
            return _Sent().framed({"type": "answer", "raised": _raised(error)})

    def _record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        return self._records.get(name, namedtuple(name, fields))(*values)  # noqa: PYI024 - as above


class RemoteImplementation:
    """The other side: a module whose functions are called, with what it keeps for its callers."""

    def __init__(self, module: ModuleType, ask: Ask) -> None:
        self._module = module
        self._ask = ask
        self._kept: list[Any] = []

    def call(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Call a function; give the frame that says what it returned or raised, and what it changed."""
        arrays = wire.split(header["lengths"], body)
        before = [array.tobytes() for array in arrays]
        generators = [np.random.default_rng() for _ in header["states"]]
        sent = _Sent()
        reply: dict[str, Any] = {"type": "returned", "raised": None, "value": None}
        try:
            for generator, state in zip(generators, header["states"], strict=True):
                generator.bit_generator.state = state
            made = partial(self._argument, arrays=arrays, generators=generators)
            named = {key: made(tree) for key, tree in header["named"]}
            function = getattr(self._module, header["function"])
            value = function(*map(made, header["positional"]), **named)
            reply["value"] = self._tree(value, sent)
        except Exception as error:  # noqa: BLE001 - whatever is raised is the answer
            reply["raised"] = _raised(error)
        changed = [i for i, array in enumerate(arrays) if array.tobytes() != before[i]]
        sent.arrays += [arrays[index] for index in changed]
        states = [generator.bit_generator.state for generator in generators]
        return sent.framed(reply | {"changed": changed, "states": states})

    def _argument(self, tree: Any, *, arrays: list[Any], generators: list[Any]) -> Any:
        value = wire.unpack(tree, arrays, record=self._record)
        if isinstance(value, Rng):
            return generators[value.seed]
        if isinstance(value, Callback):
            return partial(self._back, value.number)
        return self._kept[value.step] if isinstance(value, Result) else value

    def _back(self, number: int, *arguments: Any) -> Any:
        sent = _Sent()
        trees = [sent.tree(value, "a callable cannot be given") for value in arguments]
        reply, body = self._ask(*sent.framed({"type": "call", "callback": number, "positional": trees}))
        if reply.get("raised"):
            raise _exception(*reply["raised"])
        return wire.unpack(reply["value"], wire.split(reply["lengths"], body))

    def _tree(self, value: Any, sent: _Sent) -> Any:
        """Write what is returned; what does not travel stays, and a number stands for it."""
        if type(value) is tuple:
            return {"tuple": [self._tree(one, sent) for one in value]}
        tree = wire.pack(value, sent.arrays)
        if _travels(tree):
            return tree
        self._kept.append(value)
        return wire.pack(Result(len(self._kept) - 1), sent.arrays)

    def _record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        own = getattr(self._module, name, None)
        if isinstance(own, type) and getattr(own, "_fields", None) == tuple(fields):  # or anything is called
            return own(*values)
        return namedtuple(name, fields)(*values)  # noqa: PYI024 - its fields are known only now


class _Sent:
    """Values on their way: arrays apart, generators and callables as numbers."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.generators: list[np.random.Generator] = []
        self.callables: list[Callable[..., Any]] = []

    def tree(self, value: Any, refused: str) -> Any:
        """Write one value. Raises TypeError where it is of a kind that does not travel."""
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
        """Give header and body of the frame with all of it."""
        lengths, body = wire.join(self.arrays)
        return header | {"lengths": lengths}, body


def _travels(tree: Any) -> bool:
    if isinstance(tree, dict):
        return "other" not in tree and all(map(_travels, tree.values()))
    return all(map(_travels, tree)) if isinstance(tree, list) else True


def _raised(error: BaseException) -> tuple[list[str], str]:
    return [one.__name__ for one in type(error).__mro__], str(error)[:_KEPT]


def _exception(types: list[str], message: str) -> Exception:
    """Make an exception of the nearest type that both sides know."""
    for name in types:
        known = getattr(builtins, name, None) or getattr(np.linalg, name, None)
        if isinstance(known, type) and issubclass(known, Exception) and "Unicode" not in name:
            return known(message)
    return Exception(message)
