"""Finds the submissions that a command line names: files, folders, globs, archives, notebooks, samples."""

from __future__ import annotations

import glob
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlkata.grading import archives, folders, layouts, samples
from mlkata.grading.entries import NOTEBOOK, PYTHON, Entry, File, refused
from mlkata.tracks.catalogue import Track
from mlkata.tracks.harmless import escaped
from mlkata.tracks.model import KataError

ARCHIVE, SAMPLES = ".zip", ".jsonl"
_EXPECTED = "expected .py, .ipynb, .zip or .jsonl files, or folders with .py or .ipynb files"


def collect(arguments: Sequence[str], track: Track, *, tests: bool = False) -> list[Entry]:
    """List all submissions, each with an id of its own; what cannot be read is one that says so.

    With `tests` they are files of tests.

    Raises KataError if an argument is none of what is expected, where there is nothing, and where
    two have one id.
    """
    paths = [path for argument in arguments for path in _paths(argument)]
    entries = [
        entry
        for part in (
            _loose(paths, track, tests=tests),
            *(_inside(path, track, tests=tests) for path in paths),
        )
        for entry in part
    ]
    if not entries:
        found = ", ".join(map(escaped, arguments)) or "no argument"
        wanted = (
            "expected test_*.py files" if tests else f"{_EXPECTED} (not test_*.py, conftest.py, .* or __*)"
        )
        raise KataError(f"no submission in {found}: {wanted}")
    by_id: dict[str, Entry] = {}
    for entry in entries:
        other = by_id.setdefault(entry.id, entry)
        if other is not entry:
            raise KataError(
                f"two submissions have the id {entry.id!r}: {other.origin} and {entry.origin}; "
                "rename one, or give the folder that holds both"
            )
    return entries


def one(folder: Path, track: Track) -> Entry:
    """Return the one submission that a folder holds, whatever the file is called.

    Raises KataError if there is no such folder.
    """
    if not folder.is_dir():
        raise KataError(f"no folder {folder}: expected one with a .py or .ipynb file")
    return layouts.one(list(folders.files(folder)), track.name, str(folder))


def _paths(argument: str) -> Iterator[Path]:
    """Return the path that an argument is, or those of a glob that no shell has expanded."""
    path = Path(argument)
    if os.path.lexists(argument):
        yield path
        return
    matches = sorted(glob.glob(argument, recursive=True)) if glob.has_magic(argument) else []  # noqa: PTH207 - as a shell: absolute patterns, too
    if not matches:
        raise KataError(f"no file or folder {escaped(argument)}: {_EXPECTED}")
    yield from map(Path, matches)


def _stem(track: Track, *, tests: bool) -> str:
    """Name what a submission's file is best called."""
    return f"test_{track.name}" if tests else track.name


def _loose(paths: Sequence[Path], track: Track, *, tests: bool) -> Iterator[Entry]:
    """Read files that were named one by one, those of one folder together."""
    by_folder: defaultdict[Path, list[File]] = defaultdict(list)
    for path in paths:
        if path.suffix.lower() in (PYTHON, NOTEBOOK) and not path.is_dir():
            by_folder[path.parent].append(folders.file(path.parent, path, path.parent.resolve()))
    for folder, files in by_folder.items():
        yield from layouts.entries(files, _stem(track, tests=tests), folder.name, str(folder))


def _inside(path: Path, track: Track, *, tests: bool) -> list[Entry]:
    """Read what holds submissions: a folder, an archive, a file of samples."""
    if path.is_dir():
        return layouts.entries(list(folders.files(path)), _stem(track, tests=tests), path.name, str(path))
    if path.suffix.lower() == ARCHIVE:
        return _archive(path, _stem(track, tests=tests))
    if path.suffix.lower() == SAMPLES and not tests:
        return samples.entries(path, track)
    if path.suffix.lower() in (PYTHON, NOTEBOOK):
        return []
    raise KataError(f"{escaped(str(path))} is no submission: {_EXPECTED}")


def _archive(path: Path, stem: str) -> list[Entry]:
    """Read an archive; one that is broken, or holds nothing, may be one student's of many."""
    try:
        found = layouts.entries(archives.files(path), stem, path.stem, str(path))
    except KataError as error:
        return [refused(path.stem, str(path), str(error))]
    return found or [refused(path.stem, str(path), "no .py or .ipynb file in the archive")]
