"""Arguments of a call in the worker: copied on first use, compared afterwards, and the call's peak memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def peak(call: Callable[[], Any]) -> tuple[int, Any]:
    """Return a call's peak of bytes beyond its arguments, which includes its result, and the result."""
    import tracemalloc

    tracemalloc.start()
    try:
        at_start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        return tracemalloc.get_traced_memory()[1] - at_start, result
    finally:
        tracemalloc.stop()


def arrays_of(tree: Any) -> set[int]:
    """Return the indices of an argument's arrays, including those inside records and lists."""
    if isinstance(tree, dict) and "array" in tree:
        return {tree["array"]}
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(arrays_of(child) for child in children))


class Fresh:
    """The arrays of one step, each copied when the step first uses it."""

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays
        self.copies: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self.copies:
            self.copies[index] = self.arrays[index].copy(order="K")
        return self.copies[index]

    def changed(self) -> set[int]:
        """Return the indices of the arrays that the candidate has written into."""
        return {index for index, array in self.copies.items() if not _same(array, self.arrays[index])}


def _same(array: Any, original: Any) -> bool:
    """Return whether two arrays are equal byte for byte, so that NaN equals NaN."""
    alike = (array.dtype, array.shape, array.strides) == (original.dtype, original.shape, original.strides)
    return alike and array.tobytes(order="A") == original.tobytes(order="A")
