"""The workspace's state in `.kata/state.json`: rounds opened, passed and given up, hints seen.

Every change locks the file, reads it, changes the state and writes it, so that programs that run at the same
time, such as `kata watch` and a command in another terminal, keep each other's changes. A file that cannot be
read is never overwritten.
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
"""Name and version of the file's format, the value of its key `schema`."""


class Attempt(msgspec.Struct, forbid_unknown_fields=True):
    """One attempt at a round, from its opening or `kata again` until it passed or `kata undo` ended it."""

    began: str
    seconds: float = 0.0
    """Seconds of work, without pauses."""
    ended: str = ""
    """The time when the attempt passed, or when `kata undo` ended it; empty while it runs."""
    passed: bool = False
    hints: int = 0
    """Hints seen during this attempt, counted when it ends."""
    gave_up: bool = False
    """Whether our solution was shown during this attempt."""
    set_aside_file: str = msgspec.field(default="", name="aside")
    """The path of the file that was set aside for this attempt; empty for the first attempt."""

    def __post_init__(self) -> None:
        _need_moments("began", self.began)
        _need_moments("ended", *filter(None, [self.ended]))


class TrackState(msgspec.Struct, forbid_unknown_fields=True):
    """The state of one track. Rounds are given by their ids, in the order of events.

    msgspec copies the empty defaults for each instance.
    """

    opened: list[str] = []
    """The rounds that were opened."""
    passed: dict[str, str] = {}
    """The time when each round first passed."""
    hints: dict[str, int] = {}
    """The number of hints of each round that have been seen."""
    gave_up: dict[str, str] = {}
    """The time when each round was first given up: our solution was requested instead of a pass."""
    last: dict[str, str] = {}
    """The last status of each check, by the check's id."""
    attempts: dict[str, list[Attempt]] = {}
    """The attempts at each round; the last one may still run."""
    touched: str = ""
    """The time when a round was last opened or judged."""

    def __post_init__(self) -> None:
        _need_moments("passed", *self.passed.values())
        _need_moments("touched", *filter(None, [self.touched]))


class State(msgspec.Struct):
    """The contents of the whole file."""

    current: str = ""
    """The track last worked on."""
    tracks: dict[str, TrackState] = {}
    date: str = ""
    """The day of the interview, such as 2027-01-15; empty if it is not known."""
    known: dict[str, bool] = {}
    """Whether the answer to each discussion question was known when it was last asked, by "deck: key"."""
    unknown: dict[str, Any] = {}
    """Keys of the file that this version does not know; they are written back as they were."""

    def __post_init__(self) -> None:
        if self.date:
            day.fromisoformat(self.date)

    def track(self, name: str) -> TrackState:
        """Return the state of a track, or an empty one if the track was not begun."""
        return self.tracks.get(name, TrackState())


class StateFile:
    """The file `state.json` in a folder, which is `.kata` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"
        self.history = folder / "history"

    def read(self) -> State:
        """Return the state. Raise KataError if the file cannot be read."""
        return self._parse(self._bytes())

    def write(self, state: State) -> None:
        """Write the state atomically."""
        files.write(self.path, _text(state).encode())

    @contextmanager
    def changing(self) -> Iterator[State]:
        """Yield the state; write it when the block ends, unless the block raises an error or changes nothing.

        If the file differs from what the kit would write, it was edited by hand: it is copied to the history
        first.
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
                f"{self.path} cannot be read ({error.strerror}); if it is missing, "
                "`kata` creates it again from your files"
            ) from None

    def _parse(self, data: bytes) -> State:
        try:
            return _state(json.loads(data))
        except json.JSONDecodeError as error:
            raise self._broken(f"line {error.lineno}: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise self._broken(str(error)) from None

    def _broken(self, reason: str) -> KataError:
        return KataError(
            f"{self.path} cannot be read ({reason}): fix it, or move it away; "
            "then `kata` reads the open rounds from your files"
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
    """Return the local time in ISO form, to the second, with its UTC offset."""
    return moment(time.time())


def moment(seconds: float) -> str:
    """Return a time, in seconds since 1970, in the form of `now`."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _text(state: State) -> str:
    """Return the state as the text of its file."""
    fields = msgspec.to_builtins(state)
    order = {name: fields[name] for name in ("current", "date", "tracks", "known")}
    return json.dumps({"schema": SCHEMA, **order, **state.unknown}, indent=2, ensure_ascii=False) + "\n"


def _state(table: Any) -> State:
    """Return the state from parsed JSON. Raise ValueError if it does not fit."""
    if not isinstance(table, dict):
        raise ValueError("expected a table")  # noqa: TRY004 - callers handle ValueError only
    schema = table.get("schema")
    if schema != SCHEMA:
        raise ValueError(f"its schema is {schema!r}, this mlkata reads {SCHEMA!r}")
    fields = {name: table[name] for name in ("current", "tracks", "date", "known") if name in table}
    try:
        state = msgspec.convert(fields, State)
    except msgspec.ValidationError as error:
        raise ValueError(validated.problem(error, fields, State)) from None
    state.unknown = {name: value for name, value in table.items() if name not in ("schema", *fields)}
    return state


def _need_moments(field: str, *texts: str) -> None:
    """Raise ValueError unless each text is a time in ISO form with its UTC offset."""
    for text in texts:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(f"{field}: expected a time with its UTC offset, got {text!r}")
