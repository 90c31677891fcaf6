"""Shows how a cost grows, beside a claim and the contract: `kata bench TRACK --function F`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isnan

from rich.text import Text

from mlkata.bench import cost
from mlkata.bench.cost import Judged, Measurement
from mlkata.bench.growth import Claim, Finding, Slope
from mlkata.report import console, units
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost
from mlkata.worker.runner import Submission

_STYLES = {Finding.AGREE: "green", Finding.DISAGREE: "bold red", Finding.UNDECIDED: "yellow"}


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
        yield Text(
            f"     {'from … to':<17} {'costs':<19} {'exponent':<12} {'claim' if claim else 'good'}", "dim"
        )
        for judged in measurement.judged(what, claim or good):
            yield from _lines(judged, unit)
        if claim is not None:
            verdict = measurement.finding(what, claim)
            yield Text.assemble(f"  you claimed {claim.text}: ", (verdict, _STYLES[verdict]))
            more = ", ".join(one.curve.size for one in measurement.judged(what, good) if one.faster)
            if more:
                yield Text(f"  a good solution's grows slower in {more}")
    yield Text()
    if file.numba:
        yield Text("memory is what Python and numpy allocate; what numba allocates inside is not seen")
    example = f"{measurement.track} --function {function} --claim 'time: {'*'.join(measurement.cost.sizes)}'"
    yield Text(f"next: kata check {measurement.track}" if claims else f"next: kata bench {example}   (or so)")


def _lines(judged: Judged, unit: Callable[[float], str]) -> Iterator[Text]:
    curve = judged.curve
    first = curve.slope.sizes[0] if curve.slope.sizes else curve.sizes[0]
    costs = f"{unit(curve.costs[curve.sizes.index(first)])} … {unit(curve.costs[-1])}"
    across = f"{first:,} … {curve.sizes[-1]:,}"
    claimed = f"{round(judged.claimed, 2):g}"
    row = f"  {curve.size:<2} {across:<17} {costs:<19} {_exponent(curve.slope):<12} {claimed:<5} "
    yield Text.assemble(row, (judged.finding, _STYLES[judged.finding]))
    if judged.reason:
        yield Text(f"     {judged.reason}", "dim")


def _exponent(slope: Slope) -> str:
    return "?" if isnan(slope.value) else f"{slope.value:.2f} ± {slope.half_width:.2f}"
