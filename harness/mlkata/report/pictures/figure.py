"""Makes the picture of a verdict: chooses what to draw, and writes it as PNG and SVG, light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlkata import files
from mlkata.report.pictures import mixtures, numbers, points, trees
from mlkata.report.pictures.subject import Subject, same
from mlkata.report.pictures.theme import THEMES, Theme
from mlkata.tracks.model import KataError, Verdict

_PANEL = (4.1, 3.5)
_TALL = 4.6
"""Of a tree."""
_DPI = 130
_INSTALL = "pictures need matplotlib: pip install 'mlkata[plots]'"
_ABOUT_ROWS = {"labels", "centers", "indices", "ids", "points", "feature"}
"""Outputs that are drawn on top of rows."""


def require() -> None:
    """Raise KataError where matplotlib is missing, before anything is judged."""
    try:
        import matplotlib  # noqa: F401, ICN001 - only whether it is there
    except ImportError:
        raise KataError(_INSTALL) from None


def write(verdict: Verdict, subject: Subject, folder: Path) -> list[Path]:
    """Write the four files of a picture, light ones first; give their paths.

    Raises KataError where there is nothing that can be drawn, or it cannot be kept.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", verdict.check.id)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for theme in THEMES:
            for ending, data in rendered(verdict, subject, theme):
                dark = "" if theme is THEMES[0] else f"-{theme.name}"
                written.append(folder / f"{name}{dark}.{ending}")
                files.write(written[-1], data)
    except OSError as error:
        raise KataError(f"cannot write the picture in {folder}: {error.strerror}") from error
    return written


def rendered(verdict: Verdict, subject: Subject, theme: Theme) -> Iterator[tuple[str, bytes]]:
    """Draw in one theme: the picture's bytes, as PNG and as SVG."""
    require()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = theme.settings()  # its type is a list of all names that matplotlib knows
    with mpl.rc_context(settings):
        figure = Figure(layout="constrained", dpi=_DPI)
        notes = [*subject.notes, *_drawn(figure, verdict, subject, theme)]
        figure.suptitle(f"{verdict.check.id}: {verdict.check.rule}", fontsize=10, wrap=True)
        if any(notes):
            figure.supxlabel("; ".join(filter(None, dict.fromkeys(notes))), fontsize=8)
        for ending, extra in (("png", {"Software": None}), ("svg", {"Date": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, metadata=extra)
            yield ending, stream.getvalue()


def _drawn(figure: Any, verdict: Verdict, subject: Subject, theme: Theme) -> list[str]:
    """Draw all panels; give what is to be said below them."""
    found = [trees.shown(subject, side) for side in subject.sides]
    if any(one is not None for one in found):
        panels = _panels(figure, subject, theme)
        wide = max([_PANEL[0], *(trees.width(one) for one in found if one)])
        figure.set_size_inches(wide * len(panels), _TALL)
        return [trees.draw(axes, one, theme) for axes, one in zip(panels, found, strict=True) if one]
    if any(mixtures.components(subject, side) for side in subject.sides):
        curves = mixtures.curves(subject)
        plane = mixtures.plane_of(subject)
        panels = _panels(figure, subject, theme, extra=bool(curves))
        for axes, side in zip(panels, subject.sides, strict=False):
            mixtures.draw(axes, subject, side, theme, plane)
        if curves:
            mixtures.draw_curves(panels[-1], curves, theme)
        return [plane.note]
    if _about_rows(subject):
        plane = points.plane_of(subject)
        for axes, side in zip(_panels(figure, subject, theme), subject.sides, strict=True):
            points.draw(axes, subject, side, theme, plane)
        return [plane.note]
    return _numbers(figure, verdict, subject, theme)


def _about_rows(subject: Subject) -> bool:
    names: set[str] = set().union(*(side.outputs for side in subject.sides), subject.arguments)
    has_rows = subject.rows is not None or "centers" in names
    outputs = set().union(*(side.outputs for side in subject.sides))
    return has_rows and (not outputs or bool(outputs & _ABOUT_ROWS))


def _numbers(figure: Any, verdict: Verdict, subject: Subject, theme: Theme) -> list[str]:
    name = numbers.chosen(subject)
    if name is None:
        raise KataError(
            f"{verdict.check.id} has no picture: what comes back is no points, tree, mixture or numbers; "
            f"kata show {verdict.check.id} shows it"
        )
    if not numbers.is_table(subject, name):
        figure.set_size_inches(_PANEL[0] * 1.5, _PANEL[1])
        numbers.draw_list(figure.subplots(), subject, name, theme)
        return []
    low, high = numbers.limits(subject, name)
    for axes, side in zip(_panels(figure, subject, theme), subject.sides, strict=True):
        if name in side.outputs:
            numbers.draw_table(axes, side.outputs[name], low, high)
    return [f"{name}, {low:.4g} to {high:.4g}"]


def _panels(figure: Any, subject: Subject, theme: Theme, *, extra: bool = False) -> list[Any]:
    """Make a panel for each side, titled, and one more if asked for."""
    count = len(subject.sides) + extra
    figure.set_size_inches(_PANEL[0] * count, _PANEL[1])
    panels = list(figure.subplots(1, count, squeeze=False)[0])
    outputs = [_plain(side.outputs) for side in subject.sides]
    right = len(outputs) < 2 or same(*outputs)  # noqa: PLR2004 - yours and expected
    for axes, side in zip(panels, subject.sides, strict=False):
        colour = theme.ink if right else theme.wrong if side.name == "yours" else theme.right
        axes.set_title(f"{side.name}: {side.said}" if side.said else side.name, color=colour, fontsize=10)
    return panels


def _plain(outputs: Mapping[str, Any]) -> list[Any]:
    return [one for name, one in sorted(outputs.items())]
