"""Solutions of the k-means track agree more closely than the checks require."""

import pytest
from mlkata.tracks import catalogue, drawing, loading

TRACK = catalogue.get("kmeans")


@pytest.mark.parametrize("number", [1, 2, 4, 5, 6])
def test_naive_and_reference_agree_to_the_last_digits(number):
    naive, reference = (loading.load(TRACK.solution(name)) for name in ("naive", "reference"))
    for check in TRACK.checks_of(TRACK.round(f"kmeans.{number}")):
        (step,) = drawing.draw(check, 3).steps
        values = []
        for implementation in (naive, reference):
            try:
                values.append(getattr(implementation, step.function)(**step.arguments))
            except ValueError:
                values.append(ValueError)
        if ValueError in [value for value in values if isinstance(value, type)]:
            assert values == [ValueError, ValueError], check.id
        else:
            assert check.judge([step], values[:1], values[1:]) is None, check.id
