"""What interview.toml promises: topics fit the checks, and questions find their answers."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mlkata.interview import sheet as sheets
from mlkata.interview.sheet import Part, Sheet
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

SHORTEST = 60
"""Characters of the words that open a round: fewer ask for nothing."""
_BUILT_IN = (sheets.SHAPES, sheets.EXAMPLE, sheets.IMPORTS)


def questions_path(track: Track) -> Path:
    """Say where the questions lie that people ask, each with the topic that answers it."""
    return track.exercises / "questions.toml"


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with what the interviewer knows; a track may have no interview."""
    path = track.exercises / "interview.toml"
    if not path.is_file():
        return
    try:
        sheet = sheets.read(track)
    except KataError as error:
        yield str(error)
        return
    table = tomllib.loads(path.read_text(encoding="utf-8"))["round"]
    for part in sheet.parts:
        yield from _part_problems(track, part, table[str(part.round.number)].get("topic", []))
    yield from _question_problems(sheet)


def _part_problems(track: Track, part: Part, entries: list[dict[str, Any]]) -> Iterator[str]:
    where = f"interview.toml, {part.round.id}"
    if len(part.prompt) < SHORTEST:
        yield f"{where}: the prompt has {len(part.prompt)} characters: expected {SHORTEST} or more"
    for name, count in Counter(item.name for item in part.topics).items():
        if count > 1:
            built_in = " (shapes, example and imports are built in)" if name in _BUILT_IN else ""
            yield f"{where}: topic {name!r} occurs {count} times{built_in}: rename the others"
    ids = [check.id for check in track.checks_of(part.round)]
    for entry in entries:
        for glob in entry.get("checks", []):
            if not any(fnmatchcase(item, f"{part.round.id}/{glob}") for item in ids):
                yield f"{where}: topic {entry['name']!r} names the checks {glob!r}: the round has none such"
    hung = Counter(check for item in part.topics for check in item.checks)
    for check, count in hung.items():
        if count > 1:
            yield f"{where}: {check} hangs on {count} topics: expected one at most; take it out of the others"
    for function in track.functions_of(part.round):
        of = {check.id for check in track.checks_of(part.round) if check.function == function}
        if of and of <= set(hung):
            yield (
                f"{where}: every check of {function} hangs on a topic: expected one that can be passed "
                "without asking; take one out of the topics"
            )


def _question_problems(sheet: Sheet) -> Iterator[str]:
    """Ask each question with all rounds up to its topic's open: it finds that topic alone."""
    path = questions_path(sheet.track)
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["question"] if path.is_file() else []
    rounds = [round_.id for round_ in sheet.track.rounds]
    for entry in entries:
        where = f"{path.name}, {entry['ask']!r}"
        if sheet.topic(entry["topic"]) is None:
            yield f"{where}: there is no topic {entry['topic']!r}: expected a round and a topic, as in 1/ties"
            continue
        opened = rounds[: int(entry["topic"].partition("/")[0])]
        keys = [item.key for item in sheet.answers(entry["ask"], opened)]
        if keys != [entry["topic"]]:
            yield (
                f"{where}: it finds {', '.join(keys) or 'no topic'}, expected {entry['topic']}: "
                "give that topic a word of the question, or take one from the other"
            )
    asked = {entry["topic"] for entry in entries}
    for part in sheet.parts:
        for item in part.topics:
            if item not in sheet.answers(item.name, rounds[: part.round.number]):
                yield f"interview.toml, {item.key}: its own name finds another topic: rename one of them"
            if item.name not in _BUILT_IN and item.key not in asked:
                yield f"{path.name} has no question on {item.key}: write one as people ask it"
