"""`kata author verify`: the kit checks itself, one track at a time.

The stub is unsolved everywhere, every solution passes at every seed, every mutant dies at every
seed. What has been verified is kept, under a digest of what it depends on, so that an interrupted
run resumes. What people read is looked at by `proofread`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field
from functools import partial
from importlib.metadata import version
from math import isclose
from pathlib import Path

import msgspec

from mlkata import files
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session
from mlkata.tracks import mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Status
from mlkata.tracks.mutants import Mutant
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission, ours

_SEEDS_A_JOB = 10
_JUDGING = ("tracks", "worker", "judging")


@dataclass
class Finding:
    """What verifying one file of a track has shown."""

    name: str
    """Such as `stub.py`, `reference.py` or `mutant no-final-e-step`."""
    seeds: int
    problems: list[str] = field(default_factory=list)
    killed_by: dict[str, int] = field(default_factory=dict)
    """For a mutant: the check that killed it, and at how many seeds."""


@dataclass(frozen=True)
class Job:
    """Some seeds of one file: a stub, a solution or a mutant."""

    name: str
    source: bytes = field(repr=False)
    seeds: tuple[int, int]
    """From the first one up to, but without, the second."""
    run: Callable[[Job], Finding] = field(compare=False)

    @property
    def key(self) -> str:
        """Name what was run on what, so that a finding is found again."""
        return f"{self.name} {self.seeds[0]}-{self.seeds[1]} {hashlib.sha256(self.source).hexdigest()[:16]}"


def plan(track: Track, seeds: int, mutant_seeds: int, oracle: Oracle) -> list[Job]:
    """List what verifying a track takes, ten seeds a job: a submission's CPU budget is for as many."""
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    runs: list[tuple[str, bytes, Callable[[Job], Finding], int]] = [
        ("stub.py", track.stub.read_bytes(), partial(_run_stub, track, oracle), 1),
        *(
            (path.name, one.source, partial(_run_solution, track, oracle, one), seeds)
            for path in track.solution_files()
            for one in (ours(path),)
        ),
        *(
            (
                f"mutant {mutant.id}",
                mutant.source(reference).encode(),
                partial(_run_mutant, track, mutant, oracle),
                mutant_seeds,
            )
            for mutant in mutants.read(track)
        ),
    ]
    return [
        Job(name, source, (first, min(first + _SEEDS_A_JOB, last)), run)
        for name, source, run, last in runs
        for first in range(0, last, _SEEDS_A_JOB)
    ]


