"""A notebook cell is merged into the candidate's file, and nothing else of the file changes."""

from __future__ import annotations

import pytest
from mlkata.practice.cells import merged
from mlkata.tracks.model import KataError

SOURCE = '''\
"""Mine."""

import numpy as np

EPS = 1e-9


def first(x):
    return x  # as it was


def second(x):
    raise NotImplementedError
'''


def test_a_function_replaces_the_one_of_its_name() -> None:
    """The text around it stays."""
    text = merged("a.py", SOURCE, "def second(x):\n    return x + EPS\n")
    assert text == SOURCE.replace("raise NotImplementedError", "return x + EPS")


def test_merging_a_cell_twice_changes_nothing() -> None:
    cell = "import math\n\nHALF = 0.5\n\n\nclass A:\n    pass\n\n\ndef third(x):\n    return math.pi\n"
    once = merged("a.py", SOURCE, cell)
    assert merged("a.py", once, cell) == once
    assert once.count("import math") == once.count("HALF = 0.5") == once.count("class A:") == 1
    assert once.index("import math") < once.index("def first")
    compile(once, "a.py", "exec")


def test_a_constant_replaces_the_one_of_its_name() -> None:
    assert merged("a.py", SOURCE, "EPS = 1e-6\n") == SOURCE.replace("1e-9", "1e-6")


def test_calls_asserts_and_expressions_are_not_merged() -> None:
    assert merged("a.py", SOURCE, "first(3)\nassert first(3) == 3\nprint(first)\n") == SOURCE


def test_values_computed_by_a_cells_functions_are_not_merged() -> None:
    """Put above the functions, such values would make the import fail; and no function reads them."""
    cell = "def second(x):\n    y = x\n    return y\n\n\nx = 3\ny = second(x)\nz = y + 1\n"
    text = merged("a.py", SOURCE, cell)
    assert "y = second(x)" not in text
    assert "z =" not in text
    exec(compile(text, "a.py", "exec"), {})  # noqa: S102 - our own text


def test_a_value_computed_by_a_function_goes_below_it() -> None:
    """Here the function `second` reads `fast`, which is computed from `first`.

    The file lacks `second`, and a line end after its last line.
    """
    cell = "def second(x):\n    return fast(x)\n\n\nfast = (lambda function: function)(first)\n"
    text = merged("a.py", SOURCE.rstrip().replace("second", "third"), cell)
    assert merged("a.py", text, cell) == text
    names: dict[str, object] = {}
    exec(compile(text, "a.py", "exec"), names)  # noqa: S102 - our own text
    assert names["fast"] is names["first"]


def test_an_empty_file_is_filled_and_windows_line_ends_stay() -> None:
    assert merged("a.py", "", "import os\n\n\ndef f():\n    return 1\n").count("def f") == 1
    text = merged("a.py", SOURCE.replace("\n", "\r\n"), "import os\n\n\ndef second(x):\n    return 2\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "import os\r\n" in text


@pytest.mark.parametrize(
    ("text", "cell", "message"),
    [
        (SOURCE, "def second(x:\n", "the cell, line 1: "),
        ("def broken(:\n", "def second(x):\n    return 2\n", "kmeans.py, line 1: "),
    ],
)
def test_invalid_python_is_refused(text: str, cell: str, message: str) -> None:
    """The message names the line, and nothing is written."""
    with pytest.raises(KataError, match=message):
        merged("kmeans.py", text, cell)
