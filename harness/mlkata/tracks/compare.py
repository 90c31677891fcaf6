"""Comparators of an output of a function with the expected output, and the tolerances that they use.

A comparator takes `(name, got, expected, steps)` and returns None if the output is right, else the difference
in one line. `outputs(...)` makes a check's judge of one comparator for each output. Tolerances have names and
reasons. They are relative to the spread of the data (`scale`), so that a verdict does not depend on the unit
of measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkata.tracks.arguments import record_fields
from mlkata.tracks.model import Steps, Values

_LINE = 100
"""Maximum number of characters of a message with whole rows; otherwise it shows a single number."""
Comparator = Callable[[str, Any, Any, Steps], str | None]


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be off: `|got - expected| <= rtol * |expected| + atol * unit`.

    `unit` is the spread of the case's data (see `near`). For float32 data the limit is
    `rtol32 * (|expected| + unit)`. `reason` says why the limits are enough for every right
    solution: how many terms are summed, by which formula. Choose SUMMATION, SQUARES or
    CANCELLATION if its reason holds for your function, or define another tolerance in your track.
    """

    rtol: float
    atol: float
    rtol32: float
    reason: str

    def limits(self, expected: Any, steps: Steps, unit: float | None = None) -> Any:
        """Return the allowed difference, elementwise; `unit` replaces the spread of the data."""
        unit = scale(steps) if unit is None else unit
        if single_precision(steps):
            return self.rtol32 * (np.abs(expected) + unit)
        return self.rtol * np.abs(expected) + self.atol * unit


SUMMATION = Tolerance(
    rtol=1e-9,
    atol=1e-9,
    rtol32=1e-4,
    reason="a mean of up to 1e5 rows summed in any order errs by n·eps = 2e-11 of the spread",
)
"""For sums and means, such as the centres of clusters."""
SQUARES = Tolerance(
    rtol=1e-8,
    atol=0.0,
    rtol32=1e-3,
    reason="sums of squares by the expanded form lose up to 1e-9 if the data lie far from the origin",
)
"""For sums of squares, such as the inertia of a clustering; relative only."""
CANCELLATION = Tolerance(
    rtol=1e-7,
    atol=1e-7,
    rtol32=1e-3,
    reason="differences of close numbers, and distances by the expanded square, err by sqrt(eps) = 2e-8",
)
"""For results of differences of close numbers: silhouettes, deviations, probabilities."""


def data(steps: Steps) -> Any:
    """Return the data of a case: the first array argument of its first step, or an empty array."""
    for value in steps[0].arguments.values():
        if isinstance(value, np.ndarray):
            return value
    return np.zeros(0)


def scale(steps: Steps) -> float:
    """Return the spread (standard deviation) of a case's data, or 1 if they have none."""
    spread = float(np.std(data(steps), dtype=np.float64)) if data(steps).size else 0.0
    return spread if np.isfinite(spread) and spread > 0 else 1.0


def single_precision(steps: Steps) -> bool:
    """Return whether the data of a case are float32."""
    return bool(data(steps).dtype == np.float32)


