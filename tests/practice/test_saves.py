"""Events of `kata watch`: verdicts at once and after each save, but none on a file that was saved again."""

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
from pathlib import Path


def halve(X):
    Path({marker!r}).touch()
    while True:
        pass
"""
"""A submission that creates a file, so that the test knows when it runs, and never returns."""
DEADLINE = 300
"""Seconds within which even a busy machine starts a worker."""


@pytest.fixture
def saves(workspace: Workspace, track: Track, file: Path) -> Iterator[Saves]:
    """Yield the saves of a fresh workspace's file, which has stubs."""
    with Practice(workspace, track) as practice, Saves(practice, interval=0.01) as opened:
        yield opened


def until_finished(events: Iterator[Event]) -> list[Event]:
    """Return the events of one save: up to its last verdicts, or up to its refusal."""
    collected: list[Event] = []
    for event in events:
        collected.append(event)
        if isinstance(event, Refused) or (isinstance(event, Judged) and event.finished):
            return collected
    raise AssertionError("the iteration has ended before the save was judged")


def test_the_file_is_judged_at_once_and_at_every_save(saves: Saves, file: Path, right_solution: str) -> None:
    """The stub is unsolved, the saved solution passes, and the next round opens."""
    events = iter(saves)
    # `second` comes after the search for a smaller failing input; a stub has no failing input.
    started, first, second = until_finished(events)
    assert isinstance(started, Started)
    assert isinstance(first, Judged)
    assert isinstance(second, Judged)
    assert (first.finished, second.finished) == (False, True)
    assert second.report.status is Status.UNSOLVED
    file.write_text(right_solution, encoding="utf-8")
    passed = until_finished(events)[-1]
    assert isinstance(passed, Judged)
    assert passed.report.status is Status.PASS
    assert [round_.id for round_ in passed.opened] == ["minikata.2"]


def test_a_save_supersedes_the_one_before(
    saves: Saves, file: Path, right_solution: str, tmp_path: Path
) -> None:
    """A file that never returns gets no verdict if it is saved again while it runs."""
    events = iter(saves)
    until_finished(events)
    marker = tmp_path / "running"
    file.write_text(HANGS.format(marker=str(marker)), encoding="utf-8")
    assert isinstance(next(events), Started)
    deadline = time.monotonic() + DEADLINE
    while not marker.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    file.write_text(right_solution, encoding="utf-8")
    collected = until_finished(events)
    assert [type(event) for event in collected] == [Started, Judged, Judged]
    assert isinstance(collected[-1], Judged)
    assert collected[-1].report.status is Status.PASS


def test_a_file_that_cannot_be_judged_is_refused(saves: Saves, file: Path) -> None:
    """A function that is defined twice is refused with a reason; the watch goes on."""
    events = iter(saves)
    until_finished(events)
    file.write_text("def halve(X): return X\ndef halve(X): return X / 2\n", encoding="utf-8")
    refused = until_finished(events)[-1]
    assert isinstance(refused, Refused)
    assert "halve is defined twice" in refused.reason


def test_a_fault_of_the_kit_is_raised_by_the_iteration(
    saves: Saves, monkeypatch: pytest.MonkeyPatch, workspace: Workspace, file: Path
) -> None:
    """Files are judged in a thread, where an exception would otherwise be lost."""

    def fault(report: object) -> None:
        raise RuntimeError("fault")

    monkeypatch.setattr(workspace, "record", fault)
    file.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="fault"):
        list(saves)


def test_closing_ends_the_iteration(workspace: Workspace, track: Track, tmp_path: Path) -> None:
    """The threads end too, even if the file that is being judged never returns."""
    hangs = HANGS.format(marker=str(tmp_path / "running"))
    workspace.file("minikata").write_text(hangs, encoding="utf-8")
    with Practice(workspace, track) as practice, Saves(practice, interval=0.01) as saves:
        events = iter(saves)
        assert isinstance(next(events), Started)
    assert list(events) == []
    assert not any(thread.is_alive() for thread in saves._threads)
