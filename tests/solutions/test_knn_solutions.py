"""Solutions of the k-NN track: all pass whatever their style."""

from pathlib import Path

import pytest

from harness import check, mutants, tracks
from harness.model import FINE

TRACK = tracks.get("knn")
STYLES = sorted((Path(__file__).parent / "knn_styles").glob("*.py"))
SOLUTIONS = [TRACK.solutions / f"{name}.py" for name in ("reference", "naive", "loops")]


@pytest.mark.parametrize("path", [*SOLUTIONS, *STYLES], ids=lambda path: path.stem)
def test_any_right_solution_passes(path):
    source = path.read_text(encoding="utf-8")
    rounds = [one for one in TRACK.rounds if all(f"def {name}(" in source for name in one.functions)]
    report = check.grade(TRACK, path, rounds, seed=7)
    failed = [(v.check.id, v.message) for v in report.verdicts if v.status not in FINE]
    assert failed == []
    assert len(rounds) == len(TRACK.rounds) or path in STYLES


def test_mutants_are_many_and_well_formed():
    found = mutants.read(TRACK)
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    assert len(found) >= 35
    assert len({mutant.id for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source(reference), mutant.id, "exec")
        assert mutant.function in TRACK.contracts
