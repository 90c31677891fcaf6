"""What an argument may be besides plain values and arrays: all that a worker knows of the kit's nouns.

A worker imports this each time it starts, so there is nothing else here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rng:
    """An argument that becomes `numpy.random.default_rng(seed)`, made anew for each step."""

    seed: int


@dataclass(frozen=True)
class Result:
    """An argument that stands for what an earlier step of the same case returned."""

    step: int


@dataclass(frozen=True)
class Callback:
    """What stands for a `Dist` on its way to the worker, which asks the kit by this number."""

    number: int


@dataclass(frozen=True, eq=False)
class Dist:
    """An argument that the candidate calls, `dist(q, ids)`; the kit answers, and counts the ids.

    More ids than `budget`, over all calls of this object in a case, fail the check. A case that
    counts has no memory cap: a capped step is called twice.
    """

    points: Any
    """(n_samples, n_features)"""
    budget: int | None = None

    def __call__(self, q: Any, ids: Any) -> Any:
        """Give the Euclidean distances from q (n_features,) to points[ids]: (len(ids),)."""
        import numpy as np  # commands that run nothing need no arrays

        return np.sqrt(((self.points[np.asarray(ids, dtype=int)] - q) ** 2).sum(axis=1))


def record_fields(value: Any) -> dict[str, Any] | None:
    """Give a named tuple's fields by name, or None where a value is no named tuple."""
    return value._asdict() if isinstance(value, tuple) and hasattr(value, "_asdict") else None
