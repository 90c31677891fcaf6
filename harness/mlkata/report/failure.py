"""Describe the outcome of a check (one rule, judged on drawn inputs) in labelled parts.

The writers of all formats lay out these parts. A submission can influence some of their text, such as the
message of an exception. Its invisible characters could control a terminal or hide text, so `parts` and
`withheld` make every line harmless: they write these characters as escapes (see `tracks.harmless`).

A teacher can keep the inputs of checks secret. Then formats show `withheld` instead of `parts`. `withheld`
leaves out

- the arguments, and the expected values, which reveal something about them;
- the replay command, which contains the seed: with the seed anybody can draw the inputs;
- all text into which a submission can copy its arguments: its results, its output, the messages and names of
  its exceptions, and the judge's message, which quotes the results.

In place of these are a phrase from a fixed list for each kind of failure, and the names of Python's own
exceptions.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlkata.report.as_json import checks
from mlkata.report.units import count
from mlkata.tracks.harmless import one_line, printable, shortened
from mlkata.tracks.model import FINE, Kind, Status

MOST_PRINTED = 12
"""Maximum number of lines of a submission's output that a terminal or a feedback page shows."""
_MAX_VALUE = 2000
"""Maximum number of characters of one value or one message: people do not read more."""
_IN_WORDS: Mapping[str, str] = {
    Kind.RAISED: "raised an exception",
    Kind.CONTRACT: "broke the contract: a type, shape or dtype that it does not allow, or an input changed",
    Kind.CRASHED: "the process ended before it answered",
    Kind.TIMEOUT: "took too long",
    Kind.MEMORY: "took too much memory",
    Kind.OUTPUT_LIMIT: "printed too much",
    Kind.PROTOCOL: "returned nothing that could be read",
    Kind.POLICY: "did something that is not allowed, such as starting a process or importing anything but "
    "numpy, numba and the standard library",
    Kind.IMPORT: "the file could not be imported",
}
_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_BEFORE_INPUT = frozenset({Kind.IMPORT, Kind.CRASHED, Kind.TIMEOUT, Kind.OUTPUT_LIMIT})
"""Kinds of failure whose message may be shown if the file could not be loaded: it has seen no input by then.
POLICY is not among them: forbidden code in a call, which has seen the input, can look the same."""


class Role(StrEnum):
    """What a part shows. The value is also the part's label, but an input has the function's name instead."""

    RULE = "rule"
    SCORE = "score"
    COST = "cost"
    INPUT = "input"
    YOURS = "yours"
    EXPECTED = "expected"
    BECAUSE = "because"
    REPLAY = "replay"
    HINT = "hint"
    PRINTED = "printed"
    TRACEBACK = "traceback"


