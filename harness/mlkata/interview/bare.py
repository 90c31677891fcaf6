"""The file that a candidate gets: names and arguments, and nothing that says what they are for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Round

_BLANK = "\n\n\n"


def missing(track: Track, rounds: Sequence[Round], there: str) -> str:
    """Write what rounds ask for and a file does not define yet; imports are added to an empty file only."""
    bound = set(source.bound(there))
    stub = ast.parse(track.stub.read_text(encoding="utf-8"))
    needed = _needed(track, rounds)
    imports = [one for one in stub.body if isinstance(one, ast.Import | ast.ImportFrom)]
    parts = [] if there.strip() else ["\n".join(map(ast.unparse, imports))]
    parts += [
        ast.unparse(_bared(node))
        for node in stub.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in needed - bound
    ]
    return _BLANK.join(parts) + "\n" if parts else ""


def _needed(track: Track, rounds: Sequence[Round]) -> set[str]:
    """Name the functions of these rounds, and the named tuples that they take or give."""
    functions = {name for one in rounds for name in track.functions_of(one)}
    return functions | {name for one in functions for name in _records(track, one)}


def _records(track: Track, function: str) -> Iterator[str]:
    contract = track.contracts[function]
    for entry in (*contract.parameters, *contract.returns):
        if entry.record is not None:
            yield entry.record.type.__name__


def _bared(node: ast.ClassDef | ast.FunctionDef) -> ast.ClassDef | ast.FunctionDef:
    """Leave of a class its fields, of a function its head."""
    if isinstance(node, ast.ClassDef):
        node.body = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    else:
        node.body = ast.parse("raise NotImplementedError").body
    return node
