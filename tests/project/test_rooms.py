"""CONTRIBUTING's table of rooms is the one in the code."""

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


@cache
def modules() -> dict[str, Path]:
    """List the modules of the package by their dotted names."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room(module: str) -> str:
    """Return the room of a module: `report` of `mlkata.report.text`."""
    return module.split(".")[1] if "." in module else module


@cache
def imports(module: str) -> frozenset[str]:
    """List the modules of the package that a module imports anywhere, lazily included."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & modules().keys() or {node.module}
            assert not node.level, f"{module}: expected absolute imports"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return frozenset(found & modules().keys())


def imported_rooms() -> Iterator[tuple[str, str, str]]:
    """Give each import from one room to another, with the module that has it."""
    for module in modules():
        for other in imports(module):
            if room(module) != room(other):
                yield module, room(module), room(other)


@pytest.fixture
def table() -> dict[str, tuple[str, set[str]]]:
    """The table: each room with its description, and the rooms that it imports."""
    return {name: (text, set(re.findall(r"`(\w+)`", rooms))) for name, text, rooms in ROWS if "/" not in name}


def test_every_room_is_in_the_table_with_its_own_words(table):
    """The first line of a room's docstring is its description."""
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
            assert order.index(name) < order.index(other), f"{name} stands below {other}, which it imports"
    for module, one, other in imported_rooms():
        if module not in ("mlkata", "mlkata.__main__") and other != "mlkata":  # the public names, the command
            assert other in table[one][1], (
                f"{module} imports {other}: {one} may import {sorted(table[one][1])}"
            )


def test_nothing_is_in_the_table_that_nobody_imports(table):
    used = defaultdict(set)
    for _, one, other in imported_rooms():
        used[one].add(other)
    for name, (_, rooms) in table.items():
        assert rooms == used[name] - {"mlkata"}, name


def test_no_module_imports_itself_by_way_of_others():
    """Not even lazily: two modules that need each other are one."""
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


def test_a_long_module_says_why():
    for module, path in modules().items():
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        docstring = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
        assert lines <= LONGEST or "lines because" in docstring, f"{module} has {lines} lines"
