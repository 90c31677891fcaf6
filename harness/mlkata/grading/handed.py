"""Find the one submission in a folder, for the scripts of an autograder bundle (see docs/grade.md).

    python -P -m mlkata.grading.handed FOLDER TRACK FILE

prints the path of the file to judge. This is the submission itself or, for a notebook, FILE, to which the
notebook's source is written. If FOLDER has no submission for TRACK, or several, the command prints one line
that says what was expected, and exits with status 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlkata.grading.sources import single
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


def find(folder: Path, track: str, target: Path) -> Path:
    """Return the file to judge: for a notebook, `target`. Raise KataError if there is no submission."""
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
    """Print the path or, if there is none, the reason; return the exit status."""
    folder, track, target = arguments
    try:
        path = find(Path(folder), track, Path(target))
    except KataError as error:
        print(error)  # noqa: T201 - for the script that runs this
        return 1
    print(path)  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
