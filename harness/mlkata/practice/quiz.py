"""Ask one card of `kata questions` on the terminal: the candidate answers first, then the answer is shown.

A card is a question with a model answer. On a code card, which asks for the output of some code, the typed
output is compared with the real one; on any other card the candidate says whether the answer was known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from mlkata.practice import questions
from mlkata.report import console
from mlkata.tracks import catalogue, deck

# A number or a word; brackets, commas and spaces between them are ignored.
_TOKEN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[^\W\d]\w*", re.IGNORECASE)
_OPTIONAL_WORDS = {"array", "dtype", "np", "float64", "int64"}
"""Words around values, as in `array([1, 2])`, which need not be typed."""
_PLACES = 2
"""Digits after the decimal point to which a typed number must be right, at least."""


def ask(name: str, number: int, width: int, read: Callable[[str], str]) -> bool:
    """Ask card `number` of the deck `name`; return whether its answer was known.

    `read(prompt)` returns what the candidate types.
    """
    card = deck.card(name, number)
    console.show(questions.question(name, number, width))
    if card.code:
        typed = read("what does it print?")
        is_right = same_output(typed, deck.printed(catalogue.get(name), card))
        console.show(["right" if is_right else "no, it prints:", *questions.answer(name, number, width)])
        return is_right
    read("say it aloud, then press Enter")
    console.show(questions.answer(name, number, width))
    return read("did you know it? [y/n]").strip().lower().startswith("y")


def same_output(typed: str, printed: str) -> bool:
    """Return whether both texts have the same numbers and words in the same order.

    Brackets, commas, spaces and case do not matter. A typed number may be rounded to two or more decimal
    places.
    """
    typed_tokens, printed_tokens = _tokens(typed), _tokens(printed)
    return len(typed_tokens) == len(printed_tokens) > 0 and all(map(_same, typed_tokens, printed_tokens))


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text.lower()) if token not in _OPTIONAL_WORDS]


def _same(typed: str, printed: str) -> bool:
    """Return whether two tokens are the same word or, up to rounding of the typed one, the same number."""
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
