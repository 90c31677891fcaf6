"""A sheet in Markdown with which a friend can play the interviewer: `kata interview TRACK --sheet`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mlkata.interview.scorecard import RULE, expected_rounds
from mlkata.interview.sheet import EXAMPLE, SHAPES, RoundSheet, Sheet

_WIDTH = 100
"""Characters in a line."""


def write(sheet: Sheet, minutes: int) -> str:
    """Return the sheet: how to judge and, for each round, the task, answers, hints and further questions."""
    return "\n".join(_lines(sheet, minutes)) + "\n"


def _lines(sheet: Sheet, minutes: int) -> Iterator[str]:
    track = sheet.track
    yield f"# {track.title}: the interviewer's sheet"
    yield ""
    yield from _wrapped(
        f"{minutes} minutes; {expected_rounds(track, minutes):.1f} rounds are expected. Read out a task, and "
        "answer only what is asked. Note what was decided without asking. If there is no progress for three "
        "minutes, give a hint and note it. Open the next round when this one works."
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
        if topic.name in (SHAPES, EXAMPLE):  # the friend can read these in the stub
            continue
        yield from _wrapped(f"- *{topic.name}?* {topic.answer}", indent="  ")
    yield ""
    for number, hint in enumerate(round_.hints, 1):
        yield from _wrapped(f"{number}. Hint: {hint}", indent="   ")
    yield ""
    for follow_up in round_.follow_ups:
        yield from _wrapped(f"- **{follow_up.question}** {follow_up.answer}", indent="  ")
    if round_.open is not None:
        yield ""
        yield from _wrapped(f"Then ask: **{round_.open.request}** {round_.open.reason}")
        yield ""
        yield from (line for point in round_.open.rubric for line in _wrapped(f"- {point}", indent="  "))


def _wrapped(words: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(
        words, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
