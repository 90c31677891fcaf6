"""Reads a stub function's docstring as a contract; `conformance` holds values against it.

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
Dimensions inside a record that is returned belong to it alone.

No check looks into anything else: another type of TYPES, such as `list of Tree`, or words that begin
with one of FREE_WORDS, such as `what init returned`. Any other first word is a slip (see `type_problem`).

What a later round adds to a function's rules stands in a comment below that round's heading, so
that the function reads simply until then:

    # Round 3: weights, metrics, self
    #
    # knn: metric may also be "manhattan", the sum of absolute differences.
"""

from __future__ import annotations

import inspect
import re
from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mlkata.tracks.model import KataError

_ENTRY = re.compile(
    r"^(?P<name>\w+) : (?:(?:(?P<array>int|float|bool|str) )?array of shape \((?P<shape>[^)]*)\)"
    r"|(?P<scalar>int|float|bool|str)\b(?=$|,| or None)|(?P<other>.+))",
)
ANY = "any"
CHECKED = ("int", "float", "bool", "str", ANY)
TYPES = (
    "int", "float", "bool", "str", "array", "list", "tuple", "dict", "callable", "None",
    "numpy.random.Generator",
)  # fmt: skip
FREE_WORDS = ("anything", "what", "whatever", "as", "any", "a", "an", "the")
"""First words of a type that is free."""
HEADING = re.compile(r"# Round (\d+)\b")
_NOTE = re.compile(r"#\s?(?:(?P<name>\w+): )?(?P<text>.*)")


@dataclass(frozen=True)
class Term:
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
        dtype = "" if self.dtype == ANY else f"{self.dtype} "
        return f"{dtype}array of shape {show_shape(self.shape)}"


@dataclass(frozen=True)
class Record:
    """A named tuple of the stub, and what its docstring says of its fields."""

    type: type[Any]
    fields: tuple[Term, ...]


@dataclass(frozen=True)
class Contract:
    """What one function takes and returns."""

    function: str
    signature: inspect.Signature
    parameters: tuple[Term, ...]
    returns: tuple[Term, ...]
    docstring: str
    notes: str = ""
    """What later rounds add to the docstring."""

    @cached_property
    def outputs(self) -> type[Any]:
        """A named tuple of what it returns, where that is several things."""
        names = [entry.name for entry in self.returns]
        return namedtuple(self.function, names, rename=True)  # noqa: PYI024 - known only now

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of what it returns; where that is one record, those of its fields."""
        record = self.returns[0].record
        terms = record.fields if record and len(self.returns) == 1 else self.returns
        return tuple(term.name for term in terms)

    def states(self, rule: str) -> bool:
        """Does the docstring, or what later rounds add to it, say this rule in these words?"""
        return _plain(rule) in _plain(self.docstring) or _plain(rule) in _plain(self.notes)


def show_shape(shape: tuple[Any, ...]) -> str:
    """Write a shape as Python does, its dimensions by name or size: `(n_samples,)`."""
    inside = ", ".join(str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


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
        if re.match(r"(int|float|bool)\b", entry.dtype) and entry.dtype not in CHECKED:
            raise KataError(
                f"{name}: cannot read `{entry.name} : {entry.dtype}`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            )
    return Contract(name, signature, parameters, returns, docstring, notes)


def type_problem(term: Term, records: Collection[str]) -> str | None:
    """Say in one line why a term's type cannot be read, or return None; `records` are the stub's.

    `read` takes such a type for free words, so that tracks that were written earlier go on.
    """
    if term.record or term.dtype in CHECKED:
        return None
    first = term.dtype.split()[0].strip(",;:`")
    if first in ("array", "str"):
        return f"cannot read `{term.name} : {term.dtype}`: write `str`, or `array of shape (n_samples,)`"
    if first in (*TYPES, *FREE_WORDS, *records):
        return None
    known = ", ".join([*TYPES, *records])
    return (
        f"`{term.name} : {term.dtype}` begins with {first!r}: expected a type ({known}), "
        f"or, where no check is to look into it, {', '.join(FREE_WORDS[:2])} or {FREE_WORDS[2]}"
    )


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


def _read_docstring(
    docstring: str, records: Mapping[str, Record]
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Read what a docstring says of parameters (or fields), and of what comes back."""
    lines = docstring.splitlines()
    back = [line.removeprefix("-> ") for line in lines if line.startswith("-> ")]
    there = [line for line in lines if not line.startswith("-> ")]
    return _terms(there, records), _terms(back, records)


def _terms(lines: Sequence[str], records: Mapping[str, Record]) -> tuple[Term, ...]:
    found = []
    for line in lines:
        match = _ENTRY.match(line)
        if not match:
            continue
        if match["shape"] is not None:
            dimensions_ = tuple(name.strip() for name in match["shape"].split(",") if name.strip())
            found.append(Term(match["name"], match["array"] or ANY, dimensions_))
        else:
            words = match["scalar"] or match["other"]
            found.append(Term(match["name"], words, None, records.get(words)))
    return tuple(found)


def _plain(text: str) -> str:
    return re.sub(r"[\s`]+", " ", text).lower().strip()
