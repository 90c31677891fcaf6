"""What has happened in an interview, read from the lines of its journal, which are only ever added to.

A line is an object with `t`, the seconds of the interview so far (pauses do not count), `do`, which says what
happened, and more. An interview that was cut off at any moment goes on from its last line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mlkata.practice import history
from mlkata.tracks.model import KataError

SCHEMA = "mlkata.interview-journal/1"
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
    """By round; empty where the candidate had none."""
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

    def add(self, line: Mapping[str, Any]) -> None:
        """Take one line into account. Raises KeyError and the like where it is none."""
        seconds = float(line["t"])
        match line["do"]:
            case "open":
                self.rounds.setdefault(str(line["round"]), RoundPast(seconds))
            case "ask":
                self._ask(str(line["words"]), [str(key) for key in line["topics"]])
            case "list":
                self.listed = True
            case "hint":
                self.rounds[line["round"]].hints = int(line["number"])
            case "look":
                self._look(line, seconds)
            case "pass":
                self.rounds[line["round"]].passed = seconds
            case "claim":
                self.claims[str(line["round"])] = str(line["said"])
            case "measure":
                self.measured[str(line["round"])] = dict(line["found"])
            case "test":
                self.tests = {name: line[name] for name in ("caught", "of", "rejected", "digest")}
            case "reply":
                self.replies[str(line["round"])] = str(line["said"])
            case "end":
                self.ended = str(line["why"])
        self.seconds = max(self.seconds, seconds)

    def _ask(self, words: str, topics: list[str]) -> None:
        for key in topics:
            self.asked.setdefault(key, words)
        if not topics:
            self.unanswered.append(words)

    def _look(self, line: Mapping[str, Any], seconds: float) -> None:
        self.rounds[self.newest].looks += 1
        for name, (passing, checks) in line["rounds"].items():
            self.rounds[name].passing, self.rounds[name].checks = int(passing), int(checks)
        for key in line["missed"]:
            self.missed.setdefault(str(key), seconds)


class Journal:
    """The file, and what it adds up to."""

    def __init__(self, path: Path, interview: Interview) -> None:
        self.path = path
        self.interview = interview

    @classmethod
    def begin(cls, path: Path, interview: Interview) -> Journal:
        """Write the first line of a new file."""
        first = {
            "schema": SCHEMA,
            "track": interview.track,
            "minutes": interview.minutes,
            "seed": interview.seed,
            "began": interview.began,
        }
        journal = cls(path, interview)
        journal._append(first)
        return journal

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Read a file, without lines that were cut off. Raises KataError where the first one is no good."""
        # Not by splitlines: what was typed or pasted may hold other ends of lines.
        head, *lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        try:
            first = json.loads(head)
            interview = Interview(
                str(first["track"]), int(first["minutes"]), int(first["seed"]), str(first["began"])
            )
            datetime.fromisoformat(interview.began)
            right = first["schema"] == SCHEMA
        except (ValueError, TypeError, KeyError, RecursionError):
            right = False
        if not right:
            raise KataError(
                f"{path} is no journal of an interview that this mlkata reads: move its folder away"
            )
        for line in filter(None, lines):
            try:
                interview.add(json.loads(line))
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                continue
        return cls(path, interview)

    def add(self, seconds: float, do: str, **more: Any) -> None:
        """Append a line, and take it into account."""
        line = {"t": round(seconds, 1), "do": do, **more}
        self._append(line)
        self.interview.add(line)

    def _append(self, line: Mapping[str, Any]) -> None:
        try:
            history.append_line(self.path, json.dumps(line, ensure_ascii=False))
        except OSError as error:
            raise KataError(
                f"cannot write {self.path}: {error.strerror}; where it can be written again, "
                f"`kata interview {self.interview.track}` goes on"
            ) from None
