"""Read a worker's replies, which may be forged: types, shapes and dtypes are checked before they are used."""

from __future__ import annotations

import math
from typing import Any

from mlkata.tracks.conformance import Declared, Description, Parts
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
"""What reading a forged reply may raise."""
_LARGEST = 1 << 48
_MAX_DIMENSIONS = 64
"""numpy's own limit; multiplying 300,000 sizes would take hours."""
_TUPLE_DEPTH = 2
"""Several outputs, one of them a record: no contract goes deeper."""
_TREE_DEPTH = 3 * 9
"""A dict takes three levels of its tree, and wire.unpack goes 8 values deep."""


def announced(trees: list[Any]) -> list[tuple[int, str, list[int]]]:
    """Return bytes, dtype and shape of each array that the worker announces, ordered by index."""
    by_index: dict[int, tuple[int, str, list[int]]] = {}

    def visit(tree: Any, depth: int) -> None:
        if depth > _TREE_DEPTH or not isinstance(tree, dict | list):
            return
        if isinstance(tree, dict) and ("array" in tree or "number" in tree):
            shape, dtype = _read_array(tree)
            nbytes = math.prod(shape) * dtype.itemsize
            entry = (nbytes, dtype.str, list(shape))
            if by_index.setdefault(tree["array" if "array" in tree else "number"], entry) != entry:
                raise ProtocolError("an array is announced twice, with different shapes or dtypes")
            return
        for subtree in tree.values() if isinstance(tree, dict) else tree:
            visit(subtree, depth + 1)

    visit(trees, 0)
    return [by_index[index] for index in range(len(by_index))]


def _read_array(tree: dict[str, Any]) -> tuple[tuple[int, ...], Any]:
    """Return an announced array's shape and dtype. Raise ProtocolError."""
    shape = tree["shape"]
    if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
        raise ProtocolError("a shape is not a list of sizes")
    if not all(type(size) is int and 0 <= size < _LARGEST for size in shape):
        raise ProtocolError("a shape is not a list of counts")
    return tuple(shape), npy.read_dtype(tree["dtype"])


def described(tree: Any, *, depth: int = 0) -> Declared:
    """Return an announced value's type, dtype and shape, or its parts' ones. Raise one of UNREADABLE."""
    if isinstance(tree, dict) and depth < _TUPLE_DEPTH and ("tuple" in tree or "record" in tree):
        fields, parts = (None, tree["tuple"]) if "tuple" in tree else tree["record"][1:]
        return Parts([described(part, depth=depth + 1) for part in parts], fields)
    return _described_value(tree)


def _described_value(tree: Any) -> Description:
    if isinstance(tree, dict):
        for tag, name in (("array", "array"), ("number", "number")):
            if tag in tree:
                shape, dtype = _read_array(tree)
                return Description("number" if shape == () else name, npy.dtype_name(dtype), shape)
        if "float" in tree:
            return Description("number", "float64", ())
        return Description(wire.encodable(tree.get("other", next(iter(tree), "value")), 80))
    if type(tree) is int:
        return Description("number", "int64", ())
    if type(tree) is float:
        return Description("number", "float64", ())
    return Description(type(tree).__name__)


def read_raised(header: dict[str, Any]) -> Raised:
    """Return the exception of a reply. Raise one of UNREADABLE."""
    if not isinstance(header["types"], list):
        raise ProtocolError("types are not a list")
    types = tuple(wire.encodable(name, 80) for name in header["types"][:20]) or ("Exception",)
    return Raised(types, wire.encodable(header["message"], 2000), wire.encodable(header["traceback"], 4000))


def peaks(header: dict[str, Any], case: Case) -> dict[int, int]:
    """Return the peak in bytes of each capped step. Raise one of UNREADABLE."""
    peaks = dict(header.get("peaks", []))
    if peaks.keys() != case.caps.keys():
        raise ProtocolError("expected a peak for each capped step")
    if not all(type(size) is int and 0 <= size < _LARGEST for size in peaks.values()):
        raise ProtocolError("peaks are not counts")
    return peaks


def step(header: dict[str, Any], case: Case) -> int:
    """Return the index of the step that a reply is about. Raise one of UNREADABLE."""
    index = header["step"]
    if type(index) is not int or not 0 <= index < len(case.steps):
        raise ProtocolError("no such step")
    return index
