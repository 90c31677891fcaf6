"""The candidate's progress as one HTML page, which loads nothing and has no scripts."""

from __future__ import annotations

from mlkata.practice.progress.progress_text import BROKEN, spent, summary
from mlkata.practice.progress.totals import Progress
from mlkata.report.page import bars, environment
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, count
from mlkata.tracks.model import FINE, Status

_HOW = (
    "Minutes are estimated from the times at which files were judged; a gap counts as at most ten minutes. "
    "Time spent reading before the first judgement may be missing."
)


def render(record: Progress) -> str:
    """Return the page."""
    sections = [_rounds(record)]
    sections += [_days(record)] if record.days else []
    sections += [_failures(record)] if record.failures else []
    return environment.report("My practice", (summary(record),), sections)


def _rounds(record: Progress) -> Section:
    rows = tuple(
        (
            entry.round.id,
            entry.round.title,
            Mark(entry.passed.isoformat(), "good") if entry.passed else "not yet",
            f"{entry.minutes:.0f}",
            str(entry.round.minutes),
            str(entry.judgements),
            Mark(f"{entry.hints} and our solution", "doubt") if entry.gave_up else str(entry.hints),
        )
        for entry in record.rounds
    )
    head = ("round", "", "passed", "minutes", "expected", "judged", "hints")
    # `align` has a letter for each column: l left, r right, w wide.
    table = Table("The rounds in your file", head, rows, align="llrrrrl")
    return Section("rounds", "Rounds", words=(_HOW,), blocks=(table,))


def _days(record: Progress) -> Section:
    bars_ = [
        Bar(
            day.day.isoformat() + (f": {', '.join(day.passed)}" if day.passed else ""),
            spent(day.minutes),
            day.minutes,
            tone="ours" if day.passed else "",  # the green of our bars in benchmarks
        )
        for day in record.days
    ]
    chart = bars.amounts(bars_, "Minutes of work by day", lambda value: f"{value:g}")
    rows = tuple(
        (day.day.isoformat(), f"{day.minutes:.0f}", str(day.judgements), ", ".join(day.passed) or NOTHING)
        for day in record.days
    )
    table = Table("By day", ("day", "minutes", "judged", "passed"), rows, align="lrrl")
    figure = Figure("by-day", "Minutes of work", chart, table)
    return Section("days", "Days", words=("Days on which a round passed are green.",), blocks=(figure,))


def _failures(record: Progress) -> Section:
    rows = tuple(
        (failure.check.id, failure.check.rule, str(failure.times), _now(failure.now))
        for failure in record.failures
    )
    words = (
        "How often each check was the first failure of a save. The kit shows only that one in full.",
        f"So a bug that fails many checks counts once per save. {count(len(rows), 'check')} in total.",
    )
    table = Table("The most frequent first", ("check", "rule", "times", "now"), rows, align="lwrl")
    return Section("failures", "What failed most", words=words, blocks=(table,))


def _now(status: Status | None) -> Cell:
    if status in BROKEN:
        return Mark("still fails", "bad")
    return Mark("fixed", "good") if status in FINE else NOTHING
