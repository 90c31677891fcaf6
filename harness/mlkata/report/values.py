"""Writes arguments and answers short enough to read, as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Dist, Result, Rng, record_fields
from mlkata.tracks.contract import Contract, show_shape
from mlkata.tracks.model import Answer, Case, Kind

_MAX_ELEMENTS = 24
"""Larger arrays are abbreviated: nobody checks more numbers by eye."""
_FULL_PRECISION = 8
_MAX_TEXT = 2000
"""Characters of a text: more of them tell a reader nothing."""
_MAX_VALUES = 3
"""Of more fetched results than this none is shown; the message says what is wrong with them."""


def text(value: Any) -> str:
    """Write a value on one line."""
    written = _text(value)
    return written if len(written) <= _MAX_TEXT else f"{written[:_MAX_TEXT]}…"


def lines(name: str, value: Any, room: int) -> list[str]:
    """Write a named value on one line, or a record that is longer than `room` with a line for each field."""
    whole = f"{name} = {text(value)}"
    fields = record_fields(value)
    if fields is None or len(whole) <= room:
        return [whole]
    inside = ",\n".join(f"  {field}={text(one)}" for field, one in fields.items())
    return [f"{name} = {type(value).__name__}(", *f"{inside})".split("\n")]


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, Rng):
        return f"default_rng({value.seed})"
    if isinstance(value, Dist):
        return f"distances to the rows of {_array_text(value.points)}, counted"
    if (fields := record_fields(value)) is not None:
        inside = ", ".join(f"{name}={text(one)}" for name, one in fields.items())
        return f"{type(value).__name__}({inside})"
    if isinstance(value, Result):
        return f"what call {value.step + 1} returned"
    if isinstance(value, float | np.floating):
        return f"{float(value):.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(text(one) for one in value)}]"
    return str(value) if isinstance(value, np.generic) else repr(value)


def plain(value: Any) -> Any:
    """Write a value as strict JSON: NaN and infinity as strings, large arrays abbreviated."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist()) if value.size <= _MAX_ELEMENTS else text(value)
    if isinstance(value, np.floating):  # a long double's item() is itself
        return plain(float(value))
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if (fields := record_fields(value)) is not None:
        return {name: plain(one) for name, one in fields.items()}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return f"{value[:_MAX_TEXT]}…"
    if value is None or isinstance(value, bool | int | str):
        return value
    return text(value)


def arguments(case: Case) -> Mapping[str, Any]:
    """Give the arguments of the step that a case is about: its last."""
    return case.steps[-1].arguments


def outputs(answer: Answer, case: Case, contracts: Mapping[str, Contract]) -> list[tuple[str, Any]]:
    """Name what came back: one pair for each output, nothing where there is too much to show."""
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
    """Write an answer as short texts, one an output; an error by its name."""
    if answer.kind is Kind.RAISED and answer.raised is not None:
        return [answer.raised.types[0]]
    named = outputs(answer, case, contracts)
    if len(named) == 1:
        return [text(named[0][1])]
    return [f"{name} = {text(value)}" for name, value in named]


def _array_text(array: Any) -> str:
    if array.size > _MAX_ELEMENTS:
        inside = np.array2string(
            array, precision=4, separator=", ", threshold=6, edgeitems=1, max_line_width=10**6
        ).replace("\n", "")
        return f"{inside} {array.dtype} {show_shape(array.shape)}"
    precision = 8 if array.size <= _FULL_PRECISION else 4  # what differs less is said in the message
    return np.array2string(
        array, precision=precision, separator=", ", threshold=_MAX_ELEMENTS + 1, max_line_width=10**6
    ).replace("\n", "")
