"""`kata demo`, `kata doctor`, `kata init`: the first commands."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.cli.shared import NOT_PASSED, PASSED, say, today
from mlkata.tracks.model import KataError


@click.command()
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the cases.")
def demo(seed: int) -> None:
    """See a typical bug judged on real data."""
    from mlkata.cli import demo as demo_
    from mlkata.report import console

    say(demo_.run(seed, console.width()))


@click.command()
def doctor() -> int:
    """Check the installation."""
    from rich.text import Text

    from mlkata.cli import doctor as doctor_

    n_bad = 0
    for diagnosis in doctor_.diagnose():
        line = Text("ok   " if diagnosis.ok else "BAD  ", "green" if diagnosis.ok else "bold red")
        line.append(f"{diagnosis.name:<13} {diagnosis.detail}")
        say([line] if diagnosis.ok else [line, f"     next: {diagnosis.advice}"])
        n_bad += not diagnosis.ok
    say(["next: kata demo" if not n_bad else "next: fix what is BAD, then run kata doctor again"])
    return PASSED if not n_bad else NOT_PASSED


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--track", "name", metavar="TRACK", help="Start with this track.")
@click.option(
    "--course", type=click.Path(path_type=Path), help="A course.toml, which is copied into the workspace."
)
@click.option(
    "--date",
    "day",
    metavar="YYYY-MM-DD",
    help="The day of your interview; also sets it in an existing workspace.",
)
def init(folder: Path, name: str | None, course: Path | None, day: str | None) -> None:
    """Create a workspace with the first stub, in FOLDER or here."""
    from mlkata.practice import pages, planned
    from mlkata.practice.repetition import Repetition
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks import catalogue

    if name and course:
        raise KataError("a course sets the track to start with: expected --course or --track, not both")
    date = planned.parse_day(day, today()) if day is not None else None
    if date is not None and not (name or course) and Workspace.is_one(folder):
        workspace = Workspace.find(folder)
        Repetition(workspace).set_day(date)
        say(planned.day_set(workspace, today()))
        return
    first = catalogue.get(name) if name else None
    workspace = Workspace.create(folder, catalogue.find(), first, course)
    if date is not None:
        Repetition(workspace).set_day(date)
    say(pages.welcome(workspace, folder))
