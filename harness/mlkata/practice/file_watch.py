"""Sees that files change, by polling: modification times work everywhere, network folders included."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

INTERVAL = 0.05
_SETTLE = 0.01
"""Seconds without a change after which a file counts as saved: editors truncate, then write."""
_MAX_SETTLE = 0.2

_Mark = tuple[int, int, int]


def changes(
    paths: Sequence[Path], interval: float = INTERVAL, ended: Callable[[], bool] = lambda: False
) -> Iterator[list[Path]]:
    """Give all paths at once, then those that have changed, whenever some have, until it has ended.

    A file that vanishes is no change until it is back: some editors write a new one in its place.
    A change made while the caller is busy is seen when it comes back.
    """
    seen = {path: _mark(path) for path in paths}
    yield list(paths)
    while not ended():
        if any(_changed(path, seen) for path in paths):
            _settle(paths)
            changed = [path for path in paths if _changed(path, seen)]
            seen |= {path: _mark(path) or seen[path] for path in changed}
            if changed:
                yield changed
        else:
            time.sleep(interval)


def _changed(path: Path, seen: dict[Path, _Mark | None]) -> bool:
    mark = _mark(path)
    return mark is not None and mark != seen[path]


def _settle(paths: Sequence[Path]) -> None:
    deadline = time.monotonic() + _MAX_SETTLE
    marks = [_mark(path) for path in paths]
    while time.monotonic() < deadline:
        time.sleep(_SETTLE)
        before, marks = marks, [_mark(path) for path in paths]
        if marks == before:
            return


def _mark(path: Path) -> _Mark | None:
    """Tell a file's content without reading it; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
