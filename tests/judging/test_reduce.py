"""Smaller arguments: what belongs together goes together, and the same seed draws the same."""

import itertools

import numpy as np
import pytest
from mlkata.judging import reduce
from mlkata.tracks import catalogue, conformance
from mlkata.tracks.drawing import draw


@pytest.fixture(scope="module")
def update():
    """The contract of k-means' `update`, and arguments of it."""
    rng = np.random.default_rng(0)
    arguments = {
        "X": rng.normal(0, 40, (12, 3)),
        "labels": rng.integers(0, 4, 12),
        "centers": rng.normal(0, 40, (5, 3)),
    }
    return catalogue.get("kmeans").contracts["update"], arguments


def shapes(arguments):
    return [value.shape for value in arguments.values()]


def test_rows_go_in_halves_then_one_by_one(update):
    """X and labels lose the same rows, the centres none."""
    contract, arguments = update
    rows = reduce.passes(catalogue.get("kmeans"), contract, {"n_samples": 12})[0]
    found = list(rows(arguments))
    assert [len(one["X"]) for one in found] == [6] * 2 + [9] * 4 + [11] * 12
    for one in found:
        positions = [np.flatnonzero((arguments["X"] == row).all(axis=1))[0] for row in one["X"]]
        assert np.array_equal(one["labels"], arguments["labels"][positions])
        assert one["centers"] is arguments["centers"]


def test_an_integer_follows_the_dimension_of_its_name():
    """It says the size that is left."""
    contract = catalogue.get("kmeans").contracts["update"]
    made = reduce._with_indices(contract, {"X": np.eye(4), "n_samples": 4}, ("n_samples", 4), [0, 2])
    assert made["n_samples"] == len(made["X"]) == 2


def test_what_is_drawn_is_small_and_depends_on_the_seed(update):
    """At most so many rows, features and clusters; the same seed gives the same."""
    contract, arguments = update

    def some(seed):
        return list(itertools.islice(reduce.drawn(contract, arguments, 4, seed), 40))

    sizes = [conformance.dimensions(contract, one) for one in some(1)]
    assert {size for one in sizes for size in one.values()} <= {1, 2, 3, 4}
    assert {one["n_samples"] for one in sizes} == {1, 2, 3, 4}
    same = zip(some(1), some(1), strict=True)
    assert all(np.array_equal(one["X"], other["X"]) for one, other in same)
    assert any(shapes(one) != shapes(other) for one, other in zip(some(1), some(2), strict=True))


def test_numbers_shrink_in_one_measure(update):
    """All tables together, so that what lies near stays near."""
    contract, arguments = update
    simpler = reduce.passes(catalogue.get("kmeans"), contract, {})[-1]
    first = next(simpler(arguments))
    largest = max(np.abs(arguments["X"]).max(), np.abs(arguments["centers"]).max())
    assert np.array_equal(first["X"], np.round(arguments["X"] * 9 / largest))
    assert np.array_equal(first["centers"], np.round(arguments["centers"] * 9 / largest))


def test_a_dimension_of_a_record_stays():
    """Without a class the fractions of a tree's nodes would sum to less than 1."""
    track = catalogue.get("tree")
    case = draw(track.check("tree.1/predict/text"), 0)
    contract, arguments = track.contracts["predict"], case.steps[0].arguments
    for one in itertools.islice(reduce.drawn(contract, arguments, 4, 0), 20):
        assert len(one["X"]) <= 4
        assert len(one["classes"]) == one["tree"].value.shape[1] == arguments["tree"].value.shape[1]


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
def test_what_holds_for_an_array_goes_on_holding(function, before, after):
    """Shares, signs and symmetry: the contract may ask for them, and then other input is not fair."""
    contract = catalogue.get("gmm").contracts[function]
    before, after = ({k: np.array(v) for k, v in one.items()} for one in (before, after))
    assert reduce.keeps_properties(contract, before, before)
    assert not reduce.keeps_properties(contract, before, after)


def test_a_label_stays_one_of_a_cluster(update):
    """Where every label is a cluster's, no cluster goes while a label of it, or a higher one, is there."""
    contract, arguments = update
    assert arguments["labels"].max() == 3
    assert reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:4]})
    assert not reduce.keeps_properties(contract, arguments, arguments | {"centers": arguments["centers"][:3]})
