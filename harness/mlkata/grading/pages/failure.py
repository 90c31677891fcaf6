"""Writes one check that did not pass: all that is known of it, or as much as hidden inputs allow.

Where expected values are to be hidden, arguments are left out as well: with them scikit-learn gives the
rest; and the command that replays, which has the seed. So are all messages, since they quote expected
values and shapes of inputs, and all that the submission itself wrote (answers, printed text, texts of
exceptions), since it has seen the inputs and can write them down. What is said instead comes from a
fixed list: the kind of failure, and the name of an exception where it is one of Python's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlkata.report import details
from mlkata.report.page.markup import Markup, clip, join, quoted, tag
from mlkata.report.units import count

MAX_MESSAGE = 600
_MAX_VALUE = 2000
_MAX_LINES, _MAX_LINE = 12, 200


def render(check: Mapping[str, Any], *, hide_expected: bool, opened: bool) -> Markup:
    """Write a check of a report (mlkata.report/1), folded below its head unless `opened`."""
    parts = _withheld(check) if hide_expected else _told(check)
    said = [join(tag("dt", label), tag("dd", value)) for label, value in parts]
    return tag(
        "details",
        tag("summary", head(check)),
        tag("dl", *said),
        class_="check",
        open="" if opened else None,
    )


def head(check: Mapping[str, Any]) -> Markup:
    """Write its verdict, id and rule."""
    kind = f" [{check['code']}]" if check["code"] else ""
    verdict = tag("strong", check["status"].upper(), class_="bad")
    return join(verdict, check["id"], kind, tag("span", check["rule"], class_="rule"))


def _told(check: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    """Give all that is known of a check, label and value."""
    if check["arguments"]:
        yield check["function"], _values(check["arguments"])
    for label, key in (("yours", "got"), ("expected", "expected")):
        if check[key]:
            yield label, _values(check[key])
    if check["message"]:
        yield "because", quoted(clip(check["message"], MAX_MESSAGE))
    if check["replay"]:
        yield "replay", code(check["replay"])
    if check["stdout"]:
        yield "printed", _printed(check["stdout"])


def _withheld(check: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    """Say in words of ours how a check failed."""
    yield "because", quoted(details.in_words(check))


def _values(value: Any) -> Markup:
    """Write arguments or outputs, one a line; a text is what was raised."""
    named = value.items() if isinstance(value, Mapping) else [("", value)]
    return join(*(tag("div", _value(name, one), class_="value") for name, one in named))


def _value(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clip(f"{name} = {text}" if name else text, _MAX_VALUE)


def _printed(text: str) -> Markup:
    lines = text.splitlines()
    shown = [quoted(clip(line, _MAX_LINE)) for line in lines[:_MAX_LINES]]
    if len(lines) > _MAX_LINES:
        shown.append(Markup(f"… {count(len(lines) - _MAX_LINES, 'more line')}"))
    return tag("pre", Markup("\n".join(shown)))


def code(command: str) -> Markup:
    """Write a command."""
    return tag("code", clip(command, _MAX_VALUE))
