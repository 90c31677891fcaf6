"""What the worker does around one call of the candidate's function.

The call gets copies of its array arguments. They are compared with the originals afterwards, to find out
whether the call has changed its input. `peak` measures the memory that a call takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def peak(call: Callable[[], Any]) -> tuple[int, Any]:
    """Run a call; return the peak of the bytes that it allocated, and its result.

    The peak includes the result, but not the arguments, which exist before the call.
    """
    import tracemalloc

    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        _, highest = tracemalloc.get_traced_memory()
        return highest - before, result
    finally:
        tracemalloc.stop()


def arrays_of(tree: Any) -> set[int]:
    """Return the indices of all arrays in an argument, including those inside records and lists.

    `tree` is the argument as it was sent: JSON in which `{"array": 3, …}` stands for the array with index 3.
    Numpy scalars (`{"number": 4, …}`) are left out: a call cannot change them.
    """
    if isinstance(tree, dict) and "array" in tree:
        return {tree["array"]}
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(arrays_of(child) for child in children))


class Fresh:
    """The arrays of one step (one call), each copied when the step first uses it.

    Copies are made on first use because a case may have thousands of steps, each with few of the arrays.
    """

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays
        self.copies: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self.copies:
            self.copies[index] = self.arrays[index].copy(order="K")
        return self.copies[index]

    def changed(self) -> set[int]:
        """Return the indices of the arrays that the step has changed: values, dtype, shape or strides."""
        return {index for index, array in self.copies.items() if not _same(array, self.arrays[index])}


def _same(array: Any, original: Any) -> bool:
    """Return whether two arrays are equal byte for byte, so that NaN equals NaN."""
    same_layout = (array.dtype, array.shape, array.strides) == (
        original.dtype,
        original.shape,
        original.strides,
    )
    return same_layout and array.tobytes(order="A") == original.tobytes(order="A")
