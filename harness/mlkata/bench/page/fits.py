"""Fitted lines and where lines cross, for the plots."""

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
"""An axis of positive values that spans this factor is logarithmic."""


def logarithmic(values: list[float]) -> bool:
    """Would an axis of these values rather be logarithmic?"""
    return bool(values) and min(values) > 0 and max(values) >= _WIDE * min(values)


def points(curve: CurveResult) -> list[tuple[float, float]]:
    """Give size and cost where there is a cost: 0 has no place on a logarithmic axis."""
    return [(size, cost) for size, cost in zip(curve.sizes, curve.costs, strict=True) if cost > 0]


def fitted(curve: CurveResult) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Give both ends of the line with the curve's slope through the points that it was fitted to."""
    used = [(size, cost) for size, cost in points(curve) if size in curve.fitted_sizes]
    if curve.slope is None or len(used) < 2:  # noqa: PLR2004
        return None
    x, y = (fmean(math.log(pair[axis]) for pair in used) for axis in (0, 1))
    low, high = used[0][0], used[-1][0]
    return tuple((end, math.exp(y + curve.slope * (math.log(end) - x))) for end in (low, high))  # type: ignore[return-value]


def good_slope(curve: CurveResult) -> float | None:
    """Give the exponent that a good solution has over the fitted sizes; None where the formula says none."""
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
    """Where one line takes over from another as the fastest."""

    x: float
    seconds: float
    before: str
    after: str


def crossings(one: CrossoverResult) -> list[Crossing]:
    """Find where the fastest line changes, between measured points as the plot draws them."""
    bend: Callable[[float], float] = math.log if logarithmic(list(one.xs)) else float
    back: Callable[[float], float] = math.exp if logarithmic(list(one.xs)) else float
    found = []
    for (i, before), (j, after) in pairwise(enumerate(_fastest(one))):
        if before is after:
            continue
        gap = [math.log(before.seconds[at] / after.seconds[at]) for at in (i, j)]
        share = gap[0] / (gap[0] - gap[1]) if gap[0] != gap[1] else 0.0
        x = back(bend(one.xs[i]) + share * (bend(one.xs[j]) - bend(one.xs[i])))
        rise = math.log(after.seconds[j] / after.seconds[i])
        found.append(Crossing(x, after.seconds[i] * math.exp(share * rise), before.name, after.name))
    return found


def _fastest(one: CrossoverResult) -> list[CrossoverLine]:
    """Name the fastest line at each x; in a tie, the one that was fastest before."""
    result: list[CrossoverLine] = []
    for at in range(len(one.xs) if one.lines else 0):
        best = min(one.lines, key=lambda line: (line.seconds[at], not (result and line is result[-1])))
        result.append(best)
    return result


def in_words(one: CrossoverResult) -> str:
    """Say which line is the fastest where."""
    if not one.lines or not one.xs:
        return "Nothing was measured."
    found, best = crossings(one), _fastest(one)[0].name
    low, high = one.xs[0], one.xs[-1]
    if not found:
        return f"{best} is the fastest from {one.x} = {low:,g} to {high:,g}: the fastest never changes."
    said = [f"{best} is the fastest up to {one.x} ≈ {found[0].x:,.3g}"]
    said += [
        f"then {here.after}" + (f" up to {one.x} ≈ {there.x:,.3g}" if there else "")
        for here, there in zip(found, [*found[1:], None], strict=True)
    ]
    return ", ".join(said) + f" (measured from {low:,g} to {high:,g})."
