"""Runs a comparison: peers in turn, medians with spread, every answer verified, resumable.

While one peer is timed the others wait, so that all have the machine to themselves; each round goes
through all of them, so that a machine that slows down slows all alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from mlkata.bench.rows import BASELINE, OURS, Row, peer_path

ROUNDS = 7
FEWEST_ROUNDS = 3
BUDGET = 12.0
"""Seconds of timed calls for one peer on one row: slow ones get fewer rounds."""
_BATCH = 0.05
"""Seconds that the calls of one timing take together, where one call is short."""
_MOST_CALLS = 2_000
BUSY = 0.12
"""Share of the machine that others may use while we time; above, a timing is suspect."""


@dataclass
class PeerResult:
    """What one peer showed on one row."""

    name: str
    kind: str
    """`ours`, `baseline` or `peer`."""
    version: str = ""
    seconds: list[float] = field(default_factory=list)
    import_seconds: float = 0.0
    first_call_seconds: float = 0.0
    peak_bytes: int | None = None
    input_bytes: int | None = None
    """Of the largest argument, X."""
    verified: str = ""
    """Empty: its answers were right; else what differs."""
    error: str = ""
    """Why there is no figure."""


@dataclass
class RowResult:
    """One row, finished."""

    id: str
    family: str
    track: str
    function: str
    title: str
    busy: bool
    """Did others use the machine in more than half of the timings?"""
    limit: dict[str, Any] | None
    peers: list[PeerResult]


class PeerProcess:
    """A peer that waits to be called."""

    def __init__(self, row: Row, name: str, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlkata.bench.peer", row.id, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | dict(environment or {}),
        )
        self._usage = psutil.Process(self._process.pid)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Have something done; a peer that dies says so as an error."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"error": f"the process ended with {self._process.wait()}"}

    def time(self, calls: int) -> tuple[float, bool, str]:
        """Time some calls: seconds of one, whether others used the machine meanwhile, what went wrong."""
        before, own, started = _busy_seconds(), self._own_seconds(), time.perf_counter()
        reply = self.ask("time", calls=calls)
        elapsed = time.perf_counter() - started
        foreign = (_busy_seconds() - before) - (self._own_seconds() - own)
        busy = foreign > BUSY * elapsed * (os.cpu_count() or 1) + 0.02  # the clock's own grain
        return reply.get("seconds", 0.0), busy, reply.get("error", "")

    def _own_seconds(self) -> float:
        with suppress(psutil.Error):
            times = self._usage.cpu_times()
            return float(times.user + times.system)
        return 0.0


def names_of(row: Row) -> list[str]:
    """List who is compared on a row: the baseline first, which others are held against."""
    names = (*row.ours, *row.peers)
    return [BASELINE, *(name for name in names if peer_path(row.track, name).exists())]


def compare(row: Row, machine: Mapping[str, Any], on_timing: Callable[[], None]) -> RowResult:
    """Compare all peers on one row."""
    names = names_of(row)
    results = {name: PeerResult(name, _kind(name)) for name in names}
    suspect = timings = 0
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        expected = str(Path(folder) / "expected.npz")
        running: dict[str, tuple[PeerProcess, int]] = {}
        try:
            for name in names:
                process = PeerProcess(row, name)
                running[name] = (process, 1)
                running[name] = (process, _set_up(process, results[name], expected))
            for number in range(ROUNDS):
                for name, (process, calls) in running.items():
                    one = results[name]
                    if one.error or (number >= FEWEST_ROUNDS and sum(one.seconds) * calls > BUDGET):
                        continue
                    seconds, busy, one.error = process.time(calls)
                    on_timing()
                    if not one.error:
                        one.seconds.append(seconds)
                        suspect, timings = suspect + busy, timings + 1
                        one.verified = one.verified or process.ask("verify", path=expected).get("differs", "")
            for name, (process, _) in running.items():
                results[name].peak_bytes = process.ask("peak").get("peak_bytes")
            limit = _limit(row, machine, Path(expected))
        finally:
            for process, _ in running.values():
                process.close()
    return RowResult(
        row.id,
        row.family,
        row.track,
        row.function,
        row.title,
        busy=suspect * 2 > timings,
        limit=limit,
        peers=list(results.values()),
    )


def _limit(row: Row, machine: Mapping[str, Any], expected: Path) -> dict[str, Any] | None:
    """Say how long this machine needs at least for what the plain method does."""
    if row.floor is None:
        return None
    import numpy as np

    with suppress(OSError), np.load(expected) as answer:  # there is none where the baseline failed
        n_iter = int(answer["n_iter"]) if "n_iter" in answer else 1
        what = row.floor.what + (f", {n_iter} iterations" if n_iter > 1 else "")
        return {"what": what, "seconds": n_iter * row.floor.seconds(machine)}
    return None


def _set_up(process: PeerProcess, result: PeerResult, expected: str) -> int:
    """Import, call once, and say how many calls make one timing."""
    reply = process.ask("setup")
    result.error = reply.pop("error", "")
    if result.error:
        return 1
    for name, value in reply.items():
        setattr(result, name, value)
    if result.name == BASELINE:
        process.ask("save", path=expected)
    seconds, _, result.error = process.time(1)
    return max(1, min(_MOST_CALLS, round(_BATCH / max(seconds, 1e-7))))


def _kind(name: str) -> str:
    return "ours" if name in OURS else "baseline" if name == BASELINE else "peer"


def _busy_seconds() -> float:
    """Give the CPU seconds that the whole machine has spent on work so far."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user, too
    return float(sum(times) - idle - guest)


class Store:
    """Rows that are finished, a line each, so that an interrupted run goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, RowResult]:
        """Read them by id; a line that a kill cut off is left out."""
        found = {}
        with suppress(OSError):
            for line in self.path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError, KeyError):
                    entry = json.loads(line)
                    entry["peers"] = [PeerResult(**peer) for peer in entry["peers"]]
                    found[entry["id"]] = RowResult(**entry)
        return found

    def put(self, result: RowResult) -> None:
        """Add one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")
