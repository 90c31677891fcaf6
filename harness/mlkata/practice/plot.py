"""Pictures of a check: the candidate's answer drawn beside the expected one.

`kata show CHECK --plot` prints what `lines` yields, and a notebook shows the result of `svg`.
"""

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
"""Folder of the pictures, in `.kata` of the workspace."""


def lines(verdict: Verdict, practice: Practice) -> Iterator[Text]:
    """Write the picture of a verdict; yield a table of its values, then the picture's path.

    A terminal that can show images shows the picture, too. Raise KataError if the verdict cannot be drawn.
    """
    subject = _subject(verdict, practice)
    folder = practice.workspace.folder
    paths = figure.write(verdict, subject, folder / ".kata" / FOLDER, practice.track.picture)
    yield from table.lines(subject)
    light, _, dark, _ = (path.relative_to(folder) for path in paths)  # PNG, SVG, PNG, SVG
    yield Text(f"picture: {light}")
    yield Text("  next to it: an .svg file, and both for a dark background", "dim")
    protocol = inline.protocol(os.environ) if sys.stdout.isatty() else ""
    if protocol:
        png = folder / (dark if inline.dark(os.environ) else light)
        sys.stdout.write(inline.sequence(png.read_bytes(), protocol))


def svg(verdict: Verdict, practice: Practice) -> bytes:
    """Return a verdict's picture for a light page, as SVG. Raise KataError if the verdict cannot be drawn."""
    subject = _subject(verdict, practice)
    light = THEMES[0]
    return dict(figure.rendered(verdict, subject, light, practice.track.picture))["svg"]


def _subject(verdict: Verdict, practice: Practice) -> Subject:
    """Return what is drawn: the call, both answers, and a function that asks for answers to other calls."""
    return read(verdict, practice.track.contracts, lambda side, steps: _ask(verdict, practice, side, steps))


def _ask(verdict: Verdict, practice: Practice, side: str, steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    """Return answers to other calls of the verdict's function, such as labels for a picture's background.

    `side` says who answers: the candidate's file or the oracle, i.e. scikit-learn. Return [] if the calls
    cannot be made: if the case limits memory, or if an argument is a counted function or an earlier call's
    result.
    """
    case = verdict.case
    unrepeatable = [
        value for step in steps for value in step.arguments.values() if isinstance(value, Dist | Result)
    ]
    if case is None or case.caps or unrepeatable:
        return []
    # `fetch` has the indices of the calls whose results are returned: here, all.
    changed = replace(case, steps=tuple(steps), fetch=tuple(range(len(steps))))
    answer = practice.answer(changed) if side == YOURS else _oracle(practice, changed)
    contract = practice.track.contracts[steps[0].function]
    return [named(value, contract) for value in answer.values] if answer.kind is Kind.VALUE else []


def _oracle(practice: Practice, case: Case) -> Answer:
    return answer_with(practice.track.oracle, case)
