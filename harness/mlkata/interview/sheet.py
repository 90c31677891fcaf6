"""What the interviewer knows: the prompt of each round, i.e. its task in spoken words, and the topics.

A topic is something that a prompt leaves open, with the answer to questions about it. Prompts and topics are
in a track's interview.toml. Three topics are built in: the shapes and types of arguments and results, an
example, and the allowed imports. The answers to the first two come from the docstrings of the track's stub.
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
# The words by which questions about the built-in topics are recognised.
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
"""Letters. A shorter word of a topic matches only itself, a longer one also words that begin with it."""


class _Topic(msgspec.Struct):
    """A topic as interview.toml has it; `checks` are globs of ids of checks."""

    name: str
    words: tuple[str, ...]
    answer: str
    checks: tuple[str, ...] = ()


class _Round(msgspec.Struct):
    """A round as interview.toml has it."""

    prompt: str
    topic: tuple[_Topic, ...] = ()


class _Interview(msgspec.Struct):
    """The file interview.toml: rounds by their number."""

    round: dict[str, _Round]


@dataclass(frozen=True)
class Topic:
    """Something that a prompt leaves open, with the answer to a question about it."""

    round: int
    name: str
    words: tuple[str, ...]
    answer: str
    checks: tuple[str, ...] = ()
    """Ids of the checks of the round that one can pass only by luck without knowing the answer."""
    globs: tuple[str, ...] = ()
    """The patterns that select these checks in interview.toml, such as `assign/ties*`."""

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
        """Return the topic whose answer a check depends on, if any."""
        return next((topic for topic in self.topics if check.id in topic.checks), None)

    def topic(self, name: str) -> Topic:
        """Return the topic with a name."""
        return next(topic for topic in self.topics if topic.name == name)


@dataclass(frozen=True)
class Sheet:
    """All rounds of a track, as the interviewer knows them."""

    track: Track
    parts: tuple[RoundSheet, ...]
    """One for each round, in their order."""

    def part(self, round_id: str) -> RoundSheet:
        """Return the sheet of a round."""
        return next(part for part in self.parts if part.round.id == round_id)

    def topic(self, key: str) -> Topic | None:
        """Return the topic with a key, if any."""
        return next((topic for part in self.parts for topic in part.topics if topic.key == key), None)

    def answers(self, question: str, opened: Collection[str]) -> list[Topic]:
        """Return the topics that answer a question; `opened` holds the ids of the rounds opened so far.

        If the question is the name of a topic, that topic answers. Else those answer that match the most
        words of the question. A matching topic of the newest of these rounds counts one word more; of equal
        topics, those of the latest round win. If no word matches, no topic answers.
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
    """Read a track's interview.toml. Raise KataError if it is missing or invalid."""
    path = track.exercises / FILE
    if not path.is_file():
        raise KataError(f"no interview on {track.name}: expected {path}; see `kata list` for other tracks")
    entries = validated.from_toml(path, _Interview).round
    if list(entries) != [str(round_.number) for round_ in track.rounds]:
        raise KataError(
            f"{path} has the rounds {', '.join(entries)}: expected all of 1 to {len(track.rounds)}, in order"
        )
    return Sheet(track, tuple(_part(track, round_, entries[str(round_.number)]) for round_ in track.rounds))


def checks(round_: Round, ids: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Return those of the ids of a round's checks that match one of the globs, such as `assign/ties*`."""
    patterns = [f"{round_.id}/{glob}" for glob in globs]
    return tuple(id_ for id_ in ids if any(fnmatchcase(id_, glob) for glob in patterns))


def _part(track: Track, round_: Round, entry: _Round) -> RoundSheet:
    check_ids = [check.id for check in track.checks_of(round_)]
    written = tuple(_topic(round_, check_ids, topic) for topic in entry.topic)
    contracts = [track.contracts[name] for name in (*track.functions_of(round_), *track.extended_in(round_))]
    built_in = (
        Topic(round_.number, SHAPES, words=_SHAPE_WORDS, answer="\n".join(_shapes(contracts))),
        Topic(
            round_.number,
            EXAMPLE,
            words=_EXAMPLE_WORDS,
            answer="\n".join(_examples(contracts)) or _NO_EXAMPLE,
        ),
        Topic(round_.number, IMPORTS, words=_IMPORT_WORDS, answer=_IMPORTS),
    )
    return RoundSheet(round_, " ".join(entry.prompt.split()), (*written, *built_in))


def _topic(round_: Round, check_ids: Iterable[str], entry: _Topic) -> Topic:
    return Topic(
        round=round_.number,
        name=entry.name,
        words=entry.words,
        answer=" ".join(entry.answer.split()),
        checks=checks(round_, check_ids, entry.checks),
        globs=entry.checks,
    )


def _shapes(contracts: Iterable[Contract]) -> Iterable[str]:
    """Yield the signature of each function, and a line for each argument and result."""
    for contract in contracts:
        yield f"{contract.function}{contract.signature}"
        yield from (f"    {entry.name} : {entry}" for entry in contract.parameters)
        yield from (f"    -> {entry.name} : {entry}" for entry in contract.returns)


def _examples(contracts: Iterable[Contract]) -> Iterable[str]:
    """Yield the lines of the examples in docstrings, which begin with `>>>` and end the docstring."""
    for contract in contracts:
        _, begin, example = contract.docstring.partition(">>> ")
        if begin:
            yield from (begin + example).strip().splitlines()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", text.lower())


def _matches(word: str, topic_word: str) -> bool:
    """Return whether a word of a question matches a word of a topic."""
    return word == topic_word if len(topic_word) < _SHORT else word.startswith(topic_word)
