"""Discussion questions with model answers: a track's follow-ups, and a deck that belongs to none.

The general deck lies in exercises/general/questions.toml; where there is evidence, its question has
a script that prints it. A track's cards.toml adds cards that ask what comes out of a few lines.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from mlkata.tracks import catalogue, paths, validated
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


class _Question(msgspec.Struct):
    title: str
    question: str
    answer: str
    show: str = ""


class _Output(msgspec.Struct):
    title: str
    code: str
    output: str
    answer: str
    proof: str


def names() -> list[str]:
    """Name the decks: `general`, and each track."""
    return [GENERAL, *catalogue.find()]


def read(name: str) -> list[Card]:
    """Read a deck. Raises KataError where there is none of that name."""
    if name != GENERAL and name not in catalogue.find():
        raise KataError(f"no questions on {name!r}: there are some on {', '.join(names())}")
    if name != GENERAL:
        return of(catalogue.get(name))
    path = paths.data_folder() / "exercises" / GENERAL / "questions.toml"
    questions = validated.entries(path, "question", _Question)
    return [Card(one.title, one.question, one.answer.strip(), one.show) for one in questions]


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
    return [
        Card(one.title, WHAT, one.answer, proof=one.proof, code=one.code, output=one.output)
        for one in validated.entries(path, "card", _Output)
    ]


def card(name: str, number: int) -> Card:
    """Give one card of a deck, counted from 1. Raises KataError where there is no such card."""
    cards = read(name)
    if not 1 <= number <= len(cards):
        raise KataError(f"no question {number} on {name}: there are 1 to {len(cards)}")
    return cards[number - 1]


def following(name: str, number: int, known: Mapping[str, bool]) -> int:
    """Give the next card that is not known, from this one on, or the next one where all are."""
    cards = read(name)
    order = [(number + step) % len(cards) for step in range(len(cards))]
    unknown = (at for at in order if not known.get(f"{name}: {cards[at].key}", False))
    return next(unknown, order[0]) + 1


def printed(track: Track, one: Card) -> str:
    """Run a card's code beside the solutions of its track; return what it prints.

    Raises KataError where it fails, which is a fault of the card.
    """
    command = [sys.executable, "-B", "-W", "ignore", "-c", one.code]
    done = subprocess.run(command, cwd=track.solutions, capture_output=True, text=True, check=False)
    if done.returncode:
        _, _, reason = done.stderr.strip().rpartition("\n")
        reason = reason or f"exit status {done.returncode}"
        raise KataError(f"{track.name}, card {one.about!r}: its code fails: {reason}; mend the code")
    return done.stdout
