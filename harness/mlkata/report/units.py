"""Writes quantities as people read them: three digits and a unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

NOTHING = "–"  # noqa: RUF001 - a dash, as in print
"""What a table has where there is no figure."""
_HUNDRED = 100


def known(value: float | None, write: Callable[[float], str]) -> str:
    """Write a value in its unit, or a dash where there is none."""
    return NOTHING if value is None else write(value)


def three(value: float) -> str:
    """Write three digits, as `1.23`, `12.3`, `123` or `1,234`."""
    return f"{value:,.0f}" if abs(value) >= _HUNDRED else f"{value:.3g}"


def seconds(value: float) -> str:
    """Write a time."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value * 1e9)} ns"


def size(value: float) -> str:
    """Write a number of bytes."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 1 << shift:
            return f"{three(value / (1 << shift))} {unit}"
    return f"{value:.0f} B"


def times(value: float) -> str:
    """Write a ratio: finer near 1, where the second digit is what matters."""
    for above, digits in ((20, 0), (2, 1), (0.1, 2)):
        if value >= above:
            return f"{value:,.{digits}f}×"
    return f"{value:.2g}×"


def multiple(value: float) -> str:
    """Write a ratio beside an axis, where it is round."""
    return f"{value:,.0f}×" if value >= 1_000 else f"{value:.6g}×"  # noqa: PLR2004 - 1e+06 is no word


def decimal(value: float) -> str:
    """Write bytes beside an axis, where they are round in powers of ten."""
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value)} B"


def percent(value: float) -> str:
    """Write a fraction as a percentage."""
    return f"{three(100 * value)} %"


def spread(values: tuple[float, ...]) -> str:
    """Write the least and the greatest of some times."""
    return f"{seconds(min(values))} … {seconds(max(values))}"


def day(text: str) -> str:
    """Write an ISO date in words, in UTC where it says how far it is from there."""
    moment = datetime.fromisoformat(text)
    zone = " UTC" if moment.tzinfo else ""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"


def count(number: int, noun: str) -> str:
    """Write a number of things: `1 row`, `2 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
