"""Relay calls from a student's tests to the implementation that they test, when the tests are graded.

Tests and implementation run in two workers, so that the tests cannot inspect the code that they call. The kit
stands between the two: it forwards each call and its result, records which functions were called, and
enforces a limit of CPU time. `remote` has the code of both workers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mlkata.tracks.model import Kind
from mlkata.worker import wire
from mlkata.worker.budget import Stopped
from mlkata.worker.channel import Channel
from mlkata.worker.npy import ProtocolError

_MAX_BODY = 16 << 20
"""Limit in bytes of the arrays of one call or one result. Tests use small arrays, far below 16 MiB."""


class Between:
    """Answers the calls of one run of tests by asking an implementation.

    All calls of the run together may use `cpu` CPU seconds of the implementation's worker.
    """

    # As `channel.Answers` requires. Calls do not move the deadline: their number is not limited.
    limit, wall_per_question = _MAX_BODY, 0.0

    def __init__(
        self, tests: Channel, implementation: Channel, functions: Collection[str], cpu: float
    ) -> None:
        self._tests = tests
        self._implementation = implementation
        self._functions = functions
        self._cpu = cpu
        self._cpu_at_start = implementation.cpu_seconds
        self.called: set[str] = set()
        """The names of the functions that the tests have called."""

    @property
    def spent(self) -> float:
        """CPU seconds that the implementation has used in this run."""
        return self._implementation.cpu_seconds - self._cpu_at_start

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame (message) that answers a call of the tests.

        Raise ProtocolError if the call or a reply is malformed, and Stopped if a worker ends or exceeds a
        limit.
        """
        if header["function"] not in self._functions:
            raise ProtocolError("a call of an unknown function")
        self.called.add(header["function"])
        if self.spent > self._cpu:
            raise Stopped(Kind.TIMEOUT, f"the calls took more than {self._cpu:g} CPU seconds")
        callbacks = _Callbacks(self._tests, self._cpu)
        reply, body_back, _ = self._implementation.ask(
            header | {"type": "called"}, body, cpu=self._cpu - self.spent, calls=callbacks
        )
        return wire.frame(reply, body_back)


class _Callbacks:
    """Answers an implementation's calls of a callable that the tests passed to it, such as a distance."""

    # As `channel.Answers` requires. Calls do not move the deadline: their number is not limited.
    limit, wall_per_question = _MAX_BODY, 0.0

    def __init__(self, tests: Channel, cpu: float) -> None:
        self._tests = tests
        self._cpu = cpu

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame with the callable's result. Raise as `Between.answer` does."""
        # A call from the tests is `called`; one in the other direction, to their callable, is `back`.
        reply, body_back, _ = self._tests.ask(header | {"type": "back"}, body, cpu=self._cpu, limit=_MAX_BODY)
        if reply["type"] != "answer":
            raise ProtocolError("expected an answer of a callable, got a call")
        return wire.frame(reply, body_back)
