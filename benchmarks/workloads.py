"""Data and starts that the benchmarks share: real data, jittered so that nothing ties.

Raw pixels tie by the thousand, and then right implementations differ in their labels; with noise
of a thousandth of a standard deviation they agree, so that every answer can be verified.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.authoring import load

JITTER = 1e-3
"""Noise in standard deviations of each column, as in exercises/kmeans/inputs.py."""


@dataclass(frozen=True)
class Workload:
    """One data set, and how many clusters from which start."""

    name: str
    data: str
    k: int
    rows: int | None = None
    """A random sample of so many rows; None takes all."""
    max_iter: int = 300
    rounds: int = 5
    """How often each call is timed."""
    arguments: dict[str, Any] = field(init=False, default_factory=dict)

    def make(self) -> dict[str, Any]:
        """Give X (n, d) and centers (k, d), the same ones at every call."""
        if not self.arguments:
            rng = np.random.default_rng(0)
            X = load(self.data)
            if self.rows is not None:
                X = X[rng.choice(len(X), self.rows, replace=False)]
            X = X + rng.normal(size=X.shape) * JITTER * X.std(axis=0)
            self.arguments.update(X=X, centers=X[rng.choice(len(X), self.k, replace=False)])
        return dict(self.arguments)


DIGITS = Workload("digits 1797×64, k=10", "digits", 10, rounds=20)
CHINA_SAMPLE = Workload("china.jpg 20000×3, k=16", "china", 16, rows=20_000)
CHINA = Workload("china.jpg 273280×3, k=16", "china", 16, max_iter=20, rounds=3)
"""Stopped early: plain numpy needs seconds for it."""
