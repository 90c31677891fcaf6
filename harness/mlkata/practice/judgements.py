"""The journal of judgements in `.kata/journal.jsonl`, which `kata report` is made from.

Lines are only appended, each in one write, so that two terminals do not overwrite each other's.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from mlkata import files
from mlkata.tracks.model import FINE, Report


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One judgement of a file."""

    at: str
    """The local time in ISO form, with its offset."""
    track: str
    round: str
    """The round that the candidate worked on; empty if every open round had passed."""
    seconds: float
    """Seconds of work since the round was opened or last judged, without pauses, as `worktime` counts them.
    """
    passing: int
    checks: int
    failure: str
    """The first failing check, whose failure was shown; empty if none failed."""

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError(f"at: expected a time with its offset, got {self.at!r}")

    @classmethod
    def of(cls, report: Report, round_id: str, seconds: float, at: str) -> Judgement:
        """Return the judgement of a report after some seconds of work on a round."""
        return cls(
            at=at,
            track=report.track,
            round=round_id,
            seconds=seconds,
            passing=sum(verdict.status in FINE for verdict in report.verdicts),
            checks=len(report.verdicts),
            failure=next((verdict.check.id for verdict in report.wrong), ""),
        )

    @property
    def moment(self) -> datetime:
        """The time of the judgement."""
        return datetime.fromisoformat(self.at)


class PracticeJournal:
    """The journal's file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def add(self, judgement: Judgement) -> None:
        """Append a judgement."""
        files.append_line(self.path, msgspec.to_builtins(judgement))

    def judgements(self) -> list[Judgement]:
        """Return all judgements, oldest first; lines damaged by a crash or by hand are left out."""
        judgements = []
        for value in files.read_lines(self.path):
            with suppress(msgspec.ValidationError):
                judgements.append(msgspec.convert(value, Judgement))
        return sorted(judgements, key=lambda judgement: judgement.moment)
