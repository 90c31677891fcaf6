"""The clock of an interview. It is paused while the kit judges the candidate's file or tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Counts the seconds of an interview, starting from those used before it was resumed."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seconds_before = seconds
        self._running_since: float | None = now()
        """When the clock was started last; None while it is paused."""

    @property
    def seconds(self) -> float:
        """The seconds used so far."""
        if self._running_since is None:
            return self._seconds_before
        return self._seconds_before + self._now() - self._running_since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock during the block."""
        self._seconds_before, self._running_since = self.seconds, None
        try:
            yield
        finally:
            self._running_since = self._now()


def clock_time(seconds: float) -> str:
    """Return seconds as minutes and seconds, such as `44:58`; a negative time as `0:00`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"
