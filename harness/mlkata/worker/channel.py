"""Exchange messages with a worker's process, and stop the process when it exceeds a limit.

A message is called a frame: a JSON header and a body of bytes (see `wire`). Frames go through the process's
standard input and output; what the candidate prints comes by standard error. The process may run hostile
code, so it may send anything, stop reading, or die at any moment.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import suppress
from functools import cached_property
from typing import Any, Protocol

import psutil

from mlkata.tracks.model import Kind
from mlkata.worker import isolation, limits, wire
from mlkata.worker.budget import Budget, Stopped
from mlkata.worker.npy import ProtocolError
from mlkata.worker.process import Process

_POLL_SECONDS = 0.05
"""Wall seconds between two checks of the limits. docs/security.md promises twenty checks a second."""
_CHUNK = 1 << 16
"""Bytes to read or write at once: as many as a pipe of Linux holds."""
_EXIT_SECONDS = 1.0
"""Wall seconds to wait for the exit status of a process that has closed its end of the channel."""


class Answers(Protocol):
    """Answers the questions that a worker asks before it answers a request, such as calls of `dist`."""

    @property
    def limit(self) -> int:
        """Limit in bytes of the body of a question."""

    @property
    def wall_per_question(self) -> float:
        """Wall seconds that each question adds to the deadline of its case."""

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame that answers a question, given as header and body."""


