"""Holds what comes out of a worker against a contract: types, shapes and dtypes, before any byte is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlkata.tracks.contract import ANY, CHECKED, Contract, Record, Term, show_shape


@dataclass(frozen=True)
class Found:
    """What a returned value is, before its bytes are looked at."""

    type: str
    dtype: str = ""
    shape: tuple[int, ...] | None = None


class Parts(list[Any]):
    """What a returned tuple holds: each part as it was declared, and its fields where it names them."""

    def __init__(self, parts: Sequence[Any], fields: Sequence[str] | None = None) -> None:
        super().__init__(parts)
        self.fields = fields


Declared = Found | Sequence["Declared"]
"""What came back: a sequence where it is a tuple."""


def dimensions(contract: Contract, arguments: Mapping[str, Any]) -> dict[str, int]:
    """Bind the contract's dimensions from the arguments of one call."""
    bound: dict[str, int] = {}
    for entry in contract.parameters:
        _bind(entry, arguments.get(entry.name), bound)
    return bound


def violation(contract: Contract, arguments: Mapping[str, Any], found: Declared) -> str | None:
    """Say how the type, shape or dtype of a returned value breaks the contract, or None."""
    entries = contract.returns
    if isinstance(found, Found) and found.type == "NoneType":
        return f"{contract.function} returned None: is a `return` missing?"
    parts = [found] if len(entries) == 1 else found
    if isinstance(parts, Found):
        return _expected_tuple(contract, parts.type)
    if len(parts) != len(entries):
        return _expected_tuple(contract, f"tuple of {len(parts)}")
    bound = dimensions(contract, arguments)
    allow_float32 = any(
        isinstance(value, np.ndarray) and value.dtype == np.float32 for value in arguments.values()
    )
    for entry, one in zip(entries, parts, strict=True):
        message = _entry_violation(entry, one, bound, allow_float32=allow_float32)
        if message:
            return message
    return None


def not_finite(contract: Contract, value: Any) -> str | None:
    """Name the first returned float that is NaN or infinite, or None; a record may hold them."""
    values = value if isinstance(value, tuple) else (value,)
    for entry, one in zip(contract.returns, values, strict=False):
        if entry.dtype == "float" and not np.all(np.isfinite(one)):
            return f"{entry.name} is not finite: it holds NaN or infinity"
    return None


def named(contract: Contract, value: Any) -> Any:
    """Return a value that keeps the contract as named tuples: its records, and several outputs.

    The fields of several outputs are called as the contract calls them.
    """
    if len(contract.returns) == 1:
        return _as_record(contract.returns[0], value)
    if not isinstance(value, tuple) or len(value) != len(contract.returns):
        return value
    return contract.outputs(*map(_as_record, contract.returns, value))


def _as_record(entry: Term, value: Any) -> Any:
    return entry.record.type(*value) if entry.record else value


def _bind(entry: Term, value: Any, bound: dict[str, int]) -> None:
    if entry.record is not None and isinstance(value, tuple):
        for field, one in zip(entry.record.fields, value, strict=True):
            _bind(field, one, bound)
    elif isinstance(value, np.ndarray) and entry.shape is not None:
        for dimension, size in zip(entry.shape, value.shape, strict=False):
            bound.setdefault(dimension, size)
    elif isinstance(value, int) and entry.shape is None:
        bound.setdefault(entry.name, value)


def _record_violation(entry: Term, record: Record, found: Declared, *, allow_float32: bool) -> str | None:
    names = ", ".join(field.name for field in record.fields)
    if isinstance(found, Found) or len(found) != len(record.fields):
        came = _describe(found) if isinstance(found, Found) else f"a tuple of {len(found)}"
        return f"{entry.name} is {came}; the contract asks for {entry} ({names})"
    own = getattr(found, "fields", None)
    if own is not None and list(own) != [field.name for field in record.fields]:
        return f"{entry.name} has fields {', '.join(map(str, own))}; the contract asks for {entry} ({names})"
    bound: dict[str, int] = {}
    for field, one in zip(record.fields, found, strict=True):
        inside = replace(field, name=f"{entry.name}.{field.name}")
        message = _entry_violation(inside, one, bound, allow_float32=allow_float32)
        if message:
            return message
        if isinstance(one, Found):
            for dimension, size in zip(field.shape or (), one.shape or (), strict=False):
                bound.setdefault(dimension, size)
    return None


def _entry_violation(
    entry: Term, found: Declared, bound: Mapping[str, int], *, allow_float32: bool
) -> str | None:
    if entry.record is not None:
        return _record_violation(entry, entry.record, found, allow_float32=allow_float32)
    if entry.dtype not in CHECKED:
        return None
    asks = f"the contract asks for {entry}"
    if not isinstance(found, Found):
        return f"{entry.name} is a tuple of {len(found)}; {asks}"
    if entry.shape is None:
        if _scalar_fits(entry.dtype, found):
            return None
        return f"{entry.name} is {_describe(found)}; {asks}"
    if found.type != "array" or found.shape is None:
        return f"{entry.name} is {_describe(found)}; {asks}"
    if entry.shape != ("...",):
        sizes = tuple(bound.get(name, int(name) if name.isdigit() else None) for name in entry.shape)
        if len(found.shape) != len(sizes):
            return f"{entry.name} is {_describe(found)}; {asks}"
        if any(size not in (None, got) for size, got in zip(sizes, found.shape, strict=True)):
            wanted = tuple(s if s is not None else n for s, n in zip(sizes, entry.shape, strict=True))
            return f"{entry.name} has shape {show_shape(found.shape)}; {asks}, here {show_shape(wanted)}"
    if not _dtype_fits(entry.dtype, found.dtype, array=True, allow_float32=allow_float32):
        return f"{entry.name} has dtype {found.dtype}; {asks}" + (
            " (float64; float32 only where an input is float32)" if entry.dtype == "float" else ""
        )
    return None


def _scalar_fits(wanted: str, found: Found) -> bool:
    if found.type == "number" and found.shape == ():
        return _dtype_fits(wanted, found.dtype)
    return found.type == wanted  # Python's own bool or str


def _dtype_fits(wanted: str, dtype: str, *, array: bool = False, allow_float32: bool = False) -> bool:
    # By name: numpy cannot read back some of its own, such as `str96`.
    if wanted in ("int", "bool", "str"):
        return dtype.startswith(("int", "uint") if wanted == "int" else wanted)
    if wanted == ANY:
        return dtype.startswith(("int", "uint", "float", "bool", "str"))
    if not array:
        return dtype.startswith(("float", "longdouble", "int", "uint"))
    return dtype == "float64" or (allow_float32 and dtype == "float32")


def _describe(found: Found) -> str:
    if found.type == "array" and found.shape is not None:
        return f"an array of shape {show_shape(found.shape)}"
    if found.type == "number":
        return f"one {found.dtype}"
    return _article(found.type)


def _expected_tuple(contract: Contract, came: str) -> str:
    names = ", ".join(entry.name for entry in contract.returns)
    return f"{contract.function} returned {_article(came)}; the contract asks for a tuple ({names})"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
