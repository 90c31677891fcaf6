"""What travels between the kit and a worker: frames, and values as JSON trees and npy bytes.

A frame is the length of its header, the length of its body (both big-endian unsigned 32-bit), a
JSON header and a raw body. Nothing is ever pickled, and what comes from a worker is checked
against limits before memory is taken for it.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Callback, Result, Rng, record_fields
from mlkata.worker import npy
from mlkata.worker.npy import ProtocolError

HEAD = struct.Struct(">II")
_ENCODER = json.JSONEncoder(allow_nan=False)
MAX_HEADER = 8 << 20
"""Bytes of a JSON header: 4,000 small results need under 1 MiB."""
MAX_BODY = 256 << 20
_MAX_STACKED = 1024
"""Bytes of an array that travels with others of its kind."""
_MAX_DEPTH = 8
_STAND_INS: Mapping[str, Callable[[int], Any]] = {"rng": Rng, "result": Result, "callback": Callback}
_ARRAY_KEYS = ({"array", "dtype", "shape"}, {"number", "dtype", "shape"})


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Write one frame."""
    text = _ENCODER.encode(header).encode()
    return HEAD.pack(len(text), len(body)) + text + body


def read_frame(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Read one whole frame that a file holds. Raises ProtocolError, struct.error."""
    header_size, body_size = HEAD.unpack(data[: HEAD.size])
    start = HEAD.size + header_size
    if len(data) != start + body_size:
        raise ProtocolError("a cut-off file")
    return read_header(data[HEAD.size : start]), data[start:]


def read_header(text: bytes) -> dict[str, Any]:
    """Read a frame's header. Raises ProtocolError."""
    try:
        header = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a header has no type")
    return header


def pack(value: Any, arrays: list[Any], *, depth: int = 0) -> Any:
    """Write a value as a JSON tree; its arrays are appended to `arrays` and referred to by index.

    What no contract allows to travel (objects, array subclasses, deep nests, …) becomes
    `{"other": type}`.
    """
    if value is None or type(value) in (bool, int, float, str):
        return _pack_plain(value)
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return _pack_array(value, arrays)
    if isinstance(value, list | tuple | dict) and depth >= _MAX_DEPTH:
        return {"other": f"{type(value).__name__} nested too deeply"}
    deeper = depth + 1
    if (fields := record_fields(value)) is not None:
        values = [pack(one, arrays, depth=deeper) for one in fields.values()]
        return {"record": [type(value).__name__, list(fields), values]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [pack(one, arrays, depth=deeper) for one in value]}
    if type(value) is dict:
        pairs = value.items()
        return {"dict": [[pack(k, arrays, depth=deeper), pack(v, arrays, depth=deeper)] for k, v in pairs]}
    if isinstance(value, Rng):
        return {"rng": value.seed}
    if isinstance(value, Result):
        return {"result": value.step}
    if isinstance(value, Callback):
        return {"callback": value.number}
    return {"other": type(value).__name__}


def _plain_tuple(name: str, fields: Any, values: list[Any]) -> tuple[Any, ...]:
    del name, fields
    return tuple(values)


def unpack(
    tree: Any,
    arrays: Any,
    *,
    record: Callable[[str, list[str], list[Any]], Any] = _plain_tuple,
    depth: int = 0,
) -> Any:
    """Read a value from its tree. Raises ProtocolError.

    An `Rng`, a `Result` and a `Callback` come back as themselves, so that the worker decides what
    they become; `{"other": …}` comes back as `Other`. A named tuple becomes what `record(name,
    fields, values)` makes of it: a plain tuple unless the worker knows better.
    """
    if depth > _MAX_DEPTH:
        raise ProtocolError("a value is nested too deeply")
    if not isinstance(tree, dict):
        if tree is None or isinstance(tree, bool | float) or (isinstance(tree, int) and abs(tree) < 2**63):
            return tree
        if isinstance(tree, str) and _is_unicode(tree):
            return tree
        raise ProtocolError("a value is not a tree")
    try:
        return _unpack_tagged(tree, arrays, record, depth)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"a value cannot be read: {type(error).__name__}") from error


class Other(str):
    """The type's name of something that does not travel."""

    __slots__ = ()


def join(arrays: list[Any]) -> tuple[list[list[int]], bytes]:
    """Write arrays as one body; give a pair for each npy in it: how many arrays, how many bytes.

    Small arrays of one kind that follow each other travel as one stack: thousands of draws of five
    numbers would otherwise be thousands of headers.
    """
    stacks = [list(group) for _, group in groupby(arrays, _stackable)]
    blobs = [npy.write(np.stack(stack)) if len(stack) > 1 else npy.write(stack[0]) for stack in stacks]
    return [[len(stack), len(blob)] for stack, blob in zip(stacks, blobs, strict=True)], b"".join(blobs)


def _stackable(array: Any) -> tuple[Any, ...]:
    """Arrays of equal keys stack; a large one, or one in another order, goes by itself."""
    array = np.asarray(array)
    if array.nbytes > _MAX_STACKED or not array.flags.c_contiguous or not array.dtype.isnative:
        return (object(),)
    return (array.dtype.str, array.shape)


def split(pairs: Any, body: bytes, announced: int | None = None) -> list[Any]:
    """Read the arrays of a body that `join` has written, as many as announced. Raises ProtocolError."""
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise ProtocolError("lengths are not pairs of counts")
    if sum(length for _, length in pairs) != len(body):
        raise ProtocolError("lengths and body disagree")
    if announced is not None and sum(count for count, _ in pairs) != announced:
        raise ProtocolError("not as many arrays came as were announced")
    arrays: list[Any] = []
    start = 0
    for count, length in pairs:
        array = npy.read(body[start : start + length])
        start += length
        if count == 1:
            arrays.append(array)
        elif array.ndim and len(array) == count:
            arrays += [np.asarray(one) for one in array]
        else:
            raise ProtocolError("a stack has not as many arrays as its length says")
    return arrays


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n >= 0 for n in pair)  # noqa: PLR2004


def _pack_plain(value: Any) -> Any:
    if type(value) is str and not _is_unicode(value):
        return {"other": "str that is not Unicode"}
    if type(value) is int and abs(value) >= 2**63:
        return {"other": "int beyond 64 bits"}
    if type(value) is float and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def _pack_array(value: Any, arrays: list[Any]) -> Any:
    if not npy.travels(value.dtype.str):
        return {"other": f"{type(value).__name__} of dtype {str(value.dtype)[:40]}"}
    recent = range(max(0, len(arrays) - 64), len(arrays))
    index = next((i for i in recent if arrays[i] is value), len(arrays))
    if index == len(arrays):  # thousands of steps share one X: send it once
        arrays.append(value)
    kind = "array" if isinstance(value, np.ndarray) else "number"
    return {kind: index, "dtype": value.dtype.str, "shape": list(value.shape)}


def _unpack_tagged(tree: dict[str, Any], arrays: Any, record: Callable[..., Any], depth: int) -> Any:
    def inner(one: Any) -> Any:
        return unpack(one, arrays, record=record, depth=depth + 1)

    if len(tree) != 1 and tree.keys() not in _ARRAY_KEYS:
        raise ValueError("several tags")  # one value to the contract's eyes and another to ours
    if "array" in tree:
        return arrays[_index(tree["array"])]
    if "number" in tree:
        return np.asarray(arrays[_index(tree["number"])]).reshape(())[()]
    for tag, make in (("list", list), ("tuple", tuple)):
        if tag in tree:
            return make(inner(one) for one in tree[tag])
    if "record" in tree:
        name, fields, values = tree["record"]
        return record(name, fields, [inner(one) for one in values])
    if "dict" in tree:
        return {inner(key): inner(value) for key, value in tree["dict"]}
    if "float" in tree:
        return float(tree["float"])
    for tag, stand_in in _STAND_INS.items():
        if tag in tree:
            return stand_in(_index(tree[tag]))
    return Other(encodable(tree["other"], 80))


def encodable(text: Any, size: int) -> str:
    r"""Write what came from a worker as at most `size` characters that any stream can encode.

    A lone surrogate is written as `\ud800`, as everywhere; what steers a terminal is still in it.
    """
    return str(text)[:size].encode("utf-8", "backslashreplace").decode()[:size]


def _is_unicode(text: str) -> bool:
    """Can this text be printed? Lone surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not an index")
    return value
