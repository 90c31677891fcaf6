"""Compute the lines of plots: lines fitted to costs, and the points at which the fastest method changes."""

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
"""An axis is logarithmic if its values are positive and the largest is at least this many times the
smallest."""


def logarithmic(values: list[float]) -> bool:
    """Return whether an axis of these values should be logarithmic."""
    return bool(values) and min(values) > 0 and max(values) >= _WIDE * min(values)


def points(curve: CurveResult) -> list[tuple[float, float]]:
    """Return each size with its cost, without costs of 0, which a logarithmic axis does not have."""
    return [(size, cost) for size, cost in zip(curve.sizes, curve.costs, strict=True) if cost > 0]


def fitted(curve: CurveResult) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return both ends of the fitted line, which goes through the mean of the fitted points' logarithms.

    Return None if no line was fitted.
    """
    used = [(size, cost) for size, cost in points(curve) if size in curve.fitted_sizes]
    if curve.slope is None or len(used) < 2:  # noqa: PLR2004
        return None
    mean_x, mean_y = (fmean(math.log(pair[axis]) for pair in used) for axis in (0, 1))
    low, high = used[0][0], used[-1][0]
    return tuple((end, math.exp(mean_y + curve.slope * (math.log(end) - mean_x))) for end in (low, high))  # type: ignore[return-value]


def good_slope(curve: CurveResult) -> float | None:
    """Return a good solution's exponent over the fitted sizes, or None if its formula has none."""
    sizes = curve.fitted_sizes or curve.sizes
    if len(set(sizes)) < 2:  # noqa: PLR2004
        return None
    try:
        claim = growth.read_claim(curve.good_formula, [curve.size, *curve.fixed])
        return claim.slope(curve.size, sizes, curve.fixed)
    except (KataError, ArithmeticError, ValueError):
        return None


@dataclass(frozen=True)
class Crossing:
    """The point at which one line, `after`, replaces another one, `before`, as the fastest."""

    x: float
    seconds: float
    before: str
    after: str


def crossings(crossover: CrossoverResult) -> list[Crossing]:
    """Return the points at which the fastest line changes, interpolated as the plot draws the lines."""
    # Between two x the plot draws straight lines: of the logarithms of the times, and of x or its logarithm.
    to_axis: Callable[[float], float] = math.log if logarithmic(list(crossover.xs)) else float
    from_axis: Callable[[float], float] = math.exp if logarithmic(list(crossover.xs)) else float
    result = []
    for (i, before), (j, after) in pairwise(enumerate(_fastest(crossover))):
        if before is after:
            continue
        gap_at_i, gap_at_j = (math.log(before.seconds[at] / after.seconds[at]) for at in (i, j))
        # The share of the way from i to j at which the gap between the lines is 0.
        share = gap_at_i / (gap_at_i - gap_at_j) if gap_at_i != gap_at_j else 0.0
        left, right = to_axis(crossover.xs[i]), to_axis(crossover.xs[j])
        x = from_axis(left + share * (right - left))
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
