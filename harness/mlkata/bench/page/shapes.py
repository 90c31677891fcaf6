"""The sections with plots over a size: how costs grow, and crossovers, where the fastest method changes."""

from __future__ import annotations

from collections.abc import Iterable

from mlkata.bench.page import fits
from mlkata.bench.results import CrossoverResult, CurveResult, Results
from mlkata.report.page.document import CHART_ONLY, Cell, Figure, Mark, Section, Table
from mlkata.report.page.plots import Axis, Plot, Point, Series
from mlkata.report.units import decimal, seconds, size

_UNITS = {"time": seconds, "memory": size}
"""How tables write costs: of `time` in seconds, of `memory` in bytes."""
_AXES = {"time": seconds, "memory": decimal}
"""How the ticks of an axis are written; they are powers of ten."""


def growth(results: Results) -> Section:
    """Return the section of costs along each size, with fitted lines; curves on equal axes share a plot."""
    words: tuple[Cell, ...] = (
        Mark(
            "Both axes are logarithmic, so that a power is a straight line and its exponent the slope; a "
            "dashed line grows as a good solution does.",
            CHART_ONLY,
        ),
        "A slope is fitted to the logarithms of the largest sizes; ± is half of its 95 % interval.",
        "Memory is the peak of allocations beyond the arguments.",
    )
    if not results.curves:
        words = ("No growth was measured in this run.",)
    groups: dict[tuple[object, ...], list[CurveResult]] = {}
    for curve in results.curves:
        groups.setdefault(
            (curve.track, curve.function, curve.what, curve.size, *sorted(curve.fixed.items())), []
        ).append(curve)
    figures = tuple(_growth(index, group) for index, group in enumerate(groups.values()))
    return Section("growth", "How it grows", words, figures)


def _growth(index: int, group: list[CurveResult]) -> Figure:
    first = group[0]
    fixed = ", ".join(f"{name} = {value:,}" for name, value in first.fixed.items())  # the other sizes
    title = f"{first.track}, {first.function}: {first.what} along {first.size}"
    labels = tuple(
        f"{curve.submission}: {exponent(curve)}; compared with a good solution's: {curve.finding}"
        for curve in group
    )
    series = tuple(
        Series(text, tuple(fits.points(curve)), fit=fits.fitted(curve), good_solution_line=_good_line(curve))
        for text, curve in zip(labels, group, strict=True)
    )
    alt = f"{title}. " + "; ".join(labels)
    plot = Plot(alt, series, Axis(first.size, number), Axis(first.what, _AXES[first.what]))
    table = Table(
        f"{title}" + (f" ({fixed})" if fixed else ""),
        ("file", first.size, first.what, "used by the fit"),
        tuple(row for curve in group for row in _points(curve)),
        align="lrrl",
    )
    notes: list[Cell] = [
        _formula(curve)
        for curve in {(curve.good_formula, good_exponent(curve)): curve for curve in group}.values()
    ]
    notes += [f"fixed: {fixed}"] if fixed else []
    return Figure(f"growth-{index}", title, plot, table, legend=labels, notes=tuple(notes))


def exponent(curve: CurveResult) -> str:
    """Return the slope with its half width, as text."""
    if curve.slope is None:
        return "no slope: too few sizes could be measured"
    width = "?" if curve.half_width is None else f"{curve.half_width:.2f}"
    return f"slope {curve.slope:.2f} ± {width}"


def good_exponent(curve: CurveResult) -> str:
    """Return a good solution's slope over these sizes, as text."""
    slope = fits.good_slope(curve)
    return "" if slope is None else f"slope {slope:.2f} here"


def _formula(curve: CurveResult) -> str:
    """Return a note on a good solution's cost: its formula, and the slope over the measured sizes."""
    exponent_ = good_exponent(curve)
    return f"a good solution: {curve.good_formula}" + (f", {exponent_}" if exponent_ else "")


def _good_line(curve: CurveResult) -> tuple[Point, Point] | None:
    """Return both ends of a line with a good solution's slope, which ends where the fitted line ends."""
    fit, slope = fits.fitted(curve), fits.good_slope(curve)
    if fit is None or slope is None:
        return None
    (smallest, _), (largest, cost) = fit
    return (smallest, cost * (smallest / largest) ** slope), (largest, cost)


def _points(curve: CurveResult) -> Iterable[tuple[Cell, ...]]:
    """Yield the cells of a table: file, size, cost, whether the fit used this size."""
    unit = _UNITS[curve.what]
    for at, cost in zip(curve.sizes, curve.costs, strict=True):
        yield curve.submission, f"{at:,}", unit(cost), "yes" if at in curve.fitted_sizes else "no"


def number(value: float) -> str:
    """Format a size."""
    return f"{value:,.6g}"


def crossovers(results: Results) -> Section:
    """Return the section of plots that compare methods, and say where the fastest changes."""
    words: tuple[Cell, ...] = (
        "Which method is the fastest depends on the data; the crossovers are interpolated.",
    )
    if not results.crossovers:
        words = ("No crossover was measured in this run.",)
    figures = tuple(_crossover(index, crossover) for index, crossover in enumerate(results.crossovers))
    return Section("crossovers", "Crossovers", words, figures)


def _crossover(index: int, crossover: CrossoverResult) -> Figure:
    words = fits.in_words(crossover)
    plot = Plot(
        f"{crossover.title}. {words}",
        tuple(
            Series(line.name, tuple(zip(crossover.xs, line.seconds, strict=True)), joined=True)
            for line in crossover.lines
        ),
        Axis(crossover.x, number, fits.logarithmic(list(crossover.xs))),
        Axis("time", seconds),
        tuple(
            ((cross.x, cross.seconds), f"{crossover.x} ≈ {cross.x:,.3g}")
            for cross in fits.crossings(crossover)
        ),
    )
    table = Table(
        f"{crossover.title}: {crossover.note}" if crossover.note else crossover.title,
        (crossover.x, *(line.name for line in crossover.lines)),
        tuple(
            (number(x), *(seconds(line.seconds[at]) for line in crossover.lines))
            for at, x in enumerate(crossover.xs)
        ),
        align="r" * (1 + len(crossover.lines)),
    )
    legend = tuple(line.name for line in crossover.lines)
    notes = (words, crossover.note) if crossover.note else (words,)
    return Figure(f"crossover-{index}", crossover.title, plot, table, legend=legend, notes=notes)
