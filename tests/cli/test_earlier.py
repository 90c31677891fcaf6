"""A workspace and a private track of an earlier version can still be used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError

EARLIER = Path(__file__).parents[1] / "earlier"


@pytest.fixture
def workspace(tmp_path) -> Path:
    """Return a copy of a workspace in which kmeans.1 has passed and an interview on knn is unfinished."""
    return Path(shutil.copytree(EARLIER / "workspace", tmp_path / "workspace"))


def test_passed_rounds_of_an_earlier_workspace_stay_passed(workspace, kata_in):
    """Its state and journal are read, and its file is judged."""
    kata = kata_in(workspace)
    n_rounds = sum(len(track.rounds) for track in catalogue.find().values())
    assert f"{n_rounds - 1} rounds left to pass" in kata().stdout
    assert "passed" in kata("list", "kmeans").stdout.splitlines()[1]
    result = kata("check", "kmeans")
    assert result.returncode == 1  # kmeans.2 is unsolved
    name, title, status, score, _, max_score = result.stdout.splitlines()[1].split()
    assert (name, title, status, score) == ("kmeans.1", "Steps", "PASS", max_score)
    progress = kata("report").stdout
    assert "kmeans.1" in progress
    state = json.loads((workspace / ".kata" / "state.json").read_text(encoding="utf-8"))
    assert state["tracks"]["kmeans"]["passed"]["kmeans.1"] == "2026-12-01T03:32:03+00:00"
    assert state["date"] == "2027-03-01"


def test_undo_finds_the_copies_that_an_earlier_version_made(workspace, kata_in):
    """kmeans.py changes back to such a copy."""
    before = (workspace / "kmeans.py").read_text(encoding="utf-8")
    result = kata_in(workspace)("undo", "kmeans")
    assert result.returncode == 0, result.stderr
    assert (workspace / "kmeans.py").read_text(encoding="utf-8") != before


def test_the_tests_of_an_earlier_workspace_run_under_pytest(workspace):
    """`test_kata.py` is the file that the earlier version wrote.

    -k keeps the tests of the first function of each of its two tracks.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "assign or pairwise"]
    result = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "passed" in result.stdout


def test_an_unfinished_interview_of_an_earlier_version_is_resumed(workspace, kata_in):
    """Its journal is read: the clock shows the recorded time, and the asked topic stays recorded."""
    result = kata_in(workspace)("interview", "knn")
    assert "the clock stands at" in result.stdout
    assert len(list((workspace / "interviews").iterdir())) == 2  # as before: no new one has begun
    journal = next((workspace / "interviews").glob("knn-*")) / "journal.jsonl"
    assert "squared or not" in journal.read_text(encoding="utf-8").splitlines()[2]


def test_kata_names_notebooks_that_load_the_former_package(workspace, kata_in):
    """The package `mlkata` was called `harness`. The line says what to write instead."""
    lines = kata_in(workspace)().stdout.splitlines()
    [line] = [line for line in lines if "harness.notebook" in line]
    assert line.startswith("practice.ipynb says %load_ext harness.notebook: write %load_ext mlkata")


def test_a_private_track_that_imports_the_former_package_is_an_error(tmp_path):
    """The line says what to write instead."""
    toy = EARLIER.parent / "miniature"
    shutil.copytree(toy, tmp_path / "tracks", ignore=shutil.ignore_patterns("__pycache__"))
    cases = tmp_path / "tracks" / "exercises" / "toy" / "cases.py"
    text = cases.read_text(encoding="utf-8")
    assert "from mlkata.authoring import" in text
    cases.write_text(text.replace("from mlkata.authoring", "from harness.authoring"), encoding="utf-8")
    track = catalogue.read(tmp_path / "tracks" / "exercises" / "toy")
    with pytest.raises(
        KataError, match=r"imports harness\S*: the package is called mlkata now; write .*"
    ) as caught:
        _ = track.checks
    assert len(str(caught.value).splitlines()) == 1
