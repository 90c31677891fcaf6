"""`kata author verify`: the stub is unsolved, solutions pass, mutants fail, and every check kills a mutant.

A mutant is a deliberately wrong solution; a check kills it if it fails the check. The track is a copy of the
miniature track toy, with the solution and mutants below.
"""

from __future__ import annotations

import shutil

import pytest
from mlkata.judging import gate, verify
from mlkata.judging.jobs import TrackRunner
from mlkata.tracks import catalogue

REFERENCE = """\
import numpy as np


def double(x):
    return 2 * x


def pair(x, k=2):
    return x.argmax(axis=1), np.zeros((k, x.shape[1]))


def total(x):
    if not x.size:
        raise ValueError("expected at least one number")
    return float(x.sum())


def draw(n, rng):
    return rng.random(n)


def root(x):
    return above(x)


def above(x):
    return int((x > 0).sum())
"""
# Each check of the track fails on one of the mutants in THRICE, OTHERS and ROOT.
THRICE = """\
[[mutant]]
id = "thrice"
lesson = "Twice is not thrice."
find = "2 * x"
replace = "3 * x"
"""
EMPTY = """
[[mutant]]
id = "empty-is-zero"
lesson = "The total of an empty array is an error."
find = "if not x.size"
replace = "if False"
"""
OTHERS = f"""
[[mutant]]
id = "argmin"
lesson = "The index is that of the largest value, not the smallest."
find = "x.argmax(axis=1)"
replace = "x.argmin(axis=1)"
{EMPTY}
[[mutant]]
id = "total-of-absolutes"
lesson = "Signs count."
find = "x.sum())"
replace = "abs(x).sum())"

[[mutant]]
id = "backwards"
lesson = "Numbers come in the generator's order."
find = "rng.random(n)"
replace = "rng.random(n)[::-1]"
"""
ROOT = """
[[mutant]]
id = "below"
function = "root"
lesson = "Above is not below."
find = "x > 0"
replace = "x < -9"
"""


