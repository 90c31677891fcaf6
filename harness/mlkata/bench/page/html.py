"""Writes the report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from mlkata.bench.page import chapters
from mlkata.bench.results import Results
from mlkata.report.page import environment

_WHAT = "mlkata's solutions beside scikit-learn and other libraries."


def render(results: Results, previous: Results | None = None) -> str:
    """Write the whole page; `previous` is the last saved run."""
    return environment.report(chapters.TITLE, (_WHAT, chapters.lead(results)), chapters.of(results, previous))
