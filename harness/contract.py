"""Reads a stub function's docstring as a contract and holds values against it.

The docstring is the only place that says what a function takes and returns, in the form that
numpydoc asks for and a person reads:

    labels : int array of shape (n_samples,)
    inertia : float
    k : int

An `int array` has any integer dtype. A `float array` is float64, or float32 where an argument of
the call is float32. Dimensions are bound by name from the arguments of the call: arrays by their
shape, integers by their value. A dimension that stays unbound may have any size.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.model import KataError

_ENTRY = re.compile(
    r"^(?P<name>\w+) : (?:(?P<array>int|float) array of shape \((?P<shape>[^)]*)\)"
    r"|(?P<scalar>int|float|bool|str)\b(?=$|,)|(?P<other>.+))",
)
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One line of a Parameters or Returns section."""

    name: str
    dtype: str
    """`int`, `float`, `bool`, `str`, or any other words for what no check looks into."""
    shape: tuple[str, ...] | None
    """Dimensions by name, or None for a scalar."""

    def __str__(self) -> str:
        if self.shape is None:
            return self.dtype
        return f"{self.dtype} array of shape {show_shape(self.shape)}"


@dataclass(frozen=True)
class Contract:
    """What one function takes and returns."""

    function: str
    signature: inspect.Signature
    parameters: tuple[Entry, ...]
    returns: tuple[Entry, ...]
    docstring: str

    def states(self, rule: str) -> bool:
        """Does the docstring say this rule, in these words?"""
        return _plain(rule) in _plain(self.docstring)


@dataclass(frozen=True)
class Found:
    """What a returned value is, before its bytes are looked at."""

    type: str
    dtype: str = ""
    shape: tuple[int, ...] | None = None


def read(function: Callable[..., Any]) -> Contract:
    """Read the contract of one stub function.

    Raises KataError where the docstring leaves out a parameter, has no Returns section, or says
    something of numbers that no check could hold a value against.
    """
    docstring = inspect.getdoc(function) or ""
    sections = _sections(docstring)
    parameters = _entries(sections.get("Parameters", ""))
    returns = _entries(sections.get("Returns", ""))
    signature = inspect.signature(function)
    name = function.__name__
    if [entry.name for entry in parameters] != list(signature.parameters):
        raise KataError(
            f"{name}: its docstring describes {[entry.name for entry in parameters]}, "
            f"its signature has {list(signature.parameters)}: make them agree"
        )
    if not returns:
        raise KataError(f"{name}: its docstring has no Returns section: say what comes back")
    for entry in (*parameters, *returns):
        if re.match(r"(int|float)\b", entry.dtype) and entry.dtype not in ("int", "float"):
            raise KataError(
                f"{name}: cannot read `{entry.name} : {entry.dtype}`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            )
    return Contract(name, signature, parameters, returns, docstring)


def dimensions(contract: Contract, arguments: Mapping[str, Any]) -> dict[str, int]:
    """Bind the contract's dimensions from the arguments of one call."""
    bound: dict[str, int] = {}
    for entry in contract.parameters:
        value = arguments.get(entry.name)
        if isinstance(value, np.ndarray) and entry.shape is not None:
            for dimension, size in zip(entry.shape, value.shape, strict=False):
                bound.setdefault(dimension, size)
        elif isinstance(value, int) and entry.shape is None:
            bound.setdefault(entry.name, value)
    return bound


def violation(contract: Contract, arguments: Mapping[str, Any], found: Found | list[Found]) -> str | None:
    """Say how the type, shape or dtype of a returned value breaks the contract, or None.

    `found` is a list where a tuple came back.
    """
    entries = contract.returns
    if isinstance(found, Found):
        if found.type == "NoneType":
            return f"{contract.function} returned None: is a `return` missing?"
        if len(entries) > 1:
            return _expected_tuple(contract, found.type)
        found = [found]
    elif len(entries) == 1:
        return f"{entries[0].name} is a tuple of {len(found)}; the contract asks for {entries[0]}"
    if len(found) != len(entries):
        return _expected_tuple(contract, f"tuple of {len(found)}")
    bound = dimensions(contract, arguments)
    allow_float32 = any(
        isinstance(value, np.ndarray) and value.dtype == np.float32 for value in arguments.values()
    )
    for entry, one in zip(entries, found, strict=True):
        message = _entry_violation(entry, one, bound, allow_float32=allow_float32)
        if message:
            return message
    return None


def not_finite(contract: Contract, value: Any) -> str | None:
    """Name the first returned float that is NaN or infinite, or None."""
    values = value if isinstance(value, tuple) else (value,)
    for entry, one in zip(contract.returns, values, strict=False):
        if entry.dtype == "float" and not np.all(np.isfinite(one)):
            return f"{entry.name} is not finite: it holds NaN or infinity"
    return None


def show_shape(shape: tuple[Any, ...]) -> str:
    """Write a shape as Python does, its dimensions by name or size: `(n_samples,)`."""
    inside = ", ".join(str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _entry_violation(
    entry: Entry, found: Found, bound: Mapping[str, int], *, allow_float32: bool
) -> str | None:
    if entry.dtype not in ("int", "float"):
        return None
    asks = f"the contract asks for {entry}"
    if entry.shape is None:
        if found.type == "number" and found.shape == () and _dtype_fits(entry.dtype, found.dtype):
            return None
        return f"{entry.name} is {_describe(found)}; {asks}"
    if found.type != "array":
        return f"{entry.name} is {_describe(found)}; {asks}"
    sizes = tuple(bound.get(name, int(name) if name.isdigit() else None) for name in entry.shape)
    if found.shape is None or len(found.shape) != len(sizes):
        return f"{entry.name} is {_describe(found)}; {asks}"
    if any(size not in (None, got) for size, got in zip(sizes, found.shape, strict=True)):
        wanted = show_shape(tuple(s if s is not None else n for s, n in zip(sizes, entry.shape, strict=True)))
        return f"{entry.name} has shape {show_shape(found.shape)}; {asks}, here {wanted}"
    if not _dtype_fits(entry.dtype, found.dtype, array=True, allow_float32=allow_float32):
        return f"{entry.name} has dtype {found.dtype}; {asks}" + (
            " (float64; float32 only where an input is float32)" if entry.dtype == "float" else ""
        )
    return None


def _dtype_fits(wanted: str, dtype: str, *, array: bool = False, allow_float32: bool = False) -> bool:
    # By name: numpy cannot read back some of its own, such as `str96`.
    if wanted == "int":
        return dtype.startswith(("int", "uint"))
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


def _sections(docstring: str) -> dict[str, str]:
    parts = _SECTION.split(docstring)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _entries(section: str) -> tuple[Entry, ...]:
    found = []
    for line in section.splitlines():
        match = _ENTRY.match(line)
        if not match:
            continue
        if match["array"]:
            dimensions_ = tuple(name.strip() for name in match["shape"].split(",") if name.strip())
            found.append(Entry(match["name"], match["array"], dimensions_))
        else:
            found.append(Entry(match["name"], match["scalar"] or match["other"], None))
    return tuple(found)


def _plain(text: str) -> str:
    return re.sub(r"[\s`]+", " ", text).lower().strip()


def module_functions(source: str) -> list[ast.FunctionDef]:
    """List the top-level functions of a source, in its order."""
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
