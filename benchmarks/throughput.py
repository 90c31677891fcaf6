"""How fast `kata grade` is, and where its CPU time and memory go.

By the clock a busy machine tells little: what counts is what all processes have used.
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
from typing import Any

import numpy as np
import psutil
from cohorts import Judged, command, make_cohort, verdicts
from mlkata.worker import limits
from scipy import stats

_POLL = 0.25
_BLOCKS = 20
_SET_CHILD_SUBREAPER = 36
"""prctl(2)"""


def throughput(folder: Path, options: argparse.Namespace) -> None:
    """Submissions a second, the kit's own CPU seconds, and memory along the way."""
    make_cohort(folder / "cohort", options.rounds, options.submissions, options.right)
    _adopt_orphans()
    started = time.perf_counter()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            command(folder / "cohort", folder / "out", options.rounds), stdout=said, stderr=subprocess.STDOUT
        )
    kit, samples, done = {}, [], Judged(folder / "out")
    while process.poll() is None:
        with suppress(psutil.Error):
            samples.append((done.count(), *_look(psutil.Process(process.pid), kit), sum(kit.values())))
        _reap(process.pid)
        time.sleep(_POLL)
    seconds = time.perf_counter() - started
    found = verdicts(folder / "out")
    n = len(found)
    _tell_cpu(_used_by_all(), sum(kit.values()), found)
    begun, ended = next((one for one in samples if one[0] >= n / 10), samples[-1]), samples[-1]
    warm = (ended[-1] - begun[-1]) / max(1, ended[0] - begun[0])
    print(f"after the first tenth the kit's own were {warm:.3f}: graders start, draw and ask the oracle once")
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(
        f"by the clock: {seconds:.1f} s, {n / seconds:.2f} a second, load average {load:.1f} on {cores} cores"
    )
    for share in (0.1, 0.25, 0.5, 0.75, 0.99):
        count, parent, graders, _ = next((one for one in samples if one[0] >= share * n - 1), samples[-1])
        print(f"after {count:5d}: parent {parent >> 20} MiB, largest grader {graders >> 20} MiB")
    for place, name in enumerate(("parent", "largest grader"), 1):
        slope, within = _growth([(one[0], one[place]) for one in samples if one[0] >= n / 10])
        print(f"{name}: {slope:+.2f} ± {within:.2f} MiB for 1,000 submissions, after the first tenth")


def _tell_cpu(all_: float, kit: float, found: dict[str, Any]) -> None:
    """Say where the CPU seconds went, and how many submissions a second that leaves room for."""
    n, cores = len(found), os.cpu_count() or 1
    reports = [record["report"] for record in found.values()]
    messages = [
        check["message"]
        for report in reports
        for one in report["rounds"]
        for check in one["checks"]
        if check["code"] == "timeout"
    ]
    looped = limits.CPU_SECONDS * sum(not message.startswith("not run") for message in messages)
    right = sum(report["score"] == report["max_score"] for report in reports)
    print(f"{n} submissions, {right} of them right: {all_ / n:.3f} CPU seconds each")
    print(f"  {kit / n:.3f} of the kit's own (parent and graders), {(all_ - kit) / n:.3f} of workers,")
    print(f"  up to {looped / n:.3f} of these in calls that were stopped after {limits.CPU_SECONDS:g} s")
    print(f"{cores} cores have room for {cores * n / all_:.2f} a second", end="")
    print(f", {cores * n / (all_ - looped):.2f} without those calls" if looped else "")


def _adopt_orphans() -> None:
    """Become the parent of whatever loses its own, as workers do: only so is their CPU time counted."""
    if ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1):
        raise SystemExit("the throughput is measured on Linux only")


def _reap(but: int) -> None:
    """Take note of what has ended, but for one process."""
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid != but:
            os.waitpid(ended.si_pid, 0)


def _used_by_all() -> float:
    """Wait for all that is left; give the CPU seconds of every process that we have started, or adopted."""
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _growth(samples: list[tuple[int, int]]) -> tuple[float, float]:
    """Give MiB for 1,000 submissions, with half of the 95 % interval.

    Neighbours tell the same, so the line is that of the means of blocks.
    """
    x, y = (np.array(list(map(np.mean, np.array_split(one, _BLOCKS)))) for one in zip(*samples, strict=True))
    line = stats.linregress(x, y / 2**20)
    return 1000 * line.slope, 1000 * line.stderr * stats.t.ppf(0.975, _BLOCKS - 2)


def _look(parent: psutil.Process, kit: dict[int, float]) -> tuple[int, int]:
    """Give the memory of the parent and its largest grader; keep what CPU each has used so far."""
    graders = [one for one in parent.children() if "spawn_main" in " ".join(one.cmdline())]
    for one in (parent, *graders):
        times = one.cpu_times()
        kit[one.pid] = times.user + times.system
    return parent.memory_info().rss, max((one.memory_info().rss for one in graders), default=0)
