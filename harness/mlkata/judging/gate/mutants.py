"""The mutants: ids that are unique, edits that fit reference.py, results that are Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlkata.tracks import mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with mutants.toml. Raises KataError where it cannot be read."""
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    listed = mutants.read(track)
    for name, count in Counter(mutant.id for mutant in listed).items():
        if count > 1:
            yield f"mutant {name} occurs {count} times: ids are unique; rename the others"
    for mutant in listed:
        if not mutant.lesson.strip():
            yield f"mutant {mutant.id} has no lesson: say in a sentence what the mistake is"
        try:
            compile(mutant.source(reference), f"mutant {mutant.id}", "exec")
        except KataError as error:
            yield str(error)
        except SyntaxError as error:
            yield f"mutant {mutant.id}: {error}: its replacement is not valid Python; mend mutants.toml"
