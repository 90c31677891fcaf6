"""Keeps a line for each time that a file was judged, in `.kata/journal.jsonl`: what `kata report` is made of.

Lines are only ever appended, each in one piece, so that two terminals lose nothing of each other's.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from mlkata import files
from mlkata.tracks.model import FINE, Report


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One time that a file was judged."""

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

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError(f"at: expected a time with its offset, got {self.at!r}")

    @classmethod
    def of(cls, report: Report, round_id: str, seconds: float, at: str) -> Judgement:
        """Make the judgement of a report, to which so many seconds of work on a round have led."""
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


class PracticeJournal:
    """The file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def add(self, judgement: Judgement) -> None:
        """Append a judgement."""
        files.append_line(self.path, msgspec.to_builtins(judgement))

    def judgements(self) -> list[Judgement]:
        """Give all judgements, the oldest first; a line that a crash or a hand has spoilt is left out."""
        whole = []
        for value in files.read_lines(self.path):
            with suppress(msgspec.ValidationError):
                whole.append(msgspec.convert(value, Judgement))
        return sorted(whole, key=lambda judgement: judgement.moment)
