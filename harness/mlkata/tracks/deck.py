"""Discussion questions with model answers. A question is a card, and cards form decks.

The general deck is exercises/general/questions.toml; a question there may have a script that prints evidence
for its answer. Each track has a deck: the follow-up questions of its rounds, and the quiz cards of its
cards.toml, which ask for the output of a few lines of code.
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
OUTPUT_QUESTION = "What comes out?"


@dataclass(frozen=True)
class Card:
    """One question, its model answer, and optional evidence."""

    title: str
    """The title of a quiz card or a general question; the id of the round of a follow-up."""
    question: str
    answer: str
    show: str = ""
    """A script that prints the evidence."""
    proof: str = ""
    """A command that prints the evidence."""
    code: str = ""
    """The code of a quiz card."""
    output: str = ""
    """What the code prints."""

    @property
    def key(self) -> str:
        """The text by which answers to a card are stored; unlike its number, it stays if cards are added."""
        return self.title if self.code else self.question


class _Question(msgspec.Struct):
    """A table of questions.toml."""

    title: str
    question: str
    answer: str
    show: str = ""


class _QuizCard(msgspec.Struct):
    """A table of cards.toml."""

    title: str
    code: str
    output: str
    answer: str
    proof: str


def names() -> list[str]:
    """Return the names of the decks: `general`, and each track."""
    return [GENERAL, *catalogue.find()]


def read(name: str) -> list[Card]:
    """Return the cards of a deck. Raise KataError if there is no deck of that name."""
    if name != GENERAL and name not in catalogue.find():
        raise KataError(f"no questions on {name!r}: expected one of {', '.join(names())}")
    if name != GENERAL:
        return cards_of(catalogue.get(name))
    path = paths.data_folder() / "exercises" / GENERAL / "questions.toml"
    questions = validated.entries(path, "question", _Question)
    return [
        Card(title=entry.title, question=entry.question, answer=entry.answer.strip(), show=entry.show)
        for entry in questions
    ]


def cards_of(track: Track) -> list[Card]:
    """Return a track's questions: the follow-ups of its rounds, then its quiz cards."""
    follow_ups = [
        Card(
            title=round_.id,
            question=follow_up.question,
            answer=follow_up.answer,
            proof=follow_up.proof,
        )
        for round_ in track.rounds
        for follow_up in round_.follow_ups
    ]
    return follow_ups + _quiz_cards(track)


def _quiz_cards(track: Track) -> list[Card]:
    """Return the quiz cards of a track, which may have none."""
    path = track.exercises / "cards.toml"
    if not path.is_file():
        return []
    return [
        Card(
            title=entry.title,
            question=OUTPUT_QUESTION,
            answer=entry.answer,
            proof=entry.proof,
            code=entry.code,
            output=entry.output,
        )
        for entry in validated.entries(path, "card", _QuizCard)
    ]


def card(name: str, number: int) -> Card:
    """Return one card of a deck, counted from 1. Raise KataError if there is no such card."""
    cards = read(name)
    if not 1 <= number <= len(cards):
        raise KataError(f"no question {number} on {name}: expected a number from 1 to {len(cards)}")
    return cards[number - 1]


def following(name: str, number: int, known: Mapping[str, bool]) -> int:
    """Return the number of the next card that is not known after `number`; `number` + 1 if all are known.

    `known` says whether a card is known, by `DECK: KEY`. After the last card the first one follows. With
    `number` 0 the search begins at the first card.
    """
    cards = read(name)
    order = [(number + step) % len(cards) for step in range(len(cards))]  # indices from 0, numbers from 1
    unknown = (index for index in order if not known.get(f"{name}: {cards[index].key}", False))
    return next(unknown, order[0]) + 1


def printed(track: Track, card: Card) -> str:
    """Run a card's code in the folder of its track's solutions; return what it prints.

    Raise KataError if it fails, which is a fault of the card.
    """
    command = [sys.executable, "-B", "-W", "ignore", "-c", card.code]
    completed = subprocess.run(command, cwd=track.solutions, capture_output=True, text=True, check=False)
    if completed.returncode:
        _, _, reason = completed.stderr.strip().rpartition("\n")
        reason = reason or f"exit status {completed.returncode}"
        raise KataError(f"{track.name}, card {card.title!r}: its code fails: {reason}; fix the code")
    return completed.stdout
