"""Writes a record for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.text import Text

from mlkata.practice.progress.totals import DayRecord, Failure, Progress, RoundRecord
from mlkata.report.units import count
from mlkata.tracks.model import Status

_DAYS, _FAILURES = 14, 8
"""The newest days and the most frequent failures: a screen of text; the page has them all."""
_BAR = 30
BROKEN = (Status.FAIL, Status.ERROR)


def render(record: Progress, width: int) -> Iterator[Text]:
    """Write rounds, days and failures."""
    yield Text(summary(record), "bold")
    yield Text()
    widest = max((len(one.round.title) for one in record.rounds), default=0)
    yield Text(f"{'round':<9} {'':<{widest}}  {'passed':<10}  minutes     hints", "dim")
    yield from (_round(one, widest) for one in record.rounds)
    if record.days:
        yield Text()
        longest = max(one.minutes for one in record.days)
        yield from (_day(one, longest, width) for one in record.days[-_DAYS:])
    if record.failures:
        yield Text()
        yield Text("what failed most, as the first failure of a save")
        yield from (_failure(one, width) for one in record.failures[:_FAILURES])


def summary(record: Progress) -> str:
    """Say it in one line."""
    parts = [f"{record.passed} of {record.of} rounds passed", f"{spent(record.minutes)} of work"]
    return ", ".join([*parts, count(record.hints, "hint")])


def spent(minutes: float) -> str:
    """Write a time of work: `8 min`, `2 h 05 min`."""
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"  # noqa: PLR2004 - an hour


def _round(one: RoundRecord, widest: int) -> Text:
    passed = one.passed.isoformat() if one.passed else "open"
    line = Text(f"{one.round.id:<9} {one.round.title:<{widest}}  ")
    line.append(f"{passed:<10}", "green" if one.passed else "cyan")
    line.append(f"  {one.minutes:>3.0f} of {one.round.minutes:<3}  {one.hints:>4}")
    line.append("  gave up" if one.gave_up else "", "yellow")
    return line


def _day(one: DayRecord, longest: float, width: int) -> Text:
    bar = "█" * max(1, round(_BAR * one.minutes / longest)) if one.minutes else ""
    line = Text.assemble(f"{one.day.isoformat()}  {spent(one.minutes):>10}  ", (bar, "cyan"))
    if one.passed:
        room = max(20, width - len(line) - 2)
        words = textwrap.shorten(f"passed {', '.join(one.passed)}", room, placeholder=" …")
        line.append(f"  {words}", "green")
    return line


def _failure(one: Failure, width: int) -> Text:
    head = f"  {one.times:>3} × {one.check.id}  "
    line = Text(head, "bold red" if one.now in BROKEN else "")
    rule = textwrap.shorten(one.check.rule, max(16, width - len(head)), placeholder="…")
    return Text.assemble(line, (rule, "dim"))
