"""What several commands need: exit statuses, the workspace here, printing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlkata.tracks.model import KataError

if TYPE_CHECKING:
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks.model import Round

PASSED, NOT_PASSED, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit statuses."""


def today() -> date:
    """Return the local date."""
    return datetime.now().astimezone().date()


def workspace_here() -> Workspace:
    """Find the workspace of this folder. Raises KataError if there is none."""
    from mlkata.practice.workspace import Workspace

    return Workspace.find(Path())


def arrays_first() -> None:
    """Import numpy before the workspace, where nothing else is waited for meanwhile.

    The workspace imports msgspec, and that typing_extensions, which slows the import of numpy by half.
    """
    import numpy  # noqa: F401, ICN001


def round_of(target: str) -> Round:
    """Read `TRACK.ROUND` as a round. Raises KataError if there is none."""
    from mlkata.tracks import catalogue

    _, round_ = catalogue.split(target)
    if round_ is None:
        raise KataError(f"which round of {target}? expected {target}.1 or so; see `kata list`")
    return round_


def renamed(option: str, command: str) -> Callable[[Any], Any]:
    """Decorate a command that has lost an option: giving it names the command that replaces it."""

    def refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise KataError(f"{option} is a command of its own now: expected `{command}`")

    return click.option(option, hidden=True, expose_value=False, is_eager=True, callback=refuse)


def say(lines: Iterable[Any]) -> None:
    """Print lines, each as soon as it is there."""
    from mlkata.report import console

    console.show(lines)
