"""Arguments of calls that are neither plain values nor arrays: random generators, counted callables.

Each worker process, which runs a candidate's code, imports this module when it starts, so it is kept small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rng:
    """An argument that becomes a new `numpy.random.default_rng(seed)` in each step (call) that has it."""

    seed: int


@dataclass(frozen=True)
class Result:
    """An argument that stands for the result of an earlier step of the same case."""

    step: int
    """Index of that step."""


@dataclass(frozen=True)
class Callback:
    """Stands for a `Dist` in the worker, which sends calls of it back to the kit's process."""

    number: int
    """Index of the `Dist` among those of the case."""


@dataclass(frozen=True, eq=False)
class Dist:
    """A function that the candidate gets as an argument: `dist(q, ids)` returns distances, which are counted.

    The check fails if all calls in a case together ask for more than `budget` distances; None is no limit.
    A case with a `Dist` cannot limit memory: a step with a limit is called twice, since the first call may
    compile, and its distances would count twice.
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
