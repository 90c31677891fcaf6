"""Graders that work side by side: processes of this machine, one for each core."""

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
    """Some processes, each with a grader."""

    lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    """What a future raises where its grader has died, killed by somebody or for want of memory."""

    def __init__(self, settings: Settings, jobs: int) -> None:
        self.jobs = jobs
        self._settings = settings
        self._executor = self._start()

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Have one submission judged."""
        return self._executor.submit(grader.grade, self._settings, item)

    def restart(self) -> None:
        """Start new graders in the place of all: where one has died the others are of no use."""
        self.close()
        self._executor = self._start()

    def close(self) -> None:
        """Kill the graders; their workers die with them."""
        for process in multiprocessing.active_children():
            process.kill()
        self._executor.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        # Not by fork: a process with threads (ours has them) forks into one that may hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Make a new process a grader: it dies with its parent, which alone is told of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(0.0005)  # as in cli.main
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - this runs in a process of a pool

    def end() -> None:
        wait([parent.sentinel])
        os._exit(1)  # the guards kill our workers

    threading.Thread(target=end, daemon=True).start()
