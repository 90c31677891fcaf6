"""Horizontal bars with their spread, as inline SVG.

Places across are percentages and heights are pixels, so that a picture fills any width while its
letters keep their size. Colours are classes, which the page's style gives for light and for dark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlkata.report.page.markup import Markup, clip, tag
from mlkata.report.page.scales import Scale, around

_ROW = 36
_LETTERS = 15
_MIDDLE = 25
"""Pixels from the top of a row to the middle of its bar."""
_THICK = 10
_AXIS = 24
_MOST_DOTS = 30
_LONGEST = 30
"""Letters of a name that leave room for the figure on a telephone."""
_EDGE = 0.06


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
    """What the pointer shows."""


def scale_of(bars: Sequence[Bar], start: float, *, log: bool) -> Scale:
    """Make a scale that holds all bars, and where they start."""
    values = [one for bar in bars for one in (bar.value, *bar.dots) if one is not None]
    return around([start, *values], log=log)


def draw(bars: Sequence[Bar], scale: Scale, start: float, label: Callable[[float], str], alt: str) -> Markup:
    """Draw bars from `start` to their values, over an axis with labels."""
    bottom = len(bars) * _ROW + 4
    parts = [_grid(scale, start, label, bottom)]
    parts += [_bar(bar, scale, start, index * _ROW) for index, bar in enumerate(bars)]
    return tag("svg", *parts, class_="bars", role="img", aria_label=alt, width="100%", height=bottom + _AXIS)


def _grid(scale: Scale, start: float, label: Callable[[float], str], bottom: int) -> Markup:
    lines, ticks = [], scale.ticks(5)
    for tick in ticks:
        place = scale.at(tick)
        anchor = "start" if place < _EDGE else "end" if place > 1 - _EDGE else "middle"
        lines.append(_upright(place, bottom, "base" if tick == start else "grid"))
        lines.append(
            tag("text", label(tick), x=_percent(place), y=bottom + 16, class_="tick", text_anchor=anchor)
        )
    if start not in ticks:
        lines.append(_upright(scale.at(start), bottom, "base"))
    return tag("g", *lines)


def _upright(place: float, bottom: int, kind: str) -> Markup:
    return tag("line", x1=_percent(place), x2=_percent(place), y1=_LETTERS + 4, y2=bottom, class_=kind)


def _bar(bar: Bar, scale: Scale, start: float, top: int) -> Markup:
    room = max(12, _LONGEST + 14 - len(bar.text)) if bar.text else _LONGEST
    parts = [
        tag("title", bar.title or f"{bar.name}: {bar.text}"),
        *_names(bar.name, room, top + _LETTERS),
        tag("text", clip(bar.text, _LONGEST), x="100%", y=top + _LETTERS, class_="value", text_anchor="end"),
    ]
    if bar.value is not None:
        left, right = sorted((scale.at(start), scale.at(bar.value)))
        width = max(right - left, 0.002)
        y = top + _MIDDLE - _THICK // 2
        parts.append(
            tag("rect", x=_percent(left), width=_percent(width), y=y, height=_THICK, rx=2, class_="bar")
        )
        parts += _runs(bar.dots, scale, top + _MIDDLE)
    return tag("g", *parts, class_=f"item {bar.tone}".strip())


def _names(name: str, room: int, y: int) -> list[Markup]:
    """Write a name, and where it is long a shorter one, too: the style shows the one that fits."""
    short = tag("text", clip(name, room), x="0", y=y, class_="name short")
    if len(name) <= room:
        return [tag("text", name, x="0", y=y, class_="name")]
    return [short, tag("text", clip(name, 2 * room), x="0", y=y, class_="name long", aria_hidden="true")]


def _runs(dots: tuple[float, ...], scale: Scale, y: int) -> list[Markup]:
    """Draw each run as a dot, and a line from the least to the greatest; of very many, the line only."""
    if not dots:
        return []
    low, high = _percent(scale.at(min(dots))), _percent(scale.at(max(dots)))
    line = tag("line", x1=low, x2=high, y1=y, y2=y, class_="spread")
    shown = dots if len(dots) <= _MOST_DOTS else (min(dots), max(dots))
    return [line, *(tag("circle", cx=_percent(scale.at(one)), cy=y, r="2.5", class_="run") for one in shown)]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
