"""Makes the arguments of a call smaller: fewer rows, features and clusters, smaller trees and numbers.

`shrink` uses this to find a small input on which a submission fails. Arrays that share a dimension by the
contract, such as rows and their labels, lose the same entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from mlkata.tracks import conformance
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import Contract

Arguments = Mapping[str, Any]
Pass = Callable[[Arguments], Iterator[Arguments]]
"""A way to make arguments smaller: yields smaller arguments to try, those that remove most first."""

_TABLE_NDIM = 2
"""A table is an array of two dimensions."""
_LARGEST = 9
"""The largest whole number to use: people can compute with single digits in their head."""
_TRIES = 30
"""How often arguments of each size are drawn; each draw takes a call of the candidate's code."""


def passes(track: Track, contract: Contract, sizes: Mapping[str, int]) -> list[Pass]:
    """Return the ways to make failing arguments smaller, those that remove most first."""
    return [
        *(partial(_fewer, contract, name) for name in _dimensions(contract, sizes)),
        lambda arguments: iter(track.smaller(arguments)),  # the track's own way, from its smaller.py
        _lower,
        _simpler,
    ]


def drawn(contract: Contract, arguments: Arguments, largest: int, seed: Any) -> Iterator[Arguments]:
    """Yield arguments of 1 to `largest` rows, drawn by `seed`.

    Their rows are rows of the given arguments; in every second draw, tables hold whole numbers instead.
    """
    rng = np.random.default_rng(seed)
    sizes = conformance.dimensions(contract, arguments)
    names = _dimensions(contract, sizes)
    for draw in range(_TRIES) if names else ():
        whole_numbers, replace_lengths = draw % 2 == 1, draw % 4 >= 2  # noqa: PLR2004 - each combination in turn
        for size in range(1, largest + 1):
            smaller = dict(arguments)
            for name in names:
                indices = rng.permutation(sizes[name])[: rng.integers(1, size + 1)]
                smaller = _with_indices(contract, smaller, (name, sizes[name]), np.sort(indices))
                if replace_lengths:  # so that "as many neighbours as rows" stays true
                    smaller = _with_lengths_replaced(smaller, sizes[name], len(indices))
            yield _in_whole_numbers(smaller, rng) if whole_numbers else smaller


def keeps_properties(contract: Contract, before: Arguments, after: Arguments) -> bool:
    """Return whether arrays keep what a contract may demand: sums of 1, signs, symmetry, valid labels."""
    if not all(_traits(value) <= _traits(after[name]) for name, value in before.items() if _floats(value)):
        return False
    return _label_arrays(contract, before) <= _label_arrays(contract, after)


def _label_arrays(contract: Contract, arguments: Arguments) -> set[tuple[str, str]]:
    """Return pairs of an int array and a dimension of other arrays, such as labels and clusters.

    All entries of the int array are less than the size of the dimension, so that they may be indices into it.
    """
    sizes = conformance.dimensions(contract, arguments)
    return {
        (entry.name, name)
        for entry in contract.parameters
        for name in _dimensions(contract, sizes)
        if entry.dtype == "int" and entry.shape and name not in entry.shape
        if np.max(arguments.get(entry.name, -1), initial=-1) < sizes[name]
    }


def _traits(value: Any) -> set[str]:
    """Return the properties of a float array that a contract may demand; none for other values."""
    if not _floats(value):
        return set()
    traits = {  # shares are numbers with the sum 1, such as the weights of a mixture
        "shares": np.allclose(value.sum(), 1),
        "shares a row": value.ndim > 1 and np.allclose(value.sum(axis=-1), 1),
        "not negative": (value >= 0).all(),
        "positive": (value > 0).all(),
        "symmetric": value.ndim > 1 and np.array_equal(value, np.swapaxes(value, -1, -2)),
    }
    return {trait for trait, holds in traits.items() if holds}


def _dimensions(contract: Contract, sizes: Mapping[str, int]) -> list[str]:
    """Return the dimensions of arrays that can be reduced: not those of records, such as a tree's classes."""
    records = [entry.record for entry in contract.parameters if entry.record is not None]
    inside = {name for record in records for entry in record.fields for name in entry.shape or ()}
    named = {name for entry in contract.parameters for name in entry.shape or ()}
    return [name for name in sizes if name in named - inside]


