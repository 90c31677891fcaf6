"""Makes smaller arguments of a call's: fewer rows, features and clusters, smaller trees, small whole numbers.

What belongs together goes together: the contract says which dimensions arguments share.
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
"""One way of making arguments smaller, the largest steps first."""

_FEATURES = 2
"""A picture on paper has no more."""
_LARGEST = 9
"""Whole numbers up to here are computed in the head."""
_TRIES = 30
"""Draws of a size: what a bug needs is there by chance, or is searched for from above."""


def passes(track: Track, contract: Contract, sizes: Mapping[str, int]) -> list[Pass]:
    """List the ways to go down from what fails, those that take away most first."""
    return [
        *(partial(_fewer, contract, name) for name in _dimensions(contract, sizes)),
        lambda arguments: iter(track.smaller(arguments)),
        _lower,
        _simpler,
    ]


def drawn(contract: Contract, arguments: Arguments, largest: int, seed: Any) -> Iterator[Arguments]:
    """Draw small arguments, of one row and of more in turn: rows that are there, or whole numbers."""
    rng = np.random.default_rng(seed)
    sizes = conformance.dimensions(contract, arguments)
    names = _dimensions(contract, sizes)
    for number in range(_TRIES) if names else ():
        for size in range(1, largest + 1):
            made = dict(arguments)
            for name in names:
                kept = rng.permutation(sizes[name])[: rng.integers(1, size + 1)]
                made = _taken(contract, made, (name, sizes[name]), np.sort(kept))
                if number % 4 > 1:  # "as many neighbours as rows" goes on being so
                    made = _followed(made, sizes[name], len(kept))
            yield _in_whole_numbers(made, rng) if number % 2 else made


def alike(contract: Contract, before: Arguments, after: Arguments) -> bool:
    """Has each array kept what the contract may ask of it: shares, signs, symmetry, labels?"""
    if not all(_traits(value) <= _traits(after[name]) for name, value in before.items() if _floats(value)):
        return False
    return _labelled(contract, before) <= _labelled(contract, after)


def _labelled(contract: Contract, arguments: Arguments) -> set[tuple[str, str]]:
    """Say in which dimensions of other arrays the entries of an int array are positions, or could be."""
    sizes = conformance.dimensions(contract, arguments)
    return {
        (entry.name, name)
        for entry in contract.parameters
        for name in _dimensions(contract, sizes)
        if entry.dtype == "int" and entry.shape and name not in entry.shape
        if np.max(arguments.get(entry.name, -1), initial=-1) < sizes[name]
    }


def _traits(value: Any) -> set[str]:
    if not _floats(value):
        return set()
    holds = {
        "shares": np.allclose(value.sum(), 1),
        "shares a row": value.ndim > 1 and np.allclose(value.sum(axis=-1), 1),
        "not negative": (value >= 0).all(),
        "positive": (value > 0).all(),
        "symmetric": value.ndim > 1 and np.array_equal(value, np.swapaxes(value, -1, -2)),
    }
    return {trait for trait, true in holds.items() if true}


def _dimensions(contract: Contract, sizes: Mapping[str, int]) -> list[str]:
    """Name the dimensions of arrays; one of a record, such as a tree's classes, is bound to all of it."""
    records = [entry.record for entry in contract.parameters if entry.record is not None]
    inside = {name for record in records for entry in record.fields for name in entry.shape or ()}
    named = {name for entry in contract.parameters for name in entry.shape or ()}
    return [name for name in sizes if name in named - inside]


def _fewer(contract: Contract, name: str, arguments: Arguments) -> Iterator[Arguments]:
    """Drop halves of a dimension, quarters and so on, single ones at last (Zeller's ddmin)."""
    size = conformance.dimensions(contract, arguments).get(name, 0)
    block = size // 2
    while block:
        for start in range(0, size, block):
            kept = np.delete(np.arange(size), np.s_[start : start + block])
            if len(kept):
                yield _taken(contract, arguments, (name, size), kept)
        block //= 2


def _taken(contract: Contract, arguments: Arguments, bound: tuple[str, int], kept: Any) -> dict[str, Any]:
    """Keep some of a dimension in all arguments that have it in this size; an integer of its name follows."""
    made = dict(arguments)
    for entry in contract.parameters:
        value, shape = made.get(entry.name), entry.shape or ()
        if isinstance(value, np.ndarray) and value.ndim == len(shape):
            for axis, name in enumerate(shape):
                if (name, value.shape[axis]) == bound:
                    value = np.take(value, kept, axis=axis)
            made[entry.name] = value
    if type(made.get(bound[0])) is int:
        made[bound[0]] = len(kept)
    return made


def _followed(arguments: Arguments, before: int, after: int) -> dict[str, Any]:
    """Let an integer that is as large as a dimension stay so."""
    return {
        name: after if type(value) is int and value == before else value for name, value in arguments.items()
    }


def _lower(arguments: Arguments) -> Iterator[Arguments]:
    """Lower an integer."""
    for name, value in arguments.items():
        if type(value) is int and value > 1:
            yield from ({**arguments, name: one} for one in dict.fromkeys((1, 2, value // 2)) if one < value)


def _simpler(arguments: Arguments) -> Iterator[Arguments]:
    """Write numbers shorter: small and whole, or with one decimal; zeros in whole columns."""
    floats = {name: value for name, value in arguments.items() if _floats(value)}
    largest = max((float(np.abs(value).max()) for value in floats.values()), default=0.0)
    if largest > _LARGEST:  # all in one measure
        factor = _LARGEST / largest
        yield {**arguments, **{name: _rounded(value * factor, 0) for name, value in floats.items()}}
    scalars = {
        name: value for name, value in arguments.items() if type(value) is float and np.isfinite(value)
    }
    for name, value in {**floats, **scalars}.items():
        for one in (_rounded(value, 0), _rounded(value, 1)):
            if np.any(one != value) and np.any(one):
                yield {**arguments, name: one}
    for name, value in floats.items():
        for column in range(value.shape[1]) if value.ndim == _FEATURES else ():
            if value[:, column].any():
                zeroed = value.copy()
                zeroed[:, column] = 0
                yield {**arguments, name: zeroed}


def _rounded(value: Any, decimals: int) -> Any:
    return round(value, decimals) if type(value) is float else np.round(value, decimals) + 0.0  # no -0


def _in_whole_numbers(arguments: Arguments, rng: Any) -> dict[str, Any]:
    """Put small whole numbers in the place of those in tables; weights and the like stay."""
    return {
        name: rng.integers(1, _LARGEST + 1, value.shape).astype(value.dtype)
        if _floats(value) and value.ndim == _FEATURES
        else value
        for name, value in arguments.items()
    }


def _floats(value: Any) -> bool:
    """Is this an array of floats, all of them finite?"""
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and value.size > 0
        and bool(np.isfinite(value).all())
    )
