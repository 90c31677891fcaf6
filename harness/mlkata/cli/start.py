"""`kata demo`, `kata doctor`, `kata init`: the first minutes."""

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
    """Look whether everything is there and works."""
    from rich.text import Text

    from mlkata.cli import doctor as doctor_

    bad = 0
    for finding in doctor_.look():
        line = Text("ok   " if finding.good else "BAD  ", "green" if finding.good else "bold red")
        line.append(f"{finding.what:<13} {finding.seen}")
        say([line] if finding.good else [line, f"     next: {finding.advice}"])
        bad += not finding.good
    say(["next: kata demo" if not bad else "next: mend what is BAD, then kata doctor"])
    return PASSED if not bad else NOT_PASSED


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--track", "name", metavar="TRACK", help="Begin with this track.")
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml, which is copied into it.")
@click.option(
    "--date",
    "day",
    metavar="YYYY-MM-DD",
    help="The day of your interview; a workspace that is there takes it, too.",
)
def init(folder: Path, name: str | None, course: Path | None, day: str | None) -> None:
    """Make a workspace, with the first stub, in FOLDER or here."""
    from mlkata.practice import pages, planned
    from mlkata.practice.repetition import Repetition
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks import catalogue

    if name and course:
        raise KataError("a course says with which track to begin: expected --course or --track, not both")
    on = planned.parse_day(day, today()) if day is not None else None
    if on is not None and not (name or course) and Workspace.is_one(folder):
        workspace = Workspace.find(folder)
        Repetition(workspace).set_day(on)
        say(planned.day_set(workspace, today()))
        return
    first = catalogue.get(name) if name else None
    workspace = Workspace.create(folder, catalogue.find(), first, course)
    if on is not None:
        Repetition(workspace).set_day(on)
    say(pages.welcome(workspace, folder))
