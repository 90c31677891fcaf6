"""What is left of a file when a round is done again: what the round needs, and its stubs. Text only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import HEADING
from mlkata.tracks.model import Round


def needed(track: Track, round_: Round) -> set[str]:
    """Name the functions of all rounds that a round needs, and that these need, without its own."""
    wanted, functions = [round_], set()
    while wanted:
        one = wanted.pop()
        wanted += [track.round(id_) for id_ in one.needs]
        functions |= set(one.functions)
    return functions - set(track.functions_of(round_))


def without(text: str, track: Track, round_: Round) -> str:
    """Take out a round's functions, those of rounds that it does not need, and helpers that then help nobody.

    The round's stubs stand at the end. Raises SyntaxError where the text is no Python.
    """
    kept = _with_helpers(text, set(track.contracts), needed(track, round_))
    numbers = {one.number for one in track.rounds if set(one.functions) & kept}
    lines = source.split_lines(text)
    spans = [(one.start, one.end) for one in source.definitions(text) if one.name not in kept]
    gone: set[int] = set()
    for start, end in [*spans, *_headings(lines, numbers)]:  # a heading may be the comment above a function
        below = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
        gone.update(range(start, below))  # the empty lines below it, too
    left = "".join(line for at, line in enumerate(lines) if at not in gone)
    return source.append(left, stubs(track, round_))


def stubs(track: Track, round_: Round) -> str:
    """Give a round's stubs; where it has none of its own, those that it asks more of."""
    if round_.functions:
        return source.stub_for(track, round_, with_header=False)
    stub = track.stub.read_text(encoding="utf-8")
    parts = [source.notes(stub, round_.number)]
    parts += [source.segment(stub, name) for name in track.functions_of(round_)]
    return "\n\n\n".join(part.rstrip() for part in parts) + "\n"


def _with_helpers(text: str, contracts: Iterable[str], wanted: set[str]) -> set[str]:
    """Add the helpers that functions which stay, or lines outside of all functions, speak of."""
    own = source.functions(text)
    lines = source.split_lines(text)
    inside = {number for start, end in own.values() for number in range(start, end)}
    speak = ["".join(line for number, line in enumerate(lines) if number not in inside)]
    kept: set[str] = set()
    found = wanted & set(own)
    helpers = set(own) - set(contracts)
    while found:
        kept |= found
        speak += ["".join(lines[slice(*own[name])]) for name in found]
        found = _spoken(helpers - kept, speak)
    return kept | _spoken(helpers - kept, speak)


def _spoken(names: set[str], texts: list[str]) -> set[str]:
    return {name for name in names if any(re.search(rf"\b{re.escape(name)}\b", one) for one in texts)}


def _headings(lines: list[str], numbers: set[int]) -> list[tuple[int, int]]:
    """Find the headings, with the notes below them, of rounds of which nothing stays."""
    found = []
    for start, line in enumerate(lines):
        match = HEADING.match(line)
        if match and int(match[1]) not in numbers:
            end = start + 1
            while end < len(lines) and lines[end].startswith("#") and not HEADING.match(lines[end]):
                end += 1
            found.append((start, end))
    return found
