"""Measure a candidate's function: how its cost grows, and how fast it is beside the kit's solutions."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from mlkata.bench import cost, growth
from mlkata.bench.cost import Measurement
from mlkata.bench.growth import Claim
from mlkata.judging.judge import read_submission
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost, KataError, Round
from mlkata.worker.runner import Submission, ours

RUNGS = ("naive", "reference", "loops", "fast")
"""The kit's solutions with which the speed is compared, from plain to fast: the rungs of a ladder."""
_TOLERANCE = 1.25
"""The candidate reaches a rung with up to this multiple of its time, as the times of equal code vary by
noise."""


@dataclass(frozen=True)
class CostRequest:
    """A function to measure, in the file as it was when its round passed, and the candidate's claim."""

    round: str
    cost: Cost
    file: Path
    claim: str
    """What the candidate said that the function costs; empty if nothing."""


class Measurer:
    """A thread that measures functions one after another and calls `on_done` with each result."""

    def __init__(self, track: Track, on_done: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._track = track
        self._on_done = on_done
        self._queue: queue.SimpleQueue[CostRequest] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="measuring", daemon=True).start()

    def add(self, request: CostRequest) -> None:
        """Queue a function to measure."""
        self._queue.put(request)

    def _run(self) -> None:
        while True:
            request = self._queue.get()
            try:
                result = measure(self._track, request)
            except Exception as error:  # noqa: BLE001 - shown on the scorecard; later requests still run
                result = {"function": request.cost.function, "problem": f"an error in the kit: {error!r}"}
            self._on_done(request.round, result)


def of_round(track: Track, round_: Round) -> Cost | None:
    """Return the first function of a round whose cost can be measured, or None."""
    names = track.functions_of(round_)
    return next((cost_ for cost_ in track.costs if cost_.function in names), None)


def read(claim: str, cost_: Cost) -> dict[str, Claim]:
    """Return the claimed costs by kind, `time` or `memory`.

    `n*k*d, n*k` claims first the time, then the memory; `time: n*k*d` names the kind. Raise KataError if a
    formula cannot be read.
    """
    # A colon after the kind may be left out.
    text = re.sub(r"\b(time|memory)\b(?!\s*:)", r"\1:", claim)
    if ":" not in text:
        time, memory = _split_at_comma(claim)
        text = f"time: {time.strip()}" + (f", memory: {memory.strip()}" if memory.strip() else "")
    return growth.read_claims(text, list(cost_.sizes))


def _split_at_comma(claim: str) -> tuple[str, str]:
    """Return what is before and after the first comma outside parentheses, such as in `O(max(n, k)), n`."""
    depth = 0
    for index, letter in enumerate(claim):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            return claim[:index], claim[index + 1 :]
    return claim, ""


def measure(track: Track, request: CostRequest) -> dict[str, Any]:
    """Measure a function; return a dictionary, which the journal and the scorecard keep.

    `claims` has what the measurement says of the claim, `exponents` the measured growth, `good` the costs of
    a good solution; `_speeds` adds the speed. If the function cannot be measured, `problem` says why.
    """
    try:
        submission = replace(read_submission(request.file), name=f"{track.name}.py")
        measurement = cost.measure(track, submission, request.cost)
        return {
            "function": request.cost.function,
            "claims": _claims(measurement, read(request.claim, request.cost)) if request.claim else {},
            "exponents": _exponents(measurement),
            "good": {"time": request.cost.time, "memory": request.cost.memory},
            **_speeds(track, submission, request.cost),
        }
    except KataError as error:
        return {"function": request.cost.function, "problem": str(error)}


def _claims(measurement: Measurement, claims: Mapping[str, Claim]) -> dict[str, str]:
    """Return whether the measurement agrees with each claim, by kind of cost."""
    return {kind: str(measurement.finding(kind, claim)) for kind, claim in claims.items()}


def _exponents(measurement: Measurement) -> dict[str, dict[str, float | None]]:
    """Return the exponents by kind of cost and size, such as `{"time": {"n": 1.02}}`.

    An exponent is None if there is not enough evidence for one.
    """
    exponents: dict[str, dict[str, float | None]] = {"time": {}, "memory": {}}
    for curve in measurement.curves:
        value = curve.slope.value
        exponents[curve.what][curve.size] = round(value, 2) if isfinite(value) else None
    return exponents


def _speeds(track: Track, submission: Submission, cost_: Cost) -> dict[str, Any]:
    """Time a call of the candidate's function and of the kit's solutions.

    `rung` is the last of RUNGS that the candidate reaches; empty if none.
    """
    yours = cost.once(track, submission, cost_)
    rungs = {}
    for name in RUNGS:
        path = track.solution(name)
        if path.exists():
            rungs[name] = cost.once(track, ours(path), cost_)
    reached = [name for name, seconds in rungs.items() if yours <= _TOLERANCE * seconds]
    return {"seconds": yours, "rungs": rungs, "rung": reached[-1] if reached else ""}
