"""`kata interview`: a timed interview with an incomplete task, questions and a scorecard at the end.

The sheet of a track has the interviewer's task, answers and follow-up questions. Each interview has a folder
of its own, called a room, with the candidate's file and a journal of events.
"""

from __future__ import annotations

import click

from mlkata.cli import complete


@click.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
@click.option("--minutes", type=click.IntRange(15, 240), default=45, show_default=True)
@click.option("--sheet", is_flag=True, help="Print a page for a friend who plays the interviewer.")
@click.option("--new", is_flag=True, help="Start a new interview; an unfinished one is ended.")
def interview(name: str, *, minutes: int, sheet: bool, new: bool) -> None:
    """Be interviewed on TRACK, against the clock.

    You get a file with names and arguments only, and a task that leaves things open, as interviewers do: ask.
    An unfinished interview is resumed.
    """
    import secrets

    from mlkata.interview import conversation, paper, room
    from mlkata.interview import sheet as sheets
    from mlkata.report import console
    from mlkata.tracks import catalogue

    track = catalogue.get(name)
    sheet_ = sheets.read(track)
    if sheet:
        click.echo(paper.write(sheet_, minutes), nl=False)
        return
    base = room.base()
    rooms = list(room.rooms(base, track))  # of earlier interviews, oldest first
    last_room = rooms[-1] if rooms else None
    if last_room and not new and last_room.interview.ended and not last_room.scorecard.is_file():
        console.show(["the last interview was cut off before its scorecard:", ""])
        with last_room.locked():
            conversation.score(last_room, sheet_)
        return
    unfinished = next((room_ for room_ in reversed(rooms) if not room_.interview.ended), None)
    if unfinished is not None and new:
        with unfinished.locked():
            # The reason is `asked`: the candidate asked for an end.
            unfinished.journal.add(unfinished.interview.seconds, "end", why="asked")
        unfinished = None
    current = unfinished or room.Room.create(base, track, minutes=minutes, seed=secrets.randbelow(2**32))
    with current.locked():
        conversation.hold(current, sheet_, resumed=unfinished is not None)
