"""Reads a track's rounds.toml; a slip in such a table is one line that names the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlkata.tracks.model import FollowUp, KataError, OpenRound, Round, Score


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file, in one line, where what it holds does not fit. Raises KataError."""
    try:
        yield
    except KeyError as error:
        raise KataError(f"{path}: {error} is missing: write it") from None
    except (TypeError, tomllib.TOMLDecodeError) as error:
        raise KataError(f"{path}: {error}: mend it") from None


def read(path: Path, track: str) -> tuple[str, int, tuple[Round, ...]]:
    """Return a track's title, its place in the order of tracks, and its rounds. Raise KataError."""
    with reading(path):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rounds = (_read_round(track, number, entry) for number, entry in enumerate(table["round"], 1))
        return table["title"], table["order"], tuple(rounds)


def _read_round(track: str, number: int, entry: Mapping[str, Any]) -> Round:
    needs = entry["needs"]
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise TypeError(f'round {number} needs {needs!r}, expected ids of rounds such as ["{track}.1"]')
    return Round(
        track=track,
        number=number,
        title=entry["title"],
        minutes=entry["minutes"],
        functions=tuple(entry["functions"]),
        needs=tuple(needs),
        hints=tuple(entry["hints"]),
        follow_ups=tuple(FollowUp(**one) for one in entry.get("follow_up", [])),
        open=_read_open(entry["open"]) if "open" in entry else None,
        points=entry.get("points"),
        weights=entry.get("weights", {}),
    )


def _read_open(entry: Mapping[str, Any]) -> OpenRound:
    return OpenRound(
        score=entry["score"],
        cost=entry["cost"],
        entry=Score(**entry["entry"]),
        rubric=tuple(entry["rubric"]),
        request=entry["impossible"]["request"],
        reason=entry["impossible"]["reason"],
    )
