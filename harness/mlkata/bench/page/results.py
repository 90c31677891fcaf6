"""The results of a benchmark run, to and from strict JSON: `mlkata.bench/1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from mlkata.bench.page.strict import LONGEST, build, no_number, wrong
from mlkata.tracks.model import KataError

SCHEMA = "mlkata.bench/1"


@dataclass(frozen=True)
class Machine:
    """Where it ran, and what the hardware can do at best, measured there."""

    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    gemm_gflops: Mapping[str, float]
    bandwidth_gb_s: float | None


@dataclass(frozen=True)
class Limit:
    """The time that the machine needs at least for what a row has to do."""

    what: str
    seconds: float


@dataclass(frozen=True)
class Peer:
    """One implementation on one workload."""

    name: str
    kind: Literal["ours", "baseline", "peer"]
    version: str
    seconds: tuple[float, ...]
    import_seconds: float | None
    first_call_seconds: float | None
    peak_bytes: int | None
    input_bytes: int | None
    """Of the largest argument."""
    verified: str
    """What differs in its answers; empty where nothing does."""
    error: str
    """Why there is no figure; empty where there is one."""


@dataclass(frozen=True)
class Row:
    """One workload, and all that were timed on it in turn."""

    id: str
    family: str
    track: str
    function: str
    title: str
    busy: bool
    """Was the machine too busy to trust the times?"""
    limit: Limit | None
    peers: tuple[Peer, ...]


@dataclass(frozen=True)
class Rung:
    """One step of a ladder, with what was done to get there."""

    name: str
    text: str
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Ladder:
    """The same function written again and again, each time faster."""

    track: str
    function: str
    title: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Curve:
    """A cost along one size, and the exponent fitted to its top."""

    track: str
    function: str
    submission: str
    what: Literal["time", "memory"]
    size: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]
    fixed: Mapping[str, int]
    slope: float | None
    half_width: float | None
    fitted_sizes: tuple[int, ...]
    good: str
    """What a good solution costs, as a formula."""
    finding: Literal["agree", "disagree", "not enough evidence"]
    """What the slope says of that."""


@dataclass(frozen=True)
class Line:
    """One way to do it, along the axis of a crossover."""

    name: str
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Crossover:
    """Several ways to do the same: which is fastest depends on x."""

    title: str
    x: str
    xs: tuple[float, ...]
    lines: tuple[Line, ...]
    note: str


@dataclass(frozen=True)
class Start:
    """What a new process waits for before our first answer, with nothing compiled and with all."""

    track: str
    title: str
    import_seconds: float
    cold_seconds: float
    warm_seconds: float


@dataclass(frozen=True)
class Results:
    """All that one run measured."""

    date: str
    seed: int
    threads: int
    machine: Machine
    versions: Mapping[str, str]
    rows: tuple[Row, ...]
    ladders: tuple[Ladder, ...]
    curves: tuple[Curve, ...]
    crossovers: tuple[Crossover, ...]
    starts: tuple[Start, ...]


def write(results: Results) -> str:
    """Write results as JSON text."""
    return json.dumps({"schema": SCHEMA} | asdict(results), indent=1, allow_nan=False)


def read(text: str) -> Results:
    """Read results from JSON text. Raises KataError, with one line, where they are not as they should be."""
    try:
        value = json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise KataError(f"benchmark results: expected JSON, got {error}") from error
    schema = value.pop("schema", None) if isinstance(value, dict) else None
    if schema != SCHEMA:
        wrong("schema", repr(SCHEMA), schema)
    results: Results = build(Results, value, "")
    for problem in _problems(results):
        raise KataError(f"benchmark results: {problem}")
    return results


def _problems(results: Results) -> Iterator[str]:
    """Say what no type says: lengths that agree, names that occur once, times that have passed."""
    try:
        datetime.fromisoformat(results.date)
    except ValueError:
        yield f"date: expected such as 2026-11-24T23:00:00+00:00, got {results.date[:LONGEST]!r}"
    yield from _twice("rows", [row.id for row in results.rows])
    timed: list[tuple[str, tuple[float, ...]]] = []
    for index, row in enumerate(results.rows):
        where = f"rows[{index}]"
        yield from _twice(f"{where}.peers", [peer.name for peer in row.peers])
        if row.limit is not None and row.limit.seconds <= 0:
            yield f"{where}.limit.seconds: expected more than 0, got {row.limit.seconds}"
        timed += [(f"{where}.peers[{i}]", one.seconds) for i, one in enumerate(row.peers) if not one.error]
    for index, ladder in enumerate(results.ladders):
        timed += [(f"ladders[{index}].rungs[{i}]", one.seconds) for i, one in enumerate(ladder.rungs)]
    for index, curve in enumerate(results.curves):
        if len(curve.sizes) != len(curve.costs) or min(curve.sizes, default=1) <= 0:
            yield f"curves[{index}]: expected a cost for each size, and sizes above 0"
    for index, crossing in enumerate(results.crossovers):
        timed += [(f"crossovers[{index}].lines[{i}]", one.seconds) for i, one in enumerate(crossing.lines)]
        if any(len(one.seconds) != len(crossing.xs) for one in crossing.lines):
            yield f"crossovers[{index}]: expected as many seconds in each line as xs"
        if list(crossing.xs) != sorted(set(crossing.xs)):
            yield f"crossovers[{index}].xs: expected numbers that rise, each once"
    for where, seconds in timed:
        if not seconds or min(seconds) <= 0:
            yield f"{where}.seconds: expected times above 0, got {str(list(seconds))[:LONGEST]}"


def _twice(where: str, names: list[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{where}: expected each name once, got {name[:LONGEST]!r} {count} times"
