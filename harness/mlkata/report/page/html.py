"""Writes a page as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby

from mlkata.report.page.document import Block, Cell, Figure, Mark, Section, Table, plain
from mlkata.report.page.markup import Markup, join, tag

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(title: str, leads: Sequence[Cell], sections: Sequence[Section], style: str = "") -> str:
    """Write sections below a title and some lines, with their contents beside them."""
    return frame(
        title,
        _contents(sections),
        tag("main", tag("h1", title), *map(lead, leads), *(_section(one, 2) for one in sections)),
        style=style,
    )


def frame(title: str, *body: Markup, style: str = "") -> str:
    """Write a whole file around a body; `style` is what it adds to the style of all pages."""
    common = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"mlkata: {title}"),
        tag("style", Markup(common + style)),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", *body), lang="en-GB") + "\n"


def lead(cell: Cell) -> Markup:
    """Write a line below the title."""
    return tag("p", _inside(cell), class_=f"lead {cell.tone}".strip() if isinstance(cell, Mark) else "lead")


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


def _block(block: Block, level: int) -> Markup:
    if isinstance(block, Section):
        return _section(block, level)
    return table(block) if isinstance(block, Table) else _figure(block, level)


def _figure(figure: Figure, level: int) -> Markup:
    numbers = table(figure.table)
    if figure.folded:
        numbers = tag("details", tag("summary", "The numbers"), numbers)
    legend = [tag("li", mark, " ", text) for mark, text in figure.legend]
    return tag(
        "article",
        tag(f"h{level}", figure.title),
        tag("p", _cell(figure.badge, "strong"), class_="badge") if figure.badge else "",
        figure.picture or "",
        tag("ul", *legend, class_="legend") if legend else "",
        tag("ul", *(_cell(note, "li") for note in figure.notes), class_="notes") if figure.notes else "",
        numbers,
        id=figure.id,
    )


def table(shown: Table) -> Markup:
    """Write a table that scrolls by itself where it is too wide, folded behind its caption if it says so."""
    head = tag("tr", *(_th(text, letter) for text, letter in zip(shown.head, shown.align, strict=True)))
    rows = [
        tag(
            "tr",
            *(
                _td(cell, letter, first=not at)
                for at, (cell, letter) in enumerate(zip(row, shown.align, strict=True))
            ),
        )
        for row in shown.rows
    ]
    caption = "" if shown.folded else tag("caption", shown.caption)
    inside = tag("table", caption, tag("thead", head), tag("tbody", *rows))
    whole = tag("div", inside, class_="scroll", tabindex=0, role="region", aria_label=shown.caption)
    return tag("details", tag("summary", shown.caption), whole) if shown.folded else whole


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
        return tag("a", cell.text, href=cell.target)
    return plain(cell)
