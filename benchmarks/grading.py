"""Measure how fast `kata grade` is, and test that it loses no verdict when processes are killed.

Each of these takes a few minutes, and is run by hand:

    python benchmarks/grading.py throughput --submissions 1000 --rounds kmeans.1 kmeans.2 --right 0.7
    python benchmarks/grading.py kills --submissions 120 --kills 20
    python benchmarks/grading.py cluster --submissions 1000

The cohorts, i.e. folders of submissions, are made by cohorts.py: a third of a cohort is right, or for
`throughput` the share `--right`. On a busy machine CPU seconds mean more than the wall clock, so the
throughput is computed from the CPU seconds of all processes. Linux only.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
from cohorts import Judged, command, make_cohort, verdicts
from throughput import throughput

_POLL = 0.25
"""Seconds between two looks at the results of a run."""


def kills(folder: Path, options: argparse.Namespace) -> None:
    """Kill a run at random moments, resume it, and compare it with an undisturbed run."""
    make_cohort(folder / "cohort", options.rounds, options.submissions)
    undisturbed, disturbed = folder / "undisturbed", folder / "disturbed"
    started = time.perf_counter()
    subprocess.run(command(folder / "cohort", undisturbed, options.rounds), check=True, capture_output=True)
    seconds_of_a_run = time.perf_counter() - started
    rng = np.random.default_rng(options.seed)
    judged, counts, temporary = Judged(disturbed), [], folder / "tmp"
    temporary.mkdir()
    for number in range(1, options.kills + 1):
        process = subprocess.Popen(
            command(folder / "cohort", disturbed, options.rounds),
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # The kill comes after n_more verdicts, not after some seconds: a busy machine may take long to start.
        # On average n_more is submissions / kills, so the kills are spread over the whole run. If it is 0,
        # the run may still be starting.
        n_more = int(rng.integers(0, 2 * options.submissions // options.kills))
        pause = rng.uniform(0, 2 * seconds_of_a_run / options.submissions)
        processes = _watch(process, judged, judged.count() + n_more, pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        survivors = _survivors(processes, temporary)
        counts.append(judged.count())
        print(
            f"kill {number}: {counts[-1]} of {options.submissions} judged, {len(survivors)} processes left",
            flush=True,
        )
        folders = list(temporary.glob("mlkata-*"))
        if survivors or folders:
            raise SystemExit(f"left behind: {survivors} {folders}")
    n_moments = len({count for count in counts if 0 < count < options.submissions})
    print(f"the kills came after {n_moments} different numbers of verdicts between none and all")
    subprocess.run(command(folder / "cohort", disturbed, options.rounds), check=True, capture_output=True)
    same = verdicts(undisturbed) == verdicts(disturbed)
    print(f"{options.kills} kills, seed {options.seed}: verdicts {'are the same' if same else 'DIFFER'}")
    if not same:
        raise SystemExit(1)


def _watch(
    process: subprocess.Popen[bytes], judged: Judged, count: int, seconds: float
) -> list[psutil.Process]:
    """Wait for `count` verdicts, and then some seconds more; return all processes started meanwhile."""
    started: dict[int, psutil.Process] = {}
    deadline = None
    while process.poll() is None and (deadline is None or time.monotonic() < deadline):
        with suppress(psutil.Error):
            started |= {child.pid: child for child in psutil.Process(process.pid).children(recursive=True)}
        if deadline is None and judged.count() >= count:
            deadline = time.monotonic() + seconds
        time.sleep(0.02)
    return list(started.values())


def _survivors(processes: list[psutil.Process], temporary: Path) -> list[psutil.Process]:
    """Wait up to 20 s for processes to end and for their temporary folders to vanish.

    Return the processes that are still running.
    """
    deadline = time.monotonic() + 20
    _, alive = psutil.wait_procs(processes, timeout=20)
    while any(temporary.glob("mlkata-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def cluster(folder: Path, options: argparse.Namespace) -> None:
    """Grade on two Dask workers, kill one half-way, and compare with a run on this machine alone."""
    make_cohort(folder / "cohort", options.rounds, options.submissions)
    alone, together = folder / "alone", folder / "together"
    subprocess.run(command(folder / "cohort", alone, options.rounds), check=True, capture_output=True)
    with _dask(folder) as (address, workers):
        process = subprocess.Popen(
            command(folder / "cohort", together, options.rounds, "--scheduler", address),
            stdout=subprocess.DEVNULL,
        )
        results, killed_at = together / "results.jsonl", 0
        while process.poll() is None:
            n_done = len(results.read_bytes().splitlines()) if results.is_file() else 0
            if not killed_at and n_done >= options.submissions // 2:
                os.killpg(workers[0].pid, signal.SIGKILL)
                killed_at = n_done
                print(f"a worker was killed after {n_done} of {options.submissions}", flush=True)
            time.sleep(_POLL)
    same = verdicts(alone) == verdicts(together)
    print(f"{options.submissions} submissions, two workers: verdicts {'are the same' if same else 'DIFFER'}")
    if process.returncode or not killed_at or not same:
        raise SystemExit(f"status {process.returncode}, killed after {killed_at}")


@contextmanager
def _dask(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run a scheduler and two workers of one thread each; yield its address and the workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # 0: the system chooses a free port
        port = probe.getsockname()[1]
    address, quiet = f"tcp://127.0.0.1:{port}", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    begin = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    join = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    running = [subprocess.Popen(begin, cwd=folder, start_new_session=True, **quiet)]
    running += [subprocess.Popen(join, cwd=folder, start_new_session=True, **quiet) for _ in range(2)]
    try:
        yield address, running[1:]
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> None:
    """Run one of the three measurements in a temporary folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("throughput", "kills", "cluster"))
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--rounds", nargs="+", default=["kmeans.1", "kmeans.2"])
    parser.add_argument("--right", type=float, default=1 / 3, help="throughput: share that is right")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="seed of the random moments of the kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        commands = {"throughput": throughput, "kills": kills, "cluster": cluster}
        commands[options.what](Path(folder), options)


if __name__ == "__main__":
    main()
