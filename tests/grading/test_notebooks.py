"""A notebook becomes a Python file with what it defines, without code that only runs something."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.grading import notebooks, sources
from mlkata.tracks.model import KataError


def notebook_file(*cells):
    """Return the file that Jupyter writes for a notebook with these code cells."""
    all_cells = [nbformat.v4.new_markdown_cell("# Homework"), *map(nbformat.v4.new_code_cell, cells)]
    book = nbformat.v4.new_notebook(cells=all_cells)
    nbformat.validate(book)
    return nbformat.writes(book).encode()


def converted(*cells):
    """Return the Python source of these cells, without the comment in the first line."""
    return notebooks.source(notebook_file(*cells)).split("\n", 1)[1].strip()


def first_line(*cells):
    """Return the first line of the Python source of these cells: a comment that lists what was left out."""
    return notebooks.source(notebook_file(*cells)).split("\n", 1)[0]


# A student's notebook: commands of IPython and the shell, calls, an older `double`, and invalid Python.
CELLS = (
    "%matplotlib inline\nimport numpy as np\n!pip install rich\nimport os; import sys",
    "EPS = 1e-9\nrng = np.random.default_rng(0)\nX = rng.normal(size=(3, 2))\nX",
    "# the first try\ndef double(x):\n    return x + x",
    '@np.vectorize\ndef root(x):\n    """Gives:\n\n%  a root?\n    """\n    return x ** 0.5  # ü',
    "double(3)\nfor _ in range(3):\n    print(double(2))",
    "def double(x):\n    return 2 * x",
    "def broken(:",
    "%%bash\nrm -rf /",
    "%%time\ndef total(x):\n    return x.sum()",
    "from __future__ import annotations\nclass A: pass",
)
SOURCE = '''\
from __future__ import annotations

import numpy as np

import os

import sys

EPS = 1e-9

@np.vectorize
def root(x):
    """Gives:

%  a root?
    """
    return x ** 0.5

def double(x):
    return 2 * x

def total(x):
    return x.sum()

class A: pass'''
"""What CELLS become: imports, constants, functions and classes; rng and X, which calls make, are left out."""


def test_definitions_are_kept_in_their_order_and_the_last_of_a_name_wins():
    assert converted(*CELLS) == SOURCE
    compile(converted(*CELLS), "toy.py", "exec")


def test_the_first_line_lists_what_was_left_out():
    assert first_line(*CELLS) == (
        "# From a notebook; left out: lines of IPython (2), "
        "assignments to rng, whose values need a call (1), "
        "assignments to X, whose values need a call (1), statements that run something (2), "
        "cells that are not valid Python (1), cells of another language (1), "
        "definitions that a later one replaces (1)"
    )
    assert first_line("x = 1") == "# From a notebook; left out: nothing"
    # A long list is cut.
    assert len(first_line(*(f"name{number} = f()" for number in range(1000)))) <= 500


def short(value):
    """Return the id of a case: pytest passes it to processes in their environment, which has little room."""
    return repr(value)[:20]


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ("y = (8\n%  3)", "y = (8\n%  3)"),  # Python, although a line begins like a magic
        ("np.sum?\ny = 1", "y = 1"),
        ("files = !ls\ny = 1", "y = 1"),
        ("  %cd x\ny = 1", "y = 1"),
        ("x: int = 3\nx += 1\nz: int = f()", "x: int = 3\n\nx += 1"),
        ("if True:\n    y = 1", ""),
        ("async def f():\n    await g()\nawait f()", "async def f():\n    await g()"),
        ("def é(): return 'é'; y = 'é'", "def é(): return 'é'; y = 'é'"),
        ("é = 'é'; b = 2", "é = 'é'\n\nb = 2"),
        # All line ends of Python count, but not a form feed, at which str.splitlines would split.
        ("a = 1\r\nb = 2\rc = 3", "a = 1\n\nb = 2\n\nc = 3"),
        ("s = 'a\x0cb'", "s = 'a\x0cb'"),
        ("x = '\\d'", "x = '\\d'"),  # an invalid escape, of which Python only warns
        ("", ""),
    ],
)
def test_unusual_cells_are_converted(cell, source):
    assert converted(cell) == source


def test_a_notebook_in_a_folder_is_a_submission(toy, tmp_path):
    (tmp_path / "alice.ipynb").write_bytes(notebook_file(*CELLS))
    [entry] = sources.collect([str(tmp_path)], toy)
    assert (entry.id, entry.name) == ("alice", "alice.ipynb")
    assert entry.read().decode().split("\n", 1)[1].strip() == SOURCE


def test_modules_in_the_current_folder_are_not_imported(toy, tmp_path, monkeypatch):
    """A student's file may be called json.py."""
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert notebooks.convert(notebook_file("y = 1")).endswith(b"\n\ny = 1\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a notebook: expected JSON"),
        (b"\xff\xfe", "not a notebook: expected JSON"),
        (b"[" * 100_000, "not a notebook: expected JSON"),
        (b"[]", "not a notebook of format 4: expected an object with cells"),
        (b'{"worksheets": []}', "not a notebook of format 4"),
        (b'{"cells": 3}', "not a notebook of format 4"),
        (json.dumps({"cells": [{"cell_type": "code", "source": "#" * (2 << 20)}]}).encode(), "bytes of code"),
    ],
    ids=short,
)
def test_a_file_that_is_not_a_usable_notebook_is_an_error_of_one_line(data, message):
    with pytest.raises(KataError, match=message) as caught:
        notebooks.convert(data)
    assert "\n" not in str(caught.value)


