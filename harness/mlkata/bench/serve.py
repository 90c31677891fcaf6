"""Run one implementation on one row of a benchmark: `python -m mlkata.bench.serve ROW PEER`.

A row is one call on one data set, a peer one of the compared implementations. The process reads requests from
standard input and answers them, each with a line of JSON. `turns.PeerProcess` is the other end. Each peer has
a process of its own because two libraries with thread pools in one process slow each other down.
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
"""Linux's files that reset, and show, the peak memory of this process; see proc(5)."""


def main() -> None:
    """Answer requests until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with replies
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
    """One peer on one row; each method without an underscore answers one kind of request."""

    def __init__(self, row_id: str, peer: str) -> None:
        from mlkata.bench import peers

        self.row = peers.row(row_id)
        self.name = peer
        self.answer: Any = None
        # Inputs and models are made in a thread of their own, which has its own part of the heap. Otherwise
        # making them would leave gaps of freed memory in the part that calls use. Calls would touch these
        # gaps one after the other, and all of them would count as memory that a call needs.
        self._input_thread = ThreadPoolExecutor(1)

    def libraries(self) -> dict[str, Any]:
        """Import numba, which our solutions need, so that it isn't part of their import time."""
        started = time.perf_counter()
        import numba  # noqa: F401

        return {"seconds": time.perf_counter() - started}

    def setup(self) -> dict[str, Any]:
        """Import the peer, make the input, and call the peer once, which compiles its code."""
        from mlkata.bench import peers
        from mlkata.tracks.rows import Part

        started = time.perf_counter()
        peer = peers.load(self.row.track, self.name)
        imported = time.perf_counter() - started
        arguments = self._input_thread.submit(self.row.make).result()
        self.call = self._input_thread.submit(peer.prepare, self.row, arguments).result()
        # A peer that would take hours on the whole row does a share of it (`Part`); `time` scales it up.
        self.share = self.call.share if isinstance(self.call, Part) else 1.0
        started = time.perf_counter()
        self.answer = self.call()
        first = time.perf_counter() - started
        return {
            "import_seconds": imported,
            "first_call_seconds": first,
            "version": peer.version,
            "input_bytes": max(
                (getattr(argument, "nbytes", 0) for argument in arguments.values()), default=0
            ),
        }

    def peak(self) -> dict[str, Any]:
        """Return by how many bytes another call makes the process grow, its answer included."""
        self.answer = None
        before = _restart_peak()
        if before is None:
            return {"peak_bytes": None}
        self.answer = self.call()
        return {"peak_bytes": max(0, _resident("VmHWM") - before)}

    def time(self, calls: int) -> dict[str, Any]:
        """Return the wall time of one call, over `calls` calls; wall time also covers threads."""
        started = time.perf_counter()
        for _ in range(calls):
            self.answer = self.call()
        return {"seconds": (time.perf_counter() - started) / calls / self.share}

    def save(self, path: str) -> dict[str, Any]:
        """Save the last answer to a file. Only the baseline is asked to: the others are compared with it."""
        import numpy as np

        np.savez(path, **self.row.summary(self.answer))
        return {}

    def verify(self, path: str) -> dict[str, Any]:
        """Compare the last answer with the one that the baseline saved."""
        import numpy as np

        with np.load(Path(path)) as stored:
            expected = dict(stored)
        return {"differs": self.row.differs(self.row.summary(self.answer), expected)}


def _restart_peak() -> int | None:
    """Reset the peak memory that Linux records; return the bytes that the process holds now.

    Return None if this is not Linux with glibc. `ru_maxrss` of getrusage(2) is no alternative: it can't be
    reset, and starts from what the parent held when it started this process.
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # else memory freed by the last call would hide what this one takes
        _CLEAR_REFS.write_text("5", encoding="ascii")  # 5 resets the peak
        return _resident("VmRSS")
    except (AttributeError, OSError, TypeError):
        return None


def _resident(field: str) -> int:
    """Return the resident memory in bytes: now (`VmRSS`), or at the peak (`VmHWM`)."""
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(field))


if __name__ == "__main__":
    main()
