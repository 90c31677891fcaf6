"""A submission before it is judged: what it is called, and how its source is read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import NoReturn

from mlkata.grading import notebooks
from mlkata.judging.judge import MAX_SOURCE
from mlkata.tracks.harmless import escaped
from mlkata.tracks.model import KataError

PYTHON, NOTEBOOK = ".py", ".ipynb"
Read = Callable[[int], bytes]
"""`read(cap)` gives a file's bytes. Raises KataError if it cannot be read or has more than `cap`."""


@dataclass(frozen=True)
class Entry:
    """One submission. Ten thousand of them fit into memory: the source is read when it is asked for."""

    id: str
    """Printable, and no other entry's; it may hold `/`."""
    name: str
    """Of the file, for people: `kmeans.py`."""
    origin: str
    """Where it was found: `cohort.zip/alice/kmeans.py`."""
    read: Callable[[], bytes]
    """Returns the source. Raises KataError with one line where there is none to be had."""
    task: str = ""
    """Of a model's sample: what it answers, such as `kmeans.2`."""
    note: str = ""
    """What was decided on the way, such as which of two files was taken."""


@dataclass(frozen=True)
class File:
    """One file of a folder or an archive."""

    path: str
    """Relative to the folder or archive, with `/`, as it is there."""
    read: Read
    problem: str = ""
    """Why it cannot be read, where that is known already."""

    @classmethod
    def refused(cls, path: str, problem: str) -> File:
        """Describe a file that is not read."""
        return cls(path, partial(_refuse, escaped(problem)), problem)

    @property
    def suffix(self) -> str:
        """In small letters, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def is_source(self) -> bool:
        """Can this be a submission?"""
        return self.suffix in (PYTHON, NOTEBOOK)


def from_file(id_: str, file: File, origin: str, note: str = "") -> Entry:
    """Make the entry of a file; a notebook becomes a source when it is read."""
    name = escaped(PurePosixPath(file.path).name)
    return Entry(escaped(id_), name, escaped(origin), partial(_source, file), note=note)


def refused(id_: str, origin: str, problem: str) -> Entry:
    """Make the entry of what cannot be read: it says so when its turn comes."""
    return Entry(
        escaped(id_), escaped(PurePosixPath(origin).name), escaped(origin), partial(_refuse, escaped(problem))
    )


def _source(file: File) -> bytes:
    if file.suffix == NOTEBOOK:
        return limited(notebooks.convert(file.read(notebooks.MAX_NOTEBOOK)), MAX_SOURCE)
    return file.read(MAX_SOURCE)


def limited(data: bytes, cap: int) -> bytes:
    """Return the data back. Raises KataError if there is too much of it."""
    if len(data) > cap:
        raise KataError(f"more than {cap} bytes: a submission may have so many")
    return data


def _refuse(problem: str, cap: int = 0) -> NoReturn:
    del cap  # it stands for a `Read`, too
    raise KataError(problem)
