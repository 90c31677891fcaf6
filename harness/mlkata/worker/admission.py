"""Looks at a submission's source before it is run: is it Python, is anything in it refused?"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

ALLOWED = frozenset({"numpy", "numba", "llvmlite", *sys.stdlib_module_names})
"""What a candidate may import; a round can say otherwise."""


class PolicyError(ImportError):
    """A module that the round does not allow."""


def refuse(source: str, file: str, name: str) -> dict[str, object] | None:
    """Say what is wrong with a source, as the fields of a refusal, or None."""
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return no_python(error, name)
    twice = defined_twice(tree)
    if twice:
        return {"kind": "import", "message": f"{name}: {twice}", "defined_twice": True}
    forbidden = _forbidden_import(tree)
    if forbidden:
        return {"kind": "policy", "message": f"{name}, {forbidden}"}
    return None


def no_python(error: Exception, name: str) -> dict[str, object]:
    """Say where a source stops being Python."""
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    text = (error.text or "").strip() if isinstance(error, SyntaxError) else ""
    message = f"{type(error).__name__} in {name}{line}: {reason}" + (f": {text}" if text else "")
    return {"kind": "import", "message": message}


def defined_twice(tree: ast.Module) -> str:
    """Say in one line which top-level function is defined twice, and where; nothing where none is."""
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
    for line, module in imports(tree):
        if module.startswith("."):
            return f"line {line}: {module} may not be imported here: a submission is one file"
        if module.split(".")[0] not in ALLOWED:
            return (
                f"line {line}: {module} may not be imported here: numpy, numba and the standard library may"
            )
    return ""


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """List the modules that a source imports, with the line; a relative one begins with its dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
