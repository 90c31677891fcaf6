"""Watching files: every way in which editors save is seen, once."""

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
    """Run something a moment from now, in another thread, and wait for it at the end."""
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
    """A file to watch."""
    path = tmp_path / "a.py"
    path.write_text("1", encoding="utf-8")
    return path


def test_it_yields_at_once(path: Path) -> None:
    """All paths, before anything has changed."""
    assert next(changes([path])) == [path]


def test_a_write_and_a_touch_are_seen(path: Path, later: Callable[..., None]) -> None:
    """Other content, and other times alone."""
    seen = changes([path], 0.01)
    next(seen)
    later(lambda: path.write_text("22", encoding="utf-8"))
    assert next(seen) == [path]
    later(lambda: os.utime(path, (1, 1)))
    assert next(seen) == [path]


def test_replace_by_rename_is_seen(path: Path, tmp_path: Path, later: Callable[..., None]) -> None:
    """Even with the same size and the same time: the file is another one."""
    seen = changes([path], 0.01)
    next(seen)
    new = tmp_path / "new"
    new.write_text("2", encoding="utf-8")
    stat = path.stat()
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    later(lambda: new.replace(path))
    assert next(seen) == [path]


def test_a_vanished_file_is_no_change_until_it_is_back(path: Path, later: Callable[..., None]) -> None:
    """Some editors delete, then write."""
    seen = changes([path], 0.01)
    next(seen)
    later(path.unlink, lambda: path.write_text("new", encoding="utf-8"))
    assert next(seen) == [path]
    assert path.read_text(encoding="utf-8") == "new"


def test_truncate_then_write_is_one_change(path: Path, later: Callable[..., None]) -> None:
    """The check sees the file when it is whole."""
    seen = changes([path], 0.01)
    next(seen)

    def save() -> None:
        with path.open("w", encoding="utf-8") as stream:
            stream.flush()
            time.sleep(0.005)
            stream.write("whole")

    later(save)
    next(seen)
    assert path.read_text(encoding="utf-8") == "whole"


def test_only_what_changed_is_named(path: Path, tmp_path: Path, later: Callable[..., None]) -> None:
    """Of two files, the one; a file that is not there yet is seen when it comes."""
    other = tmp_path / "b.py"
    seen = changes([path, other], 0.01)
    next(seen)
    later(lambda: other.write_text("x", encoding="utf-8"))
    assert next(seen) == [other]


def test_a_change_while_busy_is_seen(path: Path) -> None:
    """What is saved during a check is checked afterwards."""
    seen = changes([path], 0.01)
    next(seen)
    path.write_text("during", encoding="utf-8")
    assert next(seen) == [path]


def test_it_ends_when_told(path: Path) -> None:
    """Whoever waits in another thread is not left behind."""
    assert list(changes([path], 0.01, ended=lambda: True)) == [[path]]
