"""What changed since the last saved run."""

from __future__ import annotations

from math import log
from statistics import median

from mlkata.bench.page.costs import label
from mlkata.bench.page.ratios import Change, Compared, compare, differences
from mlkata.bench.results import Results
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table
from mlkata.report.units import count, day, seconds, spread, times

_MOST = 20
"""Changes that the picture shows, largest first; the table has them all."""
_TITLE = "Since the last saved run"
_WORDS = (
    "A figure counts as changed where the two intervals, from the fastest to the slowest run, have nothing "
    "in common. With four runs each, chance alone does that to 1 of 35 figures, with five to 1 of 126; where "
    "there were fewer than four, the table says so."
)
_SIDES = Mark("To the right of 1×: faster than before; to the left: slower. Dots are this run's.", PICTURE)


def since(now: Results, before: Results | None) -> Section:
    """Compare each figure with its earlier one."""
    if before is None:
        return Section("change", _TITLE, ("There is no earlier run to compare with.",))
    found = compare(now, before)
    changed = [one for one in found if one.change is not Change.NONE]
    words: list[Cell] = [
        f"The last run was saved on {day(before.date)}.",
        f"Of {count(len(found), 'figure')} that both have, {len(changed):,} changed by more than the spread.",
        _WORDS,
    ]
    other = list(differences(now, before))
    if other:
        words.append(Mark("Not all else is as it was: " + "; ".join(other) + ".", "doubt"))
    words += _unmatched(now, before)
    return Section("change", _TITLE, tuple(words), _blocks(found, changed))


def _unmatched(now: Results, before: Results) -> list[Cell]:
    here, there = {row.id for row in now.rows}, {row.id for row in before.rows}
    said = (("Only in this run", here - there), ("Only in the last one", there - here))
    return [f"{what}: {', '.join(sorted(ids))}." for what, ids in said if ids]


def _blocks(found: list[Compared], changed: list[Compared]) -> tuple[Figure | Table, ...]:
    if not found:
        return ()
    table = Table(
        "All figures that both runs have",
        ("workload", "implementation", "before", "its runs", "now", "its runs", "speed", "change"),
        tuple(_row(one) for one in found),
        "llrrrrrl",
    )
    largest = sorted(changed, key=lambda one: -abs(log(one.ratio.value)))[:_MOST]
    chart = bars.ratios([_bar(one) for one in largest], "Largest changes")
    if chart is None:
        return (Figure("change-all", "No change that can be seen", None, table),)
    return (Figure("change-all", chart.title, chart, table, notes=(_SIDES,)),)


def _bar(one: Compared) -> Bar:
    before = median(one.before.seconds)
    dots = tuple(before / run for run in one.peer.seconds)
    tone = "doubt" if one.doubt else "ours" if one.change is Change.FASTER else "wrong"
    text = f"{times(one.ratio.value)} · {_said(one)}"
    return Bar(f"{one.peer.name}, {label(one.row)}", text, one.ratio.value, dots, tone)


def _said(one: Compared) -> str:
    if one.change is Change.NONE:
        return str(one.change)
    return f"{one.change} ({one.doubt})" if one.doubt else str(one.change)


def _row(one: Compared) -> tuple[Cell, ...]:
    tone = "doubt" if one.doubt else {Change.FASTER: "good", Change.SLOWER: "bad"}.get(one.change, "")
    return (
        label(one.row),
        one.peer.name,
        seconds(median(one.before.seconds)),
        spread(one.before.seconds),
        seconds(median(one.peer.seconds)),
        spread(one.peer.seconds),
        times(one.ratio.value),
        Mark(_said(one), tone if one.change is not Change.NONE else ""),
    )
