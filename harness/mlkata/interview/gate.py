"""Looks at all that a track's interviewer says: topics fit the checks, questions find their topic.

A track may do without `interview.toml`. Beside it, `interview_questions.toml` may hold questions as
candidates put them, and the topic that has to answer each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from mlkata.interview import sheet as sheets
from mlkata.interview.sheet import RoundSheet, Sheet
from mlkata.tracks import validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

QUESTIONS = "interview_questions.toml"
SHORTEST_PROMPT = 60
"""Letters: what opens a round says what is to be written, and for what."""


class _Question(msgspec.Struct):
    ask: str
    topic: str


def problems(track: Track) -> Iterator[str]:
    """List what is wrong with a track's interview, one line each; nothing where it has none."""
    questions = track.exercises / QUESTIONS
    if not (track.exercises / sheets.FILE).is_file():
        if questions.is_file():
            yield f"{QUESTIONS} has no {sheets.FILE} beside it: write one, or remove the questions"
        return
    try:
        sheet = sheets.read(track)
        asked = validated.entries(questions, "question", _Question) if questions.is_file() else None
    except KataError as error:
        yield str(error)
        return
    for part in sheet.parts:
        yield from _part_problems(track, part)
    for topic in (topic for part in sheet.parts for topic in part.topics):  # as a candidate sees them listed
        if topic not in sheet.answers(topic.name, _opened(sheet, topic.key)):
            yield f"{sheets.FILE}: {topic.name!r} does not find {topic.key}: change its name"
    if asked is not None:
        yield from _question_problems(sheet, asked)


def _part_problems(track: Track, part: RoundSheet) -> Iterator[str]:
    """Find what is wrong with a round: its prompt, its topics and the checks that hang on them."""
    where = f"{sheets.FILE}, round {part.round.number}"
    if len(part.prompt) <= SHORTEST_PROMPT:
        yield f"{where}: expected a prompt of more than {SHORTEST_PROMPT} letters, got {len(part.prompt)}"
    for name, count in Counter(one.name for one in part.topics).items():
        if count > 1:
            yield (
                f"{where}: topic {name!r} occurs {count} times: names are unique, "
                f"and {', '.join(sheets.BUILT_IN)} are built in"
            )
    known = [check.id for check in track.checks_of(part.round)]
    for topic in part.topics:
        for glob in topic.globs:
            if not sheets.checks(part.round, known, [glob]):
                yield f"{where}: topic {topic.name!r} names {glob!r}: the round has no such check"
    hung = Counter(check for one in part.topics for check in one.checks)
    for check, count in hung.items():
        if count > 1:
            yield f"{where}: {check} hangs on {count} topics: expected one at most"
    for function in track.functions_of(part.round):
        ids = {check.id for check in track.checks_of(part.round) if check.function == function}
        if ids and not ids - set(hung):
            yield f"{where}: every check of {function} hangs on a topic: leave one that needs no question"


def _question_problems(sheet: Sheet, questions: Sequence[_Question]) -> Iterator[str]:
    """Find questions that are answered by another topic, and topics that nobody asks for."""
    keys = {topic.key for part in sheet.parts for topic in part.topics}
    for one in questions:
        ask, key = one.ask, one.topic
        if key not in keys:
            yield f"{QUESTIONS}: {ask!r} has topic {key!r}: expected a key such as 1/shapes"
            continue
        answers = sheet.answers(ask, _opened(sheet, key))
        if [topic.key for topic in answers] != [key]:
            by = ", ".join(f"{topic.key} ({', '.join(topic.met(ask))})" for topic in answers)
            yield (
                f"{QUESTIONS}: {ask!r} is answered by {by or 'no topic'}: expected {key}; "
                "change the words of the topics, or the question"
            )
    unasked = keys - {one.topic for one in questions}
    for topic in (topic for part in sheet.parts for topic in part.topics):
        if topic.key in unasked and topic.name not in sheets.BUILT_IN:
            yield f"{QUESTIONS}: no question on {topic.key}: write one as a candidate would put it"


def _opened(sheet: Sheet, key: str) -> list[str]:
    """Name the rounds up to that of a topic: all that are open when it can first be asked for."""
    return [part.round.id for part in sheet.parts[: int(key.partition("/")[0])]]
