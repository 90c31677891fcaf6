"""Lay out labelled lines in two columns, label and text; terminals and plain text use the same layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from mlkata.report.failure import FailurePart, Role
from mlkata.tracks.harmless import shortened

LABEL = 10
"""The width of the column of labels, in characters."""
_MAX_PRINTED = 2000
"""Maximum number of characters of a submission's output, in plain text."""
_Line = TypeVar("_Line")
"""A string, or rich's Text, which has a style."""


def labelled(label: str, lines: Iterable[_Line]) -> Iterator[tuple[str, _Line | str]]:
    """Yield each line with its prefix: the label, then blanks. A long label gets a line of its own."""
    if len(label) >= LABEL:
        yield label, ""
        label = ""
    for line in lines:
        yield f"{label:<{LABEL}}", line
        label = ""


def plain(parts: Iterable[FailurePart]) -> str:
    """Return the parts of a check as plain text."""
    pairs = (pair for part in parts for pair in labelled(part.label, _shown(part)))
    return "\n".join(f"{before}{line}".rstrip() for before, line in pairs)


def _shown(part: FailurePart) -> Iterable[str]:
    """Return a part's lines; only the submission's output can be long, so only that is shortened here."""
    if part.role is not Role.PRINTED:
        return part.lines
    return shortened("\n".join(part.lines), _MAX_PRINTED).split("\n")
