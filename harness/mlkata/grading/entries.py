"""Submissions before they are judged: their names and how to read their sources."""

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
"""`read(cap)` returns a file's bytes. Raise KataError if it cannot be read or has more than `cap`."""


@dataclass(frozen=True)
class Entry:
    """One submission. Its source is read only when needed, so ten thousand entries fit into memory."""

    id: str
    """Printable and unique; it may hold `/`."""
    name: str
    """The file's name, for display: `kmeans.py`."""
    origin: str
    """The file's place: `cohort.zip/alice/kmeans.py`."""
    read: Callable[[], bytes]
    """Returns the source. Raise KataError with one line if it cannot be read."""
    task: str = ""
    """The task that a model's sample answers, such as `kmeans.2`; else empty."""
    note: str = ""
    """What was decided while collecting, such as which of two files was chosen."""


@dataclass(frozen=True)
class File:
    """One file of a folder or an archive."""

    path: str
    """The path relative to the folder or archive, with `/`."""
    read: Read
    problem: str = ""
    """Why it cannot be read, if that is already known."""

    @classmethod
    def refused(cls, path: str, problem: str) -> File:
        """Return a file that will not be read."""
        return cls(path, partial(_refuse, escaped(problem)), problem)

    @property
    def suffix(self) -> str:
        """The suffix in lower case, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def is_source(self) -> bool:
        """Whether this can be a submission."""
        return self.suffix in (PYTHON, NOTEBOOK)


def from_file(id_: str, file: File, origin: str, note: str = "") -> Entry:
    """Return the entry of a file; a notebook is converted when it is read."""
    name = escaped(PurePosixPath(file.path).name)
    return Entry(escaped(id_), name, escaped(origin), partial(_source, file), note=note)


def refused(id_: str, origin: str, problem: str) -> Entry:
    """Return the entry of something that cannot be read; reading it raises the problem."""
    return Entry(
        escaped(id_), escaped(PurePosixPath(origin).name), escaped(origin), partial(_refuse, escaped(problem))
    )


def _source(file: File) -> bytes:
    if file.suffix == NOTEBOOK:
        return limited(notebooks.convert(file.read(notebooks.MAX_NOTEBOOK)), MAX_SOURCE)
    return file.read(MAX_SOURCE)


def limited(data: bytes, cap: int) -> bytes:
    """Return the data. Raise KataError if it has more than `cap` bytes."""
    if len(data) > cap:
        raise KataError(f"more than {cap} bytes, the most that a submission may have")
    return data


def _refuse(problem: str, cap: int = 0) -> NoReturn:
    del cap  # it also serves as a `Read`
    raise KataError(problem)
