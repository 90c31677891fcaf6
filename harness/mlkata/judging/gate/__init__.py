"""Checks a track's files and texts for `kata author verify`; each problem is one line.

Each module here checks one part. `judging.verify` runs the stub, the solutions and the mutants.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlkata.judging.gate import cards, checks, examples, files, manuals, mutants, names, rounds, stub
from mlkata.tracks.catalogue import Track


def basic_problems(track: Track) -> list[str]:
    """Return which files and names are missing. Without them `problems` cannot run."""
    return list(files.missing(track)) or list(names.problems(track))


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's files and texts; no submission is run."""
    for part in (files, rounds, manuals, stub, examples, checks, mutants, cards):
        yield from part.problems(track)
