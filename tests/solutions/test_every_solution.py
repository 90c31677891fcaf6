"""Solutions of all tracks: each passes, and mutants are many and well-formed."""

from pathlib import Path

import pytest
from mlkata.judging.judge import judge
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.model import FINE

TRACKS = list(catalogue.find().values())
HERE = Path(__file__).parent
SOLUTIONS = [
    pytest.param(track, path, id=f"{track.name}-{path.stem}")
    for track in TRACKS
    for path in [*track.solution_files(), *sorted((HERE / f"{track.name}_styles").glob("*.py"))]
]
"""Ours, and those that the tests keep to show that no style is refused."""


@pytest.mark.parametrize(("track", "path"), SOLUTIONS)
def test_any_right_solution_passes(track, path):
    report = judge(track, path, seed=7)
    assert [(v.check.id, v.message) for v in report.verdicts if v.status not in FINE] == []


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.name)
def test_mutants_are_many_and_well_formed(track):
    found = mutants.read(track)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    assert len(found) >= 35
    assert len({mutant.id for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source(reference), mutant.id, "exec")
        assert mutant.function in track.contracts
