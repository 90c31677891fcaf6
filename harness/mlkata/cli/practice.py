"""`kata open`, `list`, `hint`, `solution`, `questions`, `reset`, `undo`: the commands that judge nothing.

They work on the workspace (the folder that `kata init` creates). A round is one step of a track.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, round_of, say, workspace_here
from mlkata.tracks.model import KataError


@click.command("open")
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
def open_(target: str) -> None:
    """Add the stubs of a round to your file."""
    from mlkata.practice import pages

    round_ = round_of(target)
    workspace = workspace_here()
    say([workspace.open(round_), pages.begin(workspace, round_)])


@click.command("list")
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def list_(name: str | None) -> None:
    """List tracks and rounds; with TRACK, also its checks."""
    from mlkata.practice import pages
    from mlkata.practice.workspace import Workspace
    from mlkata.report import console
    from mlkata.tracks import catalogue

    try:
        workspace = Workspace.find(Path())
    except KataError:
        workspace = None  # the list works without a workspace
    tracks = [catalogue.get(name)] if name else list(catalogue.find().values())
    say(pages.listing(tracks, workspace, checks=name is not None, width=console.width()))


@click.command()
@click.argument("target", metavar="TRACK.ROUND", required=False, shell_complete=complete.rounds)
def hint(target: str | None) -> None:
    """Show the next hint of a round; each round has three."""
    from mlkata.practice import pages
    from mlkata.report import console

    workspace = workspace_here()
    round_ = round_of(target or workspace.next_step().round or "")
    say(pages.hint(workspace, round_, console.width()))


@click.command()
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
@click.option("--give-up", is_flag=True, help="Show it even if the round has not passed.")
def solution(target: str, *, give_up: bool) -> None:
    """Show our solution of a round, once yours passes."""
    from mlkata.practice import pages
    from mlkata.report import console
    from mlkata.tracks import catalogue

    round_ = round_of(target)
    track = catalogue.get(round_.track)
    say(pages.solution(workspace_here(), track, round_, give_up=give_up, width=console.width()))


@click.command()
@click.argument("name", metavar="[TRACK|general]", required=False, shell_complete=complete.tracks)
@click.argument("number", type=int, required=False)
@click.option("--run", is_flag=True, help="Run the script that shows the answer.")
def questions(name: str | None, number: int | None, *, run: bool) -> int:
    """Show discussion questions; with NUMBER, one question and its answer.

    On a terminal you answer first, and whether you knew the answer is recorded.
    """
    from mlkata.practice import asking
    from mlkata.practice import questions as question_pages
    from mlkata.report import console

    if run:
        if name is None or number is None:
            raise KataError("which question? expected, for example, `kata questions general 2 --run`")
        return PASSED if question_pages.run(name, number) == 0 else NOT_PASSED
    if name is None:
        say(question_pages.overview(asking.known_questions()))
    elif number is None:
        say(question_pages.listing(name, asking.known_questions(), console.width()))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        say([asking.ask(name, number, console.width())])
    else:
        say(question_pages.page(name, number, console.width()))
    return PASSED


@click.command()
@click.argument("target", metavar="TRACK[.ROUND]", shell_complete=complete.rounds)
def reset(target: str) -> None:
    """Put the stubs back; a copy of your file is kept."""
    from mlkata.tracks import catalogue

    track, round_ = catalogue.split(target)
    say([workspace_here().reset(track.name, round_)])


@click.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
def undo(name: str) -> None:
    """Undo what kata last did to your file; run it again to redo."""
    say([workspace_here().undo(name)])
