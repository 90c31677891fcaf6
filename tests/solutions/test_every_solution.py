"""Solutions of all tracks: each passes, graded as a submission is."""

from pathlib import Path

import pytest
from mlkata.judging import check
from mlkata.tracks import catalogue
from mlkata.tracks.model import FINE
from mlkata.worker import tiers

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
    report = check.grade(track, path, track.rounds, seed=0, tier=tiers.best())
    assert [(v.check.id, v.message) for v in report.verdicts if v.status not in FINE] == []
