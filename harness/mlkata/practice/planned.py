"""What practice says of time: what is due until the interview, how long a round took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from mlkata.practice.repetition import Repetition
from mlkata.practice.schedule import Due
from mlkata.practice.workspace import Workspace
from mlkata.practice.worktime import minutes
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round

_MOST_DUE = 3
"""Of more than these, nobody does all on one evening."""


def plan(workspace: Workspace, due: Sequence[Due], today: date) -> Iterator[Text]:
    """Say how many days are left, for how much, and what is due again today."""
    day = Repetition(workspace).day
    if day is None:
        return
    left = (day - today).days
    if left < 0:
        yield Text(f"the interview was on {day}   (kata init --date sets another day)")
        return
    passed = workspace.passed()
    new = sum(one.id not in passed for track in workspace.tracks.values() for one in track.rounds)
    days = "today" if not left else "tomorrow" if left == 1 else f"in {left} days"
    yield Text(f"the interview is {days}; {new} rounds have not passed yet", "bold")
    for one in due[:_MOST_DUE]:
        yield Text(f"  due again: {one.round.id:<9} {one.why}")
    if len(due) > _MOST_DUE:
        yield Text(f"  … and {len(due) - _MOST_DUE} more", "dim")


def day(written: str, today: date) -> date:
    """Read the day of the interview. Raises KataError where it is none, or past."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        raise KataError(f"no day {written!r}: expected YYYY-MM-DD, such as --date {today}") from None
    if found < today:
        raise KataError(f"{found} is past: expected a day to come, such as --date {today}")
    return found


def times(workspace: Workspace, round_: Round) -> Iterator[Text]:
    """Say how long a round took before."""
    passed = [one for one in Repetition(workspace).attempts(round_) if one.passed]
    if passed:
        yield Text(f"last time: {minutes(passed[-1].seconds)}, {round_.minutes} are meant")


def dated(workspace: Workspace, today: date) -> Iterator[Text]:
    """Say that the day of the interview is kept."""
    yield from plan(workspace, [], today)
    yield Text("next: kata   (says each day what is due again)")


def took(workspace: Workspace, track: Track) -> Iterator[Text]:
    """Say how long what has just passed took, and how long before; that what was set aside is back."""
    repetition = Repetition(workspace)
    for round_ in repetition.just_passed(track.name):
        *earlier, last = repetition.attempts(round_)
        before = [one for one in earlier if one.passed]
        compared = f", {minutes(before[-1].seconds)} last time" if before else ""
        yield Text(f"{round_.id} passed: about {minutes(last.seconds)}{compared}", "green")
        if last.aside:
            yield Text(f"the rest of your file is back; as it was: {last.aside}")
