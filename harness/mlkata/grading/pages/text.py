"""Writes a cohort for a terminal: counts, scores, what fails most, where the files lie, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.text import Text

from mlkata.grading.pages import verdicts
from mlkata.grading.pages.summary import Summary
from mlkata.report.page.markup import clean, clip
from mlkata.report.text import STYLES
from mlkata.report.units import count

_MOST = 3
_LABEL = 10


def render(
    summary: Summary, files: Mapping[str, Path], following: str = "", width: int = 80
) -> Iterator[Text]:
    """Write the lines. `files` says what lies where, `following` is the command to go on with."""
    facts = summary.facts
    said = [f"{name} {', '.join(facts[name])}" for name in ("track", "seed", "isolation") if name in facts]
    head = [count(len(summary.rows), "submission"), *said]
    yield Text(clip(" · ".join(head), width), "dim")
    yield _verdicts(summary)
    yield _labelled("score", verdicts.scores(summary))
    label = "most fail"
    for one in summary.worst_checks[:_MOST]:
        yield _labelled(label, clip(f"{one.id}  {verdicts.how(one)}", width - _LABEL - 2))
        label = ""
    if summary.void:
        yield _labelled("void", clip(", ".join(summary.void), width - _LABEL - 2))
    for what, where in files.items():
        yield _labelled(what, clean(str(where)))
    if following:
        yield Text(f"next: {clean(following)}")


def _verdicts(summary: Summary) -> Text:
    parts = [
        Text(f"{summary.statuses[kind]:,} {verdicts.WORDS[kind]}", STYLES[kind])
        for kind in verdicts.ORDER
        if kind in summary.statuses
    ]
    if summary.problems:
        parts.append(Text(f"{len(summary.problems):,} could not be read", "bold red"))
    return _labelled("verdicts", Text(", ").join(parts))


def _labelled(label: str, said: str | Text) -> Text:
    return Text.assemble((f"  {label:<{_LABEL}}", "dim"), said)
