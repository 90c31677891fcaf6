"""Plots of points and lines over two axes, as inline SVG with a fixed shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mlkata.report.page.markup import Markup, clip, tag
from mlkata.report.page.scales import Scale, around, far_apart

_WIDTH, _HEIGHT = 400, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 386, 22, 232
_MARKS = 4
TONES = 6
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


def draw(
    series: Sequence[Series], x: Axis, y: Axis, alt: str, crossings: Sequence[tuple[float, float, str]] = ()
) -> Markup:
    """Draw all series; each crossing is an x, a y and what is written there."""
    every = [point for one in series for point in (*one.points, *(one.fit or ()))]
    across = around((point[0] for point in every), log=x.log, room=0.04)
    up = around((point[1] for point in every), log=y.log, room=0.06)
    place = _place(across, up)
    parts = [_axes(across, up, x, y)]
    parts += [_series(one, index, place) for index, one in enumerate(series)]
    parts += [_crossing(place((at, height)), text) for at, height, text in crossings]
    return tag("svg", *parts, class_="plot", role="img", aria_label=alt, viewBox=f"0 0 {_WIDTH} {_HEIGHT}")


def sample(index: int) -> Markup:
    """Draw a series' mark and colour for the legend."""
    inside = tag("g", _mark(index, 8.0, 8.0), class_=tone(index))
    return tag("svg", inside, class_="sample", viewBox="0 0 16 16", width=16, height=16, aria_hidden="true")


def tone(index: int) -> str:
    """Give the class that colours a series."""
    return f"s{index % TONES}"


def _place(across: Scale, up: Scale) -> Callable[[Point], Point]:
    return lambda point: (
        _LEFT + across.at(point[0]) * (_RIGHT - _LEFT),
        _BOTTOM - up.at(point[1]) * (_BOTTOM - _TOP),
    )


def _axes(across: Scale, up: Scale, x: Axis, y: Axis) -> Markup:
    place, parts = _place(across, up), []
    for tick in far_apart(across.ticks(), across, _TOUCH):
        at = place((tick, up.low))[0]
        parts.append(_line((at, _TOP), (at, _BOTTOM), "grid"))
        parts.append(_text(x.label(tick), at, _BOTTOM + 15, "tick", "middle"))
    for tick in up.ticks():
        at = place((across.low, tick))[1]
        parts.append(_line((_LEFT, at), (_RIGHT, at), "grid"))
        parts.append(_text(y.label(tick), _LEFT - 6, at + 4, "tick", "end"))
    parts.append(_line((_LEFT, _BOTTOM), (_RIGHT, _BOTTOM), "base"))
    parts.append(_text(clip(x.name, 40), _RIGHT, _BOTTOM + 32, "axis", "end"))
    parts.append(_text(clip(y.name, 40), 4, 13, "axis", "start"))
    return tag("g", *parts)


def _series(one: Series, index: int, place: Callable[[Point], Point]) -> Markup:
    places = [place(point) for point in one.points]
    parts = [tag("title", one.name)]
    if one.good:
        parts.append(_line(place(one.good[0]), place(one.good[1]), "good"))
    if one.fit:
        parts.append(_line(place(one.fit[0]), place(one.fit[1]), "fit"))
    if one.joined and len(places) > 1:
        parts.append(tag("polyline", points=_corners(places), class_="joined"))
    parts += [_mark(index, *at) for at in places]
    return tag("g", *parts, class_=tone(index))


def _mark(index: int, x: float, y: float) -> Markup:
    """Draw a mark that differs by shape as well as by colour."""
    shape = index % _MARKS
    if shape == 0:
        return tag("circle", cx=x, cy=y, r="4", class_="mark")
    corners = (
        ((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)),
        ((0.0, -4.5), (4.5, 3.5), (-4.5, 3.5)),
        ((0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)),
    )[shape - 1]
    return tag("polygon", points=_corners((x + dx, y + dy) for dx, dy in corners), class_="mark")


def _crossing(at: Point, text: str) -> Markup:
    left = at[0] > (_LEFT + _RIGHT) / 2
    near = at[0] - 6 if left else at[0] + 6
    return tag(
        "g",
        _line((at[0], _TOP), (at[0], _BOTTOM), "cross"),
        tag("circle", cx=at[0], cy=at[1], r="7", class_="ring"),
        _text(clip(text, 24), near, _TOP + 12, "said", "end" if left else "start"),
    )


def _line(start: Point, end: Point, kind: str) -> Markup:
    return tag("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind)


def _text(text: str, x: float, y: float, kind: str, anchor: str) -> Markup:
    return tag("text", text, x=float(x), y=float(y), class_=kind, text_anchor=anchor)


def _corners(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
