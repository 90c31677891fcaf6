"""The jobs of `kata author verify`: each judges one file of a track at some seeds, in a worker of its own.

The file is the stub, a right solution or a mutant, i.e. a deliberately wrong solution. A check that a mutant
fails kills the mutant.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session
from mlkata.tracks import drawing, mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Case, Check, Kind, Status, Verdict
from mlkata.tracks.mutants import Mutant
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission, ours

_SEEDS_A_JOB = 10
"""Seeds of one job: a worker's limit of CPU time is enough for them."""


@dataclass
class FileFinding:
    """The result of verifying one file of a track."""

    name: str
    """The name of the file, such as `stub.py` or `reference.py`, or `mutant ID`."""
    seeds: int
    problems: list[str] = field(default_factory=list)
    killed_by: dict[str, int] = field(default_factory=dict)
    """For a mutant: each check that was the first to kill it at some seed, and at how many seeds; the most
    frequent check first."""
    kills: list[str] = field(default_factory=list)
    """For a mutant: all checks of its function, or of `Job.checks`, that kill it at seed 0."""


@dataclass(frozen=True)
class Job:
    """One file (a stub, a solution or a mutant) and the seeds to judge it at."""

    name: str
    source: bytes = field(repr=False)
    seeds: range
    run: Callable[[Job], FileFinding] = field(compare=False)
    checks: tuple[str, ...] = ()
    """Ids of the checks to judge; empty for all."""

    @property
    def key(self) -> str:
        """The key of a stored finding: the file, the seeds, and a digest of the source and the checks."""
        source = hashlib.sha256(self.source + "\n".join(self.checks).encode())
        return f"{self.name} {self.seeds.start}-{self.seeds.stop} {source.hexdigest()[:16]}"


