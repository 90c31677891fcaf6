"""np.argpartition with no more order than it promises: only the pivots are in their places.

For small k numpy's own happens to sort the first entries, and is often right even if the pivot is off
by one. On another machine it need not be, so code that relies on this is wrong.
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
    """Replace np.argpartition by one that shuffles, and restore it at the end."""
    rng = np.random.default_rng(seed)

    def argpartition(a: Any, kth: Any, axis: int | None = -1, **options: Any) -> Any:
        if axis is None:
            a, axis = np.ravel(a), -1
        order = np.moveaxis(_ARGPARTITION(a, kth, axis, **options), axis, -1)
        n = order.shape[-1]
        edges = [-1, *sorted({int(k) % max(n, 1) for k in np.atleast_1d(kth)}), n]
        for low, high in pairwise(edges):  # between two pivots any order is allowed
            order[..., low + 1 : high] = rng.permuted(order[..., low + 1 : high], axis=-1)
        return np.moveaxis(order, -1, axis)

    np.argpartition = argpartition  # type: ignore[assignment]
    try:
        yield
    finally:
        np.argpartition = _ARGPARTITION
