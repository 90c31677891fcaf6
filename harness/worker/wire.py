"""What travels between the kit and a worker: frames, and values as JSON trees and npy bytes.

A frame is the length of its header, the length of its body (both big-endian unsigned 32-bit), a
JSON header and a raw body. Nothing is ever pickled, and what comes from a worker is checked
against limits before memory is taken for it.
"""

from __future__ import annotations

import json
import math
import struct
from io import BytesIO
from typing import Any

import numpy as np

from harness.model import Result, Rng

HEAD = struct.Struct(">II")
MAX_HEADER = 8 << 20
"""Bytes of a JSON header: 4,000 small results need under 1 MiB."""
MAX_BODY = 256 << 20
_MAX_NPY_HEADER = 1024
_MAX_DEPTH = 8
_PLAIN_KINDS = "biuf"


class ProtocolError(Exception):
    """What came from the worker is not what this protocol allows."""


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Write one frame."""
    text = json.dumps(header, allow_nan=False).encode()
    return HEAD.pack(len(text), len(body)) + text + body


def read_header(text: bytes) -> dict[str, Any]:
    """Read a frame's header. Raises ProtocolError."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a header has no type")
    return header


def pack(value: Any, arrays: list[Any]) -> Any:
    """Write a value as a JSON tree; its arrays are appended to `arrays` and referred to by index.

    What no contract allows to travel (objects, array subclasses, …) becomes `{"other": type}`.
    """
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < 2**63 else {"other": "int beyond 64 bits"}
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return _pack_array(value, arrays)
    if type(value) in (list, tuple):
        return {type(value).__name__: [pack(one, arrays) for one in value]}
    if type(value) is dict:
        return {"dict": [[pack(key, arrays), pack(one, arrays)] for key, one in value.items()]}
    if isinstance(value, Rng):
        return {"rng": value.seed}
    if isinstance(value, Result):
        return {"result": value.step}
    return {"other": type(value).__name__}


def unpack(tree: Any, arrays: list[Any], *, depth: int = 0) -> Any:
    """Read a value from its tree. Raises ProtocolError.

    An `Rng` and a `Result` come back as themselves, so that the worker decides what they become;
    `{"other": …}` comes back as `Other`.
    """
    if depth > _MAX_DEPTH:
        raise ProtocolError("a value is nested too deeply")
    if not isinstance(tree, dict):
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        raise ProtocolError("a value is not a tree")
    try:
        return _unpack_tagged(tree, arrays, depth)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ProtocolError(f"a value cannot be read: {type(error).__name__}") from error


class Other(str):
    """The type's name of something that does not travel."""

    __slots__ = ()


def npy(array: Any) -> bytes:
    """Write an array's npy bytes, C-contiguous or Fortran order as it is."""
    buffer = BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read_npy(blob: bytes) -> Any:
    """Read npy bytes as a fresh, writable, plain array. Raises ProtocolError.

    The header is held against the number of bytes that came before memory is taken.
    """
    stream = BytesIO(blob)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ProtocolError("npy version is not 1.0")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, _MAX_NPY_HEADER)
    except ProtocolError:
        raise
    except Exception as error:  # numpy's header parser raises whatever its tokenizer does
        raise ProtocolError("not an npy header") from error
    if dtype.kind not in _PLAIN_KINDS + "U" or any(size < 0 for size in shape):
        raise ProtocolError(f"dtype {dtype} does not travel")
    start = stream.tell()
    if math.prod(shape) * dtype.itemsize != len(blob) - start:
        raise ProtocolError("npy header and number of bytes disagree")
    if dtype.itemsize == 0:
        return np.empty(shape, dtype)
    flat = np.frombuffer(blob, dtype, offset=start)
    return flat.reshape(shape, order="F" if fortran else "C").copy(order="K")


def join(arrays: list[Any]) -> tuple[list[int], bytes]:
    """Write arrays as one body, and the length of each."""
    blobs = [npy(array) for array in arrays]
    return [len(blob) for blob in blobs], b"".join(blobs)


def split(lengths: Any, body: bytes) -> list[bytes]:
    """Cut a body into its blobs. Raises ProtocolError."""
    if not isinstance(lengths, list) or not all(type(n) is int and n >= 0 for n in lengths):
        raise ProtocolError("lengths are not counts")
    if sum(lengths) != len(body):
        raise ProtocolError("lengths and body disagree")
    blobs, start = [], 0
    for length in lengths:
        blobs.append(body[start : start + length])
        start += length
    return blobs


def _pack_array(value: Any, arrays: list[Any]) -> Any:
    if value.dtype.kind not in _PLAIN_KINDS + "U":
        return {"other": f"{type(value).__name__} of dtype {value.dtype}"}
    for index, known in enumerate(arrays[-64:], max(0, len(arrays) - 64)):
        if known is value:  # thousands of steps share one X: send it once
            break
    else:
        index = len(arrays)
        arrays.append(value)
    kind = "array" if isinstance(value, np.ndarray) else "number"
    return {kind: index, "dtype": value.dtype.str, "shape": list(value.shape)}


def _unpack_tagged(tree: dict[str, Any], arrays: list[Any], depth: int) -> Any:
    if "array" in tree:
        return arrays[_index(tree["array"])]
    if "number" in tree:
        return np.asarray(arrays[_index(tree["number"])]).reshape(())[()]
    for tag, make in (("list", list), ("tuple", tuple)):
        if tag in tree:
            return make(unpack(one, arrays, depth=depth + 1) for one in tree[tag])
    if "dict" in tree:
        pairs = [(unpack(k, arrays, depth=depth + 1), unpack(v, arrays, depth=depth + 1)) for k, v in tree["dict"]]
        return dict(pairs)
    if "float" in tree:
        return float(tree["float"])
    if "rng" in tree:
        return Rng(_index(tree["rng"]))
    if "result" in tree:
        return Result(_index(tree["result"]))
    return Other(str(tree["other"])[:80])


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not an index")
    return value
