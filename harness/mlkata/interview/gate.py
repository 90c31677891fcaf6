"""Find what is wrong with the interview of a track; `kata author verify` reports it.

A track may have an `interview.toml`. For each round it holds the task in the interviewer's words and the
topics, i.e. what these words leave open. A topic has an answer, the words by which questions about it are
recognised, and the checks of the round that depend on the answer. Next to it, `interview_questions.toml` may
hold questions as candidates ask them, each with the topic that must answer it.
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
"""Characters. A prompt must be longer, as fewer cannot tell both what to write and what it is for."""


class _Question(msgspec.Struct):
    ask: str
    topic: str


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's interview; nothing if it has none."""
    questions_file = track.exercises / QUESTIONS
    if not (track.exercises / sheets.FILE).is_file():
        if questions_file.is_file():
            yield f"{QUESTIONS} has no {sheets.FILE} beside it: write one, or remove the questions"
        return
    try:
        sheet = sheets.read(track)
        questions = (
            validated.entries(questions_file, "question", _Question) if questions_file.is_file() else None
        )
    except KataError as error:
        yield str(error)
        return
    for part in sheet.parts:
        yield from _part_problems(track, part)
    # Candidates can list the names of the topics, and then ask one by its name.
    for topic in (topic for part in sheet.parts for topic in part.topics):
        if topic not in sheet.answers(topic.name, _opened(sheet, topic.key)):
            yield f"{sheets.FILE}: {topic.name!r} as a question does not find {topic.key}: change its name"
    if questions is not None:
        yield from _question_problems(sheet, questions)


def _part_problems(track: Track, part: RoundSheet) -> Iterator[str]:
    """Yield what is wrong with a round: its prompt, its topics and the checks attached to them."""
    where = f"{sheets.FILE}, round {part.round.number}"
    if len(part.prompt) <= SHORTEST_PROMPT:
        yield f"{where}: the prompt has {len(part.prompt)} characters: expected more than {SHORTEST_PROMPT}"
    for name, count in Counter(topic.name for topic in part.topics).items():
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
    attached = Counter(check for topic in part.topics for check in topic.checks)
    for check, count in attached.items():
        if count > 1:
            yield f"{where}: {check} is attached to {count} topics: expected at most one"
    for function in track.functions_of(part.round):
        ids = {check.id for check in track.checks_of(part.round) if check.function == function}
        # A failure of an attached check may be taken for a question that was not asked. So that plain bugs
        # show as such, each function needs a check without a topic.
        if ids and not ids - set(attached):
            yield f"{where}: every check of {function} is attached to a topic: detach one of them"


def _question_problems(sheet: Sheet, questions: Sequence[_Question]) -> Iterator[str]:
    """Yield the questions that are not answered by their topic alone, and the topics without a question."""
    keys = {topic.key for part in sheet.parts for topic in part.topics}
    for question in questions:
        ask, key = question.ask, question.topic
        if key not in keys:
            yield f"{QUESTIONS}: {ask!r} has topic {key!r}: expected a key such as 1/shapes"
            continue
        answers = sheet.answers(ask, _opened(sheet, key))
        if [topic.key for topic in answers] != [key]:
            answered_by = ", ".join(
                f"{topic.key} ({', '.join(topic.matching_words(ask))})" for topic in answers
            )
            yield (
                f"{QUESTIONS}: {ask!r} is answered by {answered_by or 'no topic'}: expected {key}; "
                "change the words of the topics, or the question"
            )
    unasked = keys - {question.topic for question in questions}
    for topic in (topic for part in sheet.parts for topic in part.topics):
        if topic.key in unasked and topic.name not in sheets.BUILT_IN:
            yield f"{QUESTIONS}: no question on {topic.key}: write one as a candidate would put it"


def _opened(sheet: Sheet, key: str) -> list[str]:
    """Return the ids of the rounds that are open when a topic can first be asked about: all up to its own."""
    return [part.round.id for part in sheet.parts[: int(key.partition("/")[0])]]
