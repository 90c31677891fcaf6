"""`kata author verify`: the kit checks itself, one track at a time.

The stub is unsolved everywhere, every solution passes at every seed, every mutant dies at every
seed, and every check kills a mutant. Findings are cached under a digest of all that they depend on, so
that an interrupted run resumes. `gate` checks what needs no worker.
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
"""Solutions that every track has; others exist only for speed."""
_JUDGING = ("tracks", "worker", "judging")


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

    `solutions` names the files to run; None means all. `on_finding` is called for each file that is
    done, `on_plan` with the number of jobs, which may grow, and `on_job` for each job that is done. A
    job is ten seeds of one file. Findings of an earlier run are reused unless something that they depend
    on has changed. The last finding is about the checks that kill no mutant.
    """
    judge = TrackRunner(track)
    chosen = [path.name for path in track.solution_files()] if solutions is None else solutions
    jobs = judge.plan(chosen, seeds, mutant_seeds)
    store = _Store(track)
    planned = 0
    findings: dict[Job, FileFinding] = {}
    waiting = Counter(job.name for job in jobs)
    merged: dict[str, FileFinding] = {}
    track.oracle  # noqa: B018 - one import of scikit-learn, before the threads
    # All threads share one list of warning filters: each thread that set its own would reset the others'.
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
        useless = _useless_checks(judge, findings.values(), run)
    on_finding(useless)
    return [*(merged[name] for name in dict.fromkeys(job.name for job in jobs)), useless]


def _run(pool: ThreadPoolExecutor, jobs: list[Job], store: _Store) -> Iterator[tuple[Job, FileFinding]]:
    """Run the jobs without a stored finding in parallel; yield each job as it is done."""
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


def _useless_checks(
    judge: TrackRunner,
    findings: Collection[FileFinding],
    run: Callable[[list[Job]], Iterator[tuple[Job, FileFinding]]],
) -> FileFinding:
    """Return a finding on the checks that kill no mutant of their function, their round or the track."""
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
    """Return where the scores of [round.open] differ from those that reference.py gets."""
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
                if not all(isclose(a, b, rel_tol=0.02, abs_tol=0.005) for a, b in pairs):
                    problems.append(
                        f"{verdict.check.round_id}: rounds.toml has the entry {open_round.entry.score:.4g} "
                        f"at {open_round.entry.cost:.4g}, but reference.py gets {verdict.score.score:.4g} "
                        f"at {verdict.score.cost:.4g}: write these into [round.open]"
                    )
    return problems


class _Store:
    """Findings of an earlier run, under a digest of all that verdicts depend on.

    That is the code that draws cases and judges them; not the words of a stub, nor the look of a report.
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
        """Store a finding without problems; files with problems run again, so that a fix shows at once."""
        if finding.problems:
            return
        with suppress(OSError):  # without a cache a run cannot resume, but works
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.append_line(self._path, [job.key, asdict(finding)])
