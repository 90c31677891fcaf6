"""Grades a student's own tests: they must accept right solutions, and catch bugs (the track's mutants).

Each run of the tests has a process of its own and gets the same instructions, so tests cannot find out
whether they run on a right solution or on a bug. The functions under test are in another process and are
called through the kit: tests see only what the functions return. So tests that forge their outcome forge the
same outcome for right solutions and bugs, and score nothing.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from mlkata.judging.outcomes import OwnTestsResult
from mlkata.judging.own_tests import FAST, Engine, Implementation
from mlkata.tracks import mutants, paths
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Check, Kind, Report, Round, RoundReport, Status, Verdict
from mlkata.worker.parent import Worker, Workers
from mlkata.worker.process import Process
from mlkata.worker.tiers import Tier

_REJECTED = "no bug counts as caught: the tests fail on the right solution"
"""Begins a message; the name of the solution and the failure follow."""


@dataclass(frozen=True)
class BugTrack(Track):
    """A track with one check for each bug (mutant); the check passes if the tests catch the bug."""

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """A check for each mutant, in the order of mutants.toml, with the points that the rounds give."""
        return self.with_points([_check(self.name, mutant) for mutant in mutants.read(self)])

    @cached_property
    def digest(self) -> str:
        """A digest of the track's exercises, the right solutions and the bugs."""
        digest = hashlib.sha256(super().digest.encode())
        files = [file for path in self.solution_files() for file in paths.sources(path)]
        for path in [*dict.fromkeys(files), self.solutions / "mutants.toml"]:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def right(self) -> Mapping[str, bytes]:
        """The sources of the right solutions that tests must accept: single files, without fast.

        Compiled code has no bounds checks, so a test could read or write any memory through it.
        """
        files = (path for path in self.solution_files() if path.is_file() and path.stem != FAST)
        return {path.name: path.read_bytes() for path in files}


def bug_track(track: Track) -> BugTrack:
    """Return the same track with its bugs as checks."""
    return BugTrack(track.name, track.title, track.order, track.exercises, track.solutions, track.rounds)


def _check(track: str, mutant: mutants.Mutant) -> Check:
    """Return the check of a bug: its rule is the mutant's lesson, and it has no inputs."""
    return Check(
        f"{track}.{mutant.round}/{mutant.function}/{mutant.id}",
        rule=mutant.lesson,
        make=_no_case,
        judge=_no_case,
        points=1.0,
    )


def _no_case(*_: Any) -> NoReturn:
    raise RuntimeError("bugs have no inputs to draw")  # never called


class BugJudge(Engine):
    """Grades files of tests, one after another, in one isolation tier."""

    right_seconds = 20.0  # of CPU time on a right solution: nothing is compiled
    compiled = False  # for the reason given at `BugTrack.right`

    def __init__(self, track: BugTrack, tier: Tier) -> None:
        super().__init__(track, [Implementation(name, source) for name, source in track.right.items()])
        self._tier = tier
        self._seed = 0
        self._workers = Workers(ahead=1, tests=True, tier=tier)
        self._implementation: Worker | None = None

    def close(self) -> None:
        """Kill all workers."""
        self._workers.close()
        if self._implementation is not None:
            self._implementation.close()

    def report(self, source: bytes, name: str, rounds: Sequence[Round], seed: int) -> Report:
        """Return a report on the tests in `source`, judged on the bugs of some rounds."""
        started = time.perf_counter()
        if self._implementation is not None:
            self._implementation.close()  # its state must not reach the next student's tests
        self._seed = seed
        result = self.judge(source, rounds)
        checks = {round_: self.track.checks_of(round_) for round_ in rounds}
        return Report(
            track=self.track.name,
            submission=name,
            seed=seed,
            isolation=self._tier,
            rounds=tuple(
                RoundReport(round_, tuple(_verdict(check, result, name) for check in round_checks))
                for round_, round_checks in checks.items()
                if round_checks
            ),
            seconds=time.perf_counter() - started,
        )

    def accepts(self, result: OwnTestsResult) -> bool:
        """Return whether all right solutions are accepted; if not, the bugs are not run."""
        return not any(outcome.first_failure for outcome in result.right.values())

    def order(self, tests: bytes, bugs: list[Implementation]) -> list[Implementation]:
        """Return the bugs and, once more, the right solutions, shuffled by the seed.

        This catches tests that fail at random, or that guess what they run on from the order.
        """
        order = [*bugs, *self.right]
        random.Random(f"{self._seed} {hashlib.sha256(tests).hexdigest()}").shuffle(order)  # noqa: S311 - reproducible
        return order

    def implementation_worker(self) -> Worker:
        """Return the worker of the previous implementation, or a new one if that worker was stopped."""
        if self._implementation is None or self._implementation.closed:
            self._implementation = Worker(Process(tier=self._tier))
        return self._implementation

    def tests_worker(self, implementation: Worker) -> Worker:  # noqa: ARG002 - never the same worker
        """Return a fresh worker."""
        worker = self._workers.take()
        self._workers.refill()
        return worker


def _verdict(check: Check, result: OwnTestsResult, name: str) -> Verdict:
    """Return the verdict on one bug; `name` is that of the file of tests."""
    replay = f"kata test {check.round_id.partition('.')[0]} {name}"
    for solution, outcome in result.right.items():
        if outcome.broken:
            message = f"not run: on the right solution {solution}: {outcome.first_failure}"
            return Verdict(check, Status.ERROR, code=Kind.IMPORT, message=message, replay=replay)
        if outcome.first_failure:
            message = f"{_REJECTED} {solution}: {outcome.first_failure}"
            return Verdict(check, Status.FAIL, message=message, replay=replay)
    for solution, outcome in result.rejected_again.items():
        message = f"{_REJECTED} {solution}, in the second run: {outcome.first_failure}"
        return Verdict(check, Status.FAIL, message=message, replay=replay)
    bug = check.id.rpartition("/")[2]
    failure = next(catch.outcome.first_failure for catch in result.catches if catch.mutant.id == bug)
    if failure:
        return Verdict(check, Status.PASS, message=failure, replay=replay)
    uncalled = check.function not in result.called
    message = f"no test calls {check.function}" if uncalled else "no test fails with this bug"
    return Verdict(check, Status.FAIL, message=message, replay=replay)
