"""Measure how a function's time and peak memory grow with the sizes of its input, such as n, k and d.

The file runs in a worker, a process for untrusted code, as when it is judged. A sweep varies one size, while
the others stay fixed. It times all its sizes in turn and repeats this several times; so a machine that slows
down for a while affects all sizes, and not only some points of the curve.
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
"""How often each size is timed; the shortest time counts."""
LONGEST = 0.5
"""Seconds: a sweep ends at the first size whose call takes longer."""
SHORTEST = 2e-4
"""Seconds: shorter calls are mostly overhead, so a fit ignores them."""
_BATCH = 0.04
"""Seconds that one measurement takes: short calls are repeated."""
_MOST_CALLS = 100
"""The most calls in one measurement."""
_CPU = 60.0
"""CPU seconds after which the worker stops a measurement."""
_NO_CAP = 1 << 62
"""A memory cap in bytes that no call reaches: a capped call is traced, which reports its peak."""


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
        """The sizes over which a claim's exponent is computed: those of the fit, if there are two or more."""
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
    def good_claims(self) -> dict[str, Claim]:
        """What the track says about the time and the memory of a good solution, as claims."""
        names = list(self.cost.sizes)
        return {
            "time": growth.read_claim(self.cost.time, names),
            "memory": growth.read_claim(self.cost.memory, names),
        }

    def judged(self, what: str, claim: Claim) -> list[JudgedCurve]:
        """Compare the curves of one kind of cost, `time` or `memory`, with a claim."""
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
    """The exponent that the claim has over the curve's `range` of sizes."""
    finding: Finding
    reason: str

    @property
    def faster(self) -> bool:
        """Whether the cost grows faster than claimed."""
        return self.finding is Finding.DISAGREE and self.curve.slope.value > self.claimed


def find(track: Track, function: str) -> Cost:
    """Return how a function is measured. Raise KataError if the track does not say it."""
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
        # For each size: one call to calibrate, ROUNDS timings, and one call with its memory traced.
        on_plan(sum(len(sizes(cost, name)) for name in cost.sizes) * (1 + ROUNDS + 1))
        curves = []
        for name in cost.sizes:
            calls_by_size = meter.calibrate(name)
            curves += [meter.time(name, calls_by_size), meter.memory(name, tuple(calls_by_size))]
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
        meter.run(name, size)  # not timed: it compiles numba code
        return min(meter.run(name, size).seconds for _ in range(ROUNDS))
    finally:
        meter.close()


def sizes(cost: Cost, name: str) -> list[int]:
    """Return the sizes of a sweep, from its lowest to its highest, in two steps for each doubling.

    With the factors 1, 1.5, 2, 3, 4 … most sizes are multiples of 8, the length of a vector register. A size
    of 45 instead of 48 would leave a remainder for scalar code, and could cost twice as much.
    """
    low, _, high = cost.sizes[name]
    steps = (round(low * 2 ** (step // 2) * (1.5 if step % 2 else 1)) for step in range(64))
    return list(dict.fromkeys(takewhile(lambda size: size <= high, steps)))


class _TooLarge(KataError):
    """Raised if an input does not fit into memory; the sweep ends with the size before."""


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
        """Start a worker with the submission. It replaces an earlier one, which may be out of memory."""
        self.close()
        self.worker = Worker(Process(numba=self.submission.numba))
        submission = self.submission
        refused = self.worker.load(submission.source, submission.name, submission.path)
        if refused is not None:
            raise KataError(f"{self.submission.name} cannot be measured: {refused.message}")

    def close(self) -> None:
        """End the worker."""
        if self.worker is not None:
            self.worker.close()

    def calibrate(self, name: str) -> dict[int, int]:
        """Return the sizes of a sweep, each with its calls per measurement.

        The sweep ends with the first whose call takes longer than LONGEST, or before the first that does not
        fit into memory.
        """
        calls_by_size = {}
        self.run(name, sizes(self.cost, name)[0])  # not timed: it compiles numba code
        for size in sizes(self.cost, name):
            try:
                seconds = self.run(name, size).seconds
            except _TooLarge:
                self.start()
                break
            self.on_call()
            calls_by_size[size] = max(1, min(_MOST_CALLS, round(_BATCH / seconds)))
            if seconds > LONGEST:
                break
        return calls_by_size

    def time(self, name: str, calls_by_size: Mapping[int, int]) -> Curve:
        """Time all sizes of a sweep in turn, several times."""
        timings: dict[int, list[float]] = {size: [] for size in calls_by_size}
        for _ in range(ROUNDS):
            for size, calls in calls_by_size.items():
                timings[size].append(self.run(name, size, calls=calls).seconds / calls)
                self.on_call()
        costs = tuple(min(seconds) for seconds in timings.values())  # other processes only add time
        fit_costs = [cost if cost >= SHORTEST else 0.0 for cost in costs]  # the fit ignores zeros
        measured_sizes = tuple(calls_by_size)
        return self._curve("time", name, measured_sizes, costs, growth.fit(measured_sizes, fit_costs))

    def memory(self, name: str, measured_sizes: tuple[int, ...]) -> Curve:
        """Trace the memory of one call at each size."""
        costs = []
        for size in measured_sizes:
            costs.append(float(self.run(name, size, traced=True).peak_bytes or 0))
            self.on_call()
        return self._curve("memory", name, measured_sizes, tuple(costs), growth.fit(measured_sizes, costs))

    def _curve(
        self,
        what: Literal["time", "memory"],
        name: str,
        measured_sizes: tuple[int, ...],
        costs: tuple[float, ...],
        slope: Slope,
    ) -> Curve:
        others = {other: size for other, size in self.fixed.items() if other != name}
        return Curve(what, name, measured_sizes, costs, others, slope)

    def run(self, name: str, size: int, *, calls: int = 1, traced: bool = False) -> Answer:
        """Call the function at one value of the size `name`, with the other sizes fixed.

        The answer has the seconds of all `calls` together or, if `traced`, the peak memory.
        """
        function, sizes_ = self.cost.function, {**self.fixed, name: size}
        # Each call at the same sizes gets the same arguments.
        rng = np.random.default_rng([self.seed, crc32(f"{function} {name}".encode()), size])
        step = Step(function, self.cost.make(rng, **sizes_))
        check = Check(  # nothing is judged
            f"{self.track.name}.0/{function}/cost", rule="", make=lambda _: step, judge=lambda *_: None
        )
        caps = {0: _NO_CAP} if traced else {}  # of step 0
        case = Case(check, self.seed, [step] * calls, fetch=(calls - 1,), caps=caps, timed=not traced)
        assert self.worker is not None  # noqa: S101 - start() comes first
        cpu_seconds = _CPU * (limits.TRACING if traced else 1)  # a traced call is slower
        answer = self.worker.run(case, self.track.contracts, cpu=cpu_seconds)
        if answer.unsolved:
            raise KataError(f"{function} is not solved yet: there is nothing to measure")
        if answer.kind is not Kind.VALUE:
            where = ", ".join(f"{key} = {value:,}" for key, value in sizes_.items())
            error = _TooLarge if answer.kind is Kind.MEMORY else KataError
            raise error(f"{function} cannot be measured at {where}: {answer.message}")
        return answer
