"""Rounds done again: the file set aside, minutes compared, what is due until the day of the interview."""

from __future__ import annotations

from datetime import date

from mlkata.practice import schedule, worktime
from mlkata.practice.desk import Desk
from mlkata.practice.schedule import Due
from mlkata.practice.state import Attempt, StateFile, TrackState, now
from mlkata.practice.workspace import FOLDER, Workspace
from mlkata.tracks.model import KataError, Round, Status


class Repetition:
    """A workspace, as far as rounds come back in it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        kept = workspace.folder / FOLDER
        self._state = StateFile(kept)
        self._desk = Desk(workspace.folder, kept / "history")

    def again(self, round_: Round) -> str:
        """Set a track's file aside and begin a round anew; say in one line what happened.

        Raises KataError where the round has not passed, or another one is being done again.
        """
        track = self.workspace.tracks[round_.track]
        entry = self._state.read().track(track.name)
        under_way = worktime.set_aside(entry)
        if under_way is not None:
            raise KataError(
                f"{under_way[0]} is being done again: pass it, "
                f"or `kata undo {track.name}` brings your file back"
            )
        if round_.id not in entry.passed:
            raise KataError(f"{round_.id} has not passed yet: `kata open {round_.id}` takes it up")
        kept = self._desk.set_aside(track, round_).relative_to(self.workspace.folder)
        with self._state.changing() as state:
            entry = state.tracks.setdefault(track.name, TrackState())
            state.current = track.name
            worktime.begin(entry, round_.id, now(), aside=kept.as_posix())
            entry.last.update({check.id: str(Status.UNSOLVED) for check in track.checks_of(round_)})
        return f"{round_.id} begins anew; your file is set aside: {kept}"

    def under_way(self, round_: Round) -> bool:
        """Is the round being worked on, for the first time or again?"""
        return worktime.running(self._state.read().track(round_.track), round_.id) is not None

    def attempts(self, round_: Round) -> list[Attempt]:
        """List the times that a round was worked on, those that ended."""
        found = self._state.read().track(round_.track).attempts.get(round_.id, [])
        return [one for one in found if one.ended]

    def just_passed(self, track: str) -> list[Round]:
        """List the rounds that passed, measured, in the check that was recorded last."""
        entry = self._state.read().track(track)
        return [
            one
            for one in self.workspace.tracks[track].rounds
            if (some := entry.attempts.get(one.id)) and some[-1].passed and some[-1].ended == entry.touched
        ]

    @property
    def day(self) -> date | None:
        """The day of the interview, if it is known."""
        written = self._state.read().date
        return date.fromisoformat(written) if written else None

    def set_day(self, day: date) -> None:
        """Keep the day of the interview."""
        with self._state.changing() as state:
            state.date = day.isoformat()

    def due(self, today: date) -> list[Due]:
        """List what to do again today; nothing while a round is being done again, or without a day."""
        state = self._state.read()
        under_way = any(worktime.set_aside(entry) for entry in state.tracks.values())
        return [] if under_way else schedule.due(self.workspace.tracks, state, today)