def test_a_notebook_of_more_than_8_mebibytes_is_refused(toy, tmp_path):
    (tmp_path / "alice.ipynb").write_bytes(b" " * (notebooks.MAX_NOTEBOOK + 1))
    [entry] = sources.collect([str(tmp_path)], toy)
    with pytest.raises(KataError, match="more than 8388608 bytes"):
        entry.read()


@pytest.mark.parametrize(
    "cell",
    [
        "x = " + "(" * 5000,
        "x = " + "-" * 200_000 + "1",
        "x = a" + ".a" * 200_000,
        "x = " + "a+" * 200_000 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "\0",
        "def f():\n" + "".join(" " * depth + "if 1:\n" for depth in range(1, 150)) + " " * 150 + "pass",
        "x = '\ud800'",
    ],
    ids=short,
)
def test_no_cell_crashes_the_converter(cell):
    """Python's parser cannot read most of these, or needs much memory or a deep stack for them."""
    data = json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode()
    assert notebooks.convert(data).startswith(b"# From a notebook; left out: ")


def test_a_converter_that_dies_is_an_error_of_one_line(monkeypatch):
    monkeypatch.setattr(notebooks.sys, "executable", "/bin/false")
    with pytest.raises(KataError, match="the notebook cannot be read: the process exited with status 1"):
        notebooks.convert(notebook_file("y = 1"))


def test_a_converter_that_hangs_is_an_error_of_one_line(monkeypatch, tmp_path):
    """It is killed after the time limit, here 0.2 seconds, which the message rounds."""
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o700)
    monkeypatch.setattr(notebooks.sys, "executable", str(hanging))
    monkeypatch.setattr(notebooks, "_SECONDS", 0.2)
    with pytest.raises(KataError, match="reading the notebook took more than 0 s"):
        notebooks.convert(b"")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200)
@given(
    st.lists(
        st.fixed_dictionaries({"cell_type": st.just("code") | JSON, "source": JSON | st.lists(st.text())})
        | JSON,
        max_size=4,
    )
)
def test_whatever_the_cells_hold_the_result_is_valid_python(cells):
    source = notebooks.source(json.dumps({"cells": cells}).encode())
    compile(source, "toy.py", "exec", dont_inherit=True)
