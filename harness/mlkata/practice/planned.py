"""Lines about time: days until the interview, rounds that are due again, how long a round took.

Once the day of the interview is set, `schedule` decides when each passed round is due again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from mlkata.practice.repetition import Repetition
from mlkata.practice.schedule import Due
from mlkata.practice.workspace import Workspace
from mlkata.practice.worktime import minutes
from mlkata.report.units import count
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round

_MOST_DUE = 3
"""Maximum number of due rounds shown: about as many as fit in one evening."""


def plan(workspace: Workspace, due: Sequence[Due], today: date) -> Iterator[Text]:
    """Yield how many days and rounds are left and what is due again today; nothing if no day is set."""
    interview = Repetition(workspace).day
    if interview is None:
        return
    days_left = (interview - today).days
    if days_left < 0:
        yield Text(f"the interview was on {interview}   (kata init --date sets another day)")
        return
    passed = workspace.passed()
    n_left = sum(round_.id not in passed for track in workspace.tracks.values() for round_ in track.rounds)
    when = "today" if not days_left else "tomorrow" if days_left == 1 else f"in {days_left} days"
    rounds_left = f"{count(n_left, 'round')} left to pass" if n_left else "no rounds left to pass"
    yield Text(f"the interview is {when}; {rounds_left}", "bold")
    for entry in due[:_MOST_DUE]:
        yield Text(f"  due again: {entry.round.id:<9} {entry.why}")
    if len(due) > _MOST_DUE:
        yield Text(f"  … and {len(due) - _MOST_DUE} more", "dim")


def parse_day(text: str, today: date) -> date:
    """Return the day of the interview from a text such as 2027-01-15.

    Raise KataError if the text is not a date, or a date in the past.
    """
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise KataError(f"{text!r} is not a date: expected YYYY-MM-DD, such as --date {today}") from None
    if parsed < today:
        raise KataError(f"{parsed} is in the past: expected today or later, such as --date {today}")
    return parsed


def last_time(workspace: Workspace, round_: Round) -> Iterator[Text]:
    """Yield how long a round took when it last passed; nothing if no time was measured."""
    passed = [attempt for attempt in Repetition(workspace).attempts(round_) if attempt.passed]
    if passed:
        yield Text(f"last time: {minutes(passed[-1].seconds)}, expected {round_.minutes}")


def day_set(workspace: Workspace, today: date) -> Iterator[Text]:
    """Yield what `kata init --date` prints once it has set the day of the interview."""
    yield from plan(workspace, [], today)
    yield Text("next: kata   (shows each day what is due again)")


def time_taken(workspace: Workspace, track: Track) -> Iterator[Text]:
    """Yield how long the rounds that have just passed took, now and the last time that they passed."""
    repetition = Repetition(workspace)
    for round_ in repetition.just_passed(track.name):
        *earlier, last = repetition.attempts(round_)
        passed_before = [attempt for attempt in earlier if attempt.passed]
        comparison = f", {minutes(passed_before[-1].seconds)} last time" if passed_before else ""
        yield Text(f"{round_.id} passed: about {minutes(last.seconds)}{comparison}", "green")
        if last.set_aside_file:
            yield Text(f"the rest of your file is back; copy of the old file: {last.set_aside_file}")
