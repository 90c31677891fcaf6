"""What a candidate's own tests say of right solutions and of bugs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlkata.tracks.mutants import Mutant
from mlkata.worker import wire

_MAX_AGAINST = 300
_FIRST = 12
"""Bugs of a track that marks none as classic."""
_PLACE = re.compile(r"/.*:\d+: \w+")
"""The end of a traceback: `/usr/lib/python3/mlkata/worker/remote.py:66: TypeError`."""


@dataclass(frozen=True)
class Outcome:
    """What the tests said of one implementation."""

    failed: Mapping[str, str] = field(default_factory=dict)
    """The last lines of each failure, by the test's name, in the order of running."""
    passed: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()
    problem: str = ""
    """Why the tests could not begin, in one line."""
    ended: str = ""
    """Why the run had to be ended before the last test, in one line."""
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Could the tests not be run to their end, or was there none?"""
        return bool(self.problem or self.ended) or not (self.failed or self.passed)

    @property
    def by(self) -> str:
        """The test that failed first, or what stopped the run; empty where all passed."""
        return next(iter(self.failed), self.ended or ("an import that fails" if self.problem else ""))

    @property
    def against(self) -> str:
        """What speaks against the implementation, in one line; empty where all tests pass."""
        against = ""
        if self.problem:
            against = f"the tests cannot be run: {self.problem}"
        elif self.ended:
            against = self.ended
        elif self.failed:
            test, lines = next(iter(self.failed.items()))
            against = f"{test.partition('::')[2] or 'a test'} fails: {last_line(lines)}"
        elif not self.passed:
            against = "no test was run: expected functions named test_…, as pytest finds them"
        return wire.encodable(against, _MAX_AGAINST)


@dataclass(frozen=True)
class Catch:
    """A bug, and what the tests said of it."""

    mutant: Mutant
    outcome: Outcome

    @property
    def by(self) -> str:
        """The test that caught it, or what stopped the tests; empty where it survives."""
        return self.outcome.by


@dataclass(frozen=True)
class OwnTestsResult:
    """What a file of tests accepts, and what it catches."""

    functions: tuple[str, ...]
    """Those of the rounds that were asked for."""
    right: Mapping[str, Outcome]
    """What the tests said of each right solution, by its name."""
    catches: tuple[Catch, ...] = ()
    again: Mapping[str, Outcome] = field(default_factory=dict)
    """The right solution that was not accepted when it came again, if any."""

    @property
    def rejected(self) -> Mapping[str, Mapping[str, str]]:
        """Tests that fail on a right solution, by its name: they ask for more than the contract does."""
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
        """The functions of these rounds that no test calls."""
        return tuple(name for name in self.functions if name not in self.called)

    @property
    def caught(self) -> int:
        """How many bugs were caught."""
        return sum(bool(catch.by) for catch in self.catches)

    @property
    def by(self) -> Counter[str]:
        """How many bugs each test was the first to catch."""
        return Counter(catch.by for catch in self.catches if catch.by)

    @property
    def classics(self) -> tuple[Catch, ...]:
        """The bugs that interviewers ask about: those that are marked, else the first twelve."""
        return tuple(catch for catch in self.catches if catch.mutant.classic) or self.catches[:_FIRST]

    @property
    def passed(self) -> bool:
        """Do the tests accept all right solutions, and catch the classics?"""
        return not self.rejected and all(catch.by for catch in self.classics)


def last_line(text: Any) -> str:
    """Give the last line of a failure, without the folder in which the kit is installed."""
    lines = str(text).strip().splitlines()
    if not lines:
        return "it does not say why"
    last = " ".join(lines[-1].split())
    return last.rpartition("/")[2] if _PLACE.fullmatch(last) else last
