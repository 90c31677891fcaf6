"""Show how a function's time and memory grow, as `kata cost TRACK FUNCTION` prints it.

The fitted exponents are compared with the user's claim, such as `n*k*d`, or else with the cost of a good
solution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan

from rich.text import Text

from mlkata.bench import cost
from mlkata.bench.cost import JudgedCurve, Measurement
from mlkata.bench.growth import Claim, Finding, Slope
from mlkata.report import console, units
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost
from mlkata.worker.runner import Submission

_STYLES = {Finding.AGREE: "green", Finding.DISAGREE: "bold red", Finding.UNDECIDED: "yellow"}

_WIDTH = 80
"""Columns of a terminal that a line should not pass."""
_USUAL = (2, 17, 19, 12, 5)
"""The usual widths of the columns (size, from … to, costs, exponent, claim); a longer cell widens
its column."""


def measured(track: Track, submission: Submission, cost_of_function: Cost) -> Measurement:
    """Measure with a progress bar, which is shown on terminals only."""
    with console.progress() as bar:
        task = bar.add_task(f"{track.name}, {cost_of_function.function}")
        return cost.measure(
            track,
            submission,
            cost_of_function,
            on_plan=lambda total: bar.update(task, total=total),
            on_call=lambda: bar.advance(task),
        )


def render(measurement: Measurement, claims: Mapping[str, Claim]) -> Iterator[Text]:
    """Yield the table: for each size its range, the costs, the fitted exponent and the claimed one."""
    function, file = measurement.cost.function, measurement.submission
    yield Text(f"{file.name} · {measurement.track} · {function} · seed {measurement.seed}", "bold")
    for what, unit in (("time", units.seconds), ("memory", units.size)):
        good_claim, claim = measurement.good_claims[what], claims.get(what)
        yield Text()
        yield Text(f"{what}, a good solution: {good_claim.text}")
        judged = measurement.judged(what, claim or good_claim)
        heads = ("", "from … to", "costs", "exponent", "claim" if claim else "good")
        head, *lines = _aligned([heads, *(_cells(judged_curve, unit) for judged_curve in judged)])
        yield Text(head.rstrip(), "dim")
        for line, judged_curve in zip(lines, judged, strict=True):
            yield from _with_finding(line, judged_curve)
        if claim is not None:
            verdict = measurement.finding(what, claim)
            yield Text.assemble(f"  you claimed {claim.text}: ", (verdict, _STYLES[verdict]))
            worse_than_good = [
                judged_curve for judged_curve in measurement.judged(what, good_claim) if judged_curve.faster
            ]
            if worse_than_good:
                sizes = ", ".join(judged_curve.curve.size for judged_curve in worse_than_good)
                yield Text(f"  the cost of a good solution grows more slowly in {sizes}")
    yield Text()
    if file.numba:
        yield Text("memory is what Python and numpy allocate; allocations inside numba code don't count")
    example = f"{measurement.track} {function} --claim 'time: {'*'.join(measurement.cost.sizes)}'"
    yield Text(
        f"next: kata check {measurement.track}" if claims else f"next: kata cost {example}   (your own claim)"
    )


def _cells(judged: JudgedCurve, unit: Callable[[float], str]) -> tuple[str, ...]:
    """Return the cells of a line: size, range, costs, measured exponent, claimed exponent."""
    curve = judged.curve
    # The exponent is fitted to the largest sizes only; the line shows the range of the fit.
    first = curve.slope.sizes[0] if curve.slope.sizes else curve.sizes[0]
    costs = f"{unit(curve.costs[curve.sizes.index(first)])} … {unit(curve.costs[-1])}"
    across = f"{first:,} … {curve.sizes[-1]:,}"
    return curve.size, across, costs, _exponent(curve.slope), f"{round(judged.claimed, 2):g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines, in columns of the usual widths or as wide as their longest cell."""
    lengths = [[len(cell) for cell in column] for column in zip(*rows, strict=True)]
    widths = [max(usual, *column) for usual, column in zip(_USUAL, lengths, strict=True)]
    return ["  " + " ".join(map(str.ljust, row, widths)) for row in rows]


def _with_finding(line: str, judged: JudgedCurve) -> Iterator[Text]:
    """Yield a line with its finding beside it, or below if the line is too long, and the reason below."""
    finding = (judged.finding, _STYLES[judged.finding])
    if len(line) + 1 + len(judged.finding) <= _WIDTH:
        yield Text.assemble(line, " ", finding)
        if judged.reason:
            yield Text(f"     {judged.reason}", "dim")
    else:
        yield Text(line.rstrip())
        yield Text.assemble("     ", finding, (f": {judged.reason}" if judged.reason else "", "dim"))


def _exponent(slope: Slope) -> str:
    """Return a fitted exponent with half the width of its interval, or `?` if there were too few sizes."""
    return "?" if isnan(slope.value) else f"{slope.value:.2f} ± {slope.half_width:.2f}"
