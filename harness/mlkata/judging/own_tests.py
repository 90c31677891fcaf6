"""Judges a student's own tests: they must accept right solutions, and catch bugs.

Each run is a process of its own that ends with it, and is told the same, whatever it runs on. The functions
lie in another process and are called by way of the kit, so that tests see what they return and nothing else.
Whoever forges an outcome forges it without knowing whether a right solution or a bug is at the other end.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from mlkata.tracks import loading, mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Check, Kind, Report, Round, RoundReport, Status, Verdict
from mlkata.worker import limits, replies, wire
from mlkata.worker.between import Between
from mlkata.worker.channel import Stopped
from mlkata.worker.parent import Worker, Workers
from mlkata.worker.process import Process
from mlkata.worker.tiers import Tier

_FIRST_SECONDS = 20.0
"""CPU seconds for the tests, and for what they call, on a right solution."""
_PATIENCE = 2.0
"""Afterwards so many times what the slowest right solution took, and a second."""
_MAX_SAID = 300
_PLACE = re.compile(r"/.*:\d+: \w+")
"""The end of a traceback: `/usr/lib/python3/mlkata/worker/remote.py:66: TypeError`."""


@dataclass(frozen=True)
class BugTrack(Track):
    """A track whose checks are its bugs: one passes where the tests catch it."""

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """One for each mutant, in the file's order, with the points that their rounds give."""
        return self.with_points([_check(self.name, one) for one in mutants.read(self)])

    @cached_property
    def digest(self) -> str:
        """A digest of the contract, the right solutions and the bugs."""
        digest = hashlib.sha256(super().digest.encode())
        files = [file for path in self.solution_files() for file in loading.sources(path)]
        for path in [*dict.fromkeys(files), self.solutions / "mutants.toml"]:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def right(self) -> Mapping[str, bytes]:
        """The right solutions that tests must accept: each is one file, and the fast one is left out.

        What that has compiled would believe any index that a test gives it.
        """
        files = (path for path in self.solution_files() if path.is_file() and path.stem != "fast")
        return {path.name: path.read_bytes() for path in files}


def bug_track(track: Track) -> BugTrack:
    """Make the same track with bugs for checks."""
    return BugTrack(track.name, track.title, track.order, track.exercises, track.solutions, track.rounds)


def _check(track: str, mutant: mutants.Mutant) -> Check:
    return Check(
        f"{track}.{mutant.round}/{mutant.function}/{mutant.id}", mutant.lesson, _no_case, _no_case, points=1.0
    )


def _no_case(*_: Any) -> NoReturn:
    raise RuntimeError("a bug is no case")  # nobody draws one


@dataclass(frozen=True)
class _Run:
    """What the tests said of one implementation."""

    against: str
    """What speaks against it, in one line; empty where all tests pass."""
    seconds: float = 0.0
    called: frozenset[str] = frozenset()
    broken: bool = False
    """Could the tests not be run to their end?"""


@dataclass
class _Found:
    """What is known of a file of tests so far."""

    caught: dict[str, str] = field(default_factory=dict)
    """What speaks against each bug, by its check; empty where it survives."""
    called: set[str] = field(default_factory=set)
    rejects: str = ""
    """Which right solution the tests do not accept, and why."""
    broken: bool = False


