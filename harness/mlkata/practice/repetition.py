"""Doing rounds again: setting the file aside, comparing minutes, listing what is due."""

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

        Raises KataError if the round has not passed or another one is being done again.
        """
        track = self.workspace.tracks[round_.track]
        entry = self._state.read().track(track.name)
        repeated_id, _ = worktime.round_done_again(entry)
        if repeated_id:
            raise KataError(
                f"{repeated_id} is being done again: pass it, "
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
        """Return whether the round is being worked on, for the first time or again."""
        return worktime.running(self._state.read().track(round_.track), round_.id) is not None

    def attempts(self, round_: Round) -> list[Attempt]:
        """Return the attempts at a round that have ended."""
        attempts = self._state.read().track(round_.track).attempts.get(round_.id, [])
        return [attempt for attempt in attempts if attempt.ended]

    def just_passed(self, track: str) -> list[Round]:
        """Return the rounds that passed, with their time measured, in the last recorded check."""
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
        """Return the rounds to do again today; none while a round is being done again or without a day."""
        state = self._state.read()
        doing_again = any(worktime.round_done_again(entry)[0] for entry in state.tracks.values())
        return [] if doing_again else schedule.due(self.workspace.tracks, state, today)
