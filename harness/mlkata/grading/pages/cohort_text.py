"""The results of a cohort on a terminal: verdicts, scores, checks that fail, files, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.text import Text

from mlkata.grading.pages import verdicts
from mlkata.grading.pages.summary import Summary
from mlkata.report.labelled import LABEL, labelled
from mlkata.report.terminal import STYLES
from mlkata.report.units import count
from mlkata.tracks.harmless import clip, inert, one_line

_MOST_CHECKS = 3
"""The most failing checks that are listed."""


def render(
    summary: Summary, files: Mapping[str, Path], following: str = "", width: int = 80
) -> Iterator[Text]:
    """Yield the lines. `files` are paths by label, such as `table`; `following` says what to do next."""
    facts = summary.facts
    parts = [f"{name} {', '.join(facts[name])}" for name in ("track", "seed", "isolation") if name in facts]
    head = [count(len(summary.rows), "submission"), *parts]
    yield Text(inert(clip(" · ".join(head), width)), "dim")
    yield from _lines("verdicts", _verdicts(summary))
    yield from _lines("score", verdicts.scores(summary))
    value_width = width - LABEL - 2  # beside the label, which `_lines` indents by two
    worst = [
        clip(f"{check.id}  {verdicts.failure_counts(check)}", value_width)
        for check in summary.worst_checks[:_MOST_CHECKS]
    ]
    yield from _lines("most fail", *worst)
    if summary.void:
        yield from _lines("void", clip(", ".join(summary.void), value_width))
    for label, path in files.items():
        yield from _lines(label, inert(one_line(str(path))))
    if following:
        yield Text(f"next: {inert(one_line(following))}")


def _verdicts(summary: Summary) -> Text:
    parts = [
        Text(f"{summary.statuses[kind]:,} {verdicts.WORDS[kind]}", STYLES[kind])
        for kind in verdicts.ORDER
        if kind in summary.statuses
    ]
    if summary.problems:
        parts.append(Text(f"{len(summary.problems):,} could not be read", "bold red"))
    return Text(", ").join(parts)


def _lines(label: str, *lines: str | Text) -> Iterator[Text]:
    """Yield lines with a label before the first."""
    for before, line in labelled(label, lines):
        yield Text.assemble((f"  {before}", "dim"), line)
