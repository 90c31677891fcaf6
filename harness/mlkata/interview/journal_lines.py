"""The lines of an interview's journal, a class for each kind.

A line is an object with `t`, `do`, which says what happened, and the fields of its class; other fields,
which a later version may add, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

SCHEMA = "mlkata.interview-journal/1"


class First(msgspec.Struct, frozen=True):
    """The first line, which says which interview it is."""

    schema: str
    track: str
    minutes: int
    seed: int
    began: str
    """The local time in ISO form."""


class JournalLine(msgspec.Struct, frozen=True):
    """Any other line."""

    t: float
    """Seconds of the interview so far; pauses do not count."""


class Opened(JournalLine, frozen=True):
    """A round was opened."""

    round: str


class Asked(JournalLine, frozen=True):
    """The candidate asked; the answer was about these topics, if any."""

    words: str
    topics: list[str]


class Listed(JournalLine, frozen=True):
    """The list of topics was looked at."""


class Hinted(JournalLine, frozen=True):
    """A hint of a round was shown; the first one has number 1."""

    round: str
    number: int


class Looked(JournalLine, frozen=True):
    """The file was judged."""

    rounds: dict[str, tuple[int, int]]
    """How many checks of a round pass, and how many there are."""
    missed: list[str]
    """Topics that the file decides although nobody asked about them."""


class Passed(JournalLine, frozen=True):
    """A round passed."""

    round: str


class Claimed(JournalLine, frozen=True):
    """The candidate said what a round's function costs; empty if there was no answer."""

    round: str
    said: str


class Measured(JournalLine, frozen=True):
    """A round's function was measured."""

    round: str
    found: dict[str, Any]


class Tested(JournalLine, frozen=True):
    """The candidate's tests were graded."""

    caught: int
    of: int
    rejected: list[str]
    digest: int


class Replied(JournalLine, frozen=True):
    """The candidate replied to a request that nobody can meet."""

    round: str
    said: str


class Ended(JournalLine, frozen=True):
    """The interview ended."""

    why: str
    """`time`, `done` or `asked`."""


_KINDS: Mapping[str, type[JournalLine]] = {
    "open": Opened,
    "ask": Asked,
    "list": Listed,
    "hint": Hinted,
    "look": Looked,
    "pass": Passed,
    "claim": Claimed,
    "measure": Measured,
    "test": Tested,
    "reply": Replied,
    "end": Ended,
}


class _Head(msgspec.Struct):
    do: str


def read(value: Any) -> JournalLine:
    """Return the line that a JSON value is. Raise msgspec.ValidationError where it is none.

    Of a kind that is not listed here, such as `tick`, only the time counts.
    """
    kind = _KINDS.get(msgspec.convert(value, _Head).do, JournalLine)
    return msgspec.convert(value, kind)
