"""Assign the files of a folder or archive to students by the naming schemes of learning platforms.

Platform  Path of a submitted file                              Id of the submission
Moodle    First Last_12345_assignsubmission_file_/anything.py   First Last_12345
Canvas    lastfirst_LATE_123_456_kmeans-1.py                    lastfirst_123
none      alice/kmeans.py or alice.py                           alice
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
    r"(?:^|/)(?P<student>[^/]+_\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>[^/].*)", re.DOTALL
)
"""The student's folder, with an id, which holds the submitted files; some exports have no `/` after it."""
_CANVAS = re.compile(
    r"(?P<student>[^/]+?)(?:_LATE)?_(?P<user>\d+)_(?:(?P<attachment>\d+)_)?(?P<file>[^/]+)", re.IGNORECASE
)
"""Everything is in the file's name: student, lateness, the student's id, the attachment's, the student's name
for the file."""
_TEST_PREFIX = "test_"
_RESUBMITTED = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,4})")
"""The name that Canvas gives a file which a student submits again: `kmeans-1`, `kmeans-2`, …"""


@dataclass(frozen=True)
class StudentFile:
    """A submitted file, with the name that the student gave it."""

    file: File
    name: str
    """The file's name without what the platform has added."""
    attempt: int = 0
    """The number in the name of a file submitted again; 0 for the first attempt and if there are no
    numbers."""

    @property
    def depth(self) -> int:
        """The number of folders in its path."""
        return self.file.path.count("/")

    def is_for(self, stem: str) -> bool:
        """Return whether this can be a submission: tests if `stem` begins with `test_`, else a source."""
        if _is_test(stem):
            return self.file.suffix == PYTHON and self.name.startswith(_TEST_PREFIX)
        return self.file.is_source and not _is_test(self.name)


def entries(files: Sequence[File], stem: str, root: str, origin: str) -> list[Entry]:
    """Return one entry for each student, in the order of the files.

    `stem` is the preferred name of a submission's file, without suffix: the track's name, with `test_` in
    front if the submissions are tests. `root` is the name of the folder or archive, `origin` its path. Of a
    student on a platform who has no source, or several of which none is preferred, the entry cannot be read
    and says so.
    """
    by_student: defaultdict[str, list[StudentFile]] = defaultdict(list)
    other_entries = []
    is_canvas = _is_canvas(files)
    for file in files:
        moodle = _MOODLE.search(file.path)
        canvas = _CANVAS.fullmatch(file.path) if is_canvas else None
        if moodle:
            by_student[moodle["student"]].append(StudentFile(file, PurePosixPath(moodle["file"]).name))
        elif canvas:
            by_student[f"{canvas['student']}_{canvas['user']}"].append(_from_canvas(file, canvas["file"]))
        elif file.problem or StudentFile(file, PurePosixPath(file.path).name).is_for(stem):
            other_entries.append(from_file(_plain_id(file.path, stem, root), file, _below(origin, file.path)))
    return [
        _student(student, student_files, stem, origin) for student, student_files in by_student.items()
    ] + other_entries


def single(files: Sequence[File], stem: str, origin: str) -> Entry:
    """Return the entry of a folder that holds one submission, under any name; `origin` is its path."""
    return _student(stem, [StudentFile(file, PurePosixPath(file.path).name) for file in files], stem, origin)


def _student(student: str, student_files: Iterable[StudentFile], stem: str, origin: str) -> Entry:
    """Return a student's submission: the last attempt and, of several files, the one named `stem`."""
    student_files = list(student_files)
    sources = [file for file in student_files if file.is_for(stem)]
    last_attempts: Counter[str] = Counter()  # the number of the last attempt, by the file's name
    for file in sources:
        last_attempts[file.name] = max(last_attempts[file.name], file.attempt)
    latest = [file for file in sources if file.attempt == last_attempts[file.name]]
    for preferred in (stem + PYTHON, stem + NOTEBOOK):
        named = [file for file in latest if file.name == preferred]
        depth = min((file.depth for file in named), default=0)  # a file in fewer folders is preferred
        chosen = latest if len(latest) == 1 else [file for file in named if file.depth == depth]
        if len(chosen) == 1:
            path = chosen[0].file.path
            note = f"{escaped(path)} was chosen from {len(sources)} files" if len(sources) > 1 else ""
            return from_file(student, chosen[0].file, _below(origin, path), note)
    kind = f"{_TEST_PREFIX}*{PYTHON}" if _is_test(stem) else f"{PYTHON} or {NOTEBOOK}"
    expected = f"expected one {kind} file, or {stem}{PYTHON} among them"
    received = _listed(file.name for file in (latest or student_files))
    return refused(student, _below(origin, student), f"{expected}, got {received}")


def _from_canvas(file: File, name: str) -> StudentFile:
    """Return a file from Canvas, whose `name` may have a number that Canvas has added."""
    path = PurePosixPath(name)
    resubmitted = _RESUBMITTED.fullmatch(path.stem)
    if resubmitted is None:
        return StudentFile(file, name)
    return StudentFile(file, resubmitted["stem"] + path.suffix, int(resubmitted["number"]))


def _is_canvas(files: Sequence[File]) -> bool:
    """Return whether the files are from Canvas: all names look so, and one has an attachment's id.

    All must, since any other name could not be assigned to a student.
    """
    matches = [_CANVAS.fullmatch(file.path) for file in files]
    return all(matches) and any(match and match["attachment"] for match in matches)


def _plain_id(path: str, stem: str, root: str) -> str:
    """Return the id of a submission without a platform: its folder if the file is `stem`, else its path."""
    parts = PurePosixPath(path)
    if parts.stem != stem or not parts.suffix:
        return str(parts.with_suffix("")) if parts.suffix.lower() in (PYTHON, NOTEBOOK) else path
    return str(parts.parent) if len(parts.parts) > 1 else root or stem


def _below(origin: str, path: str) -> str:
    """Return the path of a file in the folder or archive `origin`."""
    return path if origin == "." else f"{origin}/{path}"


def _is_test(name: str) -> bool:
    return name.startswith(_TEST_PREFIX) or name == "conftest.py"


def _listed(names: Iterable[str], limit: int = 3) -> str:
    """Return up to `limit` names on one line."""
    ordered = sorted(names)
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return ", ".join(escaped(name[:80]) for name in ordered[:limit]) + more if ordered else "nothing"
