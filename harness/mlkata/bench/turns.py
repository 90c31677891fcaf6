"""Time the peers of a row in turn, verify their answers, and store the results of finished rows.

A row is one call on one data set; its peers are the implementations to compare, each in a process of its own.
While one is timed the others wait, so that each has the machine to itself. A round times each peer once; so a
machine that slows down for a while slows all of them.
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
from pathlib import Path
from typing import Any

import msgspec
import psutil

from mlkata import files
from mlkata.bench.peers import names_of
from mlkata.bench.results import Limit, Machine, PeerResult, RowResult
from mlkata.tracks.rows import BASELINE, OURS, Floor, Row

ROUNDS = 7
"""How often each peer is timed: enough for a median and a spread."""
FEWEST_ROUNDS = 3
"""How often even a slow peer is timed."""
BUDGET = 12.0
"""Seconds. A peer whose timed calls on one row took longer is not timed again, after at least
FEWEST_ROUNDS."""
_BATCH = 0.05
"""Seconds that one timing takes: short calls are repeated."""
_MOST_CALLS = 2_000
"""The most calls in one timing."""
BUSY = 0.12
"""The share of the machine that other processes may use during a timing; if they use more, it counts as
disturbed."""


class PeerProcess:
    """A peer's process, which waits for requests (see serve.py)."""

    def __init__(self, row: Row, name: str, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlkata.bench.serve", row.id, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | dict(environment or {}),
        )
        self._usage = psutil.Process(self._process.pid)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and return the reply; if the process has died, the reply is an error."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"error": f"the process ended with {self._process.wait()}"}

    def time(self, calls: int) -> tuple[float, bool, str]:
        """Time some calls. Return the seconds of one, whether other processes interfered, and any error."""
        busy_before, own_before, started = _busy_seconds(), self._own_seconds(), time.perf_counter()
        reply = self.ask("time", calls=calls)
        elapsed = time.perf_counter() - started
        by_others = (_busy_seconds() - busy_before) - (self._own_seconds() - own_before)
        tolerated = BUSY * elapsed * (os.cpu_count() or 1) + 0.02  # seconds: CPU times are coarse
        busy = by_others > tolerated
        return reply.get("seconds", 0.0), busy, reply.get("error", "")

    def _own_seconds(self) -> float:
        """Return the CPU seconds that the peer's process has used so far."""
        with suppress(psutil.Error):
            times = self._usage.cpu_times()
            return float(times.user + times.system)
        return 0.0


class _Contender:
    """A peer during the comparison of a row: its process and its results so far."""

    def __init__(self, row: Row, name: str) -> None:
        self.name = name
        self._process = PeerProcess(row, name)
        self._calls = 1
        """Calls in one timing."""
        self._facts: dict[str, Any] = {}
        self._seconds: list[float] = []
        self._difference = ""
        self._error = ""

    @property
    def needs_timing(self) -> bool:
        """Whether to time it in another round: not if it failed, or if its budget is spent."""
        budget_spent = len(self._seconds) >= FEWEST_ROUNDS and sum(self._seconds) * self._calls > BUDGET
        return not (self._error or budget_spent)

    def set_up(self, expected: str) -> None:
        """Import, call once, and choose the number of calls in a timing.

        `expected` is the path of the file in which the baseline saves its answer.
        """
        self._facts = self._process.ask("setup")
        self._error = self._facts.pop("error", "")
        if self._error:
            return
        if self.name == BASELINE:
            self._process.ask("save", path=expected)
        seconds, _, self._error = self._process.time(calls=1)
        self._calls = max(1, min(_MOST_CALLS, round(_BATCH / max(seconds, 1e-7))))  # never divide by 0

    def time(self, expected: str) -> bool | None:
        """Time the peer once, and compare its answer with the file `expected`.

        Return whether other processes interfered, or None if the peer failed.
        """
        seconds, busy, self._error = self._process.time(self._calls)
        if self._error:
            return None
        self._seconds.append(seconds)
        self._difference = self._difference or self._process.ask("verify", path=expected).get("differs", "")
        return busy

    def result(self) -> PeerResult:
        """Return all results, with the peak memory of one more call."""
        return PeerResult(
            name=self.name,
            kind="ours" if self.name in OURS else "baseline" if self.name == BASELINE else "peer",
            version=self._facts.get("version", ""),
            seconds=tuple(self._seconds),
            import_seconds=self._facts.get("import_seconds", 0.0),
            first_call_seconds=self._facts.get("first_call_seconds", 0.0),
            peak_bytes=self._process.ask("peak").get("peak_bytes"),
            input_bytes=self._facts.get("input_bytes"),
            difference=self._difference,
            error=self._error,
        )

    def close(self) -> None:
        """End the peer's process."""
        self._process.close()


def compare(row: Row, machine: Machine, on_timing: Callable[[], None]) -> RowResult:
    """Compare all peers on one row."""
    contenders: list[_Contender] = []
    busy: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        expected = str(Path(folder) / "expected.npz")
        try:
            for name in names_of(row):
                contenders.append(_Contender(row, name))
                contenders[-1].set_up(expected)
            for _ in range(ROUNDS):
                for contender in contenders:
                    if contender.needs_timing:
                        was_busy = contender.time(expected)
                        busy += [] if was_busy is None else [was_busy]
                        on_timing()
            peers = tuple(contender.result() for contender in contenders)
            limit = _limit(row.floor, machine, Path(expected)) if row.floor else None
        finally:
            for contender in contenders:
                contender.close()
    return RowResult(
        id=row.id,
        family=row.family,
        track=row.track,
        function=row.function,
        title=row.title,
        busy=sum(busy) * 2 > len(busy),
        limit=limit,
        peers=peers,
    )


def _limit(floor: Floor, machine: Machine, expected: Path) -> Limit | None:
    """Return the least time that this machine needs for the work of the plain method.

    If the method iterates, the baseline's answer, which is in the file `expected`, has the number of
    iterations. Return None if that file is missing.
    """
    import numpy as np

    with suppress(OSError), np.load(expected) as answer:  # the file is missing if the baseline failed
        n_iter = int(answer["n_iter"]) if "n_iter" in answer else 1
        work = floor.what + (f", {n_iter} iterations" if n_iter > 1 else "")
        return Limit(work, n_iter * least_seconds(floor, machine))
    return None


def least_seconds(floor: Floor, machine: Machine) -> float:
    """Return the least time for a machine of this speed, if arithmetic and memory access overlap."""
    by_arithmetic = floor.flops / machine.gemm_gflops[floor.dtype] / 1e9
    by_memory = floor.bytes / machine.bandwidth_gb_s / 1e9 if machine.bandwidth_gb_s else 0.0
    return max(by_arithmetic, by_memory)


def _busy_seconds() -> float:
    """Return the CPU seconds that the whole machine has spent on work so far."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(
        times, "guest_nice", 0.0
    )  # psutil counts this in `user`, too
    return float(sum(times) - idle - guest)


class Store:
    """Finished rows, one in each line of a file, from which an interrupted run resumes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, RowResult]:
        """Return the finished rows by id; invalid lines are ignored."""
        results = {}
        with suppress(OSError):
            for value in files.read_lines(self.path):
                with suppress(msgspec.ValidationError):
                    row = msgspec.convert(value, RowResult)
                    results[row.id] = row
        return results

    def put(self, result: RowResult) -> None:
        """Add a finished row."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.append_line(self.path, msgspec.to_builtins(result))
