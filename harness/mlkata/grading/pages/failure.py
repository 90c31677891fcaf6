"""Says what is known of a check that did not pass: all of it, or as much as hidden inputs allow.

Where expected values are to be hidden, arguments are left out as well: with them scikit-learn gives the
rest; and the command that replays, which has the seed. So are all messages, since they quote expected
values and shapes of inputs, and all that the submission itself wrote (answers, printed text, texts of
exceptions), since it has seen the inputs and can write them down. What is said instead comes from a
fixed list: the kind of failure, and the name of an exception where it is one of Python's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlkata.report import details
from mlkata.report.page.markup import clip
from mlkata.report.units import count

MAX_MESSAGE = 600
_MAX_VALUE = 2000
_MAX_LINES, _MAX_LINE = 12, 200


@dataclass(frozen=True)
class Part:
    """One thing that is known of a failure."""

    label: str
    kind: Literal["values", "words", "command", "printed"]
    lines: tuple[str, ...]


def parts(check: Mapping[str, Any], *, hide_expected: bool) -> list[Part]:
    """List what may be shown of a failing check of a report (mlkata.report/1)."""
    return list(_withheld(check) if hide_expected else _told(check))


def _told(check: Mapping[str, Any]) -> Iterator[Part]:
    """Give all that is known of a check."""
    if check["arguments"]:
        yield _values(check["function"], check["arguments"])
    for label, key in (("yours", "got"), ("expected", "expected")):
        if check[key]:
            yield _values(label, check[key])
    if check["message"]:
        yield Part("because", "words", (clip(check["message"], MAX_MESSAGE),))
    if check["replay"]:
        yield Part("replay", "command", (clip(check["replay"], _MAX_VALUE),))
    if check["stdout"]:
        yield Part("printed", "printed", tuple(_printed(check["stdout"])))


def _withheld(check: Mapping[str, Any]) -> Iterator[Part]:
    """Say in words of ours how a check failed."""
    yield Part("because", "words", (details.in_words(check),))


def _values(label: str, value: Any) -> Part:
    """Write arguments or outputs, one a line; a text is what was raised."""
    named = value.items() if isinstance(value, Mapping) else [("", value)]
    return Part(label, "values", tuple(_value(name, one) for name, one in named))


def _value(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clip(f"{name} = {text}" if name else text, _MAX_VALUE)


def _printed(text: str) -> Iterator[str]:
    lines = text.splitlines()
    yield from (clip(line, _MAX_LINE) for line in lines[:_MAX_LINES])
    if len(lines) > _MAX_LINES:
        yield f"… {count(len(lines) - _MAX_LINES, 'more line')}"
