"""Checks the names of functions, rounds and checks that one file of a track uses and another one defines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlkata.tracks import mutants
from mlkata.tracks.catalogue import Track

_PARTS = 3
"""The number of parts of a check's id: round, function and name."""


def problems(track: Track) -> Iterator[str]:
    """Yield names without a definition. Raise KataError if a file cannot be read."""
    declared = [name for round_ in track.rounds for name in round_.functions]
    if declared != list(track.contracts):
        yield (
            f"rounds.toml lists {', '.join(declared)}, but stub.py has {', '.join(track.contracts)}: "
            "expected the same functions in the same order"
        )
        return
    rounds = {round_.id for round_ in track.rounds}
    for name, count in Counter(check.id for check in track.checks).items():
        if count > 1:
            yield f"check {name} occurs {count} times: ids are unique; rename the others"
    functions = ", ".join(track.contracts)
    for check in track.checks:
        if len(check.id.split("/")) != _PARTS or check.round_id not in rounds:
            yield f"check {check.id}: expected an id such as {track.rounds[0].id}/function/name"
        elif check.function not in track.contracts:
            yield f"check {check.id}: no function {check.function} in the stub: expected one of {functions}"
    for mutant in mutants.read(track):
        if mutant.function not in track.contracts:
            yield f"mutant {mutant.id}: no function {mutant.function!r}: expected one of {functions}"
        elif not 1 <= mutant.round <= len(track.rounds):
            yield f"mutant {mutant.id}: no round {mutant.round}: expected 1 to {len(track.rounds)}"
