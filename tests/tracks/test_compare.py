"""Comparators of outputs: right answers pass; for a wrong answer, one line says where it differs."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata import authoring
from mlkata.tracks import compare
from mlkata.tracks.model import call

X = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
STEPS = (call("f", X=X),)  # of a case with data X, whose spread is the unit of tolerances
STEPS_IN_FLOAT32 = (call("f", X=X.astype(np.float32)),)


def test_the_data_of_a_case_are_its_first_array():
    """That is the first array among the arguments of the first step; without any, the data are empty."""
    assert compare.data((call("f", k=3, X=X, Y=X * 2),)) is X
    assert compare.data((call("f", k=3),)).size == 0


def test_the_scale_is_the_spread_of_the_data_or_one():
    """It is one for constant data, for no data and for NaN."""
    assert compare.scale(STEPS) == pytest.approx(np.std(X))
    for value in (np.zeros(3), np.zeros(0), np.array([np.nan, 1.0]), 3):
        assert compare.scale((call("f", X=value),)) == 1.0


def test_exact_accepts_equal_values_of_any_integer_dtype():
    """The message has the first value or row that differs."""
    assert compare.exact("labels", np.array([1, 2], dtype=np.uint8), np.array([1, 2]), STEPS) is None
    assert compare.exact("labels", np.array([1, 2]), np.array([1, 3]), STEPS) == (
        "labels: 1 of 2 differ; at 1 yours 2, expected 3"
    )
    assert compare.exact("n_iter", 3, 4, STEPS) == "n_iter: yours 3, expected 4"
    assert compare.exact("rows", np.eye(2), np.ones((2, 2)), STEPS) == (
        "rows: 2 of 2 rows differ; at 0 yours [1., 0.], expected [1., 1.]"
    )


@pytest.mark.parametrize("comparator", [compare.exact, compare.near(compare.SUMMATION)])
def test_an_output_of_another_shape_is_wrong(comparator):
    """Nothing is broadcast: a scalar is no array of equal numbers, and a row is no table."""
    for got, expected in (
        (np.array([1.0]), np.ones(3)),
        (np.ones(2), np.ones(3)),
        (np.ones(3), np.ones((3, 3))),
        (1.0, np.ones(3)),
    ):
        message = comparator("y", got, expected, STEPS)
        assert message == f"y: yours has shape {np.shape(got)}, expected {np.shape(expected)}"


def test_near_is_relative_to_the_spread():
    """If all data are multiplied by a factor, so is the tolerance: 1e-10 is accepted, 1e-6 is not."""
    near = compare.near(compare.SUMMATION)
    for unit in (1e-6, 1.0, 1e6):
        steps = (call("f", X=X * unit),)
        assert near("y", X * unit * (1 + 1e-10), X * unit, steps) is None
        assert near("y", X * unit + 1e-10 * unit, X * unit, steps) is None
        assert near("y", X * unit * (1 + 1e-6), X * unit, steps) is not None
        assert near("y", X * unit + 1e-6 * unit, X * unit, steps) is not None


def test_an_output_may_have_a_unit_of_its_own():
    """With unit=1.0 the tolerance of a probability does not grow with the spread of the data."""
    steps, expected = (call("f", X=X * 1000),), np.array([0.2])
    assert compare.near(compare.CANCELLATION)("proba", expected + 1e-4, expected, steps) is None
    assert compare.near(compare.CANCELLATION, unit=1.0)("proba", expected + 1e-4, expected, steps) is not None
    assert compare.near(compare.CANCELLATION, unit=1.0)("proba", expected + 1e-8, expected, steps) is None


def test_near_is_wider_for_single_precision():
    """Differences within the precision of float32 are accepted if the data are float32."""
    near = compare.near(compare.SUMMATION)
    assert near("y", X * (1 + 1e-5), X, STEPS_IN_FLOAT32) is None
    assert near("y", X * (1 + 1e-5), X, STEPS) is not None
    assert near("y", X * 1.01, X, STEPS_IN_FLOAT32) is not None


def test_nan_is_never_near():
    """NaN is wrong on either side."""
    near = compare.near(compare.SQUARES)
    assert near("y", float("nan"), 1.0, STEPS) == "y: yours nan, expected 1."
    assert near("y", 1.0, float("nan"), STEPS) == "y: yours 1., expected nan"


def test_every_tolerance_has_its_reason():
    """Each tolerance states its reason, and none is so wide that it accepts anything."""
    for tolerance in (compare.SUMMATION, compare.SQUARES, compare.CANCELLATION):
        assert len(tolerance.reason) > 20
        assert max(tolerance.rtol, tolerance.atol) <= 1e-6
        assert tolerance.rtol32 <= 1e-2


def test_tolerances_keep_their_former_names():
    """Private tracks still import the former names, which `__all__` no longer lists."""
    former = {"CENTERS": compare.SUMMATION, "INERTIA": compare.SQUARES, "COEFFICIENTS": compare.CANCELLATION}
    assert {name: getattr(authoring, name) for name in former} == former
    assert not former.keys() & set(authoring.__all__)


class Pair(NamedTuple):
    """The record that a function returns."""

    labels: int
    centers: int


def test_outputs_are_paired_by_name():
    """The judge's comparators may be in another order than the outputs, or the fields of a record."""
    judge = compare.outputs(centers=compare.exact, labels=compare.anything)
    assert judge(STEPS, [Pair(1, 2)], [Pair(3, 2)]) is None
    assert judge(STEPS, [Pair(1, 2)], [Pair(1, 3)]) == "centers: yours 2, expected 3"


