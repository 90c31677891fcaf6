"""Rows of real data that checks draw, with or without their targets."""

import numpy as np
import pytest
from mlkata.tracks.datasets import load, load_target
from mlkata.tracks.inputs import real, real_with_target
from mlkata.tracks.model import KataError


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_each_row_keeps_its_target(name):
    """The noise on the rows is small: each drawn row is still nearest to the row that it comes from."""
    X, y = real_with_target(np.random.default_rng(0), name, rows=60)
    spread = load(name).std(axis=0)
    distances = np.abs(X[:, None] - load(name)[None]) / spread
    assert np.array_equal(y, load_target(name)[distances.sum(axis=2).argmin(axis=1)])
    assert y.dtype == load_target(name).dtype


def test_rows_are_the_same_with_and_without_targets():
    """The same generator draws the same rows and columns; the target is a writable copy."""
    X, y = real_with_target(np.random.default_rng(3), "iris", rows=20, columns=2)
    assert np.array_equal(X, real(np.random.default_rng(3), "iris", rows=20, columns=2))
    assert (X.shape, y.shape) == ((20, 2), (20,))
    y[0] = 7  # raises an error if the target is read-only


def test_photographs_have_no_target():
    """The message lists the data sets with a target."""
    with pytest.raises(KataError, match="no target for 'china': expected one of iris"):
        real_with_target(np.random.default_rng(0), "china", rows=20)
