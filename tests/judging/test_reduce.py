"""Arguments of a call are made smaller: arrays that share a dimension lose the same entries."""

import itertools

import numpy as np
import pytest
from mlkata.judging import reduce
from mlkata.tracks import catalogue, conformance
from mlkata.tracks.drawing import draw


@pytest.fixture(scope="module")
def update():
    """Return the contract of k-means' `update`, and arguments for it."""
    rng = np.random.default_rng(0)
    arguments = {
        "X": rng.normal(0, 40, size=(12, 3)),
        "labels": rng.integers(0, 4, size=12),
        "centers": rng.normal(0, 40, size=(5, 3)),
    }
    return catalogue.get("kmeans").contracts["update"], arguments


def shapes(arguments):
    """Return the shape of each argument."""
    return [value.shape for value in arguments.values()]


def test_rows_are_removed_in_halves_then_quarters_then_one_by_one(update):
    """X and labels have 12 rows, and lose the same ones; the centres stay.

    Each of `reduce.passes` is one way to make arguments smaller; the first removes rows.
    """
    contract, arguments = update
    fewer_rows = reduce.passes(catalogue.get("kmeans"), contract, {"n_samples": 12})[0]
    candidates = list(fewer_rows(arguments))
    assert [len(candidate["X"]) for candidate in candidates] == [6] * 2 + [9] * 4 + [11] * 12
    for candidate in candidates:
        positions = [np.flatnonzero((arguments["X"] == row).all(axis=1))[0] for row in candidate["X"]]
        assert np.array_equal(candidate["labels"], arguments["labels"][positions])
        assert candidate["centers"] is arguments["centers"]


def test_an_integer_argument_with_the_name_of_a_dimension_is_reduced_with_it():
    """`n_samples` becomes the number of rows that are left."""
    contract = catalogue.get("kmeans").contracts["update"]
    smaller = reduce._with_indices(contract, {"X": np.eye(4), "n_samples": 4}, ("n_samples", 4), [0, 2])
    assert smaller["n_samples"] == len(smaller["X"]) == 2


def test_drawn_arguments_are_small_and_depend_on_the_seed(update):
    """The same seed gives the same arguments; each dimension has at most the given size, here 4."""
    contract, arguments = update

    def drawn(seed):
        return list(itertools.islice(reduce.drawn(contract, arguments, largest=4, seed=seed), 40))

    sizes = [conformance.dimensions(contract, candidate) for candidate in drawn(1)]
    assert {size for by_name in sizes for size in by_name.values()} <= {1, 2, 3, 4}
    assert {by_name["n_samples"] for by_name in sizes} == {1, 2, 3, 4}
    assert all(np.array_equal(a["X"], b["X"]) for a, b in zip(drawn(1), drawn(1), strict=True))
    assert any(shapes(a) != shapes(b) for a, b in zip(drawn(1), drawn(2), strict=True))


def test_numbers_of_all_tables_are_scaled_by_one_factor(update):
    """So rows that are near a centre stay near that centre. The largest number becomes 9."""
    contract, arguments = update
    simpler = reduce.passes(catalogue.get("kmeans"), contract, {})[-1]
    first = next(simpler(arguments))
    largest = max(np.abs(arguments["X"]).max(), np.abs(arguments["centers"]).max())
    assert np.array_equal(first["X"], np.round(arguments["X"] * 9 / largest))
    assert np.array_equal(first["centers"], np.round(arguments["centers"] * 9 / largest))


def test_a_dimension_of_a_record_stays():
    """A tree keeps all classes: without one of them, the fractions in its nodes would sum to less than 1."""
    track = catalogue.get("tree")
    case = draw(track.check("tree.1/predict/text"), 0)
    contract, arguments = track.contracts["predict"], case.steps[0].arguments
    for candidate in itertools.islice(reduce.drawn(contract, arguments, largest=4, seed=0), 20):
        assert len(candidate["X"]) <= 4
        assert (
            len(candidate["classes"]) == candidate["tree"].value.shape[1] == arguments["tree"].value.shape[1]
        )


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ([[0.75, 0.25], [0.4, 0.6]], [[0.5, 0.5], [0.5, 0.5]], True),
        ([[0.75, 0.25], [0.4, 0.6]], [[0.5, 0.5], [0.5, 1.0]], False),
        ([[3.0], [1.0]], [[2.0], [2.0]], True),
        ([[3.0], [0.0]], [[3.0], [-1.0]], False),
        ([[3.0], [1.0]], [[3.0], [0.0]], False),
        ([[2.0, 1.0], [1.0, 2.0]], [[2.0, 0.5], [0.5, 2.0]], True),
        ([[2.0, 1.0], [1.0, 2.0]], [[2.0, 1.0], [0.5, 2.0]], False),
    ],
    ids=[
        *("rows sum to 1", "a row sums to 1.5"),
        *("positive", "negative", "zero"),
        *("symmetric", "asymmetric"),
    ],
)
def test_properties_of_an_array_that_a_contract_may_demand_must_be_kept(before, after, kept):
    """These are rows that sum to 1, signs and symmetry."""
    contract = catalogue.get("kmeans").contracts["update"]
    assert reduce.keeps_properties(contract, {"X": np.array(before)}, {"X": np.array(after)}) is kept


def test_a_cluster_is_not_removed_while_its_label_occurs(update):
    """There are five centres, and label 3 occurs: the fifth centre may be removed, the fourth may not."""
    contract, arguments = update
    assert arguments["labels"].max() == 3
    assert reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:4]})
    assert not reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:3]})
