"""Special arguments besides plain values and arrays: the only data types that a worker shares with the kit.

Each worker process imports this when it starts, so keep it small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rng:
    """An argument that becomes a new `numpy.random.default_rng(seed)` for each step."""

    seed: int


@dataclass(frozen=True)
class Result:
    """An argument that stands for the result of an earlier step of the same case."""

    step: int


@dataclass(frozen=True)
class Callback:
    """Stands for a `Dist` in the worker; on a call, the worker asks the kit for the `Dist` of this number."""

    number: int


@dataclass(frozen=True, eq=False)
class Dist:
    """An argument that the candidate calls, `dist(q, ids)`; the kit answers, and counts the ids.

    The check fails if all calls of a case together pass more ids than `budget`. A case with a `Dist`
    has no memory cap, since a capped step is called twice.
    """

    points: Any
    """(n_samples, n_features)"""
    budget: int | None = None

    def __call__(self, q: Any, ids: Any) -> Any:
        """Return the Euclidean distances from q (n_features,) to points[ids]: (len(ids),)."""
        import numpy as np  # commands that run nothing need no arrays

        return np.sqrt(((self.points[np.asarray(ids, dtype=int)] - q) ** 2).sum(axis=1))


def record_fields(value: Any) -> dict[str, Any] | None:
    """Return a named tuple's fields by name, or None for any other value."""
    return value._asdict() if isinstance(value, tuple) and hasattr(value, "_asdict") else None
