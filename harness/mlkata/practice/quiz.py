"""Asks a card on a terminal: you answer first, then the answer is shown; what you knew is remembered."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from mlkata.practice import questions
from mlkata.report import console
from mlkata.tracks import catalogue, deck

_TOKEN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[^\W\d]\w*", re.IGNORECASE)
_SILENT = {"array", "dtype", "np", "float64", "int64"}
"""Words around values that nobody need type."""
_PLACES = 2
"""Digits after the point that are enough."""


def ask(name: str, number: int, width: int, read: Callable[[str], str]) -> bool:
    """Ask one card; `read(prompt)` gives what is typed. Say whether it was known."""
    one = deck.card(name, number)
    console.show(questions.asked(name, number, width))
    if one.code:
        typed = read("what comes out?")
        right = same_output(typed, deck.printed(catalogue.get(name), one))
        console.show(["right" if right else "no: this comes out", *questions.answered(name, number, width)])
        return right
    read("say it aloud, then press Enter")
    console.show(questions.answered(name, number, width))
    return read("did you know it? [y/n]").strip().lower().startswith("y")


def same_output(typed: str, printed: str) -> bool:
    """Are these the same numbers and words, however brackets, commas and spaces are set?

    A number may be rounded, to two places or more.
    """
    one, other = _tokens(typed), _tokens(printed)
    return len(one) == len(other) > 0 and all(map(_same, one, other))


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text.lower()) if token not in _SILENT]


def _same(typed: str, printed: str) -> bool:
    if typed == printed:
        return True
    try:
        one, other = float(typed), float(printed)
    except ValueError:
        return False
    places = len(typed.partition(".")[2])
    return math.isclose(one, other, rel_tol=1e-9) or (places >= _PLACES and one == round(other, places))
