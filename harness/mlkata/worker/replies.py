"""Reads what a worker's reply declares, and believes none of it: types, shapes and dtypes as text."""

from __future__ import annotations

import math
from typing import Any

from mlkata.tracks.conformance import Declared, Found, Parts
from mlkata.tracks.model import Case, Raised
from mlkata.worker import npy, wire
from mlkata.worker.npy import ProtocolError

UNREADABLE = (
    ProtocolError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)
"""What reading a reply may raise where the worker has forged it."""
_LARGEST = 1 << 48
_MAX_DIMENSIONS = 64
"""numpy's own limit; to multiply out 300,000 sizes would take hours."""
_TUPLE_DEPTH = 2
"""Several outputs, one of which is a record: no contract goes deeper."""
_TREE_DEPTH = 3 * 9
"""A dict of a value is three levels of its tree, and wire.unpack goes 8 levels deep."""


def declared(trees: list[Any]) -> list[tuple[int, str, list[int]]]:
    """List the arrays that the worker announces, by their index: bytes, dtype, shape."""
    by_index: dict[int, tuple[int, str, list[int]]] = {}

    def visit(tree: Any, depth: int) -> None:
        if depth > _TREE_DEPTH or not isinstance(tree, dict | list):
            return
        if isinstance(tree, dict) and ("array" in tree or "number" in tree):
            shape, dtype = _read_array(tree)
            nbytes = math.prod(shape) * dtype.itemsize
            one = (nbytes, dtype.str, list(shape))
            if by_index.setdefault(tree["array" if "array" in tree else "number"], one) != one:
                raise ProtocolError("one array announced as two")
            return
        for one in tree.values() if isinstance(tree, dict) else tree:
            visit(one, depth + 1)

    visit(trees, 0)
    return [by_index[index] for index in range(len(by_index))]


def _read_array(tree: dict[str, Any]) -> tuple[tuple[int, ...], Any]:
    """Read an announced array's shape and dtype. Raises ProtocolError."""
    shape = tree["shape"]
    if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
        raise ProtocolError("a shape is not a list of sizes")
    if not all(type(size) is int and 0 <= size < _LARGEST for size in shape):
        raise ProtocolError("a shape is not a list of counts")
    return tuple(shape), npy.read_dtype(tree["dtype"])


def found(tree: Any, *, depth: int = 0) -> Declared:
    """Say what a declared value is: a list where it is a tuple. Raises what UNREADABLE lists."""
    if isinstance(tree, dict) and depth < _TUPLE_DEPTH and ("tuple" in tree or "record" in tree):
        fields, parts = (None, tree["tuple"]) if "tuple" in tree else tree["record"][1:]
        return Parts([found(one, depth=depth + 1) for one in parts], fields)
    return _found_one(tree)


def _found_one(tree: Any) -> Found:
    if isinstance(tree, dict):
        for tag, name in (("array", "array"), ("number", "number")):
            if tag in tree:
                shape, dtype = _read_array(tree)
                return Found("number" if shape == () else name, npy.dtype_name(dtype), shape)
        if "float" in tree:
            return Found("number", "float64", ())
        return Found(wire.encodable(tree.get("other", next(iter(tree), "value")), 80))
    if type(tree) is int:
        return Found("number", "int64", ())
    if type(tree) is float:
        return Found("number", "float64", ())
    return Found(type(tree).__name__)


def read_raised(header: dict[str, Any]) -> Raised:
    """Read an exception's names and texts. Raises what UNREADABLE lists."""
    if not isinstance(header["types"], list):
        raise ProtocolError("types are not a list")
    types = tuple(wire.encodable(name, 80) for name in header["types"][:20]) or ("Exception",)
    return Raised(types, wire.encodable(header["message"], 2000), wire.encodable(header["traceback"], 4000))


def peaks(header: dict[str, Any], case: Case) -> dict[int, int]:
    """Read how many bytes each capped step has taken. Raises what UNREADABLE lists."""
    peaks = dict(header.get("peaks", []))
    if peaks.keys() != case.caps.keys():
        raise ProtocolError("a peak for each capped step was expected")
    if not all(type(size) is int and 0 <= size < _LARGEST for size in peaks.values()):
        raise ProtocolError("peaks are not counts")
    return peaks


def step(header: dict[str, Any], case: Case) -> int:
    """Read which step of a case a reply is about. Raises what UNREADABLE lists."""
    index = header["step"]
    if type(index) is not int or not 0 <= index < len(case.steps):
        raise ProtocolError("no such step")
    return index
