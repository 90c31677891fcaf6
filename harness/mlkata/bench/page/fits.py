"""Fitted lines and crossings of lines, for the plots."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from mlkata.bench import growth
from mlkata.bench.results import CrossoverLine, CrossoverResult, CurveResult
from mlkata.tracks.model import KataError

_WIDE = 4.0
"""An axis of positive values that span at least this factor is logarithmic."""


def logarithmic(values: list[float]) -> bool:
    """Return whether an axis of these values should be logarithmic."""
    return bool(values) and min(values) > 0 and max(values) >= _WIDE * min(values)


def points(curve: CurveResult) -> list[tuple[float, float]]:
    """Return size and cost of each positive cost: 0 can't be drawn on a logarithmic axis."""
    return [(size, cost) for size, cost in zip(curve.sizes, curve.costs, strict=True) if cost > 0]


def fitted(curve: CurveResult) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return both ends of the fitted line, or None if there is none."""
    used = [(size, cost) for size, cost in points(curve) if size in curve.fitted_sizes]
    if curve.slope is None or len(used) < 2:  # noqa: PLR2004
        return None
    x, y = (fmean(math.log(pair[axis]) for pair in used) for axis in (0, 1))
    low, high = used[0][0], used[-1][0]
    return tuple((end, math.exp(y + curve.slope * (math.log(end) - x))) for end in (low, high))  # type: ignore[return-value]


def good_slope(curve: CurveResult) -> float | None:
    """Return a good solution's exponent over the fitted sizes, or None if its formula has none."""
    sizes = curve.fitted_sizes or curve.sizes
    if len(set(sizes)) < 2:  # noqa: PLR2004
        return None
    try:
        claim = growth.read_claim(curve.good, [curve.size, *curve.fixed])
        return claim.slope(curve.size, sizes, curve.fixed)
    except (KataError, ArithmeticError, ValueError):
        return None


@dataclass(frozen=True)
class Crossing:
    """The point at which one line replaces another as the fastest."""

    x: float
    seconds: float
    before: str
    after: str


def crossings(crossover: CrossoverResult) -> list[Crossing]:
    """Return the points at which the fastest line changes, interpolated as the plot draws the lines."""
    bend: Callable[[float], float] = math.log if logarithmic(list(crossover.xs)) else float
    back: Callable[[float], float] = math.exp if logarithmic(list(crossover.xs)) else float
    result = []
    for (i, before), (j, after) in pairwise(enumerate(_fastest(crossover))):
        if before is after:
            continue
        gap = [math.log(before.seconds[at] / after.seconds[at]) for at in (i, j)]
        share = gap[0] / (gap[0] - gap[1]) if gap[0] != gap[1] else 0.0
        x = back(bend(crossover.xs[i]) + share * (bend(crossover.xs[j]) - bend(crossover.xs[i])))
        rise = math.log(after.seconds[j] / after.seconds[i])
        result.append(Crossing(x, after.seconds[i] * math.exp(share * rise), before.name, after.name))
    return result


def _fastest(crossover: CrossoverResult) -> list[CrossoverLine]:
    """Return the fastest line at each x; in a tie, the one that was fastest before."""
    result: list[CrossoverLine] = []
    for at in range(len(crossover.xs) if crossover.lines else 0):
        best = min(crossover.lines, key=lambda line: (line.seconds[at], not (result and line is result[-1])))
        result.append(best)
    return result


def in_words(crossover: CrossoverResult) -> str:
    """Return a sentence that says in which range each line is the fastest."""
    if not crossover.lines or not crossover.xs:
        return "Nothing was measured."
    changes, best = crossings(crossover), _fastest(crossover)[0].name
    low, high = crossover.xs[0], crossover.xs[-1]
    if not changes:
        return f"{best} is the fastest from {crossover.x} = {low:,g} to {high:,g}."
    parts = [f"{best} is the fastest up to {crossover.x} ≈ {changes[0].x:,.3g}"]
    parts += [
        f"then {change.after}" + (f" up to {crossover.x} ≈ {following.x:,.3g}" if following else "")
        for change, following in zip(changes, [*changes[1:], None], strict=True)
    ]
    return ", ".join(parts) + f" (measured from {low:,g} to {high:,g})."
