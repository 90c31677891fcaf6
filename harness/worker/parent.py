"""The kit's side of a worker: starts it, asks it, times it, and survives whatever it does.

`Worker` is one single-use process, `Workers` keeps some started ahead.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psutil

from harness import contract
from harness.contract import Contract
from harness.model import Answer, Callback, Case, Dist, Kind, Step
from harness.worker import isolation, replies, wire
from harness.worker.calls import MAX_CALLS, Calls, TooManyCalls
from harness.worker.wire import ProtocolError

TRACING = 5
"""A capped case runs twice, the second time with every allocation noted: so many times the CPU time."""
CPU_SECONDS = 3.0
"""A case's CPU time; pure Python needs under 0.5 s for any of ours."""
LOAD_SECONDS = 10.0
WALL_FACTOR = 10
"""Wall time allowed for each CPU second, so that a busy machine changes no verdict."""
OUTPUT_LIMIT = 1 << 20
"""Bytes printed in one case before the worker is stopped."""
OUTPUT_KEPT = 4000
MEMORY_LIMIT = 1 << 30
"""Bytes of a worker's memory, by our own look at it: macOS has no limit that a process keeps to."""
_POLL_SECONDS = 0.05
_FREE_BYTES = 1 << 20
"""An answer of this size may be fetched even where it breaks the contract, to be shown."""
_REFUSALS = frozenset({Kind.IMPORT, Kind.POLICY, Kind.MEMORY})


