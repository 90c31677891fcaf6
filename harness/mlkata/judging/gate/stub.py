"""The stub: types that can be read, short functions with an example, notes that belong to one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlkata.tracks import contract
from mlkata.tracks.catalogue import Track

LONGEST = 25
"""Lines of a function, its docstring included: more is not read in an interview."""


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with the stub's text."""
    text = track.stub.read_text(encoding="utf-8")
    for name in contract.read_notes(text):
        if name not in track.contracts:
            yield f"stub.py has a note on {name!r}: expected a function's name, or no colon after the word"
    described = {name: record.fields for name, record in track.records.items()}
    described |= {name: (*one.parameters, *one.returns) for name, one in track.contracts.items()}
    for name, terms in described.items():
        for term in terms:
            if problem := contract.type_problem(term, track.records):
                yield f"stub.py: {name}: {problem}"
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST:
                yield f"stub.py: {node.name} has {lines} lines: expected at most {LONGEST}; use fewer words"
            if ">>> " not in (ast.get_docstring(node) or ""):
                yield f"stub.py: {node.name} has no example: expected `>>> {node.name}(…)` and its output"
