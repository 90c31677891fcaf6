"""Make the picture of a verdict: choose what to draw, and write it as PNG and SVG, light and dark."""

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
"""Dots per inch of a PNG."""
_INSTALL = "pictures need matplotlib: in your clone, pip install -e '.[plots]'"

Draw = Callable[[Canvas], bool]
"""A function that draws a call; it returns False, and draws nothing, if it has nothing to show."""


def require() -> None:
    """Raise KataError if matplotlib is missing. Called before judging, which may take long."""
    try:
        import matplotlib  # noqa: F401, ICN001 - only to see whether it is installed
    except ImportError:
        raise KataError(_INSTALL) from None


def write(verdict: Verdict, subject: Subject, folder: Path, draw_track: Draw) -> list[Path]:
    """Write a picture as PNG and SVG for light and dark backgrounds; return the four paths, light ones first.

    `draw_track` is `draw` of the track's picture.py. Raise KataError if nothing can be drawn, or a file
    cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", verdict.check.id)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for theme in THEMES:
            for ending, data in rendered(verdict, subject, theme, draw_track):
                suffix = "" if theme is THEMES[0] else f"-{theme.name}"  # only dark pictures have one
                written.append(folder / f"{name}{suffix}.{ending}")
                files.write(written[-1], data)
    except OSError as error:
        raise KataError(f"cannot write the picture in {folder}: {error.strerror}") from error
    return written


def rendered(
    verdict: Verdict, subject: Subject, theme: Theme, draw_track: Draw
) -> Iterator[tuple[str, bytes]]:
    """Draw in one theme; yield the ending and the bytes of a PNG and an SVG file."""
    require()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = theme.settings()  # Any: rc_context accepts only literal names of settings
    with mpl.rc_context(settings):
        figure = Figure(layout="constrained", dpi=_DPI)
        canvas = Canvas(figure, subject, theme)
        _draw(canvas, verdict.check.id, draw_track)
        notes = [*subject.notes, *canvas.notes]
        figure.suptitle(f"{verdict.check.id}: {verdict.check.rule}", fontsize=10, wrap=True)
        if any(notes):
            figure.supxlabel("; ".join(filter(None, dict.fromkeys(notes))), fontsize=8)
        # Leave out matplotlib's version and the date: with them, equal pictures would be different files.
        for ending, left_out in (("png", {"Software": None}), ("svg", {"Date": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, metadata=left_out)
            yield ending, stream.getvalue()


def _draw(canvas: Canvas, check_id: str, draw_track: Draw) -> None:
    """Draw with the first function that has something to show: `draw_track`, the labels or the numbers."""
    if not any(draw(canvas) for draw in (draw_track, labels.draw, numbers.draw)):
        raise KataError(
            f"{check_id} has no picture: its results cannot be drawn; kata show {check_id} prints them"
        )
