"""What is done to the candidate's own files: stubs appended, put back, swapped with a copy.

Every method first copies what it writes, and says in one line what was done and where the copy lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlkata.practice import aside, cells, history, source, texts
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round


class Desk:
    """The files in one folder, with their copies in another."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self.folder = folder
        self.copies = copies

    def add(self, track: Track, round_: Round, opened: Sequence[Round]) -> str:
        """Append a round's stubs where they are missing; make the track's files where they are.

        A file that is made anew holds the stubs of the rounds that are open already, too. Raises
        KataError where a file cannot be read as text.
        """
        file = self._file(track)
        own_tests = self.folder / f"test_{track.name}.py"
        first = track.functions_of(round_)[0]
        texts.write_new(own_tests, texts.OWN_TESTS.format(track=track.name, function=first))
        if not round_.functions:  # it is about functions of other rounds: without them it is empty
            wanted = track.functions_of(round_)
            opened = [*opened, *(one for one in track.rounds if set(one.functions) & set(wanted))]
        if texts.write_new(file, _stubs(track, [*opened, round_])):
            return f"{file.name} holds its stubs"
        there = source.decode(file.name, file.read_bytes())
        added = source.addition(there, _stubs(track, [round_]))
        if not added:
            return f"{file.name} has all its functions already"
        kept = history.append(file, added, self.copies)
        names = ", ".join(source.functions(added)) or "what the round adds to your functions"
        return f"{names} added to {file.name} (a copy from before: {self._shown(kept)})"

    def reset_all(self, track: Track, rounds: Sequence[Round]) -> str:
        """Put the stubs of all these rounds in the place of the whole file."""
        kept = history.write(self._file(track), _stubs(track, rounds).encode(), self.copies)
        return self._said(track, ", ".join(one.id for one in rounds), kept)

    def reset_round(self, track: Track, round_: Round) -> str:
        """Put the stubs of one round in the place of its functions; the rest stays.

        Raises KataError where the file is no Python, so that they cannot be found, or where the
        round has none.
        """
        if not round_.functions:
            raise KataError(
                f"{round_.id} has no functions of its own: reset the round that they come from, "
                f"or `kata reset {track.name}` for the whole file"
            )
        file = self._file(track)
        stubs = source.stub_for(track, round_, with_header=False)
        text = source.decode(file.name, file.read_bytes())
        try:
            for name in round_.functions:
                text = source.replace(text, name, source.segment(stubs, name))
        except SyntaxError as error:
            raise KataError(
                f"{file.name}, line {error.lineno}: {error.msg}: mend it to reset {round_.id} alone, "
                f"or `kata reset {track.name}` for the whole file"
            ) from None
        return self._said(track, round_.id, history.write(file, text.encode("utf-8"), self.copies))

    def take(self, track: Track, cell: str) -> None:
        """Put what a notebook's cell defines into the file. Raises KataError where one is no Python."""
        file = self._file(track)
        there = source.decode(file.name, file.read_bytes()) if file.is_file() else ""
        text = cells.merged(file.name, there, cell)
        if text != there:
            history.write(file, text.encode("utf-8"), self.copies)

    def undo(self, track: Track, wanted: Path | None = None) -> str:
        """Swap the file with a copy, the newest one that differs unless it is named; again swaps back.

        Raises KataError where there is none.
        """
        file = self._file(track)
        now = file.read_bytes() if file.is_file() else None
        earlier = [one for one in history.copies(file, self.copies) if one.read_bytes() != now]
        if not earlier:
            raise KataError(
                f"nothing to undo: expected a copy of {file.name} in {self._shown(self.copies / file.name)}; "
                "the kit makes one before it writes"
            )
        back = wanted if wanted in earlier else earlier[-1]
        kept = history.write(file, back.read_bytes(), self.copies)
        where = f"; what was there: {self._shown(kept)}" if kept else ""
        return f"{file.name} is {self._shown(back)} again{where}; `kata undo {track.name}` swaps back"

    def set_aside(self, track: Track, round_: Round) -> Path:
        """Leave in the file what a round needs, and its stubs; give the copy of what was there.

        Raises KataError where the file is missing or no Python.
        """
        file = self._file(track)
        if not file.is_file():
            raise KataError(
                f"no file {file}: `kata open {round_.id}` makes it; then there is nothing to repeat"
            )
        text = source.decode(file.name, file.read_bytes())
        try:
            left = aside.without(text, track, round_)
        except SyntaxError as error:
            raise KataError(
                f"{file.name}, line {error.lineno}: {error.msg}: mend it to do {round_.id} again"
            ) from None
        return history.write(file, left.encode("utf-8"), self.copies) or file

    def bring_back(self, track: Track, kept: Path) -> None:
        """Add to the file the functions of a copy that it does not have, unless the copy has been deleted."""
        if not kept.is_file():
            return
        file = self._file(track)
        there = source.decode(file.name, file.read_bytes())
        added = source.addition(there, source.decode(kept.name, kept.read_bytes()))
        if added:
            history.append(file, added, self.copies)

    def _said(self, track: Track, rounds: str, kept: Path | None) -> str:
        name = self._file(track).name
        if kept is None:
            return f"{name} was not there: it has the stubs of {rounds} now; next: `kata check {track.name}`"
        return (
            f"{name} has the stubs of {rounds} again; what was there: {self._shown(kept)}; "
            f"`kata undo {track.name}` brings it back"
        )

    def _file(self, track: Track) -> Path:
        return self.folder / f"{track.name}.py"

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.folder))


def _stubs(track: Track, rounds: Sequence[Round]) -> str:
    """Write the file that holds nothing but the stubs of some rounds, in the track's order."""
    ordered = sorted(set(rounds), key=lambda one: one.number)
    parts = [
        source.stub_for(track, one, with_header=index == 0).rstrip() for index, one in enumerate(ordered)
    ]
    return "\n\n\n".join(parts) + "\n"
