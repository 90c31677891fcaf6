"""Events of saves: one at once, one after each save, and no verdict on a superseded file."""

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
    """Yield the saves of a fresh workspace's file, which has stubs."""
    with Practice(workspace, track) as practice, Saves(practice, 0.01) as opened:
        yield opened


def until_whole(events: Iterator[Event]) -> list[Event]:
    """Return the events up to a final verdict."""
    collected: list[Event] = []
    for event in events:
        collected.append(event)
        if isinstance(event, Refused) or (isinstance(event, Judged) and event.finished):
            return collected
    raise AssertionError("it has ended")


def test_the_file_is_judged_at_once_and_at_every_save(saves: Saves, file: Path, right_solution: str) -> None:
    """The stub is unsolved, the saved solution passes, and the next round opens."""
    events = iter(saves)
    started, first, whole = until_whole(events)
    assert isinstance(started, Started)
    assert isinstance(first, Judged)
    assert isinstance(whole, Judged)
    assert (first.finished, whole.finished) == (False, True)
    assert whole.report.status is Status.UNSOLVED
    file.write_text(right_solution, encoding="utf-8")
    passed = until_whole(events)[-1]
    assert isinstance(passed, Judged)
    assert passed.report.status is Status.PASS
    assert [round_.id for round_ in passed.opened] == ["minikata.2"]


def test_a_save_supersedes_the_one_before(saves: Saves, file: Path, right_solution: str) -> None:
    """A hanging file gets no verdict after another save, which does not wait for the time limit."""
    events = iter(saves)
    until_whole(events)
    file.write_text(HANGS, encoding="utf-8")
    assert isinstance(next(events), Started)
    time.sleep(0.3)  # so that it hangs by then
    file.write_text(right_solution, encoding="utf-8")
    collected = until_whole(events)
    assert [type(event) for event in collected] == [Started, Judged, Judged]
    assert isinstance(collected[-1], Judged)
    assert collected[-1].report.status is Status.PASS


def test_a_file_that_cannot_be_judged_is_refused(saves: Saves, file: Path) -> None:
    """A function defined twice is one line, and watching goes on."""
    events = iter(saves)
    until_whole(events)
    file.write_text("def halve(X): return X\ndef halve(X): return X / 2\n", encoding="utf-8")
    refused = until_whole(events)[-1]
    assert isinstance(refused, Refused)
    assert "halve is defined twice" in refused.reason


def test_a_fault_of_the_kit_is_raised_by_the_iteration(
    saves: Saves, monkeypatch: pytest.MonkeyPatch, workspace: Workspace, file: Path
) -> None:

    def fault(report: object) -> None:
        raise RuntimeError("fault")

    monkeypatch.setattr(workspace, "record", fault)
    file.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="fault"):
        list(saves)


def test_closing_ends_the_iteration(workspace: Workspace, track: Track) -> None:
    """It ends the threads too, even while a file hangs."""
    workspace.file("minikata").write_text(HANGS, encoding="utf-8")
    with Practice(workspace, track) as practice, Saves(practice, 0.01) as saves:
        events = iter(saves)
        assert isinstance(next(events), Started)
    assert list(events) == []
    assert not any(thread.is_alive() for thread in saves._threads)