@dataclass(frozen=True)
class FailurePart:
    """A label and its lines, all of them harmless."""

    role: Role
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What is known about a check. Its texts have not been made harmless yet."""

    function: str
    status: Status
    code: str | None
    """The kind of failure, a value of `Kind`; None for a pass, and for a wrong answer of the right form."""
    rule: str
    message: str = ""
    arguments: Sequence[str] = ()
    yours: Sequence[str] = ()
    expected: Sequence[str] = ()
    raised: str = ""
    """The type of the exception that the submission raised instead of an answer."""
    score: Mapping[Role, float] = field(default_factory=dict)
    replay: str = ""
    hint: str = ""
    stdout: str = ""
    traceback: str = ""

    @property
    def reason(self) -> str:
        """Why it did not pass, in one line."""
        return shortened(one_line(self.message).strip() or self.in_words, _MAX_VALUE)

    @property
    def in_words(self) -> str:
        """Why it did not pass, as a phrase from a fixed list that contains no text of the submission."""
        if self.status == Status.SKIP:
            return "a round that it needs has not passed"
        if self.status == Status.UNSOLVED:
            return "not solved yet"
        if self.code == Kind.RAISED and self.raised in _EXCEPTIONS:
            return f"raised {self.raised}"
        return _IN_WORDS.get(self.code or "", "a wrong answer")


def read(check: Mapping[str, Any]) -> Facts:
    """Return the facts of a check in a report (`mlkata.report/1`); those of a passed check have no values."""
    status = Status(check["status"])
    return Facts(
        function=check["function"],
        status=status,
        code=check["code"],
        rule=check["rule"],
        message=check["message"],
        arguments=_named(check["arguments"] or {}),
        yours=_outcome(check["got"]),
        expected=_outcome(check["expected"]),
        raised=str(check["got"]).partition(":")[0],  # "type: message"; used only for an exception
        score={role: float(check["score"][role]) for role in (Role.SCORE, Role.COST)}
        if check["score"]
        else {},
        replay="" if status in FINE else check["replay"],
        stdout=check["stdout"],
    )


def parts(facts: Facts) -> list[FailurePart]:
    """Return the parts of all known facts; without the submission's answer if it is unsolved or skipped."""
    unsolved = facts.status in (Status.UNSOLVED, Status.SKIP)
    every_part = [
        _part(Role.RULE, [facts.rule]),
        *(_part(role, [f"{value:.6g}"]) for role, value in facts.score.items()),
        _part(Role.INPUT, facts.arguments, label=facts.function),
        _part(Role.YOURS, [] if unsolved else facts.yours),
        _part(Role.EXPECTED, facts.expected),
        _part(Role.BECAUSE, [] if facts.status in FINE else [facts.reason]),
        _part(Role.REPLAY, [facts.replay] if facts.replay else []),
        _part(Role.HINT, [facts.hint] if facts.hint else []),
        _part(Role.PRINTED, [] if unsolved else _lines(facts.stdout)),
        _part(Role.TRACEBACK, [] if unsolved else _lines(facts.traceback)),
    ]
    return [part for part in every_part if part.lines]


def withheld(facts: Facts, *, loaded: bool) -> list[FailurePart]:
    """Return parts that reveal nothing of a check's input: the rule and the kind of failure.

    `loaded` says whether the file was loaded. A file that was not has seen no input, so its message is shown
    if its kind is in `_BEFORE_INPUT`.
    """
    parts_ = [_part(Role.RULE, [facts.rule])]
    if facts.status not in FINE:
        has_seen_no_input = not loaded and facts.code in _BEFORE_INPUT
        parts_.append(_part(Role.BECAUSE, [facts.reason if has_seen_no_input else facts.in_words]))
    return parts_


def first_lines(lines: Sequence[str]) -> Iterator[str]:
    """Yield the first lines of the output, and a line that counts the rest."""
    yield from lines[:MOST_PRINTED]
    if len(lines) > MOST_PRINTED:
        yield f"… {count(len(lines) - MOST_PRINTED, 'more line')}"


def nothing_ran(report: Mapping[str, Any]) -> bool:
    """Return whether the file could not be loaded, so that no check ran and all have the same message.

    Also true if forbidden code in the functions makes all checks fail with the same message.
    """
    failures = {(check["code"], check["message"]) for check in checks(report)}
    loading_messages = ("while importing ", f"{report['submission']} cannot be imported")
    return len(failures) == 1 and all(
        code in (Kind.IMPORT, Kind.POLICY) or (code is not None and message.startswith(loading_messages))
        for code, message in failures
    )


def _part(role: Role, lines: Iterable[str], label: str = "") -> FailurePart:
    """Return a part with harmless lines."""
    return FailurePart(role, one_line(label) or role, tuple(one_line(line) for line in lines))


def _lines(text: str) -> list[str]:
    """Return the lines of output or of a traceback, harmless; none for an empty text."""
    text = printable(text).rstrip("\n")
    return text.split("\n") if text else []


def _named(values: Mapping[str, Any]) -> list[str]:
    """Return a line `name = value` for each value."""
    return [f"{name} = {_value(value)}" for name, value in values.items()]


def _outcome(outcome: Any) -> list[str]:
    """Return the lines of `got` or `expected`: an exception's text, one value, or several by name."""
    if isinstance(outcome, Mapping):
        return [_value(value) for value in outcome.values()] if len(outcome) == 1 else _named(outcome)
    return [_value(outcome)] if outcome is not None else []


def _value(value: Any) -> str:
    """Return a value as text. A string is not quoted, since abbreviated arrays are strings."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(one_line(text), _MAX_VALUE)
