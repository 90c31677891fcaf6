"""The speed ladders: from the plainest code to the fastest, and what was done at each step."""

from __future__ import annotations

from statistics import median

from mlkata.bench.page.ratios import LadderStep, steps
from mlkata.bench.results import Ladder, Results
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, seconds, spread, times


def ladders(results: Results) -> Section:
    """Draw each ladder; the texts of its steps stand in the table, which is open."""
    words: tuple[Cell, ...] = (
        "The same function, written again and again; all rungs answer the same contract.",
        Mark("A bar shows how many times as fast as the lowest rung it is, on a logarithmic scale.", PICTURE),
    )
    if not results.ladders:
        words = ("No ladder was measured in this run.",)
    figures = tuple(_figure(index, one) for index, one in enumerate(results.ladders))
    return Section("ladders", "Speed ladders", words, figures)


def _figure(index: int, ladder: Ladder) -> Figure:
    climbed = list(steps(ladder))
    title = f"{ladder.track}, {ladder.function}: {ladder.title}"
    chart = bars.ratios([_bar(step, ladder) for step in climbed], f"Speed ladder of {title}")
    table = Table(
        f"Rungs of {title}",
        ("rung", "what was done", "median", "fastest … slowest", "gain of the step", "in all"),
        tuple(_row(step) for step in climbed),
        "lwrrrr",
    )
    return Figure(f"ladder-{index}", title, chart, table, folded=False)


def _bar(step: LadderStep, ladder: Ladder) -> Bar:
    lowest = median(ladder.rungs[0].seconds)
    dots = tuple(lowest / one for one in step.seconds)
    return Bar(
        step.name,
        f"{times(step.total.value)} · {seconds(median(step.seconds))}",
        step.total.value,
        dots,
        "ours",
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
