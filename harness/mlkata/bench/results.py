"""The results of a benchmark run, to and from strict JSON: `mlkata.bench/1`.

Running fills these nouns and the report's pages read them. What was asked is a `Row` or a `Crossover` of
a track's rows.py; what came of it is a `RowResult` or a `CrossoverResult` here.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct

from mlkata.bench.growth import Finding
from mlkata.tracks.model import KataError

SCHEMA: Final = "mlkata.bench/1"
_LONGEST = 160
"""Characters of a message, which may quote the file."""

Positive = Annotated[float, Meta(gt=0)]


class Machine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where it ran, and what the hardware can do at best, measured there."""

    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    gemm_gflops: Mapping[str, float]
    bandwidth_gb_s: float | None = None


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """The time that the machine needs at least for what a row has to do."""

    what: str
    seconds: Positive


class PeerResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one implementation showed on one row."""

    name: str
    kind: Literal["ours", "baseline", "peer"]
    version: str
    seconds: tuple[Positive, ...]
    import_seconds: float | None = None
    first_call_seconds: float | None = None
    peak_bytes: int | None = None
    input_bytes: int | None = None
    """Of the largest argument."""
    verified: str
    """What differs in its answers; empty where nothing does."""
    error: str
    """Why there is no figure; empty where there is one."""


class RowResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row, and all that were timed on it in turn."""

    id: str
    family: str
    track: str
    function: str
    title: str
    busy: bool
    """Did others use the machine in more than half of the timings?"""
    limit: Limit | None = None
    peers: tuple[PeerResult, ...]


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a ladder, with what was done to get there."""

    name: str
    text: str
    seconds: Annotated[tuple[Positive, ...], Meta(min_length=1)]


class Ladder(Struct, frozen=True, forbid_unknown_fields=True):
    """The same function written again and again, each time faster."""

    track: str
    function: str
    title: str
    rungs: tuple[Rung, ...]


class CurveResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cost along one size, and the exponent fitted to its top."""

    track: str
    function: str
    submission: str
    what: Literal["time", "memory"]
    size: str
    sizes: tuple[Annotated[int, Meta(gt=0)], ...]
    costs: tuple[float, ...]
    fixed: Mapping[str, int]
    slope: float | None = None
    half_width: float | None = None
    fitted_sizes: tuple[int, ...]
    good: str
    """What a good solution costs, as a formula."""
    finding: Finding
    """What the slope says of that."""


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to do it, along the axis of a crossover."""

    name: str
    seconds: tuple[Positive, ...]


class CrossoverResult(Struct, frozen=True, forbid_unknown_fields=True):
    """Several ways to do the same: which is fastest depends on x."""

    title: str
    x: str
    xs: tuple[float, ...]
    lines: tuple[Line, ...]
    note: str


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new process waits for before our first answer, with nothing compiled and with all."""

    track: str
    title: str
    import_seconds: float
    """Importing the solution, once numpy and numba are there; from a warm cache."""
    cold_seconds: float
    warm_seconds: float


class Results(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that one run measured."""

    schema: Literal["mlkata.bench/1"]
    date: str
    seed: int
    threads: int
    machine: Machine
    versions: Mapping[str, str]
    rows: tuple[RowResult, ...]
    ladders: tuple[Ladder, ...]
    curves: tuple[CurveResult, ...]
    crossovers: tuple[CrossoverResult, ...]
    starts: tuple[Start, ...]


def write(results: Results) -> str:
    """Write results as JSON text."""
    return json.dumps(msgspec.to_builtins(results), indent=1, allow_nan=False)


def read(text: str) -> Results:
    """Read results from JSON text. Raises KataError, with one line, where they are not as they should be."""
    try:
        # By json, since msgspec's own reader refuses half a surrogate, which may occur in a message.
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"expected JSON, got {error}") from error
    return _checked(value)


def _checked(value: Any) -> Results:
    try:
        results = msgspec.convert(value, Results)
    except msgspec.ValidationError as error:
        raise _wrong(str(error)) from error
    for problem in _problems(results):
        raise _wrong(problem)
    return results


def _wrong(problem: str) -> KataError:
    return KataError(f"benchmark results: {' '.join(problem.split())[:_LONGEST]}")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _problems(results: Results) -> Iterator[str]:
    """Say what no type says: lengths that agree, names that occur once, peers with a figure or a reason."""
    try:
        datetime.fromisoformat(results.date)
    except ValueError:
        yield f"Expected such as 2026-11-24T23:00:00+00:00, got {results.date!r} - at `$.date`"
    yield from _repeated("$.rows", [row.id for row in results.rows])
    for index, row in enumerate(results.rows):
        yield from _repeated(f"$.rows[{index}].peers", [peer.name for peer in row.peers])
        for number, peer in enumerate(row.peers):
            if not peer.seconds and not peer.error:
                yield f"Expected times or an error - at `$.rows[{index}].peers[{number}]`"
    for index, curve in enumerate(results.curves):
        if len(curve.sizes) != len(curve.costs):
            yield f"Expected a cost for each size - at `$.curves[{index}]`"
    for index, crossing in enumerate(results.crossovers):
        if any(len(line.seconds) != len(crossing.xs) for line in crossing.lines):
            yield f"Expected as many seconds in each line as xs - at `$.crossovers[{index}]`"
        if list(crossing.xs) != sorted(set(crossing.xs)):
            yield f"Expected numbers that rise, each once - at `$.crossovers[{index}].xs`"


def _repeated(where: str, names: list[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"Expected each name once, got {name!r} {count} times - at `{where}`"
