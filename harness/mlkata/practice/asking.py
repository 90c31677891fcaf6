"""Questions in a workspace, which keeps what was known. Outside a workspace nothing is kept."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.practice import quiz
from mlkata.practice.state import StateFile
from mlkata.practice.workspace import FOLDER, Workspace
from mlkata.tracks import deck
from mlkata.tracks.model import KataError


def known_questions() -> dict[str, bool]:
    """Return whether each question asked here was known, by "deck: key"."""
    state = _state()
    return state.read().known if state else {}


def ask(name: str, number: int, width: int) -> str:
    """Ask a card on the terminal, keep whether it was known, and return the line naming the next one."""
    knew = quiz.ask(name, number, width, _read)
    state = _state()
    if state is None:
        return f"next: kata questions {name} {deck.following(name, number, {})}"
    with state.changing() as changed:
        changed.known[f"{name}: {deck.card(name, number).key}"] = knew
    now = state.read().known
    count = sum(known_ for key, known_ in now.items() if key.startswith(f"{name}: "))
    after = deck.following(name, number, now)
    return f"next: kata questions {name} {after}   ({count} of {len(deck.read(name))} known)"


def _read(prompt: str) -> str:
    return str(click.prompt(prompt, default="", show_default=False))


def _state() -> StateFile | None:
    try:
        return StateFile(Workspace.find(Path()).folder / FOLDER)
    except KataError:
        return None
