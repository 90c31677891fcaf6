"""What one grader does: judges submissions one after the other, each in a worker of its own.

A grader is a process (or a thread of a Dask worker) that has a track, an oracle and workers started
ahead. What it gives is a record: plain values, ready to be written down as a line of JSON.
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
    """All that a cohort has in common, and that its verdicts depend on."""

    track: str
    contract: str
    """The digest of the track that the verdicts are to hold for."""
    rounds: tuple[str, ...]
    seed: int
    tier: Tier
    private: Path | None = None
    """A folder of private tracks."""
    tests: bool = False
    """Are submissions files of tests?"""

    def digest(self, rounds: tuple[str, ...] = ()) -> str:
        """Name these settings: a verdict under others is another verdict."""
        return _digest(self, rounds or self.rounds)


@cache  # it reads files of these packages, and each submission asks twice
def _digest(settings: Settings, rounds: tuple[str, ...]) -> str:
    versions = [sys.version_info[:2], __version__, *map(version, ("numpy", "scikit-learn", "numba"))]
    told = [settings.track, settings.contract, rounds, settings.seed, settings.tier, versions]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Item:
    """One submission on its way to a grader."""

    id: str
    name: str
    source: bytes
    problem: str = ""
    """Why there is nothing to judge, in one line."""
    rounds: tuple[str, ...] = ()
    """Where it is judged on fewer than the cohort is: a sample answers one task."""

    @cached_property
    def sha256(self) -> str:
        """Digest of what is judged, the reason why nothing is included."""
        return hashlib.sha256(self.problem.encode() + b"\0" + self.source).hexdigest()


def grade(settings: Settings, item: Item) -> dict[str, Any]:
    """Judge one submission and give its record. Never raises on account of the submission.

    Raises KataError if this process has another contract, or lacks the tier.
    """
    grader = getattr(_own, "grader", None)
    if grader is None or grader.settings != settings:
        if grader is not None:
            grader.close()
        grader = _own.grader = Grader(settings)
    return grader.grade(item)


_own = threading.local()
"""The grader of this thread: oracles and workers are not made for two threads at once."""


class Grader:
    """Judges the submissions of one cohort."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.track = catalogue.get(settings.track, settings.private)
        self._tests: graded_tests.BugJudge | None = None
        if settings.tests:
            self.track = bugs = graded_tests.bug_track(self.track)
            self._tests = graded_tests.BugJudge(bugs, settings.tier)
        if self.track.digest != settings.contract:
            raise KataError(
                f"the track {settings.track} is another one here: expected contract "
                f"{settings.contract[:12]}, found {self.track.digest[:12]}; install one mlkata everywhere"
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
        """Kill the workers that wait."""
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
                on_verdict=lambda _: self._judging.refill(),
            )
        finally:
            self._judging.end()

    def _unreadable(self, item: Item, rounds: list[Round]) -> Report:
        """List every check as not passed, where there is nothing to run."""
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
