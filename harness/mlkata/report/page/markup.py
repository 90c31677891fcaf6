"""Writes elements of HTML and SVG; whatever is not markup already is escaped."""

from __future__ import annotations

from html import escape

_VOID = {"meta", "link", "br", "img"}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def clean(text: str) -> str:
    """Put one line of what can be seen in the place of any text: results come from files."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def clip(text: str, most: int) -> str:
    """Put one line of at most so many letters in the place of any text."""
    text = clean(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> Markup:
    """Escape a text, unless it is markup."""
    return text if isinstance(text, Markup) else Markup(escape(clean(text)))


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Write an element: `class_` is class, `stroke_width` is stroke-width, None leaves an attribute out."""
    inside = "".join(quoted(child) for child in children)
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{quoted(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    closing = "" if name in _VOID else f"{inside}</{name}>"
    return Markup(f"<{name}{said}>{closing}" if inside or name in _VOID else f"<{name}{said}></{name}>")


def join(*parts: str) -> Markup:
    """Put parts one after the other."""
    return Markup("".join(quoted(part) for part in parts))


def _short(value: str | float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value) if isinstance(value, int) else value
