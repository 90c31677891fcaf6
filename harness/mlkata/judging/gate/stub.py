"""Checks the stub, the file that candidates fill in.

Types in docstrings must be readable, functions short and with an example, and notes of later rounds (comments
that add rules to earlier functions) must name a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlkata.tracks import contract
from mlkata.tracks.catalogue import Track

LONGEST = 25
"""Most lines of a function, with its docstring: nobody reads more in an interview."""


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with the stub's text."""
    text = track.stub.read_text(encoding="utf-8")
    for name in contract.read_notes(text):
        if name not in track.contracts:
            yield f"stub.py has a note on {name!r}: expected a function's name, or no colon after it"
    described = {name: record.fields for name, record in track.records.items()}
    described |= {name: (*entry.parameters, *entry.returns) for name, entry in track.contracts.items()}
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
