"""What several commands need: exit statuses, the workspace here, printing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlkata.tracks.model import KataError

if TYPE_CHECKING:
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks.model import Round

PASSED, NOT_PASSED, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit statuses."""


def today() -> date:
    """Give the local date."""
    return datetime.now().astimezone().date()


def workspace_here() -> Workspace:
    """Find the workspace of this folder. Raises KataError where there is none."""
    from mlkata.practice.workspace import Workspace

    return Workspace.find(Path())


def arrays_first() -> None:
    """Import numpy before the workspace, where nothing else is waited for meanwhile.

    The workspace imports msgspec, and that typing_extensions, which slows the import of numpy by half.
    """
    import numpy  # noqa: F401, ICN001


def round_of(target: str) -> Round:
    """Read `TRACK.ROUND` as a round. Raises KataError where there is none."""
    from mlkata.tracks import catalogue

    _, round_ = catalogue.split(target)
    if round_ is None:
        raise KataError(f"which round of {target}? expected {target}.1 or so; see `kata list`")
    return round_


def say(lines: Iterable[Any]) -> None:
    """Print lines, each as soon as it is there."""
    from mlkata.report import console

    console.show(lines)
