"""Keeps a line for each time that a file was judged, in `.kata/journal.jsonl`: what `kata report` is made of.

Lines are only ever appended, each in one piece, so that two terminals lose nothing of each other's.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from harness.model import FINE, Report


@dataclass(frozen=True)
class Entry:
    """One judgement."""

    at: str
    """The local time in ISO form, with its offset."""
    track: str
    round: str
    """The first round that had not passed before: what the candidate works on. Empty where there is none."""
    passing: int
    checks: int
    failure: str
    """The check whose failure was shown, the first one; empty where none failed."""

    @property
    def moment(self) -> datetime:
        """When it was."""
        return datetime.fromisoformat(self.at)


def entry(report: Report, passed: set[str], at: str) -> Entry:
    """Make the entry of a report; `passed` names the rounds that had passed before."""
    at_hand = (one.round.id for one in report.rounds if one.round.id not in passed)
    return Entry(
        at=at,
        track=report.track,
        round=next(at_hand, ""),
        passing=sum(one.status in FINE for one in report.verdicts),
        checks=len(report.verdicts),
        failure=next((one.check.id for one in report.wrong), ""),
    )


class Journal:
    """The file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def add(self, one: Entry) -> None:
        """Append an entry."""
        line = json.dumps(asdict(one), ensure_ascii=False) + "\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

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
    return one if aware and isinstance(one.failure, str) and isinstance(one.round, str) else None
