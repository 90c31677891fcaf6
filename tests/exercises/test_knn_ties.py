"""ties.py of the k-NN track judges neighbours: it accepts any order among tied rows, and nothing else."""

from itertools import combinations

import numpy as np
import pytest
from mlkata.tracks import catalogue
from sklearn.neighbors import KDTree

TIES = catalogue.get("knn")._module("ties")
TABLE = np.array([[0.0, 1.0, 1.0, 2.0], [5.0, 1.0, 3.0, 2.0]])
"""The distances of two queries to four rows. Rows 1 and 2 are tied for query 0."""
RIGHT = np.array([[0, 1], [1, 3]])
"""Two nearest rows of each query."""


def message_on(indices, distances=None, true=TABLE, k=2, close=TIES.TIGHT):
    """Return what is wrong with these neighbours, or None.

    `true` has the distances of all rows, `distances` those that are reported, if any; `close` says how far
    these may differ.
    """
    return TIES.wrong_neighbors(true, k, np.asarray(indices), distances, close=close)


def test_either_of_two_tied_rows_is_right():
    for first in ([0, 1], [0, 2]):
        assert message_on([first, [1, 3]], np.array([[0.0, 1.0], [1.0, 2.0]])) is None


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64])
def test_any_integer_dtype_is_right(dtype):
    assert message_on(RIGHT.astype(dtype)) is None


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([[0, 1, 2], [1, 3, 2]], "shape (2, 3), expected (2, 2)"),
        ([[0.0, 1.0], [1.0, 3.0]], "dtype float64"),
        ([[0, 4], [1, 3]], "expected 0 to 3, yours range from 0 to 4"),
        ([[-1, 0], [1, 3]], "yours range from -1"),
        ([[0, 1], [1, 1]], "row 1 lists a neighbour twice"),
        ([[0, 3], [1, 3]], "query 0, place 1: yours is row 3 at distance 2, expected a row at distance 1"),
        ([[1, 0], [1, 3]], "query 0, place 0"),
    ],
)
def test_wrong_indices_are_named(indices, message):
    assert message in message_on(indices)


@pytest.mark.parametrize(
    ("distances", "message"),
    [
        ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], "distances: yours has shape (2, 3)"),
        ([[0.0, 1.0], [2.0, 1.0]], "query 1, place 0: yours 2, expected 1"),
        ([[0.0, 1.0], [1.0, 2.0 + 1e-8]], "query 1, place 1"),
        ([[0.0, np.nan], [1.0, 2.0]], "query 0, place 1: yours nan"),
    ],
)
def test_wrong_distances_are_named(distances, message):
    assert message in message_on(RIGHT, np.array(distances))


def test_right_distances_with_other_rows_are_named():
    message = message_on([[0, 3], [1, 3]], np.array([[0.0, 1.0], [1.0, 2.0]]))
    assert "yours is row 3, which is at distance 2, but your distance is 1" in message


def test_a_row_at_infinite_distance_is_reported_as_its_own_neighbour():
    """Where a row is not its own neighbour, the table has infinity as its distance to itself."""
    true = TABLE.copy()
    true[0, 0] = np.inf
    assert "row 0 lists itself" in message_on([[0, 1], [1, 3]], true=true)
    assert message_on([[2, 1], [1, 3]], true=true) is None


def test_distances_by_expanded_squares_pass_the_loose_tolerance_only():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) + 3
    Q = X[:9] + 1e-6 * rng.normal(size=(9, 3))
    true = np.sqrt(((Q[:, None] - X) ** 2).sum(axis=2))
    expanded = np.maximum((Q**2).sum(axis=1)[:, None] - 2 * Q @ X.T + (X**2).sum(axis=1), 0)
    indices = expanded.argsort(axis=1)[:, :4]
    distances = np.sqrt(np.take_along_axis(expanded, indices, axis=1))
    assert message_on(indices, distances, true, k=4, close=TIES.LOOSE) is None
    assert message_on(indices, distances, true, k=4, close=TIES.TIGHT) is not None


def test_a_k_d_tree_with_any_leaf_size_passes_on_a_lattice():
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 5, (n, 2)).astype(float) for n in (200, 40))
    true = np.sqrt(((Q[:, None] - X) ** 2).sum(axis=2))
    for leaf_size in (1, 7, 40):
        distances, indices = KDTree(X, leaf_size=leaf_size).query(Q, k=6)
        assert message_on(indices, distances, true, k=6) is None


def test_admissible_labels_are_those_of_all_choices_among_tied_rows():
    n_ambiguous = 0  # inputs on which several labels are right
    for seed in range(400):
        rng = np.random.default_rng(seed)
        distances = rng.integers(0, 4, 9).astype(float)
        y, k = rng.integers(0, 3, 9), int(rng.integers(1, 9))
        sure, tied = TIES.sure_and_tied(distances, k, slack=1e-9)
        choices = combinations(np.flatnonzero(tied), k - int(sure.sum()))
        votes = [np.concatenate([np.flatnonzero(sure), choice]).astype(int) for choice in choices]
        elected = {int(np.bincount(y[rows], minlength=3).argmax()) for rows in votes}
        counts = [np.bincount(y[mask], minlength=3) for mask in (sure, tied)]
        assert TIES.admissible_labels(*counts, k) == elected
        n_ambiguous += len(elected) > 1
    assert n_ambiguous > 100
