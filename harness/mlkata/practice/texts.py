"""The files that a new workspace or track starts with, besides the stubs."""

from __future__ import annotations

from pathlib import Path

TEST_KATA = '''\
"""One test for each check of the open rounds, so that plain `pytest` and editors show them."""


def test_kata(kata_check):
    kata_check.run()
'''

PYTEST_INI = """\
[pytest]
# Empty on purpose: the settings of a project around this folder are not meant for it.
"""

OWN_TESTS = '''\
"""Your own tests of {track}.py: `pytest` runs them, and `kata test` grades them by the bugs they catch."""

import importlib

import pytest


@pytest.fixture
def {track}():
    """Your {track}.py, imported when a test asks for it: a slip there fails that test only."""
    return importlib.import_module("{track}")


# def test_{function}({track}):
#     assert {track}.{function}(...) == ...
'''


def write_new(file: Path, text: str) -> bool:
    """Write a file that is not there yet; say whether it was so. What is there stays as it is."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    return True
