"""The journal has one line for each judgement of the candidate's file, and reads them back."""

from __future__ import annotations

from pathlib import Path

from mlkata.practice.checking import Practice
from mlkata.practice.judgements import Judgement, PracticeJournal
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track


def test_added_judgements_are_read_in_order(tmp_path: Path) -> None:
    """The order is that of time, whichever terminal wrote first."""
    journal = PracticeJournal(tmp_path)
    assert journal.judgements() == []
    late = Judgement("2026-11-20T20:00:00+01:00", "toy", "toy.1", 60.0, 1, 2, "")
    early = Judgement("2026-11-20T18:59:59+00:00", "toy", "toy.1", 0.5, 0, 2, "toy.1/double/small")
    journal.add(late)
    journal.add(early)
    assert journal.judgements() == [early, late]


def test_lines_that_are_no_judgement_are_ignored(tmp_path: Path) -> None:
    """Such a line may come from a crash or an edit: a wrong type, a time without offset, a missing field."""
    journal = PracticeJournal(tmp_path)
    judgement = Judgement("2026-11-20T20:00:00+01:00", "toy", "toy.1", 60.0, 1, 2, "")
    journal.add(judgement)
    bad = ["{", "[]", "null", '{"at": 3}']
    rest = '"track": "", "passing": 0, "checks": 0, "failure": ""'
    bad += [f'{{"at": "2026-11-20T20:00:00", "round": "", "seconds": 1, {rest}}}']
    bad += [f'{{"at": "2026-11-20T20:00:00Z", "round": [], "seconds": 1, {rest}}}']
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write("\n".join(bad))
    assert journal.judgements() == [judgement]


def test_lines_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """The earlier version wrote letters unescaped and seconds as whole numbers; new lines are added below."""
    journal = PracticeJournal(tmp_path)
    line = (
        '{"at": "2026-11-20T20:00:00+01:00", "track": "größe", "round": "", "seconds": 17, '
        '"passing": 1, "checks": 2, "failure": ""}\n'
    )
    journal.path.write_text(line, encoding="utf-8")
    old = Judgement("2026-11-20T20:00:00+01:00", "größe", "", 17.0, 1, 2, "")
    assert journal.judgements() == [old]
    journal.add(old)
    assert journal.judgements() == [old, old]


def test_recording_a_report_adds_a_judgement(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """It has the round that was worked on, the numbers of checks, and the failure that was shown."""
    with Practice(workspace, track) as practice:
        for text in ("def halve(X):\n    return X * 2\n", right_solution):
            file.write_text(text, encoding="utf-8")
            workspace.record(practice.check(workspace.opened(track.name)))
            practice.refill()
    first, second = workspace.judgements()
    assert (first.round, first.passing, first.checks, first.failure) == (
        "minikata.1",
        1,
        2,
        "minikata.1/halve/small",
    )
    assert (second.round, second.passing, second.failure) == ("minikata.1", 2, "")
