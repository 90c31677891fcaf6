"""Exchange frames with a worker's process, within limits, whatever the process does."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import suppress
from typing import Any, Protocol

import psutil

from mlkata.tracks.model import Kind
from mlkata.worker import isolation, limits, wire
from mlkata.worker.budget import Budget, Stopped
from mlkata.worker.npy import ProtocolError
from mlkata.worker.process import Process

_POLL_SECONDS = 0.05


class Answers(Protocol):
    """Answers a worker's questions while the kit waits for the worker."""

    @property
    def limit(self) -> int:
        """Limit in bytes of a question."""

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame that answers a question."""


class Channel:
    """One single-use process, and the conversation with it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._process = process.popen
        self._usage: psutil.Process | None = None
        self._idle = False
        self._closed = False
        self.cpu_seconds = 0.0
        self._output = bytearray()
        self._replaced = ("\0", "")
        self._n_printed = 0
        self._received = bytearray()
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None  # noqa: S101 - all of its streams are pipes
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        assert self._process.stdin is not None  # noqa: S101
        os.set_blocking(self._process.stdin.fileno(), False)

    @property
    def closed(self) -> bool:
        """Whether the worker has been closed; it can't be used again."""
        return self._closed

    def kill(self) -> None:
        """Kill the whole process group; a thread that waits for an answer then gets `crashed`."""
        if not self._closed:
            self.process.kill()

    def close(self) -> None:
        """Kill the whole process group and remove its files."""
        if self._closed:
            return
        self._closed = True
        self.process.close()
        self._selector.close()

    def wait_idle(self) -> None:
        """Wait until the process has imported what it needs. Raise Stopped or ProtocolError."""
        if not self._idle:
            header, _ = self._exchange(b"", Budget(limits.LOAD_SECONDS, self._cpu()), limit=0)
            if header["type"] != "idle":
                raise ProtocolError("a worker did not report that it is idle")
            self._idle = True
            self.cpu_seconds = 0.0  # the start doesn't count against the submission
        if self._process.poll() is not None:  # it has died since it was idle
            raise self.died()

    def ask(
        self,
        header: dict[str, Any],
        body: bytes = b"",
        *,
        cpu: float,
        limit: int = 0,
        calls: Answers | None = None,
    ) -> tuple[dict[str, Any], bytes, float]:
        """Build a frame, send it and wait for the answer, as `converse` does."""
        return self.converse(wire.frame(header, body), cpu=cpu, limit=limit, calls=calls)

    def converse(
        self, data: bytes, *, cpu: float, limit: int = 0, calls: Answers | None = None
    ) -> tuple[dict[str, Any], bytes, float]:
        """Send a frame; return the answer's header and body, and the seconds by the kit's clock.

        Until the answer comes, `calls` answers the worker's questions. The limits of CPU and wall time
        are for the whole conversation.
        """
        started, budget = time.perf_counter(), Budget(cpu, self._cpu())
        limit = calls.limit if calls else limit
        try:
            reply, body = self._exchange(data, budget, limit=limit)
            while calls and reply["type"] == "call":
                budget.check(time.monotonic())
                reply, body = self._exchange(calls.answer(reply, body), budget, limit=limit)
            return reply, body, time.perf_counter() - started
        finally:
            budget.record(self._cpu())
            self.cpu_seconds += budget.used

    def _exchange(self, data: bytes, budget: Budget, *, limit: int) -> tuple[dict[str, Any], bytes]:
        """Write, read and check limits until one whole frame has come."""
        if self._closed:
            raise Stopped(Kind.CRASHED, "the worker has been closed")
        stdin = self._process.stdin
        unsent, full = self._write_some(memoryview(data)), False
        try:
            while True:
                complete = self._complete_frame(limit)
                if complete is not None and unsent:
                    raise ProtocolError("an answer before the whole question was sent")
                if complete is not None:
                    if complete[0]["type"] != "call":  # after a question, output can be read later
                        self._drain_output()
                    return complete
                if bool(unsent) is not full:  # the pipe has become full, or has room again
                    full = not full
                    self._select_stdin(full)
                ready = self._selector.select(_POLL_SECONDS)
                for key, _ in ready:
                    if key.fileobj is stdin:
                        unsent = self._write_some(unsent)
                    else:
                        self._receive(key.fileobj)
                if time.monotonic() - budget.checked_at > _POLL_SECONDS:
                    budget.checked_at = time.monotonic()
                    budget.record(self._cpu())
                    budget.check(budget.checked_at)
                    self._check_process(silent=not ready)
        finally:
            if full:
                self._select_stdin(False)

    def _select_stdin(self, enable: bool) -> None:  # noqa: FBT001 - there is no other argument
        """Start or stop waiting until the worker's standard input can be written to."""
        assert self._process.stdin is not None  # noqa: S101
        if enable:
            self._selector.register(self._process.stdin, selectors.EVENT_WRITE)
        else:
            self._selector.unregister(self._process.stdin)

    def _check_process(self, *, silent: bool) -> None:
        if self._memory() > limits.MEMORY_LIMIT:
            raise Stopped(Kind.MEMORY, f"more than {limits.MEMORY_LIMIT >> 20} MiB of memory")
        if self._threads() > limits.THREADS:  # too many would keep all processes here from starting one
            raise Stopped(Kind.POLICY, f"more than {limits.THREADS} threads")
        if silent and self._process.poll() is not None:
            raise self.died()  # no end of file need come: a child of the worker may hold the channel open

    def _write_some(self, view: memoryview) -> memoryview:
        if not view:
            return view
        assert self._process.stdin is not None  # noqa: S101
        try:
            return view[os.write(self._process.stdin.fileno(), view[: 1 << 16]) :]
        except BlockingIOError:
            return view
        except OSError:  # usually a broken pipe
            raise self.died() from None

    def _receive(self, stream: Any) -> None:
        try:
            data = os.read(stream.fileno(), 1 << 16)
        except BlockingIOError:
            return
        printed = stream is self._process.stderr
        if printed:
            if not data:
                self._selector.unregister(stream)
            self._keep_output(data)
        elif data:
            self._received += data
        else:
            raise self.died()

    def _complete_frame(self, limit: int) -> tuple[dict[str, Any], bytes] | None:
        received = self._received
        if len(received) < wire.HEAD.size:
            return None
        header_size, body_size = wire.HEAD.unpack(received[: wire.HEAD.size])
        if header_size > wire.MAX_HEADER or body_size > limit:
            raise ProtocolError("a frame is larger than its contract allows")
        start = wire.HEAD.size + header_size
        if len(received) < start + body_size:
            return None
        header = wire.read_header(bytes(received[wire.HEAD.size : start]))
        body = bytes(received[start : start + body_size])
        del received[: start + body_size]
        return header, body

    def _keep_output(self, data: bytes) -> None:
        self._n_printed += len(data)
        self._output += data[: max(0, 4 * limits.OUTPUT_KEPT - len(self._output))]
        if self._n_printed > limits.OUTPUT_LIMIT:
            raise Stopped(Kind.OUTPUT_LIMIT, f"more than {limits.OUTPUT_LIMIT >> 20} MiB printed in one case")

    def _drain_output(self) -> None:
        """Read what was printed before the frame that has just come."""
        assert self._process.stderr is not None  # noqa: S101
        with suppress(BlockingIOError):
            while data := os.read(self._process.stderr.fileno(), 1 << 16):
                self._keep_output(data)

    def show_path_as(self, path: str, name: str) -> None:
        """Replace the submission's path in the output by the name that the candidate knows."""
        self._replaced = (path, name)

    def forget_output(self) -> None:
        """Discard the output so far, before the next case."""
        self._output.clear()
        self._n_printed = 0

    def printed(self) -> str:
        """Return what was printed since the last case began, shortened if it is long."""
        text = self._output.decode("utf-8", "replace").replace(*self._replaced)
        if len(text) > limits.OUTPUT_KEPT:
            return text[: limits.OUTPUT_KEPT] + f"\n… ({self._n_printed} bytes in all)"
        return text

    def _worker(self) -> psutil.Process:
        if self._usage is None:
            self._usage = psutil.Process(self.process.pid)
        return self._usage

    def _cpu(self) -> float:
        try:
            clock = isolation.cpu_clock(self.process.pid)
            if clock is not None:  # psutil would read and parse a file, twice for each question
                return time.clock_gettime(clock)
            times = self._worker().cpu_times()
            return float(times.user + times.system)
        except (OSError, psutil.Error):
            return 0.0

    def _memory(self) -> int:
        try:
            return int(self._worker().memory_info().rss)
        except psutil.Error:
            return 0

    def _threads(self) -> int:
        try:
            return int(self._worker().num_threads())
        except psutil.Error:
            return 0

    def died(self) -> Stopped:
        """Return the exception to raise, which says how the process has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        with suppress(Stopped):
            self._drain_output()
        message = isolation.describe_exit(self.process.status)
        if message.endswith("SIGXCPU"):
            return Stopped(Kind.TIMEOUT, message)
        return Stopped(Kind.CRASHED, message)
