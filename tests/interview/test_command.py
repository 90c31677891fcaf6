"""`kata interview` resumes interviews that were killed or whose files are missing.

The command gets no input here, so an interview is paused as soon as it has begun or resumed.
"""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from mlkata.cli.main import cli
from mlkata.interview.room import Room, rooms
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


@pytest.fixture
def open_room(tmp_path, monkeypatch):
    """Return the room of an unfinished interview on k-means; its first round is open."""
    monkeypatch.chdir(tmp_path)
    track = catalogue.get("kmeans")
    room = Room.create(tmp_path, track, minutes=45, seed=3)
    room.add(track.rounds[:1])
    room.journal.add(0.0, "open", round="kmeans.1")
    return room


def run(*options):
    """Run `kata interview kmeans`, which must succeed; return its output."""
    result = CliRunner().invoke(cli, ["interview", "kmeans", *options], catch_exceptions=False)
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
    """The new file has the functions of all open rounds, and the interview goes on."""
    file = open_room.file("kmeans")
    open_room.journal.add(1.0, "open", round="kmeans.2")
    file.unlink()
    output = " ".join(run().split())
    assert f"your file was missing: {file}" in output
    assert "resumes" in output
    text = file.read_text(encoding="utf-8")
    assert "def assign" in text
    assert "def relocate_empty" in text


@pytest.mark.parametrize("options", [(), ("--new",)])
def test_an_interview_that_runs_in_another_terminal_stays_as_it_is(open_room, options):
    """A second command neither resumes nor, with `--new`, ends it."""
    before = open_room.journal.path.read_bytes()
    with open_room.locked(), pytest.raises(KataError, match="running in another terminal"):
        CliRunner().invoke(cli, ["interview", "kmeans", *options], catch_exceptions=False)
    assert open_room.journal.path.read_bytes() == before


def test_an_interview_is_resumed_from_inside_its_folder(open_room, monkeypatch):
    """The command does not begin a second interview there."""
    monkeypatch.chdir(open_room.folder)
    assert "resumed with" in run()
    assert not (open_room.folder / "interviews").exists()


def test_an_interview_killed_before_its_first_round_does_not_block_a_later_one(open_room, tmp_path):
    """`--new` ends it and begins another one. The last scorecard compares all three interviews."""
    Room.create(tmp_path, open_room.track, minutes=45, seed=4)  # the one that was killed
    open_room.journal.add(60.0, "end", why="asked")
    run("--new")
    killed, last = [room for room in rooms(tmp_path, open_room.track) if room.folder != open_room.folder]
    assert killed.interview.ended == "asked"
    last.journal.add(60.0, "end", why="asked")
    assert run().count(" no hire ") == 3
