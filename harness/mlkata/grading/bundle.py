"""Write a bundle: the files with which Gradescope or GitHub Classroom judges submissions by this kit.

Both install the kit from a wheel in the bundle, with the versions of other packages that the kit's tests ran
with.
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
"""The kinds of bundle, each with what the teacher does with it."""
WORKFLOW = Path(".github") / "workflows" / "kata.yml"
_MATERIAL = Path(__file__).parent / "material"
_KIT = Path(".github") / "kata"
"""The folder of a repository that gets the wheel and the settings."""
_FRESH_SEED = "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')"
"""Shell that draws 32 random bits as a decimal number."""


class _Material(Template):
    """A script in which @{NAME} stands for a setting of the bundle; `$` is left to the shell."""

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
    """Write a bundle and return its files.

    `gradescope` creates the zip archive `target`, to upload as the autograder; `github` adds a workflow and
    the kit to the folder `target`, a repository. `rounds` are ids such as `kmeans.1`; a `course`, i.e. a file
    course.toml, sets rounds, points and seed instead. If no seed is set, each run draws a new one, since
    students see the seed in the report. With `hide_expected`, Gradescope shows students no inputs. Raise
    KataError if a file exists already or cannot be written.
    """
    if hide_expected and kind != "gradescope":
        raise KataError(
            "--hide-expected works with gradescope only: students can read the log of a GitHub workflow"
        )
    if kind not in KINDS:
        raise KataError(f"no bundle {kind!r}: expected one of {', '.join(KINDS)}")
    rules = course_.read(course) if course else course_.Course(rounds=tuple(rounds))
    rules.applied(track)  # raises KataError if the track lacks one of the course's rounds or checks
    if rules.track != track.name or not rules.rounds:
        raise KataError(f"{', '.join(rules.rounds)}: expected rounds of {track.name}")
    text = course.read_text(encoding="utf-8") if course else f"rounds = {json.dumps(list(rounds))}\n"
    values = {
        "TRACK": track.name,
        "SEED": _FRESH_SEED if rules.seed is None else str(rules.seed),
        "HIDE": "--hide-expected" if hide_expected else "",
    }
    texts = {course_.NAME: text, "constraints.txt": _constraints()}
    try:
        return (_gradescope if kind == "gradescope" else _github)(target, track, texts, values)
    except OSError as error:
        raise KataError(f"cannot write {target}: {error.strerror}") from error


def _gradescope(
    target: Path, track: Track, texts: Mapping[str, str], values: Mapping[str, str]
) -> list[Path]:
    if target.suffix.lower() != ".zip":
        raise KataError(f"{target} is not a zip archive: expected a name such as autograder.zip")
    _refuse_existing([target])
    scripts = {name: _filled(name, values) for name in ("setup.sh", "run_autograder")}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w") as archive:
        wheel_path = Path(folder) / wheel.name()
        wheel.pack(wheel_path, track)
        archive.write(wheel_path, wheel.name())
        for name, text in {**texts, **scripts}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if name in scripts else 0o644) << 16  # the Unix mode
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    return [target]


def _github(target: Path, track: Track, texts: Mapping[str, str], values: Mapping[str, str]) -> list[Path]:
    files = {target / _KIT / name: text for name, text in texts.items()}
    files[target / WORKFLOW] = _filled("kata.yml", values)
    wheel_path = target / _KIT / wheel.name()
    _refuse_existing([*files, wheel_path])
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    wheel.pack(wheel_path, track)
    return sorted([*files, wheel_path])


def _filled(name: str, values: Mapping[str, str]) -> str:
    """Return a script of `material/` with the settings of the bundle."""
    return _Material((_MATERIAL / name).read_text(encoding="utf-8")).substitute(values)


def _constraints() -> str:
    return (data_folder() / "constraints.txt").read_text(encoding="utf-8")


def _refuse_existing(files: Sequence[Path]) -> None:
    """Raise KataError if one of these files exists already."""
    for path in files:
        if path.exists():
            raise KataError(f"{path} exists already: remove it first")
