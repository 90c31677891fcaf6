"""Reads the docstring of a stub function as its contract; `conformance` checks values against the contract.

The docstring is the only place that says what a function takes and returns. Each parameter and each returned
value has one line, in a short form of numpydoc; an arrow marks what is returned:

    X : float array of shape (n_samples, n_features)
    k : int
    covariances : float array of shape (...)
    y : array of shape (n_samples,)
    -> labels : int array of shape (n_samples,)
    -> tree : Tree

An `int array` has any integer dtype. A `float array` is float64, or float32 if an argument of the call is
float32. A plain `array` holds numbers, booleans or text. A dimension such as `n_samples` or `k` gets its size
from the arguments of a call: from the shape of an array, or from the value of an int of that name. A
dimension that no argument has may have any size, and three dots mean any shape.

`Tree` is a record: a named tuple of the stub whose docstring lists its fields in the same way.
Dimensions inside a returned record get their sizes within this record alone.

Types in other forms, such as `list of Tree`, `callable` or `what init returned`, are not checked. They begin
with one of TYPES, a record or one of FREE_WORDS. An array, int, float, bool or str must have one of the forms
above. Anything else is a mistake (see `type_problem`).

Rules that a later round adds to a function are in a comment below the heading of that round, so that
the function stays simple until then:

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
"""The dtype of a plain `array`."""
CHECKED = ("int", "float", "bool", "str", ANY)
"""The dtypes that are checked."""
TYPES = (
    "int", "float", "bool", "str", "array", "list", "tuple", "dict", "callable", "None",
    "numpy.random.Generator",
)  # fmt: skip
"""First words of a type, besides records of the stub."""
FREE_WORDS = ("anything", "what", "whatever", "as", "any", "a", "an", "the")
"""First words by which an author says that a type is not checked."""
HEADING = re.compile(r"# Round (\d+)\b")
"""The heading of a round in the stub."""
_NOTE = re.compile(r"#\s?(?:(?P<name>\w+): )?(?P<text>.*)")


@dataclass(frozen=True)
class Term:
    """One line of a contract: a parameter, a returned value or a field of a record."""

    name: str
    dtype: str
    """`int`, `float`, `bool`, `str`, `any`, or other words for a type that is not checked."""
    shape: tuple[str, ...] | None
    """Dimensions by name, or None if it is not an array."""
    record: Record | None = None

    def __str__(self) -> str:
        if self.shape is None:
            return self.dtype
        dtype = "" if self.dtype == ANY else f"{self.dtype} "
        return f"{dtype}array of shape {show_shape(self.shape)}"


@dataclass(frozen=True)
class Record:
    """A named tuple of the stub, and its fields as the docstring describes them."""

    type: type[Any]
    fields: tuple[Term, ...]


@dataclass(frozen=True)
class Contract:
    """The parameters and returned values of one function."""

    function: str
    signature: inspect.Signature
    parameters: tuple[Term, ...]
    returns: tuple[Term, ...]
    docstring: str
    notes: str = ""
    """Text that later rounds add to the docstring."""

    @cached_property
    def outputs(self) -> type[Any]:
        """A named tuple type for several returned values."""
        names = [entry.name for entry in self.returns]
        return namedtuple(self.function, names, rename=True)  # noqa: PYI024 - known only now

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the returned values, or of the fields if a single record is returned."""
        record = self.returns[0].record
        terms = record.fields if record and len(self.returns) == 1 else self.returns
        return tuple(term.name for term in terms)

    def states(self, rule: str) -> bool:
        """Return whether the docstring, or a note of a later round, states this rule in these words."""
        return _plain(rule) in _plain(self.docstring) or _plain(rule) in _plain(self.notes)


