"""Reads and writes `.kata/state.json`: what is open, passed, hinted at, given up; readable text.

Each change locks, reads, changes and writes, so that `kata watch`, pytest and a command in another
terminal lose nothing of each other's. A file that cannot be read is never written.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import date as day
from datetime import datetime
from pathlib import Path
from typing import Any

from mlkata.practice import history
from mlkata.tracks.model import KataError

SCHEMA = "mlkata.workspace/1"
_LOCK_SECONDS = 5.0
"""A lock older than this was left by a process that was killed; a change takes milliseconds."""


@dataclass
class Attempt:
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


@dataclass
class TrackState:
    """What has happened on one track; round ids are keys, in the order in which it happened."""

    opened: list[str] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)
    """When each round first passed."""
    hints: dict[str, int] = field(default_factory=dict)
    """How many hints of each round have been seen."""
    gave_up: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    """The last status of each check."""
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    """Each time that a round was worked on; the last one may still run."""
    touched: str = ""
    """When a round was last opened or checked."""


@dataclass
class State:
    """The whole file. `rest` keeps keys that this version does not know."""

    current: str = ""
    """The track last worked on."""
    tracks: dict[str, TrackState] = field(default_factory=dict)
    date: str = ""
    """The day of the interview, such as 2027-01-15; empty where it is not known."""
    known: dict[str, bool] = field(default_factory=dict)
    """Was the answer to a question known when it was last asked?"""
    rest: dict[str, Any] = field(default_factory=dict)

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
        history.replace_whole(self.path, _text(state).encode())

    @contextmanager
    def changing(self) -> Iterator[State]:
        """Give the state to change; it is written at the end, unless an error is raised.

        A file that somebody has edited by hand is copied first.
        """
        with self._locked():
            data = self._bytes()
            state = self._parse(data)
            before = _text(state).encode()
            yield state
            text = _text(state).encode()
            if text == before:
                return
            if data != before:
                history.copy(self.path, self.history)
            history.replace_whole(self.path, text)

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
        except (ValueError, TypeError, RecursionError) as error:
            raise self._broken(str(error)) from None

    def _broken(self, reason: str) -> KataError:
        return KataError(
            f"{self.path} cannot be read ({reason}): mend it, or move it away; "
            "then the open rounds are read from your files"
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.path.parent / "lock"
        started = time.monotonic()
        while True:
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except FileExistsError:
                with suppress(FileNotFoundError):
                    age = max(time.time() - lock.stat().st_mtime, time.monotonic() - started)
                    if age > _LOCK_SECONDS:
                        lock.unlink()
                time.sleep(0.005)
            except OSError as error:
                reason = error.strerror
                raise KataError(f"cannot write in {lock.parent}: {reason}; make it writable") from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def now() -> str:
    """Give the local time in ISO form, to the second, with its offset."""
    return moment(time.time())


def moment(seconds: float) -> str:
    """Write a time, in seconds since 1970, as `now` does."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _text(state: State) -> str:
    tracks = {name: asdict(one) for name, one in state.tracks.items()}
    own = {"current": state.current, "date": state.date, "tracks": tracks, "known": state.known}
    table = {"schema": SCHEMA, **own, **state.rest}
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _state(table: Any) -> State:
    table = dict(_of(table, dict, "the whole"))
    schema = table.pop("schema", None)
    if schema != SCHEMA:
        raise ValueError(f"its schema is {schema!r}, this mlkata reads {SCHEMA!r}")
    current = _of(table.pop("current", ""), str, "current")
    tracks = _of(table.pop("tracks", {}), dict, "tracks")
    date = _of(table.pop("date", ""), str, "date")
    known = _of(table.pop("known", {}), dict, "known")
    if not _maps_to(known, bool):
        raise ValueError("known has the wrong form")
    if date:
        day.fromisoformat(date)
    return State(current, {name: _track(name, one) for name, one in tracks.items()}, date, known, table)


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "opened": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "passed": lambda value: _maps_to(value, str) and all(map(_is_moment, value.values())),
    "hints": lambda value: _maps_to(value, int),
    "gave_up": lambda value: _maps_to(value, str),
    "last": lambda value: _maps_to(value, str),
    "attempts": lambda value: (
        _maps_to(value, list) and all(_is_attempt(one) for some in value.values() for one in some)
    ),
    "touched": lambda value: value == "" or _is_moment(value),
}


def _track(name: str, table: Any) -> TrackState:
    for key, value in _of(table, dict, name).items():
        if key not in _FIELDS:
            raise ValueError(f"{name} has {key!r}; expected {', '.join(_FIELDS)}")
        if not _FIELDS[key](value):
            raise ValueError(f"{name}.{key} has the wrong form")
    attempts = {id_: [Attempt(**one) for one in some] for id_, some in table.get("attempts", {}).items()}
    return TrackState(**{**table, "attempts": attempts})


def _is_attempt(value: Any) -> bool:
    """Does it have the fields of an attempt, each of its type?"""
    types = {field.name: type(field.default) for field in fields(Attempt)} | {"began": str}
    return (
        isinstance(value, dict)
        and "began" in value
        and value.keys() <= types.keys()
        and all(
            type(one) in (types[name], *([int] if types[name] is float else []))
            for name, one in value.items()
        )
        and _is_moment(value["began"])
        and (not value.get("ended") or _is_moment(value["ended"]))
    )


def _is_moment(value: Any) -> bool:
    """Is it a time as `moment` writes it?"""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _maps_to(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(type(one) is kind for one in value.values())


def _of(value: Any, kind: type, what: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{what} is {type(value).__name__}, expected {kind.__name__}")
    return value
