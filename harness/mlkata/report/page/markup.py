"""Writes elements of HTML and SVG; whatever is not markup already is escaped."""

from __future__ import annotations

from html import escape

from mlkata.tracks.harmless import one_line, shortened

_VOID = {"meta", "link", "br", "img"}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def clip(text: str, most: int) -> str:
    """Put one line of at most so many letters in the place of any text."""
    return shortened(one_line(text), most)


def quoted(text: str) -> Markup:
    """Escape a text, unless it is markup."""
    return text if isinstance(text, Markup) else Markup(escape(one_line(text)))


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
