"""The results of a cohort, i.e. of all submissions graded together: a file with a line of JSON for each.

A line is forced to disk before its result is reported. A kill can only cut off the last line, which the next
run removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict

from mlkata import files
from mlkata.tracks import validated
from mlkata.tracks.model import KataError


class _Key(TypedDict):
    """The fields of a line that tell whether a submission has to be judged again; the report is in others."""

    id: str
    sha256: str
    settings: str


class CohortJournal:
    """The file `results.jsonl` of a cohort, locked while it is open. The last line of a submission counts."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raise KataError if it is not a journal or another process uses it."""
        self.path = path
        self._offsets: dict[str, int] = {}
        """By submission's id, where its last line begins in the file, in bytes."""
        self._keys: dict[str, tuple[str, str]] = {}
        """By submission's id, the digests of content and settings in that line."""
        try:
            self._lock = files.lock(path, wait=0)
        except TimeoutError:
            raise KataError(
                f"another `kata grade` writes to {path.parent}: wait for it, or choose another --out"
            ) from None
        except OSError as error:
            raise _unwritable(path, error) from None
        try:
            self._read()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def has(self, id_: str, sha256: str, settings: str) -> bool:
        """Return whether this submission was judged with this content and under these settings."""
        return self._keys.get(id_) == (sha256, settings)

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a record and force it to disk."""
        self._note(record, files.append_line(self.path, record, sync=True))

    def records(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield the existing records of these submissions."""
        with self.path.open("rb") as stream:
            for id_ in ids:
                if id_ in self._offsets:
                    stream.seek(self._offsets[id_])
                    yield json.loads(stream.readline())

    def _read(self) -> None:
        try:
            self.path.open("ab").close()  # creates the file, or shows that it cannot be written
            for number, (offset, line) in enumerate(files.raw_lines(self.path), 1):
                if line.endswith(b"\n"):
                    self._note(validated.from_json(line, _Key, f"line {number}"), offset)
            files.cut_torn(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        except KataError as error:
            raise KataError(
                f"{self.path} is not a list of results: {error}; give --out a folder of its own"
            ) from None

    def _note(self, record: Mapping[str, Any] | _Key, offset: int) -> None:
        """Remember the line of a record, which begins at this offset."""
        self._offsets[record["id"]] = offset
        self._keys[record["id"]] = (record["sha256"], record["settings"])


def _unwritable(path: Path, error: OSError) -> KataError:
    return KataError(f"cannot write {path}: {error.strerror}")
