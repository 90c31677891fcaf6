"""Solutions of the k-means track agree more closely than its checks require."""

import numpy as np
import pytest
from mlkata.tracks import catalogue, drawing, loading

TRACK = catalogue.get("kmeans")
ROUNDS = ["kmeans.2", "kmeans.4", "kmeans.5", "kmeans.6"]
"""Rounds whose checks make one call each, without random numbers, with only one right answer."""


def result_of(implementation, step):
    """Return what a function returns, as a list of arrays, or the ValueError that it raises."""
    try:
        returned = getattr(implementation, step.function)(**step.arguments)
    except ValueError as error:
        return error
    return [np.asarray(value) for value in (returned if isinstance(returned, tuple) else (returned,))]


@pytest.mark.parametrize("round_id", ROUNDS)
def test_naive_and_reference_agree_to_the_last_digits(round_id):
    """On the input of every check: to 12 digits in float64, to 6 if the check passes float32."""
    naive, reference = (loading.load(TRACK.solution(name)) for name in ("naive", "reference"))
    for check in TRACK.checks_of(TRACK.round(round_id)):
        (step,) = drawing.draw(check, 3).steps  # any seed will do
        result, expected = result_of(naive, step), result_of(reference, step)
        if isinstance(expected, ValueError):
            assert isinstance(result, ValueError), check.id
            continue
        arrays = [value for value in step.arguments.values() if isinstance(value, np.ndarray)]
        in_float32 = any(array.dtype == np.float32 for array in arrays)
        rtol = 1e-6 if in_float32 else 1e-12
        for ours, theirs in zip(result, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-12, err_msg=check.id)
