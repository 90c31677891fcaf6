"""Holds data that was read from a file against the types it should have, with msgspec."""

from __future__ import annotations

import re
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
        raise KataError(f"{what}: {problem(error)}") from None


def problem(error: msgspec.ValidationError) -> str:
    """Say in one line what is wrong, and where: `rows[0].seconds: expected a number, got text`."""
    message, _, place = str(error).partition(" - at `$")
    place = place.removesuffix("`").lstrip(".")
    message = re.sub(r"`([^`]*)`", lambda name: _WORDS.get(name[1], repr(name[1])), message)
    message = message.removeprefix("Object ")
    message = message[:1].lower() + message[1:]
    return f"{place}: {message}" if place else message
