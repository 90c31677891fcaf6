"""A replacement for np.argpartition that shuffles whatever the documentation leaves undefined.

`np.argpartition(a, k)` promises only that the entry at position k is the one of a sorted array, with no
larger ones before it and no smaller ones after it. For small k, numpy's implementation happens to sort the
entries before k as well. Code that relies on this, or whose k is off by one, is often right by chance; with
the replacement it fails. Checks with `hostile=True` use it.
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
    """Replace np.argpartition by one that shuffles between the pivots `kth`, and restore it at the end."""
    rng = np.random.default_rng(seed)

    def argpartition(a: Any, kth: Any, axis: int | None = -1, **options: Any) -> Any:
        if axis is None:
            a, axis = np.ravel(a), -1
        order = np.moveaxis(_ARGPARTITION(a, kth, axis, **options), axis, -1)
        n = order.shape[-1]
        pivots = sorted({int(k) % max(n, 1) for k in np.atleast_1d(kth)})  # a negative k counts from the end
        for low, high in pairwise([-1, *pivots, n]):  # between two pivots any order is allowed
            order[..., low + 1 : high] = rng.permuted(order[..., low + 1 : high], axis=-1)
        return np.moveaxis(order, -1, axis)

    np.argpartition = argpartition  # type: ignore[assignment]
    try:
        yield
    finally:
        np.argpartition = _ARGPARTITION
