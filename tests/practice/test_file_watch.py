"""Watching files: every way in which editors save is noticed, once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlkata.practice.file_watch import changes


@pytest.fixture
def later() -> Iterator[Callable[..., None]]:
    """Return a function that runs actions a moment later in another thread; join the threads at the end."""
    threads = []

    def start(*acts: Callable[[], object]) -> None:
        def run() -> None:
            for act in acts:
                time.sleep(0.08)
                act()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file to watch."""
    path = tmp_path / "a.py"
    path.write_text("1", encoding="utf-8")
    return path


def test_all_paths_are_yielded_at_once(path: Path) -> None:
    """Nothing has to change first."""
    assert next(changes([path])) == [path]


def test_a_write_and_a_touch_are_noticed(path: Path, later: Callable[..., None]) -> None:
    """New content counts, and so does a new time alone."""
    batches = changes([path], 0.01)
    next(batches)
    later(lambda: path.write_text("22", encoding="utf-8"))
    assert next(batches) == [path]
    later(lambda: os.utime(path, (1, 1)))
    assert next(batches) == [path]


def test_replace_by_rename_is_noticed(path: Path, tmp_path: Path, later: Callable[..., None]) -> None:
    """Size and time may be the same: the file is another one."""
    batches = changes([path], 0.01)
    next(batches)
    new = tmp_path / "new"
    new.write_text("2", encoding="utf-8")
    stat = path.stat()
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    later(lambda: new.replace(path))
    assert next(batches) == [path]


def test_a_deleted_file_counts_when_it_is_back(path: Path, later: Callable[..., None]) -> None:
    """Some editors delete, then write."""
    batches = changes([path], 0.01)
    next(batches)
    later(path.unlink, lambda: path.write_text("new", encoding="utf-8"))
    assert next(batches) == [path]
    assert path.read_text(encoding="utf-8") == "new"


def test_truncate_then_write_is_one_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check never reads the truncated file: the editor writes while the watch waits."""
    batches = changes([path], 0.01)
    next(batches)
    path.write_text("", encoding="utf-8")
    waits: list[float] = []

    def write_once(seconds: float) -> None:
        if not waits:
            path.write_text("whole", encoding="utf-8")
        waits.append(seconds)

    monkeypatch.setattr(time, "sleep", write_once)
    assert next(batches) == [path]
    assert path.read_text(encoding="utf-8") == "whole"
    assert len(waits) == 2  # after the write the file has to stay as it is once more


def test_only_the_changed_file_is_yielded(path: Path, tmp_path: Path, later: Callable[..., None]) -> None:
    """A file that does not exist yet is noticed when it is written."""
    other = tmp_path / "b.py"
    batches = changes([path, other], 0.01)
    next(batches)
    later(lambda: other.write_text("x", encoding="utf-8"))
    assert next(batches) == [other]


def test_a_change_while_busy_is_noticed(path: Path) -> None:
    """A save during a check is checked afterwards."""
    batches = changes([path], 0.01)
    next(batches)
    path.write_text("during", encoding="utf-8")
    assert next(batches) == [path]


def test_watching_ends_on_request(path: Path) -> None:
    """A waiting thread can end."""
    assert list(changes([path], 0.01, ended=lambda: True)) == [[path]]
