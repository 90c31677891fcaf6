"""Measure how a function's cost grows with its input: time by the kit's clock, memory by traced peak.

The file runs in a worker, as when it is judged. One size is swept at a time, while the others stay fixed.
The sizes of a sweep take turns, so that a machine that slows down does not bend a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal
from zlib import crc32

import numpy as np

from mlkata.bench import growth
from mlkata.bench.growth import Claim, Finding, Slope
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Answer, Case, Check, Cost, KataError, Kind, Step
from mlkata.worker import limits
from mlkata.worker.parent import Worker
from mlkata.worker.process import Process
from mlkata.worker.runner import Submission

ROUNDS = 5
LONGEST = 0.5
"""Seconds: a sweep ends at the first size whose call takes longer."""
SHORTEST = 2e-4
"""Seconds: shorter calls are mostly overhead, so a fit ignores them."""
_BATCH = 0.04
"""Seconds that one measurement takes: short calls are repeated."""
_MOST_CALLS = 100
_CPU = 60.0
_NO_CAP = 1 << 62


@dataclass(frozen=True)
class Curve:
    """One kind of cost along one size."""

    what: Literal["time", "memory"]
    size: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]
    """Seconds of a call, or bytes at the call's peak beyond its arguments."""
    fixed: Mapping[str, int]
    slope: Slope

    @property
    def range(self) -> tuple[int, ...]:
        """The sizes over which a claim's exponent is computed: those of the fit if it used two or more."""
        for sizes in (self.slope.sizes, self.sizes):
            if len(sizes) > 1:
                return sizes
        return (self.sizes[0], 2 * self.sizes[0])


@dataclass(frozen=True)
class Measurement:
    """All curves of one function of one file."""

    track: str
    submission: Submission
    cost: Cost
    seed: int
    curves: tuple[Curve, ...]

    @property
    def good(self) -> dict[str, Claim]:
        """The costs of a good solution, as claims."""
        names = list(self.cost.sizes)
        return {
            "time": growth.read_claim(self.cost.time, names),
            "memory": growth.read_claim(self.cost.memory, names),
        }

    def judged(self, what: str, claim: Claim) -> list[JudgedCurve]:
        """Compare the curves of one kind of cost with a claim."""
        result = []
        for curve in self.curves:
            if curve.what == what:
                claimed = claim.slope(curve.size, curve.range, curve.fixed)
                result.append(JudgedCurve(curve, claimed, *growth.compare(curve.slope, claimed)))
        return result

    def finding(self, what: str, claim: Claim) -> Finding:
        """Return the overall finding on a claim."""
        return growth.overall([judged.finding for judged in self.judged(what, claim)])


@dataclass(frozen=True)
class JudgedCurve:
    """A curve compared with one claim."""

    curve: Curve
    claimed: float
    """The claim's exponent over the sizes of the fit."""
    finding: Finding
    reason: str

    @property
    def faster(self) -> bool:
        """Whether the cost grows faster than claimed."""
        return self.finding is Finding.DISAGREE and self.curve.slope.value > self.claimed


def find(track: Track, function: str) -> Cost:
    """Return how a function is measured. Raise KataError if the track does not say so."""
    for cost in track.costs:
        if cost.function == function:
            return cost
    if not track.costs:
        raise KataError(f"{track.name} has no costs to measure: expected {track.exercises / 'costs.py'}")
    names = ", ".join(cost.function for cost in track.costs)
    raise KataError(
        f"{function!r} cannot be measured: expected `kata cost {track.name} FUNCTION` with one of {names}"
    )


def measure(
    track: Track,
    submission: Submission,
    cost: Cost,
    *,
    seed: int = 0,
    on_plan: Callable[[int], None] = lambda calls: None,
    on_call: Callable[[], None] = lambda: None,
) -> Measurement:
    """Sweep every size of a function, for time and for memory.

    `on_plan` is called with the largest possible number of measurements, `on_call` after each. Raise
    KataError if the file cannot be run, or fails.
    """
    meter = _Meter(submission, track, cost, seed, on_call)
    try:
        meter.start()
        on_plan(sum(len(sizes(cost, name)) for name in cost.sizes) * (ROUNDS + 2))
        curves = []
        for name in cost.sizes:
            swept = meter.calibrate(name)
            curves += [meter.time(name, swept), meter.memory(name, tuple(swept))]
        return Measurement(track.name, submission, cost, seed, tuple(curves))
    finally:
        meter.close()


def once(track: Track, submission: Submission, cost: Cost, *, seed: int = 0) -> float:
    """Return the shortest time in seconds of some calls at the fixed sizes.

    Raise KataError if the file cannot be run, or fails.
    """
    meter = _Meter(submission, track, cost, seed, lambda: None)
    try:
        meter.start()
        name = next(iter(cost.sizes))
        size = meter.fixed[name]
        meter.run(name, size)  # numba compiles here
        return min(meter.run(name, size).seconds for _ in range(ROUNDS))
    finally:
        meter.close()


