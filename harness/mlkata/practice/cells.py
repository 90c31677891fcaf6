"""Merge a notebook cell into a candidate's file: the cell's definitions replace those of the file."""

from __future__ import annotations

import ast
import symtable

from mlkata.practice import source
from mlkata.tracks.model import KataError

_KEPT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
"""What a file needs besides functions. Calls and asserts stay in the notebook."""


def merged(name: str, file_text: str, cell: str) -> str:
    """Return the file's text with the cell merged in. Raises KataError if either is not valid Python.

    Functions, classes and constants replace those of the same name; imports are added above the first
    function. A value computed with the file's functions goes below them if one of them reads it; otherwise it
    stays in the notebook.
    """
    text = file_text
    newline = "\r\n" if "\r\n" in file_text else "\n"
    for label, code in ((name, file_text), ("the cell", cell)):
        try:
            source.functions(code)
        except SyntaxError as error:
            raise KataError(
                f"{label}, line {error.lineno}: {error.msg}: fix it and run the cell again"
            ) from None
    for function in source.functions(cell):
        text = source.replace(text, function, source.segment(cell, function))
    computed = set(source.functions(text))
    for node in ast.parse(cell).body:
        if not isinstance(node, _KEPT):
            continue
        statement = _lines(cell, node)
        names = sorted(source.bound(statement))
        below = isinstance(node, ast.Assign | ast.AnnAssign) and not computed.isdisjoint(_read_by(node))
        if below:
            computed.update(names)
            if _globals(text).isdisjoint(names):
                continue
        text = _with(text, statement.replace("\n", newline), names, below=below)
    return text


def _read_by(node: ast.stmt) -> set[str]:
    return {
        name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    }


def _globals(text: str) -> set[str]:
    """Return the global names that the functions of a text read."""
    names: set[str] = set()
    tables: list[symtable.SymbolTable] = [symtable.symtable(text.removeprefix("\ufeff"), "file", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names.update(table.get_globals() if isinstance(table, symtable.Function) else ())
    return names


def _with(text: str, statement: str, names: list[str], *, below: bool) -> str:
    """Replace the statement that binds the same names, or else add one above or below the functions."""
    lines = source.split_lines(text)
    for node in ast.parse(text.removeprefix("\ufeff")).body:
        if isinstance(node, _KEPT) and sorted(source.bound(_lines(text, node))) == names:
            start, end = _span(node)
            lines[start:end] = [statement]
            return "".join(lines)
    starts = [start for start, _ in source.functions(text).values()]
    at = len(lines) if below else min(starts, default=len(lines))
    if at == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    return "".join([*lines[:at], statement, *lines[at:]])


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min(
        [node.lineno, *(decorator.lineno for decorator in decorators)]
    ) - 1, node.end_lineno or node.lineno


def _lines(text: str, node: ast.stmt) -> str:
    start, end = _span(node)
    return "".join(source.split_lines(text)[start:end]).rstrip() + "\n"
