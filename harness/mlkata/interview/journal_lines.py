"""The lines of an interview's journal, a class for each kind.

A line is an object with `t`, `do`, which names the kind, and the fields of its class. Other fields, which a
later version may add, are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

SCHEMA = "mlkata.interview-journal/1"


class First(msgspec.Struct, frozen=True):
    """The first line, which identifies the interview."""

    schema: str
    track: str
    minutes: int
    seed: int
    began: str
    """The local time in ISO form."""


class JournalLine(msgspec.Struct, frozen=True):
    """Any other line."""

    t: float
    """Seconds of the interview so far, without pauses."""


class Opened(JournalLine, frozen=True):
    """A round was opened."""

    round: str


class Asked(JournalLine, frozen=True):
    """The candidate asked a question, and these topics answered it."""

    words: str
    topics: list[str]


class Listed(JournalLine, frozen=True):
    """The candidate looked at the list of topics."""


class Hinted(JournalLine, frozen=True):
    """A hint of a round was shown; the first one has number 1."""

    round: str
    number: int


class Looked(JournalLine, frozen=True):
    """The file was judged."""

    rounds: dict[str, tuple[int, int]]
    """For each round, the number of passing checks and of all checks."""
    missed: list[str]
    """Topics that the file decides although the candidate did not ask about them."""


class Passed(JournalLine, frozen=True):
    """A round passed."""

    round: str


class Claimed(JournalLine, frozen=True):
    """The candidate claimed what a round's function costs; `said` is empty if there was no answer."""

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
    """The candidate replied to a request that cannot be met."""

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
    """Return the line that a JSON value holds. Raises msgspec.ValidationError if it does not fit.

    For a kind that is not listed here, such as `tick`, only the time is kept.
    """
    kind = _KINDS.get(msgspec.convert(value, _Head).do, JournalLine)
    return msgspec.convert(value, kind)
