"""Lays out labelled lines in two columns: the same ones in a terminal and in plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from mlkata.report.failure import FailurePart, Role
from mlkata.tracks.harmless import shortened

LABEL = 10
"""Columns of a label."""
_MAX_PRINTED = 2000
"""Characters of what was printed, in plain text."""
_Line = TypeVar("_Line")
"""A string, or a text with its style."""


def labelled(label: str, lines: Iterable[_Line]) -> Iterator[tuple[str, _Line | str]]:
    """Pair each line with what stands before it: the label, then blanks; a long label has its own line."""
    if len(label) >= LABEL:
        yield label, ""
        label = ""
    for line in lines:
        yield f"{label:<{LABEL}}", line
        label = ""


def plain(parts: Iterable[FailurePart]) -> str:
    """Write the parts of a check as plain text."""
    pairs = (pair for part in parts for pair in labelled(part.label, _shown(part)))
    return "\n".join(f"{before}{line}".rstrip() for before, line in pairs)


def _shown(part: FailurePart) -> Iterable[str]:
    if part.role is not Role.PRINTED:
        return part.lines
    return shortened("\n".join(part.lines), _MAX_PRINTED).split("\n")
