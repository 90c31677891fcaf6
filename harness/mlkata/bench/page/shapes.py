"""How costs grow, and where one way overtakes another: the plots over a size."""

from __future__ import annotations

from collections.abc import Iterable

from mlkata.bench.page import fits
from mlkata.bench.results import CrossoverResult, CurveResult, Results
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table
from mlkata.report.page.plots import Axis, Plot, Point, Series
from mlkata.report.units import decimal, seconds, size

_UNITS = {"time": seconds, "memory": size}
_AXES = {"time": seconds, "memory": decimal}


def growth(results: Results) -> Section:
    """Plot costs along each size, with fitted lines; files that were measured alike share a plot."""
    words: tuple[Cell, ...] = (
        Mark(
            "Both axes are logarithmic, so that a power is a straight line and its exponent the slope; a "
            "dashed line grows as a good solution does.",
            PICTURE,
        ),
        "A slope is fitted to the logarithms of the largest sizes; ± is half of its 95 % interval.",
        "Memory is what is allocated at the peak beyond the arguments.",
    )
    if not results.curves:
        words = ("No growth was measured in this run.",)
    groups: dict[tuple[object, ...], list[CurveResult]] = {}
    for one in results.curves:
        groups.setdefault(
            (one.track, one.function, one.what, one.size, *sorted(one.fixed.items())), []
        ).append(one)
    figures = tuple(_growth(index, group) for index, group in enumerate(groups.values()))
    return Section("growth", "How it grows", words, figures)


def _growth(index: int, group: list[CurveResult]) -> Figure:
    first = group[0]
    fixed = ", ".join(f"{name} = {value:,}" for name, value in first.fixed.items())
    title = f"{first.track}, {first.function}: {first.what} along {first.size}"
    said = tuple(f"{one.submission}: {exponent(one)}; with a good solution's: {one.finding}" for one in group)
    series = tuple(
        Series(text, tuple(fits.points(one)), fit=fits.fitted(one), good=_good(one))
        for text, one in zip(said, group, strict=True)
    )
    alt = f"{title}. " + "; ".join(said)
    plot = Plot(alt, series, Axis(first.size, number), Axis(first.what, _AXES[first.what]))
    table = Table(
        f"{title}" + (f" ({fixed})" if fixed else ""),
        ("file", first.size, first.what, "used by the fit"),
        tuple(row for one in group for row in _points(one)),
        "lrrl",
    )
    notes: list[Cell] = [
        _formula(one) for one in {(one.good, good_exponent(one)): one for one in group}.values()
    ]
    notes += [f"fixed: {fixed}"] if fixed else []
    return Figure(f"growth-{index}", title, plot, table, legend=said, notes=tuple(notes))


def exponent(curve: CurveResult) -> str:
    """Write the slope with its half width."""
    if curve.slope is None:
        return "no slope, too few sizes could be measured"
    width = "?" if curve.half_width is None else f"{curve.half_width:.2f}"
    return f"slope {curve.slope:.2f} ± {width}"


def good_exponent(curve: CurveResult) -> str:
    """Write the slope that a good solution has here."""
    slope = fits.good_slope(curve)
    return "" if slope is None else f"slope {slope:.2f} here"


def _formula(curve: CurveResult) -> str:
    said = good_exponent(curve)
    return f"a good solution: {curve.good}" + (f", {said}" if said else "")


def _good(curve: CurveResult) -> tuple[Point, Point] | None:
    """Draw a good solution's slope through the top of the fitted line."""
    fit, slope = fits.fitted(curve), fits.good_slope(curve)
    if fit is None or slope is None:
        return None
    (low, _), (high, top) = fit
    return (low, top * (low / high) ** slope), (high, top)


def _points(curve: CurveResult) -> Iterable[tuple[Cell, ...]]:
    unit = _UNITS[curve.what]
    for at, cost in zip(curve.sizes, curve.costs, strict=True):
        yield curve.submission, f"{at:,}", unit(cost), "yes" if at in curve.fitted_sizes else "no"


def number(value: float) -> str:
    """Write a size."""
    return f"{value:,.6g}"


def crossovers(results: Results) -> Section:
    """Plot ways against each other, and say where the fastest changes."""
    words: tuple[Cell, ...] = (
        "Which way is the fastest depends on the data; where that changes is interpolated.",
    )
    if not results.crossovers:
        words = ("No crossover was measured in this run.",)
    figures = tuple(_crossover(index, one) for index, one in enumerate(results.crossovers))
    return Section("crossovers", "Crossovers", words, figures)


def _crossover(index: int, one: CrossoverResult) -> Figure:
    words = fits.in_words(one)
    plot = Plot(
        f"{one.title}. {words}",
        tuple(
            Series(line.name, tuple(zip(one.xs, line.seconds, strict=True)), joined=True)
            for line in one.lines
        ),
        Axis(one.x, number, fits.logarithmic(list(one.xs))),
        Axis("time", seconds),
        tuple(((cross.x, cross.seconds), f"{one.x} ≈ {cross.x:,.3g}") for cross in fits.crossings(one)),
    )
    table = Table(
        f"{one.title}: {one.note}" if one.note else one.title,
        (one.x, *(line.name for line in one.lines)),
        tuple((number(x), *(seconds(line.seconds[at]) for line in one.lines)) for at, x in enumerate(one.xs)),
        "r" * (1 + len(one.lines)),
    )
    legend = tuple(line.name for line in one.lines)
    notes = (words, one.note) if one.note else (words,)
    return Figure(f"crossover-{index}", one.title, plot, table, legend=legend, notes=notes)
