"""The section on speed ladders: one function in several versions (rungs), from slow to fast."""

from __future__ import annotations

from statistics import median

from mlkata.bench.page.ratios import LadderStep, steps
from mlkata.bench.results import Ladder, Results
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import CHART_ONLY, Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, seconds, spread, times


def ladders(results: Results) -> Section:
    """Return the section of ladders; no table is folded, since they say what makes each rung faster."""
    words: tuple[Cell, ...] = (
        "Each ladder is one function in several versions; all rungs fulfil the same contract.",
        Mark("A bar shows a rung's speed relative to the lowest rung, on a logarithmic scale.", CHART_ONLY),
    )
    if not results.ladders:
        words = ("No ladder was measured in this run.",)
    figures = tuple(_figure(index, ladder) for index, ladder in enumerate(results.ladders))
    return Section("ladders", "Speed ladders", words, figures)


def _figure(index: int, ladder: Ladder) -> Figure:
    steps_up = list(steps(ladder))
    title = f"{ladder.track}, {ladder.function}: {ladder.title}"
    chart = bars.ratios([_bar(step, ladder) for step in steps_up], f"Speed ladder of {title}")
    table = Table(
        f"Rungs of {title}",
        ("rung", "what was done", "median", "fastest … slowest", "gain of the step", "total gain"),
        tuple(_row(step) for step in steps_up),
        align="lwrrrr",  # left, wide (a sentence), then numbers on the right
    )
    return Figure(f"ladder-{index}", title, chart, table, folded=False)


def _bar(step: LadderStep, ladder: Ladder) -> Bar:
    """Return a bar with the speed of a rung relative to the lowest one."""
    lowest = median(ladder.rungs[0].seconds)
    dots = tuple(lowest / run for run in step.seconds)
    return Bar(
        name=step.name,
        text=f"{times(step.total.value)} · {seconds(median(step.seconds))}",
        value=step.total.value,
        dots=dots,
        tone="ours",  # the colour of mlkata's solutions: all rungs are its own
    )


def _row(step: LadderStep) -> tuple[Cell, ...]:
    return (
        step.name,
        step.text,
        seconds(median(step.seconds)),
        spread(step.seconds),
        times(step.gain.value) if step.gain else NOTHING,
        times(step.total.value),
    )
