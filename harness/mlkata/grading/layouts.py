"""Assign the files of a folder or archive to students by the naming schemes of learning platforms.

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
"""How Canvas renames a file that a student submits again."""


@dataclass(frozen=True)
class StudentFile:
    """A submitted file, with its student's name for it."""

    file: File
    name: str
    """The name without the platform's prefix and suffix."""
    attempt: int = 0
    """The attempt, counted from 0, if the platform counts them."""

    @property
    def depth(self) -> int:
        """The number of folders that it lies in."""
        return self.file.path.count("/")

    def is_for(self, stem: str) -> bool:
        """Return whether this file can be judged as `stem`, which begins with `test_` for tests."""
        if _is_test(stem):
            return self.file.suffix == PYTHON and self.name.startswith(_TEST)
        return self.file.is_source and not _is_test(self.name)


def entries(files: Sequence[File], stem: str, root: str, origin: str) -> list[Entry]:
    """Return one entry for each student, in the order of the files; `root` names the folder or archive.

    `stem` is the preferred name of a submission's file: the track's name, with `test_` in front for tests.

    A student on a platform without a source, or with several possible ones, has an entry that says so.
    """
    by_student: defaultdict[str, list[StudentFile]] = defaultdict(list)
    others = []
    canvas = _is_canvas(files)
    for file in files:
        moodle = _MOODLE.search(file.path)
        match = _CANVAS.fullmatch(file.path) if canvas else None
        if moodle:
            by_student[moodle["who"]].append(StudentFile(file, PurePosixPath(moodle["file"]).name))
        elif match:
            by_student[f"{match['who']}_{match['user']}"].append(_from_canvas(file, match["file"]))
        elif file.problem or StudentFile(file, PurePosixPath(file.path).name).is_for(stem):
            others.append(from_file(_plain_id(file.path, stem, root), file, _below(origin, file.path)))
    return [
        _student(student, student_files, stem, origin) for student, student_files in by_student.items()
    ] + others


def single(files: Sequence[File], stem: str, origin: str) -> Entry:
    """Return the one entry of a folder that holds one submission, whatever the file's name."""
    return _student(stem, [StudentFile(file, PurePosixPath(file.path).name) for file in files], stem, origin)


def _student(student: str, student_files: Iterable[StudentFile], stem: str, origin: str) -> Entry:
    """Return a student's submission: the last attempt and, of several files, the one named `stem`."""
    student_files = list(student_files)
    sources = [file for file in student_files if file.is_for(stem)]
    attempts: Counter[str] = Counter()
    for file in sources:
        attempts[file.name] = max(attempts[file.name], file.attempt)
    latest = [file for file in sources if file.attempt == attempts[file.name]]
    for preferred in (stem + PYTHON, stem + NOTEBOOK):
        named = [file for file in latest if file.name == preferred]
        depth = min((file.depth for file in named), default=0)
        chosen = latest if len(latest) == 1 else [file for file in named if file.depth == depth]
        if len(chosen) == 1:
            path = chosen[0].file.path
            note = f"{escaped(path)} was chosen from {len(sources)} files" if len(sources) > 1 else ""
            return from_file(student, chosen[0].file, _below(origin, path), note)
    kind = f"{_TEST}*{PYTHON}" if _is_test(stem) else f"{PYTHON} or {NOTEBOOK}"
    expected = f"expected one {kind} file, or {stem}{PYTHON} among them"
    received = _listed(file.name for file in (latest or student_files))
    return refused(student, _below(origin, student), f"{expected}, got {received}")


def _from_canvas(file: File, name: str) -> StudentFile:
    path = PurePosixPath(name)
    match = _RESUBMITTED.fullmatch(path.stem)
    return (
        StudentFile(file, match["stem"] + path.suffix, int(match["number"]))
        if match
        else StudentFile(file, name)
    )


def _is_canvas(files: Sequence[File]) -> bool:
    """Return whether all names look like Canvas's; any other name could not be assigned to a student."""
    matches = [_CANVAS.fullmatch(file.path) for file in files]
    return all(matches) and any(match and match["attachment"] for match in matches)


def _plain_id(path: str, stem: str, root: str) -> str:
    """Return a submission's id: its folder if the file is named `stem`, else its path."""
    parts = PurePosixPath(path)
    if parts.stem != stem or not parts.suffix:
        return str(parts.with_suffix("")) if parts.suffix.lower() in (PYTHON, NOTEBOOK) else path
    return str(parts.parent) if len(parts.parts) > 1 else root or stem


def _below(origin: str, path: str) -> str:
    return path if origin == "." else f"{origin}/{path}"


def _is_test(name: str) -> bool:
    return name.startswith(_TEST) or name == "conftest.py"


def _listed(names: Iterable[str], limit: int = 3) -> str:
    """Return up to `limit` names on one line."""
    ordered = sorted(names)
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return ", ".join(escaped(name[:80]) for name in ordered[:limit]) + more if ordered else "nothing"
