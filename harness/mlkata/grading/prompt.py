"""Write a round or a whole track as a prompt for sampling a model's answers."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence

from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Round

_RULES = """\
- Answer with the whole file in one fenced block: it begins with ```python and
  ends with ```.
- Begin the file with the imports and classes that stand at the top below;
  helpers of your own are welcome.
- numpy, numba and the standard library may be imported, nothing else.
- Define each function once, with its name and parameters as below. Its
  docstring is its contract: shapes, rules, errors. Leave arguments unchanged.
- Print nothing, read and write no files, and run nothing on import."""


def write(track: Track, round_: Round | None) -> str:
    """Return the prompt of one round, or of all, as Markdown; the text is deterministic.

    It shows the functions that the round's checks call, and functions of earlier rounds that their contracts
    mention.
    """
    rounds = list(track.rounds) if round_ is None else _needed(track, round_)
    called = _called(track, [round_] if round_ else rounds)
    title = f"{track.title}, round {round_.number}: {round_.title}" if round_ else track.title
    mentioned = [name for name in _mentioned(track, rounds, called) if name not in called]
    parts = [f"# {title}", _wrapped(f"Write one Python file that defines {_listed(called)}.")]
    if mentioned:
        them = "it" if len(mentioned) == 1 else "them"
        parts.append(
            _wrapped(
                f"Their contracts mention {_listed(mentioned)}, too, given below; no check calls {them}."
            )
        )
    contracts = _contracts(track, rounds, {*called, *mentioned})
    return "\n\n".join([*parts, _RULES, f"```python\n{contracts}```"]) + "\n"


def _needed(track: Track, round_: Round) -> list[Round]:
    """Return a round and those that it needs, directly or indirectly, in the track's order."""
    ids = {round_.id}
    for candidate in reversed(track.rounds):
        if candidate.id in ids:
            ids.update(candidate.needs)
    return [candidate for candidate in track.rounds if candidate.id in ids]


def _called(track: Track, rounds: Sequence[Round]) -> list[str]:
    """Return the functions that the checks of these rounds call, in the stub's order."""
    called = {name for round_ in rounds for name in (*track.functions_of(round_), *track.extended_in(round_))}
    return [name for name in track.contracts if name in called]


def _mentioned(track: Track, rounds: Sequence[Round], called: Sequence[str]) -> list[str]:
    """Return the functions of these rounds that are called or mentioned in their contracts."""
    text = track.stub.read_text(encoding="utf-8")
    names = {name for round_ in rounds for name in round_.functions}
    mentioned = dict.fromkeys(called)
    for name in (waiting := list(called)):
        for word in re.findall(r"\w+", _contract(text, name)):
            if word in names and word not in mentioned:
                mentioned[word] = None
                waiting.append(word)
    return [name for name in track.contracts if name in mentioned]


def _contracts(track: Track, rounds: Sequence[Round], names: set[str]) -> str:
    """Return the stub's header and, round by round, the contracts of these functions."""
    text = track.stub.read_text(encoding="utf-8")
    parts = [source.header(text)]
    for round_ in rounds:
        notes = source.notes(text, round_.number)
        names_here = [name for name in round_.functions if name in names]
        if names_here or any(re.match(rf"# ({'|'.join(names)}): ", line) for line in notes.splitlines()):
            parts += [notes, *(_contract(text, name).rstrip() for name in names_here)]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _contract(text: str, name: str) -> str:
    """Return a function's signature and docstring."""
    segment = source.segment(text, name)
    [function] = ast.parse(segment).body
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - segment cuts out nothing else
    return "".join(source.split_lines(segment)[: function.body[0].end_lineno])


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 80, break_on_hyphens=False)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
