"""A grader judges submissions one after another, each in a process of its own, called worker.

A grader is a process, or a thread of a Dask worker. It has a track, its oracle (the implementation that
computes the expected answers) and workers that are started ahead. It returns records `mlkata.graded/1`: plain
values, to be written as lines of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mlkata import __version__
from mlkata.judging import graded_tests
from mlkata.judging.judge import Judging, judge
from mlkata.report import as_json
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Kind, Report, Round, RoundReport, Status, Verdict
from mlkata.worker.runner import Submission
from mlkata.worker.tiers import Tier

SCHEMA = "mlkata.graded/1"


@dataclass(frozen=True)
class Settings:
    """What the verdicts on all submissions of a cohort depend on."""

    track: str
    contract: str
    """The digest of the track, so that graders notice if they have another version of it."""
    rounds: tuple[str, ...]
    """The ids of the rounds to judge, except for samples of a model: their tasks name the rounds."""
    seed: int
    tier: Tier
    """How the workers are isolated."""
    private: Path | None = None
    """A folder of private tracks."""
    tests: bool = False
    """Whether the submissions are files of students' tests, judged by the bugs that they catch."""

    def digest(self, rounds: tuple[str, ...] = ()) -> str:
        """Return a digest of these settings and of the versions in use.

        A verdict with another digest does not count.
        """
        return _digest(self, rounds or self.rounds)


@cache  # each submission needs it twice, and reading the versions is slow
def _digest(settings: Settings, rounds: tuple[str, ...]) -> str:
    versions = [sys.version_info[:2], __version__, *map(version, ("numpy", "scikit-learn", "numba"))]
    parts = [settings.track, settings.contract, rounds, settings.seed, settings.tier, versions]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Item:
    """One submission on its way to a grader."""

    id: str
    name: str
    source: bytes
    problem: str = ""
    """Why the submission cannot be judged, in one line; empty if it can."""
    rounds: tuple[str, ...] = ()
    """The rounds, if they are not those of the settings: a sample of a model may answer one round."""

    @cached_property
    def sha256(self) -> str:
        """The digest of source and problem, by which a changed submission is noticed."""
        return hashlib.sha256(self.problem.encode() + b"\0" + self.source).hexdigest()


def grade(settings: Settings, item: Item) -> dict[str, Any]:
    """Judge one submission and return its record, whatever the submission does.

    Raise KataError if this machine has another version of the track or lacks the isolation tier.
    """
    grader = getattr(_thread, "grader", None)
    if grader is None or grader.settings != settings:
        if grader is not None:
            grader.close()
        grader = _thread.grader = Grader(settings)
    return grader.grade(item)


_thread = threading.local()
"""The grader of this thread, as `grader`: threads cannot share oracles and workers."""


class Grader:
    """Judges submissions, all under the same settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.track = catalogue.get(settings.track, settings.private)
        self._tests: graded_tests.BugJudge | None = None
        if settings.tests:
            # A track whose checks are the bugs that the students' tests must catch.
            self.track = bugs = graded_tests.bug_track(self.track)
            self._tests = graded_tests.BugJudge(bugs, settings.tier)
        if self.track.digest != settings.contract:
            raise KataError(
                f"this machine has another version of the track {settings.track} than the one that started "
                f"the grading: expected contract {settings.contract[:12]}, got {self.track.digest[:12]}; "
                "install the same mlkata everywhere"
            )
        self._judging = Judging(self.track, tier=settings.tier, seed=settings.seed)

    def grade(self, item: Item) -> dict[str, Any]:
        """Judge one submission."""
        rounds = [self.track.round(name) for name in item.rounds or self.settings.rounds]
        report = self._unreadable(item, rounds) if item.problem else self._judged(item, rounds)
        return {
            "schema": SCHEMA,
            "id": item.id,
            "name": item.name,
            "sha256": item.sha256,
            "settings": self.settings.digest(item.rounds),
            "problem": item.problem,
            "report": as_json.as_dict(report, self.track),
        }

    def close(self) -> None:
        """Kill the workers that were started ahead."""
        self._judging.close()
        if self._tests is not None:
            self._tests.close()

    def _judged(self, item: Item, rounds: list[Round]) -> Report:
        if self._tests is not None:
            return self._tests.report(item.source, item.name, rounds, self.settings.seed)
        try:
            return judge(
                self.track,
                Submission(item.name, item.source),
                rounds,
                judging=self._judging,
                on_verdict=lambda _: self._judging.refill(),  # starts the next submission's worker
            )
        finally:
            self._judging.end()

    def _unreadable(self, item: Item, rounds: list[Round]) -> Report:
        """Return a report in which every check is an error, with the submission's problem as its message."""
        verdicts = {
            round_.id: tuple(
                Verdict(check, Status.ERROR, code=Kind.IMPORT, message=item.problem)
                for check in self.track.checks_of(round_)
            )
            for round_ in rounds
        }
        return Report(
            track=self.track.name,
            submission=item.name,
            seed=self.settings.seed,
            isolation=self.settings.tier,
            rounds=tuple(RoundReport(round_, verdicts[round_.id]) for round_ in rounds),
            seconds=0.0,
        )
