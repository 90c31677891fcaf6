"""Your own tests of kmeans.py: `pytest` runs them, and `kata test` grades them by the bugs they catch."""

import importlib

import pytest


@pytest.fixture
def kmeans():
    """Your kmeans.py, imported when a test asks for it: a slip there fails that test only."""
    return importlib.import_module("kmeans")


# def test_assign(kmeans):
#     assert kmeans.assign(...) == ...
