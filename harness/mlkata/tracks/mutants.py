"""Mutants: the contract, wrong on purpose, as small edits of a track's reference.py."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlkata.tracks import rounds_toml
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
    with rounds_toml.reading(path):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
        return tuple(_read(entry, reference, bodies, introduced) for entry in entries)


def _read(
    entry: Mapping[str, Any],
    reference: str,
    bodies: list[tuple[str, int, int]],
    introduced: Mapping[str, int],
) -> Mutant:
    function = entry.get("function") or _function_of(entry["find"], reference, bodies)
    round_ = entry.get("round") or introduced.get(function)
    if not function or round_ is None:
        raise KataError(
            f"mutant {entry['id']}: its edit lies in no function of the stub, or reaches beyond it: "
            'write which one it makes wrong, such as `function = "update"` and `round = 1`, into mutants.toml'
        )
    return Mutant(**{**entry, "function": function, "round": round_})


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
