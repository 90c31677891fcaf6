"""Measure a round's function during the interview: its cost, and its speed among our solutions."""

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
_REACHED = 1.25
"""A factor of our solution's time up to which it counts as reached, so that noise costs no rung."""


@dataclass(frozen=True)
class CostRequest:
    """A function to measure, in the file as it was when its round passed, and the candidate's claim."""

    round: str
    cost: Cost
    file: Path
    said: str


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
    """Return the claims in `n*k*d, n*k` (time, memory) or `time: n*k*d`. Raises KataError."""
    text = re.sub(r"\b(time|memory)\b(?!\s*:)", r"\1:", claim)
    if ":" not in text:
        depth, cut = 0, len(claim)
        for at, letter in enumerate(claim):
            depth += (letter == "(") - (letter == ")")
            if letter == "," and not depth:
                cut = at
                break
        time, memory = claim[:cut], claim[cut + 1 :]
        text = f"time: {time.strip()}" + (f", memory: {memory.strip()}" if memory.strip() else "")
    return growth.read_claims(text, list(cost_.sizes))


def measure(track: Track, request: CostRequest) -> dict[str, Any]:
    """Return the measurement of a function, or the problem that prevented it."""
    try:
        submission = replace(read_submission(request.file), name=f"{track.name}.py")
        measurement = cost.measure(track, submission, request.cost)
        return {
            "function": request.cost.function,
            "claims": _claims(measurement, read(request.said, request.cost)) if request.said else {},
            "exponents": _exponents(measurement),
            "good": {"time": request.cost.time, "memory": request.cost.memory},
            **_speeds(track, submission, request.cost),
        }
    except KataError as error:
        return {"function": request.cost.function, "problem": str(error)}


def _claims(measurement: Measurement, claims: Mapping[str, Claim]) -> dict[str, str]:
    return {kind: str(measurement.finding(kind, claim)) for kind, claim in claims.items()}


def _exponents(measurement: Measurement) -> dict[str, dict[str, float | None]]:
    """Return the exponents by kind of cost and size; None for one without enough evidence."""
    exponents: dict[str, dict[str, float | None]] = {"time": {}, "memory": {}}
    for curve in measurement.curves:
        value = curve.slope.value
        exponents[curve.what][curve.size] = round(value, 2) if isfinite(value) else None
    return exponents


def _speeds(track: Track, submission: Submission, cost_: Cost) -> dict[str, Any]:
    """Time a call of the candidate's function and of our solutions; the fastest reached is its rung."""
    yours = cost.once(track, submission, cost_)
    rungs = {}
    for name in RUNGS:
        path = track.solution(name)
        if path.exists():
            rungs[name] = cost.once(track, ours(path), cost_)
    reached = [name for name, seconds in rungs.items() if yours <= _REACHED * seconds]
    return {"seconds": yours, "rungs": rungs, "rung": reached[-1] if reached else ""}
