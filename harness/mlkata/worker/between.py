"""The kit between tests that are graded and the functions that they call: hands calls on, and counts them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mlkata.tracks.model import Kind
from mlkata.worker import wire
from mlkata.worker.budget import Stopped
from mlkata.worker.channel import Channel
from mlkata.worker.npy import ProtocolError

MOST = 16 << 20
"""Bytes of a call or an answer: tests are small."""


class Between:
    """Answers the calls of one run of tests, by asking an implementation in so many CPU seconds."""

    limit = MOST

    def __init__(
        self, tests: Channel, implementation: Channel, functions: Collection[str], cpu: float
    ) -> None:
        self._tests = tests
        self._implementation = implementation
        self._functions = functions
        self._cpu = cpu
        self._before = implementation.cpu_seconds
        self.called: set[str] = set()

    @property
    def spent(self) -> float:
        """CPU seconds that the implementation has taken."""
        return self._implementation.cpu_seconds - self._before

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Give the frame that answers a call. Raises ProtocolError, Stopped."""
        if header["function"] not in self._functions:
            raise ProtocolError("a call of nothing")
        self.called.add(header["function"])
        if self.spent > self._cpu:
            raise Stopped(Kind.TIMEOUT, f"the calls took more than {self._cpu:g} CPU seconds")
        reply, sent, _ = self._implementation.ask(
            header | {"type": "called"}, body, cpu=self._cpu - self.spent, calls=_Back(self._tests, self._cpu)
        )
        return wire.frame(reply, sent)


class _Back:
    """Answers what an implementation asks of a callable that the tests have given it."""

    limit = MOST

    def __init__(self, tests: Channel, cpu: float) -> None:
        self._tests = tests
        self._cpu = cpu

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Give the frame that answers. Raises ProtocolError, Stopped."""
        reply, sent, _ = self._tests.ask(header | {"type": "back"}, body, cpu=self._cpu, limit=MOST)
        if reply["type"] != "answer":
            raise ProtocolError("a callable calls what it is given to")
        return wire.frame(reply, sent)
