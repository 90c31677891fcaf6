"""Puts a notebook's cell into a candidate's file: what the cell defines takes the place of what is there."""

from __future__ import annotations

import ast

from harness.model import KataError
from harness.practice import source

_KEPT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef)
"""What a file needs besides functions. Calls and asserts of a cell are looked at there, and stay there."""


def merged(name: str, there: str, cell: str) -> str:
    """Give the file's text with the cell in it. Raises KataError where one of them is no Python.

    Functions, classes and constants replace those of their name, imports are added above the first function.
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
    for node in ast.parse(cell).body:
        if isinstance(node, _KEPT):
            statement = _lines(cell, node)
            text = _with(text, statement.replace("\n", newline), sorted(source.bound(statement)))
    return text


def _with(text: str, statement: str, names: list[str]) -> str:
    """Put a statement in the place of the one that binds the same names, else above the first function."""
    lines = source.split_lines(text)
    for node in ast.parse(text.removeprefix("\ufeff")).body:
        if isinstance(node, _KEPT) and sorted(source.bound(_lines(text, node))) == names:
            start, end = _span(node)
            lines[start:end] = [statement]
            return "".join(lines)
    starts = [start for start, _ in source.functions(text).values()]
    at = min(starts, default=len(lines))
    return "".join([*lines[:at], statement, *lines[at:]])


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)]) - 1, node.end_lineno or node.lineno


def _lines(text: str, node: ast.stmt) -> str:
    start, end = _span(node)
    return "".join(source.split_lines(text)[start:end]).rstrip() + "\n"
