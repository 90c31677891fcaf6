"""The one Jinja2 environment of all pages: whatever a template writes is harmless and escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from mlkata.report.page.document import Cell, Section
from mlkata.report.page.markup import clean, clip

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """Fill a template, named by its path below the package."""
    return _environment().get_template(template).render(values)


def report(title: str, leads: Sequence[Cell], sections: Sequence[Section]) -> str:
    """Write sections below a title and some lines, with their contents beside them."""
    return render("report/page/templates/report.html.jinja", title=title, leads=leads, sections=sections)


@cache
def _environment() -> Environment:
    """Make the environment; Jinja2 is imported when the first page is written."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("mlkata", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["clip"] = clip
    return made


def _harmless(value: object) -> object:
    """Write a value as one line of what can be seen; what a template has written stays as it is."""
    if hasattr(value, "__html__"):
        return value
    return f"{value:.6g}" if isinstance(value, float) else clean(str(value))
