"""Makes texts harmless: they come from submissions and from files."""

from __future__ import annotations


def clean(text: str) -> str:
    """Put one line of what can be seen in the place of any text: results come from files."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def clip(text: str, most: int) -> str:
    """Put one line of at most so many letters in the place of any text."""
    text = clean(text)
    return text if len(text) <= most else text[: most - 1] + "…"
