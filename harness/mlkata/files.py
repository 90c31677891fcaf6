"""The store of all rooms: whole files, lines of JSON, locks, and the place of the cache.

Whole file   `write` puts it in place at once: a reader sees the old content or the new.
Lines        `append_line` adds a JSON value in one piece; `read_lines` gives those that are whole.
Lock         `lock` keeps other processes and threads out; the system releases it when its holder dies.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

WAIT = 60.0
"""Seconds that `lock` waits unless told otherwise. What is done under a lock takes milliseconds."""


def cache_folder() -> Path:
    """Return the folder of the cache: in $XDG_CACHE_HOME if set, else where the system keeps caches."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "mlkata"
    from platformdirs import user_cache_path

    return user_cache_path("mlkata", appauthor=False)


def write(file: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that every reader sees the old content or the new. Raise OSError if that fails.

    With `sync` this holds after a crash of the system, too. A cache does without: it is slow.
    """
    with staged(file, data, sync=sync):
        pass


@contextmanager
def staged(file: Path, data: bytes, *, sync: bool = True) -> Iterator[None]:
    """Write data beside a file; it takes the file's place when the block ends, unless an error is raised.

    A file that exists keeps its permissions.
    """
    there = file.exists()
    temporary = file.with_name(f".{file.name}.{os.urandom(6).hex()}.tmp")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if there else 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        if there:
            shutil.copymode(file, temporary)
        yield
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def append_line(file: Path, value: Any, *, sync: bool = False) -> int:
    """Append a value to a file as a line of JSON; return the offset at which it begins.

    The line is written in one piece, so that processes that write at the same time lose nothing of each
    other's. Where a kill has cut off the last line, this one begins below it. With `sync` the line is on
    the disk when this returns. Raise OSError if it cannot be written whole.
    """
    line = json.dumps(value, allow_nan=False).encode() + b"\n"
    with file.open("ab+", buffering=0) as stream:
        end = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, end - 1))
        if stream.read(1) not in (b"", b"\n"):
            line = b"\n" + line
        if stream.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        if sync:
            os.fsync(stream.fileno())
        return stream.tell() - len(line.lstrip(b"\n"))


def read_lines(file: Path) -> Iterator[Any]:
    """Yield the values of the lines of a file, none where there is no file.

    A line that a kill has cut off or that is not JSON for another reason is skipped.
    """
    for _, line in raw_lines(file):
        with suppress(ValueError, RecursionError):
            yield json.loads(line.decode("utf-8", "replace"))


def raw_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file as they are, each after the offset at which it begins."""
    at = 0
    with suppress(FileNotFoundError), file.open("rb") as stream:
        for line in stream:  # ends at b"\n" only: text that somebody typed may hold other ends of lines
            yield at, line
            at += len(line)


def cut_torn(file: Path) -> None:
    """Take away a last line that has no end. Call it under a lock: another process may be writing it."""
    with suppress(FileNotFoundError), file.open("rb+") as stream:
        end = sum(len(line) for line in stream if line.endswith(b"\n"))
        stream.truncate(end)


def lock(file: Path, *, wait: float = WAIT) -> AbstractContextManager[object]:
    """Lock a file against other processes and threads; the lock is released by the `with` around it.

    What is locked is `.<name>.lock` beside the file. It stays there, empty, and means nothing unless a living
    process holds it. Raise TimeoutError if another has held it for `wait` seconds, and OSError where
    the folder cannot be written or is not there.
    """
    from filelock import FileLock

    file.parent.stat()  # filelock would make a folder that is gone
    held = FileLock(file.with_name(f".{file.name}.lock"), timeout=wait, mode=0o666, thread_local=False)
    return held.acquire(poll_interval=0.005)
