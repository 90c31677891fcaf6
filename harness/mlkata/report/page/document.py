"""What a report is made of, whichever format it takes: sections, tables, and charts with their table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlkata.report.page.bars import BarChart
from mlkata.report.page.plots import Plot

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

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: str
    folded: bool = False
    """Is only the caption to be seen until somebody opens it?"""


@dataclass(frozen=True)
class Figure:
    """A chart, and the same as a table, which is folded away unless it says more than the chart."""

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    chart: BarChart | Plot | None
    table: Table
    folded: bool = True
    badge: Mark | None = None
    legend: tuple[str, ...] = ()
    """What each series of a plot is."""
    notes: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading, words below it, then tables, figures and smaller sections."""

    kind: ClassVar[str] = "section"
    id: str
    title: str
    words: tuple[Cell, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def sections(self) -> list[Section]:
        """The smaller sections."""
        return [block for block in self.blocks if isinstance(block, Section)]

    @property
    def side_by_side(self) -> bool:
        """Are its blocks figures that may stand beside each other? Tables need the whole width."""
        return len(self.blocks) > 1 and all(isinstance(one, Figure) and one.folded for one in self.blocks)


Block = Table | Figure | Section


def plain(cell: Cell) -> str:
    """Give the words of a cell."""
    return cell.text if isinstance(cell, Mark) else cell
