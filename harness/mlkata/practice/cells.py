"""Puts a notebook's cell into a candidate's file: what the cell defines takes the place of what is there."""

from __future__ import annotations

import ast
import symtable

from mlkata.practice import source
from mlkata.tracks.model import KataError

_KEPT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
"""What a file needs besides functions. Calls and asserts of a cell are looked at there, and stay there."""


def merged(name: str, there: str, cell: str) -> str:
    """Give the file's text with the cell in it. Raises KataError where one of them is no Python.

    Functions, classes and constants replace those of their name, imports are added above the first function.
    What is computed by functions of the file goes below them, if one of them reads it; else it is looked at
    in the notebook, and stays there.
    """
    text = there
    newline = "\r\n" if "\r\n" in there else "\n"
    for who, code in ((name, there), ("the cell", cell)):
        try:
            source.functions(code)
        except SyntaxError as error:
            raise KataError(
                f"{who}, line {error.lineno}: {error.msg}: mend it and run the cell again"
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
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _globals(text: str) -> set[str]:
    """Name what functions of a text read that is not their own."""
    found: set[str] = set()
    tables: list[symtable.SymbolTable] = [symtable.symtable(text.removeprefix("\ufeff"), "file", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        found.update(table.get_globals() if isinstance(table, symtable.Function) else ())
    return found


def _with(text: str, statement: str, names: list[str], *, below: bool) -> str:
    """Put a statement in the place of the one that binds the same names, else above or below functions."""
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
    return min([node.lineno, *(one.lineno for one in decorators)]) - 1, node.end_lineno or node.lineno


def _lines(text: str, node: ast.stmt) -> str:
    start, end = _span(node)
    return "".join(source.split_lines(text)[start:end]).rstrip() + "\n"
