"""Submissions before they are judged: their ids, and how to read their sources."""

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
"""`read(cap)` returns a file's bytes. It raises KataError if that fails or the file has more than `cap`
bytes."""


@dataclass(frozen=True)
class Entry:
    """One submission. Its source is read only when it is judged: ten thousand may not fit into memory."""

    id: str
    """Printable, and unique among the submissions; it may contain `/`."""
    name: str
    """The file's name, for display: `kmeans.py`."""
    origin: str
    """The file's place: `cohort.zip/alice/kmeans.py`."""
    read: Callable[[], bytes]
    """A function that returns the source. It raises KataError, with one line, if the source cannot be
    read."""
    task: str = ""
    """The track or round that a sample of a model answers, such as `kmeans.2`; empty for other
    submissions."""
    note: str = ""
    """What was decided while collecting, such as which of two files was chosen."""


@dataclass(frozen=True)
class File:
    """One file of a folder or an archive."""

    path: str
    """The path relative to the folder or archive, with `/`."""
    read: Read
    problem: str = ""
    """Why it must not be read, if that is known already; else empty."""

    @classmethod
    def refused(cls, path: str, problem: str) -> File:
        """Return a file that must not be read; `read` raises the problem."""
        return cls(path, partial(_refuse, escaped(problem)), problem)

    @property
    def suffix(self) -> str:
        """The suffix in lower case, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def is_source(self) -> bool:
        """Whether its suffix is that of a submission: .py or .ipynb."""
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
    """Return a file's Python source."""
    if file.suffix == NOTEBOOK:
        return limited(notebooks.convert(file.read(notebooks.MAX_NOTEBOOK)), MAX_SOURCE)
    return file.read(MAX_SOURCE)


def limited(data: bytes, cap: int) -> bytes:
    """Return the data. Raise KataError if it has more than `cap` bytes."""
    if len(data) > cap:
        raise KataError(f"more than {cap} bytes, the most that a submission may have")
    return data


def _refuse(problem: str, cap: int = 0) -> NoReturn:
    del cap  # unused: a `Read` has to take it
    raise KataError(problem)
