"""Measure how fast `kata grade` is, and where its CPU time and memory go.

`kata grade` starts graders, processes that judge one submission after the other; each grader runs submissions
in workers, processes for untrusted code. On a busy machine the wall clock means little, so this counts the
CPU time of all processes.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from cohorts import Judged, command, make_cohort, verdicts
from mlkata.worker import limits
from scipy import stats

_POLL = 0.25
"""Seconds between two samples."""
_BLOCKS = 20
"""The number of blocks of neighbouring samples; a line is fitted to their means."""
_SET_CHILD_SUBREAPER = 36
"""The constant PR_SET_CHILD_SUBREAPER of prctl(2)."""


class Sample(NamedTuple):
    """What was measured at one moment of the run."""

    judged: int
    """Submissions with a verdict."""
    parent: int
    """Bytes of the parent."""
    grader: int
    """Bytes of the largest grader."""
    kit_seconds: float
    """CPU seconds of the parent and all graders so far."""


def throughput(folder: Path, options: argparse.Namespace) -> None:
    """Print submissions a second, the kit's own CPU seconds, and its memory during the run."""
    make_cohort(folder / "cohort", options.rounds, options.submissions, options.right)
    _adopt_orphans()
    started = time.perf_counter()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command(folder / "cohort", folder / "out", options.rounds), stdout=log, stderr=subprocess.STDOUT
        )
    kit_seconds: dict[int, float] = {}  # CPU seconds of the parent and the graders, by process id
    samples: list[Sample] = []
    judged = Judged(folder / "out")
    while process.poll() is None:
        with suppress(psutil.Error):
            parent, grader = _memory(psutil.Process(process.pid), kit_seconds)
            samples.append(Sample(judged.count(), parent, grader, sum(kit_seconds.values())))
        _reap(process.pid)
        time.sleep(_POLL)
    seconds = time.perf_counter() - started
    records = verdicts(folder / "out")
    n = len(records)
    _print_cpu(_used_by_all(), sum(kit_seconds.values()), records)
    last = samples[-1]
    after_a_tenth = next((sample for sample in samples if sample.judged >= n / 10), last)
    seconds_each = (last.kit_seconds - after_a_tenth.kit_seconds) / max(1, last.judged - after_a_tenth.judged)
    print(
        f"after the first tenth the kit's own were {seconds_each:.3f} each, since graders start, draw "
        "cases and run the oracle only once"
    )
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(
        f"by the clock: {seconds:.1f} s, {n / seconds:.2f} submissions a second, "
        f"load average {load:.1f} on {cores} cores"
    )
    for share in (0.1, 0.25, 0.5, 0.75, 0.99):
        sample = next((sample for sample in samples if sample.judged >= share * n), last)
        memory = f"parent {sample.parent >> 20} MiB, largest grader {sample.grader >> 20} MiB"
        print(f"after {sample.judged:5d} submissions: {memory}")
    late = [sample for sample in samples if sample.judged >= n / 10]
    for name, series in (
        ("parent", [(sample.judged, sample.parent) for sample in late]),
        ("largest grader", [(sample.judged, sample.grader) for sample in late]),
    ):
        slope, within = _growth(series)
        print(f"{name}: {slope:+.2f} ± {within:.2f} MiB for 1,000 submissions, after the first tenth")


def _print_cpu(all_seconds: float, kit_seconds: float, records: dict[str, Any]) -> None:
    """Print where the CPU seconds went, and how many submissions a second these cores can judge.

    A call that never ends is stopped after a fixed time, so such calls are counted separately.
    """
    n, cores = len(records), os.cpu_count() or 1
    reports = [record["report"] for record in records.values()]
    messages = [
        check["message"]
        for report in reports
        for round_ in report["rounds"]
        for check in round_["checks"]
        if check["code"] == "timeout"
    ]
    # "not run" begins the message of a check that was left out because its function had timed out before.
    stopped_seconds = limits.CPU_SECONDS * sum(not message.startswith("not run") for message in messages)
    right = sum(report["score"] == report["max_score"] for report in reports)
    print(f"{n} submissions, {right} of them right: {all_seconds / n:.3f} CPU seconds each")
    workers = all_seconds - kit_seconds
    print(f"  {kit_seconds / n:.3f} of the kit's own (parent and graders), {workers / n:.3f} of workers,")
    print(f"  up to {stopped_seconds / n:.3f} of these in calls stopped after {limits.CPU_SECONDS:g} s")
    print(f"{cores} cores can judge {cores * n / all_seconds:.2f} submissions a second", end="")
    others = all_seconds - stopped_seconds
    print(f", {cores * n / others:.2f} without those calls" if stopped_seconds else "")


def _adopt_orphans() -> None:
    """Become the parent of orphaned processes, as workers may be: otherwise their CPU time is not counted."""
    if ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1):
        raise SystemExit("throughput can be measured on Linux only")


def _reap(spared: int) -> None:
    """Reap ended processes, except the one whose id is `spared`: Popen waits for that one itself."""
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT  # WNOWAIT: find an ended process without reaping it
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, look)) and ended.si_pid != spared:
            os.waitpid(ended.si_pid, 0)


def _used_by_all() -> float:
    """Wait for all child processes; return the CPU seconds of every process that was started or adopted."""
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _growth(samples: list[tuple[int, int]]) -> tuple[float, float]:
    """Return the growth in MiB for 1,000 submissions, with half of its 95 % interval.

    Each sample has the verdicts so far and the bytes of a process. Neighbouring samples are not independent,
    so the line is fitted to the means of blocks of them.
    """
    x, y = (
        np.array(list(map(np.mean, np.array_split(series, _BLOCKS)))) for series in zip(*samples, strict=True)
    )
    line = stats.linregress(x, y / 2**20)
    return 1000 * line.slope, 1000 * line.stderr * stats.t.ppf(0.975, _BLOCKS - 2)


def _memory(parent: psutil.Process, kit_seconds: dict[int, float]) -> tuple[int, int]:
    """Return the bytes of the parent and of its largest grader; record their CPU times in `kit_seconds`."""
    # Graders are started by multiprocessing, as its function spawn_main shows.
    graders = [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())]
    for process in (parent, *graders):
        times = process.cpu_times()
        kit_seconds[process.pid] = times.user + times.system
    return parent.memory_info().rss, max((grader.memory_info().rss for grader in graders), default=0)
