"""`kata watch`: judge the candidate's file at every save.

On a terminal the verdicts are shown in a full-screen application, elsewhere as lines.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from mlkata.cli import complete
from mlkata.cli.shared import workspace_here

if TYPE_CHECKING:
    from mlkata.practice.checking import Practice
    from mlkata.practice.saves import Saves


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option("--plain", is_flag=True, help="Print lines, as in a pipe; Ctrl-C ends it.")
def watch(name: str | None, *, plain: bool) -> None:
    """Judge your file on every save."""
    from mlkata.practice.checking import Practice
    from mlkata.practice.saves import Saves
    from mlkata.tracks import catalogue

    workspace = workspace_here()
    track = catalogue.get(name or workspace.next_step().track)
    whole_screen = sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
    with Practice(workspace, track) as practice, Saves(practice) as saves:
        if whole_screen and not plain:
            from mlkata.cli.app.watching import Watching

            Watching(practice, saves).show()
        else:
            _lines(practice, saves)


def _lines(practice: Practice, saves: Saves) -> None:
    """Print the verdicts of each save below those of the save before, until Ctrl-C."""
    from mlkata.practice import pages
    from mlkata.practice.saves import Judged, Refused
    from mlkata.report import console, terminal

    workspace, track = practice.workspace, practice.track
    console.show([f"watching {practice.file}; Ctrl-C ends it"])
    with suppress(KeyboardInterrupt):
        for event in saves:
            if isinstance(event, Refused):
                console.show([f"kata: {event.reason}", "next: fix the file and save it"])
            elif isinstance(event, Judged) and not event.finished:  # the failures follow, on smaller inputs
                console.show(terminal.summary(event.report, track))
            elif isinstance(event, Judged):
                hints = workspace.hints(track.name) if workspace.hints_on else None
                console.show(terminal.failures(event.report, track, hints=hints, width=console.width()))
                console.show(pages.after(workspace, track, event.report, event.opened))
