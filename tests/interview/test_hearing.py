"""What the interviewer makes of a line that is typed, with looks at the file that always find it right."""

from __future__ import annotations

import pytest
from mlkata.interview.clock import Clock
from mlkata.interview.interviewer import Interviewer
from mlkata.tracks.model import Report, RoundReport, Status, Verdict
from mlkata.worker.runner import Submission


class Looking:
    """Judges nothing: all checks pass."""

    def __init__(self, room):
        self.room = room
        self.submission = None

    def check(self, rounds):
        """Pass, and let somebody save something else meanwhile."""
        file = self.room.file("toy")
        self.submission = Submission("toy.py", file.read_bytes())
        file.write_bytes(file.read_bytes() + b"# saved meanwhile\n")
        return Report(
            track="toy",
            submission="toy.py",
            seed=3,
            isolation="subprocess",
            seconds=0.0,
            rounds=tuple(
                RoundReport(one, tuple(Verdict(c, Status.PASS) for c in self.room.track.checks_of(one)))
                for one in rounds
            ),
        )

    def refill(self):
        """Nothing has been used up."""


class Talk:
    """An interviewer, and what was said."""

    def __init__(self, room, sheet):
        self.said = []
        self.interviewer = Interviewer(
            room, sheet, Looking(room), Clock(0.0, now=lambda: 0.0),
            measurer=None, show=lambda lines: self.said.extend(map(str, lines)), test=lambda: None,
        )  # fmt: skip
        self.interviewer.begin()

    def hear(self, line):
        """Type a line; give what was said to it."""
        self.said.clear()
        self.interviewer.hear(line)
        return "\n".join(self.said)


@pytest.fixture
def talk(room, sheet):
    """One that has just begun."""
    return Talk(room, sheet)


def test_words_that_begin_like_a_command_end_nothing(talk):
    """`end` and `pause` stand alone, in capitals, too."""
    assert "I don't know 'end condition'" in talk.hear("end condition")
    assert "up to you" in talk.hear("End it when?")
    assert not talk.interviewer.end_reason
    talk.hear("END")
    assert talk.interviewer.end_reason == "asked"


def test_a_reply_may_begin_like_a_command(talk, monkeypatch):
    """It is no command, as long as there are words behind it."""
    heard = []
    monkeypatch.setattr(talk.interviewer, "_reply", heard.append)
    talk.hear("end users wait for the answer")
    assert heard == ["end users wait for the answer"]
    assert not talk.interviewer.end_reason


def test_while_a_claim_is_asked_for_commands_are_heard(talk, monkeypatch):
    """No formula begins like one; the claim is asked for still."""
    heard = []
    monkeypatch.setattr(talk.interviewer, "_reply", heard.append)
    monkeypatch.setattr(talk.interviewer, "_claiming", True)
    assert "Small." in talk.hear("ask how large")
    assert heard == []
    talk.hear("n*k")
    assert heard == ["n*k"]


def test_what_is_kept_is_what_was_judged(talk, room, track):
    """Whatever is saved while the kit looks; and it is there before the journal says so."""
    judged = room.file("toy").read_bytes()
    talk.hear("check")
    assert room.passed_file(track.rounds[0]).read_bytes() == judged
    assert room.interview.newest == "toy.2"


def test_a_file_that_cannot_be_read_stops_nothing(talk, room, monkeypatch):
    """The next round opens with the next check, once it can."""
    add = room.add

    def refused(rounds):
        monkeypatch.setattr(room, "add", add)
        room.file("toy").write_bytes(b"\xff")
        add(rounds)

    monkeypatch.setattr(room, "add", refused)
    assert "kata: toy.py is not UTF-8" in talk.hear("check")
    room.file("toy").write_bytes(b"")
    assert "Round 2" in talk.hear("check")
