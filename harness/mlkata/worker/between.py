"""Relay calls from graded tests to the implementation that they test, and count them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mlkata.tracks.model import Kind
from mlkata.worker import wire
from mlkata.worker.budget import Stopped
from mlkata.worker.channel import Channel
from mlkata.worker.npy import ProtocolError

MOST = 16 << 20
"""Limit in bytes of a call or an answer: tests are small."""


class Between:
    """Answers the calls of one run of tests by asking an implementation, within a limit of CPU seconds."""

    limit = MOST

    def __init__(
        self, tests: Channel, implementation: Channel, functions: Collection[str], cpu: float
    ) -> None:
        self._tests = tests
        self._implementation = implementation
        self._functions = functions
        self._cpu = cpu
        self._cpu_at_start = implementation.cpu_seconds
        self.called: set[str] = set()

    @property
    def spent(self) -> float:
        """CPU seconds that the implementation has used."""
        return self._implementation.cpu_seconds - self._cpu_at_start

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame that answers a call. Raise ProtocolError or Stopped."""
        if header["function"] not in self._functions:
            raise ProtocolError("a call of an unknown function")
        self.called.add(header["function"])
        if self.spent > self._cpu:
            raise Stopped(Kind.TIMEOUT, f"the calls took more than {self._cpu:g} CPU seconds")
        reply, body_back, _ = self._implementation.ask(
            header | {"type": "called"}, body, cpu=self._cpu - self.spent, calls=_Back(self._tests, self._cpu)
        )
        return wire.frame(reply, body_back)


class _Back:
    """Answers an implementation's calls of a callable that the tests passed to it."""

    limit = MOST

    def __init__(self, tests: Channel, cpu: float) -> None:
        self._tests = tests
        self._cpu = cpu

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame that answers. Raise ProtocolError or Stopped."""
        reply, body_back, _ = self._tests.ask(header | {"type": "back"}, body, cpu=self._cpu, limit=MOST)
        if reply["type"] != "answer":
            raise ProtocolError("expected an answer of a callable, got a call")
        return wire.frame(reply, body_back)
