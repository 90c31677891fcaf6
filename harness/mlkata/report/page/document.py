"""What a report is made of, whichever format it takes: sections, tables, and pictures with their table."""

from __future__ import annotations

from dataclasses import dataclass

from mlkata.report.page.markup import Markup

PICTURE = "picture"
"""The tone of words that explain a picture: formats without pictures leave them out."""


@dataclass(frozen=True)
class Mark:
    """A text with a colour, or one that leads somewhere. Its words say all: a colour says nothing more."""

    text: str
    tone: str = ""
    """`good`, `bad`, `doubt` or `picture`."""
    target: str = ""
    """Where it leads: `#id` on the same page, or a path from where the page lies."""


Cell = str | Mark


@dataclass(frozen=True)
class Table:
    """A table; columns whose letter in `align` is r hold numbers, those with w hold long texts."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: str
    folded: bool = False
    """Is only the caption to be seen until somebody opens it?"""


@dataclass(frozen=True)
class Figure:
    """A picture, and the same as a table, which is folded away unless it says more than the picture."""

    id: str
    title: str
    picture: Markup | None
    table: Table
    folded: bool = True
    badge: Mark | None = None
    legend: tuple[tuple[Markup, str], ...] = ()
    notes: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading, words below it, then tables, figures and smaller sections."""

    id: str
    title: str
    words: tuple[Cell, ...]
    blocks: tuple[Block, ...] = ()


Block = Table | Figure | Section


def plain(cell: Cell) -> str:
    """Give the words of a cell."""
    return cell.text if isinstance(cell, Mark) else cell
