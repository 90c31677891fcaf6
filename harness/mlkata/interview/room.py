"""Where an interview takes place: a folder with the candidate's file, tests of his own and the journal."""

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


class Room:
    """One interview's folder."""

    def __init__(self, folder: Path, track: Track, journal: InterviewJournal) -> None:
        self.folder = folder
        self.track = track
        self.journal = journal

    @classmethod
    def create(cls, base: Path, track: Track, *, minutes: int, seed: int) -> Room:
        """Make the folder of a new interview, with nothing in it but the journal and a file for tests."""
        began = datetime.now().astimezone()
        name = f"{track.name}-{began.date().isoformat()}"
        for number in range(1, 1000):
            folder = base / FOLDER / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:
                continue
            except OSError as error:
                raise KataError(
                    f"cannot make {folder}: {error.strerror}; run it in a folder that is yours"
                ) from None
        interview = Interview(track.name, minutes, seed, began.isoformat(timespec="seconds"))
        room = cls(folder, track, InterviewJournal.begin(folder / NAME, interview))
        first = track.functions_of(track.rounds[0])[0]
        texts.write_new(room.tests, texts.OWN_TESTS.format(track=track.name, function=first))
        return room

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other terminals out meanwhile. Raises KataError if one is in: two clocks would run."""
        try:
            lock = files.lock(self.journal.path, wait=0)
        except TimeoutError:
            raise KataError(
                f"{self.folder.name} is being held in another terminal: go on or `pause` there"
            ) from None
        except OSError as error:
            raise KataError(f"cannot write in {self.folder}: {error.strerror}; make it writable") from None
        with lock:
            yield

    @property
    def interview(self) -> Interview:
        """What has happened so far."""
        return self.journal.interview

    @property
    def base(self) -> Path:
        """The workspace that it belongs to, or the folder that it was begun in."""
        return self.folder.parent.parent

    @property
    def tests(self) -> Path:
        """The candidate's own tests. Plain pytest in a workspace does not collect a file of this name."""
        return self.folder / f"tests_{self.track.name}.py"

    def file(self, track: str) -> Path:
        """Say where the candidate's file lies."""
        return self.folder / f"{track}.py"

    @property
    def scorecard(self) -> Path:
        """What it came to, as JSON; written at its end."""
        return self.folder / "scorecard.json"

    def passed(self) -> set[str]:
        """Name the rounds that have passed here."""
        return self.interview.passed

    def opened(self) -> list[Round]:
        """List the rounds that are open, in their order."""
        return [one for one in self.track.rounds if one.id in self.interview.rounds]

    def add(self, rounds: Sequence[Round]) -> None:
        """Add the names that rounds ask for to the candidate's file; a copy of it is kept.

        Raises KataError if it cannot be read as text.
        """
        file = self.file(self.track.name)
        there = source.decode(file.name, file.read_bytes()) if file.is_file() else ""
        text = bare.missing(self.track, rounds, there)
        if text and not file.is_file():
            texts.write_new(file, text)
        elif text:
            gap = "\n\n" if there.endswith("\n") or not there else "\n\n\n"
            added = source.with_newlines_of(there, gap + text if there.strip() else text)
            history.append(file, added, self.folder / ".kata" / "history")

    def keep(self, round_: Round, judged: bytes) -> None:
        """Keep the file as it was judged when a round passed; the first copy stays."""
        kept = self.kept(round_)
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.is_file():
            files.write(kept, judged)

    def kept(self, round_: Round) -> Path:
        """Say where the file lies as it was when a round passed."""
        return self.folder / ".kata" / "passed" / f"{round_.id}.py"


def base() -> Path:
    """Say where interviews are kept: in the workspace, or without one here, also from inside of one."""
    try:
        return Workspace.find(Path()).folder
    except KataError:
        here = Path.cwd()
        inside = (
            one for one in (here, *here.parents) if (one / NAME).is_file() and one.parent.name == FOLDER
        )
        room = next(inside, None)
        return here if room is None else room.parent.parent


def rooms(base: Path, track: Track) -> Iterator[Room]:
    """Return the interviews on a track that were ever begun, the oldest first."""
    found = []
    for path in base.glob(f"{FOLDER}/{track.name}-*/{NAME}"):
        journal = InterviewJournal.read(path)
        if journal.interview.track == track.name:
            found.append(Room(path.parent, track, journal))
    yield from sorted(
        found,
        key=lambda room: (datetime.fromisoformat(room.interview.began).astimezone(), room.folder.name),
    )
