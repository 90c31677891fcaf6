"""`kata interview`: a bare file, a prompt that leaves things open, a clock, and a scorecard at the end."""

from __future__ import annotations

import click

from mlkata.cli import complete


@click.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
@click.option("--minutes", type=click.IntRange(15, 240), default=45, show_default=True)
@click.option("--sheet", is_flag=True, help="Print a page for a friend who plays the interviewer.")
@click.option("--new", is_flag=True, help="Begin anew; the interview that was left is ended as it is.")
def interview(name: str, *, minutes: int, sheet: bool, new: bool) -> None:
    """Be interviewed on TRACK, against the clock.

    You get a file with names and arguments only, and a task that leaves things open, as interviewers do:
    ask. An interview that was left goes on where it was.
    """
    import secrets

    from mlkata.interview import conversation, paper, room
    from mlkata.interview import sheet as sheets
    from mlkata.report import console
    from mlkata.tracks import catalogue

    track = catalogue.get(name)
    known = sheets.read(track)
    if sheet:
        click.echo(paper.write(known, minutes), nl=False)
        return
    base = room.base()
    held = list(room.rooms(base, track))
    if held and held[-1].interview.ended and not held[-1].scorecard.is_file() and not new:
        console.show(["the last interview was cut off before its scorecard:", ""])
        with held[-1].locked():
            conversation.score(held[-1], known)
        return
    left = next((one for one in reversed(held) if not one.interview.ended), None)
    if left is not None and new:
        with left.locked():
            left.journal.add(left.interview.seconds, "end", why="asked")
        left = None
    own = left or room.Room.create(base, track, minutes=minutes, seed=secrets.randbelow(2**32))
    with own.locked():
        conversation.hold(own, known, resumed=left is not None)
