"""Fixtures of the benchmarks, and the table of what was kept out of the timed calls."""

from __future__ import annotations

import pytest
from sidebyside import PEERS, load_peer, threads


@pytest.fixture(params=PEERS)
def peer(request):
    """Each peer in turn."""
    return load_peer(request.param)


@pytest.fixture
def oracle():
    """The peer whose answers all others must give."""
    return load_peer("scikit-learn")


def pytest_terminal_summary(terminalreporter):
    """Report what importing and compiling cost."""
    peers = [load_peer(name) for name in PEERS] if load_peer.cache_info().currsize else []
    if not any(one.first_calls for one in peers):
        return
    terminalreporter.section("not timed below: seconds to import, and of each function's first call")
    for one in peers:
        calls = "   ".join(f"{name} {seconds:.2f}" for name, seconds in one.first_calls.items())
        terminalreporter.write_line(f"{one.name:<14} import {one.import_seconds:.2f}   {calls}")
    pools = "   ".join(f"{name} {number}" for name, number in threads().items())
    terminalreporter.write_line(f"threads: {pools}; loops has no parallel kernel")
