"""A peer's own process: `python -m mlkata.bench.serve ROW PEER`, then a line of JSON for each request.

A process of its own keeps thread pools apart: two libraries with pools in one process slow each other.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_CLEAR_REFS, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def main() -> None:
    """Answer requests until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no reply
    warnings.simplefilter("ignore")
    served = _Served(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(served, request["do"])(**request.get("with", {}))
        except Exception as error:  # noqa: BLE001 - a peer that fails is a line of the report
            reply = {"error": f"{type(error).__name__}: {error}"[:300]}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


class _Served:
    """One peer on one row."""

    def __init__(self, row_id: str, peer: str) -> None:
        from mlkata.bench import peers

        self.row = peers.row(row_id)
        self.name = peer
        self.answer: Any = None
        # Inputs and models are made in a thread, and so in a part of the heap that calls do not use: in the
        # gaps of what is freed along the way, calls would touch one after the other, and seem to need it all.
        self._apart = ThreadPoolExecutor(1)

    def libraries(self) -> dict[str, Any]:
        """Import what our solutions need, so that their own import is timed without it."""
        started = time.perf_counter()
        import numba  # noqa: F401

        return {"seconds": time.perf_counter() - started}

    def setup(self) -> dict[str, Any]:
        """Import the peer, make the input, and call it once: that compiles."""
        from mlkata.bench import peers
        from mlkata.tracks.rows import Part

        started = time.perf_counter()
        peer = peers.load(self.row.track, self.name)
        imported = time.perf_counter() - started
        arguments = self._apart.submit(self.row.make).result()
        self.call = self._apart.submit(peer.prepare, self.row, arguments).result()
        self.share = self.call.share if isinstance(self.call, Part) else 1.0
        started = time.perf_counter()
        self.answer = self.call()
        first = time.perf_counter() - started
        return {
            "import_seconds": imported,
            "first_call_seconds": first,
            "version": peer.version,
            "input_bytes": max((getattr(one, "nbytes", 0) for one in arguments.values()), default=0),
        }

    def peak(self) -> dict[str, Any]:
        """Give the bytes by which another call lets the process grow, its answer included, no compiler."""
        self.answer = None
        before = _restart_peak()
        if before is None:
            return {"peak_bytes": None}
        self.answer = self.call()
        return {"peak_bytes": max(0, _resident("VmHWM") - before)}

    def time(self, calls: int) -> dict[str, Any]:
        """Time so many calls, by the wall clock: threads are part of it."""
        started = time.perf_counter()
        for _ in range(calls):
            self.answer = self.call()
        return {"seconds": (time.perf_counter() - started) / calls / self.share}

    def save(self, path: str) -> dict[str, Any]:
        """Keep what the baseline answered, for the others to be held against."""
        import numpy as np

        np.savez(path, **self.row.summary(self.answer))
        return {}

    def verify(self, path: str) -> dict[str, Any]:
        """Hold the last answer against the baseline's."""
        import numpy as np

        with np.load(Path(path)) as stored:
            expected = dict(stored)
        return {"differs": self.row.differs(self.row.summary(self.answer), expected)}


def _restart_peak() -> int | None:
    """Let Linux forget the peak so far, and give what the process holds now; None without Linux and glibc.

    `ru_maxrss` is of no use: it begins with what the parent held when it started this process.
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what the call before has freed would hide what this one takes
        _CLEAR_REFS.write_text("5", encoding="ascii")
        return _resident("VmRSS")
    except (AttributeError, OSError, TypeError):
        return None


def _resident(what: str) -> int:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


if __name__ == "__main__":
    main()
