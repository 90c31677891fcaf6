"""Makes the picture of a verdict: chooses what to draw, and writes it as PNG and SVG, light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlkata import files
from mlkata.report.pictures import labels, numbers
from mlkata.report.pictures.canvas import Canvas
from mlkata.report.pictures.subject import Subject
from mlkata.report.pictures.theme import THEMES, Theme
from mlkata.tracks.model import KataError, Verdict

_DPI = 130
_INSTALL = "pictures need matplotlib: pip install 'mlkata[plots]'"

Draw = Callable[[Canvas], bool]
"""Draws a call, or returns False where it has nothing to show of it."""


def require() -> None:
    """Raise KataError where matplotlib is missing, before anything is judged."""
    try:
        import matplotlib  # noqa: F401, ICN001 - only whether it is there
    except ImportError:
        raise KataError(_INSTALL) from None


def write(verdict: Verdict, subject: Subject, folder: Path, own: Draw) -> list[Path]:
    """Write the four files of a picture, light ones first; give their paths. `own` is the track's `picture`.

    Raises KataError where there is nothing that can be drawn, or it cannot be kept.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", verdict.check.id)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for theme in THEMES:
            for ending, data in rendered(verdict, subject, theme, own):
                dark = "" if theme is THEMES[0] else f"-{theme.name}"
                written.append(folder / f"{name}{dark}.{ending}")
                files.write(written[-1], data)
    except OSError as error:
        raise KataError(f"cannot write the picture in {folder}: {error.strerror}") from error
    return written


def rendered(verdict: Verdict, subject: Subject, theme: Theme, own: Draw) -> Iterator[tuple[str, bytes]]:
    """Draw in one theme: the picture's bytes, as PNG and as SVG."""
    require()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = theme.settings()  # its type is a list of all names that matplotlib knows
    with mpl.rc_context(settings):
        figure = Figure(layout="constrained", dpi=_DPI)
        canvas = Canvas(figure, subject, theme)
        _draw(canvas, verdict.check.id, own)
        notes = [*subject.notes, *canvas.notes]
        figure.suptitle(f"{verdict.check.id}: {verdict.check.rule}", fontsize=10, wrap=True)
        if any(notes):
            figure.supxlabel("; ".join(filter(None, dict.fromkeys(notes))), fontsize=8)
        for ending, extra in (("png", {"Software": None}), ("svg", {"Date": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, metadata=extra)
            yield ending, stream.getvalue()


def _draw(canvas: Canvas, check_id: str, own: Draw) -> None:
    """Draw with the first that has something to show: the track's own picture, rows, numbers."""
    if not any(draw(canvas) for draw in (own, labels.draw, numbers.draw)):
        raise KataError(
            f"{check_id} has no picture: what comes back cannot be drawn; kata show {check_id} shows it"
        )
