"""Implementations (peers) run in turn, each in a process; answers are verified, and runs resumed."""

import json
import sys
from dataclasses import replace

import msgspec
import psutil
import pytest
from mlkata.bench import machine, peers, turns
from mlkata.bench.results import Machine, PeerResult, RowResult
from mlkata.bench.turns import PeerProcess, Store
from mlkata.tracks.rows import Floor

SMALL = "kmeans/fit/small-float64"
MACHINE = Machine(
    cpu="", cores=2, memory_bytes=0, system="", python="", gemm_gflops={"float64": 20.0}, bandwidth_gb_s=10.0
)


@pytest.fixture(scope="module")
def compared():
    """Compare two peers on one small row (one call of a function) in two rounds.

    Return the result, and a list with one entry for each timing.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(turns, "ROUNDS", 2)
    patch.setattr(turns, "_BATCH", 0.005)  # seconds that a timing takes: short calls are repeated
    row = replace(peers.row(SMALL), ours=("reference",), peers=(), floor=Floor("GEMM", flops=2e9))
    timings = []
    result = turns.compare(row, MACHINE, lambda: timings.append(1))
    patch.undo()
    return result, timings


def test_each_peer_is_timed_in_each_round_and_verified(compared):
    """The baseline comes first; import and first call are not part of what is timed."""
    result, timings = compared
    assert [(peer.name, peer.kind) for peer in result.peers] == [
        ("scikit-learn", "baseline"),
        ("reference", "ours"),
    ]
    for peer in result.peers:
        assert (peer.error, peer.difference) == ("", "")
        assert len(peer.seconds) == 2
        assert min(peer.seconds) > 0
        assert peer.first_call_seconds > 0
    assert result.peers[0].version
    assert len(timings) == 4  # two peers, two rounds


def test_the_limit_is_the_time_of_the_matrix_products(compared):
    """No solution is faster than the limit: 2 GFLOP at 20 GFLOP/s take 0.1 s in each iteration of k-means."""
    limit = compared[0].limit
    n_iter = int(limit.what.removeprefix("GEMM, ").removesuffix(" iterations"))
    assert n_iter > 1
    assert limit.seconds == pytest.approx(0.1 * n_iter)


@pytest.mark.parametrize(("flops", "n_bytes", "seconds"), [(2e9, 0, 0.1), (2e9, 2e9, 0.2), (0, 1e9, 0.1)])
def test_the_limit_is_the_slower_of_arithmetic_and_memory(flops, n_bytes, seconds):
    """Arithmetic and memory access overlap. The machine of the test has 20 GFLOP/s and 10 GB/s."""
    assert turns.least_seconds(Floor("work", flops, bytes=n_bytes), MACHINE) == pytest.approx(seconds)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can reset the peak of memory")
def test_the_peak_of_memory_is_that_of_the_call(compared):
    """A call on 100 rows takes less than 32 MiB, however much the process of the tests holds."""
    assert all(peer.peak_bytes < 32 << 20 for peer in compared[0].peers)


def test_a_peer_that_is_not_installed_returns_an_error():
    process = PeerProcess(peers.row(SMALL), "no-such-peer")
    try:
        assert "No such file" in process.ask("setup")["error"]
    finally:
        process.close()


def test_a_peer_that_dies_returns_an_error():
    """The end of its output is noticed; nothing waits for a reply."""
    process = PeerProcess(peers.row(SMALL), "scikit-learn")
    psutil.Process(process._process.pid).kill()
    assert "the process ended" in process.ask("setup")["error"]
    process.close()


def result_of(row_id, seconds=(0.1, 0.2)):
    """Return a result with a measured baseline and a peer that failed."""
    two_peers = [("scikit-learn", "baseline", seconds, ""), ("fast", "ours", (), "it failed")]
    return RowResult(
        id=row_id,
        family="family",
        track="kmeans",
        function="kmeans",
        title="a title",
        busy=False,
        peers=tuple(
            PeerResult(name=name, kind=kind, version="", seconds=times, difference="", error=error)
            for name, kind, times, error in two_peers
        ),
    )


def test_finished_rows_are_reused(tmp_path):
    """A truncated line and a line of another version are ignored, so that their rows are measured again."""
    store = Store(tmp_path / "folder" / "rows.jsonl")
    assert store.load() == {}
    store.put(result_of("kmeans/a"))
    store.put(result_of("kmeans/b"))
    with store.path.open("a", encoding="utf-8") as file:
        file.write('{"id": "kmeans/old"}\n')
        file.write(json.dumps(msgspec.to_builtins(result_of("kmeans/c")))[:50])
    assert store.load() == {"kmeans/a": result_of("kmeans/a"), "kmeans/b": result_of("kmeans/b")}


def test_the_machine_is_described(monkeypatch):
    """Both measurements, of matrix products and of the bandwidth, are replaced by constants."""
    monkeypatch.setattr(machine, "_gemm", lambda: {"float64": 1.0})
    monkeypatch.setattr(machine, "_bandwidth", lambda: 2.0)
    description = machine.measured()
    assert description.cores >= 1
    assert description.cpu
    assert (description.gemm_gflops, description.bandwidth_gb_s) == ({"float64": 1.0}, 2.0)
    assert {"numpy", "scikit-learn", "numba"} <= set(machine.versions())
