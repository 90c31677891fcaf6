"""Writes the report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby

from harness.report.bench import chapters
from harness.report.bench.document import Cell, Figure, Mark, Section, Table, plain
from harness.report.bench.markup import Markup, join, tag
from harness.report.bench.results import Results

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(results: Results, previous: Results | None = None) -> str:
    """Write the whole page; `previous` is the last saved run."""
    sections = chapters.of(results, previous)
    body = tag(
        "body",
        _contents(sections),
        tag(
            "main",
            tag("h1", chapters.TITLE),
            tag("p", "mlkata's solutions beside scikit-learn and other libraries.", class_="lead"),
            tag("p", chapters.lead(results), class_="lead"),
            *(_section(one, 2) for one in sections),
        ),
    )
    return "<!DOCTYPE html>\n" + tag("html", _head(), body, lang="en-GB") + "\n"


def _head() -> Markup:
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"mlkata: {chapters.TITLE}"),
        tag("style", Markup(style)),
    )


def _contents(sections: Sequence[Section]) -> Markup:
    return tag("nav", tag("h2", "Contents"), _entries(sections), aria_label="Contents")


def _entries(sections: Sequence[Section]) -> Markup:
    items = []
    for one in sections:
        smaller = [block for block in one.blocks if isinstance(block, Section)]
        link = tag("a", one.title, href=f"#{one.id}")
        items.append(tag("li", link, _entries(smaller) if smaller else ""))
    return tag("ul", *items)


def _section(section: Section, level: int) -> Markup:
    parts = [tag(f"h{level}", section.title), *(_cell(word, "p") for word in section.words)]
    for kind, run in groupby(section.blocks, type):
        blocks = list(run)
        drawn = [_block(block, level + 1) for block in blocks]
        wide = (
            kind is Figure
            and len(drawn) > 1
            and all(isinstance(one, Figure) and one.folded for one in blocks)
        )
        parts.append(tag("div", *drawn, class_="figures") if wide else join(*drawn))
    return tag("section", *parts, id=section.id)


def _block(block: Table | Figure | Section, level: int) -> Markup:
    if isinstance(block, Section):
        return _section(block, level)
    return _table(block) if isinstance(block, Table) else _figure(block, level)


def _figure(figure: Figure, level: int) -> Markup:
    head = tag(f"h{level}", figure.title)
    table = _table(figure.table)
    if figure.folded:
        table = tag("details", tag("summary", "The numbers"), table)
    legend = [tag("li", mark, " ", text) for mark, text in figure.legend]
    return tag(
        "article",
        head,
        tag("p", _cell(figure.badge, "strong"), class_="badge") if figure.badge else "",
        figure.picture or "",
        tag("ul", *legend, class_="legend") if legend else "",
        tag("ul", *(_cell(note, "li") for note in figure.notes), class_="notes") if figure.notes else "",
        table,
        id=figure.id,
    )


def _table(table: Table) -> Markup:
    head = tag("tr", *(_th(text, letter) for text, letter in zip(table.head, table.align, strict=True)))
    rows = [
        tag(
            "tr",
            *(
                _td(cell, letter, first=not at)
                for at, (cell, letter) in enumerate(zip(row, table.align, strict=True))
            ),
        )
        for row in table.rows
    ]
    inside = tag("table", tag("caption", table.caption), tag("thead", head), tag("tbody", *rows))
    return tag("div", inside, class_="scroll", tabindex=0, role="region", aria_label=table.caption)


def _th(text: str, letter: str) -> Markup:
    return tag("th", text, class_=letter, scope="col")


def _td(cell: Cell, letter: str, *, first: bool) -> Markup:
    inside = _inside(cell)
    kind = f"{letter} {cell.tone}".strip() if isinstance(cell, Mark) else letter
    return tag("th", inside, class_=kind, scope="row") if first else tag("td", inside, class_=kind)


def _cell(cell: Cell, name: str) -> Markup:
    return tag(name, _inside(cell), class_=(cell.tone or None) if isinstance(cell, Mark) else None)


def _inside(cell: Cell) -> str:
    if isinstance(cell, Mark) and cell.target:
        return tag("a", cell.text, href=f"#{cell.target}")
    return plain(cell)
