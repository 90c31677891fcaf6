"""np.argpartition as it is allowed to be: the pivot is in its place, and nothing else is in order.

For small k numpy's own happens to give the first entries sorted, and often the right ones for a
pivot beside the right one; on another machine it need not. Code that relies on it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

_ARGPARTITION: Any = np.argpartition


@contextmanager
def hostile_argpartition(seed: int = 0) -> Iterator[None]:
    """Put the shuffling np.argpartition in the place of numpy's, and take it out again."""
    rng = np.random.default_rng(seed)

    def argpartition(a: Any, kth: Any, axis: int | None = -1, **options: Any) -> Any:
        if axis is None:
            a, axis = np.ravel(a), -1
        found = np.moveaxis(_ARGPARTITION(a, kth, axis, **options), axis, -1)
        n = found.shape[-1]
        edges = [-1, *sorted({int(k) % max(n, 1) for k in np.atleast_1d(kth)}), n]
        for low, high in pairwise(edges):  # between two pivots any order is legal
            found[..., low + 1 : high] = rng.permuted(found[..., low + 1 : high], axis=-1)
        return np.moveaxis(found, -1, axis)

    np.argpartition = argpartition  # type: ignore[assignment]
    try:
        yield
    finally:
        np.argpartition = _ARGPARTITION
