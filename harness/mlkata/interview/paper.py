"""One page for a friend who plays the interviewer, as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mlkata.interview.scorecard import RULE, meant
from mlkata.interview.sheet import EXAMPLE, SHAPES, RoundSheet, Sheet

_WIDTH = 100


def write(sheet: Sheet, minutes: int) -> str:
    """Write prompts, answers, hints, follow-ups, requests that nobody can meet, and how to judge."""
    return "\n".join(_lines(sheet, minutes)) + "\n"


def _lines(sheet: Sheet, minutes: int) -> Iterator[str]:
    track = sheet.track
    yield f"# {track.title}: the interviewer's sheet"
    yield ""
    yield from _wrapped(
        f"{minutes} minutes, meant for {meant(track, minutes):.1f} rounds. Read out a task, and answer "
        "what is asked, no more. Note what was decided without asking. Give a hint when nothing has moved "
        "for three minutes, and note it. Open the next round when this one works."
    )
    yield ""
    yield from _wrapped(RULE)
    for part in sheet.parts:
        yield from _part(part)


def _part(part: RoundSheet) -> Iterator[str]:
    round_ = part.round
    yield ""
    yield f"## {round_.number}. {round_.title} ({round_.minutes} minutes)"
    yield ""
    yield from _wrapped(f"> {part.prompt}", indent="> ")
    yield ""
    for topic in part.topics:
        if topic.name in (SHAPES, EXAMPLE):  # they are in the stub, beside this page
            continue
        yield from _wrapped(f"- *{topic.name}?* {topic.answer}", indent="  ")
    yield ""
    for number, hint in enumerate(round_.hints, 1):
        yield from _wrapped(f"{number}. Hint: {hint}", indent="   ")
    yield ""
    for one in round_.follow_ups:
        yield from _wrapped(f"- **{one.question}** {one.answer}", indent="  ")
    if round_.open is not None:
        yield ""
        yield from _wrapped(f"Then ask: **{round_.open.request}** {round_.open.reason}")
        yield ""
        yield from (line for one in round_.open.rubric for line in _wrapped(f"- {one}", indent="  "))


def _wrapped(words: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(
        words, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
