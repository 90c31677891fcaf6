"""Check a submission's source before it is run: syntax, functions defined twice, imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

ALLOWED = frozenset({"numpy", "numba", "llvmlite", *sys.stdlib_module_names})
"""What a candidate may import."""


class PolicyError(ImportError):
    """The submission imports a module that is not allowed."""


def refuse(source: str, file: str, name: str) -> dict[str, object] | None:
    """Return the fields of a refusal, or None if the source is accepted."""
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return syntax_refusal(error, name)
    twice = defined_twice(tree)
    if twice:
        return {"kind": "import", "message": f"{name}: {twice}", "defined_twice": True}
    forbidden = _forbidden_import(tree)
    if forbidden:
        return {"kind": "policy", "message": f"{name}, {forbidden}"}
    return None


def syntax_refusal(error: Exception, name: str) -> dict[str, object]:
    """Return the fields of a refusal that says where a source is not Python."""
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    text = (error.text or "").strip() if isinstance(error, SyntaxError) else ""
    message = f"{type(error).__name__} in {name}{line}: {reason}" + (f": {text}" if text else "")
    return {"kind": "import", "message": message}


def defined_twice(tree: ast.Module) -> str:
    """Return a line naming the first top-level function that is defined twice, or an empty string."""
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
                f"line {line}: {module} may not be imported here: use numpy, numba and the standard library"
            )
    return ""


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each imported module; a relative name begins with its dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
