"""Write the report of `kata bench` as Markdown: the text and the tables, without the charts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from mlkata.bench.page import chapters
from mlkata.bench.results import Results
from mlkata.report.page.document import CHART_ONLY, Cell, Figure, Mark, Section, Table, plain
from mlkata.tracks.harmless import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]|~#!>])")
_BELOW_HEAD = {"r": "---:"}
"""What stands below a column's title, by the column's letter in `Table.align`: r aligns numbers on the right.
Other columns get `---`."""


def render(results: Results, previous: Results | None = None) -> str:
    """Return the whole report; `previous` is the last saved run."""
    sections = chapters.of(results, previous)
    head = [f"# mlkata: {chapters.TITLE}", text(chapters.lead(results))]
    contents = "\n".join(f"- [{section.title}](#{_anchor(section.title)})" for section in sections)
    parts = chain(head, [contents], *(_section(section, level=2) for section in sections))
    return "\n\n".join(parts) + "\n"


def text(value: str) -> str:
    """Return a text with the characters of Markdown and HTML escaped."""
    safe = one_line(value).strip().replace("&", "&amp;").replace("<", "&lt;")
    # At the beginning of a line, `-`, `+` and `1.` would begin a list.
    return re.sub(r"^([-+]|\d+\.)(?=\s)", r"\\\1", _SPECIAL.sub(r"\\\1", safe))


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {text(section.title)}"
    yield from (_cell(word) for word in section.words if not _is_about_a_chart(word))
    for block in section.blocks:
        if isinstance(block, Section):
            yield from _section(block, level + 1)
        elif isinstance(block, Table):
            yield from _table(block)
        else:
            yield from _figure(block, level + 1)


def _figure(figure: Figure, level: int) -> Iterator[str]:
    yield f"{'#' * level} {text(figure.title)}"
    if figure.badge:
        yield f"**{text(figure.badge.text)}**"
    notes = [*figure.legend, *(plain(note) for note in figure.notes if not _is_about_a_chart(note))]
    if notes:
        yield "\n".join(f"- {text(note)}" for note in notes)
    yield from _table(figure.table)


def _table(table: Table) -> Iterator[str]:
    yield f"{text(table.caption)}:"
    below_head = [_BELOW_HEAD.get(letter, "---") for letter in table.align]
    lines = [
        [text(title) for title in table.head],
        below_head,
        *([_cell(cell) for cell in row] for row in table.rows),
    ]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _is_about_a_chart(cell: Cell) -> bool:
    return isinstance(cell, Mark) and cell.tone == CHART_ONLY


def _cell(cell: Cell) -> str:
    """Return a cell's text, bold if its colour on a page would be a warning."""
    words = text(plain(cell))
    return f"**{words}**" if words and isinstance(cell, Mark) and cell.tone in {"bad", "doubt"} else words
