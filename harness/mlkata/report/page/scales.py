"""Scales of axes: the position of a value, and the values of the ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_STEPS = ((1, 2, 5), (1, 3), (1,))
"""The ticks in each power of ten of a logarithmic axis, from many to few: the first that are not too many."""
_CLOSE = 1.02
"""Positive values whose ratio is below this count as equal."""


@dataclass(frozen=True)
class Scale:
    """A map from values to positions between 0 and 1."""

    low: float
    high: float
    log: bool

    def at(self, value: float) -> float:
        """Return the position of a value; values outside the scale are at its ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Return at most `most` round values."""
        if self.log:
            for steps in _STEPS:
                marks = self._decades(steps)
                if len(marks) <= most:
                    return marks if len(marks) > 1 else self._even(most)
            return marks[:: math.ceil(len(marks) / most)]
        return self._even(most)

    def _decades(self, steps: tuple[int, ...]) -> list[float]:
        """Return the multiples of powers of ten by `steps` that lie on the scale."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        marks = (step * 10.0**power for power in range(first, last + 1) for step in steps)
        return [mark for mark in marks if self.low / _CLOSE <= mark <= self.high * _CLOSE]

    def _even(self, most: int) -> list[float]:
        """Return equally spaced ticks at multiples of 1, 2 or 5 times a power of ten."""
        least_step = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(least_step))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least_step)
        first = math.ceil(self.low / step - 1e-9)  # 1e-9: ends that are ticks but for rounding are included
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def around(values: Iterable[float], *, log: bool, room: float = 0.03) -> Scale:
    """Return a scale that contains all values, with a margin of `room`, a fraction of the axis, at both ends.

    A logarithmic scale ignores values that are not positive.
    """
    drawable = [value for value in values if value > 0 or not log]
    low, high = (min(drawable), max(drawable)) if drawable else (1.0, 10.0)
    if log:
        low, high = (low, high) if high > low * _CLOSE else (low / 2, high * 2)
        pad = (high / low) ** room
        return Scale(low / pad, high * pad, log=True)
    high = high if high > low else low + (abs(low) or 1.0)
    return Scale(low - room * (high - low), high + room * (high - low), log=False)


def far_apart(ticks: list[float], scale: Scale, distance: float) -> list[float]:
    """Return the ticks, or every second one if some lie closer than `distance`, a fraction of the axis."""
    return ticks if all(scale.at(b) - scale.at(a) >= distance for a, b in pairwise(ticks)) else ticks[::2]
