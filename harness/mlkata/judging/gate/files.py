"""Checks a track's files: required files exist, no file is unused, solutions define the stub's functions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from mlkata.tracks import loading, paths
from mlkata.tracks.catalogue import Track
from mlkata.worker import admission

_EXERCISES = ("README.md", "cases.py", "oracle.py", "rounds.toml", "stub.py")
_OPTIONAL = (
    "cards.toml",
    "costs.py",
    "interview.toml",
    "interview_questions.toml",
    "picture.py",
    "smaller.py",
)
"""Files that exercises/T/ may have besides the required ones above."""
_SOLUTIONS = ("mutants.toml", "naive.py", "reference.py")
_ALONE = ("reference", "naive", "loops")
"""Solutions that must import no file beside them: students' tests run on them in a sandbox."""
_BESIDES = ("SPEED.md", "__pycache__")
"""What solutions/T/ may have besides solutions and required files."""


def missing(track: Track) -> Iterator[str]:
    """Yield the required files that are missing."""
    for folder, names in ((track.exercises, _EXERCISES), (track.solutions, _SOLUTIONS)):
        for name in names:
            if not (folder / name).is_file():
                yield f"{_short(folder)} has no {name}: write it; `kata author new` makes an example"


def problems(track: Track) -> Iterator[str]:
    """Yield files that nothing uses, and solutions whose functions or imports are not as required."""
    sources = [track.exercises / name for name in (*_EXERCISES, *_OPTIONAL) if name.endswith(".py")]
    imported = {name for path in sources if path.is_file() for name in _imported_modules(path)}
    used = {*_EXERCISES, *_OPTIONAL, *(f"{name}.py" for name in imported), "__pycache__"}
    for path in sorted(track.exercises.iterdir()):
        if path.name not in used:
            yield f"stray file {path.name} in {_short(track.exercises)}: nothing uses it; delete or import it"
    for path in sorted(track.solutions.iterdir()):
        is_solution = path.suffix == ".py" or (path / "__init__.py").is_file()
        if not is_solution and path.name not in (*_SOLUTIONS, *_BESIDES):
            yield f"stray file {path.name} in {_short(track.solutions)}: nothing uses it; delete it"
    for path in track.solution_files():
        yield from _signature_problems(track, path)
        yield from _import_problems(track, path)


def _signature_problems(track: Track, solution: Path) -> Iterator[str]:
    module = loading.load(solution)
    for name, contract in track.contracts.items():
        function = getattr(module, name, None)
        if function is None:
            yield f"{solution.name} has no function {name}, which the stub has: write it"
        elif str(inspect.signature(function)) != str(contract.signature):
            yield (
                f"{solution.name}: {name}{inspect.signature(function)}, the stub has {contract.signature}: "
                "make them agree"
            )


def _import_problems(track: Track, solution: Path) -> Iterator[str]:
    """Yield the imports of a solution that are not allowed.

    It may import numpy, numba, the standard library, its neighbours (the other solutions of its track), and
    modules in solutions/, the folder that holds the folders of all tracks.
    """
    folder = track.solutions.resolve()
    for file, source in paths.sources(solution).items():
        where = file.relative_to(folder.parent)
        if folder not in file.parents and file.parent != folder.parent:
            yield (
                f"{solution.name} imports {where}: expected another solution in {_short(folder)}, or a "
                f"module in {folder.parent.name}/ itself"
            )
        for line, module in admission.imports(ast.parse(source)):
            if module.startswith(".") and file.parent == folder and file.stem in _ALONE:
                yield (
                    f"{where}, line {line}: it imports {module}: expected no import of other files, since "
                    "students' tests run on it in a sandbox that holds this file only"
                )
            if not module.startswith(".") and module.split(".")[0] not in admission.ALLOWED:
                allowed = "expected numpy, numba or the standard library"
                yield f"{where}, line {line}: {module} may not be imported: {allowed}"


def _imported_modules(path: Path) -> set[str]:
    """Return the names of all modules that a track's module reaches by relative imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                modules |= {name} | _imported_modules(path.parent / f"{name}.py")
    return modules


def _short(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"
