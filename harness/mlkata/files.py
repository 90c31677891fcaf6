"""Writes and reads what all parts of the kit store: whole files, lines of JSON, locks, and a cache folder.

Whole file   `write` replaces a file atomically: a reader sees the old content or the new.
Lines        `append_line` adds a JSON value as one line; `read_lines` yields the values of complete lines.
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
"""Seconds that `lock` waits by default. Work under a lock takes milliseconds, on a busy machine seconds."""


def cache_folder() -> Path:
    """Return the kit's cache folder: in $XDG_CACHE_HOME if set, else where the system keeps caches."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "mlkata"
    from platformdirs import user_cache_path

    return user_cache_path("mlkata", appauthor=False)


def write(file: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that every reader sees the old content or the new. Raise OSError if that fails.

    With `sync` this also holds after a crash of the system. Caches pass `sync=False`, which is faster.
    """
    with staged(file, data, sync=sync):
        pass


@contextmanager
def staged(file: Path, data: bytes, *, sync: bool = True) -> Iterator[None]:
    """Write data to a temporary file, which replaces `file` when the `with` block ends without an error.

    If `file` exists, its permissions are kept.
    """
    exists = file.exists()
    temporary = file.with_name(f".{file.name}.{os.urandom(6).hex()}.tmp")
    # If the file exists, nobody else may read the new content before the permissions are copied.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if exists else 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        if exists:
            shutil.copymode(file, temporary)
        yield
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def append_line(file: Path, value: Any, *, sync: bool = False) -> int:
    """Append a value to a file as a line of JSON; return the offset at which the line begins.

    The line is written in one write, so that concurrent processes do not overwrite each other's lines. If a
    kill has truncated the last line, the new line begins below it. With `sync` the line is on disk when this
    function returns. Raise OSError if the line cannot be written completely.
    """
    line = json.dumps(value, allow_nan=False).encode() + b"\n"
    with file.open("ab+", buffering=0) as stream:
        end = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, end - 1))
        if stream.read(1) not in (b"", b"\n"):  # the last line is incomplete
            line = b"\n" + line
        if stream.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        if sync:
            os.fsync(stream.fileno())
        return stream.tell() - len(line.lstrip(b"\n"))  # without the line break that may come first


def read_lines(file: Path) -> Iterator[Any]:
    """Yield the value of each line of a file; nothing if the file is missing.

    Lines that are not JSON, such as one that a kill has truncated, are skipped.
    """
    for _, line in raw_lines(file):
        with suppress(ValueError, RecursionError):
            yield json.loads(line.decode("utf-8", "replace"))


def raw_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each line of a file; nothing if the file is missing."""
    offset = 0
    with suppress(FileNotFoundError), file.open("rb") as stream:
        for line in stream:  # bytes are split at b"\n" only, not at other line ends such as b"\r"
            yield offset, line
            offset += len(line)


def cut_torn(file: Path) -> None:
    """Remove an incomplete last line. Hold the file's lock, since another process may be writing the line."""
    with suppress(FileNotFoundError), file.open("rb+") as stream:
        end = sum(len(line) for line in stream if line.endswith(b"\n"))
        stream.truncate(end)


def lock(file: Path, *, wait: float = WAIT) -> AbstractContextManager[object]:
    """Acquire a file's lock against other processes and threads; return it for a `with` statement.

    The lock is a file `.<name>.lock` next to the file. The lock file stays there, empty; its existence does
    not mean that a process holds the lock. Raise TimeoutError if another holder keeps the lock for `wait`
    seconds, and OSError if the folder is missing or not writable.
    """
    from filelock import FileLock

    file.parent.stat()  # filelock would create a missing folder
    file_lock = FileLock(file.with_name(f".{file.name}.lock"), timeout=wait, mode=0o666, thread_local=False)
    return file_lock.acquire(poll_interval=0.005)  # seconds between two attempts
