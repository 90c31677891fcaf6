"""Reads a track's rounds.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from mlkata.tracks import validated
from mlkata.tracks.model import FollowUp, OpenRound, Round, Score


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
    """Return a track's title, its place in the order of tracks, and its rounds. Raise KataError."""
    table = validated.from_toml(path, _Track)
    rounds = (_round(track, number, one) for number, one in enumerate(table.round, 1))
    return table.title, table.order, tuple(rounds)


def _round(track: str, number: int, one: _Round) -> Round:
    return Round(
        track=track,
        number=number,
        title=one.title,
        minutes=one.minutes,
        functions=one.functions,
        needs=one.needs,
        hints=one.hints,
        follow_ups=tuple(FollowUp(item.question, item.answer, item.proof) for item in one.follow_up),
        open=_open(one.open) if one.open else None,
        points=one.points,
        weights=one.weights,
    )


def _open(one: _Open) -> OpenRound:
    return OpenRound(
        score=one.score,
        cost=one.cost,
        entry=Score(one.entry.score, one.entry.cost),
        rubric=one.rubric,
        request=one.impossible.request,
        reason=one.impossible.reason,
    )
