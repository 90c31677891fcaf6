"""Keeps a copy of every file before it is written, so that nothing a person wrote is ever lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_TRIES = 100


def copy(file: Path, folder: Path) -> Path:
    """Copy a file to `folder/<its name>/<time>-<number><suffix>`; no copy is ever overwritten."""
    return _keep(file.read_bytes(), file, folder)


def copies(file: Path, folder: Path) -> list[Path]:
    """List the copies of a file, the oldest first."""
    return sorted((folder / file.name).glob(f"*-*{file.suffix}"), key=_number)


def append(file: Path, text: str, folder: Path) -> Path:
    """Copy a file, then add text at its end; what an editor saves meanwhile stays."""
    kept = copy(file, folder)
    with file.open("ab") as stream:
        stream.write(text.encode("utf-8"))
    return kept


def append_line(file: Path, line: str) -> None:
    """Append a line to a journal, in one piece: several processes lose nothing of each other's.

    Where a kill has cut the last line off, this one stands below it.
    """
    with file.open("ab+", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 1))
        before = "" if stream.read(1) in (b"", b"\n") else "\n"
        stream.write(f"{before}{line}\n".encode("utf-8", "replace"))


def write(file: Path, data: bytes, folder: Path) -> Path | None:
    """Copy a file, then put other content in its place, all at once; None where there was no file.

    What an editor saves between the copy and the write is copied, too.
    """
    target = file.resolve()  # a link stays a link
    temporary = _prepare(target, data)
    kept, old = None, None
    for _ in range(_TRIES):
        now = target.read_bytes() if target.is_file() else None
        if now is None or now == old:
            break
        kept, old = _keep(now, file, folder), now
    temporary.replace(target)
    return kept


def replace_whole(file: Path, data: bytes) -> None:
    """Write a file so that every reader sees the old content or the new, also after a crash."""
    _prepare(file, data).replace(file)


def _prepare(file: Path, data: bytes) -> Path:
    """Write what shall become a file beside it, with its permissions."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if file.exists():
            shutil.copymode(file, temporary)
        else:
            temporary.chmod(0o644)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _keep(data: bytes, file: Path, folder: Path) -> Path:
    place = folder / file.name
    place.mkdir(parents=True, exist_ok=True)
    there = copies(file, folder)
    number = _number(there[-1])[0] + 1 if there else 1
    while True:
        time = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        kept = place / f"{time}-{number}{file.suffix}"
        try:
            with kept.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            number += 1
        else:
            return kept


def _number(path: Path) -> tuple[int, str]:
    """Order copies by their number: clocks are set back, numbers are not."""
    number = path.stem.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, path.name)
