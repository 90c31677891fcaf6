"""Writes what a platform needs to judge submissions by this kit: Gradescope, or GitHub Classroom.

Both install the kit from a wheel that lies in the bundle, with the versions that its tests ran with.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from mlkata.grading import wheel
from mlkata.tracks import course as course_
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError
from mlkata.tracks.paths import data_folder

KINDS = {
    "gradescope": "upload the zip archive as the assignment's autograder",
    "github": "commit these files to the template repository of the assignment",
}
"""Each with what is to be done with it."""
WORKFLOW = Path(".github") / "workflows" / "kata.yml"
_MATERIAL = Path(__file__).parent / "material"
_KIT = Path(".github") / "kata"
_FRESH = "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')"


class _Material(Template):
    """A script in which @{NAME} stands for what the bundle decides; `$` stays the shell's."""

    delimiter = "@"


def write(
    kind: str,
    target: Path,
    *,
    track: Track,
    rounds: Sequence[str],
    course: Path | None = None,
    hide_expected: bool = False,
) -> list[Path]:
    """Write a bundle, and give the files that it consists of.

    `gradescope` makes the zip archive `target`, which is uploaded as the autograder; `github` puts a
    workflow and the kit into the folder `target`, a repository. `rounds` are ids such as `kmeans.1`; a
    `course` says rounds, points and seed, and without a seed each run takes a fresh one, as the report
    discloses. With `hide_expected`, Gradescope shows students no inputs. Raises KataError if something
    is in the way, or cannot be written.
    """
    if hide_expected and kind != "gradescope":
        raise KataError("the log of a workflow tells all: --hide-expected goes with gradescope only")
    if kind not in KINDS:
        raise KataError(f"no bundle {kind!r}: there is {', '.join(KINDS)}")
    rules = course_.read(course) if course else course_.Course(rounds=tuple(rounds))
    rules.applied(track)
    if rules.track != track.name or not rules.rounds:
        raise KataError(f"{', '.join(rules.rounds)}: expected rounds of {track.name}")
    text = course.read_text(encoding="utf-8") if course else f"rounds = {json.dumps(list(rounds))}\n"
    words = {
        "TRACK": track.name,
        "SEED": _FRESH if rules.seed is None else str(rules.seed),
        "HIDE": "--hide-expected" if hide_expected else "",
    }
    texts = {course_.NAME: text, "constraints.txt": _constraints()}
    try:
        return (_gradescope if kind == "gradescope" else _github)(target, track, texts, words)
    except OSError as error:
        raise KataError(f"cannot write {target}: {error.strerror}") from error


def _gradescope(target: Path, track: Track, texts: Mapping[str, str], words: Mapping[str, str]) -> list[Path]:
    if target.suffix.lower() != ".zip":
        raise KataError(f"{target} is no zip archive: expected a name such as autograder.zip")
    _refuse_old([target])
    scripts = {name: _filled(name, words) for name in ("setup.sh", "run_autograder")}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w") as archive:
        packed = Path(folder) / wheel.name()
        wheel.pack(packed, track)
        archive.write(packed, wheel.name())
        for name, text in {**texts, **scripts}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if name in scripts else 0o644) << 16
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    return [target]


def _github(target: Path, track: Track, texts: Mapping[str, str], words: Mapping[str, str]) -> list[Path]:
    files = {target / _KIT / name: text for name, text in texts.items()}
    files[target / WORKFLOW] = _filled("kata.yml", words)
    packed = target / _KIT / wheel.name()
    _refuse_old([*files, packed])
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    wheel.pack(packed, track)
    return sorted([*files, packed])


def _filled(name: str, words: Mapping[str, str]) -> str:
    return _Material((_MATERIAL / name).read_text(encoding="utf-8")).substitute(words)


def _constraints() -> str:
    return (data_folder() / "constraints.txt").read_text(encoding="utf-8")


def _refuse_old(files: Sequence[Path]) -> None:
    for path in files:
        if path.exists():
            raise KataError(f"{path} is there already: remove it first")
