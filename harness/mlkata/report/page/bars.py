"""Charts of horizontal bars: their values and positions, which the template `charts.svg.jinja` draws.

A bar shows one value, in benchmarks the median of some runs; dots and a line on it show how far these spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mlkata.report.page.scales import Scale, around
from mlkata.report.units import multiple

_AXIS_END = 1.03
"""The end of an axis of amounts, as a multiple of the largest amount, so that its bar ends before the
edge."""
_MOST_DOTS = 30
"""With more runs than this, the dots of a bar would merge into a line."""
_LONGEST = 30
"""Maximum number of letters of a name on a phone's screen, beside a figure of `_FIGURE` letters."""
_FIGURE = 14
_SHORTEST = 12
"""Letters of a name that are shown beside any figure, however long."""


@dataclass(frozen=True)
class Bar:
    """One bar. Above it are its name, on the left, and its figure (a number with its unit), on the right."""

    name: str
    text: str
    """The figure, or words that say why there is none."""
    value: float | None
    """The value at which the bar ends; None if there is no figure."""
    dots: tuple[float, ...] = ()
    """The value of each run; a line joins the smallest and the largest."""
    tone: str = ""
    """The CSS class that gives its colour, such as `ours` or `wrong`."""
    title: str = ""
    """The tooltip; if empty, the name and the figure are shown."""

    @property
    def name_chars(self) -> int:
        """The number of letters of the name that fit beside the figure."""
        return max(_SHORTEST, _LONGEST + _FIGURE - len(self.text)) if self.text else _LONGEST

    @property
    def drawn_dots(self) -> tuple[float, ...]:
        """The dots that are drawn: all, or only the smallest and the largest if there are very many."""
        return self.dots if len(self.dots) <= _MOST_DOTS else (min(self.dots), max(self.dots))


@dataclass(frozen=True)
class BarChart:
    """Bars from `start` to their values, over an axis whose ticks are written by `label`."""

    kind: ClassVar[str] = "bars"
    """What templates call this class."""
    title: str
    bars: tuple[Bar, ...]
    scale: Scale
    start: float
    label: Callable[[float], str]
    max_text_chars: ClassVar[int] = _LONGEST
    """Maximum number of letters of a figure; templates cut a longer one."""

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. " + "; ".join(f"{bar.name}: {bar.text}" for bar in self.bars)

    def percent(self, value: float) -> float:
        """Return the horizontal position of a value, in per cent of the chart's width."""
        return round(100 * self.scale.at(value), 2)


def ratios(bars: Sequence[Bar], title: str, among: Sequence[Bar] = ()) -> BarChart | None:
    """Return bars from 1 to their ratios, on a logarithmic scale, or None if there are no bars.

    Charts with the same `among` have the same scale, which fits all bars in it.
    """
    values = [value for bar in among or bars for value in (bar.value, *bar.dots) if value is not None]
    scale = around([1.0, *values], log=True)
    return BarChart(title, tuple(bars), scale, start=1.0, label=multiple) if bars else None


def amounts(bars: Sequence[Bar], title: str, label: Callable[[float], str], least: float = 1.0) -> BarChart:
    """Return a chart of amounts from 0; the axis reaches at least to `least`."""
    values = [value for bar in bars for value in (bar.value, *bar.dots) if value is not None]
    scale = Scale(low=0.0, high=_AXIS_END * max([least, *values]), log=False)
    return BarChart(title, tuple(bars), scale, start=0.0, label=label)