class TrackRunner:
    """Runs a track's files on its checks; cases of seed 0 are drawn once for all of them."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
        self.mutants = mutants.read(track)
        self._oracle = Oracle(track)
        self._drawn: dict[str, Case] = {}

    def plan(self, solutions: Collection[str], seeds: int, mutant_seeds: int) -> list[Job]:
        """Return the jobs of a track: the stub at seed 0, solutions and mutants at this many seeds."""
        # Each with its name, source, method, and number of seeds.
        runs: list[tuple[str, bytes, Callable[[Job], FileFinding], int]] = [
            ("stub.py", self.track.stub.read_bytes(), self._run_stub, 1),
            *(
                (solution.name, solution.source, partial(self._run_solution, solution), seeds)
                for solution in self._solutions(solutions)
            ),
            *(
                (f"mutant {mutant.id}", self._source(mutant), partial(self._run_mutant, mutant), mutant_seeds)
                for mutant in self.mutants
            ),
        ]
        return [
            Job(name, source, range(first, min(first + _SEEDS_A_JOB, stop)), run)
            for name, source, run, stop in runs
            for first in range(0, stop, _SEEDS_A_JOB)
        ]

    def second_tries(self, without_kill: Sequence[Check], *, same_round: bool) -> list[Job]:
        """Return jobs that judge mutants of other functions by the checks that have killed no mutant yet.

        With `same_round` the mutants are those of the check's round, otherwise those of all other rounds.
        """
        jobs = []
        for mutant in self.mutants:
            check_ids = tuple(
                check.id
                for check in without_kill
                if check.function != mutant.function
                and same_round == (check.round_id == f"{self.track.name}.{mutant.round}")
            )
            if check_ids:
                jobs.append(
                    Job(
                        f"mutant {mutant.id}",
                        self._source(mutant),
                        seeds=range(1),  # seed 0 only
                        run=self._run_checks,
                        checks=check_ids,
                    )
                )
        return jobs

    def session(self, submission: Submission) -> Session:
        """Return a session for one of the kit's own files."""
        workers = Workers(ahead=0, numba=submission.numba)
        return Session(
            self.track,
            submission,
            workers=workers,
            oracle=self._oracle,
            rerun_failures=False,  # whether earlier calls cause a failure does not matter here
            draw=self._draw,
        )

    def _solutions(self, names: Collection[str]) -> Iterator[Submission]:
        for path in self.track.solution_files():
            if path.name in names:
                yield ours(path)

    def _source(self, mutant: Mutant) -> bytes:
        return mutant.source(self.reference).encode()

    def _draw(self, check: Check, seed: int) -> Case:
        if seed:
            return drawing.draw(check, seed)
        if check.id not in self._drawn:
            self._drawn[check.id] = drawing.draw(check, seed)
        return self._drawn[check.id]

    def _run_stub(self, job: Job) -> FileFinding:
        finding = FileFinding(job.name, len(job.seeds))
        with self.session(Submission(job.name, job.source)) as session:
            for seed in job.seeds:
                session.seed = seed
                finding.problems += [
                    f"{verdict.check.id} is {verdict.status}: expected unsolved"
                    for verdict in session.verdicts(self.track.checks)
                    if verdict.status is not Status.UNSOLVED
                ]
        return finding

    def _run_solution(self, solution: Submission, job: Job) -> FileFinding:
        finding = FileFinding(job.name, len(job.seeds))
        with self.session(solution) as session:
            for seed in job.seeds:
                session.seed = seed
                finding.problems += [
                    f"{verdict.check.id} seed {seed}: {verdict.status}: {verdict.message}"
                    for verdict in session.verdicts(self.track.checks)
                    if verdict.status not in FINE
                ]
        return finding

    def _run_mutant(self, mutant: Mutant, job: Job) -> FileFinding:
        """Find a check that kills the mutant at each seed, trying the checks of its function first.

        At seed 0 all checks of its function are tried, to find every check that kills it.
        """
        finding = FileFinding(job.name, len(job.seeds))
        killed: Counter[str] = Counter()
        round_id = f"{self.track.name}.{mutant.round}"
        own_checks = [check for check in self.track.checks if check.function == mutant.function]
        own_checks.sort(key=lambda check: check.round_id != round_id)  # the checks of its round first
        other_checks = [check for check in self.track.checks if check not in own_checks]
        other_checks.sort(key=lambda check: check.round_id != round_id)
        with self.session(Submission("mutant.py", job.source)) as session:
            for seed in job.seeds:
                session.seed = seed
                tried = self._try(session, own_checks, every=seed == 0)
                kills = _kills(tried)
                finding.kills += kills if seed == 0 else []
                kills = kills or _kills(self._try(session, other_checks, every=False))
                if kills:
                    killed[kills[0]] += 1
                else:
                    finding.problems.append(f"survives seed {seed}: {mutant.lesson}{_derived_errors(tried)}")
        finding.killed_by = dict(killed.most_common())
        return finding

    def _run_checks(self, job: Job) -> FileFinding:
        checks = [self.track.check(name) for name in job.checks]
        with self.session(Submission("mutant.py", job.source)) as session:
            return FileFinding(job.name, seeds=1, kills=_kills(self._try(session, checks, every=True)))

    def _try(self, session: Session, checks: Sequence[Check], *, every: bool) -> list[Verdict]:
        """Judge checks up to the first failure; with `every`, all checks unless a call times out."""
        tried = []
        for verdict in session.verdicts(checks):
            tried.append(verdict)
            if verdict.status not in FINE and (not every or verdict.code is Kind.TIMEOUT):
                break
        return tried


def _kills(tried: Sequence[Verdict]) -> list[str]:
    """Return the ids of the checks that kill the judged mutant."""
    return [verdict.check.id for verdict in tried if verdict.status not in FINE]


def _derived_errors(tried: Sequence[Verdict]) -> str:
    """Return text about checks that passed only because an error is derived from the expected one, or "".

    The text tells authors why such a mutant survives: LinAlgError, for instance, is a ValueError.
    """
    text = ""
    for verdict in tried:
        if verdict.status in FINE and verdict.answer and verdict.answer.raised and verdict.expected:
            raised, expected = verdict.answer.raised.types[0], verdict.expected.raised
            if expected and raised != expected.types[0]:
                text += f" ({verdict.check.id} passes: {raised} is a {expected.types[0]})"
    return text


def merge(name: str, parts: Sequence[FileFinding]) -> FileFinding:
    """Return the findings of all jobs of one file as one finding."""
    killed: Counter[str] = Counter()
    for part in parts:
        killed.update(part.killed_by)
    return FileFinding(
        name,
        seeds=sum(part.seeds for part in parts),
        problems=[problem for part in parts for problem in part.problems],
        killed_by=dict(killed.most_common()),
        kills=[check for part in parts for check in part.kills],
    )
