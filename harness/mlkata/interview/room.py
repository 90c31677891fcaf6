"""The folder of an interview: the candidate's file, the candidate's tests, and the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mlkata import files
from mlkata.interview import bare
from mlkata.interview.journal import NAME, Interview, InterviewJournal
from mlkata.practice import history, source, texts
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round

FOLDER = "interviews"
"""The folder of a workspace that holds the folders of its interviews."""


class Room:
    """One interview's folder."""

    def __init__(self, folder: Path, track: Track, journal: InterviewJournal) -> None:
        self.folder = folder
        self.track = track
        self.journal = journal

    @classmethod
    def create(cls, base: Path, track: Track, *, minutes: int, seed: int) -> Room:
        """Create the folder of a new interview below `base`, with the journal and a file for tests."""
        began = datetime.now().astimezone()
        name = f"{track.name}-{began.date().isoformat()}"
        for number in range(1, 1000):  # the second interview of a day gets the suffix -2
            folder = base / FOLDER / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:
                continue
            except OSError as error:
                raise KataError(
                    f"cannot make {folder}: {error.strerror}; run it in a folder that you can write to"
                ) from None
        interview = Interview(track.name, minutes, seed, began.isoformat(timespec="seconds"))
        room = cls(folder, track, InterviewJournal.begin(folder / NAME, interview))
        first = track.functions_of(track.rounds[0])[0]
        texts.write_new(room.tests, texts.OWN_TESTS.format(track=track.name, function=first))
        return room

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the interview, so that it runs in one terminal only. Raise KataError if it runs in another."""
        try:
            lock = files.lock(self.journal.path, wait=0)
        except TimeoutError:
            raise KataError(
                f"the interview {self.folder.name} is running in another terminal: continue or `pause` there"
            ) from None
        except OSError as error:
            raise KataError(f"cannot write in {self.folder}: {error.strerror}; make it writable") from None
        with lock:
            yield

    @property
    def interview(self) -> Interview:
        """The state of the interview so far."""
        return self.journal.interview

    @property
    def base(self) -> Path:
        """The folder that holds `interviews/`: the workspace or, without one, any folder."""
        return self.folder.parent.parent

    @property
    def tests(self) -> Path:
        """The candidate's own tests. Plain pytest in a workspace does not collect a file with this name."""
        return self.folder / f"tests_{self.track.name}.py"

    def file(self, track: str) -> Path:
        """Return the path of the candidate's file on a track. A room has one track, a workspace several."""
        return self.folder / f"{track}.py"

    @property
    def scorecard(self) -> Path:
        """The path of the scorecard as JSON, written at the end."""
        return self.folder / "scorecard.json"

    def passed(self) -> set[str]:
        """Return the ids of the rounds that have passed in this interview."""
        return self.interview.passed

    def opened(self) -> list[Round]:
        """Return the rounds that have been opened, in the order of the track."""
        return [round_ for round_ in self.track.rounds if round_.id in self.interview.rounds]

    def add(self, rounds: Sequence[Round]) -> None:
        """Add the definitions that rounds need to the candidate's file, after a copy of it has been made.

        Raise KataError if the file cannot be read as text.
        """
        file = self.file(self.track.name)
        old = source.decode(file.name, file.read_bytes()) if file.is_file() else ""
        text = bare.missing(self.track, rounds, old)
        if text and not file.is_file():
            texts.write_new(file, text)
        elif text:
            two_empty_lines = "\n\n" if old.endswith("\n") or not old else "\n\n\n"
            addition = source.with_newlines_of(old, two_empty_lines + text if old.strip() else text)
            history.append(file, addition, self.folder / ".kata" / "history")

    def keep_passed(self, round_: Round, judged: bytes) -> None:
        """Keep a copy of the file with which a round passed; a copy that exists already stays."""
        file = self.passed_file(round_)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            files.write(file, judged)

    def passed_file(self, round_: Round) -> Path:
        """Return the path of the copy of the file with which a round passed."""
        return self.folder / ".kata" / "passed" / f"{round_.id}.py"


def base() -> Path:
    """Return the folder that holds `interviews/`: the workspace or, without one, the current folder."""
    try:
        return Workspace.find(Path()).folder
    except KataError:
        here = Path.cwd()
        interview_folders = (  # the current folder may lie in that of an interview
            folder
            for folder in (here, *here.parents)
            if (folder / NAME).is_file() and folder.parent.name == FOLDER
        )
        interview_folder = next(interview_folders, None)
        return here if interview_folder is None else interview_folder.parent.parent


def rooms(base: Path, track: Track) -> Iterator[Room]:
    """Yield all interviews on a track, oldest first."""
    rooms_ = []
    for path in base.glob(f"{FOLDER}/{track.name}-*/{NAME}"):
        journal = InterviewJournal.read(path)
        if journal.interview.track == track.name:
            rooms_.append(Room(path.parent, track, journal))
    yield from sorted(
        rooms_,
        key=lambda room: (datetime.fromisoformat(room.interview.began).astimezone(), room.folder.name),
    )
