"""`kata again`: repeat a passed round (one step of a track) from its stubs, against the clock."""

from __future__ import annotations

import click

from mlkata.cli import complete
from mlkata.cli.shared import round_of, say, workspace_here


@click.command()
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
def again(target: str) -> None:
    """Repeat a round from its stubs, and compare the minutes.

    Your file is set aside: only what the round needs stays in it. The rest comes back once the round passes,
    or with `kata undo TRACK`.
    """
    from mlkata.practice import pages, planned
    from mlkata.practice.repetition import Repetition

    round_ = round_of(target)
    workspace = workspace_here()
    message = Repetition(workspace).again(round_)
    say([message, *planned.last_time(workspace, round_), pages.begin(workspace, round_)])
