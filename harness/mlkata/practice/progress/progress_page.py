"""Writes a record as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from mlkata.practice.progress.progress_text import BROKEN, spent, summary
from mlkata.practice.progress.totals import Progress
from mlkata.report.page import bars, environment
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, count
from mlkata.tracks.model import FINE, Status

_HOW = (
    "Minutes are those that were seen: between two judgements no more than ten minutes apart. A round that "
    "is read first and judged late has fewer than it took."
)


def render(record: Progress) -> str:
    """Write the page."""
    sections = [_rounds(record)]
    sections += [_days(record)] if record.days else []
    sections += [_failures(record)] if record.failures else []
    return environment.report("My practice", (summary(record),), sections)


def _rounds(record: Progress) -> Section:
    rows = tuple(
        (
            one.round.id,
            one.round.title,
            Mark(one.passed.isoformat(), "good") if one.passed else "open",
            f"{one.minutes:.0f}",
            str(one.round.minutes),
            str(one.judgements),
            Mark(f"{one.hints} and our solution", "doubt") if one.gave_up else str(one.hints),
        )
        for one in record.rounds
    )
    head = ("round", "", "passed", "minutes", "expected", "judged", "hints")
    return Section("rounds", "Rounds", (_HOW,), (Table("The rounds that are open", head, rows, "llrrrrl"),))


def _days(record: Progress) -> Section:
    shown = [
        Bar(
            one.day.isoformat() + (f": {', '.join(one.passed)}" if one.passed else ""),
            spent(one.minutes),
            one.minutes,
            tone="ours" if one.passed else "",
        )
        for one in record.days
    ]
    chart = bars.amounts(shown, "Minutes of work by day", lambda value: f"{value:g}")
    rows = tuple(
        (one.day.isoformat(), f"{one.minutes:.0f}", str(one.judgements), ", ".join(one.passed) or NOTHING)
        for one in record.days
    )
    table = Table("By day", ("day", "minutes", "judged", "passed"), rows, "lrrl")
    figure = Figure("by-day", "Minutes of work", chart, table)
    return Section("days", "Days", ("In green, with their rounds: days on which one passed.",), (figure,))


def _failures(record: Progress) -> Section:
    rows = tuple((one.check.id, one.check.rule, str(one.times), _now(one.now)) for one in record.failures)
    words = (
        "How often each check was the first failure of a save, which is the one that is shown.",
        f"One mistake behind many failures counts once. {count(len(rows), 'check')} in all.",
    )
    table = Table("The most frequent first", ("check", "rule", "times", "now"), rows, "lwrl")
    return Section("failures", "What failed most", words, (table,))


def _now(status: Status | None) -> Cell:
    if status in BROKEN:
        return Mark("still fails", "bad")
    return Mark("mended", "good") if status in FINE else NOTHING
