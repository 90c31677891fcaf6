"""Draw numeric outputs of both sides (yours, expected): as one list, or as a table for each side."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlkata.report.pictures.canvas import WIDTH, Canvas
from mlkata.report.pictures.panel import Panel
from mlkata.report.pictures.subject import EXPECTED, YOURS, Subject, same

_FLATTENED = 3
"""From this many dimensions on, all dimensions but the first are flattened into columns."""


def draw(canvas: Canvas) -> bool:
    """Draw an output of numbers; return whether there is one."""
    subject = canvas.subject
    name = chosen(subject)
    if name is None:
        return False
    if not is_table(subject, name):
        draw_list(canvas.single(width=1.5 * WIDTH), subject, name)
        return True
    low, high = limits(subject, name)
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        if name in side.outputs:
            draw_table(panel.axes, side.outputs[name], low, high)
    canvas.note(f"{name}, {low:.4g} to {high:.4g}")
    return True


def chosen(subject: Subject) -> str | None:
    """Return the name of the output to draw: the first numeric one that differs, else the first not empty."""
    names = [
        name
        for side in subject.sides
        for name, value in side.outputs.items()
        if isinstance(value, int | float | np.number | np.ndarray)
        and np.asarray(value).dtype.kind in "fiub"  # float, int, unsigned int, bool
    ]
    outputs = [side.outputs for side in subject.sides if side.outputs]
    if not outputs:
        return None
    if len(outputs) == 2:  # noqa: PLR2004 - yours and expected
        yours, expected = outputs
        for name in names:
            if name in yours and name in expected and not same(yours[name], expected[name]):
                return name
    return next((name for name in names if np.asarray(outputs[0][name]).size), None)


def is_table(subject: Subject, name: str) -> bool:
    """Return whether an output has rows and columns."""
    return any(np.ndim(side.outputs[name]) > 1 for side in subject.sides if name in side.outputs)


def draw_list(panel: Panel, subject: Subject, name: str) -> None:
    """Draw numbers side by side: yours filled, expected as rings."""
    axes, theme = panel.axes, panel.theme
    styles = {
        YOURS: {"marker": "o", "color": theme.of(1), "markersize": 5},  # orange, neither wrong nor right
        EXPECTED: {"marker": "o", "color": theme.right, "markersize": 9, "markerfacecolor": "none"},
    }
    for side in subject.sides:
        if name in side.outputs:
            values = np.atleast_1d(np.asarray(side.outputs[name], dtype=float))
            axes.plot(range(len(values)), values, linestyle="none", label=side.name, **styles[side.name])
            axes.vlines(range(len(values)), 0, values, color=theme.faint, linewidth=1, zorder=0)
    axes.axhline(0, color=theme.faint, linewidth=0.8, zorder=0)
    axes.margins(x=0.08)
    axes.set_title(name, fontsize=9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    panel.legend()


def draw_table(axes: Any, values: Any, low: float, high: float) -> None:
    """Draw a table as colours, on a scale between two values."""
    table = np.asarray(values, dtype=float)
    table = table.reshape(len(table), -1) if table.ndim >= _FLATTENED else table
    axes.imshow(table, vmin=low, vmax=high, aspect="auto", cmap="viridis", interpolation="nearest")
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    if table.size <= 24:  # noqa: PLR2004 - as many numbers as people can read
        middle = (low + high) / 2
        for (row, column), value in np.ndenumerate(table):
            colour = "#000000" if value > middle else "#ffffff"  # viridis is light at its upper end
            axes.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize=8, color=colour)


def limits(subject: Subject, name: str) -> tuple[float, float]:
    """Return the smallest and the largest finite number of both sides, which then share a colour scale."""
    values = [np.ravel(side.outputs[name]) for side in subject.sides if name in side.outputs]
    together = np.concatenate(values).astype(float)
    together = together[np.isfinite(together)]
    return (float(together.min()), float(together.max())) if len(together) else (0.0, 1.0)
