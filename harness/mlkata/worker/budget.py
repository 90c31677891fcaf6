"""The time limits of one conversation with a worker.

A conversation is one request of the kit, the questions that the worker may ask meanwhile, and its answer.
"""

from __future__ import annotations

import time

from mlkata.tracks.model import Kind
from mlkata.worker import limits


class Stopped(Exception):
    """The worker has exceeded a limit and has to be stopped, or it has ended by itself."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Budget:
    """The limits of one conversation: `cpu` CPU seconds, and WALL_FACTOR times as many seconds of wall time.

    `start_cpu` has the CPU seconds that the worker had used before the conversation.
    """

    def __init__(self, cpu: float, start_cpu: float) -> None:
        self.cpu = cpu
        self.wall = cpu * limits.WALL_FACTOR
        self.checked_at = time.monotonic()
        """When the limits were last checked, by time.monotonic()."""
        self.ends = self.checked_at + self.wall
        self.start_cpu = self.last_cpu = start_cpu
        """The worker's CPU seconds at the start of the conversation, and when they were last recorded."""

    @property
    def used(self) -> float:
        """CPU seconds used in this conversation, as last recorded."""
        return self.last_cpu - self.start_cpu

    def record(self, cpu: float) -> None:
        """Record the worker's CPU seconds. A dead worker is measured as 0, so a lower value is ignored."""
        self.last_cpu = max(self.last_cpu, cpu)

    def check(self, now: float) -> None:
        """Raise Stopped if the CPU seconds or the wall time are used up; `now` is time.monotonic()."""
        out_of_cpu = self.used > self.cpu
        if out_of_cpu or now > self.ends:
            allowance = f"{self.cpu:g} CPU seconds" if out_of_cpu else f"{self.wall:g} seconds"
            raise Stopped(Kind.TIMEOUT, f"no answer within {allowance}: is there a loop that never ends?")

    def add_question(self, now: float, wall: float) -> None:
        """Check as `check` does, then add `wall` seconds of wall time for a question of the worker."""
        self.check(now)
        self.wall += wall
        self.ends += wall
