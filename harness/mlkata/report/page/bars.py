"""Charts of horizontal bars with their spread: what stands where; `charts.svg.jinja` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mlkata.report.page.scales import Scale, around
from mlkata.report.units import multiple

_ROOM = 1.03
"""How far an axis of amounts reaches beyond the greatest."""
_MOST_DOTS = 30
_LONGEST = 30
"""Letters of a name that leave room for the figure on a telephone."""


@dataclass(frozen=True)
class Bar:
    """One bar, its name on the left above it and its figure on the right."""

    name: str
    text: str
    value: float | None
    """Where it ends; None where there is no figure."""
    dots: tuple[float, ...] = ()
    """Each run; a line joins the least and the greatest."""
    tone: str = ""
    title: str = ""
    """What the pointer shows; empty means name and figure."""

    @property
    def room(self) -> int:
        """How many letters of the name have room beside the figure."""
        return max(12, _LONGEST + 14 - len(self.text)) if self.text else _LONGEST

    @property
    def drawn(self) -> tuple[float, ...]:
        """The dots that are drawn: of very many, the least and the greatest."""
        return self.dots if len(self.dots) <= _MOST_DOTS else (min(self.dots), max(self.dots))


@dataclass(frozen=True)
class BarChart:
    """Bars from `start` to their values, over an axis with labels."""

    kind: ClassVar[str] = "bars"
    title: str
    bars: tuple[Bar, ...]
    scale: Scale
    start: float
    label: Callable[[float], str]
    longest: ClassVar[int] = _LONGEST

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. " + "; ".join(f"{bar.name}: {bar.text}" for bar in self.bars)

    def percent(self, value: float) -> float:
        """Give the place of a value across the chart."""
        return round(100 * self.scale.at(value), 2)


def ratios(bars: Sequence[Bar], title: str, among: Sequence[Bar] = ()) -> BarChart | None:
    """Draw ratios to both sides of 1, on the logarithmic scale of all bars `among` which they are."""
    values = [value for bar in among or bars for value in (bar.value, *bar.dots) if value is not None]
    scale = around([1.0, *values], log=True)
    return BarChart(title, tuple(bars), scale, 1.0, multiple) if bars else None


def amounts(bars: Sequence[Bar], title: str, label: Callable[[float], str], least: float = 1.0) -> BarChart:
    """Draw amounts from 0; the axis goes to `least` at least."""
    values = [value for bar in bars for value in (bar.value, *bar.dots) if value is not None]
    return BarChart(title, tuple(bars), Scale(0.0, _ROOM * max([least, *values]), log=False), 0.0, label)
