"""Reads TOML and JSON as typed classes, with msgspec.

An error becomes one line that names the file and the place, such as `mutant 'ties', lesson`.
"""

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
"""Words for the types that msgspec names in its messages."""
_LABELS = ("id", "title", "name", "ask", "question")
"""In a list of tables, messages name a table by its value of the first of these keys that it has."""
_LONGEST = 60
"""Maximum number of characters of that value in a message."""


def from_toml(path: Path, kind: type[T]) -> T:
    """Read a TOML file as an instance of `kind`, a `msgspec.Struct`.

    Raise KataError with one line that names the file, and the line or the entry that is wrong.
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
    """Read all tables of one name, such as `[[mutant]]`, in a TOML file. Raise KataError as `from_toml`."""
    file = msgspec.defstruct("File", [(name, list[kind])])  # type: ignore[valid-type]
    return getattr(from_toml(path, file), name)  # type: ignore[no-any-return]


def from_json(data: bytes, kind: type[T], source: str) -> T:
    """Read JSON as an instance of `kind`. Raise KataError with one line that begins with `source`."""
    try:  # not with msgspec's own reader: it refuses lone surrogates, which stored texts may contain
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise KataError(f"{source}: not valid JSON: {error}") from None
    return converted(value, kind, source)


def converted(value: Any, kind: type[T], source: str) -> T:
    """Return plain data as an instance of `kind`, a `msgspec.Struct` or any other type that msgspec knows.

    Raise KataError if it does not fit, with one line that begins with `source`, such as a file name.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise KataError(f"{source}: {problem(error, value, kind)}") from None


def problem(error: msgspec.ValidationError, value: Any, kind: type) -> str:
    """Return in one line what is wrong, and where: `mutant 'ties', lesson: expected text, got a list`.

    `error` is what the conversion of the value to `kind` raised.
    """
    # msgspec writes: Expected `str`, got `array` - at `$.mutant[0].lesson`
    message, _, where = str(error).partition(" - at `$")
    place, keys = _place(where.removesuffix("`"), str(error), deepcopy(value), kind)
    message = re.sub(r"`([^`]*)`", _in_words, message)
    message = message.removeprefix("Object ")
    message = message[:1].lower() + message[1:]
    if message.startswith("contains unknown field"):
        message += f"; expected one of {', '.join(_fields(kind, keys))}"
    return f"{place}: {message}" if place else message


def _in_words(name: re.Match[str]) -> str:
    """Return msgspec's name of a type, or of a field, in words."""
    parts = [name[1]] if name[1] in _WORDS else name[1].split(" | ")
    return " or ".join(_WORDS.get(part, repr(part)) for part in parts)


def _place(where: str, error: str, document: Any, kind: type) -> tuple[str, list[Any]]:
    """Return the place of an error in words, and the keys that lead to it.

    `where` is the place as msgspec writes it. A table in a list is named by its label, or else by its
    number: `round 1, hints[0]`. For a key of a dict msgspec writes `[...]`; here the key is found:
    `points['kmeans.1']`. Entries of `document` without the error may be removed on the way.
    """
    current, place, keys = document, "", []
    for part in re.findall(r"\[[^\]]*\]|\.[^.\[]+", where):
        text = part
        if part == "[...]":
            keys.append(_key_with_error(current, error, document, kind))
            text = f"[{keys[-1]!r}]"
        else:
            keys.append(int(part[1:-1]) if part.startswith("[") else part[1:])
        current = current[keys[-1]]
        if isinstance(keys[-1], int) and isinstance(current, dict):
            text = f" {_label(current) or keys[-1] + 1}, "
        place += text.lstrip(".") if place.endswith(", ") else text
    return place.lstrip(".").removesuffix(", "), keys


def _label(entry: dict[Any, Any]) -> str:
    """Return the quoted label of a table, shortened, or "" if it has none."""
    texts = [entry[name] for name in _LABELS if isinstance(entry.get(name), str)]
    return repr(textwrap.shorten(texts[0], _LONGEST, placeholder=" …")) if texts else ""


def _key_with_error(table: dict[Any, Any], error: str, document: Any, kind: type) -> Any:
    """Return the key of the entry that causes the error, and remove all other entries of the table."""
    for key, entry in dict(table).items():
        table.clear()
        table[key] = entry
        try:
            msgspec.convert(document, kind)
        except msgspec.ValidationError as repeated:
            if str(repeated) == error:
                break
    return key


def _fields(kind: type, keys: Sequence[Any]) -> list[str]:
    """Return the fields that a table may have; the keys lead to its place from the top of the file."""
    from msgspec import inspect

    info: Any = inspect.type_info(kind)
    for key in keys:
        if isinstance(info, inspect.StructType):
            info = next(field.type for field in info.fields if field.encode_name == key)
        else:
            info = info.value_type if isinstance(info, inspect.DictType) else info.item_type
        if isinstance(info, inspect.UnionType):  # of a table and None
            info = next(member for member in info.types if not isinstance(member, inspect.NoneType))
    return [field.encode_name for field in info.fields]
