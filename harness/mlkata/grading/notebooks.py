"""Convert a submitted notebook to a Python file with its definitions.

Imports, functions, classes and assignments without a call are kept, in the order of the cells. A comment in
the first line lists what was left out. Notebooks are untrusted, and parsing one may exhaust memory or crash
the parser, so it runs in a process of its own. A malformed cell is left out, and the rest is graded;
`tracks.validated`, which reads the kit's other JSON, would refuse the whole file.

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
"""The most bytes of a notebook, including its pictures."""
_MAX_CODE = 1 << 20
"""The most bytes of a notebook's code cells, as of any submission."""
_MAX_NOTE = 500
"""The most characters of the comment in the first line."""
_SECONDS = 60.0
"""The most seconds of wall time for a conversion; a normal notebook takes a tenth of a second."""
_IPYTHON = re.compile(r"\s*(?:[\w, ]+=\s*)?[%!]|\s*\?|\s*[\w.]+\?{1,2}\s*$")
"""A line in the language of IPython: `%matplotlib inline`, `!pip install x`, `files = !ls`, `np.sum?`."""
_PYTHON_CELL = re.compile(r"%%(?:time|capture)\b")
"""The first line of a cell that IPython runs as Python, although it begins with %%."""


@dataclass(frozen=True)
class Statement:
    """One statement that is kept."""

    name: str
    """The name of a function or class, of which the last definition counts; empty for other statements."""
    text: str
    future: bool = False
    """Whether it is a __future__ import, which must come first."""


def convert(notebook: bytes) -> bytes:
    """Return a notebook's Python source. Raise KataError if it is not a notebook, or cannot be parsed."""
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
    """Return a notebook's Python source. `convert` runs this in another process.

    Raise KataError if it is not a notebook.
    """
    left_out: Counter[str] = Counter()
    statements = [statement for cell in _code_cells(notebook) for statement in _definitions(cell, left_out)]
    last_index = {statement.name: index for index, statement in enumerate(statements) if statement.name}
    kept = [
        statement
        for index, statement in enumerate(statements)
        if last_index.get(statement.name, index) == index
    ]
    left_out["definitions that a later one replaces"] = len(statements) - len(kept)
    note = ", ".join(f"{kind} ({count})" for kind, count in left_out.items() if count) or "nothing"
    kept.sort(key=lambda statement: not statement.future)
    head = textwrap.shorten(f"# From a notebook; left out: {note}", _MAX_NOTE, placeholder=" …")
    return "\n\n".join([head, *(statement.text for statement in kept)]) + "\n"


def _code_cells(notebook: bytes) -> Iterator[str]:
    """Yield the texts of the code cells. Raise KataError if it is not a notebook, or has too much code."""
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
    """Yield the statements of a cell that are kept; count the others by kind in `left_out`."""
    if _PYTHON_CELL.match(cell.lstrip()):
        cell = cell.lstrip().partition("\n")[2]
    if cell.lstrip().startswith("%%"):
        left_out["cells of another language"] += 1
        return
    tree = _parse(cell)
    if tree is None:  # Only now are lines of IPython looked for, as a line of Python may begin with %, too.
        lines = cell.split("\n")
        cell = "\n".join("" if _IPYTHON.match(line) else line for line in lines)
        left_out["lines of IPython"] += sum(bool(_IPYTHON.match(line)) for line in lines)
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
    """Return a cell's syntax tree, or None if it is not valid Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as for an invalid escape, which shows when the file is judged
        try:
            return ast.parse(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _is_kept(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return not any(isinstance(inner, ast.Call | ast.Await) for inner in ast.walk(node))
    return isinstance(
        node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )


def _is_text(node: ast.stmt) -> bool:
    """Return whether a statement is only a name or a constant: cells often end so; it needs no mention."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name)


def _kind(node: ast.stmt) -> str:
    """Return the kind of a statement that was left out; for an assignment, its names: they may be missed."""
    if isinstance(node, ast.Assign):
        names = [
            inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)
        ]
        return f"assignments to {', '.join(names)}, whose values need a call"
    return "statements that run something"


def _definition(node: ast.stmt, lines: list[bytes]) -> Statement:
    """Cut a statement with its decorators out of the lines of its cell; columns of `ast` count bytes."""
    decorators = getattr(node, "decorator_list", [])
    first, column = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    own_lines = lines[first - 1 : node.end_lineno]
    own_lines[-1] = own_lines[-1][: node.end_col_offset]  # the end first: it may be the same line
    own_lines[0] = own_lines[0][column:]
    is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return Statement(getattr(node, "name", ""), b"\n".join(own_lines).decode(), is_future)


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
