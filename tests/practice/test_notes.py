"""Rounds that add rules to functions that are there, and no function of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.practice import pages
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

NOTE = """

# Round 4: edges
#
# halve: halve each number, zeros too.
# total: an empty sum is 0.
"""
ROUND = """
[[round]]
title = "Edges"
minutes = 1
functions = []
needs = ["minikata.1"]
hints = []
"""
CHECK = """
CHECKS += (
    Check("minikata.4/halve/zeros", "zeros too", lambda rng: call("halve", X=np.zeros(4)), close),
)
"""


@pytest.fixture
def noted(track: Track, tmp_path: Path) -> Workspace:
    """A workspace whose track has a fourth round."""
    folder = tmp_path / "kit" / "exercises" / "minikata"
    folder.mkdir(parents=True)
    for name, more in {"stub.py": NOTE, "cases.py": CHECK, "oracle.py": "", "rounds.toml": ROUND}.items():
        (folder / name).write_text((track.exercises / name).read_text() + more)
    return Workspace.create(tmp_path / "work", {"minikata": catalogue.read(folder)})


def test_opening_the_round_appends_its_notes_once(noted: Workspace) -> None:
    """The file says from now on what its functions must do more."""
    track = noted.tracks["minikata"]
    said = noted.open(track.rounds[3])
    assert said.startswith("minikata.4 is open: what the round adds to your functions added to minikata.py")
    text = noted.file("minikata").read_text()
    assert text.endswith("    raise NotImplementedError\n" + NOTE)
    assert noted.open(track.rounds[3]).startswith(
        "minikata.4 is open: minikata.py already has all its functions"
    )
    assert noted.file("minikata").read_text() == text


def test_a_new_file_has_the_notes_too(noted: Workspace) -> None:
    """Where the file is made anew, it holds what every open round says."""
    noted.open(noted.tracks["minikata"].rounds[3])
    noted.file("minikata").unlink()
    noted.open(noted.tracks["minikata"].rounds[3])
    text = noted.file("minikata").read_text()
    assert NOTE in text
    assert "def halve(X):" in text


def test_what_is_written_need_not_be_filled_in(noted: Workspace, right: str) -> None:
    """The next command goes by what is in the file."""
    first = noted.tracks["minikata"].rounds[0]
    assert noted.untouched(first) == ["halve"]
    assert pages.begin(noted, first).plain.startswith("next: fill in halve in minikata.py, then kata check")
    noted.file("minikata").write_text(right)
    assert noted.untouched(first) == []
    assert pages.begin(noted, first).plain.startswith("next: kata check minikata")
    noted.file("minikata").write_text("def halve(:\n")
    assert noted.untouched(first) == []


def test_there_is_nothing_of_its_own_to_reset(noted: Workspace) -> None:
    """One line says what can be reset."""
    track = noted.tracks["minikata"]
    noted.open(track.rounds[3])
    with pytest.raises(KataError, match=r"minikata\.4 has no functions of its own: reset the round"):
        noted.reset("minikata", track.rounds[3])


def test_it_is_about_what_its_checks_test(noted: Workspace) -> None:
    """So that the next command names a function."""
    track = noted.tracks["minikata"]
    assert track.functions_of(track.rounds[3]) == ("halve",)
    assert track.functions_of(track.rounds[1]) == ("total", "mean")
    assert track.contracts["halve"].states("zeros too")
