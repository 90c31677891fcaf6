"""Writes the report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from importlib.resources import files

from mlkata.bench.page import chapters
from mlkata.bench.results import Results
from mlkata.report.page import html

_WHAT = "mlkata's solutions beside scikit-learn and other libraries."


def render(results: Results, previous: Results | None = None) -> str:
    """Write the whole page; `previous` is the last saved run."""
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    leads = (_WHAT, chapters.lead(results))
    return html.render(chapters.TITLE, leads, chapters.of(results, previous), style)
