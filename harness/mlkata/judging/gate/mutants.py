"""Checks the mutants, i.e. wrong solutions that are written as edits of reference.py in mutants.toml.

Ids must be unique, each edit must fit reference.py, and the result must be valid Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlkata.tracks import mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with mutants.toml. Raise KataError if it cannot be read."""
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    listed = mutants.read(track)
    for name, count in Counter(mutant.id for mutant in listed).items():
        if count > 1:
            yield f"mutant {name} occurs {count} times: ids are unique; rename the others"
    for mutant in listed:
        if not mutant.lesson.strip():
            yield f"mutant {mutant.id} has no lesson: describe the mistake in a sentence"
        try:
            compile(mutant.source(reference), f"mutant {mutant.id}", "exec")
        except KataError as error:
            yield str(error)
        except SyntaxError as error:
            yield f"mutant {mutant.id}: {error}: its replacement is not valid Python; fix mutants.toml"
