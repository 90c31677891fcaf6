"""Merge a notebook cell into the candidate's file: the cell's definitions replace those of the file."""

from __future__ import annotations

import ast
import symtable

from mlkata.practice import source
from mlkata.tracks.model import KataError

_KEPT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
"""Statements that are merged, besides functions. Calls and asserts stay in the notebook."""


def merged(name: str, file_text: str, cell: str) -> str:
    """Return the file's text with the cell merged in; `name` is the file's name in messages.

    Functions, classes and constants replace those of the same name; imports are added above the first
    function. A value computed with the file's functions is added below the functions if a function reads it;
    otherwise it is left out. Raise KataError if the file or the cell is not valid Python.
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
    # Functions, and names that are assigned from them: a value that reads one exists only below the
    # functions.
    depends_on_functions = set(source.functions(text))
    for node in ast.parse(cell).body:
        if not isinstance(node, _KEPT):
            continue
        statement = _lines(cell, node)
        names = sorted(source.bound(statement))
        is_assignment = isinstance(node, ast.Assign | ast.AnnAssign)
        below = is_assignment and not depends_on_functions.isdisjoint(_read_by(node))
        if below:
            depends_on_functions.update(names)
            if _globals(text).isdisjoint(names):  # no function reads it
                continue
        text = _with(text, statement.replace("\n", newline), names, below=below)
    return text


def _read_by(node: ast.stmt) -> set[str]:
    """Return the names that a statement reads."""
    return {
        name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    }


def _globals(text: str) -> set[str]:
    """Return the global names that the functions of a file's text use."""
    names: set[str] = set()
    without_bom = text.removeprefix("\ufeff")  # a byte order mark is not valid Python
    tables: list[symtable.SymbolTable] = [symtable.symtable(without_bom, "file", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names.update(table.get_globals() if isinstance(table, symtable.Function) else ())
    return names


def _with(text: str, statement: str, names: list[str], *, below: bool) -> str:
    """Return the text with a statement that binds `names`.

    It replaces the statement that binds the same names. If there is none, it is added above the functions or,
    with `below`, at the end.
    """
    lines = source.split_lines(text)
    for node in ast.parse(text.removeprefix("\ufeff")).body:
        if isinstance(node, _KEPT) and sorted(source.bound(_lines(text, node))) == names:
            start, end = _span(node)
            lines[start:end] = [statement]
            return "".join(lines)
    function_starts = [start for start, _ in source.functions(text).values()]
    position = len(lines) if below else min(function_starts, default=len(lines))
    if position == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    return "".join([*lines[:position], statement, *lines[position:]])


def _span(node: ast.stmt) -> tuple[int, int]:
    """Return the first line of a statement, decorators included, and the line after its end, from 0."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first - 1, node.end_lineno or node.lineno


def _lines(text: str, node: ast.stmt) -> str:
    """Return the source lines of a statement, decorators included."""
    start, end = _span(node)
    return "".join(source.split_lines(text)[start:end]).rstrip() + "\n"