def test_outputs_of_a_plain_tuple_are_paired_in_order():
    """The message names the first output that differs, in any of the steps whose results are compared."""
    judge = compare.outputs(a=compare.exact, b=compare.anything)
    assert judge(STEPS, [(1, 2)], [(1, 3)]) is None
    assert judge(STEPS, [(1, 2), (5, 0)], [(1, 2), (6, 0)]) == "a: yours 5, expected 6"
    assert compare.outputs(a=compare.exact)(STEPS, [1], [1]) is None


def test_outputs_that_do_not_pair_are_a_fault_of_the_track():
    """A judge of one output raises an error if there are two outputs, or no result of a step."""
    with pytest.raises(ValueError, match="zip"):
        compare.outputs(a=compare.exact)(STEPS, [(1, 2)], [(1, 2)])
    with pytest.raises(ValueError, match="zip"):
        compare.outputs(a=compare.exact)(STEPS, [], [1])


LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(LABELS, st.permutations(range(4)))
def test_a_relabelling_is_the_same_partition(labels, names):
    """The numbers of the clusters make no difference."""
    assert compare.same_partition(labels, [names[label] for label in labels])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8))
def test_same_partition_by_its_definition(pairs):
    """Two rows are together in one partition if and only if they are in the other."""
    a, b = zip(*pairs, strict=True)
    rows = range(len(a))
    together = all((a[i] == a[j]) == (b[i] == b[j]) for i in rows for j in rows)
    assert compare.same_partition(a, b) is together


def test_a_merged_cluster_makes_another_partition():
    """[0, 1] and [0, 0] differ, in either order."""
    assert not compare.same_partition([0, 1], [0, 0])
    assert not compare.same_partition([0, 0], [0, 1])


def test_a_difference_in_a_long_row_fits_on_one_line():
    """The message shows one number in place of the row."""
    wide = np.zeros((3, 50))
    other = wide.copy()
    other[1] = np.linspace(0, 1, 50)
    message = compare.exact("rows", wide, other, STEPS)
    assert message.startswith("rows: 1 of 3 rows differ; ")
    assert "\n" not in message
    assert len(message) <= 110
    nothing_differs = np.zeros((0, 3), dtype=bool)
    assert compare.differences("y", 1, 1, nothing_differs) is None
