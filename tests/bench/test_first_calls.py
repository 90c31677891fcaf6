"""The first call in a new process."""

import pytest
from mlkata.bench import first_calls, peers
from mlkata.tracks.model import KataError


def test_a_second_process_finds_what_the_first_has_compiled():
    """Both answer the same row, the cold one on an empty cache."""
    found = first_calls.measure(peers.row("knn/search/100-1-4-float64"))
    assert found.track == "knn"
    assert 0 < found.warm_seconds < found.cold_seconds
    assert found.import_seconds > 0


def test_a_failure_is_one_line(monkeypatch):
    """It says of which row, and why."""
    monkeypatch.setattr(first_calls.PeerProcess, "ask", lambda self, do: {"error": "MemoryError: no room"})
    with pytest.raises(KataError, match=r"cannot be timed: MemoryError: no room"):
        first_calls.measure(peers.row("knn/search/100-1-4-float64"))
