"""Discussion questions with model answers: a track's follow-ups, and a deck that belongs to none.

The general deck lies in exercises/general/questions.toml; where there is evidence, its question has
a script that prints it. A track's cards.toml adds cards that ask what comes out of a few lines.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.text import Text

from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

GENERAL = "general"
WHAT = "What comes out?"


@dataclass(frozen=True)
class Card:
    """One question, its model answer, and what shows it, if anything does."""

    about: str
    question: str
    answer: str
    show: str = ""
    """A script that prints the evidence."""
    proof: str = ""
    """A command that does."""
    code: str = ""
    """What a card runs that asks what comes out."""
    output: str = ""

    @property
    def key(self) -> str:
        """What it is remembered by: its words, so that cards may be added and moved."""
        return self.about if self.code else self.question


def names() -> list[str]:
    """Name the decks: `general`, and each track."""
    return [GENERAL, *catalogue.find()]


def read(name: str) -> list[Card]:
    """Read a deck. Raises KataError where there is none of that name."""
    if name != GENERAL and name not in catalogue.find():
        raise KataError(f"no questions on {name!r}: there are some on {', '.join(names())}")
    if name != GENERAL:
        return of(catalogue.get(name))
    path = catalogue.data_folder() / "exercises" / GENERAL / "questions.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return [
        Card(one["title"], one["question"], one["answer"].strip(), one.get("show", "")) for one in entries
    ]


def of(track: Track) -> list[Card]:
    """Give a track's questions: its rounds' follow-ups, then the cards that ask what comes out."""
    follow_ups = [
        Card(round_.id, one.question, one.answer, proof=one.proof)
        for round_ in track.rounds
        for one in round_.follow_ups
    ]
    return follow_ups + _outputs(track)


def _outputs(track: Track) -> list[Card]:
    """Read the cards of a track that ask what comes out; a track may have none."""
    path = track.exercises / "cards.toml"
    if not path.is_file():
        return []
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["card"]
    return [
        Card(one["title"], WHAT, one["answer"], proof=one["proof"], code=one["code"], output=one["output"])
        for one in entries
    ]


def card(name: str, number: int) -> Card:
    """Give one card of a deck, counted from 1. Raises KataError where there is no such card."""
    cards = read(name)
    if not 1 <= number <= len(cards):
        raise KataError(f"no question {number} on {name}: there are 1 to {len(cards)}")
    return cards[number - 1]


def overview(known: Mapping[str, bool]) -> Iterator[Text]:
    """List the decks, and how much of each was known; `known` says it by deck and key."""
    for name in names():
        cards = read(name)
        knew = sum(known.get(f"{name}: {one.key}", False) for one in cards)
        yield Text(f"  {name:<10} {len(cards)} questions" + (f", {knew} known" if knew else ""))
    yield Text(f"next: kata questions {GENERAL}   (lists them; with a number it shows the answer)")


def listing(name: str, known: Mapping[str, bool], width: int) -> Iterator[Text]:
    """List the questions of a deck, without answers; a mark says which you knew when last asked."""
    cards = read(name)
    for number, one in enumerate(cards, 1):
        mark = {True: "+", False: "-", None: " "}[known.get(f"{name}: {one.key}")]
        head = f"{mark} {number:>2}  {one.about:<12} " if name != GENERAL else f"{mark} {number:>2}  "
        yield from (
            Text(line)
            for line in textwrap.wrap(head + one.question, width, subsequent_indent=" " * len(head))
        )
    if known:
        yield Text("+ known when last asked, - not", "dim")
    yield Text(f"next: kata questions {name} {following(name, 0, known)}   (the model answer: think first)")


def following(name: str, number: int, known: Mapping[str, bool]) -> int:
    """Give the next card that is not known, from this one on, or the next one where all are."""
    cards = read(name)
    order = [(number + step) % len(cards) for step in range(len(cards))]
    unknown = (at for at in order if not known.get(f"{name}: {cards[at].key}", False))
    return next(unknown, order[0]) + 1


def asked(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a question, without its answer."""
    one = card(name, number)
    yield Text(f"{name} {number}: {one.about}", "bold")
    yield from (Text(line, "bold") for line in textwrap.wrap(one.question, width))
    if one.code:
        yield Text()
        yield from (Text(f"    {line}") for line in one.code.splitlines())
    yield Text()


def answered(name: str, number: int, width: int) -> Iterator[Text]:
    """Show a card's model answer, and what proves it."""
    one = card(name, number)
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
    if card(name, number).show:
        yield Text(f"next: kata questions {name} {number} --run   (runs the script above)")
    else:
        yield Text(f"next: kata questions {name} {following(name, number, {})}")


def run(name: str, number: int) -> int:
    """Run what shows an answer; give its exit status. Raises KataError where there is nothing to run."""
    one = card(name, number)
    if one.code:
        sys.stdout.write(printed(name, one))
        return 0
    if not one.show:
        raise KataError(f"{name} {number} has no script: its answer is words only")
    return subprocess.run([sys.executable, "-c", one.show], check=False).returncode


def printed(name: str, one: Card) -> str:
    """Run a card's code beside our solutions of its track, and give what it prints.

    Raises KataError where it fails, which is a fault of the card.
    """
    command = [sys.executable, "-B", "-W", "ignore", "-c", one.code]
    folder = catalogue.get(name).solutions
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise KataError(f"{name}, {one.about}: its code fails: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout
