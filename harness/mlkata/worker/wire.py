"""The format of the messages between the kit and a worker process.

A message is called a frame. It consists of the length of its header and the length of its body (both
big-endian unsigned 32-bit integers), a header in JSON and a body of bytes. A value (arguments, a result) is
sent as a tree of JSON in the header, whose arrays are replaced by their indices; the arrays themselves are in
the body, in numpy's npy format. Nothing is pickled, and what a worker sends is checked against limits before
memory is allocated.
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
"""The first bytes of a frame: the lengths of header and body."""
_ENCODER = json.JSONEncoder(allow_nan=False)
MAX_HEADER = 8 << 20
"""Limit in bytes of a JSON header: 4,000 small results need less than 1 MiB."""
MAX_BODY = 256 << 20
"""Limit in bytes of the body of an answer."""
_MAX_STACKED = 1024
"""Limit in bytes of an array that may be stacked: sent as one with others of its dtype and shape."""
_MAX_DEPTH = 8
"""Levels of lists, tuples and dicts in a value; contracts need two or three."""
_STAND_INS: Mapping[str, Callable[[int], Any]] = {"rng": Rng, "result": Result, "callback": Callback}
"""Objects that stand for something the other process makes or knows (see tracks/arguments.py), by their
tags."""
_ARRAY_KEYS = ({"array", "dtype", "shape"}, {"number", "dtype", "shape"})
"""The keys of a tree that stands for an array, and of one that stands for a numpy scalar."""


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    text = _ENCODER.encode(header).encode()
    return HEAD.pack(len(text), len(body)) + text + body


def read_frame(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return header and body of a frame stored in a file. Raise ProtocolError or struct.error."""
    header_size, body_size = HEAD.unpack(data[: HEAD.size])
    start = HEAD.size + header_size
    if len(data) != start + body_size:
        raise ProtocolError("a file is truncated")
    return read_header(data[HEAD.size : start]), data[start:]


def read_header(text: bytes) -> dict[str, Any]:
    """Return a frame's header. Raise ProtocolError."""
    try:
        header = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a header has no type")
    return header


def pack(value: Any, arrays: list[Any], *, depth: int = 0) -> Any:
    """Return a value as a JSON tree; append its arrays to `arrays` and refer to them by index.

    A value that cannot be sent, such as an object or an array of a subclass, becomes `{"other": type}`.
    """
    if value is None or type(value) in (bool, int, float, str):
        return _pack_plain(value)
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return _pack_array(value, arrays)
    if isinstance(value, list | tuple | dict) and depth >= _MAX_DEPTH:
        return {"other": f"{type(value).__name__} nested too deeply"}
    deeper = depth + 1
    if (fields := record_fields(value)) is not None:
        values = [pack(field, arrays, depth=deeper) for field in fields.values()]
        return {"record": [type(value).__name__, list(fields), values]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [pack(item, arrays, depth=deeper) for item in value]}
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
    """Return the values of a named tuple as a tuple: the default of `unpack`."""
    del name, fields
    return tuple(values)


def unpack(
    tree: Any,
    arrays: Any,
    *,
    record: Callable[[str, list[str], list[Any]], Any] = _plain_tuple,
    depth: int = 0,
) -> Any:
    """Return the value that a tree from `pack` stands for. Raise ProtocolError.

    `arrays` has the arrays by index. The stand-ins `Rng`, `Result` and `Callback` are returned as such, for
    the caller to replace; `{"other": …}` becomes `Other`. `record(name, fields, values)` builds a named
    tuple; by default it builds a plain tuple.
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
    """The name of the type of a value that cannot be sent."""

    __slots__ = ()


def join(arrays: list[Any]) -> tuple[list[list[int]], bytes]:
    """Return the arrays as one body of npy bytes, preceded by a list of its parts.

    The list has for each npy the number of its arrays and the number of its bytes.

    Consecutive small arrays of the same dtype and shape are sent as one stack: thousands of draws of
    five numbers would otherwise need thousands of npy headers.
    """
    stacks = [list(group) for _, group in groupby(arrays, _stackable)]
    blobs = [npy.write(np.stack(stack)) if len(stack) > 1 else npy.write(stack[0]) for stack in stacks]
    return [[len(stack), len(blob)] for stack, blob in zip(stacks, blobs, strict=True)], b"".join(blobs)


def _stackable(array: Any) -> tuple[Any, ...]:
    """Return a key: neighbours with equal keys are stacked. A large or unusual array gets a unique key."""
    array = np.asarray(array)
    if array.nbytes > _MAX_STACKED or not array.flags.c_contiguous or not array.dtype.isnative:
        return (object(),)
    return (array.dtype.str, array.shape)


def split(pairs: Any, body: bytes, announced: int | None = None) -> list[Any]:
    """Return the arrays of a body that `join` wrote; `pairs` is the list that came with it.

    `announced` is the number of arrays that the worker has announced, or None to accept any number. Raise
    ProtocolError if the body does not match the list or that number.
    """
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise ProtocolError("lengths are not pairs of counts")
    if sum(length for _, length in pairs) != len(body):
        raise ProtocolError("lengths and body disagree")
    if announced is not None and sum(count for count, _ in pairs) != announced:
        raise ProtocolError("the number of arrays is not the number announced")
    arrays: list[Any] = []
    start = 0
    for count, length in pairs:
        array = npy.read(body[start : start + length])
        start += length
        if count == 1:
            arrays.append(array)
        elif array.ndim and len(array) == count:
            arrays += [np.asarray(item) for item in array]
        else:
            raise ProtocolError("a stack does not have the number of arrays that its length says")
    return arrays


def _is_pair(pair: Any) -> bool:
    """Return whether this is a list of two counts."""
    return isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n >= 0 for n in pair)  # noqa: PLR2004


def _pack_plain(value: Any) -> Any:
    """Return the tree of None, a bool, an int, a float or a str. JSON has no NaN or infinity."""
    if type(value) is str and not _is_unicode(value):
        return {"other": "str that is not Unicode"}
    if type(value) is int and abs(value) >= 2**63:
        return {"other": "int beyond 64 bits"}
    if type(value) is float and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def _pack_array(value: Any, arrays: list[Any]) -> Any:
    """Return the tree of an array or a numpy scalar, and append it to `arrays` unless it is there already."""
    if not npy.travels(value.dtype.str):
        return {"other": f"{type(value).__name__} of dtype {str(value.dtype)[:40]}"}
    # Thousands of steps may share one X, which is sent once. Searching only 64 arrays keeps this fast.
    recent = range(max(0, len(arrays) - 64), len(arrays))
    index = next((i for i in recent if arrays[i] is value), len(arrays))
    if index == len(arrays):
        arrays.append(value)
    kind = "array" if isinstance(value, np.ndarray) else "number"
    return {kind: index, "dtype": value.dtype.str, "shape": list(value.shape)}


def _unpack_tagged(tree: dict[str, Any], arrays: Any, record: Callable[..., Any], depth: int) -> Any:
    """Return the value of a tree that is a dict: its key, the tag, says what it stands for."""

    def inner(subtree: Any) -> Any:
        return unpack(subtree, arrays, record=record, depth=depth + 1)

    if len(tree) != 1 and tree.keys() not in _ARRAY_KEYS:
        # Such a value could be checked by one tag and read by another.
        raise ValueError("several tags")
    if "array" in tree:
        return arrays[_index(tree["array"])]
    if "number" in tree:
        return np.asarray(arrays[_index(tree["number"])]).reshape(())[()]
    for tag, make in (("list", list), ("tuple", tuple)):
        if tag in tree:
            return make(inner(item) for item in tree[tag])
    if "record" in tree:
        name, fields, values = tree["record"]
        return record(name, fields, [inner(field) for field in values])
    if "dict" in tree:
        return {inner(key): inner(value) for key, value in tree["dict"]}
    if "float" in tree:
        return float(tree["float"])
    for tag, stand_in in _STAND_INS.items():
        if tag in tree:
            return stand_in(_index(tree[tag]))
    return Other(encodable(tree["other"], size=80))


def encodable(text: Any, size: int) -> str:
    r"""Return a text from a worker as at most `size` characters that can be encoded in UTF-8.

    A lone surrogate is escaped, such as `\ud800`. Control characters for a terminal are not removed.
    """
    return str(text)[:size].encode("utf-8", "backslashreplace").decode()[:size]


def _is_unicode(text: str) -> bool:
    """Return whether this text can be encoded; lone surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _index(value: Any) -> int:
    """Return the value if it can be an index, else raise ValueError."""
    if type(value) is not int or value < 0:
        raise ValueError("not an index")
    return value
