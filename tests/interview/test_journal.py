"""The lines of a journal add up to the state of the interview, whatever else is in the file."""

from __future__ import annotations

import pytest
from mlkata.interview.journal import InterviewJournal
from mlkata.tracks.model import KataError


def add_first_round(journal):
    """Add the lines of a round with two questions, a hint, and two looks (`check`), after which it passes.

    A look has the numbers of passing and of all checks; a claim is about time and memory.
    """
    journal.add(0.0, "open", round="toy.1")
    journal.add(10.0, "ask", words="how many?", topics=["1/size"])
    journal.add(20.0, "ask", words="why?", topics=[])
    journal.add(30.0, "hint", round="toy.1", number=1)
    journal.add(40.0, "look", rounds={"toy.1": [1, 3]}, missed=["1/again"])
    journal.add(50.0, "look", rounds={"toy.1": [3, 3]}, missed=[])
    journal.add(50.0, "pass", round="toy.1")
    journal.add(60.0, "claim", round="toy.1", said="n, 1")
    journal.add(61.0, "open", round="toy.2")
    journal.add(80.0, "tick")


def test_the_lines_add_up_to_the_interview(journal):
    """Reading the file gives the same state as writing it."""
    add_first_round(journal)
    for interview in (journal.interview, InterviewJournal.read(journal.path).interview):
        assert interview.passed == {"toy.1"}
        assert interview.newest == "toy.2"
        assert interview.asked == {"1/size": "how many?"}
        assert interview.unanswered == ["why?"]
        assert interview.missed == {"1/again": 40.0}
        assert (interview.rounds["toy.1"].looks, interview.rounds["toy.1"].hints) == (2, 1)
        assert (interview.seconds, interview.seconds_left) == (80.0, 20 * 60 - 80.0)  # of 20 minutes
        assert interview.claims == {"toy.1": "n, 1"}


def test_lines_of_other_versions_are_read(journal):
    """Unescaped letters and unknown fields are read; of a line of an unknown kind, only the time counts."""
    with journal.path.open("ab") as stream:
        stream.write('{"t": 5, "do": "ask", "words": "wie groß?", "topics": []}\n'.encode())
        stream.write(b'{"t": 6.5, "do": "open", "round": "toy.1", "more": [1]}\n{"t": 9, "do": "sing"}\n')
    interview = InterviewJournal.read(journal.path).interview
    assert interview.unanswered == ["wie groß?"]
    assert interview.rounds["toy.1"].opened == 6.5
    assert interview.seconds == 9.0


def test_the_other_kinds_of_line_change_the_interview(journal):
    """Reading the file gives the same state as writing it."""
    add_first_round(journal)
    journal.add(81.0, "list")
    journal.add(82.0, "measure", round="toy.1", found={"problem": "none", "seconds": 0.5})
    journal.add(83.0, "test", caught=3, of=5, rejected=["test_a"], digest=7)
    journal.add(84.0, "reply", round="toy.2", said="nobody can")
    journal.add(85.0, "end", why="asked")
    for interview in (journal.interview, InterviewJournal.read(journal.path).interview):
        assert interview.listed
        assert interview.measured == {"toy.1": {"problem": "none", "seconds": 0.5}}
        assert interview.tests == {"caught": 3, "of": 5, "rejected": ["test_a"], "digest": 7}
        assert interview.replies == {"toy.2": "nobody can"}
        assert interview.ended == "asked"


def test_an_error_of_writing_says_how_to_resume(journal, tmp_path):
    journal.path = tmp_path / "gone" / "journal.jsonl"
    with pytest.raises(KataError, match=r"cannot write .* `kata interview toy` resumes"):
        journal.add(1.0, "tick")


def test_invalid_lines_are_ignored(journal):
    """The last two are about a round that was never opened, and cut off by a kill."""
    add_first_round(journal)
    with journal.path.open("ab") as stream:
        stream.write(b'[]\nnull\n{"t": "x", "do": "tick"}\n{"t": 1, "do": "pass", "round": []}\n\xff\n')
        stream.write(b'{"t": 99, "do": "pass", "round": "toy.9"}\n{"t": 99, "do": "ti')
    assert InterviewJournal.read(journal.path).interview == journal.interview


def test_a_file_without_a_valid_first_line_is_refused(journal):
    first = journal.path.read_bytes()
    for invalid in (b"", b"{}\n", first.replace(b"2026-11-27T20", b"this evening")):
        journal.path.write_bytes(invalid)
        with pytest.raises(KataError, match="not an interview journal"):
            InterviewJournal.read(journal.path)
