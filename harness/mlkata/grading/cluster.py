"""A pool of graders on an existing Dask cluster (`kata grade --scheduler`).

A grader judges submissions one after another. Each machine of the cluster must have this version of the kit.
"""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from typing import Any

from mlkata.grading import grader
from mlkata.grading.grader import Item, Settings
from mlkata.tracks.model import KataError

_CONNECT_SECONDS = 30
"""Seconds to wait for the scheduler and for a first worker."""


class ClusterPool:
    """The workers of a Dask scheduler. If one dies, the others judge its submissions.

    Each thread of a worker is a grader. All use the isolation tier of the settings; on a machine that lacks
    it, judging raises KataError.
    """

    def __init__(self, settings: Settings, address: str) -> None:
        """Connect to a scheduler. Raise KataError if it does not answer or has no worker."""
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise KataError("--scheduler needs Dask: in your clone, pip install -e '.[cluster]'") from None
        self.worker_lost_errors: tuple[type[BaseException], ...] = (KilledWorker, CancelledError)
        self._settings = settings
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
            self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise KataError(
                f"no scheduler with workers at {address}: start `dask scheduler` and `dask worker` ({error})"
            ) from None
        # If a worker dies, Dask submits its tasks to another. With pure=False it caches no results.
        self._executor = self._client.get_executor(pure=False)

    @property
    def jobs(self) -> int:
        """The current number of graders; workers come and go."""
        return max(1, int(sum(self._client.nthreads().values())))

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Submit one submission for judging."""
        future: Future[dict[str, Any]] = self._executor.submit(grader.grade, self._settings, item)
        return future

    def restart(self) -> None:
        """Wait until there is a worker; the cluster itself replaces workers that died."""
        self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)

    def close(self) -> None:
        """Disconnect from the cluster, which goes on running."""
        self._executor.shutdown(wait=False)  # cancels what has not been judged yet
        self._client.close()
