"""Grades tests by the bugs that they catch: they must accept every right solution, then meet the mutants.

The tests run in workers, two mutants side by side; a test that never ends is stopped, and has caught its bug.
For practice only: whoever writes the tests could have them look at what they run on.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Kind, Round
from mlkata.tracks.mutants import Mutant, read
from mlkata.worker.channel import Stopped
from mlkata.worker.parent import Worker
from mlkata.worker.process import Process

RIGHT = ("reference", "naive", "fast")
CLASSICS = 12
"""The first bugs of a track's rounds: those that interviewers ask about."""
_SIDE_BY_SIDE = 2
_BATCH = 16
_RIGHT_SECONDS = 60.0
"""CPU seconds for a right solution: the fast one may compile."""
_PATIENCE = 2.0
"""A mutant gets so many times what the reference took, and a second."""
_ENDLESS = "a test that did not end"


@dataclass(frozen=True)
class Outcome:
    """What the tests said of one implementation."""

    failed: Mapping[str, str]
    """The last lines of each failure, by the test's name."""
    passed: Sequence[str]
    called: frozenset[str]
    problem: str = ""
    """Why the tests could not be run."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Catch:
    """A bug, and the first test that caught it; empty where none did."""

    mutant: Mutant
    by: str = ""


@dataclass(frozen=True)
class Result:
    """A whole file of tests, graded."""

    tests: tuple[str, ...]
    rejected: Mapping[str, Mapping[str, str]]
    """Tests that fail on a right solution, by its name: they ask for more than the contract does."""
    catches: tuple[Catch, ...]
    uncalled: tuple[str, ...]
    """Functions of the open rounds that no test calls."""
    by: Counter[str] = field(default_factory=Counter)
    """How many bugs each test was the first to catch."""

    @property
    def caught(self) -> int:
        """How many bugs were caught."""
        return sum(bool(one.by) for one in self.catches)

    @property
    def passed(self) -> bool:
        """Do they accept all right solutions, and catch the classics?"""
        return not self.rejected and all(one.by for one in self.catches[:CLASSICS])


def judge(
    track: Track,
    file: Path,
    rounds: Sequence[Round],
    *,
    on_plan: Callable[[int], None] = lambda total: None,
    on_done: Callable[[], None] = lambda: None,
) -> Result:
    """Grade a file of tests on the bugs of some rounds.

    Raises KataError where there is no such file, it has no tests, or it cannot be run.
    """
    tests = _read(file)
    numbers = {round_.id for round_ in rounds}
    mutants = [one for one in read(track) if f"{track.name}.{one.round}" in numbers]
    functions = list(dict.fromkeys(name for round_ in rounds for name in track.functions_of(round_)))
    on_plan(len(RIGHT) + len(mutants))
    with _Bench(track, tests) as bench:
        right = dict(zip(RIGHT, bench.all([(name, None) for name in RIGHT], functions, on_done), strict=True))
        _refuse(track, file, right)
        rejected = {name: outcome.failed for name, outcome in right.items() if outcome.failed}
        bench.skipped = sorted({test for failed in rejected.values() for test in failed})
        bench.limit = _PATIENCE * right["reference"].seconds + 1.0
        outcomes = bench.all([("", one) for one in mutants], functions, on_done)
    catches = tuple(Catch(one, _caught(outcome)) for one, outcome in zip(mutants, outcomes, strict=True))
    called = frozenset().union(*(outcome.called for outcome in right.values()))
    return Result(
        tests=tuple(sorted({*right["reference"].passed, *right["reference"].failed})),
        rejected=rejected,
        catches=catches,
        uncalled=tuple(name for name in functions if name not in called),
        by=Counter(one.by for one in catches if one.by),
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KataError(f"no tests in {file} ({error.strerror}): expected a pytest file") from None


def _refuse(track: Track, file: Path, right: Mapping[str, Outcome]) -> None:
    for outcome in right.values():
        if outcome.problem:
            last = outcome.problem.strip().splitlines()[-1]
            raise KataError(f"{file.name} cannot be run: {last}; plain `pytest {file.name}` shows where")
    if not right["reference"].passed and not right["reference"].failed:
        raise KataError(
            f"{file.name} has no tests yet: expected functions named test_…, as pytest finds them; "
            f"write one, then `kata test {track.name}`"
        )


def _caught(outcome: Outcome) -> str:
    return next(iter(outcome.failed), "an import that fails" if outcome.problem else "")


class _Bench:
    """Workers side by side, in which the same tests run on one implementation after another."""

    def __init__(self, track: Track, tests: bytes) -> None:
        self.track = track
        self.tests = tests
        self.skipped: list[str] = []
        self.limit = _RIGHT_SECONDS
        self._own = threading.local()
        self._workers: list[Worker] = []
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="tests")
        self._reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
        self._by: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def all(
        self,
        implementations: Sequence[tuple[str, Mutant | None]],
        functions: list[str],
        on_done: Callable[[], None],
    ) -> list[Outcome]:
        """Run the tests on each of these: solutions by name, or mutants.

        What one batch has caught orders the tests of the next: so each run says the same.
        """
        outcomes: list[Outcome] = []
        for begin in range(0, len(implementations), _BATCH):
            batch = implementations[begin : begin + _BATCH]
            running = [self._pool.submit(self._one, name, mutant, functions) for name, mutant in batch]
            for future in running:
                outcomes.append(future.result())
                on_done()
            self._by.update(next(iter(one.failed)) for one in outcomes[begin:] if one.failed)
        return outcomes

    def _one(self, name: str, mutant: Mutant | None, functions: list[str]) -> Outcome:
        source = mutant.source(self._reference).encode() if mutant else b""
        header = {
            "type": "tests",
            "module": self.track.name,
            "path": "" if mutant else str(self.track.solution(name)),
            "cache": os.environ.get("NUMBA_CACHE_DIR", ""),
            "size": len(source),
            "functions": functions,
            "order": [test for test, _ in self._by.most_common()],
            "first": mutant is not None,
            "skipped": self.skipped,
        }
        worker = self._worker()
        before = worker.cpu_seconds
        try:
            reply, _, _ = worker.ask(header, source + self.tests, cpu=self.limit)
        except Stopped as stopped:
            worker.close()
            if mutant is None:
                said = f"{name}: {stopped.message}"
                return Outcome({}, (), frozenset(), problem=said)
            return Outcome(
                {_ENDLESS if stopped.kind is Kind.TIMEOUT else stopped.message: ""}, (), frozenset()
            )
        return Outcome(
            {str(test): str(said) for test, said in reply["failed"].items()},
            tuple(map(str, reply["passed"])),
            frozenset(map(str, reply["called"])),
            str(reply["problem"]),
            worker.cpu_seconds - before,
        )

    def _worker(self) -> Worker:
        """Give this thread's worker, a new one where the last had to be stopped."""
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None or worker.closed:
            worker = self._own.worker = Worker(Process(numba=True))
            self._workers.append(worker)
            worker.wait_idle()
        return worker


def as_json(result: Result, track: Track, file: Path) -> dict[str, Any]:
    """Write a result down as `mlkata.tests/1`."""
    return {
        "schema": "mlkata.tests/1",
        "track": track.name,
        "file": file.name,
        "tests": list(result.tests),
        "rejected": {name: dict(failed) for name, failed in result.rejected.items()},
        "caught": result.caught,
        "of": len(result.catches),
        "bugs": [_bug(one, track) for one in result.catches],
        "uncalled": list(result.uncalled),
        "passed": result.passed,
    }


def _bug(one: Catch, track: Track) -> dict[str, Any]:
    where = {"round": f"{track.name}.{one.mutant.round}", "function": one.mutant.function}
    return {"id": one.mutant.id, **where, "caught_by": one.by or None}
