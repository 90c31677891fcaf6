"""The workspace: the candidate's folder, with the files to work on and, in `.kata/`, the records of practice.

Every practice command acts on a `Workspace`. It changes the candidate's files through `desk`, and its records
through `state`. A track is divided into rounds, which are opened one after the other; a round passes once all
its checks pass. Over 300 lines because all commands share this one class.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlkata.practice import source, texts, worktime
from mlkata.practice.desk import Desk
from mlkata.practice.judgements import Judgement, PracticeJournal
from mlkata.practice.standing import Standing, next_step
from mlkata.practice.state import State, StateFile, TrackState, moment, now
from mlkata.tracks import catalogue, course
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, KataError, Report, Round, Status

FOLDER = ".kata"
"""Folder of the records, in the workspace."""


class Workspace:
    """A folder with `.kata/`. Nothing is cached: each call reads the files again."""

    def __init__(self, folder: Path, tracks: Mapping[str, Track]) -> None:
        self.folder = folder
        self.tracks = tracks
        self._state = StateFile(folder / FOLDER)
        self._desk = Desk(folder, folder / FOLDER / "history")
        self._journal = PracticeJournal(folder / FOLDER)

    @classmethod
    def create(
        cls,
        folder: Path,
        tracks: Mapping[str, Track],
        track: Track | None = None,
        rules: Path | None = None,
    ) -> Workspace:
        """Create a workspace with the first round of a track open, by default of the first track.

        `rules` is the path of a course.toml, with a teacher's settings: the workspace starts with the first
        round of the course, and the file is copied into the folder. A new or empty folder also gets a
        pytest.ini. Nothing is overwritten: raise KataError if one of the files exists already.
        """
        if rules is not None:
            first = course.read(rules).first(tracks)
            track = tracks[first.track]
        else:
            track = track or next(iter(tracks.values()))
            first = track.rounds[0]
        if _is_workspace(folder):
            raise KataError(f"{folder} is a workspace already: run `kata` there to see what to do next")
        _refuse_files(folder, track)
        is_new = not folder.exists() or not any(folder.iterdir())
        try:
            (folder / FOLDER / "history").mkdir(parents=True, exist_ok=True)
            texts.write_new(folder / "test_kata.py", texts.TEST_KATA)
            if is_new:  # an existing project has its own settings
                texts.write_new(folder / "pytest.ini", texts.PYTEST_INI)
            if rules is not None:
                texts.write_new(folder / course.NAME, rules.read_text(encoding="utf-8"))
            workspace = cls(folder, tracks)
            workspace._desk.add(track, first, opened=[])
            entry = TrackState(opened=[first.id])
            worktime.begin(entry, first.id, now())
            workspace._state.write(State(current=track.name, tracks={track.name: entry}))
        except OSError as error:
            reason = error.strerror
            raise KataError(f"cannot make a workspace in {folder}: {reason}; try `kata init DIR`") from None
        return workspace

    @classmethod
    def find(cls, start: Path, tracks: Mapping[str, Track] | None = None) -> Workspace:
        """Return the workspace that the folder `start` is or lies in. Raise KataError if there is none."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if _is_workspace(folder):
                workspace = cls(folder, catalogue.find() if tracks is None else tracks)
                if not workspace._state.path.is_file():
                    workspace._rebuild()
                return workspace
        raise KataError(
            f"not a workspace: expected {FOLDER} in {start} or above; "
            "run `kata init` or name a file with --submission"
        )

    @staticmethod
    def is_one(folder: Path) -> bool:
        """Return whether this folder itself is a workspace."""
        return _is_workspace(folder)

    @property
    def hints_on(self) -> bool:
        """Whether hints may be shown here; a course can turn them off."""
        rules = course.in_folder(self.folder)
        return rules is None or rules.hints

    @property
    def solutions_on(self) -> bool:
        """Whether solutions may be shown here; a course can turn them off."""
        rules = course.in_folder(self.folder)
        return rules is None or rules.solutions

    def file(self, track: str) -> Path:
        """Return the path of the candidate's file for a track."""
        return self.folder / f"{track}.py"

    def test_file(self, track: str) -> Path:
        """Return the path of the candidate's own tests for a track."""
        return self.folder / f"test_{track}.py"

    def opened(self, track: str) -> list[Round]:
        """Return the open rounds of a track, in the track's order."""
        ids = self._state.read().track(track).opened
        return [round_ for round_ in self._track(track).rounds if round_.id in ids]

    def passed(self, track: str | None = None) -> set[str]:
        """Return the ids of the rounds that have ever passed, of one track or of all tracks."""
        state = self._state.read()
        names = state.tracks if track is None else [track]
        return {id_ for name in names for id_ in state.track(name).passed}

    def last(self, track: str) -> dict[str, Status]:
        """Return the last status of each check that was judged, by its id."""
        return {id_: Status(status) for id_, status in self._state.read().track(track).last.items()}

    def open(self, round_: Round, at: str = "") -> str:
        """Append a round's stubs to its track's file; return one line that says what happened.

        `at` is the time of opening, by default the current time. A round that opens because another one
        passes gets the time of that pass.
        """
        track = self._track(round_.track)
        message = self._desk.add(track, round_, self.opened(track.name))
        self._mark_open(round_, at or now())
        missing = [need for need in round_.needs if need not in self.passed()]
        waits = f"; its checks wait for {' and '.join(missing)}" if missing else ""
        return f"{round_.id} is open: {message}{waits}"

    def record(self, report: Report) -> list[Round]:
        """Record a judgement: statuses, working time, rounds that have passed, and a line in the journal.

        For each round that passes for the first time, open the round that follows. Return the rounds opened.
        """
        track = self._track(report.track)
        passed_now: list[Round] = []
        at = now()
        with self._state.changing() as state:
            entry = state.tracks.setdefault(track.name, TrackState())
            state.current = track.name
            # The last event on any track, so that time is counted once if the candidate works on two tracks.
            since = worktime.last(state.tracks.values())
            round_id, seconds = worktime.spend(
                entry, _begun_first(report), since, self._saved(track.name), at
            )
            for verdict in report.verdicts:
                if verdict.status is not Status.SKIP:
                    entry.last[verdict.check.id] = str(verdict.status)
            for result in report.rounds:
                judged_ids = {verdict.check.id for verdict in result.verdicts}
                all_judged = judged_ids == {check.id for check in track.checks_of(result.round)}
                if not (result.status in FINE and all_judged):
                    continue
                attempt = worktime.running(entry, result.round.id)
                if attempt is not None:
                    if attempt.set_aside_file:
                        # The round was repeated. Bring the rest of the file back before the pass is written
                        # to the state: after a crash in between, the next pass does it again.
                        self._desk.bring_back(track, self.folder / attempt.set_aside_file)
                    worktime.end(entry, result.round.id, at, passed=True)
                if result.round.id not in entry.passed:
                    entry.passed[result.round.id] = at
                    passed_now.append(result.round)
                    # A round may pass before it is opened: `kata check TRACK.ROUND` judges any round.
                    if result.round.id not in entry.opened:
                        entry.opened.append(result.round.id)
        self._journal.add(Judgement.of(report, round_id, seconds, at))
        opened = []
        for round_ in passed_now:
            following = self._following(track, round_)
            if following is not None and following not in self.opened(track.name):
                # Opened at the time of the pass: `Repetition.just_passed` finds rounds whose attempt ended at
                # the time of the track's last event, and opening is an event, too.
                self.open(following, at)
                opened.append(following)
        return opened

    def next_hint(self, round_: Round) -> tuple[int, str]:
        """Return the number and text of the next hint, and record that it has been seen.

        Without a further hint, return 0 and a message that lists all hints.
        """
        total = len(round_.hints)
        with self._state.changing() as state:
            hints = state.tracks.setdefault(round_.track, TrackState()).hints
            number = hints.get(round_.id, 0) + 1
            if number <= total:
                hints[round_.id] = number
                return number, round_.hints[number - 1]
        if not total:
            return 0, f"{round_.id} has no hints"
        listed = [f"{index}. {hint}" for index, hint in enumerate(round_.hints, 1)]
        return 0, "\n".join([f"no more hints: {round_.id} has {total}, and you have seen them all", *listed])

    def hints(self, track: str) -> dict[str, int]:
        """Return the number of hints seen for each round of a track."""
        return dict(self._state.read().track(track).hints)

    def passed_on(self, track: str) -> dict[str, str]:
        """Return the time when each round of a track first passed."""
        return dict(self._state.read().track(track).passed)

    def judgements(self) -> list[Judgement]:
        """Return all judgements in this workspace, oldest first."""
        return self._journal.judgements()

    def gave_up(self, round_: Round) -> bool:
        """Return whether the candidate has ever given up a round by requesting our solution."""
        return round_.id in self._state.read().track(round_.track).gave_up

    def give_up(self, round_: Round) -> None:
        """Record that the candidate gives up a round: requests our solution instead of passing.

        The time of the first request is kept. A running attempt at the round is marked, too.
        """
        with self._state.changing() as state:
            entry = state.tracks.setdefault(round_.track, TrackState())
            entry.gave_up.setdefault(round_.id, now())
            attempt = worktime.running(entry, round_.id)
            if attempt is not None:
                attempt.gave_up = True

    def reset(self, track: str, round_: Round | None = None) -> str:
        """Put back the stubs of one round or of all open rounds; return one line that says what was done.

        Raise KataError if the round is not open.
        """
        opened = self.opened(track)
        if not opened or (round_ is not None and round_ not in opened):
            name = round_.id if round_ is not None else self._track(track).rounds[0].id
            raise KataError(f"{name} is not open, so there is nothing to reset: `kata open {name}` opens it")
        if round_ is None or not self.file(track).is_file():
            return self._desk.reset_all(self._track(track), opened)
        return self._desk.reset_round(self._track(track), round_)

    def undo(self, track: str) -> str:
        """Swap a track's file with its newest copy; return one line that says what was done.

        If a round is being done again, this ends the attempt as not passed, and the file that was set aside
        comes back.
        """
        with self._state.changing() as state:
            entry = state.tracks.setdefault(track, TrackState())
            round_id, set_aside_file = worktime.round_done_again(entry)
            copy = self.folder / set_aside_file if set_aside_file else None
            message = self._desk.undo(self._track(track), copy)
            if set_aside_file:
                worktime.end(entry, round_id, now(), passed=False)
        return message

    def take(self, track: str, cell: str) -> None:
        """Merge a notebook cell into a track's file, which is copied first."""
        self._desk.take(self._track(track), cell)

    def untouched(self, round_: Round) -> list[str]:
        """Return the names of a round's functions that are missing from the file or still stubs in it.

        Return [] if the file is not valid Python.
        """
        track = self._track(round_.track)
        file = self.file(track.name)
        names = track.functions_of(round_)
        if not file.is_file():
            return list(names)
        try:
            text = source.decode(file.name, file.read_bytes())
            spans = source.functions(text)
        except (KataError, SyntaxError):
            return []
        stubs = track.stub.read_text(encoding="utf-8")
        return [
            name
            for name in names
            if name not in spans or source.segment(text, name).split() == source.segment(stubs, name).split()
        ]

    def next_step(self) -> Standing:
        """Return where the candidate stands and what to do next."""
        return next_step(self.tracks, self._state.read())

    def _following(self, track: Track, round_: Round) -> Round | None:
        """Return the next round after this one that has not passed and whose needs have passed."""
        passed = self.passed()
        for candidate in track.rounds[round_.number :]:  # numbers start at 1, so this is what follows
            if candidate.id not in passed and passed.issuperset(candidate.needs):
                return candidate
        return None

    def _mark_open(self, round_: Round, at: str) -> None:
        """Record that a round is open, and begin an attempt at it."""
        with self._state.changing() as state:
            entry = state.tracks.setdefault(round_.track, TrackState())
            state.current = round_.track
            if round_.id not in entry.opened:
                entry.opened.append(round_.id)
                worktime.begin(entry, round_.id, at)

    def _saved(self, track: str) -> str:
        """Return the time when a track's file was last saved, or "" if it is missing."""
        file = self.file(track)
        return moment(file.stat().st_mtime) if file.is_file() else ""

    def _rebuild(self) -> None:
        """Write a new state, derived from the candidate's files: a round is open if its functions are there.

        One function of the round is enough. What had passed is lost with the old state.
        """
        state = State()
        for name, track in self.tracks.items():
            if self.file(name).is_file():
                names = set(source.bound(source.decode(f"{name}.py", self.file(name).read_bytes())))
                opened = [round_.id for round_ in track.rounds if names.intersection(round_.functions)]
                state.tracks[name] = TrackState(opened=opened)
        state.current = next(iter(state.tracks), "")
        self._state.write(state)

    def _track(self, name: str) -> Track:
        if name not in self.tracks:
            raise KataError(f"no track {name!r}: expected one of {', '.join(self.tracks)}; see `kata list`")
        return self.tracks[name]


def _begun_first(report: Report) -> list[str]:
    """Return the ids of a report's rounds, those without any code of the candidate's last.

    The working time is added to the first round in this order that has a running attempt.
    """
    return [
        entry.round.id for entry in sorted(report.rounds, key=lambda entry: entry.status is Status.UNSOLVED)
    ]


def _is_workspace(folder: Path) -> bool:
    """Return whether this folder is a workspace, even if its state file has been moved away."""
    if (folder / FOLDER / "state.json").is_file():
        return True
    return (folder / FOLDER / "history").is_dir() and (folder / "test_kata.py").is_file()


def _refuse_files(folder: Path, track: Track) -> None:
    """Raise KataError if a file that a new workspace may write exists already.

    A course.toml is refused even if none would be written, since its settings would apply.
    """
    if folder.exists() and not folder.is_dir():
        raise KataError(f"{folder} is a file: expected a folder, new or empty; try `kata init DIR`")
    for name in (f"{track.name}.py", f"test_{track.name}.py", "test_kata.py", course.NAME):
        if os.path.lexists(folder / name):
            raise KataError(f"{folder} has {name} already: expected a folder without it; try `kata init DIR`")
