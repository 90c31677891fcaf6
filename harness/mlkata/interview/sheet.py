"""What the interviewer knows: the prompt of each round, and the answers to what it leaves open.

They are in a track's interview.toml. Three topics are built in: shapes and types from the contract, an
example from the stub, and the allowed imports.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

import msgspec

from mlkata.tracks import validated
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
    "numpy and the standard library; numba if you like. No library that solves the task itself, so neither "
    "scikit-learn nor scipy."
)
_NO_EXAMPLE = "I have none: make one up."
_SHORT = 4
"""Letters. Shorter words must match a whole word, longer ones its beginning."""


class _Topic(msgspec.Struct):
    name: str
    words: tuple[str, ...]
    answer: str
    checks: tuple[str, ...] = ()


class _Round(msgspec.Struct):
    prompt: str
    topic: tuple[_Topic, ...] = ()


class _Interview(msgspec.Struct):
    round: dict[str, _Round]


@dataclass(frozen=True)
class Topic:
    """Something that a prompt leaves open, with the answer to a question about it."""

    round: int
    name: str
    words: tuple[str, ...]
    answer: str
    checks: tuple[str, ...] = ()
    """Ids of the checks that pass only by luck without the answer."""
    globs: tuple[str, ...] = ()
    """Patterns of these checks in interview.toml, such as `assign/ties*`."""

    @property
    def key(self) -> str:
        """The topic's key, such as `1/ties`."""
        return f"{self.round}/{self.name}"

    def matching_words(self, question: str) -> list[str]:
        """Return the words of a question that match the topic's words."""
        return [
            word for word in _words(question) if any(_matches(word, topic_word) for topic_word in self.words)
        ]


@dataclass(frozen=True)
class RoundSheet:
    """One round: its prompt and its topics."""

    round: Round
    prompt: str
    topics: tuple[Topic, ...]

    def topic_of(self, check: Check) -> Topic | None:
        """Return the topic that a check is attached to, if any."""
        return next((topic for topic in self.topics if check.id in topic.checks), None)

    def topic(self, name: str) -> Topic:
        """Return the topic with a name."""
        return next(topic for topic in self.topics if topic.name == name)


@dataclass(frozen=True)
class Sheet:
    """All rounds of a track, as the interviewer knows them."""

    track: Track
    parts: tuple[RoundSheet, ...]

    def part(self, round_id: str) -> RoundSheet:
        """Return the sheet of a round."""
        return next(part for part in self.parts if part.round.id == round_id)

    def topic(self, key: str) -> Topic | None:
        """Return the topic with a key, if any."""
        return next((topic for part in self.parts for topic in part.topics if topic.key == key), None)

    def answers(self, question: str, opened: Collection[str]) -> list[Topic]:
        """Return the topic named by a question, or else the topics that match it best.

        Topics of the newest open round count one matching word more; among equal matches, those of the latest
        round win. Without a matching word there are none.
        """
        parts = [part for part in self.parts if part.round.id in opened]
        named = [topic for part in parts for topic in part.topics if topic.name == question.strip().lower()]
        if named:
            return named[-1:]
        scores = {
            topic: matched + (part is parts[-1])
            for part in parts
            for topic in part.topics
            if (matched := len(topic.matching_words(question)))
        }
        best = max(((score, topic.round) for topic, score in scores.items()), default=None)
        return [topic for topic, score in scores.items() if (score, topic.round) == best]


def read(track: Track) -> Sheet:
    """Read a track's interview.toml. Raises KataError if it has none, or one that does not fit."""
    path = track.exercises / FILE
    if not path.is_file():
        raise KataError(f"no interview on {track.name}: expected {path}; see `kata list` for other tracks")
    entries = validated.from_toml(path, _Interview).round
    if list(entries) != [str(round_.number) for round_ in track.rounds]:
        raise KataError(
            f"{path} has the rounds {', '.join(entries)}: expected all of 1 to {len(track.rounds)}"
        )
    return Sheet(track, tuple(_part(track, round_, entries[str(round_.number)]) for round_ in track.rounds))


def checks(round_: Round, ids: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that match globs below a round, such as `assign/ties*`."""
    patterns = [f"{round_.id}/{glob}" for glob in globs]
    return tuple(id_ for id_ in ids if any(fnmatchcase(id_, glob) for glob in patterns))


def _part(track: Track, round_: Round, entry: _Round) -> RoundSheet:
    known = [check.id for check in track.checks_of(round_)]
    own = tuple(_topic(round_, known, topic) for topic in entry.topic)
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
    return RoundSheet(round_, " ".join(entry.prompt.split()), (*own, *built_in))


def _topic(round_: Round, known: Iterable[str], entry: _Topic) -> Topic:
    return Topic(
        round=round_.number,
        name=entry.name,
        words=entry.words,
        answer=" ".join(entry.answer.split()),
        checks=checks(round_, known, entry.checks),
        globs=entry.checks,
    )


def _shapes(contracts: Iterable[Contract]) -> Iterable[str]:
    for contract in contracts:
        yield f"{contract.function}{contract.signature}"
        yield from (f"    {entry.name} : {entry}" for entry in contract.parameters)
        yield from (f"    -> {entry.name} : {entry}" for entry in contract.returns)


def _examples(contracts: Iterable[Contract]) -> Iterable[str]:
    """Yield the examples of docstrings with their output."""
    for contract in contracts:
        _, begin, example = contract.docstring.partition(">>> ")
        if begin:
            yield from (begin + example).strip().splitlines()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", text.lower())


def _matches(typed: str, word: str) -> bool:
    return typed == word if len(word) < _SHORT else typed.startswith(word)
