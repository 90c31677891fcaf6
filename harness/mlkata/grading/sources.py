"""Collect the submissions named on a command line: files, folders, globs, zip archives, a model's samples."""

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
    """Return all submissions, with unique ids. With `tests`, they are files of students' tests.

    No source is read here. A submission that cannot be read is an entry, too, whose `read` raises the reason.

    Raise KataError if an argument is not of an expected kind, if there is no submission, and if two have the
    same id.
    """
    paths = [path for argument in arguments for path in _paths(argument)]
    entries = list(_single_files(paths, track, tests=tests))
    entries += [entry for path in paths for entry in _inside(path, track, tests=tests)]
    if not entries:
        named = ", ".join(map(escaped, arguments)) or "no argument"
        expected = (
            "expected test_*.py files" if tests else f"{_EXPECTED} (not test_*.py, conftest.py, .* or __*)"
        )
        raise KataError(f"no submission in {named}: {expected}")
    by_id: dict[str, Entry] = {}
    for entry in entries:
        other = by_id.setdefault(entry.id, entry)
        if other is not entry:
            raise KataError(
                f"two submissions have the id {entry.id!r}: {other.origin} and {entry.origin}; "
                "rename one, or give kata grade the folder that holds both, instead of the two"
            )
    return entries


def single(folder: Path, track: Track) -> Entry:
    """Return the one submission in a folder, whatever the file's name.

    Raise KataError if the folder does not exist.
    """
    if not folder.is_dir():
        raise KataError(f"no folder {folder}: expected one with a .py or .ipynb file")
    return layouts.single(list(folders.files(folder)), track.name, str(folder))


def _paths(argument: str) -> Iterator[Path]:
    """Yield an argument's path, or the paths that match it as a glob."""
    path = Path(argument)
    if os.path.lexists(argument):
        yield path
        return
    matches = sorted(glob.glob(argument, recursive=True)) if glob.has_magic(argument) else []  # noqa: PTH207 - Path.glob refuses absolute patterns
    if not matches:
        raise KataError(f"no file or folder {escaped(argument)}: {_EXPECTED}")
    yield from map(Path, matches)


def _stem(track: Track, *, tests: bool) -> str:
    """Return the preferred name of a submission's file, without suffix."""
    return f"test_{track.name}" if tests else track.name


def _single_files(paths: Sequence[Path], track: Track, *, tests: bool) -> Iterator[Entry]:
    """Yield the entries of the paths that are single files; those of one folder are listed together.

    A platform's naming scheme (see `layouts`) is recognised from all names in a folder.
    """
    by_folder: defaultdict[Path, list[File]] = defaultdict(list)
    for path in paths:
        if path.suffix.lower() in (PYTHON, NOTEBOOK) and not path.is_dir():
            by_folder[path.parent].append(folders.file(path.parent, path, path.parent.resolve()))
    for folder, files in by_folder.items():
        yield from layouts.entries(files, _stem(track, tests=tests), folder.name, str(folder))


def _inside(path: Path, track: Track, *, tests: bool) -> list[Entry]:
    """Return the entries of a folder, an archive or a file of samples; none of a single file."""
    if path.is_dir():
        return layouts.entries(list(folders.files(path)), _stem(track, tests=tests), path.name, str(path))
    if path.suffix.lower() == ARCHIVE:
        return _archive(path, _stem(track, tests=tests))
    if path.suffix.lower() == SAMPLES and not tests:
        return samples.entries(path, track)
    if path.suffix.lower() in (PYTHON, NOTEBOOK):
        return []
    raise KataError(f"{escaped(str(path))} is not a submission: {_EXPECTED}")


def _archive(path: Path, stem: str) -> list[Entry]:
    """Return an archive's entries; a broken or empty one, maybe that of one student, is an entry itself."""
    try:
        entries = layouts.entries(archives.files(path), stem, path.stem, str(path))
    except KataError as error:
        return [refused(path.stem, str(path), str(error))]
    return entries or [refused(path.stem, str(path), "no .py or .ipynb file in the archive")]