def verify(
    track: Track,
    seeds: int,
    mutant_seeds: int,
    *,
    on_finding: Callable[[Finding], None] = lambda finding: None,
    on_plan: Callable[[int], None] = lambda jobs: None,
    on_job: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """Run a track's stub at seed 0, its solutions and its mutants at seeds 0, 1, 2 and so on.

    `on_finding` hears of each file as it is done, `on_plan` of the number of jobs, ten seeds of one
    file each, and `on_job` of each that is done. What an earlier run has found is taken over where
    nothing that it depends on has changed since.
    """
    oracle = Oracle(track)
    jobs = plan(track, seeds, mutant_seeds, oracle)
    on_plan(len(jobs))
    store = _Store(track)
    known = store.load()
    findings = {job: known[job.key] for job in jobs if job.key in known}
    waiting = Counter(job.name for job in jobs)
    merged: dict[str, Finding] = {}

    def done(job: Job) -> None:
        on_job()
        waiting[job.name] -= 1
        if not waiting[job.name]:
            parts = [findings[one] for one in jobs if one.name == job.name]
            merged[job.name] = _merge(job.name, parts)
            on_finding(merged[job.name])

    for job in list(findings):
        done(job)
    track.oracle  # noqa: B018 - one import of scikit-learn, before the threads
    # Filters of warnings are one list for all threads: set in one only, another would take them away.
    with warnings.catch_warnings(action="ignore"), ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        new = [job for job in jobs if job not in findings]
        running = {pool.submit(job.run, job): job for job in new}
        try:
            for future in as_completed(running):
                job = running[future]
                findings[job] = future.result()
                store.put(job, findings[job])
                done(job)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [merged[name] for name in dict.fromkeys(job.name for job in jobs)]


def open_problems(track: Track) -> list[str]:
    """Hold what rounds.toml says of our entries in open rounds against what reference.py gets."""
    checks = [check for check in track.checks if check.score]
    found = []
    with _session(track, ours(track.solution("reference")), Oracle(track)) as session:
        for verdict in session.verdicts(checks):
            said = track.round(verdict.check.round_id).open
            if said is not None and verdict.score is not None:
                pairs = zip(astuple(said.entry), astuple(verdict.score), strict=True)
                if not all(isclose(a, b, rel_tol=0.02, abs_tol=0.005) for a, b in pairs):
                    found.append(
                        f"{verdict.check.round_id}: rounds.toml gives our entry as {said.entry.score:.4g} at "
                        f"{said.entry.cost:.4g}, reference.py gets {verdict.score.score:.4g} at "
                        f"{verdict.score.cost:.4g}"
                    )
    return found


def _merge(name: str, parts: Sequence[Finding]) -> Finding:
    killed: Counter[str] = Counter()
    for part in parts:
        killed.update(part.killed_by)
    problems = [problem for part in parts for problem in part.problems]
    return Finding(name, sum(part.seeds for part in parts), problems, dict(killed.most_common()))


def _run_stub(track: Track, oracle: Oracle, job: Job) -> Finding:
    finding = Finding(job.name, job.seeds[1] - job.seeds[0])
    with _session(track, Submission(job.name, job.source), oracle) as session:
        for seed in range(*job.seeds):
            session.seed = seed
            finding.problems += [
                f"{verdict.check.id} is {verdict.status}: expected unsolved"
                for verdict in session.verdicts(track.checks)
                if verdict.status is not Status.UNSOLVED
            ]
    return finding


def _run_solution(track: Track, oracle: Oracle, solution: Submission, job: Job) -> Finding:
    finding = Finding(job.name, job.seeds[1] - job.seeds[0])
    with _session(track, solution, oracle) as session:
        for seed in range(*job.seeds):
            session.seed = seed
            finding.problems += [
                f"{verdict.check.id} seed {seed}: {verdict.status}: {verdict.message}"
                for verdict in session.verdicts(track.checks)
                if verdict.status not in FINE
            ]
    return finding


def _run_mutant(track: Track, mutant: Mutant, oracle: Oracle, job: Job) -> Finding:
    """Look for a check that kills the mutant, at each seed; where it should die is tried first."""
    finding = Finding(job.name, job.seeds[1] - job.seeds[0])
    killed: Counter[str] = Counter()
    prefix = f"{track.name}.{mutant.round}/"
    own = f"{prefix}{mutant.function}/"
    checks = sorted(track.checks, key=lambda c: (not c.id.startswith(own), not c.id.startswith(prefix)))
    with _session(track, Submission("mutant.py", job.source), oracle) as session:
        for seed in range(*job.seeds):
            session.seed = seed
            killer = next((v for v in session.verdicts(checks) if v.status not in FINE), None)
            if killer is None:
                finding.problems.append(f"survives seed {seed}: {mutant.lesson}")
            else:
                killed[killer.check.id] += 1
    finding.killed_by = dict(killed.most_common())
    return finding


def _session(track: Track, submission: Submission, oracle: Oracle) -> Session:
    workers = Workers(ahead=0, numba=submission.numba)
    return Session(track, submission, workers=workers, oracle=oracle, again=False)


class _Store:
    """Findings of an earlier run, under a digest of all that verdicts depend on.

    That is what draws cases and judges them, not the words of a stub, nor how a report looks.
    """

    def __init__(self, track: Track) -> None:
        versions = [sys.version_info[:2], *map(version, ("numpy", "scikit-learn", "numba"))]
        digest = hashlib.sha256(str(versions).encode())
        package = Path(__file__).parents[1]
        paths = [path for room in _JUDGING for path in sorted((package / room).glob("*.py"))]
        paths += sorted(path for path in track.exercises.rglob("*.py") if path != track.stub)
        for path in paths:
            digest.update(path.name.encode() + path.read_bytes())
        for one in track.contracts.values():
            digest.update(f"{one.function}{one.signature}{one.parameters}{one.returns}".encode())
        self._path = files.cache_folder() / "verify" / f"{track.name}-{digest.hexdigest()[:24]}.jsonl"

    def load(self) -> dict[str, Finding]:
        """Read what was found, by the job's key; a line that does not fit is left out."""
        found = {}
        with suppress(OSError):
            for value in files.read_lines(self._path):
                with suppress(msgspec.ValidationError):
                    key, finding = msgspec.convert(value, tuple[str, Finding])
                    found[key] = finding
        return found

    def put(self, job: Job, finding: Finding) -> None:
        """Add one finding; only what is in order is kept, so that a mended mistake is seen at once."""
        if finding.problems:
            return
        with suppress(OSError):  # without a cache a run cannot resume, nothing else
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.append_line(self._path, [job.key, asdict(finding)])
