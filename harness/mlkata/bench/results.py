"""The results of a run of `kata bench`, to and from strict JSON in the schema `mlkata.bench/1`.

A run fills these classes, and the report's pages read them. The `Row` and `Crossover` of a track's rows.py
say what to measure; a `RowResult` and a `CrossoverResult` hold what was measured.
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
"""The most characters of a wrong value in a message."""

Positive = Annotated[float, Meta(gt=0)]


class Machine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The machine of a run, and its measured peak performance."""

    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    gemm_gflops: Mapping[str, float]
    """The speed of matrix products (GEMM), by type, such as `float32`."""
    bandwidth_gb_s: float | None = None
    """The speed of copying memory, where reading and writing both count."""


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """The least time that the machine needs for the work of a row."""

    what: str
    seconds: Positive


class PeerResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The result of one implementation on one row."""

    name: str
    kind: Literal["ours", "baseline", "peer"]
    """A solution of mlkata, scikit-learn, or another library."""
    version: str
    seconds: tuple[Positive, ...]
    """The seconds of a call in each timed run."""
    import_seconds: float | None = None
    first_call_seconds: float | None = None
    """The seconds of the call before the timed ones, which may compile code."""
    peak_bytes: int | None = None
    """By how much a call makes the process grow; None where the system does not tell."""
    input_bytes: int | None = None
    """The size of the largest argument."""
    difference: str = msgspec.field(name="verified")
    """How its answers differ from scikit-learn's; empty if they are the same. In JSON, this is `verified`."""
    error: str
    """Why there is no figure; empty if there is one."""

    def __post_init__(self) -> None:
        """Raise ValueError if there is neither a time nor an error."""
        if not self.seconds and not self.error:
            raise ValueError("expected seconds, or an error")


class RowResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row, with the results of all its peers."""

    id: str
    family: str
    """A heading under which the report shows similar rows."""
    track: str
    function: str
    title: str
    busy: bool
    """Whether other processes used the machine in more than half of the timings."""
    limit: Limit | None = None
    peers: tuple[PeerResult, ...]
    """The implementations that were compared."""

    def __post_init__(self) -> None:
        """Raise ValueError if a peer occurs twice."""
        _each_once("each peer", (peer.name for peer in self.peers))


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """One version in a ladder, and in `text` what makes it faster than the one before."""

    name: str
    text: str
    seconds: Annotated[tuple[Positive, ...], Meta(min_length=1)]


class Ladder(Struct, frozen=True, forbid_unknown_fields=True):
    """The same function in several versions, each faster than the one before."""

    track: str
    function: str
    title: str
    rungs: tuple[Rung, ...]


class CurveResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cost along one size, and the exponent fitted to the largest sizes."""

    track: str
    function: str
    submission: str
    what: Literal["time", "memory"]
    size: str
    """The name of the size that grows, such as `n`."""
    sizes: tuple[Annotated[int, Meta(gt=0)], ...]
    """The values of this size."""
    costs: tuple[float, ...]
    """For each of them the seconds, or the bytes beyond the arguments."""
    fixed: Mapping[str, int]
    """The other sizes, by name."""
    slope: float | None = None
    """The fitted exponent; None if too few sizes could be measured."""
    half_width: float | None = None
    """Half the width of the exponent's 95 % confidence interval."""
    fitted_sizes: tuple[int, ...]
    """The sizes that the fit used."""
    good_formula: str = msgspec.field(name="good")
    """The cost of a good solution, such as `n*k*d`."""
    finding: Finding
    """How the slope compares with the good solution's."""

    def __post_init__(self) -> None:
        """Raise ValueError if a size has no cost."""
        if len(self.sizes) != len(self.costs):
            raise ValueError("expected a cost for each size")


class CrossoverLine(Struct, frozen=True, forbid_unknown_fields=True):
    """The times of one method, along the axis of a crossover."""

    name: str
    seconds: tuple[Positive, ...]


class CrossoverResult(Struct, frozen=True, forbid_unknown_fields=True):
    """Several methods for the same task: which one is fastest depends on x."""

    title: str
    x: str
    """The name of the x axis."""
    xs: tuple[float, ...]
    lines: tuple[CrossoverLine, ...]
    note: str

    def __post_init__(self) -> None:
        """Raise ValueError if it cannot be drawn."""
        if any(len(line.seconds) != len(self.xs) for line in self.lines):
            raise ValueError("expected in each line as many seconds as xs")
        if list(self.xs) != sorted(set(self.xs)):
            raise ValueError("expected increasing xs")


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    """The time that a new process takes to our first answer, with an empty cache and with a full one."""

    track: str
    title: str
    import_seconds: float
    """The import of the solution after numpy and numba are imported, from a warm cache."""
    cold_seconds: float
    """The first call if numba's cache is empty, so that it has to compile."""
    warm_seconds: float
    """The first call if numba's cache has the compiled code."""


class Results(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All results of one run."""

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
        """Raise ValueError if the date is not valid, or a row occurs twice."""
        try:
            datetime.fromisoformat(self.date)
        except ValueError:
            raise ValueError(
                f"expected a date such as 2026-11-24T23:00:00+00:00, got {self.date[:_LONGEST]!r}"
            ) from None
        _each_once("each row", (row.id for row in self.rows))


def write(results: Results) -> str:
    """Return results as JSON text."""
    return json.dumps(msgspec.to_builtins(results), indent=1, allow_nan=False)


def read(text: str) -> Results:
    """Return results from JSON text. Raise KataError, with one line, if they are not valid."""
    try:
        # json reads lone surrogates, which may occur in a message; msgspec's own reader refuses them.
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise KataError(f"benchmark results: expected JSON, got {error}") from error
    return validated.converted(value, Results, "benchmark results")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is not a finite number")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _each_once(noun: str, names: Iterable[str]) -> None:
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=("", 0))
    if count > 1:
        raise ValueError(f"expected {noun} once, got {name[:_LONGEST]!r} {count} times")
