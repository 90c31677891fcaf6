"""Format quantities for people: three digits and a unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

NOTHING = "–"  # noqa: RUF001 - a dash, as in print
"""A table's entry for a missing figure."""
_HUNDRED = 100
"""From here on a number has three digits before the point, and is written with separators: `1,234`."""


def or_dash(value: float | None, write: Callable[[float], str]) -> str:
    """Format a value with `write`; return a dash for None."""
    return NOTHING if value is None else write(value)


def three(value: float) -> str:
    """Format three digits: `1.23`, `12.3`, `123` or `1,234`."""
    return f"{value:,.0f}" if abs(value) >= _HUNDRED else f"{value:.3g}"


def seconds(value: float) -> str:
    """Format a time in seconds."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value * 1e9)} ns"


def size(value: float) -> str:
    """Format a number of bytes."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 1 << shift:
            return f"{three(value / (1 << shift))} {unit}"
    return f"{value:.0f} B"


def times(value: float) -> str:
    """Format a ratio, with more digits near 1."""
    for above, digits in ((20, 0), (2, 1), (0.1, 2)):
        if value >= above:
            return f"{value:,.{digits}f}×"
    return f"{value:.2g}×"


def multiple(value: float) -> str:
    """Format a ratio for an axis, where values are round: `0.1×`, `10×`."""
    return f"{value:,.0f}×" if value >= 1_000 else f"{value:.6g}×"  # noqa: PLR2004 - .6g would write 1e+06


def decimal(value: float) -> str:
    """Format bytes for an axis in kB, not KiB, since the ticks of an axis are round decimal numbers."""
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value)} B"


def percent(value: float) -> str:
    """Format a fraction as a percentage."""
    return f"{three(100 * value)} %"


def spread(values: tuple[float, ...]) -> str:
    """Format the smallest and the largest of some times in seconds: `1.2 s … 1.4 s`."""
    return f"{seconds(min(values))} … {seconds(max(values))}"


def day(text: str) -> str:
    """Format an ISO date in words, such as `24 November 2026, 23:00`; with a time zone, it is in UTC."""
    moment = datetime.fromisoformat(text)
    zone = " UTC" if moment.tzinfo else ""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"


def count(number: int, noun: str) -> str:
    """Format a number of things: `1 row`, `2 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
