"""Your own tests of knn.py: `pytest` runs them, and `kata test` grades them by the bugs they catch."""

import importlib

import pytest


@pytest.fixture
def knn():
    """Your knn.py, imported when a test asks for it: a slip there fails that test only."""
    return importlib.import_module("knn")


# def test_pairwise_sq_distances(knn):
#     assert knn.pairwise_sq_distances(...) == ...
