"""The journal `.kata/journal.jsonl`: one line of JSON for each judgement of the candidate's file.

`kata report` is made from the journal. Lines are only appended, each in one write, so that commands in two
terminals do not overwrite each other's lines.
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
    """The local time in ISO form, with its offset from UTC."""
    track: str
    round: str
    """The round that the candidate worked on; empty if every open round had passed."""
    seconds: float
    """Seconds of work since the round was opened or last judged, without pauses (see `worktime`)."""
    passing: int
    """The number of checks that passed."""
    checks: int
    """The number of checks of the judged rounds, including those that were skipped."""
    failure: str
    """The id of the first failing check, which is the one shown; empty if none failed."""

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError(f"at: expected a time with its UTC offset, got {self.at!r}")

    @classmethod
    def of(cls, report: Report, round_id: str, seconds: float, at: str) -> Judgement:
        """Return the judgement for a report: it was made at `at`, after `seconds` of work on the round."""
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
    """The journal in a folder, which is `.kata` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def add(self, judgement: Judgement) -> None:
        """Append a judgement."""
        files.append_line(self.path, msgspec.to_builtins(judgement))

    def judgements(self) -> list[Judgement]:
        """Return all judgements, oldest first; lines that a crash or an edit has damaged are left out."""
        judgements = []
        for value in files.read_lines(self.path):
            with suppress(msgspec.ValidationError):
                judgements.append(msgspec.convert(value, Judgement))
        return sorted(judgements, key=lambda judgement: judgement.moment)
