"""Writes one check of a `mlkata.report/1` as plain text, for all formats that show text.

Whatever a submission can influence (its name, messages, values, what it printed) is hostile: it
passes `printable` on its way into any format.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping
from typing import Any

from mlkata.tracks.model import FINE, Kind, Status

_LABEL = 10
_MAX_VALUE = 2000
"""Characters of one value, one message or what was printed: nobody reads more by eye."""
_IN_WORDS = {
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
    name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, BaseException)
)
_BEFORE_INPUT = frozenset({Kind.IMPORT, Kind.CRASHED, Kind.TIMEOUT, Kind.OUTPUT_LIMIT})
"""What ends loading in words that no submission can have written once it had seen an input."""


def checks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the checks of all rounds in the order of the track."""
    return [check for one in report["rounds"] for check in one["checks"]]


def nothing_ran(report: Mapping[str, Any]) -> bool:
    """Could the file not be loaded, so that no check ran? Then each says the same."""
    ends = {(check["code"], check["message"]) for check in checks(report)}
    while_loading = ("while importing ", f"{report['submission']} cannot be imported")
    return len(ends) == 1 and all(
        code in (Kind.IMPORT, Kind.POLICY) or (code is not None and message.startswith(while_loading))
        for code, message in ends
    )


def number(round_id: str) -> str:
    """Give the `3` of `kmeans.3`."""
    return round_id.rpartition(".")[2]


def printable(text: str) -> str:
    r"""Write control characters and all else that is invisible as `\x1b`; lines stay lines."""
    return "".join(_visible(c) for c in text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Write a text on one line, printable."""
    return " ".join(printable(text).split())


def shortened(text: str, size: int) -> str:
    """Cut a text to at most `size` characters, with a mark where something is gone."""
    return text if len(text) <= size else text[: size - 1] + "…"


def reason(check: Mapping[str, Any]) -> str:
    """Say in one line why a check did not pass."""
    return shortened(one_line(check["message"]) or in_words(check), _MAX_VALUE)


def in_words(check: Mapping[str, Any]) -> str:
    """Say why a check did not pass in words from a fixed list, none of the submission's.

    They are the kind of failure, and the name of an exception where it is one of Python's own.
    """
    if check["status"] == Status.SKIP:
        return "what it needs has not passed"
    if check["status"] == Status.UNSOLVED:
        return "not solved yet"
    if not check["code"]:
        return "a wrong answer"
    name = str(check["got"]).partition(":")[0]
    if check["code"] == Kind.RAISED and name in _EXCEPTIONS:
        return f"raised {name}"
    return _IN_WORDS[Kind(check["code"])]


def describe(check: Mapping[str, Any]) -> str:
    """Write a check: its rule, and where it did not pass input, yours, expected, why, what was printed."""
    parts = [("rule", one_line(check["rule"]))]
    if check["score"] is not None:
        parts += [(name, f"{float(check['score'][name]):.6g}") for name in ("score", "cost")]
    if check["status"] in FINE:
        return _labelled(parts)
    parts += [(check["function"], one) for one in _named(check["arguments"])]
    if check["status"] not in (Status.UNSOLVED, Status.SKIP):
        parts += [("yours", one) for one in _outcome(check["got"])]
    parts += [("expected", one) for one in _outcome(check["expected"])]
    parts += [("because", reason(check)), ("replay", one_line(check["replay"]))]
    printed = shortened(printable(check["stdout"].rstrip("\n")), _MAX_VALUE)
    parts += [("printed", line) for line in printed.split("\n")]
    return _labelled([(label, text) for label, text in parts if text])


def describe_withheld(check: Mapping[str, Any], *, loaded: bool) -> str:
    """Write a check without a word that tells of its input: the rule, and the kind of what went wrong.

    Arguments and expected values are left out, and so is all that a submission can copy its arguments
    into: what it returned, what it printed, the messages of its exceptions and names of its own making,
    and the judge's message, which quotes both sides. What was not `loaded` has seen no input, and the
    message says why.
    """
    parts = [("rule", one_line(check["rule"]))]
    if check["status"] not in FINE:
        harmless = not loaded and check["code"] in _BEFORE_INPUT
        parts.append(("because", reason(check) if harmless else in_words(check)))
    return _labelled(parts)


def _labelled(parts: list[tuple[str, str]]) -> str:
    """Write each text behind its label, which is said once where several have it."""
    lines = []
    last = ""
    for label, text in parts:
        lines.append(f"{'' if label == last else label:<{_LABEL - 1}} {text}".rstrip())
        last = label
    return "\n".join(lines)


def _named(values: Mapping[str, Any] | None) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in (values or {}).items()]


def _outcome(outcome: Any) -> list[str]:
    """Write what came back: an exception's text, one value, or several by their names."""
    if isinstance(outcome, Mapping):
        return [_value(one) for one in outcome.values()] if len(outcome) == 1 else _named(outcome)
    return [_value(outcome)] if outcome is not None else []


def _value(value: Any) -> str:
    """Write a value on one line; text as it is, since abbreviated arrays are text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(one_line(text), _MAX_VALUE)


def _visible(c: str) -> str:
    if c.isprintable() or c == "\n":
        return c
    if c.isspace():
        return " "
    return f"\\x{ord(c):02x}" if ord(c) <= 0xFF else f"\\u{ord(c):04x}"  # noqa: PLR2004 - two digits' worth
