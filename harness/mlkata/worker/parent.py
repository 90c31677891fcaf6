"""The kit's side of a worker process: load a submission, run cases, check the replies.

A case is one input that is judged: a few steps, i.e. calls of the candidate's functions, and the steps whose
results are fetched. A contract is what a function's docstring says about its arguments and results. The
worker first announces types and shapes; a large array is fetched only if the contract allows it.

`Worker` is one process for one submission; `Workers` starts some in advance, because a start takes long.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from mlkata.tracks import conformance
from mlkata.tracks.arguments import Callback, Dist
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Answer, Case, Kind, Step
from mlkata.worker import limits, npy, replies, wire
from mlkata.worker.budget import Stopped
from mlkata.worker.calls import Calls, TooManyCalls
from mlkata.worker.channel import Channel
from mlkata.worker.npy import ProtocolError
from mlkata.worker.process import Process
from mlkata.worker.tiers import Tier

_SHOWN_BYTES, _SHOWN_TEXT = 1 << 20, 1 << 13
"""Limits in bytes of arrays and characters of JSON: an answer that breaks its contract is fetched only if it
is smaller, so that the report can show it."""
_MAX_MESSAGE = 2000
"""Characters of a message about a submission; a message may quote what the worker has sent."""
_REFUSALS = frozenset({Kind.IMPORT, Kind.POLICY, Kind.MEMORY})
"""The kinds of answer that a worker may give when it refuses to load a submission."""


class Worker(Channel):
    """One process that serves one submission."""

    def load(self, source: bytes, name: str, path: Path | None = None) -> Answer | None:
        """Import a submission. Return None on success, else the answer that all of its cases get.

        With `path`, one of the kit's own solutions is loaded from there instead of `source`. Raise
        RuntimeError if the worker could not start, which is not the submission's fault. Raise ValueError for
        a path if the worker is isolated, since it cannot read the kit's solutions.
        """
        file = f"{_module_name(name)}.py"
        self.show_path_as(str(self.process.room / file), name)
        header: dict[str, Any] = {"type": "load", "file": file, "name": name}
        if path is not None:
            if self.process.tier is not Tier.SUBPROCESS:
                tier = self.process.tier
                raise ValueError(
                    f"{path} cannot be loaded in the tier {tier}: its workers cannot read solutions"
                )
            source = b""
            header |= {"path": str(path), "cache": os.environ.get("NUMBA_CACHE_DIR", "")}
        try:
            self.wait_idle()
        except (Stopped, OSError, *replies.UNREADABLE) as error:
            self.close()
            raise RuntimeError(f"a worker could not start: {error}\n{self.printed()}".strip()) from error
        try:
            reply, _, _ = self.ask(header, source, cpu=limits.LOAD_SECONDS)
            return None if reply["type"] == "ready" else self._refusal(reply)
        except Stopped as stopped:
            self.close()
            return Answer(
                stopped.kind, message=f"while importing {name}: {stopped.message}", stdout=self.printed()
            )
        except replies.UNREADABLE as error:
            self.close()
            message = f"while importing {name}: the worker broke the protocol: {_reason(error)}"
            return Answer(Kind.PROTOCOL, message=message, stdout=self.printed())

    def run(self, case: Case, contracts: Mapping[str, Contract], *, cpu: float) -> Answer:
        """Return the answer to one case, within `cpu` CPU seconds for the worker.

        If the worker exceeds a limit, dies or breaks the protocol, it is closed, and the answer says so.
        """
        self.forget_output()
        started = time.perf_counter()
        calls = Calls(case)
        if case not in _questions:
            _questions[case] = _question(case, contracts)
        try:
            header, _, seconds = self.converse(_questions[case], cpu=cpu, calls=calls)
            # A timed case is prepared first, so that `seconds` does not include sending the arguments.
            if case.timed and header["type"] == "held":
                header, _, seconds = self.ask({"type": "start"}, cpu=cpu, calls=calls)
            answer = self._read_answer(header, case, contracts)
            if answer.kind is Kind.MEMORY:
                self.close()  # memory that it still holds could make the next case fail
            return replace(answer, stdout=self.printed(), seconds=seconds, evaluations=tuple(calls.counts))
        except TooManyCalls:
            message = f"dist was called more than {limits.MAX_CALLS} times: ask for many rows at once"
            answer = Answer(Kind.CONTRACT, message=message)
        except Stopped as stopped:
            answer = Answer(stopped.kind, message=stopped.message)
        except replies.UNREADABLE as error:
            answer = Answer(Kind.PROTOCOL, message=f"the worker broke the protocol: {_reason(error)}")
        self.close()
        return replace(answer, stdout=self.printed(), seconds=time.perf_counter() - started)

    def _refusal(self, header: dict[str, Any]) -> Answer:
        """Return the answer to all cases of a submission that the worker has refused to load."""
        kind = Kind(header["kind"])
        if kind not in _REFUSALS:
            raise ProtocolError("a refusal of an unknown kind")
        raised = replies.read_raised(header["raised"]) if "raised" in header else None
        message = wire.encodable(header["message"], _MAX_MESSAGE)
        twice = header.get("defined_twice") is True
        return Answer(kind, raised=raised, message=message, stdout=self.printed(), defined_twice=twice)

    def _read_answer(self, header: dict[str, Any], case: Case, contracts: Mapping[str, Contract]) -> Answer:
        """Return the answer that a reply to a case stands for. Raise one of replies.UNREADABLE."""
        if header["type"] == "raised":
            raised = replies.read_raised(header)
            kind = Kind.MEMORY if "MemoryError" in raised.types else Kind.RAISED
            if raised.types[0] == "PolicyError":
                kind = Kind.POLICY
            return Answer(kind, raised=raised, message=str(raised), step=replies.step(header, case))
        if header["type"] == "changed":
            function = case.steps[replies.step(header, case)].function
            argument = wire.encodable(header["argument"], 40)  # longer names are shortened
            message = f"{function} changed its input {argument}: work on a copy"
            return Answer(Kind.CONTRACT, message=message, step=replies.step(header, case))
        trees = header.get("values") if header["type"] == "done" else None
        if not isinstance(trees, list) or len(trees) != len(case.fetch):
            raise ProtocolError("expected one value for each fetched step")
        peaks = replies.peaks(header, case)
        return replace(self._fetch(trees, case, contracts), peaks=peaks)

    def _fetch(self, trees: list[Any], case: Case, contracts: Mapping[str, Contract]) -> Answer:
        """Check what the worker announces against the contract, then fetch the arrays.

        `trees` has the JSON of one value for each fetched step; arrays are announced by dtype and shape.
        """
        announced = replies.announced(trees)
        message, step = "", case.fetch[-1]
        for index, tree in zip(case.fetch, trees, strict=True):
            call = case.steps[index]
            returned = replies.described(tree)
            message = conformance.violation(contracts[call.function], call.arguments, returned) or ""
            if message:
                step = index
                break
        size = sum(nbytes + npy.MAX_HEADER for nbytes, _, _ in announced)
        message = wire.encodable(message, _MAX_MESSAGE)  # it may quote what the worker sent
        if message and (size > _SHOWN_BYTES or len(json.dumps(trees)) > _SHOWN_TEXT):
            return Answer(Kind.CONTRACT, message=message, step=step)
        if size > wire.MAX_BODY:
            return Answer(Kind.CONTRACT, message=f"an answer of {size} bytes is too large to send", step=step)
        reply, body, _ = self.ask({"type": "fetch"}, cpu=limits.CPU_SECONDS, limit=size)
        arrays = wire.split(reply["lengths"], body, len(announced))
        if [(a.nbytes, a.dtype.str, list(a.shape)) for a in arrays] != announced:
            raise ProtocolError("the arrays that came are not those that were announced")
        values = [wire.unpack(tree, arrays) for tree in trees]
        if message:
            return Answer(Kind.CONTRACT, values, message=message, step=step)
        for index, value in zip(case.fetch, values, strict=True):
            message = conformance.not_finite(contracts[case.steps[index].function], value) or ""
            if message:
                return Answer(Kind.CONTRACT, values, message=message, step=index)
        functions = [case.steps[index].function for index in case.fetch]
        named = [
            conformance.named(contracts[name], value) for name, value in zip(functions, values, strict=True)
        ]
        return Answer(Kind.VALUE, named)


class Workers:
    """Starts workers, `ahead` of them in advance: they get ready while others serve submissions.

    `numba` and `tests` say whether workers import numba or pytest when they start. With `first`, a process
    that has been started already is the first worker, and none starts in advance until `refill` is called.
    """

    def __init__(
        self,
        *,
        ahead: int = 1,
        numba: bool = False,
        tests: bool = False,
        tier: Tier = Tier.SUBPROCESS,
        first: Process | None = None,
    ) -> None:
        self.ahead = ahead
        self.numba = numba
        self.tests = tests
        self.tier = tier
        self._waiting = deque([Worker(first)] if first else [])
        if first is None:
            self.refill()

    def refill(self) -> None:
        """Start workers until `ahead` of them wait. Return at once: they get ready in the background."""
        while len(self._waiting) < self.ahead:
            self._waiting.append(self.fresh())

    def take(self) -> Worker:
        """Return an unused worker."""
        with suppress(IndexError):
            return self._waiting.popleft()
        return self.fresh()

    def fresh(self) -> Worker:
        """Start a new worker and return it."""
        return Worker(Process(tier=self.tier, numba=self.numba, tests=self.tests))

    def close(self) -> None:
        """Kill the waiting workers."""
        while self._waiting:
            self._waiting.pop().close()


_questions: WeakKeyDictionary[Case, bytes] = WeakKeyDictionary()
"""The request for each case, kept as long as the case exists: many submissions get the same cases."""


def _question(case: Case, contracts: Mapping[str, Contract]) -> bytes:
    """Return the frame that asks a worker to run a case."""
    arrays: list[Any] = []
    unique = {id(step): step for step in case.steps}  # a repeated call sends its arguments once
    packed = {key: _pack_step(step, contracts[step.function], case, arrays) for key, step in unique.items()}
    steps = [packed[id(step)] for step in case.steps]
    lengths, body = wire.join(arrays)
    go: dict[str, Any] = {"type": "go", "steps": steps, "lengths": lengths, "fetch": list(case.fetch)}
    # The worker measures the memory of capped steps, and prepares a timed case until it gets `start`.
    go |= {"capped": list(case.caps), "hostile": case.check.hostile, "timed": case.timed}
    return wire.frame(go, body)


def _pack_step(step: Step, contract: Contract, case: Case, arrays: list[Any]) -> list[Any]:
    """Return a step as JSON, and append its arrays to `arrays`.

    Arguments in the order of the signature are passed by position, so that a candidate may rename parameters.
    """
    positional = 0
    for name, parameter in zip(step.arguments, contract.signature.parameters, strict=False):
        if name != parameter:
            break
        positional += 1
    values = {
        name: Callback(case.dists.index(value)) if isinstance(value, Dist) else value
        for name, value in step.arguments.items()
    }
    return [step.function, positional, {name: wire.pack(value, arrays) for name, value in values.items()}]


def _module_name(name: str) -> str:
    """Return a module name for a submission's file: it can be imported, and does not hide another module."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.removesuffix(".py"))
    return f"submission_{stem[:100]}"  # systems limit file names, to 255 bytes on Linux


def _reason(error: BaseException) -> str:
    """Return a text for the answer; the text of an unexpected error would not help a candidate."""
    return str(error) if isinstance(error, ProtocolError) else type(error).__name__
