"""`kata author verify`: the kit checks itself, one track at a time.

The stub is unsolved everywhere, every solution passes at every seed, every mutant dies at every
seed, and what people read (hints, follow-ups, rules, signatures) is there and agrees. What has
been verified is kept, under a digest of all sources, so that an interrupted run resumes.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field
from functools import partial
from importlib.metadata import version
from math import isclose
from pathlib import Path

from harness import mutants, tracks
from harness.check import Session
from harness.expected import Oracle, cache_folder
from harness.model import FINE, KataError, Status
from harness.mutants import Mutant
from harness.tracks import Track
from harness.worker.parent import Workers
from harness.worker.runner import Submission

HINTS = 3
_SEEDS_A_JOB = 10
_JUDGING = (
    "model", "contract", "cases", "check", "compare", "expected", "law", "datasets", "inputs", "tracks"
)  # fmt: skip
_FILES = {"README.md", "stub.py", "cases.py", "oracle.py", "rounds.toml"}


@dataclass
class Finding:
    """What verifying one file of a track has shown."""

    name: str
    """Such as `stub.py`, `reference.py` or `mutant no-final-e-step`."""
    seeds: int
    problems: list[str] = field(default_factory=list)
    killed_by: dict[str, int] = field(default_factory=dict)
    """For a mutant: the check that killed it, and at how many seeds."""


def problems_in_text(track: Track) -> list[str]:
    """List what is wrong with all that a track says, before anything runs; one line each."""
    found = [*_round_problems(track), *_check_problems(track), *_file_problems(track)]
    for solution in solutions(track):
        found += _signature_problems(track, solution)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    seen: Counter[str] = Counter()
    for mutant in mutants.read(track):
        seen[mutant.id] += 1
        try:
            compile(mutant.source(reference), f"mutant {mutant.id}", "exec")
        except (KataError, SyntaxError) as error:
            found.append(str(error))
        if mutant.function not in track.contracts or not 1 <= mutant.round <= len(track.rounds):
            found.append(f"mutant {mutant.id}: no function {mutant.function} or no round {mutant.round}")
    found += [
        f"mutant {name} occurs {count} times: ids are unique" for name, count in seen.items() if count > 1
    ]
    return found


def solutions(track: Track) -> list[Path]:
    """List a track's solutions: every Python file in its folder."""
    return sorted(track.solutions.glob("*.py"))


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
            (path.name, path.read_bytes(), partial(_run_solution, track, oracle), seeds)
            for path in solutions(track)
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
    on_finding: Callable[[Finding], None] = lambda finding: None,
    on_job: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """Run a track's stub at seed 0, its solutions and its mutants at seeds 0, 1, 2 and so on.

    `on_finding` hears of each file, `on_job` of each ten seeds of one, as they are done. What an
    earlier run has found is taken over where nothing that it depends on has changed since.
    """
    oracle = Oracle(track)
    jobs = plan(track, seeds, mutant_seeds, oracle)
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
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
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
    source = (track.solutions / "reference.py").read_bytes()
    found = []
    with _session(track, "reference.py", source, Oracle(track)) as session:
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
    with _session(track, job.name, job.source, oracle) as session:
        for seed in range(*job.seeds):
            session.seed = seed
            finding.problems += [
                f"{verdict.check.id} is {verdict.status}: expected unsolved"
                for verdict in session.verdicts(track.checks)
                if verdict.status is not Status.UNSOLVED
            ]
    return finding


def _run_solution(track: Track, oracle: Oracle, job: Job) -> Finding:
    finding = Finding(job.name, job.seeds[1] - job.seeds[0])
    with _session(track, job.name, job.source, oracle) as session:
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
    with _session(track, "mutant.py", job.source, oracle) as session:
        for seed in range(*job.seeds):
            session.seed = seed
            killer = next((v for v in session.verdicts(checks) if v.status not in FINE), None)
            if killer is None:
                finding.problems.append(f"survives seed {seed}: {mutant.lesson}")
            else:
                killed[killer.check.id] += 1
    finding.killed_by = dict(killed.most_common())
    return finding


def _session(track: Track, name: str, source: bytes, oracle: Oracle) -> Session:
    submission = Submission(name, source)
    return Session(track, submission, workers=Workers(ahead=0, numba=submission.numba), oracle=oracle)


