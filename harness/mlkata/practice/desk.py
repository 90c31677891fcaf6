"""Change the candidate's own files: append stubs, put stubs back, merge notebook cells, restore copies.

Every method copies a file before it changes the file. Most methods return one line for the candidate: what
was done, and where the copy is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlkata.practice import aside, cells, history, source, texts
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Round


class Desk:
    """The candidate's files in `folder`, and the copies of their earlier versions in `copies`."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self.folder = folder
        self.copies = copies

    def add(self, track: Track, round_: Round, opened: Sequence[Round]) -> str:
        """Append a round's missing stubs, or create the track's files if they are missing.

        A new file also holds the stubs of `opened`, the rounds that are open already. Raise KataError if the
        existing file is not text in UTF-8.
        """
        file = self._file(track)
        own_tests = self.folder / f"test_{track.name}.py"
        first = track.functions_of(round_)[0]
        texts.write_new(own_tests, texts.OWN_TESTS.format(track=track.name, function=first))
        if not round_.functions:
            # The round only extends functions of earlier rounds: a new file must have those.
            extended = set(track.functions_of(round_))
            opened = [*opened, *(other for other in track.rounds if set(other.functions) & extended)]
        if texts.write_new(file, _stubs(track, [*opened, round_])):
            return f"its stubs are in {file.name}"
        text = source.decode(file.name, file.read_bytes())
        added = source.addition(text, _stubs(track, [round_]))
        if not added:
            return f"{file.name} already has all its functions"
        copy = history.append(file, added, self.copies)
        names = ", ".join(source.functions(added)) or "its notes on your functions"
        return f"{names} added to {file.name} (copy of the old file: {self._shown(copy)})"

    def reset_all(self, track: Track, rounds: Sequence[Round]) -> str:
        """Replace the whole file by the stubs of these rounds."""
        copy = history.write(self._file(track), _stubs(track, rounds).encode(), self.copies)
        return self._reset_message(track, ", ".join(round_.id for round_ in rounds), copy)

    def reset_round(self, track: Track, round_: Round) -> str:
        """Replace a round's functions by its stubs; everything else stays.

        Raise KataError if the round has no functions of its own, or if the file is not valid Python, so that
        its functions cannot be located.
        """
        if not round_.functions:
            raise KataError(
                f"{round_.id} only judges functions of earlier rounds: reset the round that defines them, "
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
                f"{file.name}, line {error.lineno}: {error.msg}: fix it to reset {round_.id} alone, "
                f"or `kata reset {track.name}` for the whole file"
            ) from None
        return self._reset_message(track, round_.id, history.write(file, text.encode("utf-8"), self.copies))

    def take(self, track: Track, cell: str) -> None:
        """Merge a notebook cell into the file. Raise KataError if the cell or the file is invalid Python."""
        file = self._file(track)
        old = source.decode(file.name, file.read_bytes()) if file.is_file() else ""
        text = cells.merged(file.name, old, cell)
        if text != old:
            history.write(file, text.encode("utf-8"), self.copies)

    def undo(self, track: Track, preferred: Path | None = None) -> str:
        """Restore the copy `preferred` or, without it, the newest copy that differs from the file.

        The replaced file is copied too, so that a second call swaps back. Raise KataError if no copy differs.
        """
        file = self._file(track)
        current = file.read_bytes() if file.is_file() else None
        different = [copy for copy in history.copies(file, self.copies) if copy.read_bytes() != current]
        if not different:
            raise KataError(
                f"nothing to undo: expected a copy of {file.name} in {self._shown(self.copies / file.name)}; "
                "the kit makes one before it writes"
            )
        restored = preferred if preferred in different else different[-1]
        replaced = history.write(file, restored.read_bytes(), self.copies)
        old_file = f"; the old file: {self._shown(replaced)}" if replaced else ""
        return f"{file.name} is {self._shown(restored)} again{old_file}; `kata undo {track.name}` swaps back"

    def set_aside(self, track: Track, round_: Round) -> Path:
        """Reduce the file to a round's stubs and the functions that it needs; return the old file's copy.

        Raise KataError if the file is missing or not valid Python.
        """
        file = self._file(track)
        if not file.is_file():
            raise KataError(
                f"no file {file}, so there is nothing to do again: `kata open {round_.id}` creates it"
            )
        text = source.decode(file.name, file.read_bytes())
        try:
            remaining = aside.without_round(text, track, round_)
        except SyntaxError as error:
            raise KataError(
                f"{file.name}, line {error.lineno}: {error.msg}: fix it to do {round_.id} again"
            ) from None
        return history.write(file, remaining.encode("utf-8"), self.copies) or file

    def bring_back(self, track: Track, copy: Path) -> None:
        """Append those functions of a copy that the file lacks; do nothing if the copy has been deleted."""
        if not copy.is_file():
            return
        file = self._file(track)
        text = source.decode(file.name, file.read_bytes())
        added = source.addition(text, source.decode(copy.name, copy.read_bytes()))
        if added:
            history.append(file, added, self.copies)

    def _reset_message(self, track: Track, rounds: str, copy: Path | None) -> str:
        name = self._file(track).name
        if copy is None:
            return f"{name} was missing: it now has the stubs of {rounds}; next: `kata check {track.name}`"
        return (
            f"{name} has the stubs of {rounds} again; copy of the old file: {self._shown(copy)}; "
            f"`kata undo {track.name}` brings it back"
        )

    def _file(self, track: Track) -> Path:
        return self.folder / f"{track.name}.py"

    def _shown(self, path: Path) -> str:
        """Return a path as messages show it: relative to the workspace."""
        return str(path.relative_to(self.folder))


def _stubs(track: Track, rounds: Sequence[Round]) -> str:
    """Return the text of a new file: the stub's header, then the stubs of these rounds in order."""
    ordered = sorted(set(rounds), key=lambda round_: round_.number)
    parts = [
        source.stub_for(track, round_, with_header=index == 0).rstrip()
        for index, round_ in enumerate(ordered)
    ]
    return "\n\n\n".join(parts) + "\n"