class Channel:
    """The kit's end of the conversation with one worker process, which serves one submission only."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._popen = process.popen
        self._idle = False
        self._closed = False
        self.cpu_seconds = 0.0
        """CPU seconds that the worker has used in all conversations; its start is not included."""
        self._output = bytearray()
        """The beginning of what was printed since `forget_output`."""
        self._n_printed = 0
        """The number of bytes printed since then."""
        self._path, self._shown_path = "\0", ""  # no path contains \0; `show_path_as` sets one
        self._received = bytearray()
        """Bytes received that belong to no complete frame so far."""
        self._selector = selectors.DefaultSelector()
        for stream in (self._popen.stdout, self._popen.stderr):
            assert stream is not None  # noqa: S101 - all three streams are pipes
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        assert self._popen.stdin is not None  # noqa: S101
        os.set_blocking(self._popen.stdin.fileno(), False)

    @property
    def closed(self) -> bool:
        """Whether the worker has been closed; it can't be used again."""
        return self._closed

    def kill(self) -> None:
        """Kill the whole process group. This raises Stopped in a thread that waits for an answer."""
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
        """Wait until the process has imported what it needs and is ready. Raise Stopped or ProtocolError."""
        if not self._idle:
            header, _ = self._exchange(b"", Budget(limits.LOAD_SECONDS, start_cpu=self._cpu()), limit=0)
            if header["type"] != "idle":
                raise ProtocolError("expected the frame `idle` from a worker that has started")
            self._idle = True
            self.cpu_seconds = 0.0  # the start doesn't count against the submission
        if self._popen.poll() is not None:  # it may have died while it waited
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
        """Send a frame of this header and body, and return what `converse` returns."""
        return self.converse(wire.frame(header, body), cpu=cpu, limit=limit, calls=calls)

    def converse(
        self, data: bytes, *, cpu: float, limit: int = 0, calls: Answers | None = None
    ) -> tuple[dict[str, Any], bytes, float]:
        """Send a frame; return the answer's header and body, and the seconds by the kit's clock.

        Until the answer comes, `calls` answers the worker's questions. The worker may use `cpu` CPU seconds,
        and wall time in proportion, for the whole conversation. `limit` is the limit in bytes of the
        answer's body; with `calls`, the limit of a question holds instead.

        Raise Stopped if the worker dies or exceeds a limit, and ProtocolError if it sends no valid frame.
        """
        started, budget = time.perf_counter(), Budget(cpu, start_cpu=self._cpu())
        limit = calls.limit if calls else limit
        try:
            reply, body = self._exchange(data, budget, limit=limit)
            while calls and reply["type"] == "call":
                budget.add_question(time.monotonic(), calls.wall_per_question)
                reply, body = self._exchange(calls.answer(reply, body), budget, limit=limit)
            return reply, body, time.perf_counter() - started
        finally:
            budget.record(self._cpu())
            self.cpu_seconds += budget.used

    def _exchange(self, data: bytes, budget: Budget, *, limit: int) -> tuple[dict[str, Any], bytes]:
        """Send `data`; read and check limits until one whole frame has come; return its header and body."""
        if self._closed:
            raise Stopped(Kind.CRASHED, "the worker has been closed")
        stdin = self._popen.stdin
        unsent = self._write_some(memoryview(data))
        waits_to_write = False  # whether the selector watches stdin, which has been full
        try:
            while True:
                complete = self._complete_frame(limit)
                if complete is not None and unsent:
                    raise ProtocolError("an answer before the whole question was sent")
                if complete is not None:
                    if complete[0]["type"] != "call":  # output before a question can be read later
                        self._drain_output()
                    return complete
                if bool(unsent) is not waits_to_write:  # the pipe has become full, or all data are written
                    waits_to_write = not waits_to_write
                    self._select_stdin(waits_to_write)
                ready = self._selector.select(_POLL_SECONDS)
                for key, _ in ready:
                    if key.fileobj is stdin:
                        unsent = self._write_some(unsent)
                    else:
                        self._receive(key.fileobj)
                # By the clock, not only when nothing has come: steady output must not postpone the check.
                if time.monotonic() - budget.checked_at > _POLL_SECONDS:
                    budget.checked_at = time.monotonic()
                    budget.record(self._cpu())
                    budget.check(budget.checked_at)
                    self._check_process(silent=not ready)
        finally:
            if waits_to_write:
                self._select_stdin(False)

    def _select_stdin(self, enable: bool) -> None:  # noqa: FBT001 - it is the only argument
        """Make the selector watch, or no longer watch, whether standard input can be written to."""
        assert self._popen.stdin is not None  # noqa: S101
        if enable:
            self._selector.register(self._popen.stdin, selectors.EVENT_WRITE)
        else:
            self._selector.unregister(self._popen.stdin)

    def _check_process(self, *, silent: bool) -> None:
        """Raise Stopped if the worker has too much memory, too many threads, or (if `silent`) has died."""
        memory, threads = self._usage()
        if memory > limits.MEMORY_LIMIT:
            raise Stopped(Kind.MEMORY, f"more than {limits.MEMORY_LIMIT >> 20} MiB of memory")
        if threads > limits.THREADS:  # thousands would keep other processes from starting any
            raise Stopped(Kind.POLICY, f"more than {limits.THREADS} threads")
        if silent and self._popen.poll() is not None:  # silent: what it had sent has been read
            raise self.died()  # the pipe may stay open, if a child of the worker holds its other end

    def _write_some(self, view: memoryview) -> memoryview:
        """Write as much as the pipe takes now; return the rest."""
        if not view:
            return view
        assert self._popen.stdin is not None  # noqa: S101
        try:
            return view[os.write(self._popen.stdin.fileno(), view[:_CHUNK]) :]
        except BlockingIOError:
            return view
        except OSError:  # usually a broken pipe: the worker has closed its end
            raise self.died() from None

    def _receive(self, stream: Any) -> None:
        """Read what has come: printed text from standard error, bytes of frames from standard output."""
        try:
            data = os.read(stream.fileno(), _CHUNK)
        except BlockingIOError:
            return
        printed = stream is self._popen.stderr
        if printed:
            if not data:  # end of file
                self._selector.unregister(stream)
            self._keep_output(data)
        elif data:
            self._received += data
        else:
            raise self.died()

    def _complete_frame(self, limit: int) -> tuple[dict[str, Any], bytes] | None:
        """Return the next frame, or None if it is incomplete. Raise ProtocolError if it is too large."""
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
        """Keep printed bytes, as far as a report can show them. Raise Stopped if there are too many."""
        self._n_printed += len(data)
        most_bytes = 4 * limits.OUTPUT_KEPT  # a character has at most 4 bytes in UTF-8
        self._output += data[: max(0, most_bytes - len(self._output))]
        if self._n_printed > limits.OUTPUT_LIMIT:
            raise Stopped(Kind.OUTPUT_LIMIT, f"more than {limits.OUTPUT_LIMIT >> 20} MiB printed in one case")

    def _drain_output(self) -> None:
        """Read what is in the pipe of standard error, printed before the frame that has just come."""
        assert self._popen.stderr is not None  # noqa: S101
        with suppress(BlockingIOError):
            while data := os.read(self._popen.stderr.fileno(), _CHUNK):
                self._keep_output(data)

    def show_path_as(self, path: str, name: str) -> None:
        """Show `name` wherever the output has `path`, the submission's file in the worker."""
        self._path, self._shown_path = path, name

    def forget_output(self) -> None:
        """Discard the output so far; called before each case, i.e. each input that is judged."""
        self._output.clear()
        self._n_printed = 0

    def printed(self) -> str:
        """Return what was printed since `forget_output`, shortened to OUTPUT_KEPT characters."""
        text = self._output.decode("utf-8", "replace").replace(self._path, self._shown_path)
        if len(text) > limits.OUTPUT_KEPT:
            return text[: limits.OUTPUT_KEPT] + f"\n… ({self._n_printed} bytes in all)"
        return text

    @cached_property
    def _psutil_process(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    def _cpu(self) -> float:
        """Return the worker's CPU seconds so far, or 0 if it has died."""
        try:
            clock = isolation.cpu_clock(self.process.pid)
            if clock is not None:  # faster than psutil, which would read and parse a file of /proc
                return time.clock_gettime(clock)
            times = self._psutil_process.cpu_times()
            return float(times.user + times.system)
        except (OSError, psutil.Error):
            return 0.0

    def _usage(self) -> tuple[int, int]:
        """Return the worker's resident memory in bytes and its number of threads, both 0 if it has died."""
        try:
            return int(self._psutil_process.memory_info().rss), int(self._psutil_process.num_threads())
        except psutil.Error:
            return 0, 0

    def died(self) -> Stopped:
        """Return the exception Stopped for a process that has ended; its message says how."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=_EXIT_SECONDS)
        with suppress(Stopped):  # too much output: that it has died matters more
            self._drain_output()
        message = isolation.describe_exit(self.process.status)
        if message.endswith("SIGXCPU"):  # the system's limit on the worker's CPU time, limits.WORKER_SECONDS
            return Stopped(Kind.TIMEOUT, message)
        return Stopped(Kind.CRASHED, message)
