"""Discussion questions with model answers: a track's follow-ups, and a deck that belongs to none.

The general deck lies in exercises/general/questions.toml; where there is evidence, its question has
a script that prints it.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from harness import tracks
from harness.model import KataError

GENERAL = "general"


@dataclass(frozen=True)
class Card:
    """One question, its model answer, and the script that shows it, if any."""

    about: str
    question: str
    answer: str
    show: str = ""


def names() -> list[str]:
    """Name the decks: `general`, and each track."""
    return [GENERAL, *tracks.find()]


def read(name: str) -> list[Card]:
    """Read a deck. Raises KataError where there is none of that name."""
    if name != GENERAL and name not in tracks.find():
        raise KataError(f"no questions on {name!r}: there are some on {', '.join(names())}")
    if name != GENERAL:
        return [
            Card(round_.id, one.question, one.answer)
            for round_ in tracks.get(name).rounds
            for one in round_.follow_ups
        ]
    path = tracks.data_folder() / "exercises" / GENERAL / "questions.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return [
        Card(one["title"], one["question"], one["answer"].strip(), one.get("show", "")) for one in entries
    ]


def card(name: str, number: int) -> Card:
    """Give one card of a deck, counted from 1. Raises KataError where there is no such card."""
    cards = read(name)
    if not 1 <= number <= len(cards):
        raise KataError(f"no question {number} on {name}: there are 1 to {len(cards)}")
    return cards[number - 1]


def overview() -> Iterator[Text]:
    """List the decks."""
    for name in names():
        yield Text(f"  {name:<10} {len(read(name))} questions")
    yield Text(f"next: kata questions {GENERAL}   (lists them; with a number it shows the answer)")


def listing(name: str, width: int) -> Iterator[Text]:
    """List the questions of a deck, without answers."""
    for number, one in enumerate(read(name), 1):
        head = f"  {number:>2}  {one.about:<12} " if name != GENERAL else f"  {number:>2}  "
        yield from (
            Text(line)
            for line in textwrap.wrap(head + one.question, width, subsequent_indent=" " * len(head))
        )
    yield Text(f"next: kata questions {name} 1   (the model answer: think first)")


def page(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a question with its model answer."""
    one = card(name, number)
    yield Text(f"{name} {number}: {one.about}", "bold")
    yield from (Text(line, "bold") for line in textwrap.wrap(one.question, width))
    yield Text()
    yield from (Text(f"  {line}") for line in textwrap.wrap(one.answer, width - 2))
    if one.show:
        yield Text()
        yield from (Text(f"    {line}", "dim") for line in one.show.splitlines())
        yield Text(f"next: kata questions {name} {number} --run   (runs the script above)")
    else:
        following = number + 1 if number < len(read(name)) else 1
        yield Text(f"next: kata questions {name} {following}")


def run(name: str, number: int) -> int:
    """Run the script that shows an answer; give its exit status. Raises KataError where there is none."""
    one = card(name, number)
    if not one.show:
        raise KataError(f"{name} {number} has no script: its answer is words only")
    return subprocess.run([sys.executable, "-c", one.show], check=False).returncode
