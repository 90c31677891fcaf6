"""Repeat passed rounds: `kata again` sets the candidate's file aside and starts a round from its stubs.

Each attempt at a round and its working time are recorded, so that times can be compared. The module also
lists the rounds that are due again before the interview.
"""

from __future__ import annotations

from datetime import date

from mlkata.practice import schedule, worktime
from mlkata.practice.desk import Desk
from mlkata.practice.schedule import Due
from mlkata.practice.state import Attempt, StateFile, TrackState, now
from mlkata.practice.workspace import FOLDER, Workspace
from mlkata.tracks.model import KataError, Round, Status


class Repetition:
    """The repetition of rounds in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        state_folder = workspace.folder / FOLDER
        self._state = StateFile(state_folder)
        self._desk = Desk(workspace.folder, state_folder / "history")

    def again(self, round_: Round) -> str:
        """Set a track's file aside and begin a round again; return one line that says what happened.

        Raise KataError if the round has not passed, or if a round of its track is being repeated already.
        """
        track = self.workspace.tracks[round_.track]
        entry = self._state.read().track(track.name)
        under_way_id, _ = worktime.round_done_again(entry)
        if under_way_id:
            raise KataError(
                f"{under_way_id} is being done again: pass it, "
                f"or `kata undo {track.name}` brings your file back"
            )
        if round_.id not in entry.passed:
            raise KataError(f"{round_.id} has not passed yet: run `kata open {round_.id}` to work on it")
        copy = self._desk.set_aside(track, round_).relative_to(self.workspace.folder)
        with self._state.changing() as state:
            entry = state.tracks.setdefault(track.name, TrackState())
            state.current = track.name
            worktime.begin(entry, round_.id, now(), set_aside_file=copy.as_posix())
            entry.last.update({check.id: str(Status.UNSOLVED) for check in track.checks_of(round_)})
        return f"{round_.id} starts again; your file is set aside: {copy}"

    def under_way(self, round_: Round) -> bool:
        """Return whether an attempt at the round is running, be it the first or a repetition."""
        return worktime.running(self._state.read().track(round_.track), round_.id) is not None

    def attempts(self, round_: Round) -> list[Attempt]:
        """Return the attempts at a round that have ended."""
        attempts = self._state.read().track(round_.track).attempts.get(round_.id, [])
        return [attempt for attempt in attempts if attempt.ended]

    def just_passed(self, track: str) -> list[Round]:
        """Return the rounds whose attempt ended with a pass at the last recorded judgement."""
        entry = self._state.read().track(track)
        return [
            round_
            for round_ in self.workspace.tracks[track].rounds
            if (attempts := entry.attempts.get(round_.id))
            and attempts[-1].passed
            and attempts[-1].ended == entry.touched
        ]

    @property
    def day(self) -> date | None:
        """The day of the interview, or None if it is not set."""
        day = self._state.read().date
        return date.fromisoformat(day) if day else None

    def set_day(self, day: date) -> None:
        """Store the day of the interview."""
        with self._state.changing() as state:
            state.date = day.isoformat()

    def due(self, today: date) -> list[Due]:
        """Return the rounds to repeat today.

        There are none while a round is being repeated, or if the day of the interview is not set.
        """
        state = self._state.read()
        again_ids = [worktime.round_done_again(entry)[0] for entry in state.tracks.values()]  # "" for none
        return [] if any(again_ids) else schedule.due(self.workspace.tracks, state, today)
