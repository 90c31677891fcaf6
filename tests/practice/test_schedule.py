"""When a passed round is due again: its last attempt and the days left decide.

`minikata` is a miniature track; its round 1 has one expected minute.
"""

from __future__ import annotations

from datetime import date

import pytest
from mlkata.practice import schedule
from mlkata.practice.state import Attempt, State, TrackState


def attempt(day, *, minutes=1.0, passed=True, **more):
    """Return an attempt that ended on day `day` of January 2027, after `minutes` of work."""
    at = f"2027-01-{day:02}T20:00:00+00:00"
    return Attempt(began=at, seconds=60 * minutes, ended=at, passed=passed, **more)


def due_day(track, attempts, interview="2027-12-31"):
    """Return the day on which round 1, passed on 1 January, is due again after these attempts, and why."""
    entry = TrackState(passed={"minikata.1": "2027-01-01T20:00:00+00:00"}, attempts={"minikata.1": attempts})
    state = State(tracks={"minikata": entry}, date=interview)
    [due] = schedule.due({"minikata": track}, state, date(2028, 1, 1))  # late enough for every wait
    return due.day, due.why


@pytest.mark.parametrize(
    ("attempts", "day", "why"),  # a day of January 2027
    [
        ([], 9, "good last time"),  # no attempt was recorded, but the round has passed
        ([attempt(1)], 9, "good last time"),
        ([attempt(1, minutes=3)], 4, "slow last time: 3 minutes, expected 1"),
        ([attempt(1, hints=2)], 4, "2 hints last time"),
        ([attempt(1, gave_up=True)], 2, "with our solution last time"),
        ([attempt(1), attempt(2, passed=False)], 3, "given up last time"),
        ([attempt(1), attempt(9)], 25, "good last time"),
        ([attempt(1), attempt(9, hints=1), attempt(12)], 20, "good last time"),
    ],
)
def test_a_slow_hinted_or_failed_round_comes_back_sooner(track, attempts, day, why):
    """The last attempt was good (8 days, then doubled), slow or hinted (3 days), or failed (1 day)."""
    assert due_day(track, attempts) == (date(2027, 1, day), why)


def test_a_wait_is_at_most_half_of_the_days_left(track):
    """With four days left, a round with a wait of eight days comes back after two; with one, after one."""
    assert due_day(track, [attempt(1)], interview="2027-01-05")[0] == date(2027, 1, 3)
    assert due_day(track, [attempt(1)], interview="2027-01-02")[0] == date(2027, 1, 2)


def test_a_round_is_due_from_its_day_on_if_the_interview_has_a_date(track):
    """It passed on 1 January, so that it is due after eight days."""
    entry = TrackState(passed={"minikata.1": "2027-01-01T20:00:00+00:00"})
    state = State(tracks={"minikata": entry}, date="2027-12-31")
    kit = {"minikata": track}
    assert schedule.due(kit, state, date(2027, 1, 8)) == []
    assert len(schedule.due(kit, state, date(2027, 1, 9))) == 1
    state.date = ""  # no interview, so nothing is due
    assert schedule.due(kit, state, date(2027, 1, 9)) == []
