"""CONTRIBUTING's table of rooms agrees with the code.

A room is a folder or module directly in harness/mlkata, such as `report`. The table has the rooms from top to
bottom, each with the rooms below it that it imports.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "harness" / "mlkata"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([\w/]+)` \| (.+) \| (.*) \|$", TEXT.split("## Adding to a track")[0], re.MULTILINE)
LONGEST = 300
"""Lines of a module; the docstring of a longer one says why it is longer."""


@cache
def modules() -> dict[str, Path]:
    """Return the modules of the package by their dotted names."""
    by_name = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        by_name[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return by_name


def room(module: str) -> str:
    """Return the room of a module: `report` of `mlkata.report.text`."""
    return module.split(".")[1] if "." in module else module


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of the package that a module imports anywhere, lazily included."""
    names = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inside & modules().keys() or {node.module}
            assert not node.level, f"{module}: expected absolute imports"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            names |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return frozenset(names & modules().keys())


def imported_rooms() -> Iterator[tuple[str, str, str]]:
    """Yield each import from one room to another, with the module that has it."""
    for module in modules():
        for other in imports(module):
            if room(module) != room(other):
                yield module, room(module), room(other)


@pytest.fixture
def table() -> dict[str, tuple[str, set[str]]]:
    """Return the table: each room with its description, and the rooms that it imports."""
    return {name: (text, set(re.findall(r"`(\w+)`", rooms))) for name, text, rooms in ROWS if "/" not in name}


def test_every_room_is_in_the_table_with_its_docstring(table):
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert set(table) == rooms - {"__init__", "__main__"}
    for name, (text, _) in table.items():
        docstring = (
            ast.get_docstring(ast.parse(modules()[f"mlkata.{name}"].read_text(encoding="utf-8"))) or ""
        )
        assert docstring.splitlines()[0] == text, name


def test_every_import_points_down_and_is_in_the_table(table):
    order = list(table)
    for name, (_, rooms) in table.items():
        for other in rooms:
            assert order.index(name) < order.index(other), f"{name} is below {other}, which it imports"
    for module, importer, other in imported_rooms():
        if module not in ("mlkata", "mlkata.__main__") and other != "mlkata":  # the public names, the command
            assert other in table[importer][1], (
                f"{module} imports {other}: {importer} may import {sorted(table[importer][1])}"
            )


def test_every_import_in_the_table_is_used(table):
    used = defaultdict(set)
    for _, importer, other in imported_rooms():
        used[importer].add(other)
    for name, (_, rooms) in table.items():
        assert rooms == used[name] - {"mlkata"}, name


def test_there_are_no_circular_imports():
    """Lazy imports count, too: two modules that need each other are one."""
    done, path = set(), []

    def visit(module: str) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        path.append(module)
        for other in sorted(imports(module) - {"mlkata"}):
            visit(other)
        path.pop()
        done.add(module)

    for module in modules():
        if module != "mlkata":
            visit(module)


def test_a_long_module_has_a_reason():
    for module, path in modules().items():
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        docstring = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
        assert lines <= LONGEST or "lines because" in docstring, f"{module} has {lines} lines"
