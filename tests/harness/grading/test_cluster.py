"""A cohort on a Dask cluster: the same verdicts, also where a worker dies half-way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import MINIATURE

from harness import tracks
from harness.grading import cluster, cohort
from harness.grading.entries import Entry
from harness.grading.grader import Settings
from harness.grading.journal import Journal
from harness.grading.pool import LocalPool
from harness.model import KataError
from harness.worker.tiers import Tier

pytest.importorskip("distributed")
RIGHT = (MINIATURE / "solutions" / "toy" / "reference.py").read_text()
SLOW = RIGHT.replace("def double(x):", "def double(x):\n    __import__('time').sleep(0.05)")
WRONG = SLOW.replace("2 * x", "3 * x")


@pytest.fixture
def address(tmp_path):
    """A scheduler and two workers, each a process; the workers are started again where they die."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    environment = {**os.environ, "PYTHONPATH": str(Path(tracks.__file__).parent.parent)}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        env=environment,
        **quiet,
    )
    workers = [
        subprocess.Popen(
            [*dask, "worker", where, "--nthreads", "1", "--no-dashboard", "--no-nanny"],
            env=environment,
            start_new_session=True,
            **quiet,
        )
        for _ in range(2)
    ]
    yield where, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def settings():
    toy = tracks.get("toy", MINIATURE)
    return Settings("toy", toy.digest, ("toy.1",), 3, Tier.SUBPROCESS, MINIATURE)


def verdicts(path):
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({one["id"] for one in records}) == len(records)
    return {
        one["id"]: [
            (c["id"], c["status"], c["message"]) for r in one["report"]["rounds"] for c in r["checks"]
        ]
        for one in records
    }


def test_a_worker_dies_half_way(address, tmp_path):
    """The other one takes over; every verdict is that of one machine."""
    where, workers = address
    sources = [SLOW if number % 2 else WRONG for number in range(16)]
    entries = [Entry(f"s{n}", "toy.py", str(n), lambda n=n: sources[n].encode()) for n in range(16)]
    killed = []

    def kill_one(_):
        if len(killed) < 1 and time.monotonic() > started:
            os.killpg(workers[0].pid, signal.SIGKILL)
            killed.append(workers[0].pid)

    started = time.monotonic()
    with Journal(tmp_path / "cluster.jsonl") as journal:
        faults = cohort.grade(
            entries, settings(), journal, lambda: cluster.ClusterPool(settings(), where), on_judged=kill_one
        )
    assert faults == {}
    assert killed
    assert workers[0].wait(10) == -signal.SIGKILL
    with Journal(tmp_path / "local.jsonl") as journal:
        cohort.grade(entries, settings(), journal, lambda: LocalPool(settings(), 2))
    found = verdicts(tmp_path / "cluster.jsonl")
    assert found == verdicts(tmp_path / "local.jsonl")
    assert len(found) == 16


def test_no_scheduler(monkeypatch):
    """One line says what to start."""
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with pytest.raises(KataError, match=r"no scheduler with workers at tcp://127.0.0.1:9: start `dask"):
        cluster.ClusterPool(settings(), "tcp://127.0.0.1:9")
