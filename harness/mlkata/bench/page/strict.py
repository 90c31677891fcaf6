"""Makes frozen dataclasses of plain values, and takes nothing that does not fit their fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

from mlkata.tracks.model import KataError

LONGEST = 60
"""Characters of a wrong value that a message shows."""


def no_number(name: str) -> NoReturn:
    """Refuse NaN and infinity, which JSON does not have."""
    raise ValueError(f"{name}, which is no number")


def wrong(where: str, expected: str, value: Any) -> NoReturn:
    """Raise KataError: what was expected where, and what came."""
    got = repr(value)
    got = got if len(got) <= LONGEST else got[:LONGEST] + "…"
    raise KataError(f"benchmark results: {where or 'the whole'}: expected {expected}, got {got}")


def build(kind: type, value: Any, where: str) -> Any:
    """Make a dataclass of an object that has its fields and no others; what may be None may be left out."""
    if not isinstance(value, dict):
        wrong(where, "an object", value)
    hints = get_type_hints(kind)
    value = dict.fromkeys(name for name, hint in hints.items() if NoneType in get_args(hint)) | value
    if value.keys() != hints.keys():
        missing = [name for name in hints if name not in value]
        if missing:
            wrong(where, f"also {missing[0]}", sorted(value))
        wrong(where, "nothing but its fields", next(name for name in value if name not in hints))
    return kind(**{name: _value(hints[name], value[name], f"{where}.{name}".lstrip(".")) for name in hints})


def _value(hint: Any, value: Any, where: str) -> Any:
    """Hold one value against the type of its field."""
    kind, inside = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    if NoneType in inside:
        return None if value is None else _value(inside[0], value, where)
    if kind is Literal:
        return value if value in inside else wrong(where, " or ".join(map(repr, inside)), value)
    if kind is tuple:
        items = value if isinstance(value, list) else wrong(where, "a list", value)
        return tuple(_value(inside[0], one, f"{where}[{index}]") for index, one in enumerate(items))
    if kind is Mapping:
        named = value if isinstance(value, dict) else wrong(where, "an object", value)
        return {name: _value(inside[1], one, f"{where}[{name!r}]") for name, one in named.items()}
    words, fits = _PLAIN[hint]
    return hint(value) if fits(value) else wrong(where, words, value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    try:
        return (_whole(value) or isinstance(value, float)) and math.isfinite(value)
    except OverflowError:
        return False


_PLAIN: Mapping[type, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", _whole),
    float: ("a finite number", _finite),
    str: ("text", lambda value: isinstance(value, str)),
}
