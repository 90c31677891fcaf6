"""Looks at all that a track says: hints, follow-ups, rules, signatures, files are there and agree."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mlkata.tracks import contract, loading, mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError
from mlkata.worker import admission

HINTS = 3
_MORE = {"costs.py", "smaller.py", "picture.py", "cards.toml", "interview.toml", "interview_questions.toml"}
"""Files that a track may do without."""
_FILES = {"README.md", "stub.py", "cases.py", "oracle.py", "rounds.toml"}


def problems_in_text(track: Track) -> list[str]:
    """List what is wrong with all that a track says, before anything runs; one line each."""
    found = [*_round_problems(track), *_note_problems(track), *_check_problems(track), *_file_problems(track)]
    for solution in track.solution_files():
        found += [*_signature_problems(track, solution), *_import_problems(track, solution)]
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
        short = {check.id.partition("/")[2] for check in checks if check.score is None}
        for name in sorted(set(round_.weights) - short):
            yield f"{round_.id} gives a weight to {name}: expected a check of this round that is no open one"
        if min(round_.weights.values(), default=1) < 0 or (round_.points or 0) < 0:
            yield f"{round_.id}: points and weights are at least 0"
        if (round_.open is not None) != any(check.score for check in checks):
            yield f"{round_.id}: an open round has [round.open] in rounds.toml and a check with a score"


def _note_problems(track: Track) -> Iterator[str]:
    """Find notes below round headings that belong to no function, so that no check could test them."""
    for name in contract.read_notes(track.stub.read_text(encoding="utf-8")):
        if name not in track.contracts:
            yield f"stub.py has a note on {name!r}: expected a function's name, or no colon after the word"


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
    module = loading.load(solution)
    for name, one in track.contracts.items():
        function = getattr(module, name, None)
        if function is None:
            yield f"{solution.name} has no function {name}"
        elif str(inspect.signature(function)) != str(one.signature):
            yield f"{solution.name}: {name}{inspect.signature(function)}, the stub has {one.signature}"


def _import_problems(track: Track, solution: Path) -> Iterator[str]:
    """Find imports besides numpy, numba, the standard library, neighbours and modules beside the tracks."""
    own = track.solutions.resolve()
    for file, source in loading.sources(solution).items():
        where = file.relative_to(own.parent)
        if own not in file.parents and file.parent != own.parent:
            yield f"{solution.name} imports {where}: expected a neighbour, or a module beside the tracks"
        for line, module in admission.imports(ast.parse(source)):
            if not module.startswith(".") and module.split(".")[0] not in admission.ALLOWED:
                may = "numpy, numba and the standard library may"
                yield f"{where}, line {line}: {module} may not be imported: {may}"


def _file_problems(track: Track) -> Iterator[str]:
    """Find stray files: nothing lies in a track that nothing uses."""
    imported = set().union(*(_imported_modules(track.exercises / name) for name in ("cases.py", "oracle.py")))
    used = _FILES | _MORE | {f"{name}.py" for name in imported}
    for path in track.exercises.iterdir():
        if path.name not in used and path.name != "__pycache__":
            yield f"stray file {path.name} in exercises/{track.name}: nothing uses it"
    yield from (
        f"exercises/{track.name} has no {name}"
        for name in sorted(_FILES)
        if not (track.exercises / name).is_file()
    )
    for path in track.solutions.iterdir():
        known = path.suffix == ".py" or (path / "__init__.py").is_file()
        if not known and path.name not in ("mutants.toml", "SPEED.md", "__pycache__"):
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
