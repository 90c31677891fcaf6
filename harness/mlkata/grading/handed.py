"""Find the one submission in a folder, for the scripts of an autograder bundle (see docs/grade.md).

    python -P -m mlkata.grading.handed FOLDER TRACK FILE

prints the path of the source to judge: its own path, or FILE, to which a notebook's source is written. If
there is none, it prints one line that says what was expected and exits with status 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlkata.grading.sources import single
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


def find(folder: Path, track: str, target: Path) -> Path:
    """Return the file to judge; a notebook's source is written to `target`. Raise KataError."""
    entry = single(folder, catalogue.get(track))
    source = entry.read()
    original = Path(entry.origin)
    if original.suffix.lower() == ".py" and original.is_file():
        return original
    try:
        target.write_bytes(source)
    except OSError as error:
        raise KataError(f"cannot write {target}: {error.strerror}") from error
    return target


def main(arguments: list[str]) -> int:
    """Print the path, or why there is none, and return the exit status."""
    folder, track, target = arguments
    try:
        path = find(Path(folder), track, Path(target))
    except KataError as error:
        print(error)  # noqa: T201 - a script reads it
        return 1
    print(path)  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
