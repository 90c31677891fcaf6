"""The time limits of one conversation with a worker."""

from __future__ import annotations

import time

from mlkata.tracks.model import Kind
from mlkata.worker import limits


class Stopped(Exception):
    """The worker had to be stopped, or has ended."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Budget:
    """The limits of one conversation: CPU seconds, and wall time in proportion."""

    def __init__(self, cpu: float, start_cpu: float) -> None:
        self.cpu = cpu
        self.wall = cpu * limits.WALL_FACTOR
        self.checked_at = time.monotonic()
        """When the worker was last checked. Checks go by the clock: steady output can't postpone them."""
        self.ends = self.checked_at + self.wall
        self.start_cpu = self.last_cpu = start_cpu
        """The worker's CPU seconds at the start of the conversation, and at the last check."""

    @property
    def used(self) -> float:
        """CPU seconds used in this conversation until the last check."""
        return self.last_cpu - self.start_cpu

    def record(self, cpu: float) -> None:
        """Record the worker's CPU seconds; a dead worker's read as 0, so they never decrease."""
        self.last_cpu = max(self.last_cpu, cpu)

    def check(self, now: float) -> None:
        """Raise Stopped if the CPU seconds or the wall time are used up."""
        over = self.used > self.cpu
        if over or now > self.ends:
            allowance = f"{self.cpu:g} CPU seconds" if over else f"{self.wall:g} seconds"
            raise Stopped(Kind.TIMEOUT, f"no answer within {allowance}: is there a loop that never ends?")
