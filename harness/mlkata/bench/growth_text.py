"""Shows how a cost grows, beside a claim and the contract: `kata cost TRACK FUNCTION`."""

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
_USUAL = (2, 17, 19, 12, 5)
"""Letters of the columns; what is longer widens its own."""


def measured(track: Track, submission: Submission, one: Cost) -> Measurement:
    """Measure with a progress bar; in a pipe there is none."""
    with console.progress() as bar:
        task = bar.add_task(f"{track.name}, {one.function}")
        return cost.measure(
            track,
            submission,
            one,
            on_plan=lambda total: bar.update(task, total=total),
            on_call=lambda: bar.advance(task),
        )


def render(measurement: Measurement, claims: Mapping[str, Claim]) -> Iterator[Text]:
    """Write the table: each size, over which range, what it costs, how it grows, and what was claimed."""
    function, file = measurement.cost.function, measurement.submission
    yield Text(f"{file.name} · {measurement.track} · {function} · seed {measurement.seed}", "bold")
    for what, unit in (("time", units.seconds), ("memory", units.size)):
        good, claim = measurement.good[what], claims.get(what)
        yield Text()
        yield Text(f"{what}, a good solution: {good.text}")
        judged = measurement.judged(what, claim or good)
        heads = ("", "from … to", "costs", "exponent", "claim" if claim else "good")
        head, *lines = _aligned([heads, *(_cells(one, unit) for one in judged)])
        yield Text(head.rstrip(), "dim")
        for line, one in zip(lines, judged, strict=True):
            yield from _with_finding(line, one)
        if claim is not None:
            verdict = measurement.finding(what, claim)
            yield Text.assemble(f"  you claimed {claim.text}: ", (verdict, _STYLES[verdict]))
            more = ", ".join(one.curve.size for one in measurement.judged(what, good) if one.faster)
            if more:
                yield Text(f"  a good solution's grows slower in {more}")
    yield Text()
    if file.numba:
        yield Text("memory is what Python and numpy allocate; what numba allocates inside is not seen")
    example = f"{measurement.track} {function} --claim 'time: {'*'.join(measurement.cost.sizes)}'"
    yield Text(f"next: kata check {measurement.track}" if claims else f"next: kata cost {example}   (or so)")


def _cells(judged: JudgedCurve, unit: Callable[[float], str]) -> tuple[str, ...]:
    """Write a size, its range, what it costs there, the exponent measured and the one claimed."""
    curve = judged.curve
    first = curve.slope.sizes[0] if curve.slope.sizes else curve.sizes[0]
    costs = f"{unit(curve.costs[curve.sizes.index(first)])} … {unit(curve.costs[-1])}"
    across = f"{first:,} … {curve.sizes[-1]:,}"
    return curve.size, across, costs, _exponent(curve.slope), f"{round(judged.claimed, 2):g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows of cells as lines, in columns of the usual widths or as wide as their longest cell."""
    lengths = [[len(cell) for cell in column] for column in zip(*rows, strict=True)]
    widths = [max(usual, *column) for usual, column in zip(_USUAL, lengths, strict=True)]
    return ["  " + " ".join(map(str.ljust, row, widths)) for row in rows]


def _with_finding(line: str, judged: JudgedCurve) -> Iterator[Text]:
    """Put the finding beside a line, or below where it would be too long, and the reason below."""
    finding = (judged.finding, _STYLES[judged.finding])
    if len(line) + 1 + len(judged.finding) <= _WIDTH:
        yield Text.assemble(line, " ", finding)
        if judged.reason:
            yield Text(f"     {judged.reason}", "dim")
    else:
        yield Text(line.rstrip())
        yield Text.assemble("     ", finding, (f": {judged.reason}" if judged.reason else "", "dim"))


def _exponent(slope: Slope) -> str:
    return "?" if isnan(slope.value) else f"{slope.value:.2f} ± {slope.half_width:.2f}"
