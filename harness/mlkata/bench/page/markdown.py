"""Writes the report as Markdown: the words and the tables, without the pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from mlkata.bench.page import chapters
from mlkata.bench.results import Results
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table, plain
from mlkata.report.page.markup import clean

_SPECIAL = re.compile(r"([\\`*_\[\]|~#!>])")
_RULES = {"r": "---:"}


def render(results: Results, previous: Results | None = None) -> str:
    """Write the whole report; `previous` is the last saved run."""
    sections = chapters.of(results, previous)
    head = [f"# mlkata: {chapters.TITLE}", text(chapters.lead(results))]
    contents = "\n".join(f"- [{one.title}](#{_anchor(one.title)})" for one in sections)
    parts = chain(head, [contents], *(_section(one, 2) for one in sections))
    return "\n\n".join(parts) + "\n"


def text(value: str) -> str:
    """Write a text so that it means itself, and nothing of Markdown or HTML."""
    safe = clean(value).strip().replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"^([-+]|\d+\.)(?=\s)", r"\\\1", _SPECIAL.sub(r"\\\1", safe))


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {text(section.title)}"
    yield from (_said(word) for word in section.words if not _of_a_picture(word))
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
    notes = [*figure.legend, *(plain(note) for note in figure.notes if not _of_a_picture(note))]
    if notes:
        yield "\n".join(f"- {text(note)}" for note in notes)
    yield from _table(figure.table)


def _table(table: Table) -> Iterator[str]:
    yield f"{text(table.caption)}:"
    rules = [_RULES.get(letter, "---") for letter in table.align]
    lines = [[text(one) for one in table.head], rules, *([_said(cell) for cell in row] for row in table.rows)]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _of_a_picture(cell: Cell) -> bool:
    return isinstance(cell, Mark) and cell.tone == PICTURE


def _said(cell: Cell) -> str:
    said = text(plain(cell))
    return f"**{said}**" if said and isinstance(cell, Mark) and cell.tone in {"bad", "doubt"} else said
