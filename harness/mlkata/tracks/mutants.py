"""Mutants: the contract, wrong on purpose, as small edits of a track's reference.py."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


@dataclass(frozen=True)
class Mutant:
    """One mistake that people make: `find` becomes `replace` in the reference."""

    id: str
    round: int
    function: str
    lesson: str
    find: str
    replace: str
    classic: bool = False
    """Do interviewers ask about it? `kata test` wants these caught."""

    def source(self, reference: str) -> str:
        """Give the reference with this mistake in it.

        Raises KataError unless `find` occurs exactly once, and something changes.
        """
        count = reference.count(self.find)
        if count != 1 or self.find == self.replace:
            raise KataError(
                f"mutant {self.id}: its find text occurs {count} times in reference.py, "
                "expected once, and a different replacement: mend mutants.toml"
            )
        return reference.replace(self.find, self.replace)


def read(track: Track) -> tuple[Mutant, ...]:
    """Read a track's mutants, in the file's order."""
    table = tomllib.loads((track.solutions / "mutants.toml").read_text(encoding="utf-8"))
    return tuple(Mutant(**entry) for entry in table["mutant"])


def get(track: Track, mutant_id: str) -> Mutant:
    """Find one mutant. Raises KataError where there is none."""
    for mutant in read(track):
        if mutant.id == mutant_id:
            return mutant
    raise KataError(f"no mutant {mutant_id!r} in {track.solutions / 'mutants.toml'}")
