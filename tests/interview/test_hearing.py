"""The interviewer understands typed lines. The file is never really judged: every check passes."""

from __future__ import annotations

import pytest
from mlkata.interview.clock import Clock
from mlkata.interview.interviewer import Interviewer
from mlkata.tracks.model import Report, RoundReport, Status, Verdict
from mlkata.worker.runner import Submission


class PassingJudge:
    """A stand-in for judging: all checks pass."""

    def __init__(self, room):
        self.room = room
        self.submission = None

    def check(self, rounds):
        """Pass every check, after changing the file, as if it had been saved meanwhile."""
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
                RoundReport(round_, tuple(Verdict(c, Status.PASS) for c in self.room.track.checks_of(round_)))
                for round_ in rounds
            ),
        )

    def refill(self):
        """Do nothing: no worker has been used."""


class Talk:
    """An interviewer, and the lines that it printed."""

    def __init__(self, room, sheet):
        self.lines = []
        self.interviewer = Interviewer(
            room, sheet, PassingJudge(room), Clock(0.0, now=lambda: 0.0),
            measurer=None, show=lambda lines: self.lines.extend(map(str, lines)), test=lambda: None,
        )  # fmt: skip
        self.interviewer.begin()

    def hear(self, line):
        """Type a line; return what the interviewer prints."""
        self.lines.clear()
        self.interviewer.hear(line)
        return "\n".join(self.lines)


@pytest.fixture
def talk(room, sheet):
    """Return a talk that has just begun."""
    return Talk(room, sheet)


def test_a_line_that_begins_like_a_command_is_not_one(talk):
    """`end` and `pause` are commands only on their own, in capitals, too."""
    assert "I don't know 'end condition'" in talk.hear("end condition")
    assert "up to you" in talk.hear("End it when?")
    assert not talk.interviewer.end_reason
    talk.hear("END")
    assert talk.interviewer.end_reason == "asked"


def test_a_reply_may_begin_like_a_command(talk, monkeypatch):
    """With more words after it, `end` is not a command."""
    replies = []
    monkeypatch.setattr(talk.interviewer, "_reply", replies.append)
    talk.hear("end users wait for the answer")
    assert replies == ["end users wait for the answer"]
    assert not talk.interviewer.end_reason


def test_commands_work_while_a_claim_is_expected(talk, monkeypatch):
    """A claim such as `n*k` cannot be mistaken for one; after a command the claim is still expected."""
    replies = []
    monkeypatch.setattr(talk.interviewer, "_reply", replies.append)
    monkeypatch.setattr(talk.interviewer, "_claiming", True)
    assert "Small." in talk.hear("ask how large")
    assert replies == []
    talk.hear("n*k")
    assert replies == ["n*k"]


def test_the_file_that_was_judged_is_kept(talk, room, track):
    """A save during judging changes nothing. The copy of the judged file precedes the journal's entry."""
    judged = room.file("toy").read_bytes()
    talk.hear("check")
    assert room.passed_file(track.rounds[0]).read_bytes() == judged
    assert room.interview.newest == "toy.2"


def test_an_unreadable_file_does_not_end_the_interview(talk, room, monkeypatch):
    """The next round opens with the next check that can read the file."""
    add = room.add

    def add_after_damage(rounds):
        monkeypatch.setattr(room, "add", add)
        room.file("toy").write_bytes(b"\xff")
        add(rounds)

    monkeypatch.setattr(room, "add", add_after_damage)
    assert "kata: toy.py is not UTF-8" in talk.hear("check")
    room.file("toy").write_bytes(b"")
    assert "Round 2" in talk.hear("check")
