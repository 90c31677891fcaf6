"""Shows discussion questions as lines: the decks, the questions of one, a question and its answer."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping

from rich.text import Text

from mlkata.tracks import catalogue, deck
from mlkata.tracks.model import KataError

_COLUMN = 12
"""Letters of a round's id; a longer one widens the column."""


def overview(known: Mapping[str, bool]) -> Iterator[Text]:
    """List the decks, and how much of each was known; `known` says it by deck and key."""
    column = max(10, *map(len, deck.names()))
    for name in deck.names():
        cards = deck.read(name)
        knew = sum(known.get(f"{name}: {one.key}", False) for one in cards)
        yield Text(f"  {name:<{column}} {len(cards)} questions" + (f", {knew} known" if knew else ""))
    yield Text(f"next: kata questions {deck.GENERAL}   (lists them; with a number it shows the answer)")


def listing(name: str, known: Mapping[str, bool], width: int) -> Iterator[Text]:
    """List the questions of a deck, without answers; a mark says which you knew when last asked.

    A column names the round of each. A card of code has a title of any length, which leads its question.
    """
    cards = deck.read(name)
    column = max([_COLUMN, *(len(one.about) for one in cards if not one.code)])
    for number, one in enumerate(cards, 1):
        mark = {True: "+", False: "-", None: " "}[known.get(f"{name}: {one.key}")]
        head, text = f"{mark} {number:>2}  ", one.question
        if name != deck.GENERAL:
            head += f"{'' if one.code else one.about:<{column}} "
            text = f"{one.about}: {text}" if one.code else text
        lines = textwrap.wrap(head + text, width, subsequent_indent=" " * len(head))
        yield from (Text(line) for line in lines)
    if known:
        yield Text("+ known when last asked, - not", "dim")
    yield Text(
        f"next: kata questions {name} {deck.following(name, 0, known)}   (the model answer: think first)"
    )


def asked(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a question, without its answer."""
    one = deck.card(name, number)
    yield Text(f"{name} {number}: {one.about}", "bold")
    yield from (Text(line, "bold") for line in textwrap.wrap(one.question, width))
    if one.code:
        yield Text()
        yield from (Text(f"    {line}") for line in one.code.splitlines())
    yield Text()


def answered(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a card's model answer, and what proves it."""
    one = deck.card(name, number)
    if one.code:
        yield from (Text(f"    {line}", "bold") for line in one.output.splitlines())
        yield Text()
    yield from (Text(f"  {line}") for line in textwrap.wrap(one.answer, width - 2))
    if one.proof:
        yield Text(f"  see it: {one.proof}")
    if one.show:
        yield Text()
        yield from (Text(f"    {line}", "dim") for line in one.show.splitlines())


def page(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a question with its model answer."""
    yield from asked(name, number, width)
    yield from answered(name, number, width)
    if deck.card(name, number).show:
        yield Text(f"next: kata questions {name} {number} --run   (runs the script above)")
    else:
        yield Text(f"next: kata questions {name} {deck.following(name, number, {})}")


def run(name: str, number: int) -> int:
    """Run what shows an answer; give its exit status. Raises KataError where there is nothing to run."""
    one = deck.card(name, number)
    if one.code:
        sys.stdout.write(deck.printed(catalogue.get(name), one))
        return 0
    if not one.show:
        raise KataError(f"{name} {number} has no script: its answer is words only")
    return subprocess.run([sys.executable, "-c", one.show], check=False).returncode
