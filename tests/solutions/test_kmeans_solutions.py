"""Solutions of the k-means track: all pass whatever their style, and every mutant fails."""

from pathlib import Path

import pytest

from harness import cases, check, mutants, tracks
from harness.model import Status

TRACK = tracks.get("kmeans")
STYLES = sorted((Path(__file__).parent / "kmeans_styles").glob("*.py"))
SOLUTIONS = [TRACK.solutions / f"{name}.py" for name in ("reference", "naive", "loops")]


@pytest.mark.parametrize("path", [*SOLUTIONS, *STYLES], ids=lambda path: path.stem)
def test_any_right_solution_passes(path):
    report = check.grade(TRACK, path, TRACK.rounds[:4], seed=7)
    failed = [(v.check.id, v.message) for v in report.verdicts if v.status is not Status.PASS]
    assert failed == []


def test_mutants_are_many_and_well_formed():
    found = mutants.read(TRACK)
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    assert len(found) >= 35
    assert len({mutant.id for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source(reference), mutant.id, "exec")
        assert mutant.function in TRACK.contracts


@pytest.mark.parametrize("number", [1, 2, 4])
def test_naive_and_reference_agree_to_the_last_digits(number):
    naive, reference = (
        tracks.load_implementation(TRACK.solutions / f"{name}.py") for name in ("naive", "reference")
    )
    for one in TRACK.checks_of(TRACK.round(f"kmeans.{number}")):
        (step,) = cases.draw(one, 3).steps
        values = []
        for implementation in (naive, reference):
            try:
                values.append(getattr(implementation, step.function)(**step.arguments))
            except ValueError:
                values.append(ValueError)
        if ValueError in [value for value in values if isinstance(value, type)]:
            assert values == [ValueError, ValueError], one.id
        else:
            assert one.judge([step], values[:1], values[1:]) is None, one.id
