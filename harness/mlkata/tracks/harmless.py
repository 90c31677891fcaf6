r"""Makes text harmless before it is written to a terminal, a page or a log.

Text from a submission (its name, its messages, what it returned and printed) may contain invisible
characters. Control characters and escape sequences change what a terminal does, some marks reverse the
direction of a line, and a lone surrogate cannot be encoded. Each of them is written as in a Python string:
`\x1b`, `\u202e`, `\ud800`. Harmless text stays as it is, so escaping a text twice changes nothing.

Markup is not escaped here: code that writes HTML, XML or Markdown does that.
"""

from __future__ import annotations

import re

_WIDE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces other than the plain space."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable but that are invisible: fillers and variation selectors."""


def escaped(text: str) -> str:
    """Return a text, such as a name, with escapes for invisible characters, tabs and line breaks."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_seen(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def printable(text: str) -> str:
    """Return a text with escapes for invisible characters; line breaks stay, tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(escaped(_WIDE.sub(" ", line)) for line in lines)


def one_line(text: str) -> str:
    """Return a printable text on one line, with spaces for line breaks."""
    return printable(text).replace("\n", " ")


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text; `…` marks a cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clip(text: str, limit: int) -> str:
    """Return a text on one line of at most `limit` characters."""
    return shortened(one_line(text), limit)


def inert(text: str) -> str:
    """Change a text, which is printable already, so that GitHub's job log finds no workflow commands in it.

    A line is a command if it begins with `::`, also after spaces, or contains `##[` anywhere.
    """
    lines = unbracketed(text).split("\n")
    return "\n".join(f"\\{line}" if line.lstrip().startswith("::") else line for line in lines)


def unbracketed(text: str) -> str:
    """Return a text without `##[`, the only form of a command that works inside another command's text."""
    return text.replace("##[", "## [")


def _is_seen(c: str) -> bool:
    return c.isprintable() and not _UNSEEN.match(c)
