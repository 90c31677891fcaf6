"""Format arguments and answers, short enough to read, as text and as JSON.

A case is what a check runs: one or more calls (`steps`), and the indices of the calls whose results come back
(`fetch`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Dist, Result, Rng, record_fields
from mlkata.tracks.contract import Contract, show_shape
from mlkata.tracks.model import Answer, Case, Kind

_MAX_ELEMENTS = 24
"""Arrays with more elements are abbreviated: people do not check more numbers by eye."""
_FULL_PRECISION = 8
"""Arrays with more elements are shown with 4 digits instead of 8, to stay readable."""
_MAX_TEXT = 2000
"""Maximum number of characters of a text: more don't help a reader."""
_MAX_VALUES = 3
"""If more results than this came back, none is shown; the message of the check says what is wrong with
them."""


def text(value: Any) -> str:
    """Return a value as text on one line."""
    written = _text(value)
    return written if len(written) <= _MAX_TEXT else f"{written[:_MAX_TEXT]}…"


def lines(name: str, value: Any, room: int) -> list[str]:
    """Return `name = value` on one line, or a named tuple longer than `room` with a line for each field."""
    line = f"{name} = {text(value)}"
    fields = record_fields(value)
    if fields is None or len(line) <= room:
        return [line]
    body = ",\n".join(f"  {field}={text(item)}" for field, item in fields.items())
    return [f"{name} = {type(value).__name__}(", *f"{body})".split("\n")]


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, Rng):
        return f"default_rng({value.seed})"
    if isinstance(value, Dist):
        return f"distances to the rows of {_array_text(value.points)}, counted"
    if (fields := record_fields(value)) is not None:
        body = ", ".join(f"{name}={text(field)}" for name, field in fields.items())
        return f"{type(value).__name__}({body})"
    if isinstance(value, Result):
        return f"what call {value.step + 1} returned"
    if isinstance(value, float | np.floating):
        return f"{float(value):.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(text(item) for item in value)}]"
    return str(value) if isinstance(value, np.generic) else repr(value)


def plain(value: Any) -> Any:
    """Return a value for strict JSON: NaN and infinity as strings, large arrays as abbreviated text."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist()) if value.size <= _MAX_ELEMENTS else text(value)
    if isinstance(value, np.floating):  # item() of a long double returns another long double
        return plain(float(value))
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if (fields := record_fields(value)) is not None:
        return {name: plain(field) for name, field in fields.items()}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return f"{value[:_MAX_TEXT]}…"
    if value is None or isinstance(value, bool | int | str):
        return value
    return text(value)


def arguments(case: Case) -> Mapping[str, Any]:
    """Return the arguments of a case's last call; earlier calls only prepare it."""
    return case.steps[-1].arguments


def outputs(answer: Answer, case: Case, contracts: Mapping[str, Contract]) -> list[tuple[str, Any]]:
    """Return a name and a value for each output of an answer; nothing if they are too many to show."""
    if not answer.values or len(answer.values) > _MAX_VALUES:
        return []
    named = []
    for index, value in zip(case.fetch, answer.values, strict=True):
        names = [entry.name for entry in contracts[case.steps[index].function].returns]
        values = value if isinstance(value, tuple) else (value,)
        if (fields := record_fields(value)) is not None:
            names = list(fields)
        if len(names) != len(values):
            names = [f"[{position}]" for position in range(len(values))]
        named += list(zip(names, values, strict=True))
    return named


def outcome(answer: Answer, case: Case, contracts: Mapping[str, Contract]) -> list[str]:
    """Return an answer as short texts: one for each output, or the type of an exception."""
    if answer.kind is Kind.RAISED and answer.raised is not None:
        return [answer.raised.types[0]]
    named = outputs(answer, case, contracts)
    if len(named) == 1:
        return [text(named[0][1])]
    return [f"{name} = {text(value)}" for name, value in named]


def _array_text(array: Any) -> str:
    """Return an array on one line; a large one with only the ends of each axis, and with its shape."""
    if array.size > _MAX_ELEMENTS:
        elements = np.array2string(
            array, precision=4, separator=", ", threshold=6, edgeitems=1, max_line_width=10**6
        ).replace("\n", "")
        return f"{elements} {array.dtype} {show_shape(array.shape)}"
    precision = 8 if array.size <= _FULL_PRECISION else 4  # smaller differences are in the message
    return np.array2string(
        array, precision=precision, separator=", ", threshold=_MAX_ELEMENTS + 1, max_line_width=10**6
    ).replace("\n", "")
