"""A cohort judged on a Dask cluster gets the same verdicts, even if a worker dies half-way."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mlkata.grading import cluster, cohort
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.grading.entries import Entry
from mlkata.grading.grader import Grader, Item, Settings
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError
from mlkata.worker.tiers import Tier
from support import MINIATURE

pytestmark = pytest.mark.slow  # starts a cluster

pytest.importorskip("distributed")
RIGHT = (MINIATURE / "solutions" / "toy" / "reference.py").read_text()
WRONG = RIGHT.replace("2 * x", "3 * x")


@pytest.fixture
def dask_cluster(tmp_path):
    """Yield the address of a scheduler, and its two worker processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    environment = {**os.environ, "PYTHONPATH": str(Path(catalogue.__file__).parents[2])}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", ":0"],
        env=environment,
        **quiet,
    )
    workers = [
        subprocess.Popen(
            [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"],
            env=environment,
            start_new_session=True,
            **quiet,
        )
        for _ in range(2)
    ]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def settings():
    """Return the settings of a grading run of round 1."""
    toy = catalogue.get("toy", MINIATURE)
    return Settings(
        track="toy",
        contract=toy.digest,
        rounds=("toy.1",),
        seed=3,
        tier=Tier.SUBPROCESS,
        private=MINIATURE,
    )


def verdicts(record):
    """Return id, status and message of each check of a record."""
    checks = [check for round_ in record["report"]["rounds"] for check in round_["checks"]]
    return [(check["id"], check["status"], check["message"]) for check in checks]


def test_the_other_worker_takes_over_from_one_that_dies(dask_cluster, tmp_path, monkeypatch):
    """Every verdict equals that of a grader in this process."""
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 300)  # on a busy machine Dask starts slowly
    address, workers = dask_cluster
    sources = {f"s{number}": RIGHT if number % 2 else WRONG for number in range(12)}
    entries = [Entry(id_, "toy.py", origin=id_, read=source.encode) for id_, source in sources.items()]
    counts = []

    def kill_one(count):
        counts.append(count)
        if sum(counts) == 4:  # of 12 submissions
            os.killpg(workers[0].pid, signal.SIGKILL)

    with CohortJournal(tmp_path / "results.jsonl") as journal:
        faults = cohort.grade(
            entries, settings(), journal, lambda: cluster.ClusterPool(settings(), address), on_judged=kill_one
        )
    assert faults == {}
    assert workers[0].wait(300) == -signal.SIGKILL
    with contextlib.closing(Grader(settings())) as local:
        expected = {source: local.grade(Item("s", "toy.py", source.encode())) for source in (RIGHT, WRONG)}
    records = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert sorted(record["id"] for record in records) == sorted(sources)
    assert all(verdicts(record) == verdicts(expected[sources[record["id"]]]) for record in records)
    assert verdicts(expected[RIGHT]) != verdicts(expected[WRONG])


def test_without_a_scheduler_the_error_shows_how_to_start_one(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    # Nothing listens at port 9.
    with pytest.raises(KataError, match=r"no scheduler with workers at tcp://127.0.0.1:9: start `dask"):
        cluster.ClusterPool(settings(), "tcp://127.0.0.1:9")
