"""Says which files of a folder or archive are whose submission, by how learning platforms name them.

Moodle:   First Last_12345_assignsubmission_file_/anything.py  ->  First Last_12345
Canvas:   lastfirst_LATE_123_456_kmeans-1.py                   ->  lastfirst_123
others:   alice/kmeans.py, alice.py                            ->  alice
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mlkata.grading.entries import NOTEBOOK, PYTHON, Entry, File, from_file, refused
from mlkata.tracks.harmless import escaped

_MOODLE = re.compile(
    r"(?:^|/)(?P<who>[^/]+_\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>[^/].*)", re.DOTALL
)
_CANVAS = re.compile(
    r"(?P<who>[^/]+?)(?:_LATE)?_(?P<user>\d+)_(?:(?P<attachment>\d+)_)?(?P<file>[^/]+)", re.IGNORECASE
)
_TEST = "test_"
_RESUBMITTED = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,4})")
"""What Canvas makes of a name that the student has handed in before."""


@dataclass(frozen=True)
class Handed:
    """A file as its student named it."""

    file: File
    name: str
    """Without what the platform put before or after it."""
    attempt: int = 0
    """Counted from 0, where the platform counts them."""

    @property
    def depth(self) -> int:
        """In how many folders does it lie?"""
        return self.file.path.count("/")

    def is_for(self, stem: str) -> bool:
        """Can this be what is to be judged, where that is best called `stem`? Tests are where `stem` is."""
        if _is_test(stem):
            return self.file.suffix == PYTHON and self.name.startswith(_TEST)
        return self.file.is_source and not _is_test(self.name)


def entries(files: Sequence[File], stem: str, root: str, origin: str) -> list[Entry]:
    """Make one entry for each student, in the order of the files; `root` names the folder or archive.

    `stem` is what a submission's file is best called: the track's name, or `test_` before it for tests.

    A student of a platform who handed in no source, or several that could be meant, has an entry
    that says so.
    """
    by_student: defaultdict[str, list[Handed]] = defaultdict(list)
    others = []
    canvas = _is_canvas(files)
    for file in files:
        moodle = _MOODLE.search(file.path)
        match = _CANVAS.fullmatch(file.path) if canvas else None
        if moodle:
            by_student[moodle["who"]].append(Handed(file, PurePosixPath(moodle["file"]).name))
        elif match:
            by_student[f"{match['who']}_{match['user']}"].append(_from_canvas(file, match["file"]))
        elif file.problem or Handed(file, PurePosixPath(file.path).name).is_for(stem):
            others.append(from_file(_plain_id(file.path, stem, root), file, _below(origin, file.path)))
    return [_student(who, handed, stem, origin) for who, handed in by_student.items()] + others


def one(files: Sequence[File], stem: str, origin: str) -> Entry:
    """Make one entry of a folder that holds one submission, whatever the file is called."""
    return _student(stem, [Handed(file, PurePosixPath(file.path).name) for file in files], stem, origin)


def _student(who: str, handed: Iterable[Handed], stem: str, origin: str) -> Entry:
    """Choose what a student has handed in: the last attempt, and of several files that called `stem`."""
    handed = list(handed)
    sources = [one for one in handed if one.is_for(stem)]
    attempts: Counter[str] = Counter()
    for one in sources:
        attempts[one.name] = max(attempts[one.name], one.attempt)
    last = [one for one in sources if one.attempt == attempts[one.name]]
    for wanted in (stem + PYTHON, stem + NOTEBOOK):
        named = [one for one in last if one.name == wanted]
        top = min((one.depth for one in named), default=0)
        chosen = last if len(last) == 1 else [one for one in named if one.depth == top]
        if len(chosen) == 1:
            path = chosen[0].file.path
            note = f"{escaped(path)} is taken, of {len(sources)} files" if len(sources) > 1 else ""
            return from_file(who, chosen[0].file, _below(origin, path), note)
    kind = f"{_TEST}*{PYTHON}" if _is_test(stem) else f"{PYTHON} or {NOTEBOOK}"
    expected = f"expected one {kind} file, or {stem}{PYTHON} among them"
    came = _listed(one.name for one in (last or handed))
    return refused(who, _below(origin, who), f"{expected}; there is {came}")


def _from_canvas(file: File, name: str) -> Handed:
    path = PurePosixPath(name)
    match = _RESUBMITTED.fullmatch(path.stem)
    return Handed(file, match["stem"] + path.suffix, int(match["number"])) if match else Handed(file, name)


def _is_canvas(files: Sequence[File]) -> bool:
    """Do all names look like Canvas's? One of another kind would be nobody's."""
    matches = [_CANVAS.fullmatch(file.path) for file in files]
    return all(matches) and any(match and match["attachment"] for match in matches)


def _plain_id(path: str, stem: str, root: str) -> str:
    """Call a submission by its folder where the file is called `stem`, else by its path."""
    parts = PurePosixPath(path)
    if parts.stem != stem or not parts.suffix:
        return str(parts.with_suffix("")) if parts.suffix.lower() in (PYTHON, NOTEBOOK) else path
    return str(parts.parent) if len(parts.parts) > 1 else root or stem


def _below(origin: str, path: str) -> str:
    return path if origin == "." else f"{origin}/{path}"


def _is_test(name: str) -> bool:
    return name.startswith(_TEST) or name == "conftest.py"


def _listed(names: Iterable[str], most: int = 3) -> str:
    """List some names on one line."""
    found = sorted(names)
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(escaped(name[:80]) for name in found[:most]) + rest if found else "nothing"
