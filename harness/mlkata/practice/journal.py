"""Keeps a line for each time that a file was judged, in `.kata/journal.jsonl`: what `kata report` is made of.

Lines are only ever appended, each in one piece, so that two terminals lose nothing of each other's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from mlkata.practice import history
from mlkata.tracks.model import FINE, Report

_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


@dataclass(frozen=True)
class Entry:
    """One judgement."""

    at: str
    """The local time in ISO form, with its offset."""
    track: str
    round: str
    """What the candidate worked on; empty where nothing was open that had not passed."""
    seconds: float
    """Of work since the opening or the judgement before, without pauses, as `clock` counts it."""
    passing: int
    checks: int
    failure: str
    """The check whose failure was shown, the first one; empty where none failed."""

    @classmethod
    def of(cls, report: Report, round_id: str, seconds: float, at: str) -> Entry:
        """Make the entry of a report, to which so many seconds of work on a round have led."""
        return cls(
            at=at,
            track=report.track,
            round=round_id,
            seconds=seconds,
            passing=sum(one.status in FINE for one in report.verdicts),
            checks=len(report.verdicts),
            failure=next((one.check.id for one in report.wrong), ""),
        )

    @property
    def moment(self) -> datetime:
        """When it was."""
        return datetime.fromisoformat(self.at)


class Journal:
    """The file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def add(self, one: Entry) -> None:
        """Append an entry."""
        history.append_line(self.path, json.dumps(asdict(one), ensure_ascii=False))

    def entries(self) -> list[Entry]:
        """Give all entries, the oldest first; a line that a crash or a hand has spoilt is left out."""
        if not self.path.is_file():
            return []
        lines = self.path.read_bytes().decode("utf-8", "replace").splitlines()
        found = [one for one in map(_read, lines) if one is not None]
        return sorted(found, key=lambda one: one.moment)


def _read(line: str) -> Entry | None:
    try:
        one = Entry(**json.loads(line))
        aware = one.moment.tzinfo is not None
    except (ValueError, TypeError, RecursionError):
        return None
    right = all(isinstance(getattr(one, field.name), _TYPES[str(field.type)]) for field in fields(Entry))
    return one if aware and right else None
