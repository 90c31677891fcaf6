"""Finds the one submission in a folder, for the scripts of a bundle.

    python -P -m mlkata.grading.handed FOLDER TRACK FILE

prints the path of the source to judge: where it lies, or FILE, to which a notebook's source is written.
Where there is none it prints one line that says what was expected, and ends with status 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlkata.grading.sources import one
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


def find(folder: Path, track: str, made: Path) -> Path:
    """Return the file to judge; a notebook's source is written to `made`. Raises KataError."""
    entry = one(folder, catalogue.get(track))
    source = entry.read()
    there = Path(entry.origin)
    if there.suffix.lower() == ".py" and there.is_file():
        return there
    try:
        made.write_bytes(source)
    except OSError as error:
        raise KataError(f"cannot write {made}: {error.strerror}") from error
    return made


def main(arguments: list[str]) -> int:
    """Print the path, or why there is none."""
    folder, track, made = arguments
    try:
        found = find(Path(folder), track, Path(made))
    except KataError as error:
        print(error)  # noqa: T201 - a script reads it
        return 1
    print(found)  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
