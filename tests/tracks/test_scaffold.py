"""`kata author new` writes a track that passes `kata author verify` and the kit's tests of each track."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlkata.judging import verify
from mlkata.tracks import catalogue, paths, scaffold
from mlkata.tracks.model import KataError

ROOT = Path(__file__).resolve().parents[2]
FOR_EACH_TRACK = (
    "exercises/test_every_track.py",
    "grading/test_prompt.py",
    "interview/test_room.py",
    "interview/test_scorecard.py",
    "practice/test_again.py",
    "solutions/test_every_solution.py",
)
"""The test files with tests that run once for each track."""


def test_a_new_track_verifies(tmp_path, monkeypatch):
    """Solutions pass, each mutant (a wrong solution) fails a check, and each check fails for some mutant."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = scaffold.write("svm", tmp_path)
    assert sorted(path for path in tmp_path.rglob("*.*") if path.is_file()) == sorted(files)
    assert {path.relative_to(tmp_path).parts[0] for path in files} == {"exercises", "solutions", "benchmarks"}
    track = catalogue.get("svm", tmp_path)
    assert (track.name, track.title) == ("svm", "svm")
    assert track.order > max(other.order for other in catalogue.find().values())
    assert [
        (finding.name, finding.problems) for finding in verify.verify(track, seeds=3, mutant_seeds=3)
    ] == [
        ("stub.py", []),
        ("naive.py", []),
        ("reference.py", []),
        ("mutant not-shifted", []),
        ("mutant sample-deviation", []),
        ("mutant divides-by-zero", []),
        ("every check kills a mutant", []),
    ]


def test_the_kit_s_tests_of_each_track_pass_for_a_new_one(tmp_path):
    """They run in a copy of the clone, in which only the new files and two manuals' tables are changed."""
    for name in ("exercises", "solutions", "benchmarks", "harness", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "harness"), "PYTEST_ADDOPTS": ""}

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    manuals = [tmp_path / "README.md", tmp_path / "docs" / "asked.md"]
    before = [path.read_bytes() for path in manuals]
    printed = run("-m", "mlkata", "author", "new", "fifth")
    assert "exercises/fifth/stub.py" in printed
    assert "next: kata author tables && kata author verify fifth --quick" in printed
    assert [path.read_bytes() for path in manuals] == before
    run("-m", "mlkata", "author", "tables")
    assert all(b"fifth" in path.read_bytes() for path in manuals)
    printed = run(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "fifth",
        *(f"tests/{path}" for path in FOR_EACH_TRACK),
    )
    # Each file has a test of the new track, and some have several.
    assert int(re.search(r"(\d+) passed", printed)[1]) > len(FOR_EACH_TRACK)
    assert "skipped" not in printed


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "two words",
            "no track can be called 'two words': expected an identifier in lower case, such as svm",
        ),
        ("SVM", "no track can be called 'SVM': expected an identifier in lower case, such as svm"),
        ("class", "no track can be called 'class': it is a Python keyword; choose another name, such as svm"),
        ("random", "no track can be called 'random': a candidate's random.py would hide the module random"),
    ],
)
def test_names_that_no_track_can_have(tmp_path, name, message):
    """A candidate's file has the name of the track, and is imported by that name."""
    with pytest.raises(KataError) as caught:
        scaffold.write(name, tmp_path)
    assert str(caught.value) == message


def test_nothing_is_overwritten(tmp_path):
    """If one of the track's folders exists, nothing is written."""
    (tmp_path / "solutions" / "svm").mkdir(parents=True)
    with pytest.raises(KataError, match="svm already exists"):
        scaffold.write("svm", tmp_path)
    assert not (tmp_path / "exercises").exists()


def test_a_track_cannot_be_written_into_an_installed_kit(tmp_path, monkeypatch):
    """The message says where it can be written."""
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    with pytest.raises(KataError, match=r"is not a clone of the project: run this in one, or pass --tracks"):
        scaffold.write("svm")
