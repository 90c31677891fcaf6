"""Runs a candidate's own tests: on right solutions all should pass, on each bug at least one should fail.

The bugs are the track's mutants: deliberately wrong solutions. `practice_tests` and `graded_tests` derive
from `Engine` and decide in which processes the tests run, in which order, and when tests are accepted.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from mlkata.judging.outcomes import Catch, Outcome, OwnTestsResult, last_line
from mlkata.tracks import mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Kind, Round
from mlkata.tracks.mutants import Mutant
from mlkata.worker import limits, npy, replies
from mlkata.worker.between import Between
from mlkata.worker.budget import Stopped
from mlkata.worker.parent import Worker

FAST = "fast"
"""The name of the compiled right solution, which is slow at its first call and has no bounds checks."""
_SLOWDOWN = 2.0
"""Limit of CPU seconds on a bug, as a multiple of those on the slowest uncompiled right solution."""
_SLACK_SECONDS = 1.0
"""Added to that limit, for tests that take almost no time."""
_FAILURES = (Stopped, *replies.UNREADABLE)
"""Errors of a worker that does not answer."""


@dataclass(frozen=True)
class Implementation:
    """The code that tests run on: a right solution or a bug."""

    name: str
    source: bytes = b""
    path: Path | None = None
    """A file to load in place of `source`, so that numba finds its cached code."""
    mutant: Mutant | None = None
    """The bug; None for a right solution."""


class Engine(ABC):
    """Runs files of tests on the implementations of one track."""

    right_seconds: ClassVar[float]
    """Limit of CPU seconds on a right solution, for the tests and again for the functions that they call."""
    compiled: ClassVar[bool]
    """Whether numba may compile the functions that tests call."""

    def __init__(self, track: Track, right: Sequence[Implementation]) -> None:
        self.track = track
        self.right = tuple(right)
        reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
        self._bugs = [
            Implementation(mutant.id, mutant.source(reference).encode(), mutant=mutant)
            for mutant in mutants.read(track)
        ]

    def bugs(self, rounds: Sequence[Round]) -> list[Implementation]:
        """Return the bugs of some rounds, in the order of mutants.toml."""
        # `mutant` is never None in `_bugs`: the test is for the type checker.
        numbers = {round_.number for round_ in rounds}
        return [bug for bug in self._bugs if bug.mutant is not None and bug.mutant.round in numbers]

    def judge(self, tests: bytes, rounds: Sequence[Round]) -> OwnTestsResult:
        """Run the tests on the right solutions and, if `accepts` says so, on the bugs of some rounds."""
        functions = dict.fromkeys(name for round_ in rounds for name in self.track.functions_of(round_))
        right: dict[str, Outcome] = {}
        outcomes = self.runs(tests, self.right, self.right_seconds)
        for implementation, outcome in zip(self.right, outcomes, strict=False):
            right[implementation.name] = outcome
            if outcome.broken:
                break
        result = OwnTestsResult(tuple(functions), right)
        if not self.accepts(result):
            return result
        slowest = max(outcome.seconds for name, outcome in right.items() if name != FAST)
        order = self.order(tests, self.bugs(rounds))
        outcomes = self.runs(tests, order, _SLOWDOWN * slowest + _SLACK_SECONDS)
        caught: list[Catch] = []
        for implementation, outcome in zip(order, outcomes, strict=False):
            if implementation.mutant is not None:
                caught.append(Catch(implementation.mutant, outcome))
            elif outcome.first_failure:  # on a right solution that `order` has added
                return replace(result, rejected_again={implementation.name: outcome})
        return replace(result, catches=tuple(caught))

    @abstractmethod
    def accepts(self, result: OwnTestsResult) -> bool:
        """Return whether to run the tests on the bugs, given the result on the right solutions."""

    def order(self, tests: bytes, bugs: list[Implementation]) -> list[Implementation]:  # noqa: ARG002
        """Return the implementations to run after the right solutions, in order: by default the bugs.

        A subclass may add right solutions again, among the bugs: tests that fail on one of these fail at
        random, or guess what they run on from the order.
        """
        return bugs

    def runs(
        self, tests: bytes, implementations: Sequence[Implementation], limit: float
    ) -> Iterator[Outcome]:
        """Run the tests on one implementation after another; yield the outcomes."""
        for implementation in implementations:
            yield self.run(tests, implementation, limit)

    def run(self, tests: bytes, implementation: Implementation, limit: float) -> Outcome:
        """Run the tests on one implementation; each of the processes may take `limit` CPU seconds."""
        try:
            implementation_worker, problem = self._load_or_retry(
                implementation, max(limit, limits.LOAD_SECONDS)
            )
        except _FAILURES as error:
            return Outcome(ended=_ended(error))
        if problem:
            return Outcome(problem=problem)
        worker = self.tests_worker(implementation_worker)
        calls = (  # passes calls from the tests to the functions, if these are in another process
            None
            if worker is implementation_worker
            else Between(worker, implementation_worker, self.track.contracts, limit)
        )
        try:
            outcome = self._run_tests(worker, calls, tests, self.instructions(implementation), limit)
        except _FAILURES as error:
            implementation_worker.close()  # a function may still be running
            outcome = Outcome(ended=_ended(error))
        finally:
            if worker is not implementation_worker:
                worker.close()
        if calls is None:
            return outcome
        return replace(outcome, called=frozenset(calls.called), seconds=outcome.seconds + calls.spent)

    @abstractmethod
    def implementation_worker(self) -> Worker:
        """Return the worker that loads an implementation."""

    @abstractmethod
    def tests_worker(self, implementation: Worker) -> Worker:
        """Return the worker that runs the tests: the implementation's, or another one, which `run` closes."""

    def instructions(self, implementation: Implementation) -> Mapping[str, Any]:  # noqa: ARG002 - the same for all
        """Return which tests run first, which are skipped, and whether the first failure ends the run.

        By default the tests run in their own order, none is skipped, and the first failure ends the run.
        """
        return {"order": [], "skipped": [], "first": True}

    def _load_or_retry(self, implementation: Implementation, cpu: float) -> tuple[Worker, str]:
        """Load an implementation; return its worker, and why it cannot be imported (or "")."""
        try:
            return self._load(self.implementation_worker(), implementation, cpu)
        except _FAILURES:  # tests on an earlier implementation may have broken the worker: try a new one
            return self._load(self.implementation_worker(), implementation, cpu)

    def _load(self, worker: Worker, implementation: Implementation, cpu: float) -> tuple[Worker, str]:
        name, path = self.track.name, implementation.path
        header = {
            "type": "implementation",
            "module": name,
            "path": str(path or ""),
            "cache": os.environ.get("NUMBA_CACHE_DIR", ""),
            "compiled": self.compiled,
        }
        try:
            worker.wait_idle()
            reply, _, _ = worker.ask(header, implementation.source, cpu=cpu)
            message = str(reply["message"])
        except _FAILURES:
            worker.close()
            raise
        return worker, f"{name} cannot be imported: {message}" if message else ""

    def _run_tests(
        self,
        worker: Worker,
        calls: Between | None,
        tests: bytes,
        instructions: Mapping[str, Any],
        limit: float,
    ) -> Outcome:
        before = worker.cpu_seconds
        header = {
            "type": "tests",
            "module": self.track.name,
            "functions": list(self.track.contracts),
            "records": _records(self.track),
            **instructions,
        }
        worker.wait_idle()
        reply, _, _ = worker.ask(header, tests, cpu=limit, calls=calls)
        if reply["type"] != "tested":
            raise npy.ProtocolError("no outcome")
        return Outcome(
            failed={str(test): str(lines) for test, lines in dict(reply["failed"]).items()},
            passed=tuple(map(str, reply["passed"])),
            called=frozenset(map(str, reply["called"])),
            problem=last_line(reply["problem"]) if reply["problem"] else "",
            seconds=worker.cpu_seconds - before,
        )


def _ended(error: Exception) -> str:
    """Return in one line why a run of the tests was stopped."""
    if not isinstance(error, Stopped):
        return "the tests broke the protocol of the worker"
    return "a test that did not end" if error.kind is Kind.TIMEOUT else error.message


def _records(track: Track) -> dict[str, list[str]]:
    """Return the fields of each named tuple of a track by the tuple's name; tests may import these tuples."""
    contracts = track.contracts.values()
    entries = [entry for contract in contracts for entry in (*contract.parameters, *contract.returns)]
    records = [entry.record.type for entry in entries if entry.record is not None]
    return {record.__name__: list(record._fields) for record in records}
