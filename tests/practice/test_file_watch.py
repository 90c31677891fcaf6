"""Watching files: every way in which editors save is noticed, once.

The watch polls the files and sleeps in between. The tests replace the sleep by changes to the files, so that
no test depends on time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mlkata.practice.file_watch import changes


@pytest.fixture
def while_waiting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Return a function `while_waiting(*actions)`: the watch's next sleeps run one action each instead.

    It returns the list to which the seconds of each sleep are added.
    """

    def replace_sleeps(*actions: Callable[[], object]) -> list[float]:
        sleeps: list[float] = []

        def sleep(seconds: float) -> None:
            if len(sleeps) < len(actions):
                actions[len(sleeps)]()
            assert len(sleeps) < 100, "the change has not been noticed"
            sleeps.append(seconds)

        monkeypatch.setattr(time, "sleep", sleep)
        return sleeps

    return replace_sleeps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file to watch."""
    path = tmp_path / "a.py"
    path.write_text("1", encoding="utf-8")
    return path


def test_all_paths_are_yielded_at_once(path: Path) -> None:
    """Nothing has to change first."""
    assert next(changes([path])) == [path]


def test_a_write_and_a_touch_are_noticed(path: Path, while_waiting: Callable[..., list[float]]) -> None:
    """New content counts, and so does a new time alone."""
    batches = changes([path], interval=0.01)
    next(batches)
    while_waiting(lambda: path.write_text("22", encoding="utf-8"))
    assert next(batches) == [path]
    while_waiting(lambda: os.utime(path, (1, 1)))
    assert next(batches) == [path]


def test_replace_by_rename_is_noticed(
    path: Path, tmp_path: Path, while_waiting: Callable[..., list[float]]
) -> None:
    """The new file may have the size and the time of the old one: only its inode differs."""
    batches = changes([path], interval=0.01)
    next(batches)
    new = tmp_path / "new"
    new.write_text("2", encoding="utf-8")
    stat = path.stat()
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    while_waiting(lambda: new.replace(path))
    assert next(batches) == [path]


def test_a_deleted_file_counts_when_it_is_back(path: Path, while_waiting: Callable[..., list[float]]) -> None:
    """Some editors delete a file, then write it: the watch looks once while it is missing."""
    batches = changes([path], interval=0.01)
    next(batches)
    while_waiting(path.unlink, lambda: path.write_text("new", encoding="utf-8"))
    assert next(batches) == [path]
    assert path.read_text(encoding="utf-8") == "new"


def test_truncate_then_write_is_one_change(path: Path, while_waiting: Callable[..., list[float]]) -> None:
    """The truncated file is not reported: the editor writes while the watch waits for the save to end."""
    batches = changes([path], interval=0.01)
    next(batches)
    path.write_text("", encoding="utf-8")
    sleeps = while_waiting(lambda: path.write_text("whole", encoding="utf-8"))
    assert next(batches) == [path]
    assert path.read_text(encoding="utf-8") == "whole"
    assert len(sleeps) == 2  # in the first the file changes again, in the second it stays the same


def test_only_the_changed_file_is_yielded(
    path: Path, tmp_path: Path, while_waiting: Callable[..., list[float]]
) -> None:
    """A file that does not exist yet is noticed when it is written."""
    other = tmp_path / "b.py"
    batches = changes([path, other], interval=0.01)
    next(batches)
    while_waiting(lambda: other.write_text("x", encoding="utf-8"))
    assert next(batches) == [other]


def test_a_change_while_busy_is_noticed(path: Path) -> None:
    """A save made while the caller judges the one before is yielded next."""
    batches = changes([path], interval=0.01)
    next(batches)
    path.write_text("during", encoding="utf-8")
    assert next(batches) == [path]


def test_watching_ends_on_request(path: Path) -> None:
    assert list(changes([path], interval=0.01, ended=lambda: True)) == [[path]]
