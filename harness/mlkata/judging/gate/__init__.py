"""What a track promises besides its verdicts: one line for each thing that it does not keep."""

from __future__ import annotations

from collections.abc import Iterator

from mlkata.judging.gate import cards, checks, examples, files, manuals, mutants, names, rounds, stub
from mlkata.tracks.catalogue import Track


def basic_problems(track: Track) -> list[str]:
    """Say which files and names are missing; until they are there, nothing else can be asked."""
    return list(files.missing(track)) or list(names.problems(track))


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with a track's files and texts; no worker is needed for that."""
    for part in (files, rounds, manuals, stub, examples, checks, mutants, cards):
        yield from part.problems(track)
