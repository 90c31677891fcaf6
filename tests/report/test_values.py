"""Arguments and answers are written as short text, and as strict JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mlkata.report import values
from mlkata.tracks.arguments import Result, Rng


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([[0.0], [9.0]]), "[[0.], [9.]]"),
        (np.array([0, 1]), "[0, 1]"),
        (np.float64(2.5), "2.5"),
        (0.1 + 0.2, "0.3"),
        (np.int64(3), "3"),
        (None, "None"),
        (True, "True"),
        ("euclidean", "'euclidean'"),
        (Rng(7), "default_rng(7)"),
        (Result(0), "what call 1 returned"),  # the step of index 0 is the first call
        (np.zeros((300, 4)), "[[0., ..., 0.], ..., [0., ..., 0.]] float64 (300, 4)"),
    ],
)
def test_a_value_as_text(value, text):
    assert values.text(value) == text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.array([1.0, np.nan, np.inf]), [1.0, "nan", "inf"]),
        (float("-inf"), "-inf"),
        (np.float32(0.5), 0.5),
        ((1, [2.0, None]), [1, [2.0, None]]),
        (Rng(3), "default_rng(3)"),
    ],
)
def test_a_value_as_plain_json(value, plain):
    """NaN and infinity become strings."""
    assert values.plain(value) == plain
    json.dumps(values.plain(value), allow_nan=False)


def test_large_arrays_are_abbreviated_in_json():
    assert len(str(values.plain(np.zeros(1000)))) < 80
