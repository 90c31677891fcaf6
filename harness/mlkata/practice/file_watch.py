"""Watch files for changes by polling, which also works on network folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

INTERVAL = 0.05
"""Seconds between two looks at the files: shorter than a person notices, and cheap."""
_SETTLE = 0.01
"""Seconds without a change after which a file counts as saved: some editors truncate, then write."""
_MAX_SETTLE = 0.2
"""Seconds after which a changed file counts as saved even if it keeps changing."""

_Fingerprint = tuple[int, int, int]
"""Modification time in ns, size in bytes and inode number of a file."""


def changes(
    paths: Sequence[Path], interval: float = INTERVAL, ended: Callable[[], bool] = lambda: False
) -> Iterator[list[Path]]:
    """Yield all paths immediately, then the changed paths after each change, until `ended()` is true.

    A deleted file counts as changed only once it exists again: some editors delete a file and write it anew.
    A change made while the caller handles the previous one is yielded next.
    """
    seen = {path: _fingerprint(path) for path in paths}
    yield list(paths)
    while not ended():
        if any(_changed(path, seen) for path in paths):
            _settle(paths)
            changed = [path for path in paths if _changed(path, seen)]
            seen |= {path: _fingerprint(path) or seen[path] for path in changed}
            if changed:
                yield changed
        else:
            time.sleep(interval)


def _changed(path: Path, seen: dict[Path, _Fingerprint | None]) -> bool:
    """Return whether a file exists and differs from its fingerprint in `seen`."""
    current = _fingerprint(path)
    return current is not None and current != seen[path]


def _settle(paths: Sequence[Path]) -> None:
    """Wait until no file has changed for `_SETTLE` seconds, but at most `_MAX_SETTLE` seconds."""
    deadline = time.monotonic() + _MAX_SETTLE
    current = [_fingerprint(path) for path in paths]
    while time.monotonic() < deadline:
        time.sleep(_SETTLE)
        before, current = current, [_fingerprint(path) for path in paths]
        if current == before:
            return


def _fingerprint(path: Path) -> _Fingerprint | None:
    """Return what shows that a file has changed without reading it, or None if the file is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