class Judge:
    """Judges files of tests, one after the other."""

    def __init__(self, track: BugTrack, tier: Tier) -> None:
        self._track = track
        self._tier = tier
        self._workers = Workers(ahead=1, tests=True, tier=tier)
        self._implementation: Worker | None = None
        self._reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
        self._sources = {
            check.id: mutant.source(self._reference).encode()
            for check, mutant in zip(track.checks, mutants.read(track), strict=True)
        }

    def close(self) -> None:
        """Kill all workers."""
        self._workers.close()
        if self._implementation is not None:
            self._implementation.close()

    def judge(self, source: bytes, name: str, rounds: Sequence[Round], seed: int) -> Report:
        """Judge the tests in `source` on the bugs of some rounds."""
        started = time.perf_counter()
        if self._implementation is not None:
            self._implementation.close()  # nothing of one student's calls is there for another's
        checks = {round_.id: self._track.checks_of(round_) for round_ in rounds}
        found = self._find(source, [check.id for some in checks.values() for check in some], seed)
        return Report(
            track=self._track.name,
            submission=name,
            seed=seed,
            isolation=self._tier,
            rounds=tuple(
                RoundReport(round_, tuple(_verdict(check, found, name) for check in checks[round_.id]))
                for round_ in rounds
                if checks[round_.id]
            ),
            seconds=time.perf_counter() - started,
        )

    def _find(self, source: bytes, bugs: Sequence[str], seed: int) -> _Found:
        """Run the tests on right solutions first, which spares the rest where one is not accepted.

        Then on the bugs, with the right solutions again among them, in an order that a seed gives: tests
        that fail now and then, or that guess what they run on, meet a right solution where none is due.
        """
        found = _Found()
        limit, slowest = _FIRST_SECONDS, 0.0
        for name, right in self._track.right.items():
            run = self._run(source, right, limit)
            slowest = max(slowest, run.seconds)
            found.called |= run.called
            if run.against:
                found.rejects, found.broken = f"{name}: {run.against}", run.broken
                return found
        limit = _PATIENCE * slowest + 1.0
        order = [*bugs, *self._track.right]
        random.Random(f"{seed} {hashlib.sha256(source).hexdigest()}").shuffle(order)  # noqa: S311 - told by a seed
        for name in order:
            again = self._track.right.get(name)
            run = self._run(source, self._sources[name] if again is None else again, limit)
            if again is None:
                found.caught[name] = run.against
            elif run.against:
                found.rejects = f"{name}, at the second time: {run.against}"
                return found
        return found

    def _run(self, source: bytes, implementation: bytes, limit: float) -> _Run:
        """Run the tests on one implementation, in a process that nobody has used."""
        tests = self._workers.take()
        self._workers.refill()
        try:
            return self._asked(tests, source, implementation, limit)
        finally:
            tests.close()

    def _asked(self, tests: Worker, source: bytes, implementation: bytes, limit: float) -> _Run:
        name = self._track.name
        other, problem = self._loaded(implementation)
        if problem:
            return _Run(f"it cannot be imported: {problem}")
        between = Between(tests, other, self._track.contracts, limit)
        header = {
            "type": "graded tests",
            "module": name,
            "functions": list(self._track.contracts),
            "records": _records(self._track),
            "order": [],
            "skipped": [],
            "first": True,
        }
        broken = True
        try:
            tests.wait_idle()
            reply, _, _ = tests.ask(header, source, cpu=limit, calls=between)
            against, broken = _against(reply)
        except Stopped as stopped:
            against = "a test that did not end" if stopped.kind is Kind.TIMEOUT else stopped.message
        except replies.UNREADABLE:
            against = "the tests broke the protocol"
        if broken:
            other.close()  # it may be in the middle of a call
        spent = tests.cpu_seconds + between.spent
        return _Run(wire.printable(against, _MAX_SAID), spent, frozenset(between.called), broken)

    def _loaded(self, source: bytes) -> tuple[Worker, str]:
        """Load an implementation, in the process of the one before where that still serves.

        Says what is wrong with it where it cannot be loaded in a new process either.
        """
        name = self._track.name
        header = {"type": "implementation", "module": name}
        problem = ""
        for _ in range(2):
            if self._implementation is None or self._implementation.closed:
                self._implementation = Worker(Process(tier=self._tier))
            other = self._implementation
            try:
                other.wait_idle()
                reply, _, _ = other.ask(header, source, cpu=limits.LOAD_SECONDS)
            except (Stopped, *replies.UNREADABLE) as error:
                other.close()  # calls may have left it dying
                problem = str(error)
            else:
                return other, reply["message"] if reply["type"] == "broken" else ""
        return other, problem


def _against(reply: Mapping[str, Any]) -> tuple[str, bool]:
    """Say what the tests have against an implementation, and whether they could not be run at all."""
    if reply["type"] != "tested":
        raise wire.ProtocolError("no outcome")
    if reply["problem"]:
        return f"the tests cannot be run: {_last_line(reply['problem'])}", True
    for test, said in dict(reply["failed"]).items():
        return f"{str(test).partition('::')[2] or 'a test'} fails: {_last_line(said)}", False
    if not list(reply["passed"]):
        return "no test was run: expected functions named test_…, as pytest finds them", True
    return "", False


def _last_line(said: Any) -> str:
    lines = str(said).strip().splitlines()
    if not lines:
        return "it does not say why"
    last = " ".join(lines[-1].split())
    return (
        last.rpartition("/")[2] if _PLACE.fullmatch(last) else last
    )  # where we are installed is nobody's matter


def _records(track: Track) -> dict[str, list[str]]:
    """List the named tuples of a track, which tests may import, too."""
    contracts = track.contracts.values()
    entries = [entry for one in contracts for entry in (*one.parameters, *one.returns)]
    return {e.record.type.__name__: list(e.record.type._fields) for e in entries if e.record is not None}


def _verdict(check: Check, found: _Found, name: str) -> Verdict:
    replay = f"kata test {check.round_id.partition('.')[0]} {name}"
    if found.broken:
        message = f"not run: on the right solution {found.rejects}"
        return Verdict(check, Status.ERROR, code=Kind.IMPORT, message=message, replay=replay)
    if found.rejects:
        message = f"counts for nothing: the tests do not accept the right solution {found.rejects}"
        return Verdict(check, Status.FAIL, message=message, replay=replay)
    against = found.caught[check.id]
    if against:
        return Verdict(check, Status.PASS, message=against, replay=replay)
    uncalled = check.function not in found.called
    message = f"no test calls {check.function}" if uncalled else "no test fails with this bug"
    return Verdict(check, Status.FAIL, message=message, replay=replay)
