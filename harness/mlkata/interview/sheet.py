"""What the interviewer knows: the words that open each round, and the answers to what they leave open.

They lie in a track's interview.toml. Two topics come by themselves: shapes and types, as the contract
has them, and an example, as the stub has it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Check, KataError, Round

SHAPES = "shapes"
EXAMPLE = "example"
IMPORTS = "imports"
BUILT_IN = (SHAPES, EXAMPLE, IMPORTS)
FILE = "interview.toml"
_SHAPE_WORDS = (
    "shape", "dtype", "type", "return", "output", "result", "argument", "parameter", "input", "format",
    "dimension", "signature", "array",
)  # fmt: skip
_EXAMPLE_WORDS = ("example", "sample", "instance", "show")
_IMPORT_WORDS = ("import", "library", "libraries", "package", "numpy", "scipy", "sklearn", "scikit", "numba")
_IMPORTS = (
    "numpy and the standard library; numba if you like. Nothing that does the job itself, so neither "
    "scikit-learn nor scipy."
)
_NO_EXAMPLE = "None comes to my mind: make one."
_SHORT = 4
"""Letters: shorter words have to be met whole, longer ones at the beginning of a word."""


@dataclass(frozen=True)
class Topic:
    """Something that a prompt leaves open, and what is said to whoever asks."""

    round: int
    name: str
    words: tuple[str, ...]
    answer: str
    checks: tuple[str, ...] = ()
    """Ids of the checks that cannot be passed but by luck without it."""

    @property
    def key(self) -> str:
        """What it is remembered by: `1/ties`."""
        return f"{self.round}/{self.name}"

    def met(self, question: str) -> list[str]:
        """List the words of a question that belong to the topic."""
        return [word for word in _words(question) if any(_meant(word, one) for one in self.words)]


@dataclass(frozen=True)
class RoundSheet:
    """One round: how it is opened, and what it leaves open."""

    round: Round
    prompt: str
    topics: tuple[Topic, ...]

    def topic_of(self, check: Check) -> Topic | None:
        """Return the topic on which a check hangs, if any."""
        return next((one for one in self.topics if check.id in one.checks), None)

    def topic(self, name: str) -> Topic:
        """Return the topic of a name."""
        return next(one for one in self.topics if one.name == name)


@dataclass(frozen=True)
class Sheet:
    """All rounds of a track, as an interviewer has them."""

    track: Track
    parts: tuple[RoundSheet, ...]

    def part(self, round_id: str) -> RoundSheet:
        """Return a round's part."""
        return next(one for one in self.parts if one.round.id == round_id)

    def topic(self, key: str) -> Topic | None:
        """Return the topic that is remembered by a key."""
        return next((one for part in self.parts for one in part.topics if one.key == key), None)

    def answers(self, question: str, opened: Collection[str]) -> list[Topic]:
        """Return the topic of that name, or those that a question meets best.

        The newest open round has a word's start; of others that are as good, the newest count. None at
        all where no word is met.
        """
        parts = [part for part in self.parts if part.round.id in opened]
        named = [one for part in parts for one in part.topics if one.name == question.strip().lower()]
        if named:
            return named[-1:]
        scores = {
            one: matched + (part is parts[-1])
            for part in parts
            for one in part.topics
            if (matched := len(one.met(question)))
        }
        best = max(((score, one.round) for one, score in scores.items()), default=None)
        return [one for one, score in scores.items() if (score, one.round) == best]


def read(track: Track) -> Sheet:
    """Read a track's interview.toml. Raises KataError if it has none, or one that does not fit."""
    entries = table(track)
    return Sheet(track, tuple(_part(track, one, entries[str(one.number)]) for one in track.rounds))


def table(track: Track) -> Mapping[str, Mapping[str, Any]]:
    """Read interview.toml as it is written, by the rounds' numbers. Raises KataError as `read` does."""
    path = track.exercises / FILE
    if not path.is_file():
        raise KataError(f"no interview on {track.name}: expected {path}; see `kata list` for other tracks")
    entries: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["round"]
    if list(entries) != [str(one.number) for one in track.rounds]:
        raise KataError(
            f"{path} has the rounds {', '.join(entries)}: expected all of 1 to {len(track.rounds)}"
        )
    return entries


def checks(round_: Round, known: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """List the checks that globs below a round name, such as `assign/ties*`."""
    patterns = [f"{round_.id}/{one}" for one in globs]
    return tuple(one for one in known if any(fnmatchcase(one, glob) for glob in patterns))


def _part(track: Track, round_: Round, entry: Mapping[str, Any]) -> RoundSheet:
    known = [check.id for check in track.checks_of(round_)]
    own = tuple(_topic(round_, known, one) for one in entry.get("topic", []))
    contracts = [track.contracts[name] for name in (*track.functions_of(round_), *track.extended_in(round_))]
    built_in = (
        Topic(round_.number, SHAPES, _SHAPE_WORDS, "\n".join(_shapes(contracts))),
        Topic(
            round_.number,
            EXAMPLE,
            _EXAMPLE_WORDS,
            "\n".join(_examples(contracts)) or _NO_EXAMPLE,
        ),
        Topic(round_.number, IMPORTS, _IMPORT_WORDS, _IMPORTS),
    )
    return RoundSheet(round_, " ".join(entry["prompt"].split()), (*own, *built_in))


def _topic(round_: Round, known: Iterable[str], entry: Mapping[str, Any]) -> Topic:
    return Topic(
        round=round_.number,
        name=entry["name"],
        words=tuple(entry["words"]),
        answer=" ".join(entry["answer"].split()),
        checks=checks(round_, known, entry.get("checks", [])),
    )


def _shapes(contracts: Iterable[Contract]) -> Iterable[str]:
    for one in contracts:
        yield f"{one.function}{one.signature}"
        yield from (f"    {entry.name} : {entry}" for entry in one.parameters)
        yield from (f"    -> {entry.name} : {entry}" for entry in one.returns)


def _examples(contracts: Iterable[Contract]) -> Iterable[str]:
    """Return the examples of docstrings, with what comes out."""
    for one in contracts:
        _, begin, rest = one.docstring.partition(">>> ")
        if begin:
            yield from (begin + rest).strip().splitlines()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", text.lower())


def _meant(said: str, word: str) -> bool:
    return said == word if len(word) < _SHORT else said.startswith(word)
