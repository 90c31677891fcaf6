"""Reads a stub function's docstring as a contract and holds values against it.

The docstring is the only place that says what a function takes and returns, a line each, in
numpydoc's words and half its lines; an arrow marks what comes back:

    X : float array of shape (n_samples, n_features)
    k : int
    covariances : float array of shape (...)
    y : array of shape (n_samples,)
    -> labels : int array of shape (n_samples,)
    -> tree : Tree

An `int array` has any integer dtype. A `float array` is float64, or float32 where an argument of
the call is float32. A plain `array` holds numbers, booleans or text. Dimensions are bound by name
from the arguments of the call: arrays by their shape, integers by their value. A dimension that
stays unbound may have any size, and three dots stand for any shape.

`Tree` is a record: a named tuple of the stub whose docstring lists its fields in the same way.
Dimensions inside a record that is returned belong to it alone. Words that are none of these name
what no check looks into.

What a later round adds to a function's rules stands in a comment below that round's heading, so
that the function reads simply until then:

    # Round 3: weights, metrics, self
    #
    # knn: metric may also be "manhattan", the sum of absolute differences.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.model import KataError

_ENTRY = re.compile(
    r"^(?P<name>\w+) : (?:(?:(?P<array>int|float|bool|str) )?array of shape \((?P<shape>[^)]*)\)"
    r"|(?P<scalar>int|float|bool|str)\b(?=$|,| or None)|(?P<other>.+))",
)
_ANY = "any"
_CHECKED = ("int", "float", "bool", "str", _ANY)
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
HEADING = re.compile(r"# Round (\d+)\b")
_NOTE = re.compile(r"#\s?(?:(?P<name>\w+): )?(?P<text>.*)")


@dataclass(frozen=True)
class Entry:
    """One line of a docstring about what comes in or goes out."""

    name: str
    dtype: str
    """`int`, `float`, `bool`, `str`, `any`, or other words for what no check looks into."""
    shape: tuple[str, ...] | None
    """Dimensions by name, or None for what is no array."""
    record: Record | None = None

    def __str__(self) -> str:
        if self.shape is None:
            return self.dtype
        dtype = "" if self.dtype == _ANY else f"{self.dtype} "
        return f"{dtype}array of shape {show_shape(self.shape)}"


@dataclass(frozen=True)
class Record:
    """A named tuple of the stub, and what its docstring says of its fields."""

    type: type[Any]
    fields: tuple[Entry, ...]


@dataclass(frozen=True)
class Contract:
    """What one function takes and returns."""

    function: str
    signature: inspect.Signature
    parameters: tuple[Entry, ...]
    returns: tuple[Entry, ...]
    docstring: str
    notes: str = ""
    """What later rounds add to the docstring."""

    def states(self, rule: str) -> bool:
        """Does the docstring, or what later rounds add to it, say this rule in these words?"""
        return _plain(rule) in _plain(self.docstring) or _plain(rule) in _plain(self.notes)


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


def read_record(type_: type[Any]) -> Record:
    """Read what a stub's named tuple says of its fields. Raises KataError where it leaves one out."""
    fields, _ = _read_docstring(inspect.getdoc(type_) or "", {})
    if [entry.name for entry in fields] != list(type_._fields):
        raise KataError(
            f"{type_.__name__}: its docstring describes {[entry.name for entry in fields]}, "
            f"it has {list(type_._fields)}: make them agree"
        )
    return Record(type_, fields)


