"""Judge a file immediately and at every save, in threads, and yield the results as events.

`kata watch` shows the events, line by line or in a full-screen application. If the file is saved while the
previous save is being judged, that judgement is abandoned.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from mlkata.practice.checking import Practice, Superseded
from mlkata.practice.file_watch import INTERVAL, changes
from mlkata.tracks.model import KataError, Report, Round


@dataclass(frozen=True)
class Started:
    """A save is being judged."""


@dataclass(frozen=True)
class Judged:
    """The verdicts on a save. Each judgement yields two such events."""

    report: Report
    opened: tuple[Round, ...]
    """The rounds that this judgement opened."""
    finished: bool
    """False in the first event, which comes at once. In the second event, True, the first failure has the
    smallest input that the search has found."""


@dataclass(frozen=True)
class Refused:
    """A save that cannot be judged, such as a missing file; `reason` says why, in one line."""

    reason: str


Event = Started | Judged | Refused


class Saves:
    """The events of one file: iterate to get them as they happen.

    Use it as a context manager: its threads start and end with the block. `interval` is the time between two
    looks at the file, in seconds.
    """

    def __init__(self, practice: Practice, interval: float = INTERVAL) -> None:
        self._practice = practice
        self._interval = interval
        self._events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
        self._saved = threading.Event()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._poll, self._judge)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[Event]:
        """Yield each event as it happens, until `end` is called; raise here what a thread has raised."""
        while (event := self._events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event

    def end(self) -> None:
        """Stop judging and end the iteration."""
        self._ended.set()
        self._saved.set()  # wakes the judging thread, which then sees that it has to end
        self._practice.interrupt()
        self._events.put(None)

    def _poll(self) -> None:
        """Tell the judging thread of every save, and interrupt what it is judging.

        `changes` yields the file at once, without a save: hence the first judgement.
        """
        for _ in changes([self._practice.file], self._interval, self._ended.is_set):
            self._saved.set()
            self._practice.interrupt()

    def _judge(self) -> None:
        """Judge the file after each save, until `end` is called."""
        try:
            while True:
                self._saved.wait()
                if self._ended.is_set():
                    return
                self._saved.clear()
                self._events.put(Started())
                self._judge_once()
                self._practice.refill()  # starts workers for the next judgement
        except BaseException as error:  # noqa: BLE001 - raised again by __iter__
            self._events.put(error)

    def _judge_once(self) -> None:
        """Judge once; send the verdicts before the search for a smaller input, which takes up to a second."""
        practice, stale = self._practice, self._saved.is_set
        try:
            report = practice.check(practice.workspace.opened(practice.track.name), stale=stale)
            opened = tuple(practice.workspace.record(report))
            self._events.put(Judged(report, opened, finished=False))
            self._events.put(Judged(practice.smallest(report, stale), opened, finished=True))
        except Superseded:
            return
        except KataError as error:
            self._events.put(Refused(str(error)))
