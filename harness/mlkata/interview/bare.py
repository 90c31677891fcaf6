"""The file that a candidate gets in an interview: signatures of functions, without docstrings or comments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Round

_TWO_EMPTY_LINES = "\n\n\n"


def missing(track: Track, rounds: Sequence[Round], existing: str) -> str:
    """Return the definitions that `rounds` need and the source `existing` lacks, to be appended to it.

    If `existing` is blank, the imports of the track's stub come first.
    """
    bound = set(source.bound(existing))
    stub = ast.parse(track.stub.read_text(encoding="utf-8"))
    needed = _needed(track, rounds)
    imports = [node for node in stub.body if isinstance(node, ast.Import | ast.ImportFrom)]
    parts = [] if existing.strip() else ["\n".join(map(ast.unparse, imports))]
    parts += [
        ast.unparse(_stripped(node))
        for node in stub.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in needed - bound
    ]
    return _TWO_EMPTY_LINES.join(parts) + "\n" if parts else ""


def _needed(track: Track, rounds: Sequence[Round]) -> set[str]:
    """Return the names of these rounds' functions and of the named tuples that they take or return."""
    functions = {name for round_ in rounds for name in track.functions_of(round_)}
    return functions | {name for function in functions for name in _records(track, function)}


def _records(track: Track, function: str) -> Iterator[str]:
    """Yield the names of the named tuples that a function takes or returns."""
    contract = track.contracts[function]
    for entry in (*contract.parameters, *contract.returns):
        if entry.record is not None:
            yield entry.record.type.__name__


def _stripped(node: ast.ClassDef | ast.FunctionDef) -> ast.ClassDef | ast.FunctionDef:
    """Reduce a class to its fields and a function to its signature."""
    if isinstance(node, ast.ClassDef):
        node.body = [field for field in node.body if isinstance(field, ast.AnnAssign)]
    else:
        node.body = ast.parse("raise NotImplementedError").body
    return node
