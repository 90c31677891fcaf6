"""Arguments of a call in the worker: copied when asked for, compared afterwards, measured under a cap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def peak(call: Callable[[], Any]) -> tuple[int, Any]:
    """Give the bytes that a call takes at its peak beyond its arguments, its result included, and that."""
    import tracemalloc

    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        return tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()


def arrays_of(tree: Any) -> set[int]:
    """Number the arrays of an argument, those inside records and lists too."""
    if isinstance(tree, dict) and "array" in tree:
        return {tree["array"]}
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(arrays_of(one) for one in inside))


class Fresh:
    """The arrays of one step, each copied when the step first asks for it."""

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays
        self.made: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self.made:
            self.made[index] = self.arrays[index].copy(order="K")
        return self.made[index]

    def changed(self) -> set[int]:
        """Say which arrays the candidate has written into."""
        return {index for index, array in self.made.items() if not _same(array, self.arrays[index])}


def _same(array: Any, original: Any) -> bool:
    """Are two arrays alike, byte for byte? So NaN is the same as NaN."""
    alike = (array.dtype, array.shape, array.strides) == (original.dtype, original.shape, original.strides)
    return alike and array.tobytes(order="A") == original.tobytes(order="A")
