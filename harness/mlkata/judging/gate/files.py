"""A track's files: the required ones are there, each is used, and solutions have the stub's functions."""

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
_SOLUTIONS = ("mutants.toml", "naive.py", "reference.py")
_ALONE = ("reference", "naive", "loops")
_BESIDES = ("SPEED.md", "__pycache__")


def missing(track: Track) -> Iterator[str]:
    """Name the required files that are not there."""
    for folder, names in ((track.exercises, _EXERCISES), (track.solutions, _SOLUTIONS)):
        for name in names:
            if not (folder / name).is_file():
                yield f"{_short(folder)} has no {name}: write it; `kata author new` shows what it looks like"


def problems(track: Track) -> Iterator[str]:
    """Find files that nothing uses, and solutions that differ from the stub in what they define."""
    sources = [track.exercises / name for name in (*_EXERCISES, *_OPTIONAL) if name.endswith(".py")]
    imported = {name for path in sources if path.is_file() for name in _imported_modules(path)}
    used = {*_EXERCISES, *_OPTIONAL, *(f"{name}.py" for name in imported), "__pycache__"}
    for path in sorted(track.exercises.iterdir()):
        if path.name not in used:
            yield f"stray file {path.name} in {_short(track.exercises)}: nothing uses it; delete or import it"
    for path in sorted(track.solutions.iterdir()):
        known = path.suffix == ".py" or (path / "__init__.py").is_file()
        if not known and path.name not in (*_SOLUTIONS, *_BESIDES):
            yield f"stray file {path.name} in {_short(track.solutions)}: nothing uses it; delete it"
    for path in track.solution_files():
        yield from _signature_problems(track, path)
        yield from _import_problems(track, path)


def _signature_problems(track: Track, solution: Path) -> Iterator[str]:
    module = loading.load(solution)
    for name, contract in track.contracts.items():
        function = getattr(module, name, None)
        if function is None:
            yield f"{solution.name} has no function {name}: the stub has one; write it"
        elif str(inspect.signature(function)) != str(contract.signature):
            yield (
                f"{solution.name}: {name}{inspect.signature(function)}, the stub has {contract.signature}: "
                "make them agree"
            )


def _import_problems(track: Track, solution: Path) -> Iterator[str]:
    """Find imports besides numpy, numba, the standard library, neighbours and modules beside the tracks."""
    own = track.solutions.resolve()
    for file, source in paths.sources(solution).items():
        where = file.relative_to(own.parent)
        if own not in file.parents and file.parent != own.parent:
            yield f"{solution.name} imports {where}: expected a neighbour, or a module beside the tracks"
        for line, module in admission.imports(ast.parse(source)):
            if module.startswith(".") and file.parent == own and file.stem in _ALONE:
                yield (
                    f"{where}, line {line}: it imports {module}: expected nothing beside it, since students' "
                    "tests run on it behind walls, where it is alone"
                )
            if not module.startswith(".") and module.split(".")[0] not in admission.ALLOWED:
                may = "numpy, numba and the standard library may"
                yield f"{where}, line {line}: {module} may not be imported: {may}"


def _imported_modules(path: Path) -> set[str]:
    """Follow the relative imports of a track's module."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                modules |= {name} | _imported_modules(path.parent / f"{name}.py")
    return modules


def _short(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"
