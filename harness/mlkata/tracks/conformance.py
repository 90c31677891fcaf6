"""Checks a value that a worker returned against the contract of the function: type, shape and dtype.

A worker is the process that runs a candidate's code. It first declares a value's types and shapes, and these
are checked before the bytes of its arrays are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlkata.tracks.contract import ANY, CHECKED, Contract, Record, Term, show_shape

_DTYPES = {"float": " (float64; float32 only if an input is float32)", ANY: " (numbers, booleans or text)"}
"""Added to a message about a dtype: what the contract's word for the dtype means."""


@dataclass(frozen=True)
class Description:
    """The type, dtype and shape of a returned value, as the worker declared them."""

    type: str
    """`array`, `number`, or the name of another Python type."""
    dtype: str = ""
    shape: tuple[int, ...] | None = None
    """() for a number; None unless it is an array or a number."""


class Parts(list[Any]):
    """The parts of a returned tuple as the worker declared them, and the fields' names of a named tuple."""

    def __init__(self, parts: Sequence[Any], fields: Sequence[str] | None = None) -> None:
        super().__init__(parts)
        self.fields = fields


Declared = Description | Sequence["Declared"]
"""A returned value as the worker declared it; a tuple is a sequence of its parts."""


def dimensions(contract: Contract, arguments: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes of the contract's dimensions in one call, by name.

    A dimension gets its size from the shape of an argument, or from the value of an int of its name.
    """
    bound: dict[str, int] = {}  # the dimensions whose size is known so far
    for entry in contract.parameters:
        _bind(entry, arguments.get(entry.name), bound)
    return bound


def violation(contract: Contract, arguments: Mapping[str, Any], declared: Declared) -> str | None:
    """Return how the type, shape or dtype of a returned value breaks the contract, or None."""
    entries = contract.returns
    if isinstance(declared, Description) and declared.type == "NoneType":
        return f"{contract.function} returned None: is a `return` missing?"
    parts = [declared] if len(entries) == 1 else declared
    if isinstance(parts, Description):
        return _expected_tuple(contract, parts.type)
    if len(parts) != len(entries):
        return _expected_tuple(contract, f"tuple of {len(parts)}")
    bound = dimensions(contract, arguments)
    allow_float32 = any(
        isinstance(value, np.ndarray) and value.dtype == np.float32 for value in arguments.values()
    )
    for entry, part in zip(entries, parts, strict=True):
        message = _entry_violation(entry, part, bound, allow_float32=allow_float32)
        if message:
            return message
    return None


def not_finite(contract: Contract, value: Any) -> str | None:
    """Return a line on the first output with NaN or infinity, or None; fields of records are not checked."""
    values = value if isinstance(value, tuple) else (value,)
    for entry, part in zip(contract.returns, values, strict=False):
        if entry.dtype == "float" and not np.all(np.isfinite(part)):
            return f"{entry.name} has NaN or infinity: expected finite numbers"
    return None


def named(contract: Contract, value: Any) -> Any:
    """Return a value with its records, and several outputs together, turned into named tuples.

    The value must fit the contract, which has the names of the fields.
    """
    if len(contract.returns) == 1:
        return _as_record(contract.returns[0], value)
    if not isinstance(value, tuple) or len(value) != len(contract.returns):
        return value
    return contract.outputs(*map(_as_record, contract.returns, value))


def _as_record(entry: Term, value: Any) -> Any:
    return entry.record.type(*value) if entry.record else value


def _bind(entry: Term, value: Any, bound: dict[str, int]) -> None:
    """Add the sizes of dimensions that an argument determines; a size that is known already stays."""
    if entry.record is not None and isinstance(value, tuple):
        for field, part in zip(entry.record.fields, value, strict=True):
            _bind(field, part, bound)
    elif isinstance(value, np.ndarray) and entry.shape is not None:
        for dimension, size in zip(entry.shape, value.shape, strict=False):
            bound.setdefault(dimension, size)
    elif isinstance(value, int) and entry.shape is None:
        bound.setdefault(entry.name, value)


def _record_violation(entry: Term, record: Record, declared: Declared, *, allow_float32: bool) -> str | None:
    """Return how a returned record breaks the contract, or None."""
    names = ", ".join(field.name for field in record.fields)
    if isinstance(declared, Description) or len(declared) != len(record.fields):
        got = _describe(declared) if isinstance(declared, Description) else f"a tuple of {len(declared)}"
        return f"{entry.name} is {got}; expected {entry} ({names})"
    fields = getattr(declared, "fields", None)
    if fields is not None and list(fields) != [field.name for field in record.fields]:
        return f"{entry.name} has fields {', '.join(map(str, fields))}; expected {entry} ({names})"
    bound: dict[str, int] = {}  # the dimensions of this record, from its own fields
    for field, part in zip(record.fields, declared, strict=True):
        named_field = replace(field, name=f"{entry.name}.{field.name}")
        message = _entry_violation(named_field, part, bound, allow_float32=allow_float32)
        if message:
            return message
        if isinstance(part, Description):
            for dimension, size in zip(field.shape or (), part.shape or (), strict=False):
                bound.setdefault(dimension, size)
    return None


def _entry_violation(
    entry: Term, declared: Declared, bound: Mapping[str, int], *, allow_float32: bool
) -> str | None:
    """Return how one output, or one field of a record, breaks the contract, or None."""
    if entry.record is not None:
        return _record_violation(entry, entry.record, declared, allow_float32=allow_float32)
    if entry.dtype not in CHECKED:
        return None
    expected = f"expected {entry}"
    if not isinstance(declared, Description):
        return f"{entry.name} is a tuple of {len(declared)}; {expected}"
    if entry.shape is None:
        if _scalar_fits(entry.dtype, declared):
            return None
        return f"{entry.name} is {_describe(declared)}; {expected}"
    if declared.type != "array" or declared.shape is None:
        # An array that cannot be sent, such as one of objects, is declared as "ndarray of dtype object".
        dtypes = _DTYPES.get(entry.dtype, "") if declared.type.startswith("ndarray of dtype") else ""
        return f"{entry.name} is {_describe(declared)}; {expected}{dtypes}"
    if entry.shape != ("...",):
        sizes = tuple(bound.get(name, int(name) if name.isdigit() else None) for name in entry.shape)
        if len(declared.shape) != len(sizes):
            return f"{entry.name} is {_describe(declared)}; {expected}"
        if any(size not in (None, got) for size, got in zip(sizes, declared.shape, strict=True)):
            expected_shape = show_shape(
                tuple(s if s is not None else n for s, n in zip(sizes, entry.shape, strict=True))
            )
            return f"{entry.name} has shape {show_shape(declared.shape)}; {expected}, here {expected_shape}"
    if not _dtype_fits(entry.dtype, declared.dtype, array=True, allow_float32=allow_float32):
        return f"{entry.name} has dtype {declared.dtype}; {expected}{_DTYPES.get(entry.dtype, '')}"
    return None


def _scalar_fits(expected: str, description: Description) -> bool:
    if description.type == "number" and description.shape == ():
        return _dtype_fits(expected, description.dtype)
    return description.type == expected  # a bool or a str of Python, not of numpy


def _dtype_fits(expected: str, dtype: str, *, array: bool = False, allow_float32: bool = False) -> bool:
    # Names are compared, since numpy cannot parse some names of its own dtypes, such as `str96`.
    if expected in ("int", "bool", "str"):
        return dtype.startswith(("int", "uint") if expected == "int" else expected)
    if expected == ANY:
        return dtype.startswith(("int", "uint", "float", "bool", "str"))
    if not array:
        return dtype.startswith(("float", "longdouble", "int", "uint"))
    return dtype == "float64" or (allow_float32 and dtype == "float32")


def _describe(description: Description) -> str:
    if description.type == "array" and description.shape is not None:
        return f"an array of shape {show_shape(description.shape)}"
    if description.type == "number":
        return f"{_article(description.dtype)} scalar"
    return _article(description.type)


def _expected_tuple(contract: Contract, got: str) -> str:
    names = ", ".join(entry.name for entry in contract.returns)
    return f"{contract.function} returned {_article(got)}; expected a tuple ({names})"


def _article(noun: str) -> str:
    """Return a noun with `a` or `an`; people say "en-dee-array"."""
    return f"an {noun}" if noun[0] in "aeiou" or noun.startswith("nd") else f"a {noun}"
