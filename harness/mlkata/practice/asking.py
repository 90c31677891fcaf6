"""Ask discussion questions (`kata questions`), and record in the workspace which answers were known.

A deck is a list of questions with model answers, called cards; there is one for each track, and `general`.
Outside a workspace nothing is recorded.
"""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.practice import quiz
from mlkata.practice.state import StateFile
from mlkata.practice.workspace import FOLDER, Workspace
from mlkata.tracks import deck
from mlkata.tracks.model import KataError


def known_questions() -> dict[str, bool]:
    """Return for each question asked in this workspace whether its answer was known, by "deck: key"."""
    state = _state()
    return state.read().known if state else {}


def ask(name: str, number: int, width: int) -> str:
    """Ask card `number` of the deck `name`, record whether its answer was known, and return the closing line.

    That line has the command for the next card.
    """
    knew = quiz.ask(name, number, width, _read)
    state = _state()
    if state is None:  # not in a workspace: no card counts as known
        return f"next: kata questions {name} {deck.following(name, number, {})}"
    with state.changing() as changed:
        changed.known[f"{name}: {deck.card(name, number).key}"] = knew
    known = state.read().known
    count = sum(was_known for key, was_known in known.items() if key.startswith(f"{name}: "))
    next_number = deck.following(name, number, known)
    return f"next: kata questions {name} {next_number}   ({count} of {len(deck.read(name))} known)"


def _read(prompt: str) -> str:
    return str(click.prompt(prompt, default="", show_default=False))


def _state() -> StateFile | None:
    """Return the state file of the current folder's workspace, or None outside a workspace."""
    try:
        return StateFile(Workspace.find(Path()).folder / FOLDER)
    except KataError:
        return None
