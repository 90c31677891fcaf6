"""Mutants: the contract, wrong on purpose, as small edits of a track's reference.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from mlkata.tracks import validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mistake that people make: `find` becomes `replace` in the reference."""

    id: str
    lesson: str
    find: str
    replace: str
    function: str = ""
    """The function that it makes wrong. `read` derives it and the round where the file does not say them."""
    round: int = 0
    classic: bool = False
    """Do interviewers ask about it? `kata test` wants these caught."""

    def source(self, reference: str) -> str:
        """Give the reference with this mistake in it.

        Raises KataError unless `find` occurs exactly once, and something changes.
        """
        count = reference.count(self.find)
        if count != 1:
            raise KataError(
                f"mutant {self.id}: its find text occurs {count} times in reference.py, expected once: "
                "mend mutants.toml"
            )
        if self.find == self.replace:
            raise KataError(f"mutant {self.id}: its replacement is what it replaces: mend mutants.toml")
        return reference.replace(self.find, self.replace)


def read(track: Track) -> tuple[Mutant, ...]:
    """Read a track's mutants, in the file's order.

    Where an entry names no function, it is the stub's function in whose body the edit lies; where it
    names no round, it is the one that introduces the function. Raises KataError where neither is so.
    """
    path = track.solutions / "mutants.toml"
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    introduced = {name: round_.number for round_ in track.rounds for name in round_.functions}
    bodies = [body for body in _bodies(reference, track.solutions / "reference.py") if body[0] in introduced]
    listed = validated.entries(path, "mutant", Mutant)
    return tuple(_completed(mutant, reference, bodies, introduced) for mutant in listed)


def _completed(
    mutant: Mutant, reference: str, bodies: list[tuple[str, int, int]], introduced: Mapping[str, int]
) -> Mutant:
    function = mutant.function or _function_of(mutant.find, reference, bodies)
    round_ = mutant.round or introduced.get(function)
    if not function or round_ is None:
        raise KataError(
            f"mutant {mutant.id}: its edit lies in no function of the stub, or reaches beyond it: "
            'write which one it makes wrong, such as `function = "update"` and `round = 1`, into mutants.toml'
        )
    return msgspec.structs.replace(mutant, function=function, round=round_)


def _function_of(find: str, reference: str, bodies: list[tuple[str, int, int]]) -> str:
    """Name the function in which an edit lies whole, or ""."""
    start = reference.find(find)
    if start < 0:
        return bodies[0][0] if bodies else ""  # the edit does not fit: `Mutant.source` says so
    return next((name for name, low, high in bodies if low <= start and start + len(find) <= high), "")


def _bodies(source: str, file: Path) -> Iterator[tuple[str, int, int]]:
    """Give each top-level function with where its text begins and ends."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.parse(source, str(file)).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, starts[node.lineno - 1], starts[node.end_lineno or node.lineno]


def get(track: Track, mutant_id: str) -> Mutant:
    """Find one mutant. Raises KataError where there is none."""
    for mutant in read(track):
        if mutant.id == mutant_id:
            return mutant
    raise KataError(f"no mutant {mutant_id!r} in {track.solutions / 'mutants.toml'}")
