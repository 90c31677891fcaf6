"""The interviewer tells commands, questions and replies apart, and goes on after each.

A stand-in judges the file: every check passes. `test_interviewer.py` has tests with real judging.
"""

from __future__ import annotations

import pytest
from mlkata.interview.clock import Clock
from mlkata.interview.interviewer import Interviewer
from mlkata.tracks.model import Report, RoundReport, Status, Verdict
from mlkata.worker.runner import Submission


class PassingJudge:
    """A stand-in for `Checking`, which judges the candidate's file: all checks pass."""

    def __init__(self, room):
        self.room = room
        self.submission = None

    def check(self, rounds):
        """Report that all checks pass. The file changes, as if the candidate saved it meanwhile."""
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
                RoundReport(
                    round_, tuple(Verdict(check, Status.PASS) for check in self.room.track.checks_of(round_))
                )
                for round_ in rounds
            ),
        )

    def refill(self):
        """Do nothing: no worker has been used."""


class Talk:
    """An interviewer with a clock that stands still, and what was printed since the last typed line.

    Nothing is measured, and the command `test` runs nothing.
    """

    def __init__(self, room, sheet):
        self.lines = []
        self.interviewer = Interviewer(
            room, sheet, PassingJudge(room), Clock(0.0, now=lambda: 0.0),
            measurer=None, show=lambda lines: self.lines.extend(map(str, lines)), test=lambda: None,
        )  # fmt: skip
        self.interviewer.begin()

    def hear(self, line):
        """Have the candidate type a line; return what the interviewer prints."""
        self.lines.clear()
        self.interviewer.hear(line)
        return "\n".join(self.lines)


@pytest.fixture
def talk(room, sheet):
    """Return a talk that has just begun."""
    return Talk(room, sheet)


def test_end_is_a_command_only_on_its_own(talk):
    """Capitals do not matter."""
    assert "I don't know 'end condition'" in talk.hear("end condition")
    assert "up to you" in talk.hear("End it when?")
    assert not talk.interviewer.end_reason
    talk.hear("END")
    assert talk.interviewer.end_reason == "asked"


def test_a_reply_may_begin_with_the_word_end(talk, monkeypatch):
    """While the interviewer waits for a reply, `end` is a command only on its own.

    It waits while it has a function `_reply`, which gets the next line.
    """
    replies = []
    monkeypatch.setattr(talk.interviewer, "_reply", replies.append)
    talk.hear("end users wait for the answer")
    assert replies == ["end users wait for the answer"]
    assert not talk.interviewer.end_reason


def test_commands_work_while_a_claim_is_expected(talk, monkeypatch):
    """The question what a function costs is answered by a formula, which no command looks like.

    After a command the formula is still expected.
    """
    replies = []
    monkeypatch.setattr(talk.interviewer, "_reply", replies.append)
    monkeypatch.setattr(talk.interviewer, "_claiming", True)
    assert "Small." in talk.hear("ask how large")  # the answer of the topic `size`
    assert replies == []
    talk.hear("n*k")
    assert replies == ["n*k"]


def test_the_file_that_was_judged_is_kept(talk, room, track):
    """What is saved while the file is judged does not get into the copy of the file that passed."""
    judged = room.file("toy").read_bytes()
    talk.hear("check")
    assert room.passed_file(track.rounds[0]).read_bytes() == judged
    assert room.interview.newest == "toy.2"


def test_a_file_that_cannot_be_read_does_not_end_the_interview(talk, room, monkeypatch):
    """The next round cannot be added to such a file; it is added after the next `check`."""
    add = room.add

    def add_after_damage(rounds):
        monkeypatch.setattr(room, "add", add)
        room.file("toy").write_bytes(b"\xff")
        add(rounds)

    monkeypatch.setattr(room, "add", add_after_damage)
    assert "kata: toy.py is not UTF-8" in talk.hear("check")
    room.file("toy").write_bytes(b"")
    assert "Round 2" in talk.hear("check")
