"""`kata interview`, where what it goes on with is not as it was left. Nobody types: it is left at once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from mlkata.cli.main import cli
from mlkata.interview.room import Room, rooms
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


@pytest.fixture
def left(tmp_path, monkeypatch):
    """A room of an interview in which the first round is open."""
    monkeypatch.chdir(tmp_path)
    track = catalogue.get("kmeans")
    room = Room.create(tmp_path, track, minutes=45, seed=3)
    room.add(track.rounds[:1])
    room.journal.add(0.0, "open", round="kmeans.1")
    return room


def run(*more):
    """Run the command; give what it says."""
    result = CliRunner().invoke(cli, ["interview", "kmeans", *more], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_scorecard_that_was_cut_off_is_written(left, tmp_path):
    """It was killed after its end: the next call has the scorecard, and begins nothing."""
    left.journal.add(60.0, "end", why="asked")
    said = run()
    assert "cut off before its scorecard" in said
    assert "no hire: 0%" in said
    assert left.scorecard.is_file()
    assert len(list(rooms(tmp_path, left.track))) == 1


def test_a_file_that_is_gone_is_made_anew(left):
    """With the names of all open rounds; it is said, and the interview goes on."""
    file = left.file("kmeans")
    left.journal.add(1.0, "open", round="kmeans.2")
    file.unlink()
    said = " ".join(run().split())
    assert f"your file was missing: {file}" in said
    assert "resumes" in said
    text = file.read_text(encoding="utf-8")
    assert "def assign" in text
    assert "def relocate_empty" in text


@pytest.mark.parametrize("more", [(), ("--new",)])
def test_two_terminals_do_not_hold_one_interview(left, more):
    """Neither goes on with it nor ends it while the other is there."""
    before = left.journal.path.read_bytes()
    with left.locked(), pytest.raises(KataError, match="held in another terminal"):
        CliRunner().invoke(cli, ["interview", "kmeans", *more], catch_exceptions=False)
    assert left.journal.path.read_bytes() == before


def test_it_goes_on_from_inside_its_folder(left, monkeypatch):
    """Where the file lies that is being edited; no second one begins in there."""
    monkeypatch.chdir(left.folder)
    assert "resumed with" in run()
    assert not (left.folder / "interviews").exists()


def test_one_that_was_killed_at_once_stops_no_later_one(left, tmp_path):
    """No round was open yet: `--new` ends it, and it is compared."""
    first = Room.create(tmp_path, left.track, minutes=45, seed=4)
    left.journal.add(60.0, "end", why="asked")
    run("--new")
    first, second = [one for one in rooms(tmp_path, left.track) if one.folder != left.folder]
    assert first.interview.ended == "asked"
    second.journal.add(60.0, "end", why="asked")
    assert run().count(" no hire ") == 3
