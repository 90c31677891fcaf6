"""Checks a track's questions: quiz cards, which ask what a few lines of code print, and follow-ups of rounds.

The code of a card must print the stated output, and the command that proves an answer must exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mlkata.judging.gate.rounds import answer_problems
from mlkata.tracks import deck
from mlkata.tracks.catalogue import Track
from mlkata.tracks.deck import Card
from mlkata.tracks.model import KataError

LONGEST = 6
"""Most lines of a card's code: people work out in their head what it prints."""


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's cards, which have code, and follow-ups, which have none."""
    cards = deck.cards_of(track)
    for title, count in Counter(card.title for card in cards if card.code).items():
        if count > 1:
            yield f"card {title!r} occurs {count} times: titles are unique; rename the others"
    for card in cards:
        if card.code:
            yield from _code_problems(track, card)
        if card.proof:
            yield from _command_problems(track, card)
        elif card.code:
            yield f"card {card.title!r} has no proof: expected a command that shows the answer"


def _code_problems(track: Track, card: Card) -> Iterator[str]:
    where = f"card {card.title!r}"
    yield from answer_problems(where, card.answer)
    lines = len(card.code.splitlines())
    if lines > LONGEST:
        yield f"{where} has {lines} lines of code: expected at most {LONGEST}; shorten it"
    try:
        printed = deck.printed(track, card).strip()
    except KataError as error:
        yield str(error)
        return
    if not printed:
        yield f"{where} prints nothing: expected an output that people can type"
    elif printed != card.output:
        yield f"{where} prints {printed!r}, but its `output` says {card.output!r}: write what it prints there"


def _command_problems(track: Track, card: Card) -> Iterator[str]:
    """Yield a problem unless a proof's command names an existing check or a function in costs.py."""
    where = f"{card.title}: `{card.proof}`"
    match card.proof.split():
        case ["kata", "check", track.name, "--case", name, *_]:
            try:
                track.check(name)
            except KataError as error:
                yield f"{where}: {error}"
        case ["kata", "cost", track.name, name, *_]:
            measured = [cost.function for cost in track.costs]
            if name not in measured:
                expected = ", ".join(measured) or "nothing"
                yield f"{where}: costs.py measures {expected}; add {name} to it, or use another command"
        case _:
            yield f"{where}: expected `kata check {track.name} --case ID` or `kata cost {track.name} NAME`"
