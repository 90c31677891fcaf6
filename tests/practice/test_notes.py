"""A round without functions of its own: its notes in stub.py add rules to functions of earlier rounds."""

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
    """Return a workspace whose track has a fourth round, with notes and no functions."""
    folder = tmp_path / "kit" / "exercises" / "minikata"
    folder.mkdir(parents=True)
    for name, more in {"stub.py": NOTE, "cases.py": CHECK, "oracle.py": "", "rounds.toml": ROUND}.items():
        (folder / name).write_text((track.exercises / name).read_text() + more)
    return Workspace.create(tmp_path / "work", {"minikata": catalogue.read(folder)})


def test_opening_the_round_appends_its_notes_once(noted: Workspace) -> None:
    track = noted.tracks["minikata"]
    message = noted.open(track.rounds[3])
    assert message.startswith("minikata.4 is open: its notes on your functions added to minikata.py")
    text = noted.file("minikata").read_text()
    assert text.endswith("    raise NotImplementedError\n" + NOTE)
    assert noted.open(track.rounds[3]).startswith(
        "minikata.4 is open: minikata.py already has all its functions"
    )
    assert noted.file("minikata").read_text() == text


def test_a_new_file_has_the_notes_of_every_open_round(noted: Workspace) -> None:
    noted.open(noted.tracks["minikata"].rounds[3])
    noted.file("minikata").unlink()
    noted.open(noted.tracks["minikata"].rounds[3])
    text = noted.file("minikata").read_text()
    assert NOTE in text
    assert "def halve(X):" in text


def test_the_next_command_depends_on_the_file(noted: Workspace, right_solution: str) -> None:
    """A stub is to be filled in; a written function, or a file with a syntax error, only to be checked."""
    first = noted.tracks["minikata"].rounds[0]
    assert noted.untouched(first) == ["halve"]
    assert pages.begin(noted, first).plain.startswith("next: fill in halve in minikata.py, then kata check")
    noted.file("minikata").write_text(right_solution)
    assert noted.untouched(first) == []
    assert pages.begin(noted, first).plain.startswith("next: kata check minikata")
    noted.file("minikata").write_text("def halve(:\n")
    assert noted.untouched(first) == []


def test_a_round_without_functions_cannot_be_reset(noted: Workspace) -> None:
    """The message says which rounds can be reset instead."""
    track = noted.tracks["minikata"]
    noted.open(track.rounds[3])
    with pytest.raises(KataError, match=r"minikata\.4 only judges functions of earlier rounds: reset"):
        noted.reset("minikata", track.rounds[3])


def test_the_functions_of_the_round_are_those_that_its_checks_test(noted: Workspace) -> None:
    """Round 2 has functions of its own. The rules in the notes count as part of the function's contract."""
    track = noted.tracks["minikata"]
    assert track.functions_of(track.rounds[3]) == ("halve",)
    assert track.functions_of(track.rounds[1]) == ("total", "mean")
    assert track.contracts["halve"].states("zeros too")
