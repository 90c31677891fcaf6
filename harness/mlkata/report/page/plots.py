"""Plots of points and lines over two axes: values and positions for the template `charts.svg.jinja`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from mlkata.report.page.scales import Scale, around, far_apart

_LABEL_WIDTH = 0.14
"""The width of a tick's label, as a fraction of the x axis: labels closer than this would touch."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Measured points, and lines that belong to them."""

    name: str
    points: tuple[Point, ...]
    joined: bool = False
    """Whether a line joins the points."""
    fit: tuple[Point, Point] | None = None
    """Both ends of the line fitted to the points."""
    good_solution_line: tuple[Point, Point] | None = None
    """Both ends of a dashed line: how the cost of a good solution grows."""


@dataclass(frozen=True)
class Axis:
    """An axis: its name, and how its values are formatted."""

    name: str
    label: Callable[[float], str]
    log: bool = True


@dataclass(frozen=True)
class Plot:
    """Series over two axes, in a frame of fixed size; all positions are in pixels.

    A crossing is a point at which two lines cross, and its label.
    """

    kind: ClassVar[str] = "plot"
    """What templates call this class."""
    width: ClassVar[int] = 400
    height: ClassVar[int] = 270
    left: ClassVar[int] = 58
    right: ClassVar[int] = 386
    top: ClassVar[int] = 22
    bottom: ClassVar[int] = 232
    alt: str
    series: tuple[Series, ...]
    x: Axis
    y: Axis
    crossings: tuple[tuple[Point, str], ...] = ()

    @cached_property
    def x_scale(self) -> Scale:
        """The scale of the x axis."""
        return around((x for x, _ in self._points), log=self.x.log, room=0.04)

    @cached_property
    def y_scale(self) -> Scale:
        """The scale of the y axis."""
        return around((y for _, y in self._points), log=self.y.log, room=0.06)

    @cached_property
    def _points(self) -> list[Point]:
        return [point for series in self.series for point in (*series.points, *(series.fit or ()))]

    def place(self, point: Point) -> Point:
        """Return the position of a point in pixels."""
        x_value, y_value = point
        x = self.left + self.x_scale.at(x_value) * (self.right - self.left)
        y = self.bottom - self.y_scale.at(y_value) * (self.bottom - self.top)
        return round(x, 1), round(y, 1)

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        """The position and label of each vertical grid line."""
        ticks = far_apart(self.x_scale.ticks(), self.x_scale, _LABEL_WIDTH)
        return [(self.place((tick, self.y_scale.low))[0], self.x.label(tick)) for tick in ticks]

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        """The position and label of each horizontal grid line."""
        return [
            (self.place((self.x_scale.low, tick))[1], self.y.label(tick)) for tick in self.y_scale.ticks()
        ]
