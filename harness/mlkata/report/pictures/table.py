"""Write the numbers of a picture as a small table; entries at which the two sides differ come first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.text import Text

from mlkata.report import values
from mlkata.report.pictures.subject import Subject
from mlkata.tracks.harmless import one_line

_MAX_LINES = 6
"""Maximum number of entries in the table of one output; the others are counted."""
_WIDTH = 24
"""The width of a column, in characters: a line with three columns has at most 83."""


def lines(subject: Subject) -> Iterator[Text]:
    """Yield a table for each output that has entries: at most six of them, those that differ first."""
    for name in subject.sides[-1].outputs if subject.sides else ():
        columns = [side.outputs.get(name) for side in subject.sides]
        if all(isinstance(column, np.ndarray) and column.ndim for column in columns):
            yield from _table(subject, name, columns)


def _table(subject: Subject, name: str, columns: list[Any]) -> Iterator[Text]:
    length = max(map(len, columns))
    differing = subject.differing(name)
    order = list(range(length))
    if differing is not None:
        order.sort(key=lambda entry: not differing[entry])
    rows = subject.rows if subject.rows is not None and len(subject.rows) == length else None
    heads = [*(["row"] if rows is not None else []), *(side.name for side in subject.sides)]
    yield Text(f"  {name:<10}" + "".join(f"{head:<{_WIDTH}}" for head in heads).rstrip(), "dim")
    for number in order[:_MAX_LINES]:
        cells = [
            *([rows[number]] if rows is not None else []),
            *(column[number : number + 1] for column in columns),  # empty beyond the end of a column
        ]
        written = "".join(f"{_short(cell):<{_WIDTH}}" for cell in cells).rstrip()
        wrong = differing is not None and bool(differing[number])
        yield Text(f"  {number:<9}{'≠' if wrong else ' '}{written}", "red" if wrong else "")
    if length > _MAX_LINES:
        yield Text(f"  … {length - _MAX_LINES} more", "dim")


def _short(cell: Any) -> str:
    """Return a row, or a slice with at most one entry, as text; a dash if it is empty."""
    if not len(cell):
        return "-"
    written = one_line(values.text(cell if len(cell) > 1 else cell[0]))
    return written if len(written) < _WIDTH else f"{written[: _WIDTH - 2]}…"
