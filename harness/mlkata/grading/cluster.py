"""Graders on a Dask cluster that exists: any machine where this version of the kit is installed."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from typing import Any

from mlkata.grading import grader
from mlkata.grading.grader import Item, Settings
from mlkata.tracks.model import KataError

_CONNECT_SECONDS = 30
"""Seconds to wait for the scheduler, and for a first worker."""


class ClusterPool:
    """The workers of a Dask scheduler; one that dies has its submissions judged by the others.

    Each thread of a worker is a grader. The tier is that of the settings, and a worker's machine that
    lacks it says so.
    """

    def __init__(self, settings: Settings, address: str) -> None:
        """Connect. Raises KataError where there is no such scheduler, or it has no worker."""
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise KataError("--scheduler needs Dask: in your clone, pip install -e '.[cluster]'") from None
        self.lost: tuple[type[BaseException], ...] = (KilledWorker, CancelledError)
        self._settings = settings
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
            self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise KataError(
                f"no scheduler with workers at {address}: start `dask scheduler` and `dask worker` ({error})"
            ) from None
        # Dask tries again what a worker had at hand when it died; pure=False: it remembers no results.
        self._executor = self._client.get_executor(pure=False)

    @property
    def jobs(self) -> int:
        """Graders that there are now: workers come and go."""
        return max(1, int(sum(self._client.nthreads().values())))

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Have one submission judged."""
        future: Future[dict[str, Any]] = self._executor.submit(grader.grade, self._settings, item)
        return future

    def restart(self) -> None:
        """Wait for a worker; the cluster replaces those that have died, if anybody does."""
        self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)

    def close(self) -> None:
        """Leave the cluster as it was."""
        self._executor.shutdown(wait=False)  # which cancels what has not been judged
        self._client.close()
