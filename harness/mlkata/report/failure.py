"""Says in words what became of a check, in labelled parts that each format only has to lay out.

Whatever a submission can influence is harmless text in the lines of a part (see `tracks.harmless`).

Where inputs are withheld, `withheld` gives the parts. Arguments and expected values are left out: with the
arguments scikit-learn gives the rest. So are the command that replays, which has the seed, and all that a
submission can copy its arguments into: what it returned, what it printed, the messages of its exceptions and
names of its own making, and the judge's message, which quotes both sides. What is said instead comes from a
fixed list: the kind of failure, and the name of an exception where it is one of Python's own.
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
"""Lines of what was printed, where there is room for few."""
_MAX_VALUE = 2000
"""Characters of one value or one message: nobody reads more by eye."""
_IN_WORDS: Mapping[str, str] = {
    Kind.RAISED: "raised an exception",
    Kind.CONTRACT: "broke the contract: a type, shape or dtype that it does not allow, or an input changed",
    Kind.CRASHED: "the process ended before it answered",
    Kind.TIMEOUT: "took too long",
    Kind.MEMORY: "took too much memory",
    Kind.OUTPUT_LIMIT: "printed too much",
    Kind.PROTOCOL: "gave no answer that could be read",
    Kind.POLICY: "did what is not allowed: import what is neither numpy, numba nor the standard library, "
    "or start a process",
    Kind.IMPORT: "the file could not be imported",
}
_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_BEFORE_INPUT = frozenset({Kind.IMPORT, Kind.CRASHED, Kind.TIMEOUT, Kind.OUTPUT_LIMIT})
"""What ends loading in words that no submission can have written once it had seen an input."""


class Role(StrEnum):
    """What a part is about; its label as well, but for the input's, which is the function's name."""

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
    """A label and the lines behind it, all of them harmless."""

    role: Role
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of a check, in texts that may be hostile."""

    function: str
    status: Status
    code: str | None
    rule: str
    message: str = ""
    arguments: Sequence[str] = ()
    yours: Sequence[str] = ()
    expected: Sequence[str] = ()
    raised: str = ""
    """The name of the exception that was the answer."""
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
        """Why it did not pass, in words from a fixed list, none of the submission's."""
        if self.status == Status.SKIP:
            return "what it needs has not passed"
        if self.status == Status.UNSOLVED:
            return "not solved yet"
        if self.code == Kind.RAISED and self.raised in _EXCEPTIONS:
            return f"raised {self.raised}"
        return _IN_WORDS.get(self.code or "", "a wrong answer")


def read(check: Mapping[str, Any]) -> Facts:
    """Read a check of a `mlkata.report/1`, which keeps nothing of what passed but its score."""
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
        raised=str(check["got"]).partition(":")[0],
        score={role: float(check["score"][role]) for role in (Role.SCORE, Role.COST)}
        if check["score"]
        else {},
        replay="" if status in FINE else check["replay"],
        stdout=check["stdout"],
    )


def parts(facts: Facts) -> list[FailurePart]:
    """Say all that is known of a check: of one that is not solved, nothing of what it did."""
    unsolved = facts.status in (Status.UNSOLVED, Status.SKIP)
    made = [
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
    return [part for part in made if part.lines]


def withheld(facts: Facts, *, loaded: bool) -> list[FailurePart]:
    """Say what tells nothing of a check's input: the rule, and the kind of what went wrong.

    What was not `loaded` has seen no input, and the message says why.
    """
    made = [_part(Role.RULE, [facts.rule])]
    if facts.status not in FINE:
        harmless = not loaded and facts.code in _BEFORE_INPUT
        made.append(_part(Role.BECAUSE, [facts.reason if harmless else facts.in_words]))
    return made


def first_lines(lines: Sequence[str]) -> Iterator[str]:
    """Give the first lines of what was printed, and say how many more there are."""
    yield from lines[:MOST_PRINTED]
    if len(lines) > MOST_PRINTED:
        yield f"… {count(len(lines) - MOST_PRINTED, 'more line')}"


def nothing_ran(report: Mapping[str, Any]) -> bool:
    """Could the file not be loaded, so that no check ran? Then each says the same."""
    ends = {(check["code"], check["message"]) for check in checks(report)}
    while_loading = ("while importing ", f"{report['submission']} cannot be imported")
    return len(ends) == 1 and all(
        code in (Kind.IMPORT, Kind.POLICY) or (code is not None and message.startswith(while_loading))
        for code, message in ends
    )


def _part(role: Role, lines: Iterable[str], label: str = "") -> FailurePart:
    """Make a part: its lines become harmless."""
    return FailurePart(role, one_line(label) or role, tuple(one_line(line) for line in lines))


def _lines(text: str) -> list[str]:
    text = printable(text).rstrip("\n")
    return text.split("\n") if text else []


def _named(values: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in values.items()]


def _outcome(outcome: Any) -> list[str]:
    """Write what came back: an exception's text, one value, or several by their names."""
    if isinstance(outcome, Mapping):
        return [_value(value) for value in outcome.values()] if len(outcome) == 1 else _named(outcome)
    return [_value(outcome)] if outcome is not None else []


def _value(value: Any) -> str:
    """Write a value; text as it is, since abbreviated arrays are text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(one_line(text), _MAX_VALUE)
