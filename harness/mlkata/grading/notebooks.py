"""Convert a notebook to a Python file with its definitions.

Imports, functions, classes and assignments without a call are used, in the order of the cells. A comment in
the first line lists what was left out. Notebooks are untrusted, and parsing one may exhaust memory or crash
the parser, so it runs in a process of its own. `validated` does not read them, as it does other files: a
malformed cell is left out, and the rest is graded.

    python -P -m mlkata.grading.notebooks <kmeans.ipynb >kmeans.py
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlkata.tracks.model import KataError
from mlkata.worker import isolation, limits

MAX_NOTEBOOK = 8 << 20
"""Bytes of a notebook, including pictures."""
_MAX_CODE = 1 << 20
"""Bytes of a notebook's code cells, the same limit as for any submission."""
_MAX_NOTE = 500
"""Characters of the comment."""
_SECONDS = 60.0
"""Seconds of wall time; a normal notebook takes a tenth of a second."""
_MAGIC = re.compile(r"\s*(?:[\w, ]+=\s*)?[%!]|\s*\?|\s*[\w.]+\?{1,2}\s*$")
"""A line of IPython: `%matplotlib inline`, `!pip install x`, `files = !ls`, `np.sum?`."""
_TIMED = re.compile(r"%%(?:time|capture)\b")
"""Magics of a whole cell whose content is still Python."""


@dataclass(frozen=True)
class Statement:
    """One statement that is used."""

    name: str
    """The name of a function or class; a later definition of the name replaces it."""
    text: str
    future: bool = False
    """Whether it is a __future__ import, which must come first."""


def convert(notebook: bytes) -> bytes:
    """Return a notebook's source. Raise KataError if it is not a notebook."""
    command = [sys.executable, "-P", "-m", __name__]
    try:
        done = subprocess.run(command, input=notebook, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise KataError(f"reading the notebook took more than {_SECONDS:.0f} s") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 1 and done.stdout:
        raise KataError(done.stdout.decode("utf-8", "replace"))
    raise KataError(f"the notebook cannot be read: {isolation.describe_exit(done.returncode)}")


def source(notebook: bytes) -> str:
    """Return a notebook's source; `convert` runs this in another process. Raise KataError."""
    left_out: Counter[str] = Counter()
    statements = [statement for cell in _code_cells(notebook) for statement in _definitions(cell, left_out)]
    last = {statement.name: index for index, statement in enumerate(statements) if statement.name}
    used = [
        statement for index, statement in enumerate(statements) if last.get(statement.name, index) == index
    ]
    left_out["definitions that a later one replaces"] = len(statements) - len(used)
    note = ", ".join(f"{kind} ({count})" for kind, count in left_out.items() if count) or "nothing"
    used.sort(key=lambda statement: not statement.future)
    head = textwrap.shorten(f"# From a notebook; left out: {note}", _MAX_NOTE, placeholder=" …")
    return "\n\n".join([head, *(statement.text for statement in used)]) + "\n"


def _code_cells(notebook: bytes) -> Iterator[str]:
    try:
        document = json.loads(notebook)
    except (ValueError, RecursionError) as error:
        raise KataError(f"not a notebook: expected JSON ({type(error).__name__})") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise KataError(
            "not a notebook of format 4: expected an object with cells; open it in Jupyter and save it"
        )
    size = 0
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            text = _text(cell.get("source"))
            size += len(text.encode("utf-8", "replace"))
            if size > _MAX_CODE:
                raise KataError(
                    f"the notebook has more than {_MAX_CODE} bytes of code, the most for a submission"
                )
            yield text


def _text(cell_source: Any) -> str:
    """Return a cell's text, which is one string or a list of lines."""
    parts = cell_source if isinstance(cell_source, list) else [cell_source]
    text = "".join(part for part in parts if isinstance(part, str))
    return re.sub(r"\r\n?", "\n", text)


def _definitions(cell: str, left_out: Counter[str]) -> Iterator[Statement]:
    """Yield the statements of one cell to keep; count the others by kind."""
    if _TIMED.match(cell.lstrip()):
        cell = cell.lstrip().partition("\n")[2]
    if cell.lstrip().startswith("%%"):
        left_out["cells of another language"] += 1
        return
    tree = _parse(cell)
    if tree is None:  # only then, as a line of Python may also begin with %
        lines = cell.split("\n")
        cell = "\n".join("" if _MAGIC.match(line) else line for line in lines)
        left_out["lines of IPython"] += sum(bool(_MAGIC.match(line)) for line in lines)
        tree = _parse(cell)
    if tree is None:
        left_out["cells that are not valid Python"] += 1
        return
    encoded = cell.encode().split(b"\n")
    for node in tree.body:
        if _is_kept(node):
            yield _definition(node, encoded)
        elif not _is_text(node):
            left_out[_kind(node)] += 1


def _parse(cell: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the worker reports invalid escapes
        try:
            return ast.parse(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _is_kept(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        runs = (ast.Call, ast.Await)
        return not any(isinstance(inner, runs) for inner in ast.walk(node))
    return isinstance(
        node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )


def _is_text(node: ast.stmt) -> bool:
    """Return whether this is a bare name or text, as at the end of notebook cells."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name)


def _kind(node: ast.stmt) -> str:
    """Return the kind of a left-out statement, with an assignment's names, as functions may need them."""
    if isinstance(node, ast.Assign):
        names = [
            inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)
        ]
        return f"assignments of {' '.join(names)}, by a call"
    return "statements that run something"


def _definition(node: ast.stmt, lines: list[bytes]) -> Statement:
    """Return a statement cut out of its cell with its decorators; columns count bytes."""
    decorators = getattr(node, "decorator_list", [])
    first, column = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    cut = lines[first - 1 : node.end_lineno]
    cut[-1] = cut[-1][: node.end_col_offset]
    cut[0] = cut[0][column:]
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return Statement(getattr(node, "name", ""), b"\n".join(cut).decode(), future)


def main() -> int:
    """Read a notebook from standard input, write its source to standard output, return the exit status."""
    limits.limit_self()
    try:
        text = source(sys.stdin.buffer.read(MAX_NOTEBOOK + 1)).encode("utf-8", "replace")
    except KataError as error:
        sys.stdout.write(str(error))
        return 1
    sys.stdout.buffer.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
