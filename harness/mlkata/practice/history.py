"""Copies of every file before it is written, so that nothing the candidate wrote is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mlkata import files

_TRIES = 100


def copy(file: Path, folder: Path) -> Path:
    """Copy a file to `folder/<its name>/<time>-<number><suffix>`; no copy is ever overwritten."""
    return _keep(file.read_bytes(), file, folder)


def copies(file: Path, folder: Path) -> list[Path]:
    """Return the copies of a file, oldest first."""
    return sorted((folder / file.name).glob(f"*-*{file.suffix}"), key=_number)


def append(file: Path, text: str, folder: Path) -> Path:
    """Copy a file, then append text; what an editor saves in between stays."""
    copied = copy(file, folder)
    with file.open("ab") as stream:
        stream.write(text.encode("utf-8"))
    return copied


def write(file: Path, data: bytes, folder: Path) -> Path | None:
    """Copy a file, then replace it atomically; return the copy, or None if there was no file.

    What an editor saves between the copy and the write is copied as well.
    """
    target = file.resolve()  # a link stays a link
    copied, old = None, None
    with files.staged(target, data):
        for _ in range(_TRIES):
            now = target.read_bytes() if target.is_file() else None
            if now is None or now == old:
                break
            copied, old = _keep(now, file, folder), now
    return copied


def _keep(data: bytes, file: Path, folder: Path) -> Path:
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
    """Return a sort key: the copy's number, as a clock may be set back."""
    number = path.stem.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, path.name)
