"""Read a worker's replies, which untrusted code may have forged.

Types, shapes and dtypes are checked before they are used. A forged reply raises one of the exceptions in
UNREADABLE, without taking much time or memory. A case is one input that is judged; its steps are the calls of
the candidate's functions.
"""

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
"""The exceptions that reading a forged reply may raise."""
_LARGEST = 1 << 48
"""Upper bound of a size or a number of bytes; no process can address more."""
_MAX_DIMENSIONS = 64
"""As in numpy. Without a limit, the product of 300,000 forged sizes would take hours."""
_MAX_NAME = 80
"""Characters of a type's name that are kept."""
_MAX_TYPES = 20
"""Classes of an exception, its own and its base classes, that are kept."""
_TUPLE_DEPTH = 2
"""Levels of tuples that are described: a contract may have several outputs, one of them a named tuple."""
_TREE_DEPTH = 3 * 9
"""Levels of JSON that are searched for arrays: wire.unpack reads values nested up to 8 deep, i.e. 9 levels,
and a dict takes three levels of JSON."""


def announced(trees: list[Any]) -> list[tuple[int, str, list[int]]]:
    """Return the number of bytes, dtype and shape of each array that the worker announces, ordered by index.

    `trees` holds JSON of values, as `wire.pack` makes it. In it, `{"array": 0, "dtype": "<f8", "shape": [3]}`
    announces array 0, and `{"number": 1, "dtype": "<f8", "shape": []}` a numpy scalar, sent as array 1.
    """
    by_index: dict[int, tuple[int, str, list[int]]] = {}

    def visit(tree: Any, depth: int) -> None:
        if depth > _TREE_DEPTH or not isinstance(tree, dict | list):
            return
        if isinstance(tree, dict) and ("array" in tree or "number" in tree):
            shape, dtype = _read_array(tree)
            announcement = (math.prod(shape) * dtype.itemsize, dtype.str, list(shape))
            index = tree["array"] if "array" in tree else tree["number"]
            if by_index.setdefault(index, announcement) != announcement:
                raise ProtocolError("an array is announced twice, with different shapes or dtypes")
            return
        for subtree in tree.values() if isinstance(tree, dict) else tree:
            visit(subtree, depth + 1)

    visit(trees, 0)
    return [by_index[index] for index in range(len(by_index))]  # raises if an index is missing


def _read_array(tree: dict[str, Any]) -> tuple[tuple[int, ...], Any]:
    """Return an announced array's shape and dtype. Raise ProtocolError."""
    shape = tree["shape"]
    if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
        raise ProtocolError("a shape is not a list of sizes")
    if not all(type(size) is int and 0 <= size < _LARGEST for size in shape):
        raise ProtocolError("a shape is not a list of counts")
    return tuple(shape), npy.read_dtype(tree["dtype"])


def described(tree: Any, *, depth: int = 0) -> Declared:
    """Return the type, dtype and shape of an announced value, or of its parts if it is a tuple.

    Raise one of UNREADABLE.
    """
    if isinstance(tree, dict) and depth < _TUPLE_DEPTH and ("tuple" in tree or "record" in tree):
        fields, parts = (None, tree["tuple"]) if "tuple" in tree else tree["record"][1:]
        return Parts([described(part, depth=depth + 1) for part in parts], fields)
    return _described_value(tree)


def _described_value(tree: Any) -> Description:
    """Return the type, dtype and shape of a value that is not a tuple.

    Its JSON is a plain value, or a dict whose first key is a tag. Besides `array` and `number`, the
    tags are `float` (NaN or infinity), `other` (the name of a type that cannot be sent) and names of types,
    such as `list` or `dict`, which no contract describes further.
    """
    if isinstance(tree, dict):
        for tag in ("array", "number"):
            if tag in tree:
                shape, dtype = _read_array(tree)
                return Description("number" if shape == () else tag, npy.dtype_name(dtype), shape)
        if "float" in tree:  # NaN or infinity, which JSON lacks
            return Description("number", "float64", ())
        name = tree.get("other", next(iter(tree), "value"))
        return Description(wire.encodable(name, size=_MAX_NAME))
    if type(tree) is int:
        return Description("number", "int64", ())
    if type(tree) is float:
        return Description("number", "float64", ())
    return Description(type(tree).__name__)


def read_raised(header: dict[str, Any]) -> Raised:
    """Return the exception that a reply reports. Raise one of UNREADABLE."""
    if not isinstance(header["types"], list):
        raise ProtocolError("types are not a list")
    names = header["types"][:_MAX_TYPES]
    return Raised(
        types=tuple(wire.encodable(name, size=_MAX_NAME) for name in names) or ("Exception",),
        message=wire.encodable(header["message"], size=2000),
        traceback=wire.encodable(header["traceback"], size=4000),
    )


def peaks(header: dict[str, Any], case: Case) -> dict[int, int]:
    """Return the peak memory in bytes of each step with a memory cap. Raise one of UNREADABLE."""
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
