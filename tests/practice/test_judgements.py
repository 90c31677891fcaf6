"""A line for each judgement, that nothing takes away."""

from __future__ import annotations

from pathlib import Path

from mlkata.practice.checking import Practice
from mlkata.practice.judgements import Judgement, PracticeJournal
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track


def test_what_is_added_is_read(tmp_path: Path) -> None:
    """In the order of time, whichever terminal wrote first."""
    journal = PracticeJournal(tmp_path)
    assert journal.judgements() == []
    late = Judgement("2026-11-20T20:00:00+01:00", "toy", "toy.1", 60.0, 1, 2, "")
    early = Judgement("2026-11-20T18:59:59+00:00", "toy", "toy.1", 0.5, 0, 2, "toy.1/double/small")
    journal.add(late)
    journal.add(early)
    assert journal.judgements() == [early, late]


def test_spoilt_lines_are_left_out(tmp_path: Path) -> None:
    """A crash cuts the last one, a hand writes nonsense: the rest is still there."""
    journal = PracticeJournal(tmp_path)
    one = Judgement("2026-11-20T20:00:00+01:00", "toy", "toy.1", 60.0, 1, 2, "")
    journal.add(one)
    bad = ["{", "[]", "null", '{"at": 3}', "\x00\xff", "[" * 100_000]
    rest = '"track": "", "passing": 0, "checks": 0, "failure": ""'
    bad += [f'{{"at": "2026-11-20T20:00:00", "round": "", "seconds": 1, {rest}}}']
    bad += [f'{{"at": "2026-11-20T20:00:00Z", "round": [], "seconds": 1, {rest}}}']
    journal.path.write_bytes(journal.path.read_bytes() + "\n".join(bad).encode("latin-1"))
    assert journal.judgements() == [one]


def test_lines_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """It wrote letters as they are, and seconds that may be whole; new lines stand beside them."""
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


def test_a_line_that_was_cut_off_takes_no_other_along(tmp_path: Path) -> None:
    """What comes after a crash begins on a line of its own."""
    journal = PracticeJournal(tmp_path)
    one = Judgement("2026-11-20T20:00:00+01:00", "toy", "toy.1", 60.0, 1, 2, "")
    journal.add(one)
    journal.path.write_bytes(journal.path.read_bytes() + b'{"at": "2026')
    journal.add(one)
    assert journal.judgements() == [one, one]


def test_each_judgement_is_a_line(workspace: Workspace, track: Track, file: Path, right: str) -> None:
    """With the round that was worked on, and the failure that was shown."""
    with Practice(workspace, track) as practice:
        for text in ("def halve(X):\n    return X * 2\n", right):
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
