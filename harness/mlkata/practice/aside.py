"""Reduce the candidate's file for `kata again`, which repeats a round (a step of a track) from its stubs.

The functions of the round, and those of rounds that it does not build on, are removed; the round's stubs are
appended. This module works on text only; `repetition` and `desk` copy and write the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import HEADING
from mlkata.tracks.model import Round


def needed(track: Track, round_: Round) -> set[str]:
    """Return the names of functions that a round builds on: those of the rounds that it needs, at any depth.

    The round's own functions are excluded.
    """
    pending, names = [round_], set()
    while pending:
        visited = pending.pop()
        pending += [track.round(id_) for id_ in visited.needs]
        names |= set(visited.functions)
    return names - set(track.functions_of(round_))


def without_round(text: str, track: Track, round_: Round) -> str:
    """Return the file's text with a round reset to its stubs and reduced to what the round needs.

    Removed are the round's functions, the functions of rounds that it does not need, and helpers that are
    unused afterwards. Raise SyntaxError if the text is not valid Python.
    """
    kept_names = _with_helpers(text, set(track.contracts), needed(track, round_))
    kept_rounds = {other.number for other in track.rounds if set(other.functions) & kept_names}
    lines = source.split_lines(text)
    spans = [
        (definition.start, definition.end)
        for definition in source.definitions(text)
        if definition.name not in kept_names
    ]
    removed: set[int] = set()
    # A heading directly above a function is also part of the function's span. A set removes each line once.
    for start, end in [*spans, *_headings(lines, kept_rounds)]:
        next_text = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
        removed.update(range(start, next_text))  # with the empty lines below
    remaining = "".join(line for at, line in enumerate(lines) if at not in removed)
    return source.append(remaining, stubs(track, round_))


def stubs(track: Track, round_: Round) -> str:
    """Return a round's stubs or, if the round adds no function, those of the functions that it extends."""
    if round_.functions:
        return source.stub_for(track, round_, with_header=False)
    stub = track.stub.read_text(encoding="utf-8")
    parts = [source.notes(stub, round_.number)]
    parts += [source.segment(stub, name) for name in track.functions_of(round_)]
    return "\n\n\n".join(part.rstrip() for part in parts) + "\n"


def _with_helpers(text: str, contracts: Iterable[str], needed_names: set[str]) -> set[str]:
    """Return the names of functions to keep: the needed ones, and the helpers that are still used.

    `contracts` has the names of the track's functions; every other function of the file is a helper. A helper
    is used if its name occurs in a kept function or outside of all functions.
    """
    spans = source.functions(text)
    lines = source.split_lines(text)
    function_lines = {number for start, end in spans.values() for number in range(start, end)}
    kept_texts = ["".join(line for number, line in enumerate(lines) if number not in function_lines)]
    kept: set[str] = set()
    added = needed_names & set(spans)
    helpers = set(spans) - set(contracts)
    while added:
        kept |= added
        kept_texts += ["".join(lines[slice(*spans[name])]) for name in added]
        added = _mentioned(helpers - kept, kept_texts)
    # This adds something only if no function is needed, so that the loop has not run.
    return kept | _mentioned(helpers - kept, kept_texts)


def _mentioned(names: set[str], texts: list[str]) -> set[str]:
    """Return the names that occur as whole words in any of the texts, comments included."""
    return {name for name in names if any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)}


def _headings(lines: list[str], kept_rounds: set[int]) -> list[tuple[int, int]]:
    """Return the line spans of the headings (`# Round 2: …`) of rounds that lose all their functions.

    `kept_rounds` has the numbers of the other rounds. A span includes the comment lines below the heading.
    """
    spans = []
    for start, line in enumerate(lines):
        match = HEADING.match(line)
        if match and int(match[1]) not in kept_rounds:
            end = start + 1
            while end < len(lines) and lines[end].startswith("#") and not HEADING.match(lines[end]):
                end += 1
            spans.append((start, end))
    return spans
