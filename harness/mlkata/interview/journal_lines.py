"""The lines of an interview's journal: a class for each kind of event.

After the first, a line is a JSON object with `t` (the time), `do` (the name of the kind, see `_KINDS`) and
the fields of the kind's class. Other fields, which a later version may add, are ignored.
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
    """Any line but the first."""

    t: float
    """Seconds of the interview so far, without pauses."""


class Opened(JournalLine, frozen=True):
    """A round was opened."""

    round: str


class Asked(JournalLine, frozen=True):
    """The candidate asked a question."""

    words: str
    topics: list[str]
    """The keys of the topics that answered it; none if it was left to the candidate."""


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
    """The keys of topics that the file decides although the candidate did not ask about them."""


class Passed(JournalLine, frozen=True):
    """A round passed."""

    round: str


class Claimed(JournalLine, frozen=True):
    """The candidate was asked what a round's function costs."""

    round: str
    said: str
    """The claim; empty if the candidate skipped the question."""


class Measured(JournalLine, frozen=True):
    """A round's function was measured."""

    round: str
    found: dict[str, Any]
    """What `measuring.measure` returned."""


class Tested(JournalLine, frozen=True):
    """The candidate's tests were graded."""

    caught: int
    """The number of deliberately wrong solutions on which a test failed."""
    of: int
    """The number of deliberately wrong solutions."""
    rejected: list[str]
    """The names of tests that failed on a right solution."""
    digest: int
    """A checksum of the file of tests."""


class Replied(JournalLine, frozen=True):
    """The candidate replied to the request of an open-ended round, which cannot be fulfilled."""

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


class _Kind(msgspec.Struct):
    """The field that says of which kind a line is."""

    do: str


def read(value: Any) -> JournalLine:
    """Return the line that a JSON value holds. Raise msgspec.ValidationError if it is not a valid line.

    Of a kind without a class of its own, such as `tick`, only the time is kept.
    """
    kind = _KINDS.get(msgspec.convert(value, _Kind).do, JournalLine)
    return msgspec.convert(value, kind)
