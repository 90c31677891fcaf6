"""The journal has one line for each judgement of the candidate's file, and reads them back."""

from __future__ import annotations

from pathlib import Path

from mlkata.practice.checking import Practice
from mlkata.practice.judgements import Judgement, PracticeJournal
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track


def judgement(
    *, at: str = "2026-11-20T20:00:00+01:00", track: str = "toy", seconds: float = 60.0
) -> Judgement:
    """Return a judgement in which one of two checks passed, and no failure was shown."""
    return Judgement(at=at, track=track, round="toy.1", seconds=seconds, passing=1, checks=2, failure="")


def test_added_judgements_are_read_in_order(tmp_path: Path) -> None:
    """The order is that of time, whatever the time zone and whichever terminal wrote first."""
    journal = PracticeJournal(tmp_path)
    assert journal.judgements() == []
    late = judgement(at="2026-11-20T20:00:00+01:00")
    early = judgement(at="2026-11-20T18:59:59+00:00")  # one second earlier
    journal.add(late)
    journal.add(early)
    assert journal.judgements() == [early, late]


def test_lines_that_are_no_judgement_are_ignored(tmp_path: Path) -> None:
    """Such a line may come from a crash or an edit."""
    journal = PracticeJournal(tmp_path)
    valid = judgement()
    journal.add(valid)
    bad = ["{", "[]", "null", '{"at": 3}']  # not JSON, not an object, fields missing
    rest = '"track": "", "passing": 0, "checks": 0, "failure": ""'
    bad += [f'{{"at": "2026-11-20T20:00:00", "round": "", "seconds": 1, {rest}}}']  # no offset from UTC
    bad += [f'{{"at": "2026-11-20T20:00:00Z", "round": [], "seconds": 1, {rest}}}']  # the round is no text
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write("\n".join(bad))
    assert journal.judgements() == [valid]


def test_lines_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """The earlier version wrote letters unescaped and seconds as whole numbers; new lines are added below."""
    journal = PracticeJournal(tmp_path)
    line = (
        '{"at": "2026-11-20T20:00:00+01:00", "track": "größe", "round": "toy.1", "seconds": 17, '
        '"passing": 1, "checks": 2, "failure": ""}\n'
    )
    journal.path.write_text(line, encoding="utf-8")
    old = judgement(track="größe", seconds=17.0)
    assert journal.judgements() == [old]
    journal.add(old)
    assert journal.judgements() == [old, old]


def test_recording_a_report_adds_a_judgement(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """It has the round that was worked on, the numbers of checks, and the failure that was shown."""
    with Practice(workspace, track) as practice:
        wrong = "def halve(X):\n    return X * 2\n"  # right for zeros only: one of two checks passes
        for text in (wrong, right_solution):
            file.write_text(text, encoding="utf-8")
            workspace.record(practice.check(workspace.opened(track.name)))
            practice.refill()
    first, second = workspace.judgements()
    assert (first.round, first.failure) == ("minikata.1", "minikata.1/halve/small")
    assert (first.passing, first.checks) == (1, 2)
    assert (second.round, second.passing, second.failure) == ("minikata.1", 2, "")
