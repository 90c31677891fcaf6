"""Lines that `kata questions` prints: the decks, a deck's questions, a question with its answer.

A deck is a list of cards, one for each track and `general`. A card is a question with a model answer. A code
card asks what a few lines of code print; another card may have a script that demonstrates its answer.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping

from rich.text import Text

from mlkata.tracks import catalogue, deck
from mlkata.tracks.model import KataError

_COLUMN = 12
"""Characters reserved for a round's id; a longer id widens the column."""


def overview(known: Mapping[str, bool]) -> Iterator[Text]:
    """Yield for each deck its number of questions, and how many were known when last asked.

    `known` maps "deck: key" to whether the answer was known; a question that was never asked is missing.
    """
    column = max(10, *map(len, deck.names()))
    for name in deck.names():
        cards = deck.read(name)
        n_known = sum(known.get(f"{name}: {card.key}", False) for card in cards)
        yield Text(f"  {name:<{column}} {len(cards)} questions" + (f", {n_known} known" if n_known else ""))
    yield Text(f"next: kata questions {deck.GENERAL}   (lists them; with a number it shows the answer)")


def listing(name: str, known: Mapping[str, bool], width: int) -> Iterator[Text]:
    """Yield the questions of a deck, without answers.

    `+` marks a question whose answer was known when last asked, `-` one whose answer was not.
    Except in the general deck, a column has the round that each question belongs to. A code card belongs to
    no round; its title, which may be long, precedes its question.
    """
    cards = deck.read(name)
    column = max([_COLUMN, *(len(card.title) for card in cards if not card.code)])
    for number, card in enumerate(cards, 1):
        mark = {True: "+", False: "-", None: " "}[known.get(f"{name}: {card.key}")]
        head, text = f"{mark} {number:>2}  ", card.question
        if name != deck.GENERAL:
            head += f"{'' if card.code else card.title:<{column}} "
            text = f"{card.title}: {text}" if card.code else text
        lines = textwrap.wrap(head + text, width, subsequent_indent=" " * len(head))
        yield from (Text(line) for line in lines)
    if known:
        yield Text("+ known when last asked, - not", "dim")
    first_unknown = deck.following(name, 0, known)
    yield Text(f"next: kata questions {name} {first_unknown}   (think first: it shows the answer)")


def question(name: str, number: int, width: int) -> Iterator[Text]:
    """Yield a question without its answer."""
    card = deck.card(name, number)
    yield Text(f"{name} {number}: {card.title}", "bold")
    yield from (Text(line, "bold") for line in textwrap.wrap(card.question, width))
    if card.code:
        yield Text()
        yield from (Text(f"    {line}") for line in card.code.splitlines())
    yield Text()


def answer(name: str, number: int, width: int) -> Iterator[Text]:
    """Yield a card's model answer, and the command or script that demonstrates it, if there is one."""
    card = deck.card(name, number)
    if card.code:
        yield from (Text(f"    {line}", "bold") for line in card.output.splitlines())
        yield Text()
    yield from (Text(f"  {line}") for line in textwrap.wrap(card.answer, width - 2))
    if card.proof:
        yield Text(f"  see it: {card.proof}")
    if card.show:
        yield Text()
        yield from (Text(f"    {line}", "dim") for line in card.show.splitlines())


def page(name: str, number: int, width: int) -> Iterator[Text]:
    """Yield a question with its model answer."""
    yield from question(name, number, width)
    yield from answer(name, number, width)
    if deck.card(name, number).show:
        yield Text(f"next: kata questions {name} {number} --run   (runs the script above)")
    else:
        yield Text(f"next: kata questions {name} {deck.following(name, number, {})}")


def run(name: str, number: int) -> int:
    """Run a card's code or script and return its exit status. Raise KataError if the card has neither."""
    card = deck.card(name, number)
    if card.code:
        sys.stdout.write(deck.printed(catalogue.get(name), card))
        return 0
    if not card.show:
        raise KataError(f"{name} {number} has no script: its answer is words only")
    return subprocess.run([sys.executable, "-c", card.show], check=False).returncode
