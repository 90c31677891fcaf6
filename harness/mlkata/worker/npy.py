"""Read and write arrays in numpy's npy format, with plain dtypes only.

Workers run untrusted code, so the header of an npy that comes from a worker is checked against the number of
bytes before memory is allocated, and nothing is ever unpickled.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np

MAX_HEADER = 1024
"""Limit in bytes of an npy header. numpy writes less for the dtypes and shapes that are allowed here."""
_DTYPE = r"[<>|][biufU][1-9]\d{0,8}"
"""Booleans, integers, floats and text of a fixed length, in either byte order: `<f8`, `|b1`, `>U12`."""
_MAX_DTYPE = 11
"""The longest text that _DTYPE matches."""
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>"
    + _DTYPE.encode()
    + rb")', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>(?:\d{1,15}, ?)*(?:\d{1,15})?)\), \} *\n",
    re.DOTALL,
)
_LAST_CODE_POINT = 0x10FFFF
"""The largest number of a Unicode character."""
_SURROGATES = (0xD800, 0xDFFF)
"""The first and last number that Unicode reserves for UTF-16. Text with one of these cannot be encoded."""


class ProtocolError(Exception):
    """The worker sent something that the protocol does not allow."""


def write(array: Any) -> bytes:
    """Return an array as npy bytes, in the memory order that it has (C or Fortran)."""
    buffer = BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read(blob: bytes) -> Any:
    """Return a new, writable, plain array from npy bytes. Raise ProtocolError.

    The header is compared with the number of bytes before memory is allocated.
    """
    match = _NPY.match(blob, 0, MAX_HEADER)
    # Bytes 8 and 9 hold the length of the text that follows them.
    if match is None or match.end() != 10 + int.from_bytes(blob[8:10], "little"):
        raise ProtocolError("not an npy header that numpy writes for plain numbers")
    dtype, start = read_dtype(match["dtype"].decode()), match.end()
    shape = tuple(int(size) for size in match["shape"].split(b",") if size.strip())
    if math.prod(shape) * dtype.itemsize != len(blob) - start:
        raise ProtocolError("npy header and number of bytes disagree")
    try:
        flat = np.frombuffer(blob, dtype, offset=start) if start < len(blob) else np.empty(0, dtype)
        array = flat.reshape(shape, order="F" if match["fortran"] == b"True" else "C").copy(order="K")
    except (ValueError, OverflowError, MemoryError) as error:
        raise ProtocolError("no array has such a shape") from error
    if dtype.kind == "U" and array.size:
        points = flat.view(dtype.str[0] + "u4")  # code points, in the byte order of the text
        low, high = _SURROGATES
        if points.max() > _LAST_CODE_POINT or ((points >= low) & (points <= high)).any():
            raise ProtocolError("text that is not Unicode")
    return array


def read_dtype(text: Any) -> Any:
    """Return the dtype that a text such as `<f8` names. Raise ProtocolError unless it `travels`."""
    if not isinstance(text, str) or len(text) > _MAX_DTYPE:  # long texts would fill the cache
        raise ProtocolError("a dtype that cannot be sent")
    return _read_dtype(text)


@lru_cache(256)  # thousands of answers name the same few dtypes
def _read_dtype(text: str) -> Any:
    if not travels(text):
        raise ProtocolError("a dtype that cannot be sent")
    try:
        return np.dtype(text)
    except (TypeError, ValueError) as error:
        raise ProtocolError("no such dtype") from error


@lru_cache(256)
def dtype_name(dtype: Any) -> str:
    """Return a dtype's name, such as `float64`. Cached, since numpy builds the name at each access."""
    return str(dtype.name)


@lru_cache(256)
def travels(text: str) -> bool:
    """Return whether arrays of this dtype can be sent between kit and worker; `text` is such as `<f8`."""
    return re.fullmatch(_DTYPE, text, re.ASCII) is not None
