"""`kata author verify`: checks that a track judges correctly.

All checks of the stub must be unsolved, every right solution must pass at every seed, every mutant (a
deliberately wrong solution) must fail at least one check at every seed, and every check must fail a mutant,
i.e. kill it. Findings are cached under a digest of all that they depend on, so that an interrupted run
resumes. The package `gate` checks a track's files and texts, which needs no worker.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, astuple
from importlib.metadata import version
from math import isclose
from pathlib import Path

import msgspec

from mlkata import files
from mlkata.judging.jobs import FileFinding, Job, TrackRunner, merge
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Check
from mlkata.worker.runner import Submission

REQUIRED = ("reference.py", "naive.py")
"""Solutions that every track has; others are faster versions of them."""
_JUDGING = ("tracks", "worker", "judging")
"""The folders of this package whose code decides verdicts."""
_SCORE_TOLERANCE = {"rel_tol": 0.02, "abs_tol": 0.005}
"""How far a score in rounds.toml, which is rounded, may be from the measured one."""


def verify(
    track: Track,
    seeds: int,
    mutant_seeds: int,
    *,
    solutions: Collection[str] | None = None,
    on_finding: Callable[[FileFinding], None] = lambda finding: None,
    on_plan: Callable[[int], None] = lambda jobs: None,
    on_job: Callable[[], None] = lambda: None,
) -> list[FileFinding]:
    """Run a track's stub at seed 0, its solutions and its mutants at seeds 0, 1, 2 and so on.

    `solutions` has the names of the solutions to run; None means all. A job is up to ten seeds of one file.
    `on_finding` is called with the finding on each file, `on_plan` with the number of jobs, again if more
    jobs are added, and `on_job` after each job. Findings of an earlier run are reused unless something that
    they depend on has changed. The last finding lists the checks that kill no mutant.
    """
    judge = TrackRunner(track)
    chosen = [path.name for path in track.solution_files()] if solutions is None else solutions
    jobs = judge.plan(chosen, seeds, mutant_seeds)
    store = _Store(track)
    planned = 0
    findings: dict[Job, FileFinding] = {}
    waiting = Counter(job.name for job in jobs)
    merged: dict[str, FileFinding] = {}
    track.oracle  # noqa: B018 - import scikit-learn once, before the threads start
    # Warnings are ignored here, not in the threads: they share one list of filters, and a thread that
    # restored the list would undo the filters of the others.
    with warnings.catch_warnings(action="ignore"), ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:

        def run(batch: list[Job]) -> Iterator[tuple[Job, FileFinding]]:
            nonlocal planned
            planned += len(batch)
            on_plan(planned)
            for result in _run(pool, batch, store):
                on_job()
                yield result

        for job, finding in run(jobs):
            findings[job] = finding
            waiting[job.name] -= 1
            if not waiting[job.name]:
                merged[job.name] = merge(job.name, [findings[part] for part in jobs if part.name == job.name])
                on_finding(merged[job.name])
        without_kill = _checks_without_kill(judge, findings.values(), run)
    on_finding(without_kill)
    return [*(merged[name] for name in dict.fromkeys(job.name for job in jobs)), without_kill]


def _run(pool: ThreadPoolExecutor, jobs: list[Job], store: _Store) -> Iterator[tuple[Job, FileFinding]]:
    """Yield each job with its finding: stored ones at once, then those of jobs that run in parallel."""
    stored = store.load()
    yield from ((job, stored[job.key]) for job in jobs if job.key in stored)
    running = {pool.submit(job.run, job): job for job in jobs if job.key not in stored}
    try:
        for future in as_completed(running):
            job = running[future]
            store.put(job, future.result())
            yield job, future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _checks_without_kill(
    judge: TrackRunner,
    findings: Collection[FileFinding],
    run: Callable[[list[Job]], Iterator[tuple[Job, FileFinding]]],
) -> FileFinding:
    """Return a finding on the checks that kill no mutant.

    A check is tried on mutants of its function, then on others of its round, then on all others of the track.
    """
    # Of a mutant, `kills` has the checks of its function that kill it at seed 0, `killed_by` those that were
    # the first to kill it at any seed.
    killers = {check for finding in findings for check in finding.kills}
    killers.update(check for finding in findings for check in finding.killed_by)

    def without_kill() -> list[Check]:
        return [check for check in judge.track.checks if check.score is None and check.id not in killers]

    for same_round in (True, False):
        for _, finding in run(judge.second_tries(without_kill(), same_round=same_round)):
            killers.update(finding.kills)
    problems = [
        f"{check.id} fails on no mutant: add a mistake that it catches to mutants.toml"
        for check in without_kill()
    ]
    return FileFinding("every check kills a mutant", 1, problems)


def open_problems(track: Track) -> list[str]:
    """Return where the scores in a rounds.toml, under [round.open], differ from those of reference.py."""
    checks = [check for check in track.checks if check.score]
    if not checks:
        return []
    judge = TrackRunner(track)
    problems = []
    with judge.session(Submission("reference.py", judge.reference.encode())) as session:
        for verdict in session.verdicts(checks):
            open_round = track.round(verdict.check.round_id).open
            if open_round is not None and verdict.score is not None:
                pairs = zip(astuple(open_round.entry), astuple(verdict.score), strict=True)
                if not all(isclose(a, b, **_SCORE_TOLERANCE) for a, b in pairs):
                    problems.append(
                        f"{verdict.check.round_id}: rounds.toml has the entry {open_round.entry.score:.4g} "
                        f"at {open_round.entry.cost:.4g}, but reference.py gets {verdict.score.score:.4g} "
                        f"at {verdict.score.cost:.4g}: write these into [round.open]"
                    )
    return problems


class _Store:
    """Findings of earlier runs, in a file named by a digest of all that verdicts depend on.

    The digest covers the code that draws and judges cases, and the types in contracts. It covers neither the
    other words of a stub nor the code of reports.
    """

    def __init__(self, track: Track) -> None:
        versions = [sys.version_info[:2], *map(version, ("numpy", "scikit-learn", "numba"))]
        digest = hashlib.sha256(str(versions).encode())
        package = Path(__file__).parents[1]
        paths = [path for room in _JUDGING for path in sorted((package / room).glob("*.py"))]
        paths += sorted(path for path in track.exercises.rglob("*.py") if path != track.stub)
        for path in paths:
            digest.update(path.name.encode() + path.read_bytes())
        for contract in track.contracts.values():
            digest.update(
                f"{contract.function}{contract.signature}{contract.parameters}{contract.returns}".encode()
            )
        self._path = files.cache_folder() / "verify" / f"{track.name}-{digest.hexdigest()[:24]}.jsonl"

    def load(self) -> dict[str, FileFinding]:
        """Return the stored findings by the key of their job; lines that cannot be read are skipped."""
        findings = {}
        with suppress(OSError):
            for value in files.read_lines(self._path):
                with suppress(msgspec.ValidationError):
                    key, finding = msgspec.convert(value, tuple[str, FileFinding])
                    findings[key] = finding
        return findings

    def put(self, job: Job, finding: FileFinding) -> None:
        """Store a finding that has no problems; a file with problems is run again each time."""
        if finding.problems:
            return
        with suppress(OSError):  # without a cache a run works, but cannot be resumed
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.append_line(self._path, [job.key, asdict(finding)])
