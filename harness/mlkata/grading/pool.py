"""A pool of graders on this machine: one process for each core."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from mlkata.grading import grader
from mlkata.grading.grader import Item, Settings


class LocalPool:
    """Processes with a grader each."""

    worker_lost_errors: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    """What a future raises if its grader died, killed by a user or for lack of memory."""

    def __init__(self, settings: Settings, jobs: int) -> None:
        self.jobs = jobs
        self._settings = settings
        self._executor = self._start()

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Submit one submission for judging."""
        return self._executor.submit(grader.grade, self._settings, item)

    def restart(self) -> None:
        """Replace all graders: after one died, the executor is unusable."""
        self.close()
        self._executor = self._start()

    def close(self) -> None:
        """Kill the graders; their workers die with them."""
        for process in multiprocessing.active_children():
            process.kill()
        self._executor.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        # Not by fork: a process with threads, as ours, may hang after a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Set up a grader's process: it dies with its parent and ignores Ctrl-C, which the parent handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(0.0005)  # as in cli.main
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - this runs in a process of a pool

    def end() -> None:
        wait([parent.sentinel])
        os._exit(1)  # the guards kill this process's workers

    threading.Thread(target=end, daemon=True).start()
