"""The interviewer on the miniature track: what it answers, and what it records in the journal."""

from __future__ import annotations

import pytest
from mlkata.interview.clock import Clock, clock_time
from mlkata.interview.interviewer import Interviewer
from mlkata.practice.checking import Checking


class Desk:
    """An interviewer who really judges the candidate's file, a clock set by hand, and what was printed.

    Nothing is measured, and the command `test` runs nothing.
    """

    def __init__(self, room, sheet):
        self.now = 0.0
        self.lines = []
        self.room = room
        room.add(room.track.rounds[:1])
        self.file = room.file("toy")
        self.checking = Checking(room, room.track, seed=3, replay="kata check toy --case")
        self.interviewer = Interviewer(
            room, sheet, self.checking, Clock(0.0, now=lambda: self.now),
            measurer=None, show=lambda lines: self.lines.extend(map(str, lines)), test=lambda: None,
        )  # fmt: skip

    def hear(self, line):
        """Have the candidate type a line; return what the interviewer prints."""
        self.lines.clear()
        self.interviewer.hear(line)
        return "\n".join(self.lines)


@pytest.fixture
def desk(room, sheet):
    """Yield a desk with an interview that has just begun."""
    new_desk = Desk(room, sheet)
    new_desk.interviewer.begin()
    yield new_desk
    new_desk.checking.close()


def test_an_interview_goes_from_the_first_round_to_the_last(desk, right):
    """The next round opens when the newest passes; after the last the interview is done."""
    assert "Round 1: Sums" in "\n".join(desk.lines)
    assert "not written yet: double, pair" in desk.hear("check")
    desk.file.write_text(right, encoding="utf-8")
    desk.now = 130.0  # seconds of the interview
    output = desk.hear("check")
    assert "toy.1 Sums: 3 of 3 checks pass" in output
    assert "Round 2: Counts" in output
    assert desk.interviewer.end_reason == ""
    desk.hear("check")
    assert desk.interviewer.end_reason == "done"
    interview = desk.room.interview
    assert interview.passed == {"toy.1", "toy.2"}
    assert interview.rounds["toy.1"].passed == 130.0
    assert desk.room.passed_file(desk.room.track.rounds[0]).read_text(encoding="utf-8") == right


def test_questions_lists_and_hints_are_answered(desk):
    """A line that ends with `?` needs no `ask`; any other line gets advice; a round has three hints."""
    assert "Calls know nothing" in desk.hear("may it be called twice?")
    assert "Calls know nothing" in desk.hear("ask again")
    assert "up to you" in desk.hear("ask the weather")
    # The last three are topics of every track.
    assert "again, size, shapes, example, imports" in desk.hear("ask")
    assert "ask hello there" in desk.hear("hello there")
    assert [desk.hear("hint").strip() for _ in range(3)] == ["Add.", "Add twice.", "x + x"]
    assert "no more hints" in desk.hear("hint")
    assert desk.hear("") == ""
    interview = desk.room.interview
    assert (interview.listed, interview.rounds["toy.1"].hints) == (True, 3)
    assert interview.unanswered == ["the weather"]


def test_the_interview_ends_when_its_20_minutes_are_up(desk):
    """Until then the prompt shows how much time is left."""
    desk.now = 60.0
    assert desk.interviewer.prompt == "[19:00] >"
    desk.now = 20 * 60.0
    desk.interviewer.tick()
    assert desk.interviewer.end_reason == "time"
    assert desk.room.interview.ended == "time"


def test_a_missing_file_or_one_with_a_syntax_error_does_not_end_the_interview(desk):
    desk.file.write_text("def double(x:\n", encoding="utf-8")
    assert "SyntaxError" in desk.hear("check")
    desk.file.unlink()
    assert "your file is missing" in desk.hear("check")
    assert desk.interviewer.end_reason == ""


def test_a_course_with_hints_off_has_none_in_interviews(desk):
    (desk.room.base / "course.toml").write_text('rounds = ["toy.1"]\nhints = false\n', encoding="utf-8")
    assert "hints off" in desk.hear("hint")
    assert desk.room.interview.rounds["toy.1"].hints == 0


def test_the_clock_continues_and_can_be_paused():
    """A clock that begins at 10 seconds runs for 5, is paused until 100, and runs for 1 more."""
    now = 0.0
    clock = Clock(10.0, now=lambda: now)
    now = 5.0
    with clock.paused():
        now = 100.0
        assert clock.seconds == 15.0
    now = 101.0
    assert clock.seconds == 16.0


def test_a_time_is_shown_in_minutes_and_seconds():
    assert (clock_time(0.2), clock_time(61), clock_time(-3)) == ("0:00", "1:01", "0:00")
