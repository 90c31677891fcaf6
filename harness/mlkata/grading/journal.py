"""What a cohort has got so far, on the disk: a line of JSON for each submission, never half a one.

A line is written whole and forced to the disk before anybody hears of it. A kill can cut off the last
line only, which the next run takes away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from mlkata.tracks.model import KataError
from mlkata.worker import isolation


class Journal:
    """The file `results.jsonl` of a cohort, open and locked: the last line of an id counts."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it. Raises KataError where it is no journal, or in use by another process."""
        self.path = path
        self._at: dict[str, int] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        try:
            self._file: BinaryIO = path.open("a+b")
        except OSError as error:
            raise KataError(f"cannot write {path}: {error.strerror}") from None
        try:
            _lock(self._file, path)
            self._read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def has(self, id_: str, sha256: str, settings: str) -> bool:
        """Has this submission been judged, with this content and under these settings?"""
        return self._keys.get(id_) == (sha256, settings)

    def add(self, record: Mapping[str, Any]) -> None:
        """Write a record down, for good."""
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        at = self._file.seek(0, os.SEEK_END)
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._note(record, at)

    def records(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Give the records of these submissions, one after the other, as far as there are any."""
        for id_ in ids:
            if id_ in self._at:
                self._file.seek(self._at[id_])
                yield json.loads(self._file.readline())

    def _read(self) -> None:
        at = self._file.seek(0)
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(at)
                break
            try:
                self._note(json.loads(line), at)
            except (ValueError, KeyError, TypeError):
                raise KataError(
                    f"{self.path} is no list of results: expected a folder of its own after --out"
                ) from None
            at += len(line)

    def _note(self, record: Mapping[str, Any], at: int) -> None:
        self._at[record["id"]] = at
        self._keys[record["id"]] = (record["sha256"], record["settings"])


def _lock(file: BinaryIO, path: Path) -> None:
    if not isolation.lock(file.fileno()):
        raise KataError(f"another `kata grade` writes to {path.parent}: wait for it, or take another --out")
