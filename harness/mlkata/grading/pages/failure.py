"""Writes one check that did not pass: all that is known of it, or as much as hidden inputs allow.

What is said, and what is withheld, is up to `report.failure`; here it becomes HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlkata.report.failure import Part, Role, first_lines, parts, read, withheld
from mlkata.report.page.markup import Markup, clip, join, quoted, tag

MAX_MESSAGE = 600
_MAX_VALUE = 2000
_MAX_LINE = 200


def render(check: Mapping[str, Any], *, hide_expected: bool, opened: bool) -> Markup:
    """Write a check of a report (mlkata.report/1), folded below its head unless `opened`."""
    facts = read(check)
    known = withheld(facts, loaded=True) if hide_expected else parts(facts)
    return tag(
        "details",
        tag("summary", head(check)),
        tag("dl", *(_laid_out(part) for part in known if part.role is not Role.RULE)),
        class_="check",
        open="" if opened else None,
    )


def head(check: Mapping[str, Any]) -> Markup:
    """Write its verdict, id and rule."""
    kind = f" [{check['code']}]" if check["code"] else ""
    verdict = tag("strong", check["status"].upper(), class_="bad")
    return join(verdict, check["id"], kind, tag("span", check["rule"], class_="rule"))


def code(command: str) -> Markup:
    """Write a command."""
    return tag("code", clip(command, _MAX_VALUE))


def _laid_out(part: Part) -> Markup:
    if part.role is Role.PRINTED:
        lines = (quoted(clip(line, _MAX_LINE)) for line in first_lines(part.lines))
        inside = tag("pre", Markup("\n".join(lines)))
    elif part.role is Role.REPLAY:
        inside = code(part.lines[0])
    elif part.role is Role.BECAUSE:
        inside = quoted(clip(part.lines[0], MAX_MESSAGE))
    else:
        inside = join(*(tag("div", line, class_="value") for line in part.lines))
    return join(tag("dt", part.label), tag("dd", inside))