def exact(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept only values that are equal: for labels, counts and indices with a single right answer.

    The check's audit must refuse inputs with several right answers, such as ties.
    """
    del steps
    got, expected = np.asarray(got), np.asarray(expected)
    return _shapes(name, got, expected) or differences(name, got, expected, got != expected)


def near(tolerance: Tolerance, unit: float | None = None) -> Comparator:
    """Return a comparator that accepts values within a tolerance, whose absolute part is in a unit.

    By default the unit is the spread of the data: the standard deviation of the first array argument
    of the first step, or 1 if it has none. This suits outputs in the unit of the data, such as
    centres. An output with its own unit, such as a probability or a count, needs `unit=1.0`.
    """

    def compare(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
        got, expected = np.asarray(got), np.asarray(expected)
        if got.shape != expected.shape:
            return _shapes(name, got, expected)
        wrong = ~(np.abs(got - expected) <= tolerance.limits(expected, steps, unit))
        return differences(name, got, expected, wrong)

    return compare


def anything(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept any value: for an output that the check's rule does not mention."""
    del name, got, expected, steps
    return None


@dataclass(frozen=True, eq=False)
class Outputs:
    """A judge that compares each output with the comparator of its name; see `outputs`."""

    comparators: Mapping[str, Comparator]

    def __call__(self, steps: Steps, got: Values, expected: Values) -> str | None:
        """Return None if all outputs agree, else the first difference in one line."""
        for got_value, expected_value in zip(got, expected, strict=True):
            pairs = zip(self._in_order(got_value), self._in_order(expected_value), strict=True)
            for (name, comparator), (got_part, expected_part) in zip(
                self.comparators.items(), pairs, strict=True
            ):
                message = comparator(name, got_part, expected_part, steps)
                if message:
                    return message
        return None

    def _in_order(self, value: Any) -> tuple[Any, ...]:
        """Return the outputs in the order of the comparators; a plain tuple without names stays as it is."""
        fields = record_fields(value)
        if fields is not None and fields.keys() == self.comparators.keys():
            return tuple(fields[name] for name in self.comparators)
        return as_tuple(value)


def outputs(**comparators: Comparator) -> Outputs:
    """Return a judge that compares each output with the comparator of its name.

    `outputs(labels=exact, centers=near(SUMMATION))` names all returned values as the contract does after
    its arrows or, if a single record is returned, its fields. Use `anything` for an output that the
    check's rule does not mention. Every step whose result is compared must return these outputs; `kata
    author verify` checks that. If the contract demands an error, which the oracle then raises, the judge is
    not called: raising the same error is right.
    """
    return Outputs(comparators)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Return a single output as a tuple of length 1, and several outputs as they are."""
    return value if isinstance(value, tuple) else (value,)


def same_partition(labels: Any, other: Any) -> bool:
    """Return whether two labellings put the same rows together; the numbers of the clusters may differ.

    [1, 1, 0] is the same partition as [0, 0, 1]; [0, 1] and [0, 0] are different partitions.
    """
    pairs = set(zip(np.asarray(labels).tolist(), np.asarray(other).tolist(), strict=True))
    # Each label belongs to one label of the other side, in both directions.
    return len({a for a, _ in pairs}) == len(pairs) == len({b for _, b in pairs})


def same_again(steps: Steps, got: Values, expected: Values) -> str | None:
    """A judge: accept if two calls with generators in the same state give equal answers.

    The check must draw two calls with the same `Rng(seed)`, and have `fetch=None` (the results of all calls
    come back) and `expects=False` (there is no expected answer).
    """
    del steps, expected
    first_answer, second_answer = ([np.asarray(part) for part in as_tuple(value)] for value in got)
    if all(np.array_equal(a, b) for a, b in zip(first_answer, second_answer, strict=True)):
        return None
    return "the same generator state gave two different answers: does all randomness come from rng?"


def differences(name: str, got: Any, expected: Any, wrong: Any) -> str | None:
    """Return in one line where and how an output differs, or None if nothing is wrong."""
    wrong = np.asarray(wrong)
    if not wrong.any():
        return None
    if wrong.ndim == 0:
        return f"{name}: yours {_number(got)}, expected {_number(expected)}"
    rows = wrong.reshape(len(wrong), -1).any(axis=1)
    first_row = int(np.argmax(rows))
    where = f"{name}: {int(rows.sum())} of {len(rows)} {'rows differ' if wrong.ndim > 1 else 'differ'}"
    got_text, expected_text = _number(got[first_row]), _number(expected[first_row])
    line = f"{where}; at {first_row} yours {got_text}, expected {expected_text}"
    if len(line) <= _LINE:
        return line
    position = tuple(int(index) for index in np.argwhere(wrong)[0])
    indices = ", ".join(str(index) for index in position)
    got_text, expected_text = _number(got[position]), _number(expected[position])
    return f"{where}; the first at [{indices}]: yours {got_text}, expected {expected_text}"


def _shapes(name: str, got: Any, expected: Any) -> str | None:
    """Return how the shapes differ, or None. They are compared here since numpy would broadcast them."""
    if got.shape == expected.shape:
        return None
    return f"{name}: yours has shape {got.shape}, expected {expected.shape}"


def _number(value: Any) -> str:
    """Return a number or a row on one line, with six digits; of more than 8 entries, only some."""
    return np.array2string(np.asarray(value), precision=6, separator=", ", threshold=8).replace("\n", "")
