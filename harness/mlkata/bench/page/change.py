"""The section on what has changed since the last saved run.

A figure is the median time of one implementation on one workload.
"""

from __future__ import annotations

from math import log
from statistics import median

from mlkata.bench.page.costs import label
from mlkata.bench.page.ratios import Change, Compared, compare, differences
from mlkata.bench.results import Results
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import CHART_ONLY, Cell, Figure, Mark, Section, Table
from mlkata.report.units import count, day, seconds, spread, times

_MAX_BARS = 20
"""The most changes in the chart, largest first; the table has all figures."""
_TITLE = "Since the last saved run"
_WORDS = (
    "A figure counts as changed if its two intervals, from the fastest to the slowest run, do not overlap. "
    "By chance alone this happens to 1 of 35 figures with four runs each, and to 1 of 126 with five; the "
    "table marks changes of figures with fewer than four runs."
)
_DIRECTIONS = Mark(
    "Right of 1× is faster than before, left is slower. Dots are the runs of this report.", CHART_ONLY
)


def since(now: Results, before: Results | None) -> Section:
    """Return the section that compares each figure with the earlier one."""
    if before is None:
        return Section("change", _TITLE, ("There is no earlier run to compare with.",))
    figures = compare(now, before)
    changed = [figure for figure in figures if figure.change is not Change.NONE]
    words: list[Cell] = [
        f"The last run was saved on {day(before.date)}.",
        f"Both runs have {count(len(figures), 'figure')}; {len(changed):,} changed by more than the spread.",
        _WORDS,
    ]
    other_changes = list(differences(now, before))
    if other_changes:
        words.append(Mark("Other things changed, too: " + "; ".join(other_changes) + ".", "doubt"))
    words += _unmatched(now, before)
    return Section("change", _TITLE, tuple(words), _blocks(figures, changed))


def _unmatched(now: Results, before: Results) -> list[Cell]:
    """Return a line about the workloads that only one of the runs has, if there are any."""
    ids_now, ids_before = {row.id for row in now.rows}, {row.id for row in before.rows}
    unmatched = (("Only in this run", ids_now - ids_before), ("Only in the last run", ids_before - ids_now))
    return [f"{title}: {', '.join(sorted(ids))}." for title, ids in unmatched if ids]


def _blocks(figures: list[Compared], changed: list[Compared]) -> tuple[Figure | Table, ...]:
    """Return a chart of the largest changes, with a table of all figures."""
    if not figures:
        return ()
    table = Table(
        "All figures that both runs have",
        ("workload", "implementation", "before", "runs before", "now", "runs now", "speed", "change"),
        tuple(_row(figure) for figure in figures),
        align="llrrrrrl",
    )
    largest = sorted(changed, key=lambda figure: -abs(log(figure.ratio.value)))[:_MAX_BARS]
    chart = bars.ratios([_bar(figure) for figure in largest], "Largest changes")
    if chart is None:
        return (Figure("change-all", "No measurable change", None, table),)
    return (Figure("change-all", chart.title, chart, table, notes=(_DIRECTIONS,)),)


def _bar(figure: Compared) -> Bar:
    before = median(figure.before.seconds)
    dots = tuple(before / run for run in figure.now.seconds)
    tone = "doubt" if figure.doubt else "ours" if figure.change is Change.FASTER else "wrong"
    text = f"{times(figure.ratio.value)} · {_change_text(figure)}"
    return Bar(f"{figure.now.name}, {label(figure.row)}", text, figure.ratio.value, dots, tone)


def _change_text(figure: Compared) -> str:
    """Return the change in words, with the reason if it may be due to chance."""
    if figure.change is Change.NONE:
        return str(figure.change)
    return f"{figure.change} ({figure.doubt})" if figure.doubt else str(figure.change)


def _row(figure: Compared) -> tuple[Cell, ...]:
    tone = "doubt" if figure.doubt else {Change.FASTER: "good", Change.SLOWER: "bad"}.get(figure.change, "")
    return (
        label(figure.row),
        figure.now.name,
        seconds(median(figure.before.seconds)),
        spread(figure.before.seconds),
        seconds(median(figure.now.seconds)),
        spread(figure.now.seconds),
        times(figure.ratio.value),
        Mark(_change_text(figure), tone if figure.change is not Change.NONE else ""),
    )