class _Stopped(Exception):
    """The worker had to be stopped, or stopped itself."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class _Budget:
    """The time of one conversation: CPU seconds, and wall time in proportion."""

    def __init__(self, cpu: float) -> None:
        self.cpu = cpu
        self.wall = cpu * WALL_FACTOR
        self.ends = time.monotonic() + self.wall
        self.used = 0.0

    def hold(self, using: float, now: float) -> None:
        """Raise _Stopped where the CPU seconds used, with those in use, or the time are over."""
        over = self.used + using > self.cpu
        if over or now > self.ends:
            spent = f"{self.cpu:g} CPU seconds" if over else f"{self.wall:g} seconds"
            raise _Stopped(Kind.TIMEOUT, f"no answer within {spent}: is there a loop that never ends?")


class Worker:
    """One process, for one submission."""

    def __init__(self, *, numba: bool = False) -> None:
        self.folder = isolation.choose_folder()
        self._guard = isolation.start_guard(self.folder)
        self.folder.mkdir(0o700)
        arguments = ["-m", "harness.worker.child", *(["numba"] if numba else [])]
        self._process = isolation.start(arguments, self.folder)
        isolation.tell_guard(self._guard, self._process.pid)
        self._usage = psutil.Process(self._process.pid)
        self._idle = False
        self._closed = False
        self.cpu_seconds = 0.0
        self._output = bytearray()
        self._printed = 0
        self._received = bytearray()
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None  # noqa: S101 - all three are pipes
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        assert self._process.stdin is not None  # noqa: S101
        os.set_blocking(self._process.stdin.fileno(), False)

    def load(self, source: bytes, name: str) -> Answer | None:
        """Import a submission: None when it is ready, else the answer to all of its cases.

        Raises RuntimeError where the worker never got as far as that: no fault of the submission.
        """
        file = self.folder / f"{_module_name(name)}.py"
        try:
            file.write_bytes(source)
            self._wait_idle()
            if self._process.poll() is not None:  # it was ready once, and has died since
                raise self._died()
        except (_Stopped, OSError, *replies.UNREADABLE) as error:
            self.close()
            raise RuntimeError(f"a worker could not start: {error}\n{self._said()}".strip()) from error
        try:
            header, _, _ = self._ask({"type": "load", "file": str(file), "name": name}, cpu=LOAD_SECONDS)
            if header["type"] == "ready":
                return None
            return self._refusal(header)
        except _Stopped as stopped:
            self.close()
            return Answer(
                stopped.kind, message=f"while importing {name}: {stopped.message}", stdout=self._said()
            )
        except replies.UNREADABLE as error:
            self.close()
            message = f"while importing {name}: the worker broke the protocol: {_reason(error)}"
            return Answer(Kind.PROTOCOL, message=message, stdout=self._said())

    def run(self, case: Case, contracts: Mapping[str, Contract], *, cpu: float = CPU_SECONDS) -> Answer:
        """Answer one case; a worker that has to be stopped for it is closed."""
        self._output.clear()
        self._printed = 0
        started = time.perf_counter()
        arrays: list[Any] = []
        calls = Calls(case)
        steps = [_pack_step(step, contracts[step.function], case, arrays) for step in case.steps]
        lengths, body = wire.join(arrays)
        go: dict[str, Any] = {"type": "go", "steps": steps, "lengths": lengths, "fetch": list(case.fetch)}
        go |= {"capped": list(case.caps), "hostile": case.check.hostile}
        try:
            header, _, seconds = self._ask(go, body, cpu=cpu * TRACING if case.caps else cpu, calls=calls)
            answer = self._read_answer(header, case, contracts)
            if answer.kind is Kind.MEMORY:
                self.close()  # what it has kept would starve the next case
            return replace(answer, stdout=self._said(), seconds=seconds, evaluations=tuple(calls.counts))
        except TooManyCalls:
            message = f"dist was called more than {MAX_CALLS} times: ask for many rows at once"
            answer = Answer(Kind.CONTRACT, message=message)
        except _Stopped as stopped:
            answer = Answer(stopped.kind, message=stopped.message)
        except replies.UNREADABLE as error:
            answer = Answer(Kind.PROTOCOL, message=f"the worker broke the protocol: {_reason(error)}")
        self.close()
        return replace(answer, stdout=self._said(), seconds=time.perf_counter() - started)

    @property
    def closed(self) -> bool:
        """Has this worker been used up?"""
        return self._closed

    def kill(self) -> None:
        """Kill the whole process group; another thread that waits for an answer gets `crashed`."""
        if not self._closed:
            isolation.kill_group(self._process.pid)

    def close(self) -> None:
        """Kill the whole process group and remove what it wrote."""
        if self._closed:
            return
        self._closed = True
        isolation.kill_group(self._process.pid)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._guard.kill()  # only now: had we died before, it would have done all this
        self._guard.wait()
        self._selector.close()
        for stream in (
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
            self._guard.stdin,
        ):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _wait_idle(self) -> None:
        if not self._idle:
            header, _ = self._exchange(b"", _Budget(LOAD_SECONDS), limit=0)
            if header["type"] != "idle":
                raise ProtocolError("a worker is not idle")
            self._idle = True
            self.cpu_seconds = 0.0  # starting is not the submission's work

    def _ask(
        self,
        header: dict[str, Any],
        body: bytes = b"",
        *,
        cpu: float,
        limit: int = 0,
        calls: Calls | None = None,
    ) -> tuple[dict[str, Any], bytes, float]:
        """Send one frame and wait for the answer; the seconds between are by our clock.

        Until it comes, what the worker asks of `calls` is answered; CPU and wall time are those of
        the whole conversation.
        """
        data = wire.frame(header, body)
        started, budget = time.perf_counter(), _Budget(cpu)
        limit = calls.limit if calls else limit
        reply, sent = self._exchange(data, budget, limit=limit)
        while calls and reply["type"] == "call":
            reply, sent = self._exchange(calls.answer(reply, sent), budget, limit=limit)
        return reply, sent, time.perf_counter() - started

    def _exchange(self, data: bytes, budget: _Budget, *, limit: int) -> tuple[dict[str, Any], bytes]:
        """Write, read and watch until one whole frame has come."""
        if self._closed:
            raise _Stopped(Kind.CRASHED, "the worker has been closed")
        before = seen = self._cpu()
        watched = time.monotonic()
        view = memoryview(data)
        try:
            while True:
                complete = self._complete_frame(limit)
                if complete is not None and view:
                    raise ProtocolError("an answer before the question")
                if complete is not None:
                    self._drain_output()
                    seen = max(seen, self._cpu())
                    return complete
                view = self._write_some(view)
                ready = self._selector.select(0 if view else _POLL_SECONDS)
                for key, _ in ready:
                    self._receive(key.fileobj)
                if view and not ready:
                    time.sleep(0.001)  # the pipe is full: the worker is busy reading
                # By the clock, not when nothing is ready: a trickle of bytes must not hold us up.
                if time.monotonic() - watched > _POLL_SECONDS:
                    watched = time.monotonic()
                    seen = max(seen, self._cpu())
                    budget.hold(seen - before, watched)
                    self._watch(ended=not ready)
        finally:
            budget.used += seen - before
            self.cpu_seconds += seen - before

    def _watch(self, *, ended: bool) -> None:
        if self._memory() > MEMORY_LIMIT:
            raise _Stopped(Kind.MEMORY, f"more than {MEMORY_LIMIT >> 20} MiB of memory")
        if ended and self._process.poll() is not None:
            raise self._died()  # a child of its own may hold the channel open

    def _write_some(self, view: memoryview) -> memoryview:
        assert self._process.stdin is not None  # noqa: S101
        if view:
            try:
                return view[os.write(self._process.stdin.fileno(), view[: 1 << 16]) :]
            except BlockingIOError:
                return view
            except OSError:  # a broken pipe, mostly
                raise self._died() from None
        return view

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
            raise self._died()

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
        self._printed += len(data)
        self._output += data[: max(0, 4 * OUTPUT_KEPT - len(self._output))]
        if self._printed > OUTPUT_LIMIT:
            raise _Stopped(Kind.OUTPUT_LIMIT, f"more than {OUTPUT_LIMIT >> 20} MiB printed in one case")

    def _drain_output(self) -> None:
        """Take what was printed before the frame that has just come."""
        assert self._process.stderr is not None  # noqa: S101
        with suppress(BlockingIOError):
            while data := os.read(self._process.stderr.fileno(), 1 << 16):
                self._keep_output(data)

    def _said(self) -> str:
        text = self._output.decode("utf-8", "replace")
        if len(text) > OUTPUT_KEPT:
            return text[:OUTPUT_KEPT] + f"\n… ({self._printed} bytes in all)"
        return text

    def _cpu(self) -> float:
        try:
            times = self._usage.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _memory(self) -> int:
        try:
            return int(self._usage.memory_info().rss)
        except psutil.Error:
            return 0

    def _died(self) -> _Stopped:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        with suppress(_Stopped):
            self._drain_output()
        said = isolation.describe_exit(self._process.returncode)
        if said.endswith("SIGXCPU"):
            return _Stopped(Kind.TIMEOUT, said)
        return _Stopped(Kind.CRASHED, said)

    def _refusal(self, header: dict[str, Any]) -> Answer:
        kind = Kind(header["kind"])
        if kind not in _REFUSALS:
            raise ProtocolError("a refusal of no known kind")
        raised = replies.read_raised(header["raised"]) if "raised" in header else None
        return Answer(
            kind, raised=raised, message=wire.printable(header["message"], 2000), stdout=self._said()
        )

    def _read_answer(self, header: dict[str, Any], case: Case, contracts: Mapping[str, Contract]) -> Answer:
        if header["type"] == "raised":
            raised = replies.read_raised(header)
            kind = Kind.MEMORY if "MemoryError" in raised.types else Kind.RAISED
            if raised.types[0] == "PolicyError":
                kind = Kind.POLICY
            return Answer(kind, raised=raised, message=str(raised), step=replies.step(header, case))
        if header["type"] == "changed":
            function = case.steps[replies.step(header, case)].function
            message = f"{function} changed its input {wire.printable(header['argument'], 40)}: work on a copy"
            return Answer(Kind.CONTRACT, message=message, step=replies.step(header, case))
        trees = header.get("values") if header["type"] == "done" else None
        if not isinstance(trees, list) or len(trees) != len(case.fetch):
            raise ProtocolError("expected one value for each fetched step")
        peaks = replies.peaks(header, case)
        return replace(self._fetch(trees, case, contracts), peaks=peaks)

    def _fetch(self, trees: list[Any], case: Case, contracts: Mapping[str, Contract]) -> Answer:
        """Hold what the worker declares against the contract, then take the bytes."""
        declared = replies.declared(trees)
        message, step = "", case.fetch[-1]
        for index, tree in zip(case.fetch, trees, strict=True):
            asked = case.steps[index]
            found = replies.found(tree)
            message = contract.violation(contracts[asked.function], asked.arguments, found) or ""
            if message:
                step = index
                break
        size = sum(nbytes + wire.MAX_NPY_HEADER for nbytes, _, _ in declared)
        if message and size > _FREE_BYTES:
            return Answer(Kind.CONTRACT, message=message, step=step)
        if size > wire.MAX_BODY:
            return Answer(Kind.CONTRACT, message=f"an answer of {size} bytes is too large to send", step=step)
        reply, body, _ = self._ask({"type": "fetch"}, cpu=CPU_SECONDS, limit=size)
        arrays = wire.split(reply["lengths"], body)
        if [(a.nbytes, a.dtype.str, list(a.shape)) for a in arrays] != declared:
            raise ProtocolError("the arrays that came are not those that were announced")
        values = [wire.unpack(tree, arrays) for tree in trees]
        if message:
            return Answer(Kind.CONTRACT, values, message=message, step=step)
        for index, value in zip(case.fetch, values, strict=True):
            message = contract.not_finite(contracts[case.steps[index].function], value) or ""
            if message:
                return Answer(Kind.CONTRACT, values, message=message, step=index)
        functions = [case.steps[index].function for index in case.fetch]
        named = [contract.named(contracts[name], one) for name, one in zip(functions, values, strict=True)]
        return Answer(Kind.VALUE, named)


class Workers:
    """Workers started ahead: one waits, ready, while another serves."""

    def __init__(self, *, ahead: int = 1, numba: bool = False) -> None:
        self.ahead = ahead
        self.numba = numba
        self._waiting: deque[Worker] = deque()
        self.refill()

    def refill(self) -> None:
        """Start as many as should wait; they get ready while something else is done."""
        while len(self._waiting) < self.ahead:
            self._waiting.append(Worker(numba=self.numba))

    def take(self) -> Worker:
        """Hand out a worker that nobody has used."""
        with suppress(IndexError):
            return self._waiting.popleft()
        return Worker(numba=self.numba)

    def close(self) -> None:
        """Kill those that wait."""
        while self._waiting:
            self._waiting.pop().close()


def _pack_step(step: Step, contract_: Contract, case: Case, arrays: list[Any]) -> list[Any]:
    """Write a step; its leading arguments go by position, as people call functions."""
    positional = 0
    for name, parameter in zip(step.arguments, contract_.signature.parameters, strict=False):
        if name != parameter:
            break
        positional += 1
    values = {
        name: Callback(case.dists.index(value)) if isinstance(value, Dist) else value
        for name, value in step.arguments.items()
    }
    return [step.function, positional, {name: wire.pack(value, arrays) for name, value in values.items()}]


def _module_name(name: str) -> str:
    """Make the file's name one that can be imported and hides nothing."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.removesuffix(".py"))
    return f"submission_{stem[:100]}"


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, ProtocolError) else type(error).__name__
