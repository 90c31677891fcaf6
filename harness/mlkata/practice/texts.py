"""The texts of the files that a new workspace gets besides the stubs.

Braces in `OWN_TESTS` are filled with the name of the track and of its first function.
"""

from __future__ import annotations

from pathlib import Path

TEST_KATA = '''\
"""One test per check of the rounds that you have opened, so that plain `pytest` and editors show them."""


def test_kata(kata_check):
    kata_check.run()
'''

PYTEST_INI = """\
[pytest]
# Empty on purpose: settings of a project around this folder must not apply here.
"""

OWN_TESTS = '''\
"""Your own tests of {track}.py: `pytest` runs them, and `kata test` grades them by the bugs they catch."""

import importlib

import pytest


@pytest.fixture
def {track}():
    """Your {track}.py, imported for each test that uses it: an error in it fails only those tests."""
    return importlib.import_module("{track}")


# def test_{function}({track}):
#     assert {track}.{function}(...) == ...
'''


def write_new(file: Path, text: str) -> bool:
    """Write a file unless it exists already; return whether it was written."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    return True
