"""Plots of points and lines over two axes: what stands where; `charts.svg.jinja` draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from mlkata.report.page.scales import Scale, around, far_apart

_TOUCH = 0.14

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Measured points, and lines that belong to them."""

    name: str
    points: tuple[Point, ...]
    joined: bool = False
    """Are the points joined by a line?"""
    fit: tuple[Point, Point] | None = None
    good: tuple[Point, Point] | None = None
    """A thin dashed line: how a good solution grows."""


@dataclass(frozen=True)
class Axis:
    """What an axis shows, and how its values are written."""

    name: str
    label: Callable[[float], str]
    log: bool = True


@dataclass(frozen=True)
class Plot:
    """Series over two axes, in a frame of fixed shape; each crossing is a point and what is written there."""

    kind: ClassVar[str] = "plot"
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
    def across(self) -> Scale:
        """The scale of the axis below."""
        return around((x for x, _ in self._points), log=self.x.log, room=0.04)

    @cached_property
    def up(self) -> Scale:
        """The scale of the axis on the left."""
        return around((y for _, y in self._points), log=self.y.log, room=0.06)

    @cached_property
    def _points(self) -> list[Point]:
        return [point for one in self.series for point in (*one.points, *(one.fit or ()))]

    def place(self, point: Point) -> Point:
        """Give the place of a point in pixels."""
        x = self.left + self.across.at(point[0]) * (self.right - self.left)
        y = self.bottom - self.up.at(point[1]) * (self.bottom - self.top)
        return round(x, 1), round(y, 1)

    @property
    def columns(self) -> list[tuple[float, str]]:
        """Where the lines of the grid go up, and the label of each."""
        ticks = far_apart(self.across.ticks(), self.across, _TOUCH)
        return [(self.place((tick, self.up.low))[0], self.x.label(tick)) for tick in ticks]

    @property
    def rows(self) -> list[tuple[float, str]]:
        """Where the lines of the grid go across, and the label of each."""
        return [(self.place((self.across.low, tick))[1], self.y.label(tick)) for tick in self.up.ticks()]
