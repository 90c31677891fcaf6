"""A cell goes into a file, and nothing else of the file changes."""

from __future__ import annotations

import pytest
from mlkata.practice.cells import merged
from mlkata.tracks.model import KataError

THERE = '''\
"""Mine."""

import numpy as np

EPS = 1e-9


def first(x):
    return x  # as it was


def second(x):
    raise NotImplementedError
'''


def test_a_function_takes_the_place_of_its_name() -> None:
    """In its place; what stands around it stays."""
    text = merged("a.py", THERE, "def second(x):\n    return x + EPS\n")
    assert text == THERE.replace("raise NotImplementedError", "return x + EPS")


def test_the_same_cell_again_changes_nothing() -> None:
    """Whoever runs a cell twice has one of each."""
    cell = "import math\n\nHALF = 0.5\n\n\nclass A:\n    pass\n\n\ndef third(x):\n    return math.pi\n"
    once = merged("a.py", THERE, cell)
    assert merged("a.py", once, cell) == once
    assert once.count("import math") == once.count("HALF = 0.5") == once.count("class A:") == 1
    assert once.index("import math") < once.index("def first")
    compile(once, "a.py", "exec")


def test_a_constant_replaces_the_one_of_its_name() -> None:
    """Rather than to stand beside it."""
    assert merged("a.py", THERE, "EPS = 1e-6\n") == THERE.replace("1e-9", "1e-6")


def test_what_a_cell_looks_at_stays_there() -> None:
    """Calls, asserts and expressions are no part of a file."""
    assert merged("a.py", THERE, "first(3)\nassert first(3) == 3\nprint(first)\n") == THERE


def test_what_a_cell_computes_by_its_functions_stays_there() -> None:
    """In the file it would stand above them; nobody could import that any more."""
    cell = "def second(x):\n    y = x\n    return y\n\n\nx = 3\ny = second(x)\nz = y + 1\n"
    text = merged("a.py", THERE, cell)
    assert "y = second(x)" not in text
    assert "z =" not in text
    exec(compile(text, "a.py", "exec"), {})  # noqa: S102 - our own text


def test_what_functions_read_stands_below_those_that_compute_it() -> None:
    """Such as a function that a decorator makes of another."""
    cell = "def second(x):\n    return fast(x)\n\n\nfast = abs(first) if 0 else first\n"
    text = merged("a.py", THERE.rstrip().replace("second", "third"), cell)
    assert merged("a.py", text, cell) == text
    names: dict[str, object] = {}
    exec(compile(text, "a.py", "exec"), names)  # noqa: S102 - our own text
    assert names["fast"] is names["first"]


def test_an_empty_file_and_windows_lines() -> None:
    """A file that is not there yet, and line ends as they are."""
    assert merged("a.py", "", "import os\n\n\ndef f():\n    return 1\n").count("def f") == 1
    text = merged("a.py", THERE.replace("\n", "\r\n"), "import os\n\n\ndef second(x):\n    return 2\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "import os\r\n" in text


@pytest.mark.parametrize(
    ("there", "cell", "said"),
    [
        (THERE, "def second(x:\n", "the cell, line 1: "),
        ("def broken(:\n", "def second(x):\n    return 2\n", "kmeans.py, line 1: "),
    ],
)
def test_what_is_no_python_is_refused(there: str, cell: str, said: str) -> None:
    """With the line, and nothing is written."""
    with pytest.raises(KataError, match=said):
        merged("kmeans.py", there, cell)
