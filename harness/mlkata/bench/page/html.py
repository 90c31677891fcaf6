"""Write the report of `kata bench` as one HTML file, which loads nothing and runs no script."""

from __future__ import annotations

from mlkata.bench.page import chapters
from mlkata.bench.results import Results
from mlkata.report.page import environment

_INTRODUCTION = "mlkata's solutions compared with scikit-learn and other libraries."


def render(results: Results, previous: Results | None = None) -> str:
    """Return the whole page; `previous` is the last saved run."""
    return environment.report(
        chapters.TITLE, (_INTRODUCTION, chapters.lead(results)), chapters.of(results, previous)
    )
