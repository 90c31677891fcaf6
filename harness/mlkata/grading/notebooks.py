"""Turns a notebook into a Python file: what it defines, without what it tries out.

Kept are imports, functions, classes, and assignments without a call, in the order of the cells. What
was left out stands in a comment in the first line. Notebooks are anybody's, and parsing one may take
memory or end the parser, so it is done in a process of its own:

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
"""Bytes, pictures included."""
_MAX_CODE = 1 << 20
"""Bytes of a notebook's code cells, as of any submission."""
_MAX_NOTE = 500
"""Characters."""
_SECONDS = 60.0
"""Of wall time; an honest notebook takes a tenth of a second."""
_MAGIC = re.compile(r"\s*(?:[\w, ]+=\s*)?[%!]|\s*\?|\s*[\w.]+\?{1,2}\s*$")
"""A line of IPython's: `%matplotlib inline`, `!pip install x`, `files = !ls`, `np.sum?`."""
_TIMED = re.compile(r"%%(?:time|capture)\b")
"""Magics of a whole cell that is Python all the same."""


@dataclass(frozen=True)
class Statement:
    """One statement that is kept."""

    name: str
    """Of a function or class: a later one of this name replaces it."""
    text: str
    future: bool = False
    """Is it an import that Python wants first?"""


def convert(notebook: bytes) -> bytes:
    """Return the source that a notebook defines. Raises KataError if it is no notebook."""
    command = [sys.executable, "-P", "-m", __name__]
    try:
        done = subprocess.run(command, input=notebook, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise KataError(f"a notebook that takes more than {_SECONDS:.0f} s to read") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 1 and done.stdout:
        raise KataError(done.stdout.decode("utf-8", "replace"))
    raise KataError(f"the notebook cannot be read: {isolation.describe_exit(done.returncode)}")


def source(notebook: bytes) -> str:
    """Return the source that a notebook defines; `convert` does it at a distance. Raises KataError."""
    left_out: Counter[str] = Counter()
    found = [one for cell in _code_cells(notebook) for one in _definitions(cell, left_out)]
    last = {one.name: index for index, one in enumerate(found) if one.name}
    kept = [one for index, one in enumerate(found) if last.get(one.name, index) == index]
    left_out["definitions that a later one replaces"] = len(found) - len(kept)
    note = ", ".join(f"{what} ({count})" for what, count in left_out.items() if count) or "nothing"
    kept.sort(key=lambda one: not one.future)
    head = textwrap.shorten(f"# From a notebook; left out: {note}", _MAX_NOTE, placeholder=" …")
    return "\n\n".join([head, *(one.text for one in kept)]) + "\n"


def _code_cells(notebook: bytes) -> Iterator[str]:
    try:
        document = json.loads(notebook)
    except (ValueError, RecursionError) as error:
        raise KataError(f"no notebook: expected JSON ({type(error).__name__})") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise KataError(
            "no notebook of format 4: expected an object with cells; open it in Jupyter and save it"
        )
    size = 0
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            text = _text(cell.get("source"))
            size += len(text.encode("utf-8", "replace"))
            if size > _MAX_CODE:
                raise KataError(
                    f"the notebook has more than {_MAX_CODE} bytes of code: a submission may have so many"
                )
            yield text


def _text(cell_source: Any) -> str:
    """Return a cell's text, which is one string or a list of lines."""
    parts = cell_source if isinstance(cell_source, list) else [cell_source]
    text = "".join(part for part in parts if isinstance(part, str))
    return re.sub(r"\r\n?", "\n", text)


def _definitions(cell: str, left_out: Counter[str]) -> Iterator[Statement]:
    """Read one cell; what is not kept is counted by what it is."""
    if _TIMED.match(cell.lstrip()):
        cell = cell.lstrip().partition("\n")[2]
    if cell.lstrip().startswith("%%"):
        left_out["cells of another language"] += 1
        return
    tree = _parse(cell)
    if tree is None:  # only then: in Python, too, a line may begin with %
        lines = cell.split("\n")
        cell = "\n".join("" if _MAGIC.match(line) else line for line in lines)
        left_out["lines of IPython's"] += sum(bool(_MAGIC.match(line)) for line in lines)
        tree = _parse(cell)
    if tree is None:
        left_out["cells that are no Python"] += 1
        return
    encoded = cell.encode().split(b"\n")
    for node in tree.body:
        if _is_kept(node):
            yield _definition(node, encoded)
        elif not _is_text(node):
            left_out[_what(node)] += 1


def _parse(cell: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the worker's to report
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
    """Is this a name or a text on a line of its own, as notebooks end cells with?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name)


def _what(node: ast.stmt) -> str:
    """Say what is left out: names that a function may miss, by name."""
    if isinstance(node, ast.Assign):
        names = [inner.id for one in node.targets for inner in ast.walk(one) if isinstance(inner, ast.Name)]
        return f"assignments of {' '.join(names)}, by a call"
    return "statements that run something"


def _definition(node: ast.stmt, lines: list[bytes]) -> Statement:
    """Cut a statement out of its cell, with its decorators: columns count bytes."""
    decorators = getattr(node, "decorator_list", [])
    first, column = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    cut = lines[first - 1 : node.end_lineno]
    cut[-1] = cut[-1][: node.end_col_offset]
    cut[0] = cut[0][column:]
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return Statement(getattr(node, "name", ""), b"\n".join(cut).decode(), future)


def main() -> int:
    """Read a notebook from standard input and write its source to standard output."""
    limits.limit_self()
    try:
        made = source(sys.stdin.buffer.read(MAX_NOTEBOOK + 1)).encode("utf-8", "replace")
    except KataError as error:
        sys.stdout.write(str(error))
        return 1
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
