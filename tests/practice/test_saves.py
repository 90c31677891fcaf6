"""Saves and what is told of them: at once, after each save, and no verdict on what is no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlkata.practice.checking import Practice
from mlkata.practice.saves import Event, Judged, Refused, Saves, Started
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Status

HANGS = """\
def halve(X):
    while True:
        pass
"""


@pytest.fixture
def saves(workspace: Workspace, track: Track, file: Path) -> Iterator[Saves]:
    """The saves of a fresh workspace's file, which holds stubs."""
    with Practice(workspace, track) as practice, Saves(practice, 0.01) as found:
        yield found


def until_whole(told: Iterator[Event]) -> list[Event]:
    """Collect what is told up to a verdict that is final."""
    found: list[Event] = []
    for one in told:
        found.append(one)
        if isinstance(one, Refused) or (isinstance(one, Judged) and one.whole):
            return found
    raise AssertionError("it has ended")


def test_it_judges_at_once_and_at_every_save(saves: Saves, file: Path, right: str) -> None:
    """The stub is unsolved, what is saved passes, and the round that follows is open."""
    told = iter(saves)
    started, first, whole = until_whole(told)
    assert isinstance(started, Started)
    assert isinstance(first, Judged)
    assert isinstance(whole, Judged)
    assert (first.whole, whole.whole) == (False, True)
    assert whole.report.status is Status.UNSOLVED
    file.write_text(right, encoding="utf-8")
    passed = until_whole(told)[-1]
    assert isinstance(passed, Judged)
    assert passed.report.status is Status.PASS
    assert [one.id for one in passed.opened] == ["minikata.2"]


def test_a_save_supersedes_the_one_before(saves: Saves, file: Path, right: str) -> None:
    """A file that hangs gets no verdict once another is saved: nobody waits for its time limit."""
    told = iter(saves)
    until_whole(told)
    file.write_text(HANGS, encoding="utf-8")
    assert isinstance(next(told), Started)
    time.sleep(0.3)  # until it hangs
    file.write_text(right, encoding="utf-8")
    found = until_whole(told)
    assert [type(one) for one in found] == [Started, Judged, Judged]
    assert isinstance(found[-1], Judged)
    assert found[-1].report.status is Status.PASS


def test_what_cannot_be_judged_is_told(saves: Saves, file: Path) -> None:
    """A function twice is a line, not the end."""
    told = iter(saves)
    until_whole(told)
    file.write_text("def halve(X): return X\ndef halve(X): return X / 2\n", encoding="utf-8")
    refused = until_whole(told)[-1]
    assert isinstance(refused, Refused)
    assert "halve is defined twice" in refused.reason


def test_a_fault_of_the_kit_is_raised_where_it_is_heard(
    saves: Saves, monkeypatch: pytest.MonkeyPatch, workspace: Workspace, file: Path
) -> None:
    """It ends the iteration loudly."""

    def fault(report: object) -> None:
        raise RuntimeError("fault")

    monkeypatch.setattr(workspace, "record", fault)
    file.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="fault"):
        list(saves)


def test_the_end_ends_the_iteration(workspace: Workspace, track: Track) -> None:
    """And the threads, even while a file hangs."""
    workspace.file("minikata").write_text(HANGS, encoding="utf-8")
    with Practice(workspace, track) as practice, Saves(practice, 0.01) as saves:
        told = iter(saves)
        assert isinstance(next(told), Started)
    assert list(told) == []
    assert not any(one.is_alive() for one in saves._threads)