def sizes(cost: Cost, name: str) -> list[int]:
    """Return the sizes of a sweep, from its lowest to its highest, in two steps for each doubling.

    With the factors 1, 1.5, 2, 3, 4 … sizes stay multiples of 8, the length of a vector: a size of 45
    instead of 48 could cost twice as much.
    """
    low, _, high = cost.sizes[name]
    steps = (round(low * 2 ** (step // 2) * (1.5 if step % 2 else 1)) for step in range(64))
    return list(dict.fromkeys(takewhile(lambda size: size <= high, steps)))


class _TooLarge(KataError):
    """An input does not fit into memory: a sweep ends before it."""


class _Meter:
    """Measures calls of one function at any sizes, in a worker."""

    def __init__(
        self, submission: Submission, track: Track, cost: Cost, seed: int, on_call: Callable[[], None]
    ) -> None:
        self.submission = submission
        self.worker: Worker | None = None
        self.track = track
        self.cost = cost
        self.seed = seed
        self.on_call = on_call
        self.fixed = {name: fixed for name, (_, fixed, _) in cost.sizes.items()}

    def start(self) -> None:
        """Start a new worker with the submission; one that ran out of memory can't be used again."""
        self.close()
        self.worker = Worker(Process(numba=self.submission.numba))
        submission = self.submission
        refused = self.worker.load(submission.source, submission.name, submission.path)
        if refused is not None:
            raise KataError(f"{self.submission.name} cannot be measured: {refused.message}")

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()

    def calibrate(self, name: str) -> dict[int, int]:
        """Return the sizes whose calls are short and fit into memory, each with its calls per measurement."""
        swept = {}
        self.run(name, sizes(self.cost, name)[0])  # numba compiles here
        for size in sizes(self.cost, name):
            try:
                seconds = self.run(name, size).seconds
            except _TooLarge:
                self.start()
                break
            self.on_call()
            swept[size] = max(1, min(_MOST_CALLS, round(_BATCH / seconds)))
            if seconds > LONGEST:
                break
        return swept

    def time(self, name: str, swept: Mapping[int, int]) -> Curve:
        """Time all sizes of a sweep, in several rounds."""
        timings: dict[int, list[float]] = {size: [] for size in swept}
        for _ in range(ROUNDS):
            for size, calls in swept.items():
                timings[size].append(self.run(name, size, calls=calls).seconds / calls)
                self.on_call()
        costs = tuple(min(seconds) for seconds in timings.values())  # other processes only add time
        fit_costs = [cost if cost >= SHORTEST else 0.0 for cost in costs]
        return self._curve("time", name, tuple(swept), costs, growth.fit(tuple(swept), fit_costs))

    def memory(self, name: str, swept: tuple[int, ...]) -> Curve:
        """Trace the memory of one call at each size."""
        costs = []
        for size in swept:
            costs.append(float(self.run(name, size, traced=True).peak_bytes or 0))
            self.on_call()
        return self._curve("memory", name, swept, tuple(costs), growth.fit(swept, costs))

    def _curve(
        self,
        what: Literal["time", "memory"],
        name: str,
        swept: tuple[int, ...],
        costs: tuple[float, ...],
        slope: Slope,
    ) -> Curve:
        others = {other: size for other, size in self.fixed.items() if other != name}
        return Curve(what, name, swept, costs, others, slope)

    def run(self, name: str, size: int, *, calls: int = 1, traced: bool = False) -> Answer:
        """Call the function at one size, with the other sizes fixed."""
        function, sizes_ = self.cost.function, {**self.fixed, name: size}
        # Each call at the same sizes gets the same arguments.
        rng = np.random.default_rng([self.seed, crc32(f"{function} {name}".encode()), size])
        step = Step(function, self.cost.make(rng, **sizes_))
        check = Check(f"{self.track.name}.0/{function}/cost", "", lambda _: step, lambda *_: None)
        caps = {0: _NO_CAP} if traced else {}
        case = Case(check, self.seed, [step] * calls, fetch=(calls - 1,), caps=caps, timed=not traced)
        assert self.worker is not None  # noqa: S101 - start() comes first
        answer = self.worker.run(case, self.track.contracts, cpu=_CPU * (limits.TRACING if traced else 1))
        if answer.unsolved:
            raise KataError(f"{function} is not solved yet: there is nothing to measure")
        if answer.kind is not Kind.VALUE:
            where = ", ".join(f"{key} = {value:,}" for key, value in sizes_.items())
            error = _TooLarge if answer.kind is Kind.MEMORY else KataError
            raise error(f"{function} cannot be measured at {where}: {answer.message}")
        return answer
