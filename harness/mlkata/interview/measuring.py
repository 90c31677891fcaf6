"""Measures beside the interview what a round's function costs, and how fast it is among our solutions."""

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
"""Times our seconds: noise takes no rung away."""


@dataclass(frozen=True)
class Wanted:
    """What is to be measured: a function of the file as it was when a round passed, and what was claimed."""

    round: str
    cost: Cost
    file: Path
    said: str


class Measuring:
    """A thread that measures one function after the other; `on_done` is called in it."""

    def __init__(self, track: Track, on_done: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._track = track
        self._on_done = on_done
        self._queue: queue.SimpleQueue[Wanted] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="measuring", daemon=True).start()

    def add(self, wanted: Wanted) -> None:
        """Measure this as well."""
        self._queue.put(wanted)

    def _run(self) -> None:
        while True:
            wanted = self._queue.get()
            try:
                result = found(self._track, wanted)
            except Exception as error:  # noqa: BLE001 - said on the scorecard; others are measured still
                result = {"function": wanted.cost.function, "problem": f"a fault of the kit: {error!r}"}
            self._on_done(wanted.round, result)


def of_round(track: Track, round_: Round) -> Cost | None:
    """Return the first function of a round whose cost can be measured; None if there is none."""
    names = track.functions_of(round_)
    return next((one for one in track.costs if one.function in names), None)


def read(said: str, cost_: Cost) -> dict[str, Claim]:
    """Read `n*k*d, n*k` as time and memory, or what names them. Raises KataError."""
    text = re.sub(r"\b(time|memory)\b(?!\s*:)", r"\1:", said)
    if ":" not in text:
        depth, cut = 0, len(said)
        for at, letter in enumerate(said):
            depth += (letter == "(") - (letter == ")")
            if letter == "," and not depth:
                cut = at
                break
        time, memory = said[:cut], said[cut + 1 :]
        text = f"time: {time.strip()}" + (f", memory: {memory.strip()}" if memory.strip() else "")
    return growth.read_claims(text, list(cost_.sizes))


def found(track: Track, wanted: Wanted) -> dict[str, Any]:
    """Measure, and write down what came out, or why nothing did."""
    try:
        submission = replace(read_submission(wanted.file), name=f"{track.name}.py")
        grown = cost.measure(track, submission, wanted.cost)
        return {
            "function": wanted.cost.function,
            "claims": _claims(grown, read(wanted.said, wanted.cost)) if wanted.said else {},
            "exponents": _exponents(grown),
            "good": {"time": wanted.cost.time, "memory": wanted.cost.memory},
            **_speeds(track, submission, wanted.cost),
        }
    except KataError as error:
        return {"function": wanted.cost.function, "problem": str(error)}


def _claims(measurement: Measurement, claims: Mapping[str, Claim]) -> dict[str, str]:
    return {what: str(measurement.finding(what, one)) for what, one in claims.items()}


def _exponents(measurement: Measurement) -> dict[str, dict[str, float | None]]:
    """Return the exponents, by kind of cost and size; None if too little was seen for one."""
    result: dict[str, dict[str, float | None]] = {"time": {}, "memory": {}}
    for curve in measurement.curves:
        value = curve.slope.value
        result[curve.what][curve.size] = round(value, 2) if isfinite(value) else None
    return result


def _speeds(track: Track, submission: Submission, cost_: Cost) -> dict[str, Any]:
    """Time a call of the candidate's function and of ours: the fastest one that it reaches is its rung."""
    yours = cost.once(track, submission, cost_)
    rungs = {}
    for name in RUNGS:
        path = track.solution(name)
        if path.exists():
            rungs[name] = cost.once(track, ours(path), cost_)
    reached = [name for name, seconds in rungs.items() if yours <= _REACHED * seconds]
    return {"seconds": yours, "rungs": rungs, "rung": reached[-1] if reached else ""}
