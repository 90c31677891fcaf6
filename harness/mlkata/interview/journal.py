"""The state of an interview, and its journal: a file to which a line is appended for each event.

An interview whose process was killed resumes from the state after the last line.
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
    """Seconds of the interview when the round was opened."""
    passed: float | None = None
    """Seconds of the interview when the round passed; None if it has not."""
    passing: int = 0
    """The number of checks that passed when the file was last judged."""
    checks: int = 0
    """The number of checks on which the file was then judged."""
    looks: int = 0
    """How often the file was judged while this was the newest round."""
    hints: int = 0
    """The number of hints that were shown."""


@dataclass
class Interview:
    """The state of an interview after some lines of its journal.

    Rounds have ids such as `kmeans.1`. A topic, i.e. something that the task leaves open and that can be
    asked about, has a key such as `1/ties`.
    """

    track: str
    minutes: int
    seed: int
    began: str
    """The local time in ISO form."""
    seconds: float = 0.0
    """Seconds of the interview so far, without pauses."""
    rounds: dict[str, RoundHistory] = field(default_factory=dict)
    """The opened rounds by id, in the order of their opening."""
    asked: dict[str, str] = field(default_factory=dict)
    """The topics that were asked about, by key, with the candidate's first question."""
    unanswered: list[str] = field(default_factory=list)
    """The questions that belong to no topic: the candidate was told to decide."""
    listed: bool = False
    """Whether the candidate looked at the list of topics."""
    missed: dict[str, float] = field(default_factory=dict)
    """The topics that the file decided without a question, by key, with the seconds of the interview at that
    time."""
    claims: dict[str, str] = field(default_factory=dict)
    """What the candidate said that a function costs, by round; empty if the candidate said nothing."""
    measured: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What that function costs as measured, by round."""
    tests: Mapping[str, Any] | None = None
    """The fields of the last `journal_lines.Tested`; None if the candidate's tests have not been graded."""
    replies: dict[str, str] = field(default_factory=dict)
    """The replies to requests that cannot be fulfilled, by the id of the (open-ended) round."""
    ended: str = ""
    """Why the interview ended: `time`, `done` or `asked`; empty while it goes on."""

    @property
    def seconds_left(self) -> float:
        """The seconds left after the last line."""
        return max(0.0, 60.0 * self.minutes - self.seconds)

    @property
    def newest(self) -> str:
        """The id of the round that was opened last; empty if none was."""
        return next(reversed(self.rounds), "")

    @property
    def passed(self) -> set[str]:
        """The ids of the rounds that have ever passed."""
        return {round_id for round_id, history in self.rounds.items() if history.passed is not None}

    def add(self, line: JournalLine) -> None:
        """Update the state by one line. Raise KeyError if it names a round that has not been opened."""
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
        for round_id, (passing, checks) in line.rounds.items():
            self.rounds[round_id].passing, self.rounds[round_id].checks = passing, checks
        for key in line.missed:
            self.missed.setdefault(key, line.t)


class InterviewJournal:
    """The file of a journal, and the state that its lines add up to."""

    def __init__(self, path: Path, interview: Interview) -> None:
        self.path = path
        self.interview = interview

    @classmethod
    def begin(cls, path: Path, interview: Interview) -> InterviewJournal:
        """Start a new file, with the first line."""
        journal = cls(path, interview)
        first = journal_lines.First(
            schema=journal_lines.SCHEMA,
            track=interview.track,
            minutes=interview.minutes,
            seed=interview.seed,
            began=interview.began,
        )
        journal._append(msgspec.to_builtins(first))
        return journal

    @classmethod
    def read(cls, path: Path) -> InterviewJournal:
        """Read a file, without its invalid lines. Raise KataError if the first line is invalid."""
        values = files.read_lines(path)
        try:
            first = msgspec.convert(next(values, None), journal_lines.First)
            datetime.fromisoformat(first.began)
            valid = first.schema == journal_lines.SCHEMA
        except (ValueError, msgspec.ValidationError):
            valid = False
        if not valid:
            raise KataError(
                f"{path} is not an interview journal that this version of mlkata can read: "
                f"move its folder out of {path.parent.parent}"
            )
        interview = Interview(first.track, first.minutes, first.seed, first.began)
        for value in values:
            with suppress(msgspec.ValidationError, KeyError):
                interview.add(journal_lines.read(value))
        return cls(path, interview)

    def add(self, seconds: float, do: str, **fields: Any) -> None:
        """Append a line of the kind `do`, and update the state by it."""
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
