"""`kata again`: a round that has passed, once more from its stubs, against the clock."""

from __future__ import annotations

import click

from mlkata.cli import complete
from mlkata.tracks.model import KataError


@click.command()
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
def again(target: str) -> None:
    """Do a round once more from its stubs, and compare the minutes.

    Your file is set aside: what the round needs stays in it, all else comes back once it passes, or with
    `kata undo TRACK`.
    """
    from pathlib import Path

    from mlkata.practice import pages, planned
    from mlkata.practice.repetition import Repetition
    from mlkata.practice.workspace import Workspace
    from mlkata.report import console
    from mlkata.tracks import catalogue

    _, round_ = catalogue.split(target)
    if round_ is None:
        raise KataError(f"which round of {target}? expected {target}.1 or so; see `kata list`")
    workspace = Workspace.find(Path())
    said = Repetition(workspace).again(round_)
    console.show([said, *planned.times(workspace, round_), pages.begin(workspace, round_)])
