"""What has happened in an interview, read from the lines of its journal, which are only ever added to.

An interview that was cut off at any moment goes on from its last line.
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
class RoundPast:
    """One round, as far as it has come."""

    opened: float
    """Seconds into the interview."""
    passed: float | None = None
    passing: int = 0
    checks: int = 0
    """Of so many, at the last look."""
    looks: int = 0
    """How often the file was judged while it was the newest round."""
    hints: int = 0


@dataclass
class Interview:
    """The sum of the lines."""

    track: str
    minutes: int
    seed: int
    began: str
    """The local time in ISO form."""
    seconds: float = 0.0
    rounds: dict[str, RoundPast] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """Topics that were answered, by key, with the words that asked."""
    unanswered: list[str] = field(default_factory=list)
    listed: bool = False
    """Has the list of topics been looked at?"""
    missed: dict[str, float] = field(default_factory=dict)
    """Topics that were decided without asking, by key."""
    claims: dict[str, str] = field(default_factory=dict)
    """By round; empty if the candidate had none."""
    measured: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tests: Mapping[str, Any] | None = None
    replies: dict[str, str] = field(default_factory=dict)
    """To requests that nobody can meet, by round."""
    ended: str = ""
    """Why: `time`, `done` or `asked`."""

    @property
    def left(self) -> float:
        """Seconds that are left, at the last line."""
        return max(0.0, 60.0 * self.minutes - self.seconds)

    @property
    def newest(self) -> str:
        """The round that was opened last."""
        return next(reversed(self.rounds), "")

    @property
    def passed(self) -> set[str]:
        """The rounds that have ever passed."""
        return {name for name, one in self.rounds.items() if one.passed is not None}

    def add(self, line: JournalLine) -> None:
        """Take one line into account. Raises KeyError if it names a round that is not open."""
        match line:
            case journal_lines.Opened():
                self.rounds.setdefault(line.round, RoundPast(line.t))
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

    def _ask(self, words: str, topics: list[str]) -> None:
        for key in topics:
            self.asked.setdefault(key, words)
        if not topics:
            self.unanswered.append(words)

    def _look(self, line: journal_lines.Looked) -> None:
        self.rounds[self.newest].looks += 1
        for name, (passing, checks) in line.rounds.items():
            self.rounds[name].passing, self.rounds[name].checks = passing, checks
        for key in line.missed:
            self.missed.setdefault(key, line.t)


class InterviewJournal:
    """The file, and what it adds up to."""

    def __init__(self, path: Path, interview: Interview) -> None:
        self.path = path
        self.interview = interview

    @classmethod
    def begin(cls, path: Path, interview: Interview) -> InterviewJournal:
        """Write the first line of a new file."""
        journal = cls(path, interview)
        first = journal_lines.First(
            journal_lines.SCHEMA, interview.track, interview.minutes, interview.seed, interview.began
        )
        journal._append(msgspec.to_builtins(first))
        return journal

    @classmethod
    def read(cls, path: Path) -> InterviewJournal:
        """Read a file, without lines that were cut off. Raises KataError if the first one is no good."""
        values = files.read_lines(path)
        try:
            first = msgspec.convert(next(values, None), journal_lines.First)
            datetime.fromisoformat(first.began)
            right = first.schema == journal_lines.SCHEMA
        except (ValueError, msgspec.ValidationError):
            right = False
        if not right:
            raise KataError(
                f"{path} is no journal of an interview that this mlkata reads: move its folder away"
            )
        interview = Interview(first.track, first.minutes, first.seed, first.began)
        for value in values:
            with suppress(msgspec.ValidationError, KeyError):
                interview.add(journal_lines.read(value))
        return cls(path, interview)

    def add(self, seconds: float, do: str, **more: Any) -> None:
        """Append a line, and take it into account."""
        line = {"t": round(seconds, 1), "do": do, **more}
        self._append(line)
        self.interview.add(journal_lines.read(line))

    def _append(self, line: Mapping[str, Any]) -> None:
        try:
            files.append_line(self.path, line)
        except OSError as error:
            raise KataError(
                f"cannot write {self.path}: {error.strerror}; where it can be written again, "
                f"`kata interview {self.interview.track}` goes on"
            ) from None
