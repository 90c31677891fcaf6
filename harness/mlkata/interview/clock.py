"""The clock of an interview, which runs while the candidate may work and stands while the kit works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Counts the seconds of an interview, starting from those already used."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._before = seconds
        self._since: float | None = now()
        """The start of the current run; None while paused."""

    @property
    def seconds(self) -> float:
        """The seconds used so far."""
        return self._before + (0.0 if self._since is None else self._now() - self._since)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock during the block."""
        self._before, self._since = self.seconds, None
        try:
            yield
        finally:
            self._since = self._now()


def clock_time(seconds: float) -> str:
    """Return seconds as `44:58`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"
