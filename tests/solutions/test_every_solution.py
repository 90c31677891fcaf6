"""Solutions of all tracks: each passes, and mutants are many and well-formed."""

from pathlib import Path

import pytest
from mlkata.judging.judge import judge
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.tracks import catalogue, loading, mutants
from mlkata.tracks.model import FINE
from mlkata.worker.parent import Workers
from mlkata.worker.runner import ours

TRACKS = list(catalogue.find().values())
HERE = Path(__file__).parent
SOLUTIONS = [
    pytest.param(track, path, id=f"{track.name}-{path.stem}")
    for track in TRACKS
    for path in [*track.solution_files(), *sorted((HERE / f"{track.name}_styles").glob("*.py"))]
]
"""Ours, and those that the tests keep to show that no style is refused."""


def own(track, path):
    submission = ours(path)
    pool = Workers(ahead=0, numba=submission.numba)
    with Session(track, submission, workers=pool, oracle=Oracle(track), seed=7) as session:
        return judge_rounds(session, track.rounds)


@pytest.mark.parametrize(("track", "path"), SOLUTIONS)
def test_any_right_solution_passes(track, path):
    """Behind walls, as a submission; those that import their neighbours where there are none."""
    alone = len(loading.sources(path)) == 1
    report = judge(track, path, seed=7) if alone else own(track, path)
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
