"""An interview of the miniature track, for tests: its topics, a new interview, its folder and its journal.

The miniature track `toy` has two rounds of tiny functions. A topic is something that a task leaves open:
`again` and `empty` have a check that depends on the answer, `size` has none.
"""

from __future__ import annotations

import shutil

import pytest
from mlkata.interview import sheet as sheets
from mlkata.interview.journal import Interview, InterviewJournal
from mlkata.interview.room import Room
from mlkata.tracks import catalogue
from support import MINIATURE

TOML = """\
[round.1]
prompt = "Write `double` and `pair`."

[[round.1.topic]]
name = "again"
words = ["twice", "again"]
answer = "Calls know nothing of each other."
checks = ["double/again"]

[[round.1.topic]]
name = "size"
words = ["large", "many"]
answer = "Small."

[round.2]
prompt = "Now `total`, `draw` and `root`."

[[round.2.topic]]
name = "empty"
words = ["empty", "no", "many"]
answer = "ValueError."
checks = ["total/empty"]
"""


@pytest.fixture(scope="session")
def track(tmp_path_factory):
    """Return the miniature track `toy`, with an interview."""
    root = tmp_path_factory.mktemp("track")
    for part in ("exercises", "solutions"):
        shutil.copytree(MINIATURE / part / "toy", root / part / "toy")
    (root / "exercises" / "toy" / "interview.toml").write_text(TOML, encoding="utf-8")
    return catalogue.read(root / "exercises" / "toy")


@pytest.fixture(scope="session")
def right(track):
    """Return the source of a file that passes every check."""
    return (track.solutions / "reference.py").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sheet(track):
    """Return the sheet of the track's interview: its topics, with words, answers and checks."""
    return sheets.read(track)


@pytest.fixture
def interview():
    """Return the state of an interview that has just begun."""
    return Interview("toy", minutes=20, seed=3, began="2026-11-27T20:00:00+01:00")


@pytest.fixture
def room(tmp_path, track):
    """Return the room, i.e. the folder with the candidate's files, of an interview of 20 minutes."""
    return Room.create(tmp_path, track, minutes=20, seed=3)


@pytest.fixture
def journal(tmp_path, interview):
    """Return the journal of the interview, without any event."""
    return InterviewJournal.begin(tmp_path / "journal.jsonl", interview)
