"""Keeps a copy of every file before it is written, so that nothing a person wrote is ever lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mlkata import files

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


def write(file: Path, data: bytes, folder: Path) -> Path | None:
    """Copy a file, then put other content in its place, all at once; None where there was no file.

    What an editor saves between the copy and the write is copied, too.
    """
    target = file.resolve()  # a link stays a link
    kept, old = None, None
    with files.staged(target, data):
        for _ in range(_TRIES):
            now = target.read_bytes() if target.is_file() else None
            if now is None or now == old:
                break
            kept, old = _keep(now, file, folder), now
    return kept


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
