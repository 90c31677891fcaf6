"""Check the source of a submission (a candidate's file) before it is run.

A source is refused if it is not valid Python, defines a function twice, or imports a module that is not
allowed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

ALLOWED = frozenset({"numpy", "numba", "llvmlite", *sys.stdlib_module_names})
"""The top-level modules that a submission may import."""


class PolicyError(ImportError):
    """The submission imports a module that is not allowed."""


def refuse(source: str, file: str, name: str) -> dict[str, object] | None:
    """Return the fields of the worker's reply that refuses the source, or None if the source is accepted.

    `file` is the path that tracebacks name; `name` is the file name that messages show to the candidate.
    """
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return syntax_refusal(error, name)
    duplicate = defined_twice(tree)
    if duplicate:
        return {"kind": "import", "message": f"{name}: {duplicate}", "defined_twice": True}
    forbidden_import = _forbidden_import(tree)
    if forbidden_import:
        return {"kind": "policy", "message": f"{name}, {forbidden_import}"}
    return None


def syntax_refusal(error: Exception, name: str) -> dict[str, object]:
    """Return the fields of a reply that refuses a source and says where it is not valid Python."""
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    text = (error.text or "").strip() if isinstance(error, SyntaxError) else ""
    message = f"{type(error).__name__} in {name}{line}: {reason}" + (f": {text}" if text else "")
    return {"kind": "import", "message": message}


def defined_twice(tree: ast.Module) -> str:
    """Return a message about the first top-level function that is defined twice, or an empty string."""
    lines: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name in lines:
                return (
                    f"{node.name} is defined twice, in lines {lines[node.name]} and {node.lineno}: keep one"
                )
            lines[node.name] = node.lineno
    return ""


def _forbidden_import(tree: ast.Module) -> str:
    """Return a message about the first import that is not allowed, or an empty string."""
    for line, module in imports(tree):
        if module.startswith("."):
            return f"line {line}: {module} may not be imported here: a submission is one file"
        if module.split(".")[0] not in ALLOWED:
            return (
                f"line {line}: {module} may not be imported here: use numpy, numba and the standard library"
            )
    return ""


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each imported module; a relative name keeps its leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
