"""Save the results of a run of `kata bench`: results.json, report.md and report.html."""

from __future__ import annotations

from pathlib import Path

from mlkata import files
from mlkata.bench import results
from mlkata.bench.page import html, markdown
from mlkata.bench.results import Results
from mlkata.tracks.model import KataError


def save(measured: Results, folder: Path) -> Path:
    """Write the files, whose pages compare the run with the last one; return the path of the HTML page."""
    previous = _previous(folder)
    for name, content in (
        ("results.json", results.write(measured)),
        ("report.md", markdown.render(measured, previous)),
        ("report.html", html.render(measured, previous)),
    ):
        files.write(folder / name, content.encode())
    return folder / "report.html"


def _previous(folder: Path) -> Results | None:
    """Return the last run's results; None if the file is missing, truncated or of another version."""
    try:
        return results.read((folder / "results.json").read_text(encoding="utf-8"))
    except (KataError, OSError, UnicodeDecodeError):
        return None
