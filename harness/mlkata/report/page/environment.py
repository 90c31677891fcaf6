"""The Jinja2 environment of all pages.

Texts in a page may come from a submission. The environment writes their invisible characters visibly, and
escapes the characters of HTML, whatever a template does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mlkata.report.page.document import Cell, Section
from mlkata.tracks.harmless import clip, one_line

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """Return a filled template, given its path below the package `mlkata`."""
    return _environment().get_template(template).render(values)


def report(title: str, leads: Sequence[Cell], sections: Sequence[Section]) -> str:
    """Return a page: a title, lines below it (`leads`), the sections, and a table of contents beside them."""
    return render("report/page/templates/report.html.jinja", title=title, leads=leads, sections=sections)


@cache
def _environment() -> Environment:
    """Return the environment. Jinja2 is imported only here, since most commands write no page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mlkata", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clip"] = clip
    return environment


def _harmless(value: object) -> object:
    """Return a value as one line of visible text; the output of a macro, escaped already, stays as it is."""
    if hasattr(value, "__html__"):
        return value
    return f"{value:.6g}" if isinstance(value, float) else one_line(str(value))
