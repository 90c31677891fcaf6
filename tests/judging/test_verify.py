"""The kit's check of itself: it finds what is wrong with a track."""

from __future__ import annotations

import shutil

import pytest
from mlkata.judging import proofread, verify
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.model import KataError

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
    return int((x > 0).sum())
"""
MUTANTS = """\
[[mutant]]
id = "thrice"
round = 1
function = "double"
lesson = "Twice is not thrice."
find = "2 * x"
replace = "3 * x"
"""


@pytest.fixture
def folder(tmp_path, toy):
    """A copy of the miniature track, with a solution and a mutant."""
    shutil.copytree(
        toy.exercises, tmp_path / "exercises" / "toy", ignore=shutil.ignore_patterns("__pycache__")
    )
    solutions = tmp_path / "solutions" / "toy"
    solutions.mkdir(parents=True)
    (solutions / "reference.py").write_text(REFERENCE)
    (solutions / "mutants.toml").write_text(MUTANTS)
    return tmp_path


def read(folder):
    """Read the copy."""
    return catalogue.read(folder / "exercises" / "toy")


def problems(folder):
    """What is wrong with the copy's texts, in one string."""
    return "\n".join(proofread.problems_in_text(read(folder)))


def test_kmeans_has_no_problem():
    """What we ship is in order."""
    assert proofread.problems_in_text(catalogue.get("kmeans")) == []


def test_stray_files(folder):
    """A file that nothing uses is named, in both folders."""
    (folder / "exercises" / "toy" / "old.py").write_text("")
    (folder / "solutions" / "toy" / "notes.txt").write_text("")
    assert "stray file old.py in exercises/toy: nothing uses it" in problems(folder)
    assert "stray file notes.txt in solutions/toy: nothing uses it" in problems(folder)


def test_missing_file(folder):
    """What every track has is asked for."""
    (folder / "exercises" / "toy" / "README.md").unlink(missing_ok=True)
    assert "exercises/toy has no README.md" in problems(folder)


def test_signatures_agree(folder):
    """A solution with other parameters than the stub is named."""
    path = folder / "solutions" / "toy" / "reference.py"
    path.write_text(REFERENCE.replace("def pair(x, k=2)", "def pair(x, k=3)"))
    assert "reference.py: pair(x, k=3), the stub has (x, k=2)" in problems(folder)


def test_rules_are_in_the_contract(folder):
    """A check cannot test what the docstring does not say."""
    stub = folder / "exercises" / "toy" / "stub.py"
    stub.write_text(stub.read_text().replace("Give twice each number.", "Give numbers."))
    assert "the contract of double does not say 'twice each number'" in problems(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2 * x", "4 * x", "mutant thrice: its find text occurs 0 times in reference.py"),
        ('"3 * x"', '"2 * x"', "and a different replacement"),
        ('"double"\nlesson', '"treble"\nlesson', "mutant thrice: no function treble"),
        ('"3 * x"', '"3 * (x"', "was never closed"),
    ],
)
def test_mutants_fit_the_reference(folder, old, new, message):
    """A mutant that changes nothing, or cannot run, is no mutant."""
    path = folder / "solutions" / "toy" / "mutants.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    assert message in problems(folder)


def test_verify_finds_survivors_and_failures(folder, monkeypatch, tmp_path):
    """The stub is unsolved, the reference passes, the mutant dies, and a harmless one survives."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = folder / "solutions" / "toy" / "mutants.toml"
    path.write_text(MUTANTS + MUTANTS.replace("thrice", "same").replace('"3 * x"', '"x * 2"'))
    found = {finding.name: finding for finding in verify.verify(read(folder), 2, 2)}
    assert found["stub.py"].problems == []
    assert found["reference.py"].problems == []
    assert found["mutant thrice"].killed_by == {"toy.1/double/plain": 2}
    assert found["mutant same"].problems == [
        "survives seed 0: Twice is not same.",
        "survives seed 1: Twice is not same.",
    ]


def test_verify_resumes(folder, monkeypatch, tmp_path):
    """What was found is taken over, until a source changes; problems are never kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    verify.verify(read(folder), 1, 1)
    monkeypatch.setattr(verify, "_run_mutant", pytest.fail)
    monkeypatch.setattr(verify, "_run_solution", pytest.fail)
    assert len(verify.verify(read(folder), 1, 1)) == 3
    assert len(list((tmp_path / "cache" / "mlkata" / "verify").iterdir())) == 1


def test_a_solution_may_be_a_package_and_is_run_again_when_what_it_imports_changes(
    folder, monkeypatch, tmp_path
):
    """It is loaded by path, with its neighbours and what lies beside the tracks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    solutions = folder / "solutions"
    (solutions / "shared.py").write_text("TWO = 2\n")
    (solutions / "toy" / "fast").mkdir()
    (solutions / "toy" / "fast" / "__init__.py").write_text(
        "from ...shared import TWO\nfrom ..reference import draw, pair, root, total\n\n\n"
        "def double(x):\n    return TWO * x\n"
    )
    assert problems(folder).count("fast") == 0

    def found():
        return {one.name: one.problems for one in verify.verify(read(folder), 1, 1)}

    assert found()["fast"] == []
    (solutions / "shared.py").write_text("TWO = 3  # no more\n")
    assert found()["fast"][0].startswith("toy.1/double/plain seed 0: fail")


def test_solutions_import_nothing_else(folder):
    """Neither other libraries nor another track's solutions, wherever they do it."""
    solutions = folder / "solutions"
    (solutions / "other").mkdir()
    (solutions / "other" / "near.py").write_text("ONE = 1\n")
    (solutions / "toy" / "helper.py").write_text("import numpy as np\nfrom json import loads\n")
    (solutions / "toy" / "reference.py").write_text(
        f"import json\nfrom .helper import np\nfrom ..other.near import ONE\n{REFERENCE}\nimport click\n"
    )
    said = problems(folder)
    assert "reference.py imports other/near.py: expected a neighbour, or a module beside the tracks" in said
    assert "toy/reference.py, line 28: click may not be imported: numpy, numba and the standard" in said
    assert said.count("may not be imported") == 1


def test_a_mutant_that_is_not_there():
    """One line says where to look."""
    with pytest.raises(KataError, match=r"no mutant 'none' in .*mutants\.toml"):
        mutants.get(catalogue.get("kmeans"), "none")
