"""Arguments are made smaller: arrays that share a dimension lose the same rows."""

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
        "X": rng.normal(0, 40, (12, 3)),
        "labels": rng.integers(0, 4, 12),
        "centers": rng.normal(0, 40, (5, 3)),
    }
    return catalogue.get("kmeans").contracts["update"], arguments


def shapes(arguments):
    """Return the shape of each argument."""
    return [value.shape for value in arguments.values()]


def test_rows_are_removed_in_halves_then_quarters_then_one_by_one(update):
    """X and labels lose the same rows; the centres stay."""
    contract, arguments = update
    rows = reduce.passes(catalogue.get("kmeans"), contract, {"n_samples": 12})[0]
    candidates = list(rows(arguments))
    assert [len(candidate["X"]) for candidate in candidates] == [6] * 2 + [9] * 4 + [11] * 12
    for candidate in candidates:
        positions = [np.flatnonzero((arguments["X"] == row).all(axis=1))[0] for row in candidate["X"]]
        assert np.array_equal(candidate["labels"], arguments["labels"][positions])
        assert candidate["centers"] is arguments["centers"]


def test_an_integer_argument_with_the_name_of_a_dimension_is_reduced_with_it():
    """`n_samples` is the number of rows that are left."""
    contract = catalogue.get("kmeans").contracts["update"]
    smaller = reduce._with_indices(contract, {"X": np.eye(4), "n_samples": 4}, ("n_samples", 4), [0, 2])
    assert smaller["n_samples"] == len(smaller["X"]) == 2


def test_drawn_arguments_are_small_and_depend_on_the_seed(update):
    """Each dimension has at most the given size, here 4."""
    contract, arguments = update

    def drawn(seed):
        return list(itertools.islice(reduce.drawn(contract, arguments, 4, seed), 40))

    sizes = [conformance.dimensions(contract, candidate) for candidate in drawn(1)]
    assert {size for by_name in sizes for size in by_name.values()} <= {1, 2, 3, 4}
    assert {by_name["n_samples"] for by_name in sizes} == {1, 2, 3, 4}
    assert all(np.array_equal(a["X"], b["X"]) for a, b in zip(drawn(1), drawn(1), strict=True))
    assert any(shapes(a) != shapes(b) for a, b in zip(drawn(1), drawn(2), strict=True))


def test_numbers_of_all_tables_are_scaled_by_one_factor(update):
    """Rows that are near a centre stay near it."""
    contract, arguments = update
    simpler = reduce.passes(catalogue.get("kmeans"), contract, {})[-1]
    first = next(simpler(arguments))
    largest = max(np.abs(arguments["X"]).max(), np.abs(arguments["centers"]).max())
    assert np.array_equal(first["X"], np.round(arguments["X"] * 9 / largest))
    assert np.array_equal(first["centers"], np.round(arguments["centers"] * 9 / largest))


def test_a_dimension_of_a_record_stays():
    """Without one of its classes, the fractions of a tree's nodes would sum to less than 1."""
    track = catalogue.get("tree")
    case = draw(track.check("tree.1/predict/text"), 0)
    contract, arguments = track.contracts["predict"], case.steps[0].arguments
    for candidate in itertools.islice(reduce.drawn(contract, arguments, 4, 0), 20):
        assert len(candidate["X"]) <= 4
        assert (
            len(candidate["classes"]) == candidate["tree"].value.shape[1] == arguments["tree"].value.shape[1]
        )


@pytest.mark.parametrize(
    ("function", "before", "after"),
    [
        ("m_step", {"responsibilities": [[0.5, 0.5]]}, {"responsibilities": [[0.0, 0.0]]}),
        ("m_step", {"responsibilities": [[0.75, 0.25]]}, {"responsibilities": [[1.0, 0.5]]}),
        ("m_step", {"X": [[3.0], [1.0]]}, {"X": [[3.0], [-1.0]]}),
        ("m_step", {"X": [[3.0], [1.0]]}, {"X": [[3.0], [0.0]]}),
        ("m_step", {"X": [[2.0, 1.0], [1.0, 2.0]]}, {"X": [[2.0, 1.0], [0.5, 2.0]]}),
    ],
)
def test_properties_of_an_array_that_its_contract_may_require_are_kept(function, before, after):
    """They are rows that sum to 1, signs and symmetry."""
    contract = catalogue.get("gmm").contracts[function]
    smaller = reduce._with_indices(contract, {"X": np.eye(4), "n_samples": 4}, ("n_samples", 4), [0, 2])
    assert smaller["n_samples"] == len(smaller["X"]) == 2


def test_a_label_stays_one_of_a_cluster(update):
    """A cluster is not removed while a label of it, or a higher one, occurs."""
    contract, arguments = update
    assert arguments["labels"].max() == 3
    assert reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:4]})
    assert not reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:3]})
