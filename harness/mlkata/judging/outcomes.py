"""The results of a candidate's own tests on right solutions and on bugs.

A bug is a mutant of the track: a deliberately wrong solution. Tests catch it if at least one of them fails.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlkata.tracks.mutants import Mutant
from mlkata.worker import wire

_MAX_FAILURE = 300
"""Most characters of a failure that is shown in one line."""
_DEFAULT_CLASSICS = 12
"""If a track marks no bug as classic, this many of its first bugs count as classics: some, not all."""
_PLACE = re.compile(r"/.*:\d+: \w+")
"""The last line of a traceback, such as `/usr/lib/python3/mlkata/worker/remote.py:66: TypeError`."""


@dataclass(frozen=True)
class Outcome:
    """The result of the tests on one implementation."""

    failed: Mapping[str, str] = field(default_factory=dict)
    """The last lines of each failure, by the test's name, in the order of running."""
    passed: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()
    """The functions of the implementation that the tests called."""
    problem: str = ""
    """Why the tests could not start, in one line."""
    ended: str = ""
    """Why the run was stopped before the last test, in one line."""
    seconds: float = 0.0
    """CPU seconds of the tests and of the functions that they called."""

    @property
    def broken(self) -> bool:
        """Whether the tests could not run to their end, or there were none."""
        return bool(self.problem or self.ended) or not (self.failed or self.passed)

    @property
    def caught_by(self) -> str:
        """The test that failed first, or what stopped the run; empty if all passed."""
        return next(iter(self.failed), self.ended or ("an import that fails" if self.problem else ""))

    @property
    def first_failure(self) -> str:
        """The first failure, or why the tests could not run, in one line; empty if all passed."""
        failure = ""
        if self.problem:
            failure = f"the tests cannot be run: {self.problem}"
        elif self.ended:
            failure = self.ended
        elif self.failed:
            test, lines = next(iter(self.failed.items()))
            failure = f"{test.partition('::')[2] or 'a test'} fails: {last_line(lines)}"
        elif not self.passed:
            failure = "no test was run: expected functions named test_…, as pytest finds them"
        return wire.encodable(failure, _MAX_FAILURE)


@dataclass(frozen=True)
class Catch:
    """A bug, and the result of the tests on it."""

    mutant: Mutant
    outcome: Outcome

    @property
    def caught_by(self) -> str:
        """The test that caught the bug, or what stopped the tests; empty if no test failed."""
        return self.outcome.caught_by


@dataclass(frozen=True)
class OwnTestsResult:
    """The right solutions that a file of tests accepts, and the bugs that it catches."""

    functions: tuple[str, ...]
    """The functions of the judged rounds."""
    right: Mapping[str, Outcome]
    """The outcome on each right solution, by its name."""
    catches: tuple[Catch, ...] = ()
    rejected_again: Mapping[str, Outcome] = field(default_factory=dict)
    """If the tests accept a right solution at first but not in a second run: its name and that outcome."""

    @property
    def rejected(self) -> Mapping[str, Mapping[str, str]]:
        """The tests that fail on each right solution, by its name: they demand more than the contract."""
        return {name: outcome.failed for name, outcome in self.right.items() if outcome.failed}

    @property
    def tests(self) -> tuple[str, ...]:
        """The names of all tests."""
        return tuple(
            sorted({name for outcome in self.right.values() for name in (*outcome.passed, *outcome.failed)})
        )

    @property
    def called(self) -> frozenset[str]:
        """The functions that tests call."""
        return frozenset().union(*(outcome.called for outcome in self.right.values()))

    @property
    def uncalled(self) -> tuple[str, ...]:
        """The functions of the judged rounds that no test calls."""
        return tuple(name for name in self.functions if name not in self.called)

    @property
    def caught(self) -> int:
        """How many bugs were caught."""
        return sum(bool(catch.caught_by) for catch in self.catches)

    @property
    def catches_by_test(self) -> Counter[str]:
        """How many bugs each test was the first to catch."""
        return Counter(catch.caught_by for catch in self.catches if catch.caught_by)

    @property
    def classics(self) -> tuple[Catch, ...]:
        """The bugs that interviewers ask about: those marked as classic or, if none is, the first twelve."""
        marked = tuple(catch for catch in self.catches if catch.mutant.classic)
        return marked or self.catches[:_DEFAULT_CLASSICS]

    @property
    def passed(self) -> bool:
        """Whether the tests accept all right solutions and catch the classics.

        Only for practice, where tests that cannot run are refused before.
        """
        return not self.rejected and all(catch.caught_by for catch in self.classics)


def last_line(text: Any) -> str:
    """Return the last line of a failure, without the folder where the kit is installed."""
    lines = str(text).strip().splitlines()
    if not lines:
        return "no reason given"
    last = " ".join(lines[-1].split())
    return last.rpartition("/")[2] if _PLACE.fullmatch(last) else last
