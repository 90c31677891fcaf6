"""The time that one conversation with a worker may take."""

from __future__ import annotations

import time

from mlkata.tracks.model import Kind
from mlkata.worker import limits


class Stopped(Exception):
    """The worker had to be stopped, or stopped itself."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Budget:
    """The time of one conversation: CPU seconds, and wall time in proportion."""

    def __init__(self, cpu: float, before: float) -> None:
        self.cpu = cpu
        self.wall = cpu * limits.WALL_FACTOR
        self.watched = time.monotonic()
        """When the worker was last looked at: by the clock, so that no trickle of bytes puts it off."""
        self.ends = self.watched + self.wall
        self.before = self.seen = before
        """The worker's CPU seconds when it began, and when last looked at."""

    @property
    def used(self) -> float:
        """CPU seconds used in this conversation, as far as we have looked."""
        return self.seen - self.before

    def look(self, cpu: float) -> None:
        """Take note of the worker's CPU seconds; of one that is gone they read as 0."""
        self.seen = max(self.seen, cpu)

    def hold(self, now: float) -> None:
        """Raise Stopped where the CPU seconds, or the time, are over."""
        over = self.used > self.cpu
        if over or now > self.ends:
            spent = f"{self.cpu:g} CPU seconds" if over else f"{self.wall:g} seconds"
            raise Stopped(Kind.TIMEOUT, f"no answer within {spent}: is there a loop that never ends?")
