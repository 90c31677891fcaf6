"""Write a round or a whole track as a prompt for a language model, whose answers `kata grade` can judge.

A contract is a function's signature and docstring: shapes, rules, errors.
"""

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
    """Return the prompt of one round, or of the whole track for None, as Markdown.

    It shows the contracts of the functions that the checks call, and of earlier functions that these
    contracts mention.
    """
    rounds = list(track.rounds) if round_ is None else _needed(track, round_)
    called = _called(track, [round_] if round_ else rounds)
    title = f"{track.title}, round {round_.number}: {round_.title}" if round_ else track.title
    mentioned = [name for name in _mentioned(track, rounds, called) if name not in called]
    parts = [f"# {title}", _wrapped(f"Write one Python file that defines {_listed(called)}.")]
    if mentioned:
        pronoun = "it" if len(mentioned) == 1 else "them"
        parts.append(
            _wrapped(
                f"Their contracts mention {_listed(mentioned)}, too, given below; no check calls {pronoun}."
            )
        )
    contracts = _contracts(track, rounds, {*called, *mentioned})
    return "\n\n".join([*parts, _RULES, f"```python\n{contracts}```"]) + "\n"


def _needed(track: Track, round_: Round) -> list[Round]:
    """Return a round and the rounds that it needs, directly or indirectly, in the track's order."""
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
    """Return the called functions and those of these rounds that their contracts mention, directly or not."""
    text = track.stub.read_text(encoding="utf-8")
    names = {name for round_ in rounds for name in round_.functions}
    mentioned = dict.fromkeys(called)
    to_read = list(called)
    for name in to_read:  # grows while it is read: mentioned contracts may mention more functions
        for word in re.findall(r"\w+", _contract(text, name)):
            if word in names and word not in mentioned:
                mentioned[word] = None
                to_read.append(word)
    return [name for name in track.contracts if name in mentioned]


def _contracts(track: Track, rounds: Sequence[Round], names: set[str]) -> str:
    """Return the stub's header and, round by round, the contracts of these functions."""
    text = track.stub.read_text(encoding="utf-8")
    parts = [source.header(text)]
    for round_ in rounds:
        notes = source.notes(text, round_.number)  # the round's heading, and comments such as `# knn: …`
        names_of_round = [name for name in round_.functions if name in names]
        has_note = any(re.match(rf"# ({'|'.join(names)}): ", line) for line in notes.splitlines())
        if names_of_round or has_note:
            parts += [notes, *(_contract(text, name).rstrip() for name in names_of_round)]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _contract(text: str, name: str) -> str:
    """Return a function's signature and docstring."""
    segment = source.segment(text, name)
    [function] = ast.parse(segment).body
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - for mypy: a segment is a function
    return "".join(source.split_lines(segment)[: function.body[0].end_lineno])


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 80, break_on_hyphens=False)


def _listed(names: Sequence[str]) -> str:
    """Return the names in backquotes, such as "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
