"""The results of a benchmark run, to and from strict JSON: `mlkata.bench/1`.

Running fills these nouns and the report's pages read them. What was asked is a `Row` or a `Crossover` of
a track's rows.py; what came of it is a `RowResult` or a `CrossoverResult` here.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct

from mlkata.bench.growth import Finding
from mlkata.tracks import validated
from mlkata.tracks.model import KataError

SCHEMA: Final = "mlkata.bench/1"
_LONGEST = 60
"""Characters of a wrong value that a message shows."""

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

    def __post_init__(self) -> None:
        """Raise ValueError where it says nothing."""
        if not self.seconds and not self.error:
            raise ValueError("expected seconds, or an error")


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

    def __post_init__(self) -> None:
        """Raise ValueError where a peer occurs twice."""
        _each_once("each peer", (peer.name for peer in self.peers))


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

    def __post_init__(self) -> None:
        """Raise ValueError where a size has no cost."""
        if len(self.sizes) != len(self.costs):
            raise ValueError("expected a cost for each size")


class CrossoverLine(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to do it, along the axis of a crossover."""

    name: str
    seconds: tuple[Positive, ...]


class CrossoverResult(Struct, frozen=True, forbid_unknown_fields=True):
    """Several ways to do the same: which is fastest depends on x."""

    title: str
    x: str
    xs: tuple[float, ...]
    lines: tuple[CrossoverLine, ...]
    note: str

    def __post_init__(self) -> None:
        """Raise ValueError where it cannot be drawn."""
        if any(len(line.seconds) != len(self.xs) for line in self.lines):
            raise ValueError("expected as many seconds in each line as xs")
        if list(self.xs) != sorted(set(self.xs)):
            raise ValueError("expected xs that rise, each once")


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

    def __post_init__(self) -> None:
        """Raise ValueError where its date is none, or a row occurs twice."""
        try:
            datetime.fromisoformat(self.date)
        except ValueError:
            raise ValueError(
                f"expected a date such as 2026-11-24T23:00:00+00:00, got {self.date[:_LONGEST]!r}"
            ) from None
        _each_once("each row", (row.id for row in self.rows))


def write(results: Results) -> str:
    """Write results as JSON text."""
    return json.dumps(msgspec.to_builtins(results), indent=1, allow_nan=False)


def read(text: str) -> Results:
    """Read results from JSON text. Raises KataError, with one line, where they are not as they should be."""
    try:
        # By json, since msgspec's own reader refuses half a surrogate, which may occur in a message.
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise KataError(f"benchmark results: expected JSON, got {error}") from error
    return validated.converted(value, Results, "benchmark results")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _each_once(what: str, names: Iterable[str]) -> None:
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=("", 0))
    if count > 1:
        raise ValueError(f"expected {what} once, got {name[:_LONGEST]!r} {count} times")
