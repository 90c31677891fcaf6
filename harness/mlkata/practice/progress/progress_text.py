"""The candidate's progress as text for a terminal: what `kata report` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.text import Text

from mlkata.practice.progress.totals import DayRecord, Failure, Progress, RoundRecord
from mlkata.report.units import count
from mlkata.tracks.model import Status

_DAYS, _FAILURES = 14, 8
"""Numbers of the newest days and of the most frequent failures that fit a screen; the page has all."""
_BAR = 30
"""Columns of the bar of the day with the most minutes."""
BROKEN = (Status.FAIL, Status.ERROR)
"""Statuses of a check that the candidate's code does not pass; a check may also be unsolved."""


def render(record: Progress, width: int) -> Iterator[Text]:
    """Yield the lines of the report: a summary, the rounds, the newest days, the most frequent failures."""
    yield Text(summary(record), "bold")
    yield Text()
    widest = max((len(entry.round.title) for entry in record.rounds), default=0)
    yield Text(f"{'round':<9} {'':<{widest}}  {'passed':<10}  minutes     hints", "dim")
    yield from (_round(entry, widest) for entry in record.rounds)
    if record.days:
        yield Text()
        longest = max(day.minutes for day in record.days)
        yield from (_day(day, longest, width) for day in record.days[-_DAYS:])
    if record.failures:
        yield Text()
        yield Text("most frequent first failures of a save")
        yield from (_failure(failure, width) for failure in record.failures[:_FAILURES])


def summary(record: Progress) -> str:
    """Return one line with the totals."""
    parts = [f"{record.passed} of {record.n_rounds} rounds passed", f"{spent(record.minutes)} of work"]
    return ", ".join([*parts, count(record.hints, "hint")])


def spent(minutes: float) -> str:
    """Return minutes of work as text: `8 min`, `2 h 05 min`."""
    n_minutes = round(minutes)
    return f"{n_minutes // 60} h {n_minutes % 60:02} min" if n_minutes >= 60 else f"{n_minutes} min"  # noqa: PLR2004 - an hour


def _round(entry: RoundRecord, widest: int) -> Text:
    passed = entry.passed.isoformat() if entry.passed else "open"
    line = Text(f"{entry.round.id:<9} {entry.round.title:<{widest}}  ")
    line.append(f"{passed:<10}", "green" if entry.passed else "cyan")
    line.append(f"  {entry.minutes:>3.0f} of {entry.round.minutes:<3}  {entry.hints:>4}")
    line.append("  gave up" if entry.gave_up else "", "yellow")
    return line


def _day(day: DayRecord, longest: float, width: int) -> Text:
    bar = "█" * max(1, round(_BAR * day.minutes / longest)) if day.minutes else ""
    line = Text.assemble(f"{day.day.isoformat()}  {spent(day.minutes):>10}  ", (bar, "cyan"))
    if day.passed:
        room = max(20, width - len(line) - 2)
        words = textwrap.shorten(f"passed {', '.join(day.passed)}", room, placeholder=" …")
        line.append(f"  {words}", "green")
    return line


def _failure(failure: Failure, width: int) -> Text:
    head = f"  {failure.times:>3} × {failure.check.id}  "
    line = Text(head, "bold red" if failure.now in BROKEN else "")
    rule = textwrap.shorten(failure.check.rule, max(16, width - len(head)), placeholder="…")
    return Text.assemble(line, (rule, "dim"))
