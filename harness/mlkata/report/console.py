"""The consoles that the command line writes to, with colours only if a terminal wants them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError: rich would exit with 1, but kata has another status for a closed pipe."""
        with suppress(SystemExit):
            super().on_broken_pipe()
        raise BrokenPipeError


OUT = _Console(highlight=False, markup=False, soft_wrap=True)
ERR = _Console(highlight=False, markup=False, soft_wrap=True, stderr=True)
WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal is."""


def width() -> int:
    """Return the columns to write in: the terminal's, or in a pipe the variable COLUMNS, or else 80."""
    columns = os.environ.get("COLUMNS", "")
    width_in_pipe = int(columns) if columns.isdecimal() and int(columns) else 80
    return min(OUT.width if OUT.is_terminal else width_in_pipe, WIDEST)


def show(lines: Iterable[Text | str]) -> None:
    """Print lines one by one, each as soon as it is ready."""
    for line in lines:
        OUT.print(line)


def progress() -> Progress:
    """Return progress bars for long work, on standard error; if that is no terminal, they show nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal)
