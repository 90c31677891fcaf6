r"""Makes text harmless on its way to a terminal, a page or a log: the only place that says how.

What a submission chose (its name, its messages, what it returned and printed) may hold characters that
nobody sees: control characters and escape sequences steer a terminal, marks turn the direction of a line
round, and a lone surrogate cannot be encoded. Each of them is written as in a Python string: `\x1b`,
`\u202e`, `\ud800`. Harmless text stays as it is, so a text may pass twice.

Escapes of HTML, XML or Markdown are left to their writers: this is about characters, not about markup.
"""

from __future__ import annotations

import re

_WIDE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces other than the plain one."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable, and that show nothing: fillers and selectors of variants."""


def escaped(text: str) -> str:
    """Write a name on one line, without any character that cannot be seen: not even a tab or a new line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_seen(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def printable(text: str) -> str:
    r"""Write a text whose lines stay lines; a tab and any other space is a plain space."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(escaped(_WIDE.sub(" ", line)) for line in lines)


def one_line(text: str) -> str:
    """Write a text on one line, with a space where a new one began."""
    return printable(text).replace("\n", " ")


def shortened(text: str, most: int) -> str:
    """Cut a text to at most `most` characters, with a mark where something is gone."""
    return text if len(text) <= most else text[: most - 1] + "…"


def clip(text: str, most: int) -> str:
    """Write a text on one line of at most `most` characters."""
    return shortened(one_line(text), most)


def inert(text: str) -> str:
    """Keep the lines of a printable text from being commands to GitHub, which reads the log of a workflow.

    A line is a command where it begins with `::`, also after spaces, or holds `##[` anywhere.
    """
    lines = unbracketed(text).split("\n")
    return "\n".join(f"\\{line}" if line.lstrip().startswith("::") else line for line in lines)


def unbracketed(text: str) -> str:
    """Break up each `##[` of a text: within a command of ours, that is all that could begin another."""
    return text.replace("##[", "## [")


def _is_seen(c: str) -> bool:
    return c.isprintable() and not _UNSEEN.match(c)
