"""Where the command line writes to: colours only where a terminal wants them."""

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
        """Raise BrokenPipeError: the command line knows which status that is; rich would exit with 1."""
        with suppress(SystemExit):
            super().on_broken_pipe()
        raise BrokenPipeError


OUT = _Console(highlight=False, markup=False, soft_wrap=True)
ERR = _Console(highlight=False, markup=False, soft_wrap=True, stderr=True)
WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal is."""


def width() -> int:
    """Give the columns to write in: in a pipe as many as COLUMNS says, else 80."""
    said = os.environ.get("COLUMNS", "")
    in_pipe = int(said) if said.isdecimal() and int(said) else 80
    return min(OUT.width if OUT.is_terminal else in_pipe, WIDEST)


def show(lines: Iterable[Text | str]) -> None:
    """Print lines one by one, each as soon as it is there."""
    for line in lines:
        OUT.print(line)


def progress() -> Progress:
    """Give bars for long work; in a pipe there are none, there the lines printed are progress enough."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal)