def read(
    function: Callable[..., Any], records: Mapping[str, Record] | None = None, notes: str = ""
) -> Contract:
    """Read the contract of one stub function; `records` are those that it may name.

    Raises KataError where the docstring leaves out a parameter, says nothing of what comes back, or
    says something of numbers that no check could hold a value against.
    """
    docstring = inspect.getdoc(function) or ""
    parameters, returns = _read_docstring(docstring, records or {})
    signature = inspect.signature(function)
    name = function.__name__
    if [entry.name for entry in parameters] != list(signature.parameters):
        raise KataError(
            f"{name}: its docstring describes {[entry.name for entry in parameters]}, "
            f"its signature has {list(signature.parameters)}: make them agree"
        )
    if not returns:
        raise KataError(f"{name}: its docstring has no line `-> name : type`: say what comes back")
    for entry in (*parameters, *returns):
        if re.match(r"(int|float|bool)\b", entry.dtype) and entry.dtype not in _CHECKED:
            raise KataError(
                f"{name}: cannot read `{entry.name} : {entry.dtype}`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            )
    return Contract(name, signature, parameters, returns, docstring, notes)


def read_notes(source: str) -> dict[str, str]:
    """Read what the comments below round headings add to each function, by its name."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    inside = False
    for line in source.splitlines():
        inside = bool(HEADING.match(line)) or (inside and line.startswith("#"))
        match = _NOTE.match(line) if inside and not HEADING.match(line) else None
        if match is None:
            current = None
        elif match["name"]:
            current = found.setdefault(match["name"], [])
            current.append(match["text"])
        elif current is not None:
            current.append(match["text"])
    return {name: " ".join(lines) for name, lines in found.items()}


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
    """Give a returned value with its records as the stub's named tuples; it keeps the contract."""
    if len(contract.returns) == 1:
        record = contract.returns[0].record
        return record.type(*value) if record else value
    if not isinstance(value, tuple) or not any(entry.record for entry in contract.returns):
        return value
    return tuple(
        entry.record.type(*one) if entry.record else one
        for entry, one in zip(contract.returns, value, strict=True)
    )


def show_shape(shape: tuple[Any, ...]) -> str:
    """Write a shape as Python does, its dimensions by name or size: `(n_samples,)`."""
    inside = ", ".join(str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _bind(entry: Entry, value: Any, bound: dict[str, int]) -> None:
    if entry.record is not None and isinstance(value, tuple):
        for field, one in zip(entry.record.fields, value, strict=True):
            _bind(field, one, bound)
    elif isinstance(value, np.ndarray) and entry.shape is not None:
        for dimension, size in zip(entry.shape, value.shape, strict=False):
            bound.setdefault(dimension, size)
    elif isinstance(value, int) and entry.shape is None:
        bound.setdefault(entry.name, value)


def _record_violation(entry: Entry, record: Record, found: Declared, *, allow_float32: bool) -> str | None:
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
    entry: Entry, found: Declared, bound: Mapping[str, int], *, allow_float32: bool
) -> str | None:
    if entry.record is not None:
        return _record_violation(entry, entry.record, found, allow_float32=allow_float32)
    if entry.dtype not in _CHECKED:
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
    if wanted == _ANY:
        return dtype.startswith(("int", "uint", "float", "bool", "str"))
    if not array:
        return dtype.startswith(("float", "longdouble", "int", "uint"))
    return dtype == "float64" or (allow_float32 and dtype == "float32")


def _describe(found: Found) -> str:
    if found.type == "array" and found.shape is not None:
        return f"an array of shape {show_shape(found.shape)}"
    if found.type == "number":
        return f"one {found.dtype}"
    return f"a {found.type}"


def _expected_tuple(contract: Contract, came: str) -> str:
    names = ", ".join(entry.name for entry in contract.returns)
    return f"{contract.function} returned a {came}; the contract asks for a tuple ({names})"


def _read_docstring(
    docstring: str, records: Mapping[str, Record]
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Read what a docstring says of parameters (or fields), and of what comes back."""
    sections = _sections(docstring)
    if sections:
        parameters = sections.get("Parameters", "") or sections.get("Fields", "")
        return _entries(parameters, records), _entries(sections.get("Returns", ""), records)
    lines = docstring.splitlines()
    back = [line.removeprefix("-> ") for line in lines if line.startswith("-> ")]
    there = [line for line in lines if not line.startswith("-> ")]
    return _entries("\n".join(there), records), _entries("\n".join(back), records)


def _sections(docstring: str) -> dict[str, str]:
    parts = _SECTION.split(docstring)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _entries(section: str, records: Mapping[str, Record]) -> tuple[Entry, ...]:
    found = []
    for line in section.splitlines():
        match = _ENTRY.match(line)
        if not match:
            continue
        if match["shape"] is not None:
            dimensions_ = tuple(name.strip() for name in match["shape"].split(",") if name.strip())
            found.append(Entry(match["name"], match["array"] or _ANY, dimensions_))
        else:
            words = match["scalar"] or match["other"]
            found.append(Entry(match["name"], words, None, records.get(words)))
    return tuple(found)


def _plain(text: str) -> str:
    return re.sub(r"[\s`]+", " ", text).lower().strip()


def module_functions(source: str) -> list[ast.FunctionDef]:
    """List the top-level functions of a source, in its order."""
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
