"""Ask a card on the terminal: the reader answers first, then the answer is shown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from mlkata.practice import questions
from mlkata.report import console
from mlkata.tracks import catalogue, deck

_TOKEN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[^\W\d]\w*", re.IGNORECASE)
_SILENT = {"array", "dtype", "np", "float64", "int64"}
"""Words around values that need not be typed."""
_PLACES = 2
"""Digits after the decimal point that are enough."""


def ask(name: str, number: int, width: int, read: Callable[[str], str]) -> bool:
    """Ask one card and return whether it was known; `read(prompt)` returns what is typed."""
    card = deck.card(name, number)
    console.show(questions.question(name, number, width))
    if card.code:
        typed = read("what does it print?")
        right = same_output(typed, deck.printed(catalogue.get(name), card))
        console.show(["right" if right else "no, it prints:", *questions.answer(name, number, width)])
        return right
    read("say it aloud, then press Enter")
    console.show(questions.answer(name, number, width))
    return read("did you know it? [y/n]").strip().lower().startswith("y")


def same_output(typed: str, printed: str) -> bool:
    """Return whether both texts have the same numbers and words, whatever their brackets and spaces.

    A number may be rounded to two or more decimal places.
    """
    typed_tokens, printed_tokens = _tokens(typed), _tokens(printed)
    return len(typed_tokens) == len(printed_tokens) > 0 and all(map(_same, typed_tokens, printed_tokens))


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text.lower()) if token not in _SILENT]


def _same(typed: str, printed: str) -> bool:
    if typed == printed:
        return True
    try:
        typed_number, printed_number = float(typed), float(printed)
    except ValueError:
        return False
    places = len(typed.partition(".")[2])
    return math.isclose(typed_number, printed_number, rel_tol=1e-9) or (
        places >= _PLACES and typed_number == round(printed_number, places)
    )