def _fewer(contract: Contract, name: str, arguments: Arguments) -> Iterator[Arguments]:
    """Yield arguments without one block of a dimension: halves first, then quarters, at last single entries.

    This is the reduction of delta debugging (Zeller's ddmin).
    """
    size = conformance.dimensions(contract, arguments).get(name, 0)
    block = size // 2
    while block:
        for start in range(0, size, block):
            indices = np.delete(np.arange(size), np.s_[start : start + block])
            if len(indices):
                yield _with_indices(contract, arguments, (name, size), indices)
        block //= 2


def _with_indices(
    contract: Contract, arguments: Arguments, dimension: tuple[str, int], indices: Any
) -> dict[str, Any]:
    """Return arguments with only these indices of a dimension, which is given by its name and size.

    An integer argument with the name of the dimension becomes the number of indices.
    """
    dimension_name, _ = dimension
    smaller = dict(arguments)
    for entry in contract.parameters:
        value, shape = smaller.get(entry.name), entry.shape or ()
        if isinstance(value, np.ndarray) and value.ndim == len(shape):
            for axis, name in enumerate(shape):
                if (name, value.shape[axis]) == dimension:
                    value = np.take(value, indices, axis=axis)
            smaller[entry.name] = value
    if type(smaller.get(dimension_name)) is int:
        smaller[dimension_name] = len(indices)
    return smaller


def _with_lengths_replaced(arguments: Arguments, before: int, after: int) -> dict[str, Any]:
    """Return arguments in which each integer that equals the old size of a dimension is the new size."""
    return {
        name: after if type(value) is int and value == before else value for name, value in arguments.items()
    }


def _lower(arguments: Arguments) -> Iterator[Arguments]:
    """Yield arguments with one integer lowered to 1, to 2 or to its half."""
    for name, value in arguments.items():
        if type(value) is int and value > 1:
            yield from (
                {**arguments, name: lower} for lower in dict.fromkeys((1, 2, value // 2)) if lower < value
            )


def _simpler(arguments: Arguments) -> Iterator[Arguments]:
    """Yield arguments with shorter numbers: small and whole, with one decimal, or columns of zeros."""
    floats = {name: value for name, value in arguments.items() if _floats(value)}
    largest = max((float(np.abs(value).max()) for value in floats.values()), default=0.0)
    if largest > _LARGEST:  # one factor for all arrays, so that rows stay near the same centres
        factor = _LARGEST / largest
        yield {**arguments, **{name: _rounded(value * factor, 0) for name, value in floats.items()}}
    scalars = {
        name: value for name, value in arguments.items() if type(value) is float and np.isfinite(value)
    }
    for name, value in {**floats, **scalars}.items():
        for rounded in (_rounded(value, 0), _rounded(value, 1)):
            if np.any(rounded != value) and np.any(rounded):
                yield {**arguments, name: rounded}
    for name, value in floats.items():
        for column in range(value.shape[1]) if value.ndim == _TABLE_NDIM else ():
            if value[:, column].any():
                zeroed = value.copy()
                zeroed[:, column] = 0
                yield {**arguments, name: zeroed}


def _rounded(value: Any, decimals: int) -> Any:
    """Return a float or an array rounded; adding 0.0 to an array turns -0.0 into 0.0."""
    return round(value, decimals) if type(value) is float else np.round(value, decimals) + 0.0


def _in_whole_numbers(arguments: Arguments, rng: Any) -> dict[str, Any]:
    """Return arguments with small whole numbers in tables; arrays of one dimension, such as weights, stay."""
    return {
        name: rng.integers(1, _LARGEST + 1, value.shape).astype(value.dtype)
        if _floats(value) and value.ndim == _TABLE_NDIM
        else value
        for name, value in arguments.items()
    }


def _floats(value: Any) -> bool:
    """Return whether this is a non-empty array of finite floats."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and value.size > 0
        and bool(np.isfinite(value).all())
    )
