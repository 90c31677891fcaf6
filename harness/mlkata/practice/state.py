"""Reads and writes `.kata/state.json`: what is open, passed, hinted at, given up; readable text.

Each change locks, reads, changes and writes, so that `kata watch`, pytest and a command in another
terminal lose nothing of each other's. A file that cannot be read is never written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date as day
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from mlkata import files
from mlkata.practice import history
from mlkata.tracks import validated
from mlkata.tracks.model import KataError

SCHEMA = "mlkata.workspace/1"


class Attempt(msgspec.Struct, forbid_unknown_fields=True):
    """One time that a round was worked on, from its opening or from `kata again`, until it passed."""

    began: str
    seconds: float = 0.0
    """Of work, without pauses."""
    ended: str = ""
    """When it passed or was given up; empty while it runs."""
    passed: bool = False
    hints: int = 0
    """Seen since the attempt before; known at its end."""
    gave_up: bool = False
    """Was our solution asked for meanwhile?"""
    aside: str = ""
    """The copy of the file that was set aside for it."""

    def __post_init__(self) -> None:
        _need_moments("began", self.began)
        _need_moments("ended", *filter(None, [self.ended]))


class TrackState(msgspec.Struct, forbid_unknown_fields=True):
    """What has happened on one track; round ids are keys, in the order in which it happened."""

    opened: list[str] = []
    passed: dict[str, str] = {}
    """When each round first passed."""
    hints: dict[str, int] = {}
    """How many hints of each round have been seen."""
    gave_up: dict[str, str] = {}
    last: dict[str, str] = {}
    """The last status of each check."""
    attempts: dict[str, list[Attempt]] = {}
    """Each time that a round was worked on; the last one may still run."""
    touched: str = ""
    """When a round was last opened or checked."""

    def __post_init__(self) -> None:
        _need_moments("passed", *self.passed.values())
        _need_moments("touched", *filter(None, [self.touched]))


class State(msgspec.Struct):
    """The whole file. `rest` keeps keys that this version does not know."""

    current: str = ""
    """The track last worked on."""
    tracks: dict[str, TrackState] = {}
    date: str = ""
    """The day of the interview, such as 2027-01-15; empty where it is not known."""
    known: dict[str, bool] = {}
    """Was the answer to a question known when it was last asked?"""
    rest: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if self.date:
            day.fromisoformat(self.date)

    def track(self, name: str) -> TrackState:
        """Give the state of a track, an empty one where nothing has happened yet."""
        return self.tracks.get(name, TrackState())


class StateFile:
    """The state on disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"
        self.history = folder / "history"

    def read(self) -> State:
        """Read the state. Raises KataError where the file is broken, saying what to do."""
        return self._parse(self._bytes())

    def write(self, state: State) -> None:
        """Write the state, all at once."""
        files.write(self.path, _text(state).encode())

    @contextmanager
    def changing(self) -> Iterator[State]:
        """Give the state to change; it is written at the end, unless an error is raised.

        A file that somebody has edited by hand is copied first.
        """
        with self._lock():
            data = self._bytes()
            state = self._parse(data)
            before = _text(state).encode()
            yield state
            text = _text(state).encode()
            if text == before:
                return
            if data != before:
                history.copy(self.path, self.history)
            files.write(self.path, text)

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise KataError(
                f"{self.path} cannot be read ({error.strerror}): where it is gone, "
                "`kata` makes it anew from your files"
            ) from None

    def _parse(self, data: bytes) -> State:
        try:
            return _state(json.loads(data))
        except json.JSONDecodeError as error:
            raise self._broken(f"line {error.lineno}: {error.msg}") from None
        except msgspec.ValidationError as error:
            raise self._broken(validated.problem(error)) from None
        except (ValueError, RecursionError) as error:
            raise self._broken(str(error)) from None

    def _broken(self, reason: str) -> KataError:
        return KataError(
            f"{self.path} cannot be read ({reason}): mend it, or move it away; "
            "then the open rounds are read from your files"
        )

    def _lock(self) -> AbstractContextManager[object]:
        try:
            return files.lock(self.path)
        except TimeoutError:
            raise KataError(
                f"{self.path} has been locked for {files.WAIT:.0f} seconds: end the other `kata` first"
            ) from None
        except OSError as error:
            reason = error.strerror
            raise KataError(f"cannot write in {self.path.parent}: {reason}; make it writable") from None


def now() -> str:
    """Give the local time in ISO form, to the second, with its offset."""
    return moment(time.time())


def moment(seconds: float) -> str:
    """Write a time, in seconds since 1970, as `now` does."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _text(state: State) -> str:
    own = msgspec.to_builtins(state)
    order = {name: own[name] for name in ("current", "date", "tracks", "known")}
    return json.dumps({"schema": SCHEMA, **order, **state.rest}, indent=2, ensure_ascii=False) + "\n"


def _state(table: Any) -> State:
    rest = dict(msgspec.convert(table, dict[str, Any]))
    schema = rest.pop("schema", None)
    if schema != SCHEMA:
        raise ValueError(f"its schema is {schema!r}, this mlkata reads {SCHEMA!r}")
    own = {name: rest.pop(name) for name in ("current", "tracks", "date", "known") if name in rest}
    state = msgspec.convert(own, State)
    state.rest = rest
    return state


def _need_moments(what: str, *texts: str) -> None:
    """Raise ValueError where one of the texts is no time as `moment` writes it."""
    for text in texts:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(f"{what}: expected a time with its offset, got {text!r}")
