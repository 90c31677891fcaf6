"""Time how long a new process takes to the first answer of our fast solution, cold and warm.

The solution is compiled by numba, which keeps compiled code in a cache on disk. In a cold start the cache is
empty, so the first call compiles everything it needs; in a warm start, it reads this from the cache.
"""

from __future__ import annotations

import tempfile

from mlkata.bench.results import Start
from mlkata.bench.turns import PeerProcess
from mlkata.tracks.model import KataError
from mlkata.tracks.rows import Row


def measure(row: Row) -> Start:
    """Start our fast solution twice, each time in a new process, with a cache that is empty at first.

    Raise KataError if the solution fails.
    """
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as cache:
        cold, warm = (_set_up(row, cache) for _ in range(2))
    return Start(
        row.track,
        row.title,
        warm["import_seconds"],
        cold["first_call_seconds"],
        warm["first_call_seconds"],
    )


def _set_up(row: Row, cache: str) -> dict[str, float]:
    """Return the seconds of the import and of the first call in a new process that uses this cache."""
    process = PeerProcess(row, "fast", {"NUMBA_CACHE_DIR": cache})
    try:
        process.ask("libraries")  # imports numpy and numba, whose time is not the solution's
        reply = process.ask("setup")
    finally:
        process.close()
    if "error" in reply:
        raise KataError(f"{row.title}: the first call cannot be timed: {reply['error']}")
    return reply
