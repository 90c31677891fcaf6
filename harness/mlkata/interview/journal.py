"""The state of an interview, read from the lines of its append-only journal.

An interview that was cut off resumes from its last line.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from mlkata import files
from mlkata.interview import journal_lines
from mlkata.interview.journal_lines import JournalLine
from mlkata.tracks.model import KataError

NAME = "journal.jsonl"


@dataclass
class RoundHistory:
    """The history of one round."""

    opened: float
    """Seconds of the interview at its opening."""
    passed: float | None = None
    passing: int = 0
    checks: int = 0
    """The number of checks in the last look, of which `passing` passed."""
    looks: int = 0
    """How often the file was judged while this was the newest round."""
    hints: int = 0


@dataclass
class Interview:
    """The interview that the lines add up to."""

    track: str
    minutes: int
    seed: int
    began: str
    """The local time in ISO form."""
    seconds: float = 0.0
    rounds: dict[str, RoundHistory] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The answered topics by key, with the candidate's words."""
    unanswered: list[str] = field(default_factory=list)
    listed: bool = False
    """Whether the candidate looked at the list of topics."""
    missed: dict[str, float] = field(default_factory=dict)
    """The topics that were decided without asking, by key, with the second."""
    claims: dict[str, str] = field(default_factory=dict)
    """Claims by round; empty if the candidate made none."""
    measured: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tests: Mapping[str, Any] | None = None
    replies: dict[str, str] = field(default_factory=dict)
    """Replies to requests that cannot be met, by round."""
    ended: str = ""
    """Why the interview ended: `time`, `done` or `asked`; empty while it goes on."""

    @property
    def seconds_left(self) -> float:
        """The seconds left at the last line."""
        return max(0.0, 60.0 * self.minutes - self.seconds)

    @property
    def newest(self) -> str:
        """The round that was opened last."""
        return next(reversed(self.rounds), "")

    @property
    def passed(self) -> set[str]:
        """The rounds that have ever passed."""
        return {name for name, entry in self.rounds.items() if entry.passed is not None}

    def add(self, line: JournalLine) -> None:
        """Apply one line. Raises KeyError if it names a round that is not open."""
        match line:
            case journal_lines.Opened():
                self.rounds.setdefault(line.round, RoundHistory(line.t))
            case journal_lines.Asked():
                self._ask(line.words, line.topics)
            case journal_lines.Listed():
                self.listed = True
            case journal_lines.Hinted():
                self.rounds[line.round].hints = line.number
            case journal_lines.Looked():
                self._look(line)
            case journal_lines.Passed():
                self.rounds[line.round].passed = line.t
            case journal_lines.Claimed():
                self.claims[line.round] = line.said
            case journal_lines.Measured():
                self.measured[line.round] = line.found
            case journal_lines.Tested():
                self.tests = {name: getattr(line, name) for name in ("caught", "of", "rejected", "digest")}
            case journal_lines.Replied():
                self.replies[line.round] = line.said
            case journal_lines.Ended():
                self.ended = line.why
        self.seconds = max(self.seconds, line.t)

    def _ask(self, question: str, topics: list[str]) -> None:
        for key in topics:
            self.asked.setdefault(key, question)
        if not topics:
            self.unanswered.append(question)

    def _look(self, line: journal_lines.Looked) -> None:
        self.rounds[self.newest].looks += 1
        for name, (passing, checks) in line.rounds.items():
            self.rounds[name].passing, self.rounds[name].checks = passing, checks
        for key in line.missed:
            self.missed.setdefault(key, line.t)


class InterviewJournal:
    """The journal's file and the interview that it adds up to."""

    def __init__(self, path: Path, interview: Interview) -> None:
        self.path = path
        self.interview = interview

    @classmethod
    def begin(cls, path: Path, interview: Interview) -> InterviewJournal:
        """Start a new file with its first line."""
        journal = cls(path, interview)
        first = journal_lines.First(
            journal_lines.SCHEMA, interview.track, interview.minutes, interview.seed, interview.began
        )
        journal._append(msgspec.to_builtins(first))
        return journal

    @classmethod
    def read(cls, path: Path) -> InterviewJournal:
        """Read a file, ignoring damaged lines. Raises KataError if the first line does not fit."""
        values = files.read_lines(path)
        try:
            first = msgspec.convert(next(values, None), journal_lines.First)
            datetime.fromisoformat(first.began)
            valid = first.schema == journal_lines.SCHEMA
        except (ValueError, msgspec.ValidationError):
            valid = False
        if not valid:
            raise KataError(
                f"{path} is not an interview journal that this mlkata can read: move its folder away"
            )
        interview = Interview(first.track, first.minutes, first.seed, first.began)
        for value in values:
            with suppress(msgspec.ValidationError, KeyError):
                interview.add(journal_lines.read(value))
        return cls(path, interview)

    def add(self, seconds: float, do: str, **fields: Any) -> None:
        """Append a line and apply it."""
        line = {"t": round(seconds, 1), "do": do, **fields}
        self._append(line)
        self.interview.add(journal_lines.read(line))

    def _append(self, line: Mapping[str, Any]) -> None:
        try:
            files.append_line(self.path, line)
        except OSError as error:
            raise KataError(
                f"cannot write {self.path}: {error.strerror}; once it can be written again, "
                f"`kata interview {self.interview.track}` resumes"
            ) from None
