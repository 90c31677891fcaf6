"""Copy the candidate's files before the kit changes them, so that nothing the candidate wrote is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mlkata import files

_MAX_COPIES = 100
"""Limit of copies in one `write`, so that a program that keeps saving the file cannot block it for ever."""


def copy(file: Path, folder: Path) -> Path:
    """Copy a file to `folder/<its name>/<time>-<number><suffix>`; no copy is ever overwritten."""
    return _keep(file.read_bytes(), file, folder)


def copies(file: Path, folder: Path) -> list[Path]:
    """Return the copies of a file, oldest first."""
    return sorted((folder / file.name).glob(f"*-*{file.suffix}"), key=_number)


def append(file: Path, text: str, folder: Path) -> Path:
    """Copy a file, then append text; return the copy.

    Text is added at the file's end, so that what an editor saves meanwhile stays.
    """
    copied = copy(file, folder)
    with file.open("ab") as stream:
        stream.write(text.encode("utf-8"))
    return copied


def write(file: Path, data: bytes, folder: Path) -> Path | None:
    """Copy a file, then replace it atomically; return the copy, or None if there was no file.

    If an editor saves the file between the copy and the write, that version is copied as well.
    """
    target = file.resolve()  # write the target of a link, so that the link stays one
    copied, old = None, None
    with files.staged(target, data):
        for _ in range(_MAX_COPIES):
            current = target.read_bytes() if target.is_file() else None
            if current is None or current == old:
                break
            copied, old = _keep(current, file, folder), current
    return copied


def _keep(data: bytes, file: Path, folder: Path) -> Path:
    """Write the content of a file as a new copy, with the next free number; return the copy's path."""
    place = folder / file.name
    place.mkdir(parents=True, exist_ok=True)
    earlier = copies(file, folder)
    number = _number(earlier[-1])[0] + 1 if earlier else 1
    while True:
        time = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        path = place / f"{time}-{number}{file.suffix}"
        try:
            with path.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            number += 1
        else:
            return path


def _number(path: Path) -> tuple[int, str]:
    """Return a copy's sort key: its number, not its time, because a clock may be set back."""
    number = path.stem.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, path.name)
