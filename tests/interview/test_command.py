"""`kata interview` resumes killed or damaged interviews. Without input it ends at once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from mlkata.cli.main import cli
from mlkata.interview.room import Room, rooms
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


@pytest.fixture
def open_room(tmp_path, monkeypatch):
    """Return the room of an interview whose first round is open."""
    monkeypatch.chdir(tmp_path)
    track = catalogue.get("kmeans")
    room = Room.create(tmp_path, track, minutes=45, seed=3)
    room.add(track.rounds[:1])
    room.journal.add(0.0, "open", round="kmeans.1")
    return room


def run(*more):
    """Run the command; return its output."""
    result = CliRunner().invoke(cli, ["interview", "kmeans", *more], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_missing_scorecard_is_written(open_room, tmp_path):
    """The interview was killed after its end: the next call writes the scorecard and begins no interview."""
    open_room.journal.add(60.0, "end", why="asked")
    output = run()
    assert "cut off before its scorecard" in output
    assert "no hire: 0%" in output
    assert open_room.scorecard.is_file()
    assert len(list(rooms(tmp_path, open_room.track))) == 1


def test_a_missing_file_is_written_anew(open_room):
    """It has the functions of all open rounds; the interview goes on."""
    file = open_room.file("kmeans")
    open_room.journal.add(1.0, "open", round="kmeans.2")
    file.unlink()
    output = " ".join(run().split())
    assert f"your file was missing: {file}" in output
    assert "resumes" in output
    text = file.read_text(encoding="utf-8")
    assert "def assign" in text
    assert "def relocate_empty" in text


@pytest.mark.parametrize("more", [(), ("--new",)])
def test_an_interview_open_in_another_terminal_is_refused(open_room, more):
    """It is neither resumed nor ended."""
    before = open_room.journal.path.read_bytes()
    with open_room.locked(), pytest.raises(KataError, match="running in another terminal"):
        CliRunner().invoke(cli, ["interview", "kmeans", *more], catch_exceptions=False)
    assert open_room.journal.path.read_bytes() == before


def test_an_interview_is_resumed_from_inside_its_folder(open_room, monkeypatch):
    """No second interview begins in that folder."""
    monkeypatch.chdir(open_room.folder)
    assert "resumed with" in run()
    assert not (open_room.folder / "interviews").exists()


def test_an_interview_killed_at_once_does_not_block_a_later_one(open_room, tmp_path):
    """It has no open round. `--new` ends it, and the comparison of all three interviews includes it."""
    first = Room.create(tmp_path, open_room.track, minutes=45, seed=4)
    open_room.journal.add(60.0, "end", why="asked")
    run("--new")
    first, second = [room for room in rooms(tmp_path, open_room.track) if room.folder != open_room.folder]
    assert first.interview.ended == "asked"
    second.journal.add(60.0, "end", why="asked")
    assert run().count(" no hire ") == 3
