"""Inputs that checks draw: rows of real data, with their targets or without."""

import numpy as np
import pytest
from mlkata.tracks.datasets import load, load_target
from mlkata.tracks.inputs import real, real_with_target
from mlkata.tracks.model import KataError


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_each_row_keeps_its_target(name):
    """Jittered as little as they are, rows are still nearest to those that they were drawn from."""
    X, y = real_with_target(np.random.default_rng(0), name, 60)
    spread = load(name).std(axis=0)
    apart = np.abs(X[:, None] - load(name)[None]) / spread
    assert np.array_equal(y, load_target(name)[apart.sum(axis=2).argmin(axis=1)])
    assert y.dtype == load_target(name).dtype


def test_rows_are_those_that_come_without_targets():
    """From the same generator, in the same columns; a target may be written to."""
    X, y = real_with_target(np.random.default_rng(3), "iris", 20, 2)
    assert np.array_equal(X, real(np.random.default_rng(3), "iris", 20, 2))
    assert (X.shape, y.shape) == ((20, 2), (20,))
    y[0] = 7


def test_photographs_have_no_target():
    """One line says which data sets have one."""
    with pytest.raises(KataError, match="no target for 'china': expected one of iris"):
        real_with_target(np.random.default_rng(0), "china", 20)
