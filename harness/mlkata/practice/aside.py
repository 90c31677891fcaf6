"""Reduce a file's text for doing a round again: keep what the round needs, and add its stubs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import HEADING
from mlkata.tracks.model import Round


def needed(track: Track, round_: Round) -> set[str]:
    """Return the functions of all rounds that a round needs, directly or indirectly, without its own."""
    pending, functions = [round_], set()
    while pending:
        required = pending.pop()
        pending += [track.round(id_) for id_ in required.needs]
        functions |= set(required.functions)
    return functions - set(track.functions_of(round_))


def without_round(text: str, track: Track, round_: Round) -> str:
    """Remove a round's functions, those of rounds that it does not need, and helpers then unused.

    The round's stubs are appended. Raises SyntaxError if the text is not valid Python.
    """
    staying = _with_helpers(text, set(track.contracts), needed(track, round_))
    numbers = {other.number for other in track.rounds if set(other.functions) & staying}
    lines = source.split_lines(text)
    spans = [
        (definition.start, definition.end)
        for definition in source.definitions(text)
        if definition.name not in staying
    ]
    removed: set[int] = set()
    for start, end in [*spans, *_headings(lines, numbers)]:  # a heading may be part of a function's span
        next_text = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
        removed.update(range(start, next_text))  # with the empty lines below
    remaining = "".join(line for at, line in enumerate(lines) if at not in removed)
    return source.append(remaining, stubs(track, round_))


def stubs(track: Track, round_: Round) -> str:
    """Return a round's stubs or, if it has none of its own, the stubs of the functions that it extends."""
    if round_.functions:
        return source.stub_for(track, round_, with_header=False)
    stub = track.stub.read_text(encoding="utf-8")
    parts = [source.notes(stub, round_.number)]
    parts += [source.segment(stub, name) for name in track.functions_of(round_)]
    return "\n\n\n".join(part.rstrip() for part in parts) + "\n"


def _with_helpers(text: str, contracts: Iterable[str], needed_names: set[str]) -> set[str]:
    """Return the needed functions with every helper mentioned in them or outside of all functions."""
    spans = source.functions(text)
    lines = source.split_lines(text)
    inside = {number for start, end in spans.values() for number in range(start, end)}
    texts = ["".join(line for number, line in enumerate(lines) if number not in inside)]
    staying: set[str] = set()
    added = needed_names & set(spans)
    helpers = set(spans) - set(contracts)
    while added:
        staying |= added
        texts += ["".join(lines[slice(*spans[name])]) for name in added]
        added = _mentioned(helpers - staying, texts)
    return staying | _mentioned(helpers - staying, texts)


def _mentioned(names: set[str], texts: list[str]) -> set[str]:
    return {name for name in names if any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)}


def _headings(lines: list[str], numbers: set[int]) -> list[tuple[int, int]]:
    """Return the line spans of headings, with their notes, of rounds whose functions are all removed."""
    spans = []
    for start, line in enumerate(lines):
        match = HEADING.match(line)
        if match and int(match[1]) not in numbers:
            end = start + 1
            while end < len(lines) and lines[end].startswith("#") and not HEADING.match(lines[end]):
                end += 1
            spans.append((start, end))
    return spans
