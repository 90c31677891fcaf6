"""Mutants: wrong implementations, written as small edits of a track's reference.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from mlkata.tracks import validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mistake that people make: in reference.py, the text `find` is replaced by `replace`."""

    id: str
    lesson: str
    """A sentence that explains the mistake."""
    find: str
    replace: str
    function: str = ""
    """The function that becomes wrong. `read` derives it from the edit if mutants.toml leaves it out."""
    round: int = 0
    """The round whose checks notice the mistake. `read` derives it, too."""
    classic: bool = False
    """Whether interviewers ask about this mistake. `kata test` passes only if tests catch all of these.

    If a track marks no mutant, the first twelve count as marked.
    """

    def source(self, reference: str) -> str:
        """Return the reference with this mistake.

        Raise KataError unless `find` occurs exactly once and the text changes.
        """
        count = reference.count(self.find)
        if count != 1:
            raise KataError(
                f"mutant {self.id}: its find text occurs {count} times in reference.py: expected once; "
                "fix mutants.toml"
            )
        if self.find == self.replace:
            raise KataError(f"mutant {self.id}: find and replace are the same text: fix mutants.toml")
        return reference.replace(self.find, self.replace)


def read(track: Track) -> tuple[Mutant, ...]:
    """Return a track's mutants, in the order of mutants.toml.

    An entry without a function gets the stub's function whose body contains the edit. An entry without a
    round gets the round that introduces the function. Raise KataError if they cannot be derived.
    """
    path = track.solutions / "mutants.toml"
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    introduced = {name: round_.number for round_ in track.rounds for name in round_.functions}
    all_bodies = _bodies(reference, track.solutions / "reference.py")
    bodies = [(name, begin, end) for name, begin, end in all_bodies if name in introduced]
    entries = validated.entries(path, "mutant", Mutant)
    return tuple(_completed(mutant, reference, bodies, introduced) for mutant in entries)


def _completed(
    mutant: Mutant, reference: str, bodies: list[tuple[str, int, int]], introduced: Mapping[str, int]
) -> Mutant:
    """Return a mutant with its function and its round; `introduced` has the round of each function."""
    function = mutant.function or _function_of(mutant.find, reference, bodies)
    round_ = mutant.round or introduced.get(function)
    if not function or round_ is None:
        raise KataError(
            f"mutant {mutant.id}: its edit is not inside one function of the stub: add the function that "
            'becomes wrong to mutants.toml, such as `function = "update"` and `round = 1`'
        )
    return msgspec.structs.replace(mutant, function=function, round=round_)


def _function_of(find: str, reference: str, bodies: list[tuple[str, int, int]]) -> str:
    """Return the function that contains the whole edit, or ""."""
    start = reference.find(find)
    if start < 0:
        # The edit does not fit. Any function will do, since `Mutant.source` reports this.
        return bodies[0][0] if bodies else ""
    return next((name for name, begin, end in bodies if begin <= start and start + len(find) <= end), "")


def _bodies(source: str, file: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each top-level function, and the offsets at which its text begins and ends."""
    offsets = [0]  # of lines
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    for node in ast.parse(source, str(file)).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, offsets[node.lineno - 1], offsets[node.end_lineno or node.lineno]


def get(track: Track, mutant_id: str) -> Mutant:
    """Return one mutant by its id. Raise KataError if there is none."""
    for mutant in read(track):
        if mutant.id == mutant_id:
            return mutant
    raise KataError(f"no mutant {mutant_id!r} in {track.solutions / 'mutants.toml'}")
