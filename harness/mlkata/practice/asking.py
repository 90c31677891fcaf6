"""Questions in a workspace: which of them you knew is kept. Outside of one they are asked all the same."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.practice import quiz
from mlkata.practice.state import StateFile
from mlkata.practice.workspace import FOLDER, Workspace
from mlkata.tracks import deck
from mlkata.tracks.model import KataError


def known() -> dict[str, bool]:
    """Say of each question that was asked here, by deck and key, whether it was known."""
    state = _state()
    return state.read().known if state else {}


def ask(name: str, number: int, width: int) -> str:
    """Ask a card on the terminal, remember whether it was known, and say which one is next."""
    knew = quiz.ask(name, number, width, _read)
    state = _state()
    if state is None:
        return f"next: kata questions {name} {deck.following(name, number, {})}"
    with state.changing() as changed:
        changed.known[f"{name}: {deck.card(name, number).key}"] = knew
    now = state.read().known
    count = sum(one for key, one in now.items() if key.startswith(f"{name}: "))
    after = deck.following(name, number, now)
    return f"next: kata questions {name} {after}   ({count} of {len(deck.read(name))} known)"


def _read(prompt: str) -> str:
    return str(click.prompt(prompt, default="", show_default=False))


def _state() -> StateFile | None:
    try:
        return StateFile(Workspace.find(Path()).folder / FOLDER)
    except KataError:
        return None
