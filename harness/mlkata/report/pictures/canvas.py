"""The canvas on which a call is drawn: panels for the candidate's and the expected answer, and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlkata.report.pictures.panel import Panel
from mlkata.report.pictures.subject import YOURS, Subject, same
from mlkata.report.pictures.theme import Theme

WIDTH, HEIGHT = 4.1, 3.5
"""The usual size of a panel, in inches."""


@dataclass(frozen=True)
class Canvas:
    """The call to draw, and matplotlib's figure to draw it in."""

    figure: Any
    """A `matplotlib.figure.Figure`."""
    subject: Subject
    theme: Theme
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note, which is shown below the panels unless its text is empty."""
        self.notes.append(text)

    def panels(self, *, extra: int = 0, width: float = WIDTH, height: float = HEIGHT) -> list[Panel]:
        """Return a titled panel for each side (`yours`, `expected`), in order, and `extra` untitled ones.

        Sizes are in inches. Call this only once: it lays out the whole picture.
        """
        sides = self.subject.sides
        count = len(sides) + extra
        self.figure.set_size_inches(width * count, height)
        panels = [Panel(axes, self.theme) for axes in self.figure.subplots(1, count, squeeze=False)[0]]
        outputs = [[value for _, value in sorted(side.outputs.items())] for side in sides]
        sides_agree = len(outputs) < 2 or same(*outputs)  # noqa: PLR2004 - yours and expected
        for panel, side in zip(panels, sides, strict=False):
            colour = (
                self.theme.ink
                if sides_agree
                else self.theme.wrong
                if side.name == YOURS
                else self.theme.right
            )
            title = f"{side.name}: {side.failure}" if side.failure else side.name
            panel.axes.set_title(title, color=colour, fontsize=10)
        return panels

    def single(self, *, width: float) -> Panel:
        """Return one panel for both sides."""
        self.figure.set_size_inches(width, HEIGHT)
        return Panel(self.figure.subplots(), self.theme)
