"""What `kata show CHECK --plot` prints: a small table, where the picture lies, and the picture itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.text import Text

from mlkata.judging.oracle import answer_with
from mlkata.practice.checking import Practice
from mlkata.report.pictures import figure, inline, table
from mlkata.report.pictures.subject import YOURS, Subject, named, read
from mlkata.report.pictures.theme import THEMES
from mlkata.tracks.arguments import Dist, Result
from mlkata.tracks.model import Answer, Case, Kind, Step, Verdict

FOLDER = "plots"


def lines(verdict: Verdict, practice: Practice) -> Iterator[Text]:
    """Write the picture of a verdict, and say where it lies. Raises KataError where there is none."""
    subject = _subject(verdict, practice)
    folder = practice.workspace.folder
    paths = figure.write(verdict, subject, folder / ".kata" / FOLDER, practice.track.picture)
    yield from table.lines(subject)
    light, _, dark, _ = (path.relative_to(folder) for path in paths)
    yield Text(f"picture: {light}")
    yield Text("  beside it .svg, and both for a dark ground", "dim")
    kind = inline.protocol(os.environ) if sys.stdout.isatty() else ""
    if kind:
        png = folder / (dark if inline.dark(os.environ) else light)
        sys.stdout.write(inline.sequence(png.read_bytes(), kind))


def svg(verdict: Verdict, practice: Practice) -> bytes:
    """Draw a verdict for a light page, as SVG. Raises KataError where there is nothing to draw, or nobody."""
    subject = _subject(verdict, practice)
    return dict(figure.rendered(verdict, subject, THEMES[0], practice.track.picture))["svg"]


def _subject(verdict: Verdict, practice: Practice) -> Subject:
    return read(verdict, practice.track.contracts, lambda side, steps: _ask(verdict, practice, side, steps))


def _ask(verdict: Verdict, practice: Practice, side: str, steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    """Have a side answer other calls of the same function; nothing where these cannot be made."""
    case = verdict.case
    held = [one for step in steps for one in step.arguments.values() if isinstance(one, Dist | Result)]
    if case is None or case.caps or held:
        return []
    asked = replace(case, steps=tuple(steps), fetch=tuple(range(len(steps))))
    answer = practice.answer(asked) if side == YOURS else _oracle(practice, asked)
    contract = practice.track.contracts[steps[0].function]
    return [named(one, contract) for one in answer.values] if answer.kind is Kind.VALUE else []


def _oracle(practice: Practice, case: Case) -> Answer:
    return answer_with(practice.track.oracle, case)
