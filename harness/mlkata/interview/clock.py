"""The clock of an interview: it runs while the candidate may work, not while the kit does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Seconds of an interview, from some that have gone by already."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._before = seconds
        self._since: float | None = now()
        """None while it is held."""

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._before + (0.0 if self._since is None else self._now() - self._since)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stand still meanwhile."""
        self._before, self._since = self.seconds, None
        try:
            yield
        finally:
            self._since = self._now()


def shown(seconds: float) -> str:
    """Write seconds as `44:58`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"