@pytest.fixture
def folder(tmp_path, toy, monkeypatch):
    """Return a folder with a copy of the miniature track, a solution and mutants."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(
        toy.exercises, tmp_path / "exercises" / "toy", ignore=shutil.ignore_patterns("__pycache__")
    )
    solutions = tmp_path / "solutions" / "toy"
    solutions.mkdir(parents=True)
    (solutions / "reference.py").write_text(REFERENCE)
    (solutions / "mutants.toml").write_text(THRICE + OTHERS + ROOT)
    return tmp_path


def read(folder):
    """Return the copied track."""
    return catalogue.read(folder / "exercises" / "toy")


def verified(folder, n_seeds=1, **options):
    """Verify the copied track at seeds 0, 1 and so on; return the findings by name."""
    findings = verify.verify(read(folder), seeds=n_seeds, mutant_seeds=n_seeds, **options)
    return {finding.name: finding for finding in findings}


def test_a_mutant_that_is_right_survives(folder):
    """The stub is unsolved and the reference passes; one mutant is killed, the other one only looks wrong."""
    path = folder / "solutions" / "toy" / "mutants.toml"
    same = THRICE.replace("thrice", "same").replace('"3 * x"', '"x * 2"')
    path.write_text(path.read_text() + "\n" + same)
    findings = verified(folder, n_seeds=2)
    assert findings["stub.py"].problems == []
    assert findings["reference.py"].problems == []
    assert findings["mutant thrice"].killed_by == {"toy.1/double/plain": 2}  # at both seeds
    assert findings["mutant same"].problems == [
        "survives seed 0: Twice is not same.",
        "survives seed 1: Twice is not same.",
    ]


def test_a_survivor_says_that_its_error_is_derived_from_the_expected_one(folder):
    """An author may not know that LinAlgError is a ValueError, so that raising it is right."""
    path = folder / "solutions" / "toy" / "mutants.toml"
    raises_linalg_error = '"if not np.linalg.inv(np.eye(1) * x.size).size"'
    path.write_text(
        path.read_text() + EMPTY.replace("is-zero", "inverse").replace('"if False"', raises_linalg_error)
    )
    assert verified(folder)["mutant empty-inverse"].problems == [
        (
            "survives seed 0: The total of an empty array is an error. "
            "(toy.2/total/empty passes: LinAlgError is a ValueError)"
        )
    ]


def test_every_check_kills_a_mutant(folder):
    """The checks that a mutant fails are recorded; without the mutant of `root`, its check is reported."""
    findings = verified(folder)
    assert findings["mutant thrice"].kills == ["toy.1/double/plain", "toy.1/double/again"]
    assert findings["every check kills a mutant"].problems == []
    (folder / "solutions" / "toy" / "mutants.toml").write_text(THRICE + OTHERS)
    assert verified(folder)["every check kills a mutant"].problems == [
        "toy.2/root/plain fails on no mutant: add a mistake that it catches to mutants.toml"
    ]


def test_a_check_may_kill_a_mutant_of_another_function(folder):
    """If it kills none of its function, those of its round are tried, then those of other rounds."""
    path = folder / "solutions" / "toy" / "mutants.toml"
    path.write_text(THRICE + OTHERS + ROOT.replace('"root"', '"draw"'))
    findings = verified(folder)
    assert findings["mutant below"].killed_by == {"toy.2/root/plain": 1}
    path.write_text(THRICE + OTHERS)  # no mutant of `root`
    judge = TrackRunner(read(folder))
    check = judge.track.check("toy.2/root/plain")
    same_round, other_rounds = (judge.second_tries([check], same_round=same) for same in (True, False))
    assert [job.name for job in same_round] == [
        f"mutant {n}" for n in ("empty-is-zero", "total-of-absolutes", "backwards")
    ]
    assert [job.name for job in other_rounds] == ["mutant thrice", "mutant argmin"]
    assert {job.checks for job in same_round + other_rounds} == {("toy.2/root/plain",)}


def test_a_second_run_reads_the_findings_of_the_first(folder, monkeypatch):
    """Neither solutions nor mutants are run again. All findings are in one file.

    There are nine: on the stub, the reference, six mutants, and on whether every check kills one.
    """
    verified(folder)
    for name in ("_run_mutant", "_run_solution", "_run_checks"):
        monkeypatch.setattr(TrackRunner, name, pytest.fail)
    assert len(verified(folder)) == 9
    assert len(list((folder / "cache" / "mlkata" / "verify").iterdir())) == 1


def test_only_the_given_solutions_are_run(folder):
    """`--quick` runs the required solutions only; here fast.py, which is wrong, is not required."""
    (folder / "solutions" / "toy" / "fast.py").write_text("def double(x):\n    return 3 * x\n")
    assert "fast.py" not in verified(folder, solutions=verify.REQUIRED)
    assert verified(folder)["fast.py"].problems


def test_a_solution_may_be_a_package_and_is_run_again_when_what_it_imports_changes(
    folder, monkeypatch, tmp_path
):
    """It may import other solutions of the track, and modules beside the tracks' folders."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    solutions = folder / "solutions"
    (solutions / "shared.py").write_text("TWO = 2\n")
    (solutions / "toy" / "fast").mkdir()
    (solutions / "toy" / "fast" / "__init__.py").write_text(
        "from ...shared import TWO\nfrom ..reference import draw, pair, root, total\n\n\n"
        "def double(x):\n    return TWO * x\n"
    )
    assert list(gate.files.problems(read(folder))) == []

    def problems_by_name():
        return {name: finding.problems for name, finding in verified(folder).items()}

    assert problems_by_name()["fast"] == []
    # The text is longer, as Python takes bytecode from its cache for a text of the same second and length.
    (solutions / "shared.py").write_text("TWO = 3  # longer\n")
    assert problems_by_name()["fast"][0].startswith("toy.1/double/plain seed 0: fail")


def test_imports_of_other_libraries_and_tracks_are_reported(folder):
    """A solution may import numpy, numba, the standard library, its neighbours and shared modules."""
    solutions = folder / "solutions"
    (solutions / "other").mkdir()
    (solutions / "other" / "near.py").write_text("ONE = 1\n")
    (solutions / "toy" / "helper.py").write_text("import numpy as np\nfrom json import loads\n")
    (solutions / "toy" / "reference.py").write_text(
        f"import json\nfrom .helper import np\nfrom ..other.near import ONE\n{REFERENCE}\nimport click\n"
    )
    text = "\n".join(gate.files.problems(read(folder)))
    assert (
        "reference.py imports other/near.py: expected another solution in solutions/toy, or a module in "
        "solutions/ itself" in text
    )
    assert (
        "toy/reference.py, line 32: click may not be imported: expected numpy, numba or the standard" in text
    )
    assert text.count("may not be imported") == 1
