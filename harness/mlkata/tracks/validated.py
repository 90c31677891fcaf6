"""Holds data that was read from a file against the types it should have, with msgspec."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any, TypeVar

import msgspec

from mlkata.tracks.model import KataError

T = TypeVar("T")

_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing",
    "object": "a table",
    "str": "text",
}


def converted(value: Any, kind: type[T], what: str) -> T:
    """Return plain data as an instance of `kind`, a `msgspec.Struct` or any other type that msgspec knows.

    Raise KataError where it does not fit: one line that begins with `what`, such as the name of the file.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise KataError(f"{what}: {problem(error, value, kind)}") from None


def problem(error: msgspec.ValidationError, value: Any, kind: type) -> str:
    """Say in one line what is wrong, and where: `rows[0].seconds: expected a number, got text`.

    `error` is what converting the value to `kind` has raised.
    """
    message, _, place = str(error).partition(" - at `$")
    place = place.removesuffix("`").lstrip(".")
    if "[...]" in place:
        place = _named(place, str(error), deepcopy(value), kind)
    message = re.sub(r"`([^`]*)`", _in_words, message)
    message = message.removeprefix("Object ")
    message = message[:1].lower() + message[1:]
    return f"{place}: {message}" if place else message


def _in_words(name: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(part, repr(part)) for part in name[1].split(" | "))


def _named(place: str, error: str, whole: Any, kind: type) -> str:
    """Put keys in the place of `[...]`, which is all that msgspec says of them: `points['kmeans.1']`."""
    at, named = whole, ""
    for part in re.findall(r"\[[^\]]*\]|\.?[^.\[]+", place):
        if part == "[...]":
            key = _culprit(at, error, whole, kind)
            named += f"[{key!r}]"
            at = at[key]
        else:
            named += part
            at = at[int(part[1:-1]) if part.startswith("[") else part.lstrip(".")]
    return named


def _culprit(table: dict[Any, Any], error: str, whole: Any, kind: type) -> Any:
    """Return the key of the entry that alone leads to the error; the table keeps no other."""
    for key, entry in dict(table).items():
        table.clear()
        table[key] = entry
        try:
            msgspec.convert(whole, kind)
        except msgspec.ValidationError as again:
            if str(again) == error:
                break
    return key
