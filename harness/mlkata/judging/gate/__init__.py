"""What a track promises besides its verdicts: one line for each thing that it does not keep."""

from __future__ import annotations

from collections.abc import Iterator

from mlkata.judging.gate import cards, checks, examples, files, mutants, rounds, stub
from mlkata.tracks.catalogue import Track


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with a track's files and texts; no worker is needed for that.

    Nothing else is looked at where a required file is missing.
    """
    missing = list(files.missing(track))
    if missing:
        yield from missing
        return
    for part in (files, rounds, stub, examples, checks, mutants, cards):
        yield from part.problems(track)