def show_shape(shape: tuple[Any, ...]) -> str:
    """Return a shape as Python writes it; dimensions are names or sizes, such as `(n_samples, 2)`."""
    inside = ", ".join(str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def read_record(type_: type[Any]) -> Record:
    """Return the fields of a stub's named tuple. Raise KataError unless its docstring describes each."""
    fields, _ = _read_docstring(inspect.getdoc(type_) or "", {})
    if [entry.name for entry in fields] != list(type_._fields):
        raise KataError(
            f"{type_.__name__}: its docstring describes {[entry.name for entry in fields]}, "
            f"its fields are {list(type_._fields)}: make them agree"
        )
    return Record(type_, fields)


def read(
    function: Callable[..., Any], records: Mapping[str, Record] | None = None, notes: str = ""
) -> Contract:
    """Return the contract of one stub function, which may use `records` as types.

    Raise KataError if the docstring leaves out a parameter or the returned value, or describes numbers
    in a form that cannot be checked.
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
        raise KataError(f"{name}: its docstring has no line `-> name : type`: add one for the returned value")
    for entry in (*parameters, *returns):
        if re.match(r"(int|float|bool)\b", entry.dtype) and entry.dtype not in CHECKED:
            raise KataError(
                f"{name}: cannot read `{entry.name} : {entry.dtype}`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            )
    return Contract(name, signature, parameters, returns, docstring, notes)


def type_problem(term: Term, records: Collection[str]) -> str | None:
    """Return in one line why a term's type cannot be read, or None.

    `records` has the names of the stub's records.
    `read` accepts such a type, and does not check its values, so that older tracks still load.
    """
    if term.record or term.dtype in CHECKED:
        return None
    first_word = term.dtype.split()[0].strip(",;:`")
    if first_word in ("array", "str"):
        return f"cannot read `{term.name} : {term.dtype}`: write `str`, or `array of shape (n_samples,)`"
    if first_word in (*TYPES, *FREE_WORDS, *records):
        return None
    expected = ", ".join([*TYPES, *records])
    return (
        f"`{term.name} : {term.dtype}` begins with {first_word!r}: expected a type ({expected}), "
        "or, for a value that is not checked, a text that begins with `anything`, `what` or `whatever`"
    )


def read_notes(source: str) -> dict[str, str]:
    """Return the notes below the headings of rounds, by the name of the function that they add rules to."""
    notes: dict[str, list[str]] = {}
    current: list[str] | None = None
    below_heading = False  # in the comment that begins with the heading
    for line in source.splitlines():
        is_heading = bool(HEADING.match(line))
        below_heading = is_heading or (below_heading and line.startswith("#"))
        match = _NOTE.match(line) if below_heading and not is_heading else None
        if match is None:
            current = None
        elif match["name"]:
            current = notes.setdefault(match["name"], [])
            current.append(match["text"])
        elif current is not None:
            current.append(match["text"])
    return {name: " ".join(lines) for name, lines in notes.items()}


def _read_docstring(
    docstring: str, records: Mapping[str, Record]
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return the terms of the parameters (or fields), and those of the returned values."""
    lines = docstring.splitlines()
    return_lines = [line.removeprefix("-> ") for line in lines if line.startswith("-> ")]
    parameter_lines = [line for line in lines if not line.startswith("-> ")]
    return _terms(parameter_lines, records), _terms(return_lines, records)


def _terms(lines: Sequence[str], records: Mapping[str, Record]) -> tuple[Term, ...]:
    """Return the terms among these lines of a docstring; other lines are skipped."""
    terms = []
    for line in lines:
        match = _ENTRY.match(line)
        if not match:
            continue
        if match["shape"] is not None:
            shape = tuple(name.strip() for name in match["shape"].split(",") if name.strip())
            terms.append(Term(match["name"], match["array"] or ANY, shape))
        else:
            words = match["scalar"] or match["other"]
            terms.append(Term(match["name"], words, shape=None, record=records.get(words)))
    return tuple(terms)


def _plain(text: str) -> str:
    """Return a text in lower case, without backticks, and with single spaces for line breaks."""
    return re.sub(r"[\s`]+", " ", text).lower().strip()
