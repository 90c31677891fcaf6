"""Answer the cases of one submission, with as many worker processes as it needs.

A case is one input that is judged: one call or a few calls (steps) of the candidate's functions. Timeouts
count for the function of the last step. The submission is loaded into a worker once; if the worker dies or
has to be stopped, a new one answers the next case. Whatever the submission does is an answer: `Runner.answer`
never raises because of it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlkata.tracks import paths
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Answer, Case, Kind, Step
from mlkata.worker import limits
from mlkata.worker.parent import Worker, Workers


@dataclass(frozen=True)
class Submission:
    """A candidate's file, as it was when it was read."""

    name: str
    source: bytes
    path: Path | None = None
    """The path of one of the kit's solutions, which may import others; None for a candidate's file."""

    @property
    def numba(self) -> bool:
        """Whether the source names numba."""
        return b"numba" in self.source


def ours(path: Path) -> Submission:
    """Return a submission for one of the kit's own solutions, which may be a package.

    Its `source` joins the sources of all modules that it can import; a worker loads it by path, and must not
    be isolated.
    """
    return Submission(path.name, b"\n".join(paths.sources(path).values()), path)


class Runner:
    """Answers the cases of one submission, one after the other."""

    def __init__(self, submission: Submission, contracts: Mapping[str, Contract], workers: Workers) -> None:
        self.submission = submission
        self.contracts = contracts
        self.workers = workers
        self._worker: Worker | None = None
        self._closed = False
        self._lock = threading.RLock()
        self._refused: Answer | None = None
        """The answer to all cases of a submission that cannot be loaded."""
        self._timeouts: Counter[str] = Counter()
        """The timeouts of each function."""
        self._called: set[tuple[Any, ...]] = set()
        """The signatures that the current worker has called, and so compiled if the functions use numba."""
        self._compiling: defaultdict[str, float] = defaultdict(float)
        """CPU seconds that each function may still take for compiling, in addition to the usual limit."""
        self._spent = 0.0
        """Seconds of `limits.SUBMISSION_SECONDS` that are used up."""

    def answer(self, case: Case, *, at_most: float | None = None) -> Answer:
        """Return the answer to one case; `at_most` lowers the usual limit of CPU seconds.

        Raise RuntimeError if no worker starts.
        """
        with self._lock:
            return self._answer(case, at_most)

    def _answer(self, case: Case, at_most: float | None) -> Answer:
        function = case.steps[-1].function
        if self._timeouts[function] >= limits.MAX_TIMEOUTS:
            return Answer(
                Kind.TIMEOUT, message=f"not run: {function} has timed out {limits.MAX_TIMEOUTS} times"
            )
        if self._spent > limits.SUBMISSION_SECONDS:
            message = f"not run: the submission has used its {limits.SUBMISSION_SECONDS:g} CPU seconds"
            return Answer(Kind.TIMEOUT, message=message)
        worker = self._loaded()
        if worker is None:
            return self._refused or Answer(Kind.CRASHED, message="not run: the session was closed")
        signatures = {_signature(step) for step in case.steps}
        if not signatures <= self._called:
            self._compiling[function] = limits.NUMBA_SECONDS if self.submission.numba else 0.0
        self._called |= signatures
        started = time.monotonic()
        cpu_before = worker.cpu_seconds
        # A case with a memory cap runs twice, the second time with its memory traced, which is slow.
        usual = limits.CPU_SECONDS * (limits.TRACING if case.caps else 1)
        allowed = usual + self._compiling[function]
        answer = worker.run(case, self.contracts, cpu=allowed if at_most is None else min(at_most, allowed))
        used = worker.cpu_seconds - cpu_before
        self._spend(used, started)
        self._compiling[function] = max(0.0, self._compiling[function] - max(0.0, used - usual))
        if answer.kind is Kind.TIMEOUT:
            self._timeouts[function] += 1
        if worker.closed:
            self._worker = None
            self._called.clear()  # a new worker has to compile again
        return answer

    def defined_twice(self) -> str:
        """Load the file; return a message about a function that it defines twice, or "" if there is none."""
        with self._lock:
            self._loaded()
        refused = self._refused
        return refused.message if refused is not None and refused.defined_twice else ""

    def close(self) -> None:
        """Kill the current worker, even if a thread waits for it; no more cases are answered."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.kill()
        self.renew()  # a thread that waits for the worker releases the lock once the process is dead

    def renew(self) -> None:
        """Kill the current worker, if any; a new one answers the next case."""
        with self._lock:
            if self._worker is not None:
                self._worker.close()
                self._worker = None
                self._called.clear()

    def _loaded(self) -> Worker | None:
        """Return a worker that has loaded the submission; None if it is refused or the runner is closed."""
        if self._worker is None and self._refused is None and not self._closed:
            started = time.monotonic()
            refused = self._load(self.workers.take())
            worker = self._worker
            if worker is not None:
                self._spend(worker.cpu_seconds, started)
            if refused is not None and worker is not None:
                worker.close()
                self._worker = None
                self._refused = None if self._closed else refused
        return None if self._closed else self._worker

    def _load(self, worker: Worker) -> Answer | None:
        """Load the submission into `worker`, or into a new worker if this one has died while it waited.

        Return None on success or if the runner has been closed, else the answer to all cases.
        """
        submission = self.submission
        self._worker = worker  # before loading, so that close() can kill it
        if self._closed:
            return None
        try:
            return worker.load(submission.source, submission.name, submission.path)
        except RuntimeError:
            self._worker = None
            if self._closed:
                return None
            self._worker = self.workers.fresh()
            try:
                return self._worker.load(submission.source, submission.name, submission.path)
            except RuntimeError:
                self._worker = None
                raise

    def _spend(self, cpu: float, started: float) -> None:
        """Count CPU seconds against the limit of the submission.

        If the code mostly slept since `started` (time.monotonic()), a tenth of the wall time counts instead.
        """
        self._spent += max(cpu, (time.monotonic() - started) / limits.WALL_FACTOR)


def _signature(step: Step) -> tuple[Any, ...]:
    """Return a function's name and the types of its array arguments: numba compiles for each combination."""
    arrays = [value for value in step.arguments.values() if isinstance(value, np.ndarray)]
    array_types = [(array.dtype.str, array.ndim, array.flags.c_contiguous) for array in arrays]
    return (step.function, *array_types)
