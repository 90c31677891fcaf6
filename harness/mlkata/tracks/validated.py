"""The one reader of validated data: holds what a file says against the types it should have, with msgspec."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mlkata.tracks.model import KataError

T = TypeVar("T")

_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "int | float": "a number",
    "null": "nothing",
    "object": "a table",
    "str": "text",
}
_LABELS = ("id", "title", "name", "ask", "question")
"""A table of a list is called by the first of these that it has."""
_LONGEST = 60
"""Characters of such a label."""


def from_toml(path: Path, kind: type[T]) -> T:
    """Read a TOML file as an instance of `kind`, a `msgspec.Struct`.

    Raise KataError: one line that names the file, and the line of a slip or the entry that does not fit.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KataError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KataError(f"cannot read {path}: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise KataError(f"{path}: not valid TOML: {error}") from None
    return converted(table, kind, str(path))


def entries(path: Path, name: str, kind: type[T]) -> list[T]:
    """Read the tables of one name, such as `[[mutant]]`, of a TOML file. Raise KataError as `from_toml`."""
    file = msgspec.defstruct("File", [(name, list[kind])])  # type: ignore[valid-type]
    return getattr(from_toml(path, file), name)  # type: ignore[no-any-return]


def from_json(data: bytes, kind: type[T], what: str) -> T:
    """Read JSON as an instance of `kind`. Raise KataError: one line that begins with `what`."""
    try:  # not by msgspec's own reader, which refuses half a surrogate: a text that is kept may hold one
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise KataError(f"{what}: not valid JSON: {error}") from None
    return converted(value, kind, what)


def converted(value: Any, kind: type[T], what: str) -> T:
    """Return plain data as an instance of `kind`, a `msgspec.Struct` or any other type that msgspec knows.

    Raise KataError where it does not fit: one line that begins with `what`, such as the name of the file.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise KataError(f"{what}: {problem(error, value, kind)}") from None


def problem(error: msgspec.ValidationError, value: Any, kind: type) -> str:
    """Say in one line what is wrong, and where: `mutant 'ties', lesson: expected text, got a whole number`.

    `error` is what converting the value to `kind` has raised.
    """
    message, _, where = str(error).partition(" - at `$")
    place, keys = _place(where.removesuffix("`"), str(error), deepcopy(value), kind)
    message = re.sub(r"`([^`]*)`", _in_words, message)
    message = message.removeprefix("Object ")
    message = message[:1].lower() + message[1:]
    if message.startswith("contains unknown field"):
        message += f"; expected one of {', '.join(_fields(kind, keys))}"
    return f"{place}: {message}" if place else message


def _in_words(name: re.Match[str]) -> str:
    parts = [name[1]] if name[1] in _WORDS else name[1].split(" | ")
    return " or ".join(_WORDS.get(part, repr(part)) for part in parts)


def _place(where: str, error: str, whole: Any, kind: type) -> tuple[str, list[Any]]:
    """Return a place in words, and the keys that lead to it; `whole` may lose other entries.

    A table of a list is called by its label, else by its number: `round 1, hints[0]`. A key
    takes the place of `[...]`, which is all that msgspec writes: `points['kmeans.1']`.
    """
    at, place, keys = whole, "", []
    for part in re.findall(r"\[[^\]]*\]|\.[^.\[]+", where):
        text = part
        if part == "[...]":
            keys.append(_culprit(at, error, whole, kind))
            text = f"[{keys[-1]!r}]"
        else:
            keys.append(int(part[1:-1]) if part.startswith("[") else part[1:])
        at = at[keys[-1]]
        if isinstance(keys[-1], int) and isinstance(at, dict):
            text = f" {_label(at) or keys[-1] + 1}, "
        place += text.lstrip(".") if place.endswith(", ") else text
    return place.lstrip(".").removesuffix(", "), keys


def _label(entry: dict[Any, Any]) -> str:
    texts = [entry[name] for name in _LABELS if isinstance(entry.get(name), str)]
    return repr(textwrap.shorten(texts[0], _LONGEST, placeholder=" …")) if texts else ""


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


def _fields(kind: type, keys: Sequence[Any]) -> list[str]:
    """List the fields that the table at a place may have."""
    from msgspec import inspect

    at: Any = inspect.type_info(kind)
    for key in keys:
        if isinstance(at, inspect.StructType):
            at = next(one.type for one in at.fields if one.name == key)
        else:
            at = at.value_type if isinstance(at, inspect.DictType) else at.item_type
        if isinstance(at, inspect.UnionType):  # of the table and nothing
            at = next(one for one in at.types if not isinstance(one, inspect.NoneType))
    return [one.name for one in at.fields]
