"""Judges a candidate's own tests for `kata test`: quickly, and only for practice.

Tests run in the process of the functions that they test, and the process is reused for the next bug or right
solution; two processes run in parallel. New processes for each run, as in `graded_tests`, take several times
as long. But here tests could find out what they run on, so the result is no grade. A test that fails on a
right solution is reported, and skipped when the bugs are run.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from mlkata.judging.outcomes import Outcome, OwnTestsResult
from mlkata.judging.own_tests import Engine, Implementation
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round
from mlkata.worker.parent import Worker
from mlkata.worker.process import Process

_RIGHT = ("reference", "naive", "fast")
"""Right solutions to run, if the track has them. loops.py is left out: it is slow to compile, and fast.py is
compiled too."""
_PROCESSES = 2
"""The number of processes that run tests in parallel."""
_BATCH = 16
"""Implementations that run with the same order of tests; see `_Practice.runs`."""


def judge(
    track: Track,
    file: Path,
    rounds: Sequence[Round],
    *,
    on_plan: Callable[[int], None] = lambda total: None,
    on_done: Callable[[], None] = lambda: None,
) -> OwnTestsResult:
    """Judge a file of tests on the bugs of some rounds.

    Raise KataError if there is no such file, it has no tests, or it cannot be run.
    """
    try:
        tests = file.read_bytes()
    except OSError as error:
        raise KataError(f"cannot read {file} ({error.strerror}): expected a file of pytest tests") from None
    with _Practice(track, file.name, on_done) as engine:
        on_plan(len(engine.right) + len(engine.bugs(rounds)))
        return engine.judge(tests, rounds)


class _Practice(Engine):
    right_seconds = 60.0  # enough to compile fast.py
    compiled = True

    def __init__(self, track: Track, file: str, on_done: Callable[[], None]) -> None:
        solutions = {path.stem: path for path in track.solution_files()}
        super().__init__(
            track, [Implementation(name, path=solutions[name]) for name in _RIGHT if name in solutions]
        )
        self._file = file
        self._on_done = on_done
        self._skipped: list[str] = []
        self._catches_by_test: Counter[str] = Counter()
        self._thread_local = threading.local()
        """Its attribute `worker` is the worker of the present thread."""
        self._workers: list[Worker] = []
        self._pool = ThreadPoolExecutor(_PROCESSES, thread_name_prefix="tests")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def runs(
        self, tests: bytes, implementations: Sequence[Implementation], limit: float
    ) -> Iterator[Outcome]:
        """Run the tests on two implementations at a time.

        Tests that have caught most bugs run first, since the first failure ends a run. This order changes
        only after a batch, so that the result does not depend on which of two processes is faster.
        """
        for begin in range(0, len(implementations), _BATCH):
            batch = implementations[begin : begin + _BATCH]
            futures = [self._pool.submit(self.run, tests, implementation, limit) for implementation in batch]
            outcomes = []
            for future in futures:
                outcomes.append(future.result())
                self._on_done()
                yield outcomes[-1]
            self._catches_by_test.update(next(iter(outcome.failed)) for outcome in outcomes if outcome.failed)

    def accepts(self, result: OwnTestsResult) -> bool:
        """Raise KataError if the tests cannot be run; skip tests that fail on a right solution."""
        for name, outcome in result.right.items():
            if outcome.problem or outcome.ended:
                reason = outcome.problem or f"{name}: {outcome.ended}"
                raise KataError(
                    f"{self._file} cannot be run: {reason}; run `pytest {self._file}` to see where"
                )
            if outcome.broken:  # nothing stopped the tests, so there were none
                raise KataError(
                    f"{self._file} has no tests yet: expected functions named test_…, as pytest finds them; "
                    f"write one, then `kata test {self.track.name}`"
                )
        self._skipped = sorted({test for failed in result.rejected.values() for test in failed})
        return True

    def instructions(self, implementation: Implementation) -> Mapping[str, Any]:
        """Return the instructions: report all failures on a right solution, on a bug only the first."""
        order = [test for test, _ in self._catches_by_test.most_common()]
        return {"order": order, "skipped": self._skipped, "first": implementation.mutant is not None}

    def implementation_worker(self) -> Worker:
        """Return this thread's worker, or a new one if that worker was stopped."""
        worker: Worker | None = getattr(self._thread_local, "worker", None)
        if worker is None or worker.closed:
            worker = self._thread_local.worker = Worker(Process(numba=True))
            self._workers.append(worker)
        return worker

    def tests_worker(self, implementation: Worker) -> Worker:
        """Return the worker of the implementation: it runs the tests too."""
        return implementation
