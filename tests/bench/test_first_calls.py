"""The first call of our fast solution is timed in two new processes.

The first has to compile (a cold start); the second finds the compiled code in numba's cache (a warm start).
"""

from pathlib import Path

import pytest
from mlkata.bench import first_calls, peers
from mlkata.tracks.model import KataError

pytestmark = pytest.mark.slow  # compiles in fresh processes


ROW = "knn/search/100-1-4-float64"
"""The id of a workload: one query among 100 rows of 4 features. The call itself is short."""


def test_the_second_process_finds_what_the_first_compiled(monkeypatch):
    """Only the first process starts with an empty cache, and only it adds to the cache."""
    compiled_files = []

    class Process(first_calls.PeerProcess):
        """Records numba's files of compiled code (*.nbc) in the cache when the process starts and ends."""

        def __init__(self, row, name, environment):
            self.cache = Path(environment["NUMBA_CACHE_DIR"])
            compiled_files.append(set(self.cache.rglob("*.nbc")))
            super().__init__(row, name, environment)

        def close(self):
            super().close()
            compiled_files.append(set(self.cache.rglob("*.nbc")))

    monkeypatch.setattr(first_calls, "PeerProcess", Process)
    start = first_calls.measure(peers.row(ROW))
    before_cold, after_cold, before_warm, after_warm = compiled_files
    assert not before_cold
    assert after_cold
    assert after_cold == before_warm == after_warm
    assert start.track == "knn"
    assert min(start.import_seconds, start.cold_seconds, start.warm_seconds) > 0


def test_a_failure_is_an_error_of_one_line(monkeypatch):
    monkeypatch.setattr(first_calls.PeerProcess, "ask", lambda self, do: {"error": "MemoryError: no room"})
    with pytest.raises(KataError, match=r"cannot be timed: MemoryError: no room"):
        first_calls.measure(peers.row(ROW))
