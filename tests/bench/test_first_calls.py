"""The first call in a new process is timed with and without a cache."""

import pytest
from mlkata.bench import first_calls, peers
from mlkata.tracks.model import KataError

pytestmark = pytest.mark.slow  # compiles in fresh processes


def test_a_second_process_uses_what_the_first_compiled():
    """Both processes answer the same row; only the first starts with an empty cache."""
    start = first_calls.measure(peers.row("knn/search/100-1-4-float64"))
    assert start.track == "knn"
    assert 0 < start.warm_seconds < start.cold_seconds
    assert start.import_seconds > 0


def test_a_failure_is_an_error_of_one_line(monkeypatch):
    monkeypatch.setattr(first_calls.PeerProcess, "ask", lambda self, do: {"error": "MemoryError: no room"})
    with pytest.raises(KataError, match=r"cannot be timed: MemoryError: no room"):
        first_calls.measure(peers.row("knn/search/100-1-4-float64"))
