"""Charts of horizontal bars with their spread: values and positions. `charts.svg.jinja` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mlkata.report.page.scales import Scale, around
from mlkata.report.units import multiple

_ROOM = 1.03
"""The end of an axis of amounts, as a multiple of the largest amount."""
_MOST_DOTS = 30
_LONGEST = 30
"""The most letters of a name that leave room for the figure on a phone."""


@dataclass(frozen=True)
class Bar:
    """One bar. Above it are its name, on the left, and its figure, on the right."""

    name: str
    text: str
    value: float | None
    """The end of the bar; None if there is no figure."""
    dots: tuple[float, ...] = ()
    """The value of each run; a line joins the smallest and the largest."""
    tone: str = ""
    title: str = ""
    """The tooltip; if empty, it is name and figure."""

    @property
    def name_chars(self) -> int:
        """The number of letters of the name that fit beside the figure."""
        return max(12, _LONGEST + 14 - len(self.text)) if self.text else _LONGEST

    @property
    def dots_to_draw(self) -> tuple[float, ...]:
        """The dots that are drawn: of very many, only the smallest and the largest."""
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
    max_text_chars: ClassVar[int] = _LONGEST

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. " + "; ".join(f"{bar.name}: {bar.text}" for bar in self.bars)

    def percent(self, value: float) -> float:
        """Return the horizontal position of a value, in per cent of the chart's width."""
        return round(100 * self.scale.at(value), 2)


def ratios(bars: Sequence[Bar], title: str, among: Sequence[Bar] = ()) -> BarChart | None:
    """Return a chart of ratios, to both sides of 1, on a logarithmic scale that fits all bars of `among`."""
    values = [value for bar in among or bars for value in (bar.value, *bar.dots) if value is not None]
    scale = around([1.0, *values], log=True)
    return BarChart(title, tuple(bars), scale, 1.0, multiple) if bars else None


def amounts(bars: Sequence[Bar], title: str, label: Callable[[float], str], least: float = 1.0) -> BarChart:
    """Return a chart of amounts from 0; the axis reaches at least to `least`."""
    values = [value for bar in bars for value in (bar.value, *bar.dots) if value is not None]
    return BarChart(title, tuple(bars), Scale(0.0, _ROOM * max([least, *values]), log=False), 0.0, label)
