"""Reads a track's rounds.toml; the private classes describe its tables, and `model` has what is returned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mlkata.tracks import validated
from mlkata.tracks.model import FollowUp, OpenRound, Round, Score

# Unknown keys are errors in follow-up questions and in an open round's entry. In the other tables they have
# been ignored from the start, and still are, so that private tracks with further keys in them still load.


class _FollowUp(msgspec.Struct, forbid_unknown_fields=True):
    question: str
    answer: str
    proof: str = ""


class _Score(msgspec.Struct, forbid_unknown_fields=True):
    score: int | float
    cost: int | float


class _Impossible(msgspec.Struct):
    request: str
    reason: str


class _Open(msgspec.Struct):
    score: str
    cost: str
    entry: _Score
    rubric: tuple[str, ...]
    impossible: _Impossible


class _Round(msgspec.Struct):
    title: str
    minutes: int | float
    functions: tuple[str, ...]
    needs: tuple[str, ...]
    hints: tuple[str, ...]
    follow_up: tuple[_FollowUp, ...] = ()
    open: _Open | None = None
    points: float | None = None
    weights: Mapping[str, float] = {}


class _Track(msgspec.Struct):
    title: str
    order: int | float
    round: tuple[_Round, ...]


def read(path: Path, track: str) -> tuple[str, float, tuple[Round, ...]]:
    """Return a track's title, its place among tracks, and its rounds. Raise KataError as `validated` does."""
    table = validated.from_toml(path, _Track)
    rounds = (_round(track, number, entry) for number, entry in enumerate(table.round, 1))
    return table.title, table.order, tuple(rounds)


def _round(track: str, number: int, entry: _Round) -> Round:
    return Round(
        track=track,
        number=number,
        title=entry.title,
        minutes=entry.minutes,
        functions=entry.functions,
        needs=entry.needs,
        hints=entry.hints,
        follow_ups=tuple(FollowUp(item.question, item.answer, item.proof) for item in entry.follow_up),
        open=_open(entry.open) if entry.open else None,
        points=entry.points,
        weights=entry.weights,
    )


def _open(entry: _Open) -> OpenRound:
    return OpenRound(
        score=entry.score,
        cost=entry.cost,
        entry=Score(entry.entry.score, entry.entry.cost),
        rubric=entry.rubric,
        request=entry.impossible.request,
        reason=entry.impossible.reason,
    )
