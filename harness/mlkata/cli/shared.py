"""Helpers that several commands use: exit statuses, the current workspace, printing."""

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
"""Exit statuses; `cli.main` says what they mean."""


def today() -> date:
    """Return the local date."""
    return datetime.now().astimezone().date()


def workspace_here() -> Workspace:
    """Return the workspace of the current folder. Raise KataError if there is none."""
    from mlkata.practice.workspace import Workspace

    return Workspace.find(Path())


def import_numpy_first() -> None:
    """Import numpy before the workspace's modules, which saves time in commands that need both.

    The workspace imports msgspec, which imports typing_extensions. Once that is imported, importing numpy
    takes half as long again.
    """
    import numpy  # noqa: F401, ICN001


def round_of(target: str) -> Round:
    """Return the round that `TRACK.ROUND` names. Raise KataError if there is none."""
    from mlkata.tracks import catalogue

    _, round_ = catalogue.split(target)
    if round_ is None:
        raise KataError(f"which round of {target}? expected, for example, {target}.1; see `kata list`")
    return round_


def renamed(option: str, command: str) -> Callable[[Any], Any]:
    """Return a decorator for a command that had this option in an earlier version.

    Using the option is an error whose message names the command that replaces it.
    """

    def refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise KataError(f"{option} is now a separate command: use `{command}`")

    return click.option(option, hidden=True, expose_value=False, is_eager=True, callback=refuse)


def say(lines: Iterable[Any]) -> None:
    """Print lines, each as soon as it is available."""
    from mlkata.report import console

    console.show(lines)
