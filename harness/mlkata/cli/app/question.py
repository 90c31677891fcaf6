"""A dialogue of `kata watch` that asks a yes-or-no question before a file is changed."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class ConfirmScreen(ModalScreen[bool]):
    """A dialogue that returns True for y, and False for every other key that closes it."""

    CSS = """
    ConfirmScreen { align: center middle; }
    ConfirmScreen Static { width: 60; max-width: 90%; height: auto; padding: 1 2; border: round ansi_yellow; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("n,escape,q", "dismiss(False)", "no"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._question = text

    def compose(self) -> ComposeResult:
        """Lay out the dialogue."""
        yield Static(Text(f"{self._question}\n\n").append("y yes   n no", "bold"))
