"""The parts of a report in any format: sections, tables, and charts with a table of their numbers."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from mlkata.report.page.bars import BarChart
from mlkata.report.page.plots import Plot

CHART_ONLY = "picture"
"""The tone of a text on how to read a chart. Only formats with charts show it: Markdown leaves it out."""


@dataclass(frozen=True)
class Mark:
    """A text with a colour or a link. It must make sense without them, since not all formats have them."""

    text: str
    tone: str = ""
    """`good`, `bad`, `doubt` or `picture`: the CSS class of a page."""
    target: str = ""
    """The link: `#id` on the same page, or a path relative to the page."""


Cell = str | Mark


@dataclass(frozen=True)
class Table:
    """A table."""

    kind: ClassVar[str] = "table"
    """What templates call this class; `Figure` and `Section` have one, too."""
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    _: KW_ONLY
    align: str
    """A letter for each column: r for numbers (right), w for long texts (wide), l for other texts (left)."""
    folded: bool = False
    """Whether a page shows only the caption until a reader opens the table."""


@dataclass(frozen=True)
class Figure:
    """A chart, and a table of its numbers; a page folds the table unless it says more than the chart."""

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    chart: BarChart | Plot | None
    table: Table
    folded: bool = True
    badge: Mark | None = None
    """A short warning below the title."""
    legend: tuple[str, ...] = ()
    """The meaning of each series of a plot."""
    notes: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading, paragraphs below it, then tables, figures and subsections."""

    kind: ClassVar[str] = "section"
    id: str
    title: str
    words: tuple[Cell, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def sections(self) -> list[Section]:
        """The subsections."""
        return [block for block in self.blocks if isinstance(block, Section)]

    @property
    def side_by_side(self) -> bool:
        """Whether the blocks are figures that fit beside each other; an open table needs the whole width."""
        return len(self.blocks) > 1 and all(
            isinstance(block, Figure) and block.folded for block in self.blocks
        )


Block = Table | Figure | Section


def plain(cell: Cell) -> str:
    """Return the text of a cell."""
    return cell.text if isinstance(cell, Mark) else cell
