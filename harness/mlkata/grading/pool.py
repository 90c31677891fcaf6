"""Graders on this machine: processes that judge submissions one after another, in parallel."""

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
    """A pool of `jobs` processes with a grader each."""

    worker_lost_errors: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    """The exceptions of a future whose grader died, for example killed by the system for lack of memory."""

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
        # Not by fork: this process has threads, and a copy of such a process may hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Set up the process of a grader: it ends when its parent does, and leaves Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(0.0005)  # seconds; mlkata.cli.main says why
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - this runs in a process of a pool

    def end() -> None:
        wait([parent.sentinel])
        os._exit(1)  # at once: a thread cannot end the process otherwise; the workers end with it

    threading.Thread(target=end, daemon=True).start()
