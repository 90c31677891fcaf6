"""Watch files for changes by polling, which also works on network folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

INTERVAL = 0.05
_SETTLE = 0.01
"""Seconds without a change after which a file counts as saved, as editors truncate, then write."""
_MAX_SETTLE = 0.2

_Mark = tuple[int, int, int]


def changes(
    paths: Sequence[Path], interval: float = INTERVAL, ended: Callable[[], bool] = lambda: False
) -> Iterator[list[Path]]:
    """Yield all paths immediately, then the changed paths after each change, until `ended()`.

    A vanished file counts as changed only once it is back: some editors write a new file in its place. A
    change made while the caller is busy is noticed at its next request.
    """
    marks = {path: _mark(path) for path in paths}
    yield list(paths)
    while not ended():
        if any(_changed(path, marks) for path in paths):
            _settle(paths)
            changed = [path for path in paths if _changed(path, marks)]
            marks |= {path: _mark(path) or marks[path] for path in changed}
            if changed:
                yield changed
        else:
            time.sleep(interval)


def _changed(path: Path, marks: dict[Path, _Mark | None]) -> bool:
    mark = _mark(path)
    return mark is not None and mark != marks[path]


def _settle(paths: Sequence[Path]) -> None:
    deadline = time.monotonic() + _MAX_SETTLE
    marks = [_mark(path) for path in paths]
    while time.monotonic() < deadline:
        time.sleep(_SETTLE)
        before, marks = marks, [_mark(path) for path in paths]
        if marks == before:
            return


def _mark(path: Path) -> _Mark | None:
    """Return what identifies a file's content without reading it, or None if the file is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