class _Store:
    """Findings of an earlier run, under a digest of all that verdicts depend on.

    That is what draws cases and judges them, not the words of a stub, nor how a report looks.
    """

    def __init__(self, track: Track) -> None:
        digest = hashlib.sha256(f"{version('numpy')} {version('scikit-learn')} {version('numba')}".encode())
        harness = Path(__file__).parent
        paths = [harness / f"{name}.py" for name in _JUDGING]
        paths += sorted((harness / "worker").glob("*.py"))
        paths += sorted(path for path in track.exercises.rglob("*.py") if path != track.stub)
        for path in paths:
            digest.update(path.name.encode() + path.read_bytes())
        for one in track.contracts.values():
            digest.update(f"{one.function}{one.signature}{one.parameters}{one.returns}".encode())
        self._path = cache_folder() / "verify" / f"{track.name}-{digest.hexdigest()[:24]}.jsonl"

    def load(self) -> dict[str, Finding]:
        """Read what was found, by the job's key; a line that a kill cut off is left out."""
        found = {}
        with suppress(OSError):
            for line in self._path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError):
                    key, entry = json.loads(line)
                    found[key] = Finding(**entry)
        return found

    def put(self, job: Job, finding: Finding) -> None:
        """Add one finding; only what is in order is kept, so that a mended mistake is seen at once."""
        if finding.problems:
            return
        with suppress(OSError):  # without a cache a run cannot resume, nothing else
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([job.key, asdict(finding)]) + "\n")


def _round_problems(track: Track) -> Iterator[str]:
    declared = [name for round_ in track.rounds for name in round_.functions]
    if declared != list(track.contracts):
        yield f"rounds.toml lists {declared}, stub.py has {list(track.contracts)}: expected the same order"
    for round_ in track.rounds:
        if len(round_.hints) != HINTS:
            yield f"{round_.id} has {len(round_.hints)} hints: expected {HINTS}"
        if not round_.follow_ups:
            yield f"{round_.id} has no follow-up question"
        if not all(one.question.strip() and one.answer.strip() for one in round_.follow_ups):
            yield f"{round_.id} has a follow-up without a question or a model answer"
        if round_.minutes <= 0:
            yield f"{round_.id} takes {round_.minutes} minutes: expected what a stopwatch says"
        earlier = {one.id for one in track.rounds[: round_.number - 1]}
        if set(round_.needs) - earlier:
            yield f"{round_.id} needs {sorted(set(round_.needs) - earlier)}: expected earlier rounds"
        checks = track.checks_of(round_)
        if not checks:
            yield f"{round_.id} has no check"
        if (round_.open is not None) != any(check.score for check in checks):
            yield f"{round_.id}: an open round has [round.open] in rounds.toml and a check with a score"


def _check_problems(track: Track) -> Iterator[str]:
    counts = Counter(check.id for check in track.checks)
    yield from (f"check {name} occurs {count} times" for name, count in counts.items() if count > 1)
    rounds = {round_.id for round_ in track.rounds}
    for check in track.checks:
        if check.id.count("/") != 2 or check.round_id not in rounds:  # noqa: PLR2004 - round/function/name
            yield f"check {check.id}: expected an id such as {track.rounds[0].id}/function/name"
        elif check.function not in track.contracts:
            yield f"check {check.id}: the stub has no function {check.function}"
        elif not track.contracts[check.function].states(check.rule):
            yield f"check {check.id}: the contract of {check.function} does not say {check.rule!r}"


def _signature_problems(track: Track, solution: Path) -> Iterator[str]:
    module = tracks.load_implementation(solution)
    for name, one in track.contracts.items():
        function = getattr(module, name, None)
        if function is None:
            yield f"{solution.name} has no function {name}"
        elif str(inspect.signature(function)) != str(one.signature):
            yield f"{solution.name}: {name}{inspect.signature(function)}, the stub has {one.signature}"


def _file_problems(track: Track) -> Iterator[str]:
    """Find stray files: nothing lies in a track that nothing uses."""
    imported = set().union(*(_imported_modules(track.exercises / name) for name in ("cases.py", "oracle.py")))
    used = _FILES | {f"{name}.py" for name in imported}
    for path in track.exercises.iterdir():
        if path.name not in used and path.name != "__pycache__":
            yield f"stray file {path.name} in exercises/{track.name}: nothing uses it"
    yield from (
        f"exercises/{track.name} has no {name}"
        for name in sorted(_FILES)
        if not (track.exercises / name).is_file()
    )
    for path in track.solutions.iterdir():
        if path.suffix != ".py" and path.name not in ("mutants.toml", "__pycache__"):
            yield f"stray file {path.name} in solutions/{track.name}: nothing uses it"


def _imported_modules(path: Path) -> set[str]:
    """Follow the relative imports of a track's module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                found |= {name} | _imported_modules(path.parent / f"{name}.py")
    return found
