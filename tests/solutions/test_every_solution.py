"""Each solution of every track passes all checks, judged like a candidate's file.

Besides the solutions in `solutions/`, there are some in `tests/solutions/*_styles/`: right answers in other
styles (other algorithms, types, memory layouts), which the checks must accept, too.
"""

from pathlib import Path

import pytest
from mlkata.judging.judge import judge
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.tracks import catalogue, paths
from mlkata.tracks.model import FINE
from mlkata.worker.parent import Workers
from mlkata.worker.runner import ours

TRACKS = list(catalogue.find().values())
HERE = Path(__file__).parent
SOLUTIONS = [
    pytest.param(
        track,
        path,
        id=f"{track.name}-{path.stem}",
        marks=pytest.mark.slow if path.stem in ("fast", "loops") else (),  # numba compiles them
    )
    for track in TRACKS
    for path in [*track.solution_files(), *sorted((HERE / f"{track.name}_styles").glob("*.py"))]
]
"""All solutions of all tracks, each as a track and a path."""


def judge_in_place(track, path):
    """Return the report on a solution that imports other files; it is loaded by path, not isolated."""
    submission = ours(path)
    pool = Workers(ahead=0, numba=submission.numba)
    with Session(track, submission, workers=pool, oracle=Oracle(track), seed=0) as session:
        return judge_rounds(session, track.rounds)


@pytest.mark.parametrize(("track", "path"), SOLUTIONS)
def test_every_solution_passes(track, path):
    """A solution of one file is judged like a submission, isolated; isolation would hide imported files."""
    is_single_file = len(paths.sources(path)) == 1
    report = judge(track, path, seed=0) if is_single_file else judge_in_place(track, path)
    failures = [(v.check.id, v.message) for v in report.verdicts if v.status not in FINE]
    assert failures == []
