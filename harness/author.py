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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from harness import mutants, tracks
from harness.check import Session
from harness.expected import Oracle, cache_folder
from harness.model import Check, KataError, Status, Verdict
from harness.mutants import Mutant
from harness.tracks import Track
from harness.worker.parent import Workers
from harness.worker.runner import Submission

HINTS = 3
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


def verify(
    track: Track, seeds: int, on_finding: Callable[[Finding], None] = lambda finding: None
) -> list[Finding]:
    """Run the stub, the solutions and the mutants of a track at seeds 0, 1, 2 and so on.

    `on_finding` hears of each file as it is done. What an earlier, interrupted run has found is
    taken over where no source has changed since.
    """
    store = _Store(track, seeds)
    oracle = Oracle(track)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    jobs: dict[str, Callable[[], Finding]] = {"stub.py": partial(_run_stub, track, oracle, seeds)}
    jobs |= {path.name: partial(_run_solution, track, path, oracle, seeds) for path in solutions(track)}
    jobs |= {
        f"mutant {mutant.id}": partial(_run_mutant, track, mutant, reference, oracle, seeds)
        for mutant in mutants.read(track)
    }
    findings = store.load()
    for finding in findings.values():
        on_finding(finding)
    track.oracle  # noqa: B018 - one import of scikit-learn, before the threads
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        pending = {pool.submit(job) for name, job in jobs.items() if name not in findings}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    finding = future.result()
                    findings[finding.name] = finding
                    store.put(finding)
                    on_finding(finding)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [findings[name] for name in jobs]


def _run_stub(track: Track, oracle: Oracle, seeds: int) -> Finding:
    finding = Finding("stub.py", min(seeds, 1))
    with _Judged(track, "stub.py", track.stub.read_bytes(), oracle) as judged:
        for verdict in judged.verdicts(0, track.checks):
            if verdict.status is not Status.UNSOLVED:
                finding.problems.append(f"{verdict.check.id} is {verdict.status}: expected unsolved")
    return finding


def _run_solution(track: Track, path: Path, oracle: Oracle, seeds: int) -> Finding:
    finding = Finding(path.name, seeds)
    with _Judged(track, path.name, path.read_bytes(), oracle) as judged:
        for seed in range(seeds):
            finding.problems += [
                f"{verdict.check.id} seed {seed}: {verdict.status}: {verdict.message}"
                for verdict in judged.verdicts(seed, track.checks)
                if verdict.status is not Status.PASS
            ]
    return finding


def _run_mutant(track: Track, mutant: Mutant, reference: str, oracle: Oracle, seeds: int) -> Finding:
    """Look for a check that kills the mutant, at each seed; where it should die is tried first."""
    finding = Finding(f"mutant {mutant.id}", seeds)
    killed: Counter[str] = Counter()
    prefix = f"{track.name}.{mutant.round}/"
    own = f"{prefix}{mutant.function}/"
    checks = sorted(track.checks, key=lambda c: (not c.id.startswith(own), not c.id.startswith(prefix)))
    with _Judged(track, "mutant.py", mutant.source(reference).encode(), oracle) as judged:
        for seed in range(seeds):
            killer = next((v for v in judged.verdicts(seed, checks) if v.status is not Status.PASS), None)
            if killer is None:
                finding.problems.append(f"survives seed {seed}: {mutant.lesson}")
            else:
                killed[killer.check.id] += 1
    finding.killed_by = dict(killed.most_common())
    return finding


class _Judged:
    """One of our own files, judged at many seeds by few workers: a submission's CPU budget is for one."""

    _SEEDS_A_WORKER = 10

    def __init__(self, track: Track, name: str, source: bytes, oracle: Oracle) -> None:
        self._track = track
        self._submission = Submission(name, source)
        self._oracle = oracle
        self._workers = Workers(ahead=0, numba=self._submission.numba)
        self._session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._session is not None:
            self._session.close()

    def verdicts(self, seed: int, checks: Iterable[Check]) -> Iterator[Verdict]:
        """Judge the file at one seed."""
        if self._session is None or seed % self._SEEDS_A_WORKER == 0:
            self.__exit__()
            self._session = Session(self._track, self._submission, workers=self._workers, oracle=self._oracle)
        self._session.seed = seed
        return self._session.verdicts(checks)


class _Store:
    """Findings of an earlier run, under a digest of every source that they depend on."""

    def __init__(self, track: Track, seeds: int) -> None:
        digest = hashlib.sha256(str(seeds).encode())
        harness = Path(__file__).parent
        for folder in (harness, track.exercises, track.solutions):
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".toml"):
                    digest.update(path.name.encode() + path.read_bytes())
        self._path = cache_folder() / "verify" / f"{track.name}-{digest.hexdigest()[:24]}.jsonl"

    def load(self) -> dict[str, Finding]:
        """Read what was found; a line that a kill cut off is left out."""
        found = {}
        with suppress(OSError):
            for line in self._path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError):
                    finding = Finding(**json.loads(line))
                    found[finding.name] = finding
        return found

    def put(self, finding: Finding) -> None:
        """Add one finding; only what is in order is kept, so that a mended mistake is seen at once."""
        if finding.problems:
            return
        with suppress(OSError):  # without a cache a run cannot resume, nothing else
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(finding)) + "\n")


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
        if not track.checks_of(round_):
            yield f"{round_.id} has no check"


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
    used = _FILES | {f"{name}.py" for name in _imported_modules(track.exercises / "cases.py")}
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
