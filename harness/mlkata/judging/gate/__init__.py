"""Checks a track's files and texts; each problem is one line."""

from __future__ import annotations

from collections.abc import Iterator

from mlkata.judging.gate import cards, checks, examples, files, manuals, mutants, names, rounds, stub
from mlkata.tracks.catalogue import Track


def basic_problems(track: Track) -> list[str]:
    """Return which files and names are missing; the other parts need them."""
    return list(files.missing(track)) or list(names.problems(track))


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's files and texts; this runs no worker."""
    for part in (files, rounds, manuals, stub, examples, checks, mutants, cards):
        yield from part.problems(track)
