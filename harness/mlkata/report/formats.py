"""Write a report for other tools: the options `--as FORMAT=FILE` and `--json FILE` of `kata check`.

`as_json`, `junit`, `gradescope`, `exercism` and `github` each write one format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mlkata.tracks.model import KataError

FORMATS = ("junit", "gradescope", "exercism", "github")
"""The formats of `--as`."""
JSON = "json"
STDOUT = "-"
_PRINTABLE = (JSON, "github")
"""The formats allowed on standard output. GitHub executes some lines of a workflow's log, and the other
formats do not escape such lines."""


@dataclass(frozen=True)
class Target:
    """A format and the file that it goes to; `-` is standard output."""

    format: str
    file: str


def read(arguments: Iterable[str], json_file: str | None = None) -> list[Target]:
    """Return the targets of `FORMAT=FILE` arguments and of `--json`.

    This is called before anything is judged, so that a wrong option costs no time. Raise KataError if a
    format is unknown, or a file cannot be written or is named twice.
    """
    targets = [_read(text) for text in arguments]
    if json_file:
        targets.append(_target(JSON, json_file))
    files = [target.file for target in targets]
    for file in files:
        if files.count(file) > 1:
            raise KataError(f"{file} is named for two formats: expected a file for each")
    return targets


def printed(targets: Iterable[Target]) -> bool:
    """Return whether a target is standard output, where it replaces the report as text."""
    return any(target.file == STDOUT for target in targets)


def write(
    targets: Iterable[Target], report: Mapping[str, Any], submission: Path, *, hide_expected: bool = False
) -> None:
    """Write a report in the schema `mlkata.report/1` to each target.

    If GitHub's annotations go to standard output, a summary is appended to the file that a workflow names in
    GITHUB_STEP_SUMMARY. With `hide_expected`, Gradescope's format shows nothing of the inputs. Raise
    KataError if a file cannot be written.
    """
    for target in targets:
        text = _render(target.format, report, submission, hide_expected)
        if target.file != STDOUT:
            _to_file(target.file, text, mode="w")
            continue
        print(text, end="")  # noqa: T201 - a program reads it: rich could wrap it
        summary_file = os.environ.get("GITHUB_STEP_SUMMARY")
        if target.format == "github" and summary_file:
            from mlkata.report import github

            _to_file(summary_file, github.summary(report), mode="a")


def _read(argument: str) -> Target:
    name, equals, file = argument.partition("=")
    if not (equals and file):
        raise KataError(f"{argument!r} names no file: expected FORMAT=FILE, such as junit=report.xml")
    if name == JSON:
        raise KataError(f"--as {argument}: expected --json {file}")
    if name not in FORMATS:
        raise KataError(f"unknown format {name!r}: expected one of {', '.join(FORMATS)}")
    return _target(name, file)


def _target(name: str, file: str) -> Target:
    """Return a target. Raise KataError if its file cannot be written, as far as this can be known now."""
    if file == STDOUT and name not in _PRINTABLE:
        raise KataError(f"{name} cannot go to standard output: expected a file, such as {name}=results")
    path = Path(file)
    if file != STDOUT and path.is_dir():
        raise KataError(f"{file} is a folder: expected a file to write")
    if file != STDOUT and not path.parent.is_dir():
        raise KataError(f"no folder {path.parent}: expected an existing folder for {path.name}")
    return Target(name, file)


def _render(name: str, report: Mapping[str, Any], submission: Path, hide_expected: bool) -> str:  # noqa: FBT001
    if name == "github":
        from mlkata.report import github

        source = submission.read_bytes().decode("utf-8", "replace")
        return github.render(report, file=_in_repository(submission), lines=github.lines_of(source))
    from mlkata.report import as_json, exercism, gradescope, junit

    renderers: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
        JSON: as_json.render,
        "junit": junit.render,
        "gradescope": partial(gradescope.render, hide_expected=hide_expected),
        "exercism": exercism.render,
    }
    return renderers[name](report)


def _in_repository(file: Path) -> str:
    """Return a file's path for annotations: in a workflow, relative to the root of the repository."""
    root = os.environ.get("GITHUB_WORKSPACE")
    return os.path.relpath(file, root) if root else str(file)


def _to_file(file: str, text: str, mode: str) -> None:
    try:
        with Path(file).open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise KataError(f"cannot write {file}: {error.strerror}") from error
