"""Writes a round, or a whole track, as a prompt from which a model's answers can be sampled."""

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
    """Return the prompt of one round, or of all rounds, as Markdown; always the same text.

    Besides the functions that the round's checks call it shows those of earlier rounds that their
    contracts mention.
    """
    rounds = list(track.rounds) if round_ is None else _needed(track, round_)
    asked = _asked(track, [round_] if round_ else rounds)
    title = f"{track.title}, round {round_.number}: {round_.title}" if round_ else track.title
    mentioned = [name for name in _mentioned(track, rounds, asked) if name not in asked]
    parts = [f"# {title}", _wrapped(f"Write one Python file that defines {_listed(asked)}.")]
    if mentioned:
        them = "it" if len(mentioned) == 1 else "them"
        parts.append(
            _wrapped(f"Their contracts mention {_listed(mentioned)}, too, given below; nobody calls {them}.")
        )
    contracts = _contracts(track, rounds, {*asked, *mentioned})
    return "\n\n".join([*parts, _RULES, f"```python\n{contracts}```"]) + "\n"


def _needed(track: Track, round_: Round) -> list[Round]:
    """List a round and those that it needs, directly or not, in the order of the track."""
    found = {round_.id}
    for one in reversed(track.rounds):
        if one.id in found:
            found.update(one.needs)
    return [one for one in track.rounds if one.id in found]


def _asked(track: Track, rounds: Sequence[Round]) -> list[str]:
    """List the functions that the checks of some rounds call, in the stub's order."""
    called = {name for one in rounds for name in (*track.functions_of(one), *track.extended_in(one))}
    return [name for name in track.contracts if name in called]


def _mentioned(track: Track, rounds: Sequence[Round], asked: Sequence[str]) -> list[str]:
    """List the functions of these rounds that the contracts of others mention, directly or not."""
    text = track.stub.read_text(encoding="utf-8")
    known = {name for one in rounds for name in one.functions}
    found = dict.fromkeys(asked)
    for name in (waiting := list(asked)):
        for word in re.findall(r"\w+", _contract(text, name)):
            if word in known and word not in found:
                found[word] = None
                waiting.append(word)
    return [name for name in track.contracts if name in found]


def _contracts(track: Track, rounds: Sequence[Round], names: set[str]) -> str:
    """Return the top of the stub and, round by round, what these functions promise."""
    text = track.stub.read_text(encoding="utf-8")
    parts = [source.header(text)]
    for round_ in rounds:
        notes = source.notes(text, round_.number)
        own = [name for name in round_.functions if name in names]
        if own or any(re.match(rf"# ({'|'.join(names)}): ", line) for line in notes.splitlines()):
            parts += [notes, *(_contract(text, name).rstrip() for name in own)]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _contract(text: str, name: str) -> str:
    """Cut out a function's signature and docstring."""
    segment = source.segment(text, name)
    [function] = ast.parse(segment).body
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - segment cuts out nothing else
    return "".join(source.split_lines(segment)[: function.body[0].end_lineno])


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 80, break_on_hyphens=False)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
